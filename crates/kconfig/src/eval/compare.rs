//! Comparisons.

use std::cmp::Ordering;

use super::Evaluator;
use super::number::number_and_rest;
use crate::syntax::Text;
use crate::syntax::ast::{Compare, ConstId, Name, SymbolType};

/// What a text is to a comparison.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// A number with a sign.
    Signed(i64),
    /// A hexadecimal number, which has none.
    Unsigned(u64),
    /// No number.
    Neither,
}

impl Evaluator<'_> {
    /// The text of an operand.
    pub(super) fn operand_text(&mut self, name: Name) -> Text {
        match name {
            Name::Symbol(symbol) => self.text(symbol),
            Name::Constant(constant) => self.model.names.constant_text(constant).clone(),
        }
    }

    /// Whether a comparison holds: between numbers if both are and not both strings, else between texts.
    pub(super) fn compare(&mut self, op: Compare, a: Name, b: Name) -> bool {
        let left = self.operand_text(a);
        self.compares_text(op, &left, self.kind_of(a), b)
    }

    /// Whether a comparison would hold if its left side, of that type, were this text.
    pub(crate) fn compares(&mut self, op: Compare, left: &Text, kind: SymbolType, b: Name) -> bool {
        self.compares_text(op, left, Some(kind), b)
    }

    fn compares_text(&mut self, op: Compare, left: &Text, kind: Option<SymbolType>, b: Name) -> bool {
        let right = self.operand_text(b);
        compares((left.as_bytes(), kind), op, (right.as_bytes(), self.kind_of(b)))
    }

    fn kind_of(&self, name: Name) -> Option<SymbolType> {
        match name {
            Name::Symbol(symbol) => self.model.symbol(symbol).kind,
            Name::Constant(ConstId::N | ConstId::M | ConstId::Y) => Some(SymbolType::Tristate),
            Name::Constant(_) => None,
        }
    }
}

/// Whether a comparison of two texts holds, each with the type of what it is the value of.
pub(crate) fn compares(
    (left, left_kind): (&[u8], Option<SymbolType>),
    op: Compare,
    (right, right_kind): (&[u8], Option<SymbolType>),
) -> bool {
    let order = match (reading(left_kind, left), reading(right_kind, right)) {
        _ if (left_kind, right_kind) == (Some(SymbolType::String), Some(SymbolType::String)) => {
            left.cmp(right)
        }
        (Reading::Signed(left), Reading::Signed(right)) => left.cmp(&right),
        (Reading::Signed(left), Reading::Unsigned(right)) => (left as u64).cmp(&right),
        (Reading::Unsigned(left), Reading::Signed(right)) => left.cmp(&(right as u64)),
        (Reading::Unsigned(left), Reading::Unsigned(right)) => left.cmp(&right),
        _ => left.cmp(right),
    };
    match op {
        Compare::Equal => order == Ordering::Equal,
        Compare::Unequal => order != Ordering::Equal,
        Compare::Less => order == Ordering::Less,
        Compare::LessEqual => order != Ordering::Greater,
        Compare::Greater => order == Ordering::Greater,
        Compare::GreaterEqual => order != Ordering::Less,
    }
}

fn reading(kind: Option<SymbolType>, text: &[u8]) -> Reading {
    match kind {
        Some(SymbolType::Bool | SymbolType::Tristate) => match text {
            b"n" => Reading::Signed(0),
            b"m" => Reading::Signed(1),
            b"y" => Reading::Signed(2),
            _ => Reading::Neither,
        },
        Some(SymbolType::Int) => whole(text, 10).map_or(Reading::Neither, Reading::Signed),
        Some(SymbolType::Hex) => {
            whole(text, 16).map_or(Reading::Neither, |value| Reading::Unsigned(value as u64))
        }
        Some(SymbolType::String) | None => whole(text, 0).map_or(Reading::Neither, Reading::Signed),
    }
}

/// A text that is a number and nothing else.
fn whole(text: &[u8], base: u32) -> Option<i64> {
    match number_and_rest(text, base) {
        (value, used) if used > 0 && used == text.len() => Some(value),
        _ => None,
    }
}
