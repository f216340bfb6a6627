//! Ways to raise and to lower a symbol.

use super::{Facts, Goal, Want, Way};
use crate::Tristate;
use crate::eval::{Evaluator, UserValue};
use crate::model::ExprId;
use crate::syntax::ast::{SymbolId, SymbolType};

/// How much a condition must be worth for a symbol to get a value: `m` becomes `y` where there is no `m`.
pub(super) fn level(evaluator: &mut Evaluator<'_>, id: SymbolId, value: Tristate) -> Tristate {
    let tristate = evaluator.model().symbol(id).kind == Some(SymbolType::Tristate);
    if tristate && evaluator.modules_allowed() { value } else { value.min(Tristate::M) }
}

pub(super) fn raise(
    evaluator: &mut Evaluator<'_>,
    id: SymbolId,
    least: Tristate,
    want: Want,
    facts: Facts,
) -> Vec<Way> {
    let model = evaluator.model();
    let entry = model.symbol(id);
    let mut found = Vec::new();
    let truth = matches!(entry.kind, Some(SymbolType::Bool | SymbolType::Tristate));
    if truth || entry.kind.is_none() {
        relaxed(id, least, facts, &mut found);
    }
    if !truth {
        return found;
    }
    let enough = level(evaluator, id, least);
    let at_least = |expr: ExprId| Goal::Expr(expr, Want::AtLeast(enough));
    if entry.stands_for.is_some() {
        found.extend(entry.prompts.iter().map(|prompt| Way::through([at_least(*prompt)])));
        return found;
    }
    let tristate = entry.kind == Some(SymbolType::Tristate) && evaluator.modules_allowed();
    let value = if tristate { least } else { Tristate::Y };
    for prompt in &entry.prompts {
        found.push(Way::through([at_least(*prompt)]).setting(id, UserValue::Tristate(value)));
    }
    if entry.member_of.is_some() {
        return found;
    }
    found.extend(entry.selected_by.iter().map(|term| Way::through([at_least(*term)]).detour()));
    for index in 0..entry.defaults.len() {
        let default = &entry.defaults[index];
        let value = Goal::Expr(default.value, want);
        found.push(Way::through([Goal::Default(id, index), at_least(default.condition), value]));
    }
    for term in &entry.implied_by {
        // What is implied goes no further than what the symbol depends on, by any of its definitions.
        if entry.depends.is_empty() {
            found.push(Way::through([at_least(*term)]).detour());
        }
        for depends in &entry.depends {
            found.push(Way::through([at_least(*term), at_least(*depends)]).detour());
        }
    }
    found
}

pub(super) fn lower(evaluator: &mut Evaluator<'_>, id: SymbolId, most: Tristate, facts: Facts) -> Vec<Way> {
    let model = evaluator.model();
    let entry = model.symbol(id);
    let mut found = Vec::new();
    let tristate = entry.kind == Some(SymbolType::Tristate);
    let modules = evaluator.modules_allowed();
    if tristate && most == Tristate::M && !modules {
        // Without modules `m` becomes `y`.
        let allowed = model.modules.map(|modules| Goal::Symbol(modules, Want::AtLeast(Tristate::M)));
        found.extend(allowed.map(|allowed| Way::through([allowed]).setting(id, UserValue::Tristate(most))));
    }
    let most = if tristate && modules { most } else { Tristate::N };
    relaxed(id, most, facts, &mut found);
    let at_most = |expr: &ExprId| Goal::Expr(*expr, Want::AtMost(most));
    if entry.stands_for.is_some() {
        found.push(Way::through(entry.prompts.iter().map(at_most)));
        return found;
    }
    if let Some(choice) = entry.member_of {
        for peer in model.choice(choice).members.iter().filter(|peer| **peer != id) {
            let shown = Goal::Visible(*peer, Tristate::M);
            found.push(Way::through([shown]).setting(*peer, UserValue::Tristate(Tristate::Y)));
        }
        found.push(Way::through(entry.prompts.iter().map(at_most)));
        return found;
    }
    let unselected: Vec<Goal> = entry.selected_by.iter().map(at_most).collect();
    for prompt in &entry.prompts {
        let shown = Goal::Expr(*prompt, Want::AtLeast(Tristate::M));
        let goals = unselected.iter().cloned().chain([shown]);
        found.push(Way::through(goals).setting(id, UserValue::Tristate(most)));
    }
    // Where the user has no say, nothing else may either.
    let defaults = (0..entry.defaults.len()).map(|index| Goal::DefaultAtMost(id, index, most));
    let unimplied = entry.implied_by.iter().map(at_most);
    let hidden = entry.prompts.iter().map(|prompt| Goal::Expr(*prompt, Want::AtMost(Tristate::N)));
    found.push(Way::through(unselected.into_iter().chain(hidden).chain(defaults).chain(unimplied)));
    found
}

/// Were the symbol the user's to set.
fn relaxed(id: SymbolId, value: Tristate, facts: Facts, found: &mut Vec<Way>) {
    if facts == Facts::MayYield {
        let set = Some((id, UserValue::Tristate(value)));
        found.push(Way { set, relax: Some(id), ..Way::default() });
    }
}
