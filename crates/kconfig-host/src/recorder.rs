//! What a parse asks, noted; and what it need not ask.

use std::sync::{Arc, Mutex, PoisonError};

use kconfig::tree::{ShellAnswer, Tree};

use crate::probes::is_yes_or_no;
use crate::snapshot::Answers;
use crate::tree::HostTree;

/// Which probes a parse waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    /// All of them.
    All,
    /// Those without whose answers it cannot go on; the values ask for others.
    Unavoidable,
}

impl Patience {
    /// Whether a probe need not run before somebody wants its answer.
    pub(crate) fn defers(self, command: &[u8]) -> bool {
        self == Self::Unavoidable && is_yes_or_no(command)
    }
}

/// A tree that notes what it is asked.
pub(crate) struct Recorder<'t> {
    tree: &'t HostTree,
    patience: Patience,
    answers: Mutex<Answers>,
}

impl<'t> Recorder<'t> {
    pub(crate) fn new(tree: &'t HostTree, patience: Patience) -> Self {
        Self { tree, patience, answers: Mutex::default() }
    }

    /// Everything that was asked, and what was answered.
    pub(crate) fn into_answers(self) -> Answers {
        self.answers.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, note: impl FnOnce(&mut Answers)) {
        note(&mut self.answers.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Tree for Recorder<'_> {
    fn read(&self, path: &str) -> Result<Option<Arc<[u8]>>, String> {
        let found = self.tree.read(path);
        let sighting = self.tree.sighting(path);
        self.note(|answers| answers.files.push((path.to_owned(), sighting)));
        found
    }

    fn shell(&self, command: &[u8]) -> ShellAnswer {
        let answer = self.tree.shell(command);
        self.note(|answers| answers.probes.push((command.to_vec(), answer.clone())));
        answer
    }

    fn defers(&self, command: &[u8]) -> bool {
        self.patience.defers(command)
    }

    fn env(&self, name: &str) -> Option<String> {
        let value = self.tree.env(name);
        self.note(|answers| answers.variables.push((name.to_owned(), value.clone())));
        value
    }
}
