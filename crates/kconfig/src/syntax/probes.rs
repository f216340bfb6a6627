//! The probes that ran while a tree was parsed, and the statements that their answers went into.
//!
//! A statement uses a probe if it holds the `$(shell,…)` itself, or a variable whose value was expanded from one.

use super::ast::At;
use super::text::Text;
use crate::snapshot::stored;

/// A probe and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// Where the reading stood when it ran.
    pub at: At,
    /// What the shell was given.
    pub command: Text,
    /// What the language made of its output: one line; empty as long as it is put off.
    pub answer: Text,
}

/// Every probe of a parse, in the order in which they ran.
#[derive(Clone, Debug, Default)]
pub struct Probes {
    list: Vec<Probe>,
    /// Statements that have an answer in them.
    uses: Vec<(At, ProbeId)>,
}

/// A probe of [`Probes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ProbeId(pub(super) u32);

impl Probes {
    /// The probes in the order in which they ran.
    pub fn iter(&self) -> impl Iterator<Item = &Probe> {
        self.list.iter()
    }

    /// The probes whose answers went into the statement that begins at a place.
    pub fn used_at(&self, at: At) -> impl Iterator<Item = &Probe> {
        self.uses.iter().filter(move |(place, _)| *place == at).map(|(_, id)| &self.list[id.0 as usize])
    }

    /// The places of the statements that some probe's answer went into; one may come more than once.
    pub fn places(&self) -> impl Iterator<Item = At> {
        self.uses.iter().map(|(at, _)| *at)
    }

    pub(super) fn add(&mut self, probe: Probe) -> ProbeId {
        self.list.push(probe);
        ProbeId(self.list.len() as u32 - 1)
    }

    pub(super) fn get(&self, id: ProbeId) -> &Probe {
        &self.list[id.0 as usize]
    }

    pub(super) fn has(&self, id: ProbeId) -> bool {
        (id.0 as usize) < self.list.len()
    }

    pub(super) fn set_answer(&mut self, id: ProbeId, answer: &[u8]) {
        self.list[id.0 as usize].answer = answer.into();
    }

    pub(super) fn note_use(&mut self, at: At, id: ProbeId) {
        if !self.uses.contains(&(at, id)) {
            self.uses.push((at, id));
        }
    }
}

stored!(struct Probes { list, uses });
stored!(struct Probe { at, command, answer });
stored!(id ProbeId);
