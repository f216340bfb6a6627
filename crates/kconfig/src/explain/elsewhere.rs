//! What is known of a tree beside its model: symbols that other architectures' files define, where probes' answers came from.

use std::collections::HashMap;

use super::{Place, ProbeOrigin};
use crate::Symbol;
use crate::names::defined_symbols;

/// Definitions in files that are not read for the architecture at hand, and the origins of probes' answers.
///
/// Whoever can list a tree's Kconfig files fills it; without it, "of another architecture" is not told from "unknown".
#[derive(Clone, Debug, Default)]
pub struct Elsewhere {
    symbols: HashMap<Symbol, Vec<Place>>,
    probes: HashMap<Vec<u8>, ProbeOrigin>,
}

impl Elsewhere {
    /// Notes what a Kconfig file defines; `path` is relative to the srctree.
    pub fn note(&mut self, path: &str, text: &str) {
        for (index, line) in text.lines().enumerate() {
            for symbol in defined_symbols(line) {
                let place = Place { path: path.to_owned(), line: index as u32 + 1 };
                self.symbols.entry(symbol).or_default().push(place);
            }
        }
    }

    /// Notes where the answer to a probe came from; `command` is what the shell was given.
    pub fn note_probe(&mut self, command: &[u8], origin: ProbeOrigin) {
        self.probes.insert(command.to_owned(), origin);
    }

    /// Where the answer to a probe came from.
    pub(super) fn origin(&self, command: &[u8]) -> Option<&ProbeOrigin> {
        self.probes.get(command)
    }

    /// Where a symbol is defined.
    pub fn places(&self, symbol: &Symbol) -> &[Place] {
        self.symbols.get(symbol).map_or(&[], Vec::as_slice)
    }
}
