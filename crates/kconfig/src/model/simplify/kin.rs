//! Two conditions about one symbol that become one.

use super::{Joint, Simplifier};
use crate::model::{Expr, ExprId};
use crate::syntax::ast::{Compare, ConstId, Name, SymbolType};

impl Simplifier<'_> {
    /// What two parts become together.
    pub(super) fn kin(&mut self, joint: Joint, a: ExprId, b: ExprId) -> Option<ExprId> {
        if self.same(a, b) {
            return Some(a);
        }
        let (of_a, symbol_a) = self.claim(a)?;
        let (of_b, symbol_b) = self.claim(b)?;
        if symbol_a != symbol_b {
            return None;
        }
        let kind = self.kind(symbol_a);
        if !matches!(kind, Some(SymbolType::Bool | SymbolType::Tristate)) {
            return None;
        }
        let mut compare =
            |op, value| Some(self.pool.intern(Expr::Compare(op, symbol_a, Name::Constant(value))));
        match (joint, of_a, of_b) {
            (Joint::Or, Claim::Is(x), Claim::Is(y)) if x != y => compare(Compare::Unequal, third(x, y)),
            (Joint::Or, Claim::On, Claim::Off) | (Joint::Or, Claim::Off, Claim::On)
                if kind == Some(SymbolType::Bool) =>
            {
                Some(self.literal(ConstId::Y))
            }
            (Joint::And, Claim::On, Claim::Is(ConstId::Y)) => Some(b),
            (Joint::And, Claim::Is(ConstId::Y), Claim::On) => Some(a),
            (Joint::And, Claim::On, Claim::IsNot(ConstId::N)) => Some(a),
            (Joint::And, Claim::IsNot(ConstId::N), Claim::On) => Some(b),
            (Joint::And, Claim::On, Claim::IsNot(ConstId::M))
            | (Joint::And, Claim::IsNot(ConstId::M), Claim::On) => compare(Compare::Equal, ConstId::Y),
            (Joint::And, Claim::Is(x), Claim::IsNot(y)) => {
                Some(if x == y { self.literal(ConstId::N) } else { a })
            }
            (Joint::And, Claim::IsNot(x), Claim::Is(y)) => {
                Some(if x == y { self.literal(ConstId::N) } else { b })
            }
            (Joint::And, Claim::IsNot(x), Claim::IsNot(y)) if x != y => compare(Compare::Equal, third(x, y)),
            _ => None,
        }
    }

    /// What a part says about one symbol.
    fn claim(&self, id: ExprId) -> Option<(Claim, Name)> {
        match self.pool.get(id) {
            Expr::Name(name @ Name::Symbol(_)) => Some((Claim::On, name)),
            Expr::Not(a) => match self.pool.get(a) {
                Expr::Name(name @ Name::Symbol(_)) => Some((Claim::Off, name)),
                _ => None,
            },
            Expr::Compare(op, name @ Name::Symbol(_), Name::Constant(value))
                if matches!(value, ConstId::N | ConstId::M | ConstId::Y) =>
            {
                match op {
                    Compare::Equal => Some((Claim::Is(value), name)),
                    Compare::Unequal => Some((Claim::IsNot(value), name)),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

/// What a condition says about a symbol.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Claim {
    On,
    Off,
    Is(ConstId),
    IsNot(ConstId),
}

/// The truth value that is neither of two others.
fn third(a: ConstId, b: ConstId) -> ConstId {
    [ConstId::N, ConstId::M, ConstId::Y].into_iter().find(|c| *c != a && *c != b).unwrap_or(ConstId::N)
}
