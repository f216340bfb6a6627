//! An explanation in one line, for a table of requests that did not land.
//!
//! ```text
//! depends on FUSE_FS, which is n (fs/fuse/Kconfig:23)
//! ```
//!
//! Deliberately absent: what a table says already: the name that a symbol has here, the request that won.

use super::{Explanation, Operand, PromptLine, Reason, Reverse, Term};

/// How many of a kind are named.
const NAMED: usize = 3;

/// The reasons, as the end of a sentence; nothing where there is none to add.
pub fn brief(explanation: &Explanation) -> String {
    let reasons: Vec<String> = explanation.reasons.iter().filter_map(reason).collect();
    reasons.join("; ")
}

fn reason(reason: &Reason) -> Option<String> {
    Some(match reason {
        Reason::Unknown { elsewhere, .. } if !elsewhere.is_empty() => {
            format!("defined only in {}", listed(elsewhere.iter().map(ToString::to_string)))
        }
        Reason::Unknown { .. } | Reason::Overridden { .. } => return None,
        Reason::WrongType { kind, .. } => format!("its type is `{}`", super::type_word(*kind)),
        Reason::ModulesOff { .. } => "`m` is no value while modules are off".to_owned(),
        Reason::NoPrompt { selects, .. } if !selects.is_empty() => {
            format!(
                "it has no prompt: only {} {} it",
                reverse(selects),
                if selects.len() == 1 { "selects" } else { "select" }
            )
        }
        Reason::NoPrompt { .. } => "it has no prompt: its defaults decide".to_owned(),
        Reason::Hidden { prompts } => terms(prompts)?,
        Reason::Capped { prompts } => format!("`m` at most: {}", terms(prompts)?),
        Reason::LostChoice(choice) => match &choice.taken {
            Some(taken) => format!("its choice took {taken}"),
            None => "its choice took none".to_owned(),
        },
        Reason::Forced { selects } => format!("selected by {}", reverse(selects)),
        Reason::OutOfRange { range, .. } => {
            format!("out of its range, {} to {} ({})", range.low, range.high, range.place)
        }
        Reason::Probe { probes, .. } => {
            let said = probes.iter().map(|probe| format!("`{}` answered `{}`", probe.command, probe.answer));
            said.collect::<Vec<_>>().join(", ")
        }
    })
}

fn reverse(selects: &[Reverse]) -> String {
    listed(selects.iter().map(|select| select.symbol.to_string()))
}

fn terms(prompts: &[PromptLine]) -> Option<String> {
    // The nearest prompt is the one with the least in its way.
    let prompt = prompts.iter().min_by_key(|prompt| prompt.terms.len())?;
    (!prompt.terms.is_empty()).then(|| listed(prompt.terms.iter().map(term)))
}

fn term(term: &Term) -> String {
    match term.operands.as_slice() {
        [Operand { symbol, value, .. }] if term.text == symbol.as_str() => {
            format!("depends on {symbol}, which is {value} ({})", term.place)
        }
        // What stands there is an answer already.
        [] => match term.probes.as_slice() {
            [probe, ..] => {
                format!("depends on `{}`, which answered {} ({})", probe.command, term.value, term.place)
            }
            [] => format!("depends on {} ({})", term.text, term.place),
        },
        operands => {
            let values = operands.iter().map(|operand| format!("{}={}", operand.symbol, operand.value));
            let values: Vec<String> = values.collect();
            format!("depends on {}, with {} ({})", term.text, values.join(", "), term.place)
        }
    }
}

fn listed(items: impl Iterator<Item = String>) -> String {
    let mut items: Vec<String> = items.collect();
    let more = items.len().saturating_sub(NAMED);
    items.truncate(NAMED);
    if more > 0 {
        items.push(format!("{more} more"));
    }
    match items.pop() {
        Some(last) if items.is_empty() => last,
        Some(last) => format!("{} and {last}", items.join(", ")),
        None => String::new(),
    }
}
