//! Why a symbol is not what was asked for.

use super::{Explainer, Explanation, Produced, Reason, Verdict, overridden};
use crate::eval::valid_text;
use crate::model::ChoiceRules;
use crate::names::rename_of;
use crate::syntax::Text;
use crate::syntax::ast::{SymbolId, SymbolType};
use crate::{Request, Symbol, SymbolNames, Tristate, Value};

impl Explainer<'_, '_> {
    pub(super) fn undefined(&mut self, symbol: &Symbol, requests: Vec<Request>) -> Explanation {
        let model = self.model();
        let defined = model.symbols.iter().filter(|entry| entry.kind.is_some());
        let names: SymbolNames =
            defined.filter_map(|entry| entry.name.as_str().and_then(|name| Symbol::new(name).ok())).collect();
        let renamed = rename_of(symbol, &names);
        let on_elsewhere = renamed.as_ref().is_some_and(|(to, _)| {
            let id = model.names.find(to.as_str().as_bytes());
            id.is_some_and(|id| self.evaluator.tristate(id) != Tristate::N)
        });
        let verdict = match requests.last() {
            None => Verdict::NotAsked,
            Some(request) if request.value.is_nothing() && !on_elsewhere => Verdict::Harmless,
            Some(_) => Verdict::Missed,
        };
        let elsewhere = self.elsewhere.places(symbol).to_vec();
        let said = renamed.is_some() || !elsewhere.is_empty();
        let nearest = if said { None } else { names.nearest(symbol).cloned() };
        let mut reasons = overridden(&requests);
        if verdict != Verdict::Harmless {
            reasons.push(Reason::Unknown { renamed, elsewhere, nearest });
        }
        Explanation {
            symbol: symbol.clone(),
            kind: None,
            definitions: Vec::new(),
            value: Value::N,
            produced: Produced::Nothing,
            requests,
            verdict,
            reasons,
        }
    }

    /// Every reason why a symbol that is defined is not `asked`, or, if nobody asked, not `y`.
    pub(super) fn reasons(&mut self, id: SymbolId, asked: Option<&Value>, value: &Value) -> Vec<Reason> {
        let entry = self.model().symbol(id);
        let Some(kind) = entry.kind else { return Vec::new() };
        if let Some(asked) = asked
            && !fits(kind, asked)
        {
            return vec![Reason::WrongType { asked: asked.clone(), kind }];
        }
        match (kind, asked, value) {
            (_, None, Value::Tristate(Tristate::Y)) => Vec::new(),
            (_, None, Value::Tristate(value)) => self.tristate_reasons(id, Tristate::Y, *value),
            (_, Some(Value::Tristate(asked)), Value::Tristate(value)) => {
                self.tristate_reasons(id, *asked, *value)
            }
            (_, Some(asked), _) => self.text_reasons(id, asked),
            (_, None, _) => Vec::new(),
        }
    }

    fn tristate_reasons(&mut self, id: SymbolId, asked: Tristate, value: Tristate) -> Vec<Reason> {
        let entry = self.model().symbol(id);
        let mut reasons = Vec::new();
        if value > asked {
            let selects = self.reverse(id, |symbol| &symbol.selects);
            let forcing: Vec<_> = selects.into_iter().filter(|link| link.reach > asked).collect();
            if asked == Tristate::M && !self.evaluator.modules_allowed() {
                let allowed_by = self.model().modules.and_then(|modules| self.operand(modules));
                reasons.push(Reason::ModulesOff { allowed_by });
            }
            if !forcing.is_empty() && entry.member_of.is_none() {
                reasons.push(Reason::Forced { selects: forcing });
            }
        }
        let visible = self.evaluator.visible(id);
        if entry.prompts.is_empty() {
            reasons.push(self.no_prompt(id));
            reasons.extend(self.probe(id));
        } else if visible == Tristate::N {
            reasons.push(Reason::Hidden { prompts: self.prompts(id, Tristate::N) });
        } else if visible == Tristate::M && asked == Tristate::Y && value < asked {
            reasons.push(Reason::Capped { prompts: self.prompts(id, Tristate::M) });
        }
        if let Some(choice) = entry.member_of
            && visible != Tristate::N
            && (self.model().rules.choice == ChoiceRules::List || visible == Tristate::Y)
            && value != asked
        {
            reasons.push(Reason::LostChoice(self.choice_line(choice)));
        }
        reasons
    }

    fn text_reasons(&mut self, id: SymbolId, asked: &Value) -> Vec<Reason> {
        if self.model().symbol(id).prompts.is_empty() {
            let mut reasons = vec![self.no_prompt(id)];
            reasons.extend(self.probe(id));
            return reasons;
        }
        let mut reasons = Vec::new();
        if self.evaluator.visible(id) == Tristate::N {
            reasons.push(Reason::Hidden { prompts: self.prompts(id, Tristate::N) });
        }
        let text = Text::from(bare(asked).as_str());
        if !self.evaluator.in_range(id, &text)
            && let Some(range) = self.range_line(id)
        {
            reasons.push(Reason::OutOfRange { asked: asked.clone(), range });
        }
        reasons
    }

    fn no_prompt(&mut self, id: SymbolId) -> Reason {
        Reason::NoPrompt {
            selects: self.reverse(id, |symbol| &symbol.selects),
            implies: self.reverse(id, |symbol| &symbol.implies),
            defaults: self.defaults(id),
        }
    }

    /// The probes behind the default that counts.
    fn probe(&mut self, id: SymbolId) -> Option<Reason> {
        let defaults = &self.model().symbol(id).defaults;
        let default =
            defaults.iter().find(|default| self.evaluator.value(default.condition) != Tristate::N)?;
        let probes = self.probes(default.source.at);
        (!probes.is_empty()).then(|| Reason::Probe { place: self.place_of(&default.source), probes })
    }
}

/// Whether a symbol of this type can have such a value.
fn fits(kind: SymbolType, asked: &Value) -> bool {
    match (kind, asked) {
        (SymbolType::Bool, Value::Tristate(value)) => *value != Tristate::M,
        (SymbolType::Tristate, Value::Tristate(_)) | (SymbolType::String, Value::Text(_)) => true,
        (SymbolType::Int | SymbolType::Hex, Value::Number(text)) => valid_text(kind, text.as_bytes()),
        _ => false,
    }
}

/// A value without quotes.
fn bare(value: &Value) -> String {
    match value {
        Value::Text(text) => text.to_string(),
        other => other.to_string(),
    }
}
