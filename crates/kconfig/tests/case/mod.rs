//! Cases in files: what goes in, and what `conf` answered.

use std::collections::BTreeMap;
use std::sync::Arc;

use kconfig::model::Rules;
use kconfig::syntax::{ChoiceEra, Dialect, Support};
use kconfig::tree::{ShellAnswer, Tree};

/// A tree of one file, in which nothing runs and one variable is set.
pub(crate) struct OneFile(pub(crate) String);

impl Tree for OneFile {
    fn read(&self, path: &str) -> Result<Option<Arc<[u8]>>, String> {
        Ok((path == "Kconfig").then(|| self.0.as_bytes().into()))
    }

    fn shell(&self, _command: &[u8]) -> ShellAnswer {
        ShellAnswer::default()
    }

    fn env(&self, name: &str) -> Option<String> {
        (name == "VAR").then(|| "a b".to_owned())
    }
}

/// The parts of a case, by the words behind `== `.
pub(crate) fn sections(text: &str) -> BTreeMap<String, String> {
    let mut sections: BTreeMap<String, String> = BTreeMap::new();
    let mut name = String::new();
    for line in text.split_inclusive('\n') {
        if let Some(head) = line.strip_prefix("== ") {
            name = head.trim_end().to_owned();
            sections.insert(name.clone(), String::new());
        } else {
            sections.entry(name.clone()).or_default().push_str(line);
        }
    }
    sections
}

/// The two kinds of trees whose `conf` was asked, by the name of their choices.
pub(crate) fn eras() -> [(&'static str, Dialect, Rules); 2] {
    let older = Dialect {
        choice: ChoiceEra::Symbol,
        transitional: Support::Absent,
        conditional_depends: Support::Absent,
    };
    [("list", Dialect::NEWEST, Rules::NEWEST), ("symbol", older, Rules::SYMBOL_CHOICE)]
}
