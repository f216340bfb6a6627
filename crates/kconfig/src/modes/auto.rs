//! Every driver as a module: what an answer of `m` to each question comes to.
//!
//! A question is answered `m` where it is a tristate's, nobody has spoken of it, and `m` is a value that it can take and
//! has not; what then becomes visible is asked too, until there is no more to ask. Members of choices are left to their
//! choice.

use std::collections::HashSet;

use crate::Tristate;
use crate::eval::{Evaluator, UserValue};
use crate::syntax::ast::{SymbolId, SymbolType};

/// How questions are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AutoModules {
    /// What becomes of a tristate that is `y` without being asked for.
    pub built_in: BuiltIn,
    /// What is answered: `m`, or `y` where modules are to be built in.
    pub answer: Tristate,
}

/// What becomes of a tristate that is `y` without being asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuiltIn {
    /// It is answered as any other.
    Answered,
    /// It stays `y`.
    Kept,
}

/// Answers every question of a tristate but those about `named`; gives back the symbols that were answered, in the order
/// of the answers.
pub fn auto_modules(
    evaluator: &mut Evaluator<'_>,
    named: &HashSet<SymbolId>,
    how: AutoModules,
) -> Vec<SymbolId> {
    let model = evaluator.model();
    let mut answered = Vec::new();
    let mut open: Vec<SymbolId> = model
        .symbol_ids()
        .filter(|id| {
            let symbol = model.symbol(*id);
            symbol.kind == Some(SymbolType::Tristate)
                && symbol.member_of.is_none()
                && model.modules != Some(*id)
                && !named.contains(id)
        })
        .collect();
    loop {
        let mut due = Vec::new();
        open.retain(|id| {
            let current = evaluator.tristate(*id);
            let kept = current == how.answer || (how.built_in == BuiltIn::Kept && current == Tristate::Y);
            let is_due = !kept && evaluator.possible(*id, Tristate::M) && evaluator.possible(*id, how.answer);
            if is_due {
                due.push(*id);
            }
            !is_due
        });
        if due.is_empty() {
            return answered;
        }
        for id in &due {
            evaluator.set_user(*id, Some(UserValue::Tristate(how.answer)));
        }
        evaluator.forget();
        answered.extend(due);
    }
}
