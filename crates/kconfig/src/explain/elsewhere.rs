//! Symbols that other architectures' files define.

use std::collections::HashMap;

use super::Place;
use crate::Symbol;
use crate::names::defined_symbols;

/// Definitions in files that are not read for the architecture at hand.
///
/// Whoever can list a tree's Kconfig files fills it; without it, "of another architecture" is not told from "unknown".
#[derive(Clone, Debug, Default)]
pub struct Elsewhere(HashMap<Symbol, Vec<Place>>);

impl Elsewhere {
    /// Notes what a Kconfig file defines; `path` is relative to the srctree.
    pub fn note(&mut self, path: &str, text: &str) {
        for (index, line) in text.lines().enumerate() {
            for symbol in defined_symbols(line) {
                let place = Place { path: path.to_owned(), line: index as u32 + 1 };
                self.0.entry(symbol).or_default().push(place);
            }
        }
    }

    /// Where a symbol is defined.
    pub fn places(&self, symbol: &Symbol) -> &[Place] {
        self.0.get(symbol).map_or(&[], Vec::as_slice)
    }
}
