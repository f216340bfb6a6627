//! Choices of trees until 6.10: a choice is a symbol, and its value is its mode.
//!
//! | mode | members |
//! |---|---|
//! | `y` | one is `y`: what was asked for last, else the default, else the first that is visible; if none is, `n` |
//! | `m` | each `tristate` one by itself, up to `m` |
//! | `n` | none |

use super::{Evaluator, UserValue};
use crate::Tristate;
use crate::model::ChoiceId;
use crate::syntax::ast::{SymbolId, SymbolType};

impl Evaluator<'_> {
    /// The mode of a choice: what was asked for as far as it is visible; without `optional` at least `m`.
    pub(super) fn choice_mode(&mut self, symbol: SymbolId, choice: ChoiceId) -> Tristate {
        let at = symbol.0 as usize;
        let asked = match self.user[at] {
            Some(UserValue::Tristate(asked)) => asked,
            _ => Tristate::N,
        };
        let least = if self.model.choice(choice).optional { Tristate::N } else { Tristate::M };
        asked.max(least).min(self.cells[at].visible)
    }

    /// The mode of the choice that a symbol is a member of.
    pub(super) fn mode_of(&mut self, member: SymbolId) -> Option<Tristate> {
        let choice = self.model.symbol(member).member_of?;
        let symbol = self.model.choice(choice).symbol?;
        Some(self.tristate(symbol))
    }

    /// What is left of a member's visibility in its choice.
    pub(super) fn visible_in_choice(
        &mut self,
        visible: Tristate,
        kind: SymbolType,
        choice: ChoiceId,
    ) -> Tristate {
        let Some(symbol) = self.model.choice(choice).symbol else { return visible };
        let mode = self.tristate(symbol);
        let tristate_choice = self.model.symbol(symbol).kind == Some(SymbolType::Tristate);
        match kind {
            SymbolType::Tristate if visible == Tristate::M && mode == Tristate::Y => Tristate::N,
            SymbolType::Bool if tristate_choice && mode != Tristate::Y => Tristate::N,
            _ => visible,
        }
    }

    /// Picks the member of a choice whose mode is `y`.
    pub(super) fn choose(&mut self, choice: ChoiceId) {
        let at = choice.0 as usize;
        self.choices[at].chosen = None;
        let mut visible = Vec::new();
        for member in self.model.choice(choice).members.clone() {
            if self.member_visible(member) != Tristate::N {
                visible.push(member);
            }
        }
        let asked = self.choices[at].asked.filter(|member| visible.contains(member));
        let chosen = asked.or_else(|| self.choice_default(choice)).or(visible.first().copied());
        self.choices[at].chosen = chosen;
    }

    /// Forgets the mode that was asked for where one member is to be taken and not every visible one was spoken of.
    pub(super) fn settle_choice(&mut self, choice: ChoiceId) {
        let Some(symbol) = self.model.choice(choice).symbol else { return };
        let open = |member: &SymbolId| {
            let at = member.0 as usize;
            self.cells[at].visible == Tristate::Y && self.user[at].is_none()
        };
        if self.model.choice(choice).members.iter().any(open) {
            self.user[symbol.0 as usize] = None;
        }
    }

    /// Takes in that a member is preferred, whatever its choice is.
    pub(crate) fn prefer(&mut self, choice: ChoiceId, member: SymbolId) {
        self.choices[choice.0 as usize].asked = Some(member);
    }

    /// Before a file is read: every choice is asked for, with nothing in it.
    pub(crate) fn reset_choices(&mut self) {
        for (choice, cell) in self.model.choices.iter().zip(&mut self.choices) {
            if let Some(symbol) = choice.symbol {
                self.user[symbol.0 as usize] = Some(UserValue::Tristate(Tristate::N));
            }
            cell.asked = None;
            cell.mode = Tristate::N;
        }
    }

    /// Takes in what a member was set to; gives what `conf` says about it.
    pub(crate) fn note_member(&mut self, member: SymbolId, value: Tristate) -> Option<&'static str> {
        let choice = self.model.symbol(member).member_of?;
        let symbol = self.model.choice(choice).symbol?;
        let cell = &mut self.choices[choice.0 as usize];
        let before = cell.mode;
        let said = match value {
            Tristate::N => return None,
            Tristate::M if before == Tristate::Y => {
                self.user[symbol.0 as usize] = None;
                Some("creates inconsistent choice state")
            }
            Tristate::M => None,
            Tristate::Y => {
                cell.asked = Some(member);
                (before != Tristate::N).then_some("changes choice state")
            }
        };
        cell.mode = before.max(value);
        if let Some(UserValue::Tristate(mode)) = &mut self.user[symbol.0 as usize] {
            *mode = cell.mode;
        }
        said
    }
}
