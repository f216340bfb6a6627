//! What an expression is worth.

use super::Evaluator;
use crate::Tristate;
use crate::model::{Expr, ExprId};
use crate::syntax::ast::{ConstId, Name};

impl Evaluator<'_> {
    /// The value of an expression: `&&` is the smaller one, `||` the larger one, `!` mirrors.
    pub fn value(&mut self, expr: ExprId) -> Tristate {
        let written = match self.model.pool.get(expr) {
            Expr::Name(Name::Constant(constant)) => return constant_value(constant),
            Expr::Name(Name::Symbol(symbol)) => return self.tristate(symbol),
            compound => compound,
        };
        if let Some(known) = self.memo.get(expr) {
            return known;
        }
        let before = self.memo.now();
        let value = self.compound(written);
        self.memo.keep(expr, value, before);
        value
    }

    fn compound(&mut self, expr: Expr) -> Tristate {
        match expr {
            Expr::Name(Name::Constant(constant)) => constant_value(constant),
            Expr::Name(Name::Symbol(symbol)) => self.tristate(symbol),
            Expr::Not(a) => match self.value(a) {
                Tristate::N => Tristate::Y,
                Tristate::M => Tristate::M,
                Tristate::Y => Tristate::N,
            },
            Expr::And(a, b) if self.is_deferred(a) || self.is_deferred(b) => self.value_of_both(a, b),
            Expr::Or(a, b) if self.is_deferred(a) || self.is_deferred(b) => self.value_of_either(a, b),
            Expr::And(a, b) => {
                let a = self.value(a);
                a.min(self.value(b))
            }
            Expr::Or(a, b) => {
                let a = self.value(a);
                a.max(self.value(b))
            }
            Expr::Compare(op, a, b) => {
                if self.compare(op, a, b) {
                    Tristate::Y
                } else {
                    Tristate::N
                }
            }
        }
    }

    /// The largest value of several expressions; `n` for none.
    pub(super) fn largest(&mut self, exprs: &[ExprId]) -> Tristate {
        exprs.iter().fold(Tristate::N, |largest, expr| largest.max(self.value(*expr)))
    }
}

/// `y` and `m` are worth themselves, every other constant is `n`.
fn constant_value(constant: ConstId) -> Tristate {
    match constant {
        ConstId::Y => Tristate::Y,
        ConstId::M => Tristate::M,
        _ => Tristate::N,
    }
}
