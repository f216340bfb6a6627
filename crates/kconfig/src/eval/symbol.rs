//! The value of one symbol.

use super::{Cell, Evaluator, State, UserValue};
use crate::Tristate;
use crate::model::{ChoiceRules, Expr, NumberRules};
use crate::syntax::Text;
use crate::syntax::ast::{Name, SymbolId, SymbolType};

impl Evaluator<'_> {
    /// Computes a symbol, unless it is known or being computed: then what is known so far counts.
    #[inline]
    pub(super) fn compute(&mut self, symbol: SymbolId) {
        let cell = &mut self.cells[symbol.0 as usize];
        match cell.state {
            State::Known => {}
            State::Busy => self.memo.note_unfinished(),
            State::Unknown => {
                cell.state = State::Busy;
                self.compute_anew(symbol);
                self.cells[symbol.0 as usize].state = State::Known;
            }
        }
    }

    fn compute_anew(&mut self, symbol: SymbolId) {
        let at = symbol.0 as usize;
        let cell = &mut self.cells[at];
        cell.written = false;
        cell.value = Tristate::N;
        let Some(kind) = self.model.symbol(symbol).kind else {
            let answer = self.answer(symbol);
            self.cells[at].value = answer;
            return;
        };
        if !is_tristate(kind) {
            self.cells[at].text = Text::default();
        }
        self.compute_visibility(symbol, kind);
        self.cells[at].written = self.cells[at].visible != Tristate::N;
        if is_tristate(kind) {
            self.compute_tristate(symbol, kind);
        } else {
            self.compute_text(symbol, kind);
        }
        if self.model.symbol(symbol).transitional {
            self.cells[at].written = false;
        }
    }

    /// How far the user may set it; needs nothing else of the symbol.
    pub(super) fn compute_visible(&mut self, symbol: SymbolId, kind: SymbolType) {
        let model = self.model;
        let entry = model.symbol(symbol);
        let mut visible = self.largest(&entry.prompts);
        if let (Some(choice), ChoiceRules::Symbol) = (entry.member_of, model.rules.choice) {
            visible = self.visible_in_choice(visible, kind, choice);
        }
        self.cells[symbol.0 as usize].visible = self.capped(visible, kind);
    }

    fn compute_visibility(&mut self, symbol: SymbolId, kind: SymbolType) {
        let at = symbol.0 as usize;
        let entry = self.model.symbol(symbol);
        self.compute_visible(symbol, kind);
        if entry.member_of.is_some() {
            self.cells[at].selected = Tristate::N;
            self.cells[at].implied = Tristate::N;
            return;
        }
        let depends = if entry.depends.is_empty() { Tristate::Y } else { self.largest(&entry.depends) };
        self.cells[at].depends = self.capped(depends, kind);
        let selected = self.largest(&entry.selected_by);
        self.cells[at].selected = self.capped(selected, kind);
        let implied = self.largest(&entry.implied_by);
        self.cells[at].implied = self.capped(implied, kind);
    }

    /// `y` for `m` where the type or the tree does not know `m`.
    fn capped(&mut self, value: Tristate, kind: SymbolType) -> Tristate {
        if value == Tristate::M && (kind != SymbolType::Tristate || !self.modules_allowed()) {
            Tristate::Y
        } else {
            value
        }
    }

    fn compute_tristate(&mut self, symbol: SymbolId, kind: SymbolType) {
        let at = symbol.0 as usize;
        let model = self.model;
        let entry = model.symbol(symbol);
        let visible = self.cells[at].visible;
        if let (Some(choice), ChoiceRules::List) = (entry.member_of, model.rules.choice) {
            self.compute_choice(choice);
            let chosen = visible != Tristate::N && self.choices[choice.0 as usize].chosen == Some(symbol);
            self.cells[at].value = if chosen { Tristate::Y } else { Tristate::N };
            return;
        }
        if let Some(choice) = entry.stands_for {
            let mode = self.choice_mode(symbol, choice);
            self.cells[at].value = self.capped(mode, kind);
            if self.cells[at].value == Tristate::Y {
                self.choose(choice);
                if self.choices[choice.0 as usize].chosen.is_none() {
                    self.cells[at].value = Tristate::N;
                }
            }
            return;
        }
        if kind == SymbolType::Bool && self.mode_of(symbol) == Some(Tristate::M) {
            // Only a tristate can be part of what is m; not even a default makes a bool one.
            return;
        }
        if let Some(choice) = entry.member_of
            && visible == Tristate::Y
        {
            let chosen = self.choices[choice.0 as usize].chosen == Some(symbol);
            self.cells[at].value = if chosen { Tristate::Y } else { Tristate::N };
            return;
        }
        // What a transitional symbol was set to counts, though nobody can set it any more.
        let reach = if entry.transitional { self.cells[at].depends } else { visible };
        let mut value = match self.user[at] {
            Some(UserValue::Tristate(asked)) if reach != Tristate::N => asked.min(reach),
            _ => self.default_value(symbol),
        };
        if self.cells[at].depends < self.cells[at].selected {
            self.warn_unmet(symbol);
        }
        if self.cells[at].selected != Tristate::N {
            self.cells[at].written = true;
        }
        value = value.max(self.cells[at].selected);
        self.cells[at].value = self.capped(value, kind);
    }

    fn default_value(&mut self, symbol: SymbolId) -> Tristate {
        let at = symbol.0 as usize;
        let value = self.first_default(symbol);
        if value != Tristate::N {
            self.cells[at].written = true;
        }
        let implied = self.cells[at].implied;
        if implied == Tristate::N {
            return value;
        }
        self.cells[at].written = true;
        value.max(implied).min(self.cells[at].depends)
    }

    fn first_default(&mut self, symbol: SymbolId) -> Tristate {
        let model = self.model;
        for default in &model.symbol(symbol).defaults {
            let condition = self.value(default.condition);
            if condition != Tristate::N {
                return self.value(default.value).min(condition);
            }
        }
        Tristate::N
    }

    fn compute_text(&mut self, symbol: SymbolId, kind: SymbolType) {
        let at = symbol.0 as usize;
        if kind != SymbolType::String && self.model.rules.number == NumberRules::Zero {
            self.cells[at].text = zero(kind);
        }
        if (self.cells[at].visible != Tristate::N || self.model.symbol(symbol).transitional)
            && let Some(UserValue::Text(text)) = &self.user[at]
        {
            self.cells[at].text = text.clone();
        } else if let Some(text) = self.default_text(symbol) {
            self.cells[at].text = text;
        }
        self.clamp(symbol, kind);
    }

    /// The text of the first default that holds.
    fn default_text(&mut self, symbol: SymbolId) -> Option<Text> {
        let model = self.model;
        for default in &model.symbol(symbol).defaults {
            if self.value(default.condition) == Tristate::N {
                continue;
            }
            let Expr::Name(name) = model.pool.get(default.value) else { return None };
            self.cells[symbol.0 as usize].written = true;
            return Some(self.default_operand(name));
        }
        None
    }

    /// What a symbol would be if nobody had asked, before ranges.
    pub fn default_of(&mut self, symbol: SymbolId) -> Text {
        let Some(kind) = self.model.symbol(symbol).kind else { return Text::default() };
        if is_tristate(kind) {
            self.compute(symbol);
            let value = self.first_default(symbol);
            let Cell { implied, selected, .. } = self.cells[symbol.0 as usize];
            let value = value.max(implied).max(selected);
            return Text::from(self.capped(value, kind).as_str());
        }
        match (self.default_text(symbol), kind) {
            (Some(text), _) => text,
            (None, SymbolType::String) => Text::default(),
            (None, _) if self.model.rules.number == NumberRules::Empty => Text::default(),
            (None, _) => zero(kind),
        }
    }

    /// A default's own text; a truth value has none but `n`.
    fn default_operand(&mut self, name: Name) -> Text {
        match name {
            Name::Symbol(source) if self.model.symbol(source).kind.is_some_and(is_tristate) => {
                self.compute(source);
                Text::from("n")
            }
            _ => self.operand_text(name),
        }
    }
}

fn zero(kind: SymbolType) -> Text {
    Text::from(if kind == SymbolType::Hex { "0x0" } else { "0" })
}

/// Whether its values are `y`, `m`, `n`.
pub(super) fn is_tristate(kind: SymbolType) -> bool {
    matches!(kind, SymbolType::Bool | SymbolType::Tristate)
}
