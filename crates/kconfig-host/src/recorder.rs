//! What a parse asks, noted.

use std::sync::{Arc, Mutex, PoisonError};

use kconfig::tree::{ShellAnswer, Tree};

use crate::snapshot::Answers;
use crate::tree::HostTree;

/// A tree that notes what it is asked.
pub(crate) struct Recorder<'t> {
    tree: &'t HostTree,
    answers: Mutex<Answers>,
}

impl<'t> Recorder<'t> {
    pub(crate) fn new(tree: &'t HostTree) -> Self {
        Self { tree, answers: Mutex::default() }
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

    fn env(&self, name: &str) -> Option<String> {
        let value = self.tree.env(name);
        self.note(|answers| answers.variables.push((name.to_owned(), value.clone())));
        value
    }
}
