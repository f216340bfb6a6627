//! Ways to make a comparison hold.

use super::{Facts, Goal, Want, Way};
use crate::Tristate;
use crate::eval::{Evaluator, UserValue, valid_text};
use crate::model::Expr;
use crate::syntax::Text;
use crate::syntax::ast::{Compare, ConstId, Name, SymbolId, SymbolType};

const VALUES: [Tristate; 3] = [Tristate::N, Tristate::M, Tristate::Y];

/// The comparison that holds where this one does not.
pub(super) fn opposite(op: Compare) -> Compare {
    match op {
        Compare::Equal => Compare::Unequal,
        Compare::Unequal => Compare::Equal,
        Compare::Less => Compare::GreaterEqual,
        Compare::LessEqual => Compare::Greater,
        Compare::Greater => Compare::LessEqual,
        Compare::GreaterEqual => Compare::Less,
    }
}

/// The comparison with its sides exchanged.
fn turned(op: Compare) -> Compare {
    match op {
        Compare::Equal | Compare::Unequal => op,
        Compare::Less => Compare::Greater,
        Compare::LessEqual => Compare::GreaterEqual,
        Compare::Greater => Compare::Less,
        Compare::GreaterEqual => Compare::LessEqual,
    }
}

pub(super) fn holding(
    evaluator: &mut Evaluator<'_>,
    op: Compare,
    a: Name,
    b: Name,
    facts: Facts,
) -> Vec<Way> {
    if let (Some(left), Some(right)) = (truths(evaluator, a, facts), truths(evaluator, b, facts)) {
        let mut found = Vec::new();
        for (x, of_a) in &left {
            for (y, of_b) in &right {
                if met(op, x.cmp(y)) {
                    found.push(Way::through(of_a.iter().chain(of_b).cloned()));
                }
            }
        }
        return found;
    }
    let mut found = beside(evaluator, op, a, b);
    found.extend(beside(evaluator, turned(op), b, a));
    found
}

fn met(op: Compare, order: std::cmp::Ordering) -> bool {
    match op {
        Compare::Equal => order.is_eq(),
        Compare::Unequal => order.is_ne(),
        Compare::Less => order.is_lt(),
        Compare::LessEqual => order.is_le(),
        Compare::Greater => order.is_gt(),
        Compare::GreaterEqual => order.is_ge(),
    }
}

/// The truth values that an operand can have, each with what it takes; `None` for what is no truth value.
fn truths(evaluator: &Evaluator<'_>, name: Name, facts: Facts) -> Option<Vec<(Tristate, Vec<Goal>)>> {
    let symbol = match name {
        Name::Constant(ConstId::N) => return Some(vec![(Tristate::N, Vec::new())]),
        Name::Constant(ConstId::M) => return Some(vec![(Tristate::M, Vec::new())]),
        Name::Constant(ConstId::Y) => return Some(vec![(Tristate::Y, Vec::new())]),
        Name::Constant(_) => return None,
        Name::Symbol(symbol) => symbol,
    };
    let values: &[Tristate] = match (evaluator.model().symbol(symbol).kind, facts) {
        (Some(SymbolType::Bool), _) | (None, Facts::MayYield) => &[Tristate::N, Tristate::Y],
        (Some(SymbolType::Tristate), _) => &VALUES,
        _ => return None,
    };
    let exactly = |value: Tristate| {
        let least = (value != Tristate::N).then_some(Goal::Symbol(symbol, Want::AtLeast(value)));
        let most = (value != Tristate::Y).then_some(Goal::Symbol(symbol, Want::AtMost(value)));
        (value, least.into_iter().chain(most).collect())
    };
    Some(values.iter().map(|value| exactly(*value)).collect())
}

/// Ways to move a number or text `a` beside what `b` is at present.
fn beside(evaluator: &mut Evaluator<'_>, op: Compare, a: Name, b: Name) -> Vec<Way> {
    let Name::Symbol(symbol) = a else { return Vec::new() };
    let model = evaluator.model();
    let entry = model.symbol(symbol);
    let Some(kind) = entry.kind else { return Vec::new() };
    if matches!(kind, SymbolType::Bool | SymbolType::Tristate) {
        return Vec::new();
    }
    let other = match b {
        Name::Symbol(symbol) => evaluator.text(symbol),
        Name::Constant(constant) => model.names.constant_text(constant).clone(),
    };
    let mut texts = candidates(kind, op, &other);
    for default in &entry.defaults {
        let Expr::Name(name) = model.pool.get(default.value) else { continue };
        let text = match name {
            Name::Symbol(symbol) => evaluator.text(symbol),
            Name::Constant(constant) => model.names.constant_text(constant).clone(),
        };
        if !texts.contains(&text) && evaluator.compares(op, &text, kind, b) {
            texts.push(text);
        }
    }
    texts.into_iter().map(|text| Way::through([Goal::Text(symbol, text)])).collect()
}

/// The values next to what a number or text is compared with.
fn candidates(kind: SymbolType, op: Compare, other: &Text) -> Vec<Text> {
    let number = other.as_str().and_then(|text| match text.strip_prefix("0x") {
        Some(digits) => i64::from_str_radix(digits, 16).ok(),
        None => text.parse::<i64>().ok(),
    });
    let (Some(number), SymbolType::Int | SymbolType::Hex) = (number, kind) else {
        return match op {
            Compare::Equal => vec![other.clone()],
            Compare::Unequal => vec![Text::from("x")],
            _ => Vec::new(),
        };
    };
    let wanted = match op {
        Compare::Equal | Compare::LessEqual | Compare::GreaterEqual => number,
        Compare::Unequal | Compare::Greater => number.saturating_add(1),
        Compare::Less => number.saturating_sub(1),
    };
    let text = if kind == SymbolType::Hex { format!("{wanted:#x}") } else { wanted.to_string() };
    vec![Text::from(text.as_str())]
}

/// Ways to give a number or text its value.
pub(super) fn text(evaluator: &mut Evaluator<'_>, id: SymbolId, text: &Text, facts: Facts) -> Vec<Way> {
    let model = evaluator.model();
    let entry = model.symbol(id);
    let mut found = Vec::new();
    if facts == Facts::MayYield {
        let set = Some((id, UserValue::Text(text.clone())));
        found.push(Way { set, relax: Some(id), ..Way::default() });
    }
    let fits = entry.kind.is_some_and(|kind| valid_text(kind, text.as_bytes()));
    if fits && evaluator.in_range(id, text) {
        for prompt in &entry.prompts {
            let shown = Goal::Expr(*prompt, Want::AtLeast(Tristate::M));
            found.push(Way::through([shown]).setting(id, UserValue::Text(text.clone())));
        }
    }
    for (index, default) in entry.defaults.iter().enumerate() {
        let same = match model.pool.get(default.value) {
            Expr::Name(Name::Symbol(symbol)) => evaluator.text(symbol) == *text,
            Expr::Name(Name::Constant(constant)) => model.names.constant_text(constant) == text,
            _ => false,
        };
        if same {
            found.push(Way::through([Goal::Default(id, index)]));
        }
    }
    found
}
