//! Answers of probes that the parse has not waited for.
//!
//! A symbol stands in for each. Whoever evaluates brings [`Answers`]; an answer that is not there yet counts as `n`, and
//! is noted: what was computed then is a guess, which tells what else will be asked for. Where nothing was missing, no
//! answer that was not asked for can change anything.
//!
//! So that little is asked for, an expression without such an answer in it is looked at first, and may be enough.

use std::fmt;

use super::Evaluator;
use crate::Tristate;
use crate::model::{Expr, ExprId, Model};
use crate::syntax::ast::{Name, SymbolId};

/// Who knows what probes answer.
pub trait Answers: Sync {
    /// Whether a probe answers `y`; `None` where that is not known yet.
    fn answer(&self, command: &[u8]) -> Option<bool>;
}

/// What an evaluation knows about answers that were put off.
#[derive(Clone, Default)]
pub(super) struct Deferred<'m> {
    answers: Option<&'m dyn Answers>,
    /// By expression: whether such an answer is in it; empty where none was put off.
    exprs: Vec<bool>,
    /// How many answers were not there.
    missing: usize,
}

impl fmt::Debug for Deferred<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deferred").field("missing", &self.missing).finish_non_exhaustive()
    }
}

impl<'m> Evaluator<'m> {
    /// [`Evaluator::new`] over a model for which probes were put off.
    pub fn with_answers(model: &'m Model, answers: &'m dyn Answers) -> Self {
        let mut evaluator = Self::new(model);
        if !model.deferred.is_empty() {
            evaluator.deferred =
                Deferred { answers: Some(answers), exprs: with_stand_ins(model), missing: 0 };
        }
        evaluator
    }

    /// How many answers were asked for that were not there: unless that is none, what was computed is a guess.
    pub fn missing_answers(&self) -> usize {
        self.deferred.missing
    }

    /// The answer that a symbol stands in for; `n`, if it is an ordinary one that nobody defines.
    pub(super) fn answer(&mut self, symbol: SymbolId) -> Tristate {
        let Some(command) = self.model.stands_in(symbol) else { return Tristate::N };
        match self.deferred.answers.and_then(|answers| answers.answer(command.as_bytes())) {
            Some(true) => Tristate::Y,
            Some(false) => Tristate::N,
            None => {
                self.deferred.missing += 1;
                Tristate::N
            }
        }
    }

    /// Whether an answer that was put off is in an expression.
    pub(super) fn is_deferred(&self, expr: ExprId) -> bool {
        self.deferred.exprs.get(expr.0 as usize).copied().unwrap_or(false)
    }

    /// `a && b`.
    pub(super) fn value_of_both(&mut self, a: ExprId, b: ExprId) -> Tristate {
        let (first, second) = self.in_order(a, b);
        match self.value(first) {
            Tristate::N => Tristate::N,
            value => value.min(self.value(second)),
        }
    }

    /// `a || b`.
    pub(super) fn value_of_either(&mut self, a: ExprId, b: ExprId) -> Tristate {
        let (first, second) = self.in_order(a, b);
        match self.value(first) {
            Tristate::Y => Tristate::Y,
            value => value.max(self.value(second)),
        }
    }

    fn in_order(&self, a: ExprId, b: ExprId) -> (ExprId, ExprId) {
        if self.is_deferred(a) && !self.is_deferred(b) { (b, a) } else { (a, b) }
    }
}

/// Which expressions have a symbol in them that stands in for an answer.
fn with_stand_ins(model: &Model) -> Vec<bool> {
    let mut found: Vec<bool> = Vec::with_capacity(model.pool.len());
    for id in 0..model.pool.len() as u32 {
        // Parts come before what they are part of.
        let is = |part: ExprId| found[part.0 as usize];
        let has = match model.pool.get(ExprId(id)) {
            Expr::Name(Name::Symbol(symbol)) => model.stands_in(symbol).is_some(),
            Expr::Name(Name::Constant(_)) | Expr::Compare(..) => false,
            Expr::Not(a) => is(a),
            Expr::And(a, b) | Expr::Or(a, b) => is(a) || is(b),
        };
        found.push(has);
    }
    found
}
