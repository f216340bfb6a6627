//! What a value is, and what produced it.

use super::terms::symbol_of;
use super::{ChoiceLine, Explainer, Produced, RangeLine};
use crate::eval::UserValue;
use crate::model::{ChoiceId, ChoiceRules};
use crate::syntax::ast::{SymbolId, SymbolType};
use crate::{Request, Symbol, Tristate, Value};

impl Explainer<'_, '_> {
    pub(super) fn value_of(&mut self, id: SymbolId) -> Value {
        let text = self.evaluator.text(id).to_string();
        match self.model().symbol(id).kind {
            Some(SymbolType::Bool | SymbolType::Tristate) => Value::Tristate(self.evaluator.tristate(id)),
            Some(SymbolType::Int | SymbolType::Hex) => Value::Number(text.into()),
            Some(SymbolType::String) | None => Value::Text(text.into()),
        }
    }

    pub(super) fn produced(&mut self, id: SymbolId) -> Produced {
        match self.model().symbol(id).kind {
            None => Produced::Nothing,
            Some(SymbolType::Bool | SymbolType::Tristate) => self.produced_tristate(id),
            Some(_) => self.produced_text(id),
        }
    }

    fn produced_tristate(&mut self, id: SymbolId) -> Produced {
        let entry = self.model().symbol(id);
        let (value, visible) = (self.evaluator.tristate(id), self.evaluator.visible(id));
        if let Some(choice) = entry.member_of
            && visible != Tristate::N
            && (self.model().rules.choice == ChoiceRules::List || visible == Tristate::Y)
        {
            return Produced::Choice(self.choice_line(choice));
        }
        let user = match self.evaluator.user(id) {
            Some(UserValue::Tristate(asked)) if visible != Tristate::N => Some(*asked),
            // What a transitional symbol was set to counts where its dependencies allow it, and is its value then.
            Some(UserValue::Tristate(asked)) if entry.transitional && *asked == value => Some(*asked),
            _ => None,
        };
        let largest = |links: &[super::Reverse]| links.first().map_or(Tristate::N, |link| link.reach);
        let selects = self.reverse(id, |symbol| &symbol.selects);
        if value != Tristate::N && largest(&selects) != Tristate::N && user.is_none_or(|user| user < value) {
            let default = self.first_default(id).map_or(Tristate::N, |default| default.holds);
            if user.is_some() || default < value {
                let reach = largest(&selects);
                return Produced::Selected(selects.into_iter().filter(|link| link.reach == reach).collect());
            }
        }
        if user.is_some() {
            return Produced::Asked(self.request_for(id));
        }
        let default = self.first_default(id);
        let implies = self.reverse(id, |symbol| &symbol.implies);
        let (implied, by_default) =
            (largest(&implies), default.as_ref().map_or(Tristate::N, |default| default.holds));
        if implied > by_default && value != Tristate::N {
            return Produced::Implied(implies.into_iter().filter(|link| link.reach == implied).collect());
        }
        default.map_or(Produced::NoDefault, Produced::Default)
    }

    fn produced_text(&mut self, id: SymbolId) -> Produced {
        let text = self.evaluator.text(id);
        let asked = match self.evaluator.user(id) {
            Some(UserValue::Text(asked)) => Some(asked.clone()),
            _ => None,
        };
        let transitional = self.model().symbol(id).transitional;
        let asked = asked.filter(|_| transitional || self.evaluator.visible(id) != Tristate::N);
        let before = asked.clone().unwrap_or_else(|| self.evaluator.default_of(id));
        if before != text
            && let Some(range) = self.range_line(id)
        {
            return Produced::Range(range);
        }
        if asked.is_some() {
            return Produced::Asked(self.request_for(id));
        }
        self.first_default(id).map_or(Produced::NoDefault, Produced::Default)
    }

    fn first_default(&mut self, id: SymbolId) -> Option<super::DefaultLine> {
        let defaults = &self.model().symbol(id).defaults;
        let first = defaults.iter().find(|default| self.evaluator.value(default.condition) != Tristate::N)?;
        Some(self.default_line(first))
    }

    /// The range that holds.
    pub(super) fn range_line(&mut self, id: SymbolId) -> Option<RangeLine> {
        let ranges = &self.model().symbol(id).ranges;
        let range = ranges.iter().find(|range| self.evaluator.value(range.condition) != Tristate::N)?;
        let (low, high) = self.evaluator.bounds(id)?;
        Some(RangeLine { low: low.to_string(), high: high.to_string(), place: self.place_of(&range.source) })
    }

    pub(super) fn choice_line(&mut self, choice: ChoiceId) -> ChoiceLine {
        let menu = self.model().menu(self.model().choice(choice).menu);
        let members = &self.model().choice(choice).members;
        let taken = members.iter().copied().find(|member| self.evaluator.tristate(*member) == Tristate::Y);
        ChoiceLine {
            prompt: menu.prompt.as_ref().map(|(text, _)| text.to_string()),
            place: self.place(menu.at),
            taken: taken.and_then(|taken| symbol_of(self.model(), taken)),
            asked: taken
                .and_then(|taken| self.request_for(taken))
                .filter(|request| request.value == Value::Y),
        }
    }

    /// The request that counts for a symbol.
    fn request_for(&self, id: SymbolId) -> Option<Request> {
        let symbol: Symbol = symbol_of(self.model(), id)?;
        self.requests.iter().rev().find(|request| request.symbol == symbol).cloned()
    }
}
