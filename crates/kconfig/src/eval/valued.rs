//! Expressions with what their parts are worth, as messages show them.

use super::Evaluator;
use crate::model::{self, ExprId};
use crate::syntax::ast::{ConstId, Name};

impl Evaluator<'_> {
    /// An expression with the value of each symbol behind it: `A [=y] && B [=n]`.
    ///
    /// The values are those that are known; nothing is computed, so they may be out of date, as they are in `conf`.
    pub(crate) fn write_valued(&self, out: &mut Vec<u8>, expr: ExprId) {
        model::write_expr(self.model, expr, out, &mut |name, out| self.write_value_of(name, out));
    }

    /// An operand with its value behind it.
    pub(crate) fn write_valued_name(&self, out: &mut Vec<u8>, name: Name) {
        let text = match name {
            Name::Symbol(symbol) => &self.model.symbol(symbol).name,
            Name::Constant(constant) => self.model.names.constant_text(constant),
        };
        out.extend_from_slice(text.as_bytes());
        self.write_value_of(name, out);
    }

    fn write_value_of(&self, name: Name, out: &mut Vec<u8>) {
        let value = match name {
            Name::Symbol(symbol)
                if self.model.symbol(symbol).kind.is_some() && !self.model.symbol(symbol).name.is_empty() =>
            {
                self.known_text(symbol)
            }
            Name::Constant(constant @ (ConstId::N | ConstId::M | ConstId::Y)) => {
                self.model.names.constant_text(constant).clone()
            }
            _ => return,
        };
        out.extend_from_slice(&[b" [=", value.as_bytes(), b"]"].concat());
    }
}
