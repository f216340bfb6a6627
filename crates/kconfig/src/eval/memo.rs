//! What expressions were found to be worth.
//!
//! The conditions of a menu are part of the conditions of everything in it, so each expression is asked for many times.
//! Its value is kept once every symbol in it has been computed to its end: from then on nothing changes it. A symbol
//! that is being computed further up, as in circles and choices, counts with what is known of it so far; what was found
//! so is not kept. So a kept value is the one that would be found again, and finding it again would do nothing else.

use crate::Tristate;
use crate::model::ExprId;

/// Values of a model's expressions.
#[derive(Clone, Debug)]
pub(super) struct Memo {
    /// By expression: in which generation it was found, and what.
    values: Vec<(u32, Tristate)>,
    generation: u32,
    /// How often a symbol was asked for that was being computed.
    unfinished: u64,
}

/// A moment, to tell whether something has come between.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    generation: u32,
    unfinished: u64,
}

impl Memo {
    /// Nothing is known of so many expressions.
    pub(super) fn new(expressions: usize) -> Self {
        Self { values: vec![(0, Tristate::N); expressions], generation: 1, unfinished: 0 }
    }

    pub(super) fn get(&self, expr: ExprId) -> Option<Tristate> {
        let (generation, value) = self.values[expr.0 as usize];
        (generation == self.generation).then_some(value)
    }

    pub(super) fn now(&self) -> Moment {
        Moment { generation: self.generation, unfinished: self.unfinished }
    }

    /// Keeps a value, if nothing came between the moment before it was looked for and this one.
    pub(super) fn keep(&mut self, expr: ExprId, value: Tristate, before: Moment) {
        if before == self.now() {
            self.values[expr.0 as usize] = (self.generation, value);
        }
    }

    /// Notes that a symbol was asked for that is being computed.
    pub(super) fn note_unfinished(&mut self) {
        self.unfinished += 1;
    }

    /// Forgets all values: a symbol is not what it was.
    pub(super) fn forget(&mut self) {
        self.generation = match self.generation.checked_add(1) {
            Some(next) => next,
            None => {
                self.values.fill((0, Tristate::N));
                1
            }
        };
    }
}
