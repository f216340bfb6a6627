//! Explanations and proposals as JSON: shapes of this module, not the engine's.

use kconfig::explain::{
    ChoiceLine, DefaultLine, Explanation, Operand, Place, ProbeLine, ProbeOrigin, Produced, PromptLine,
    RangeLine, Reason, Reverse, Standing, Term, Verdict, type_word,
};
use kconfig::fix::{Fact, FactKind, Outcome, Proof, Setting};
use kconfig::layers::{Conflict, Entry};
use kconfig::model::ConjunctKind;
use kconfig::{Change, Request};
use kernel_build::Proposal;
use kernel_build::configure::{Missed, Refusal, Unmet, Unneeded};
use serde_json::{Value, json};

/// One symbol.
pub(super) fn explanation(of: &Explanation) -> Value {
    let definitions = of
        .definitions
        .iter()
        .map(|found| json!({ "place": place(&found.place), "prompt": found.prompt, "menu": found.menu }));
    json!({
        "symbol": of.symbol.config_name(),
        "type": of.kind.map(type_word),
        "definitions": definitions.collect::<Vec<_>>(),
        "value": of.value.to_string(),
        "produced": produced(&of.produced),
        "requests": of.requests.iter().map(request).collect::<Vec<_>>(),
        "verdict": match of.verdict {
            Verdict::NotAsked => "not-asked",
            Verdict::Landed => "landed",
            Verdict::Harmless => "harmless",
            Verdict::Missed => "missed",
        },
        "reasons": of.reasons.iter().map(reason).collect::<Vec<_>>(),
    })
}

/// One request and what to do for it.
pub(super) fn proposal(of: &Proposal) -> Value {
    let (symbol, value) = (of.symbol.config_name(), of.value.to_string());
    match &of.outcome {
        Outcome::Fixed(fix) => json!({
            "symbol": symbol, "value": value, "outcome": "fixed",
            "settings": settings(&fix.settings),
            "changes": fix.changes.iter().map(change).collect::<Vec<_>>(),
        }),
        Outcome::Refused(refusal) => json!({
            "symbol": symbol, "value": value, "outcome": "refused",
            "facts": refusal.facts.iter().map(fact).collect::<Vec<_>>(),
            "settings_without_them": settings(&refusal.settings),
            "proof": match refusal.proof { Proof::NoWay => "no-way", Proof::Conflict => "conflict" },
        }),
        Outcome::GaveUp => json!({ "symbol": symbol, "value": value, "outcome": "gave-up" }),
    }
}

/// What of a configuration is not as asked.
pub(crate) fn refusal(of: &Refusal) -> Value {
    let entry = |entry: &Entry| {
        json!({
            "symbol": entry.symbol.config_name(), "asked": entry.ask.to_string(),
            "path": entry.origin.path, "line": entry.origin.line,
        })
    };
    let conflict = |conflict: &Conflict| {
        json!({
            "kind": conflict.kind.as_str(), "layer": conflict.layer.as_str(),
            "lost": entry(&conflict.lost), "won": entry(&conflict.won),
        })
    };
    let missed = |missed: &Missed| {
        let request = &missed.miss.request;
        json!({
            "symbol": request.symbol.config_name(),
            "asked": request.value.to_string(),
            "path": request.origin.path,
            "line": request.origin.line,
            "got": missed.miss.found.as_ref().map(ToString::to_string),
            "outcome": missed.miss.outcome(&of.version),
            "renamed_to": missed.renamed_to().map(kconfig::Symbol::config_name),
            "explanation": missed.explanation.as_ref().map(explanation),
            "proposal": missed.proposal.as_ref().map(proposal),
            "layer": of.place(&missed.into),
            "allowed_until": missed.allowed_until.as_ref().map(ToString::to_string),
        })
    };
    let unneeded = |entry: &Unneeded| {
        let place = entry.location.as_ref().map(kernel_spec::Location::origin);
        json!({
            "symbol": entry.symbol.config_name(), "why": entry.why.as_str(),
            "path": place.as_ref().map(|place| &place.path), "line": place.as_ref().map(|place| place.line),
        })
    };
    let unmet = |unmet: &Unmet| {
        let place = unmet.requirement.location.as_ref().map(kernel_spec::Location::origin);
        json!({
            "what": unmet.requirement.want.to_string(),
            "by": unmet.requirement.by,
            "claim": unmet.claim.as_str(),
            "condition": unmet.condition,
            "because": unmet.because,
            "settings": unmet.settings.as_deref().map(settings),
            "path": place.as_ref().map(|place| &place.path), "line": place.as_ref().map(|place| place.line),
        })
    };
    json!({
        "kernel": of.kernel.as_str(),
        "kernelversion": of.version,
        "conflicts": of.conflicts.iter().map(conflict).collect::<Vec<_>>(),
        "misses": of.misses.iter().map(missed).collect::<Vec<_>>(),
        "unmet": of.unmet.iter().map(unmet).collect::<Vec<_>>(),
        "unneeded": of.unneeded.iter().map(unneeded).collect::<Vec<_>>(),
    })
}

fn settings(settings: &[Setting]) -> Vec<Value> {
    let setting =
        |found: &Setting| json!({ "symbol": found.symbol.config_name(), "value": found.value.to_string() });
    settings.iter().map(setting).collect()
}

fn change(of: &Change) -> Value {
    json!({
        "symbol": of.symbol.config_name(),
        "before": of.before.as_ref().map(ToString::to_string),
        "after": of.after.as_ref().map(ToString::to_string),
    })
}

fn fact(of: &Fact) -> Value {
    let kind = match &of.kind {
        FactKind::Undefined => json!({ "kind": "undefined" }),
        FactKind::Probe { command, answer } => {
            json!({ "kind": "probe", "command": command, "answer": answer })
        }
        FactKind::NoPrompt => json!({ "kind": "no-prompt" }),
        FactKind::Selected(by) => {
            json!({ "kind": "selected", "by": by.iter().map(kconfig::Symbol::config_name).collect::<Vec<_>>() })
        }
        FactKind::NeverShown => json!({ "kind": "never-shown" }),
        FactKind::AtMostM => json!({ "kind": "at-most-m" }),
        FactKind::Type(kind) => json!({ "kind": "type", "type": type_word(*kind) }),
        FactKind::Conflict => json!({ "kind": "conflict" }),
        FactKind::Range { low, high } => json!({ "kind": "range", "low": low, "high": high }),
    };
    json!({
        "symbol": of.symbol.config_name(),
        "value": of.value,
        "why": kind,
        "places": of.places.iter().map(place).collect::<Vec<_>>(),
    })
}

fn place(of: &Place) -> Value {
    json!({ "path": of.path, "line": of.line })
}

fn request(of: &Request) -> Value {
    json!({ "value": of.value.to_string(), "path": of.origin.path, "line": of.origin.line })
}

fn produced(of: &Produced) -> Value {
    match of {
        Produced::Nothing => json!({ "by": "nothing" }),
        Produced::NoDefault => json!({ "by": "no-default" }),
        Produced::Default(line) => json!({ "by": "default", "default": default(line) }),
        Produced::Asked(asked) => json!({ "by": "request", "request": asked.as_ref().map(request) }),
        Produced::Selected(by) => json!({ "by": "select", "selects": reverse(by) }),
        Produced::Implied(by) => json!({ "by": "imply", "implies": reverse(by) }),
        Produced::Choice(line) => json!({ "by": "choice", "choice": choice(line) }),
        Produced::Range(line) => json!({ "by": "range", "range": range(line) }),
    }
}

fn default(of: &DefaultLine) -> Value {
    json!({
        "text": of.text, "holds": of.holds.as_str(), "place": place(&of.place), "missing": terms(&of.missing),
        "probes": probes(&of.probes),
    })
}

fn probes(of: &[ProbeLine]) -> Vec<Value> {
    let one = |probe: &ProbeLine| {
        let (origin, why) = match &probe.origin {
            None => (None, None),
            Some(ProbeOrigin::Ran) => (Some("ran"), None),
            Some(ProbeOrigin::RunsAlways { reason }) => (Some("runs-always"), Some(reason)),
            Some(ProbeOrigin::Kept) => (Some("kept"), None),
        };
        json!({ "command": probe.command, "answer": probe.answer, "origin": origin, "runs_because": why })
    };
    of.iter().map(one).collect()
}

fn reverse(of: &[Reverse]) -> Vec<Value> {
    let one = |found: &Reverse| {
        json!({
            "symbol": found.symbol.config_name(), "reach": found.reach.as_str(), "place": place(&found.place),
            "missing": terms(&found.missing),
        })
    };
    of.iter().map(one).collect()
}

fn choice(of: &ChoiceLine) -> Value {
    json!({
        "prompt": of.prompt,
        "place": place(&of.place),
        "taken": of.taken.as_ref().map(kconfig::Symbol::config_name),
        "asked": of.asked.as_ref().map(request),
    })
}

fn range(of: &RangeLine) -> Value {
    json!({ "low": of.low, "high": of.high, "place": place(&of.place) })
}

fn terms(of: &[Term]) -> Vec<Value> {
    let one = |term: &Term| {
        json!({
            "text": term.text,
            "value": term.value.as_str(),
            "kind": kind(term.kind),
            "place": place(&term.place),
            "operands": term.operands.iter().map(operand).collect::<Vec<_>>(),
            "probes": probes(&term.probes),
        })
    };
    of.iter().map(one).collect()
}

fn kind(of: ConjunctKind) -> &'static str {
    match of {
        ConjunctKind::DependsOn => "depends-on",
        ConjunctKind::If => "if",
        ConjunctKind::VisibleIf => "visible-if",
        ConjunctKind::Choice => "choice",
        ConjunctKind::Menu => "menu",
        ConjunctKind::OwnIf => "own-if",
    }
}

fn operand(of: &Operand) -> Value {
    let standing = match &of.standing {
        Standing::Settable => json!({ "kind": "settable" }),
        Standing::Hidden => json!({ "kind": "hidden" }),
        Standing::NoPrompt => json!({ "kind": "no-prompt" }),
        Standing::Probed(by) => json!({ "kind": "probe", "probes": probes(by) }),
        Standing::Undefined(places) => {
            json!({ "kind": "undefined", "elsewhere": places.iter().map(place).collect::<Vec<_>>() })
        }
    };
    json!({ "symbol": of.symbol.config_name(), "value": of.value, "standing": standing })
}

fn prompts(of: &[PromptLine]) -> Vec<Value> {
    let one = |line: &PromptLine| json!({ "text": line.text, "place": place(&line.place), "terms": terms(&line.terms) });
    of.iter().map(one).collect()
}

fn reason(of: &Reason) -> Value {
    match of {
        Reason::Unknown { renamed, elsewhere, nearest } => json!({
            "reason": "unknown",
            "renamed": renamed.as_ref().map(|(to, rename)| {
                json!({ "to": to.config_name(), "old": rename.old, "new": rename.new, "release": rename.release })
            }),
            "elsewhere": elsewhere.iter().map(place).collect::<Vec<_>>(),
            "nearest": nearest.as_ref().map(kconfig::Symbol::config_name),
        }),
        Reason::Overridden { earlier, later } => {
            json!({ "reason": "overridden", "earlier": request(earlier), "later": request(later) })
        }
        Reason::WrongType { asked, kind } => {
            json!({ "reason": "wrong-type", "asked": asked.to_string(), "type": type_word(*kind) })
        }
        Reason::ModulesOff { allowed_by } => {
            json!({ "reason": "modules-off", "allowed_by": allowed_by.as_ref().map(operand) })
        }
        Reason::NoPrompt { selects, implies, defaults } => json!({
            "reason": "no-prompt", "selects": reverse(selects), "implies": reverse(implies),
            "defaults": defaults.iter().map(default).collect::<Vec<_>>(),
        }),
        Reason::Hidden { prompts: lines } => json!({ "reason": "hidden", "prompts": prompts(lines) }),
        Reason::Capped { prompts: lines } => json!({ "reason": "capped", "prompts": prompts(lines) }),
        Reason::LostChoice(line) => json!({ "reason": "lost-choice", "choice": choice(line) }),
        Reason::Forced { selects } => json!({ "reason": "forced", "selects": reverse(selects) }),
        Reason::OutOfRange { asked, range: line } => {
            json!({ "reason": "out-of-range", "asked": asked.to_string(), "range": range(line) })
        }
        Reason::Probe { place: at, probes: by } => {
            json!({ "reason": "probe", "place": place(at), "probes": probes(by) })
        }
    }
}
