//! What was found, made small and resolved once more.

use super::goal::{Goal, holds};
use super::search::Settings;
use super::{Fix, Setting};
use crate::eval::{Evaluator, UserValue};
use crate::model::{MenuKind, Model};
use crate::syntax::ast::{SymbolId, SymbolType};
use crate::{Change, Symbol, Tristate, Value};

/// Leaves out one setting after the other as long as the goals are still reached.
pub(super) fn smallest(
    base: &Evaluator<'_>,
    id: SymbolId,
    user: &UserValue,
    goals: &[Goal],
    settings: Settings,
) -> Settings {
    let mut kept = last_of_each(settings);
    let mut at = kept.len();
    while at > 0 {
        at -= 1;
        let left_out = kept.remove(at);
        if !lands(base, id, user, goals, &kept) {
            kept.insert(at, left_out);
        }
    }
    kept
}

/// Each symbol once, with what it was set to last.
fn last_of_each(settings: Settings) -> Settings {
    let mut kept: Settings = Vec::new();
    for (symbol, value) in settings {
        match kept.iter_mut().find(|(known, _)| *known == symbol) {
            Some(known) => known.1 = value,
            None => kept.push((symbol, value)),
        }
    }
    kept
}

/// Sets to `y` what is set to `m`, as far as that holds and the goals are still reached: all together, else one by one.
pub(super) fn built_in(
    base: &Evaluator<'_>,
    id: SymbolId,
    user: &UserValue,
    goals: &[Goal],
    settings: Settings,
) -> Settings {
    let yes = UserValue::Tristate(Tristate::Y);
    let modules: Vec<usize> =
        (0..settings.len()).filter(|at| settings[*at].1 == UserValue::Tristate(Tristate::M)).collect();
    let with_yes = |settings: &Settings, places: &[usize]| {
        let mut trial = settings.clone();
        places.iter().for_each(|at| trial[*at].1 = yes.clone());
        let mut evaluator = with(base, id, user, &trial);
        let reached = places.iter().all(|at| evaluator.tristate(trial[*at].0) == Tristate::Y);
        (reached && goals.iter().all(|goal| holds(&mut evaluator, goal))).then_some(trial)
    };
    match with_yes(&settings, &modules) {
        Some(all) => all,
        None => modules.iter().fold(settings, |kept, at| with_yes(&kept, &[*at]).unwrap_or(kept)),
    }
}

fn lands(base: &Evaluator<'_>, id: SymbolId, user: &UserValue, goals: &[Goal], settings: &Settings) -> bool {
    let mut trial = with(base, id, user, settings);
    goals.iter().all(|goal| holds(&mut trial, goal))
}

fn with<'m>(base: &Evaluator<'m>, id: SymbolId, user: &UserValue, settings: &Settings) -> Evaluator<'m> {
    let mut trial = base.clone();
    let _ = trial.assign(id, user.clone());
    for (symbol, value) in settings {
        let _ = trial.assign(*symbol, value.clone());
    }
    trial
}

/// Resolves the whole configuration with the settings; `None` where the request does not land after all.
pub(super) fn whole(
    base: &Evaluator<'_>,
    before: &mut Evaluator<'_>,
    id: SymbolId,
    user: &UserValue,
    settings: &Settings,
) -> Option<Fix> {
    let mut after = with(base, id, user, settings);
    after.settle();
    let landed = match user {
        UserValue::Tristate(value) => after.tristate(id) == *value,
        UserValue::Text(text) => after.text(id) == *text,
    };
    if !landed {
        return None;
    }
    let model = base.model();
    let settings: Option<Vec<Setting>> =
        settings.iter().map(|(symbol, value)| setting(model, *symbol, value)).collect();
    let settings = settings?;
    let changes = changes(before, &mut after, |symbol| {
        symbol == id
            || settings
                .iter()
                .any(|setting| setting.symbol.as_str().as_bytes() == model.symbol(symbol).name.as_bytes())
    });
    Some(Fix { settings, changes })
}

/// A setting as people write it.
pub(super) fn setting(model: &Model, id: SymbolId, value: &UserValue) -> Option<Setting> {
    let entry = model.symbol(id);
    let symbol = Symbol::new(entry.name.as_str()?).ok()?;
    let value = match (value, entry.kind) {
        (UserValue::Tristate(value), _) => Value::Tristate(*value),
        (UserValue::Text(text), Some(SymbolType::Int | SymbolType::Hex)) => {
            Value::Number(text.as_str()?.into())
        }
        (UserValue::Text(text), _) => Value::Text(text.as_str()?.into()),
    };
    Some(Setting { symbol, value })
}

/// What two configurations do not agree on, in the order of the menu.
fn changes(
    before: &mut Evaluator<'_>,
    after: &mut Evaluator<'_>,
    mut expected: impl FnMut(SymbolId) -> bool,
) -> Vec<Change> {
    let model = before.model();
    let mut done = vec![false; model.symbols.len()];
    let mut found = Vec::new();
    for menu in &model.menus {
        let MenuKind::Symbol(id, _) = menu.kind else { continue };
        if std::mem::replace(&mut done[id.0 as usize], true) || expected(id) {
            continue;
        }
        let (old, new) = (written(before, id), written(after, id));
        if old.as_ref().unwrap_or(&Value::N) != new.as_ref().unwrap_or(&Value::N)
            && let Some(symbol) = model.symbol(id).name.as_str().and_then(|name| Symbol::new(name).ok())
        {
            found.push(Change { symbol, before: old, after: new });
        }
    }
    found
}

/// What a `.config` says of a symbol; `None` where it is silent.
fn written(evaluator: &mut Evaluator<'_>, id: SymbolId) -> Option<Value> {
    if !evaluator.written(id) {
        return None;
    }
    let text = evaluator.text(id);
    match evaluator.model().symbol(id).kind? {
        SymbolType::Bool | SymbolType::Tristate => {
            let value: Tristate = evaluator.tristate(id);
            Some(Value::Tristate(value))
        }
        SymbolType::Int | SymbolType::Hex => Some(Value::Number(text.to_string().into())),
        SymbolType::String => Some(Value::Text(text.to_string().into())),
    }
}
