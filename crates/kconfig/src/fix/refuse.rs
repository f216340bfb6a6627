//! Why a request cannot land: the facts in its way.
//!
//! Facts are looked for by letting each yield at a price: the nearest way then says which had to. They are tested on a
//! copy of the tree in which just these symbols are the user's to set: there the request lands, and with any of them as
//! it is it does not.

use super::cost::{Costs, NEVER};
use super::goal::{Facts, Goal, Way, holds, ways};
use super::search::{Found, Search, Settings};
use super::verify::{setting, smallest};
use super::{Fact, FactKind, Outcome, Proof, Refusal, goals};
use crate::eval::{Evaluator, UserValue};
use crate::explain::Place;
use crate::model::{Expr, ExprId, MenuId, Model, Source};
use crate::syntax::ast::{At, Name, SymbolId, SymbolType};
use crate::{Symbol, Tristate};

/// How many facts a refusal may name.
const MOST: usize = 12;
/// How many symbols are tried that may be in the way.
const CANDIDATES: usize = 40;

pub(super) fn unknown(symbol: &Symbol) -> Outcome {
    let fact = Fact {
        symbol: symbol.clone(),
        value: "n".to_owned(),
        needed: None,
        kind: FactKind::Undefined,
        places: Vec::new(),
    };
    Outcome::Refused(Refusal { facts: vec![fact], settings: Vec::new(), proof: Proof::NoWay })
}

pub(super) fn wrong_type(base: &Evaluator<'_>, id: SymbolId, symbol: &Symbol, kind: SymbolType) -> Outcome {
    let model = base.model();
    let fact = Fact {
        symbol: symbol.clone(),
        value: base.clone().text(id).to_string(),
        needed: None,
        kind: FactKind::Type(kind),
        places: model.symbol(id).menus.iter().map(|menu| place(model, model.menu(*menu).at)).collect(),
    };
    Outcome::Refused(Refusal { facts: vec![fact], settings: Vec::new(), proof: Proof::NoWay })
}

/// Finds what would have to be otherwise where every way stands in its own way: one symbol of those on the ways.
pub(super) fn conflict(base: &Evaluator<'_>, id: SymbolId, user: &UserValue, met: &[SymbolId]) -> Outcome {
    let others = met.iter().filter(|symbol| **symbol != id).take(CANDIDATES);
    for fact in others.chain([&id]) {
        if let Some(settings) = lands_without(base, id, user, &[*fact]) {
            return refused(base, id, user, &[*fact], &settings, Proof::Conflict);
        }
    }
    Outcome::GaveUp
}

fn refused(
    base: &Evaluator<'_>,
    id: SymbolId,
    user: &UserValue,
    facts: &[SymbolId],
    settings: &Settings,
    proof: Proof,
) -> Outcome {
    let model = base.model();
    let mut described: Vec<Fact> =
        facts.iter().filter_map(|fact| describe(base, *fact, id, user, proof)).collect();
    if described.len() != facts.len() {
        return Outcome::GaveUp;
    }
    let own = |fact: &SymbolId| settings.iter().find(|(symbol, _)| symbol == fact);
    for (fact, described) in facts.iter().zip(&mut described) {
        let needed = own(fact).and_then(|(symbol, value)| setting(model, *symbol, value));
        described.needed = needed.map(|setting| setting.value);
    }
    let others = settings.iter().filter(|(symbol, _)| !facts.contains(symbol));
    let settings = others.filter_map(|(symbol, value)| setting(model, *symbol, value)).collect();
    Outcome::Refused(Refusal { facts: described, settings, proof })
}

/// Finds and tests the facts.
pub(super) fn facts(base: &Evaluator<'_>, id: SymbolId, user: &UserValue) -> Outcome {
    let mut trial = base.clone();
    let _ = trial.assign(id, user.clone());
    let wanted = goals(&mut trial, id, user);
    let mut costs = Costs::new(base.clone(), Facts::MayYield, Some(id));
    let mut facts: Vec<SymbolId> = Vec::new();
    for goal in &wanted {
        collect(&mut costs, &mut base.clone(), goal, &mut Vec::new(), &mut facts);
    }
    if facts.is_empty() || facts.len() > MOST {
        return Outcome::GaveUp;
    }
    let Some(mut settings) = lands_without(base, id, user, &facts) else {
        // `X && !X`: no value of them all does.
        return conflict(base, id, user, &facts);
    };
    let mut at = facts.len();
    while at > 0 {
        at -= 1;
        let fact = facts.remove(at);
        match lands_without(base, id, user, &facts) {
            Some(fewer) if !facts.is_empty() => settings = fewer,
            _ => facts.insert(at, fact),
        }
    }
    refused(base, id, user, &facts, &settings, Proof::NoWay)
}

/// Follows the nearest ways and notes which facts they take for otherwise.
fn collect(
    costs: &mut Costs<'_>,
    evaluator: &mut Evaluator<'_>,
    goal: &Goal,
    path: &mut Vec<Goal>,
    facts: &mut Vec<SymbolId>,
) {
    if holds(evaluator, goal) || path.contains(goal) {
        return;
    }
    path.push(goal.clone());
    let distance = |way: &Way, costs: &mut Costs<'_>| {
        way.goals.iter().fold(costs.own(way), |sum, goal| sum.saturating_add(costs.distance(goal)))
    };
    costs.distance(goal);
    let mut best = (NEVER, None);
    for way in ways(evaluator, goal, Facts::MayYield) {
        let far = distance(&way, costs);
        if far < best.0 {
            best = (far, Some(way));
        }
    }
    if let Some(way) = best.1 {
        facts.extend(way.relax.filter(|fact| !facts.contains(fact)));
        for goal in &way.goals {
            collect(costs, evaluator, goal, path, facts);
        }
    }
    path.pop();
}

/// The settings with which a request lands where some symbols are the user's to set.
fn lands_without(
    base: &Evaluator<'_>,
    id: SymbolId,
    user: &UserValue,
    facts: &[SymbolId],
) -> Option<Settings> {
    let model = relaxed(base.model(), facts, user);
    let mut trial = base.over(&model);
    let relaxed_base = trial.clone();
    let _ = trial.assign(id, user.clone());
    let wanted = goals(&mut trial, id, user);
    if wanted.iter().all(|goal| holds(&mut trial, goal)) {
        return Some(Vec::new());
    }
    let mut costs = Costs::new(relaxed_base.clone(), Facts::Hold, None);
    if wanted.iter().any(|goal| costs.distance(goal) == NEVER) {
        return None;
    }
    let mut search = Search::new(&mut costs, trial);
    search.keep(id, user.clone());
    match search.run(&wanted) {
        Found::Settings(settings) => Some(smallest(&relaxed_base, id, user, &wanted, settings)),
        _ => None,
    }
}

/// The tree with some symbols the user's to set, whatever else the files say of them.
fn relaxed(model: &Model, facts: &[SymbolId], user: &UserValue) -> Model {
    let mut model = model.clone();
    for fact in facts {
        let entry = &mut model.symbols[fact.0 as usize];
        entry.kind.get_or_insert(match user {
            UserValue::Tristate(Tristate::M) => SymbolType::Tristate,
            _ => SymbolType::Bool,
        });
        let nowhere = Source {
            menu: MenuId::ROOT,
            at: At { file: crate::syntax::ast::FileId(0), line: 1 },
            own: ExprId::ALWAYS,
        };
        entry.prompts = vec![ExprId::ALWAYS];
        entry.prompt_sources = vec![nowhere];
        entry.selected_by.clear();
        entry.implied_by.clear();
        entry.ranges.clear();
        entry.depends.clear();
        entry.member_of = None;
    }
    model
}

fn describe(
    base: &Evaluator<'_>,
    fact: SymbolId,
    target: SymbolId,
    user: &UserValue,
    proof: Proof,
) -> Option<Fact> {
    let model = base.model();
    let entry = model.symbol(fact);
    let mut evaluator = base.clone();
    let symbol = Symbol::new(entry.name.as_str()?).ok()?;
    let value = match entry.kind {
        Some(_) => evaluator.text(fact).to_string(),
        None => "n".to_owned(),
    };
    let mut places: Vec<Place> = entry.menus.iter().map(|menu| place(model, model.menu(*menu).at)).collect();
    let probe = entry.defaults.iter().find_map(|default| model.probes.used_at(default.source.at).last());
    let selectors: Vec<(Symbol, Place)> = model
        .symbols
        .iter()
        .flat_map(|selector| selector.selects.iter().map(move |link| (selector, link)))
        .filter(|(_, link)| link.target == fact)
        .filter_map(|(selector, link)| {
            let id = model.names.find(selector.name.as_bytes())?;
            let on = evaluator.tristate(id).min(evaluator.value(link.condition)) != Tristate::N;
            let symbol = Symbol::new(selector.name.as_str()?).ok()?;
            on.then(|| (symbol, place(model, link.source.at)))
        })
        .collect();
    let out_of_range = match user {
        UserValue::Text(text) if fact == target && !evaluator.in_range(fact, text) => evaluator.bounds(fact),
        _ => None,
    };
    let kind = match (entry.kind, probe) {
        (None, _) => FactKind::Undefined,
        _ if proof == Proof::Conflict => FactKind::Conflict,
        _ if out_of_range.is_some() => {
            let (low, high) = out_of_range?;
            FactKind::Range { low: low.to_string(), high: high.to_string() }
        }
        _ if !selectors.is_empty() => {
            places = selectors.iter().map(|(_, place)| place.clone()).collect();
            FactKind::Selected(selectors.into_iter().map(|(symbol, _)| symbol).collect())
        }
        (_, Some(probe)) if entry.prompts.is_empty() => {
            FactKind::Probe { command: probe.command.to_string(), answer: probe.answer.to_string() }
        }
        _ if entry.prompts.is_empty() => FactKind::NoPrompt,
        _ if evaluator.visible(fact) == Tristate::M => FactKind::AtMostM,
        _ => match asked_probe(&mut evaluator, fact) {
            Some((at, kind)) => {
                places = vec![place(model, at)];
                kind
            }
            None => FactKind::NeverShown,
        },
    };
    Some(Fact { symbol, value, needed: None, kind, places })
}

/// A probe that a prompt asks for outright and that answered no.
fn asked_probe(evaluator: &mut Evaluator<'_>, id: SymbolId) -> Option<(At, FactKind)> {
    let model = evaluator.model();
    for source in &model.symbol(id).prompt_sources {
        for part in model.prompt_conjuncts(source) {
            let constant = matches!(model.pool.get(part.expr), Expr::Name(Name::Constant(_)));
            let probe = model.probes.used_at(part.at).last();
            if let (true, Tristate::N, Some(probe)) = (constant, evaluator.value(part.expr), probe) {
                let (command, answer) = (probe.command.to_string(), probe.answer.to_string());
                return Some((part.at, FactKind::Probe { command, answer }));
            }
        }
    }
    None
}

fn place(model: &Model, at: At) -> Place {
    let path = model.files.get(at.file.0 as usize).map(ToString::to_string).unwrap_or_default();
    Place { path, line: at.line }
}
