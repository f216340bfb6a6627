//! What became of the question, as lines.

use super::{FactKind, Outcome};
use crate::{Change, Symbol, Value};

/// How many changes are named.
const SHOWN: usize = 12;

/// Writes an outcome for people.
pub fn text(outcome: &Outcome, symbol: &Symbol, value: &Value) -> String {
    let mut out = String::new();
    let mut line = |text: String| {
        out.push_str(&text);
        out.push('\n');
    };
    match outcome {
        Outcome::GaveUp => line(format!("CONFIG_{symbol}={value}: no way was found within bounds")),
        Outcome::Fixed(fix) if fix.settings.is_empty() => {
            line(format!("CONFIG_{symbol}={value} lands by itself"));
            changes(&fix.changes, &mut line);
        }
        Outcome::Fixed(fix) => {
            line(format!("CONFIG_{symbol}={value} lands with"));
            for setting in &fix.settings {
                line(format!("  CONFIG_{}={}", setting.symbol, setting.value));
            }
            changes(&fix.changes, &mut line);
        }
        Outcome::Refused(refusal) => {
            line(format!("CONFIG_{symbol}={value} cannot land"));
            for fact in &refusal.facts {
                let why = match &fact.kind {
                    FactKind::Undefined => "no file defines it".to_owned(),
                    FactKind::Probe { command, answer } => format!("`{command}` answered `{answer}`"),
                    FactKind::NoPrompt => {
                        "it has no prompt, and nothing that can be set changes it".to_owned()
                    }
                    FactKind::Selected(by) => {
                        let by: Vec<String> = by.iter().map(ToString::to_string).collect();
                        format!("selected by {}", by.join(", "))
                    }
                    FactKind::NeverShown => "its prompt is never shown".to_owned(),
                    FactKind::AtMostM => "its prompt is `m` at most".to_owned(),
                    FactKind::Conflict => {
                        "what it asks for, or who selects it, stands in the way of what else is needed"
                            .to_owned()
                    }
                    FactKind::Type(kind) => {
                        format!("it is of type {}", format!("{kind:?}").to_lowercase())
                    }
                    FactKind::Range { low, high } => format!("it lies between {low} and {high}"),
                };
                let place = fact.places.first().map(|place| format!(" ({place})")).unwrap_or_default();
                let needed = fact.needed.as_ref().map(|needed| format!(", not {needed}")).unwrap_or_default();
                line(format!("  {} is {}{needed}: {why}{place}", fact.symbol, fact.value));
            }
            if !refusal.settings.is_empty() {
                line("were that otherwise, it would land with".to_owned());
                for setting in &refusal.settings {
                    line(format!("  CONFIG_{}={}", setting.symbol, setting.value));
                }
            }
        }
    }
    out
}

fn changes(changes: &[Change], line: &mut dyn FnMut(String)) {
    if changes.is_empty() {
        return;
    }
    line("and this changes too".to_owned());
    let shown = |value: &Option<Value>| value.as_ref().map_or_else(|| "absent".to_owned(), Value::to_string);
    for change in changes.iter().take(SHOWN) {
        line(format!("  CONFIG_{}: {} -> {}", change.symbol, shown(&change.before), shown(&change.after)));
    }
    if changes.len() > SHOWN {
        line(format!("  and {} more", changes.len() - SHOWN));
    }
}
