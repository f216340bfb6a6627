//! What can be wanted, and the ways to get it.
//!
//! ```text
//! DRIVER at least y ─ way 1: set DRIVER=y, prompt at least y ─ BUS && FW at least y ─ BUS at least y …
//!                   │                                                                └ FW at least y …
//!                   └ way 2: its selector at least y …
//! ```
//!
//! Ways are read off the model alone; whether one leads there is for the evaluator to say. They are complete for `bool`
//! and `tristate` symbols: where no way is left, no assignment helps. Two things are left out: of numbers and texts only
//! the values next to what they are compared with are tried, and modules are not turned off for the sake of an `m` that
//! would then be `y`.

mod compare;
mod symbol;

use crate::Tristate;
use crate::eval::{Evaluator, UserValue};
use crate::model::{Expr, ExprId, Model};
use crate::syntax::ast::{Name, SymbolId};

/// A bound for a truth value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Want {
    /// `m` or `y` (with `M`), `y` (with `Y`).
    AtLeast(Tristate),
    /// `n` (with `N`), `n` or `m` (with `M`).
    AtMost(Tristate),
}

impl Want {
    pub(super) fn met(self, value: Tristate) -> bool {
        match self {
            Self::AtLeast(least) => value >= least,
            Self::AtMost(most) => value <= most,
        }
    }

    /// What `a` must be for `!a` to be this.
    fn mirrored(self) -> Self {
        let mirror = |value| match value {
            Tristate::N => Tristate::Y,
            Tristate::M => Tristate::M,
            Tristate::Y => Tristate::N,
        };
        match self {
            Self::AtLeast(least) => Self::AtMost(mirror(least)),
            Self::AtMost(most) => Self::AtLeast(mirror(most)),
        }
    }
}

/// What is wanted of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Goal {
    /// Of a condition.
    Expr(ExprId, Want),
    /// Of a symbol's value.
    Symbol(SymbolId, Want),
    /// That the user may set a symbol this far.
    Visible(SymbolId, Tristate),
    /// That a default is the one that counts, were there no user.
    Default(SymbolId, usize),
    /// That a default gives no more than this.
    DefaultAtMost(SymbolId, usize, Tristate),
    /// That a number or text is this.
    Text(SymbolId, crate::syntax::Text),
}

/// One way to a goal: everything that it asks for, then what is set.
#[derive(Clone, Debug, Default)]
pub(super) struct Way {
    pub(super) goals: Vec<Goal>,
    pub(super) set: Option<(SymbolId, UserValue)>,
    /// The fact that would have to be otherwise.
    pub(super) relax: Option<SymbolId>,
    /// Whether it leads through a `select` or an `imply`.
    pub(super) detour: bool,
}

impl Way {
    fn through(goals: impl IntoIterator<Item = Goal>) -> Self {
        Self { goals: goals.into_iter().collect(), ..Self::default() }
    }

    fn detour(self) -> Self {
        Self { detour: true, ..self }
    }

    fn setting(mut self, symbol: SymbolId, value: UserValue) -> Self {
        self.set = Some((symbol, value));
        self
    }
}

/// Whether facts may be taken for otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Facts {
    /// They are as they are.
    Hold,
    /// Each may be otherwise, at a price.
    MayYield,
}

/// Whether a goal is reached as things stand.
pub(super) fn holds(evaluator: &mut Evaluator<'_>, goal: &Goal) -> bool {
    match goal {
        Goal::Expr(expr, want) => want.met(evaluator.value(*expr)),
        Goal::Symbol(symbol, want) => want.met(evaluator.tristate(*symbol)),
        Goal::Visible(symbol, level) => evaluator.visible(*symbol) >= *level,
        Goal::Default(symbol, index) => {
            let defaults = &evaluator.model().symbol(*symbol).defaults;
            let first = defaults.iter().position(|default| evaluator.value(default.condition) != Tristate::N);
            first == Some(*index)
        }
        Goal::DefaultAtMost(symbol, index, most) => {
            let default = evaluator.model().symbol(*symbol).defaults[*index];
            let condition = evaluator.value(default.condition);
            evaluator.value(default.value).min(condition) <= *most
        }
        Goal::Text(symbol, text) => evaluator.text(*symbol) == *text,
    }
}

/// The ways to a goal that is not reached.
pub(super) fn ways(evaluator: &mut Evaluator<'_>, goal: &Goal, facts: Facts) -> Vec<Way> {
    let model = evaluator.model();
    match goal {
        Goal::Expr(expr, want) => of_expr(evaluator, *expr, *want, facts),
        Goal::Symbol(id, want @ Want::AtLeast(least)) => symbol::raise(evaluator, *id, *least, *want, facts),
        Goal::Symbol(id, Want::AtMost(most)) => symbol::lower(evaluator, *id, *most, facts),
        Goal::Visible(id, level) => {
            let level = symbol::level(evaluator, *id, *level);
            let prompts = &model.symbol(*id).prompts;
            prompts.iter().map(|prompt| Way::through([Goal::Expr(*prompt, Want::AtLeast(level))])).collect()
        }
        Goal::Default(id, index) => {
            let defaults = &model.symbol(*id).defaults;
            let before = defaults[..*index].iter().map(|default| default.condition);
            let before = before.map(|condition| Goal::Expr(condition, Want::AtMost(Tristate::N)));
            let own = Goal::Expr(defaults[*index].condition, Want::AtLeast(Tristate::M));
            vec![Way::through([own].into_iter().chain(before))]
        }
        Goal::DefaultAtMost(id, index, most) => {
            let default = model.symbol(*id).defaults[*index];
            let part = |expr| Way::through([Goal::Expr(expr, Want::AtMost(*most))]);
            vec![part(default.condition), part(default.value)]
        }
        Goal::Text(id, text) => compare::text(evaluator, *id, text, facts),
    }
}

fn of_expr(evaluator: &mut Evaluator<'_>, expr: ExprId, want: Want, facts: Facts) -> Vec<Way> {
    let model: &Model = evaluator.model();
    let all = |parts: [ExprId; 2]| vec![Way::through(parts.map(|part| Goal::Expr(part, want)))];
    let any = |parts: [ExprId; 2]| parts.map(|part| Way::through([Goal::Expr(part, want)])).to_vec();
    match (model.pool.get(expr), want) {
        (Expr::Name(Name::Constant(_)), _) => Vec::new(),
        (Expr::Name(Name::Symbol(symbol)), _) => vec![Way::through([Goal::Symbol(symbol, want)])],
        (Expr::Not(a), _) => vec![Way::through([Goal::Expr(a, want.mirrored())])],
        (Expr::And(a, b), Want::AtLeast(_)) | (Expr::Or(a, b), Want::AtMost(_)) => all([a, b]),
        (Expr::And(a, b), Want::AtMost(_)) | (Expr::Or(a, b), Want::AtLeast(_)) => any([a, b]),
        (Expr::Compare(op, a, b), Want::AtLeast(_)) => compare::holding(evaluator, op, a, b, facts),
        (Expr::Compare(op, a, b), Want::AtMost(_)) => {
            compare::holding(evaluator, compare::opposite(op), a, b, facts)
        }
    }
}
