//! A tree of one file in memory, whose probes answer `n`, resolved with requests.

use std::sync::Arc;

use kconfig::config_file::{Reader, UnknownSymbols};
use kconfig::eval::Evaluator;
use kconfig::model::{self, Model, Rules};
use kconfig::syntax::{self, ChoiceEra, Dialect, Support};
use kconfig::tree::{ShellAnswer, Tree};
use kconfig::{DotConfig, Request, fragment, merge};

pub(crate) struct OneFile(pub(crate) String);

impl Tree for OneFile {
    fn read(&self, path: &str) -> Result<Option<Arc<[u8]>>, String> {
        Ok((path == "Kconfig").then(|| self.0.as_bytes().into()))
    }

    fn shell(&self, _command: &[u8]) -> ShellAnswer {
        ShellAnswer { stdout: b"n\n".to_vec(), ..ShellAnswer::default() }
    }

    fn env(&self, _name: &str) -> Option<String> {
        None
    }
}

/// Whose choices are what.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Era {
    /// Lists of members.
    List,
    /// Symbols.
    Symbol,
}

pub(crate) fn build(kconfig: &str, era: Era) -> Model {
    let older = Dialect {
        choice: ChoiceEra::Symbol,
        transitional: Support::Absent,
        conditional_depends: Support::Absent,
    };
    let (dialect, rules) = match era {
        Era::List => (Dialect::NEWEST, Rules::NEWEST),
        Era::Symbol => (older, Rules::SYMBOL_CHOICE),
    };
    let ast = syntax::parse(&OneFile(kconfig.to_owned()), "Kconfig", dialect).expect("a tree");
    model::build(&ast, rules)
}

/// The requests of several fragments, `a.config`, `b.config` …
pub(crate) fn requests(fragments: &[&str]) -> Vec<Request> {
    let mut all = Vec::new();
    for (fragment, name) in fragments.iter().zip(["a.config", "b.config", "c.config"]) {
        let lines = fragment::parse(fragment).expect("a fragment");
        all.extend(lines.into_iter().map(|line| Request::from_assignment(line, name)));
    }
    all
}

/// Values over a model, all requests laid on a base.
pub(crate) fn resolve<'m>(model: &'m Model, base: &str, requests: &[Request]) -> Evaluator<'m> {
    let mut evaluator = Evaluator::new(model);
    let merged = merge(&DotConfig::parse(base).expect("a base"), requests.iter().cloned());
    let reader = Reader { file: ".config", prefix: "CONFIG_", unknown: UnknownSymbols::Ignored };
    reader.read(merged.to_allconfig_text().as_bytes(), &mut evaluator);
    evaluator.settle();
    evaluator
}
