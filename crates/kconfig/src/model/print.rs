//! Expressions as `conf` writes them.

use super::{Expr, ExprId, Model};
use crate::syntax::ast::{Compare, Name};

/// Writes an expression, with parentheses where they are needed; `after` is called behind each operand.
pub fn write_expr(model: &Model, expr: ExprId, out: &mut Vec<u8>, after: &mut dyn FnMut(Name, &mut Vec<u8>)) {
    write(model, expr, Level::Free, out, after);
}

/// How tightly the surroundings bind.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Free,
    Or,
    And,
    Not,
}

fn write(
    model: &Model,
    expr: ExprId,
    around: Level,
    out: &mut Vec<u8>,
    after: &mut dyn FnMut(Name, &mut Vec<u8>),
) {
    let own = match model.pool.get(expr) {
        Expr::Or(..) => Level::Or,
        Expr::And(..) => Level::And,
        Expr::Compare(..) | Expr::Name(_) | Expr::Not(_) => Level::Not,
    };
    let enclosed = own < around;
    if enclosed {
        out.push(b'(');
    }
    match model.pool.get(expr) {
        Expr::Name(name) => operand(model, name, out, after),
        Expr::Not(a) => {
            out.push(b'!');
            write(model, a, Level::Not, out, after);
        }
        Expr::And(a, b) => {
            write(model, a, Level::And, out, after);
            out.extend_from_slice(b" && ");
            write(model, b, Level::And, out, after);
        }
        Expr::Or(a, b) => {
            write(model, a, Level::Or, out, after);
            out.extend_from_slice(b" || ");
            write(model, b, Level::Or, out, after);
        }
        Expr::Compare(op, a, b) => {
            operand(model, a, out, after);
            out.extend_from_slice(match op {
                Compare::Equal => b"=",
                Compare::Unequal => b"!=",
                Compare::Less => b"<",
                Compare::LessEqual => b"<=",
                Compare::Greater => b">",
                Compare::GreaterEqual => b">=",
            });
            operand(model, b, out, after);
        }
    }
    if enclosed {
        out.push(b')');
    }
}

fn operand(model: &Model, name: Name, out: &mut Vec<u8>, after: &mut dyn FnMut(Name, &mut Vec<u8>)) {
    let text: &[u8] = match name {
        Name::Symbol(symbol)
            if model.symbol(symbol).stands_for.is_some() && model.symbol(symbol).name.is_empty() =>
        {
            b"<choice>"
        }
        Name::Symbol(symbol) => model.symbol(symbol).name.as_bytes(),
        Name::Constant(constant) => model.names.constant_text(constant).as_bytes(),
    };
    out.extend_from_slice(text);
    after(name, out);
}
