//! Patches against trees in memory; messages as people read them; and two judges, `git apply` and `patch`.

mod judged;
mod kinds;
mod refusals;

use std::collections::BTreeMap;

use crate::{Entry, PatchFile, Refused, Stack, State, Tree, TreeError};

/// A tree in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Memory(pub(super) BTreeMap<String, Entry>);

impl Memory {
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        let file = |bytes: &str| Entry::File { bytes: bytes.into(), executable: false };
        Self(files.iter().map(|(path, bytes)| ((*path).to_owned(), file(bytes))).collect())
    }

    pub(super) fn with(mut self, path: &str, entry: Entry) -> Self {
        self.0.insert(path.to_owned(), entry);
        self
    }

    /// The tree after a stack's patches.
    pub(super) fn after(&self, stack: &Stack<'_>) -> Self {
        let mut files = self.0.clone();
        for (path, state) in stack.changes() {
            match state.clone() {
                State::Absent => drop(files.remove(path)),
                State::File { bytes, executable } => {
                    files.insert(path.clone(), Entry::File { bytes, executable });
                }
                State::Link(target) => drop(files.insert(path.clone(), Entry::Link(target))),
            }
        }
        Self(files)
    }
}

impl Tree for Memory {
    fn entry(&self, path: &str) -> Result<Option<Entry>, TreeError> {
        let is_folder =
            || self.0.keys().any(|name| name.strip_prefix(path).is_some_and(|rest| rest.starts_with('/')));
        Ok(self.0.get(path).cloned().or_else(|| is_folder().then_some(Entry::Directory)))
    }
}

/// Applies patches in order; the files that changed, as `path: contents`.
#[track_caller]
pub(super) fn applied(tree: &Memory, patches: &[&str]) -> String {
    let mut stack = Stack::new(tree);
    let mut said = String::new();
    for text in patches {
        let patch = PatchFile::parse(text.as_bytes()).expect("a patch");
        let applied = stack.apply(&patch).unwrap_or_else(|refused| panic!("{:#?}", refused.lines()));
        for (path, landing) in applied.offsets() {
            said += &format!("{path}: hunk {} at {} ({:+})\n", landing.hunk, landing.line, landing.offset);
        }
    }
    for (path, state) in stack.changes() {
        said += &match state {
            State::Absent => format!("{path}: gone\n"),
            State::File { bytes, executable } => {
                format!(
                    "{path}{}: {:?}\n",
                    if *executable { "*" } else { "" },
                    String::from_utf8_lossy(bytes)
                )
            }
            State::Link(target) => format!("{path} → {}\n", String::from_utf8_lossy(target)),
        };
    }
    said
}

/// Why the last of these patches is refused; that it left nothing is checked.
#[track_caller]
pub(super) fn refused(tree: &Memory, patches: &[&str]) -> String {
    let mut stack = Stack::new(tree);
    let (last, before) = patches.split_last().expect("a patch");
    for text in before {
        stack.apply(&PatchFile::parse(text.as_bytes()).expect("a patch")).expect("it applies");
    }
    let before = stack.changes().clone();
    let refused: Refused =
        stack.apply(&PatchFile::parse(last.as_bytes()).expect("a patch")).expect_err("it is refused");
    assert_eq!(stack.changes(), &before, "a refused patch leaves nothing");
    let hint = refused.hint().map(|hint| format!("hint: {hint}\n")).unwrap_or_default();
    format!("{}\n{hint}", refused.lines().join("\n"))
}
