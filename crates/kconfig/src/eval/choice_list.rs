//! Which member a choice takes, in trees from 6.11.

use super::{Evaluator, State, UserValue};
use crate::Tristate;
use crate::model::{ChoiceId, Expr};
use crate::syntax::ast::{Name, SymbolId};

impl Evaluator<'_> {
    /// Decides a choice once: the visible member that was asked for last; else the default, unless it was refused; else
    /// the first that was not spoken of; else the one that was refused longest ago.
    ///
    /// A member that was asked for ends the search: how visible those behind it are is not asked again. What they were
    /// before counts, so that such a member stays in the `.config` even if it has become invisible since. So does
    /// `conf`.
    pub(super) fn compute_choice(&mut self, choice: ChoiceId) {
        let at = choice.0 as usize;
        if self.choices[at].known {
            return;
        }
        self.choices[at].known = true;
        let members = self.choices[at].recent.clone();
        let asked = |evaluator: &mut Self, member: SymbolId| {
            evaluator.member_visible(member) != Tristate::N
                && evaluator.user[member.0 as usize] == Some(UserValue::Tristate(Tristate::Y))
        };
        let wanted = members.iter().copied().find(|member| asked(self, *member));
        let chosen = wanted.or_else(|| self.choose_unasked(choice, &members));
        self.choices[at].chosen = chosen;
        for member in members {
            let cell = &mut self.cells[member.0 as usize];
            if cell.visible != Tristate::N {
                let value = if chosen == Some(member) { Tristate::Y } else { Tristate::N };
                if cell.state == State::Known && cell.value != value {
                    self.memo.forget();
                }
                if cell.state == State::Unknown {
                    cell.state = State::Known;
                }
                cell.value = value;
                cell.written = true;
            }
        }
    }

    /// The member of a choice none of whose visible members was asked for.
    fn choose_unasked(&mut self, choice: ChoiceId, members: &[SymbolId]) -> Option<SymbolId> {
        let visible =
            |evaluator: &Self, member: &SymbolId| evaluator.cells[member.0 as usize].visible != Tristate::N;
        let visible: Vec<SymbolId> = members.iter().copied().filter(|member| visible(self, member)).collect();
        let fresh = |evaluator: &Self, member: &SymbolId| evaluator.user[member.0 as usize].is_none();
        let default = self.choice_default(choice).filter(|member| fresh(self, member));
        default
            .or_else(|| visible.iter().copied().find(|member| fresh(self, member)))
            .or_else(|| visible.last().copied())
    }

    /// How far the user may set a member, whose value may be waiting for the answer.
    pub(super) fn member_visible(&mut self, member: SymbolId) -> Tristate {
        if let Some(kind) = self.model.symbol(member).kind {
            self.compute_visible(member, kind);
        }
        self.cells[member.0 as usize].visible
    }

    /// The first default that holds and is visible.
    pub fn choice_default(&mut self, choice: ChoiceId) -> Option<SymbolId> {
        let model = self.model;
        for default in &model.choice(choice).defaults {
            let Expr::Name(Name::Symbol(symbol)) = model.pool.get(default.value) else { continue };
            if self.value(default.condition) != Tristate::N && self.member_visible(symbol) != Tristate::N {
                return Some(symbol);
            }
        }
        None
    }

    /// What a choice would be if nobody had asked: its default, or its first visible member.
    pub fn choice_default_or_first(&mut self, choice: ChoiceId) -> Option<SymbolId> {
        if let Some(symbol) = self.choice_default(choice) {
            return Some(symbol);
        }
        let members = &self.model.choice(choice).members;
        members.iter().copied().find(|member| self.member_visible(*member) != Tristate::N)
    }

    /// Takes one of the members that were to be seen, in answer to a question; its peers are refused.
    ///
    /// Each of them was asked for, one behind the other.
    pub(crate) fn choose_member(&mut self, choice: ChoiceId, taken: SymbolId, members: &[SymbolId]) {
        let symbol = self.model.choice(choice).symbol;
        for member in members {
            let value = if *member == taken { Tristate::Y } else { Tristate::N };
            self.set_user(*member, Some(UserValue::Tristate(value)));
            if symbol.is_none() {
                self.note_recent(*member);
            }
        }
        if let Some(symbol) = symbol {
            self.choices[choice.0 as usize].asked = Some(taken);
            self.user[symbol.0 as usize].get_or_insert(UserValue::Tristate(Tristate::Y));
        }
    }
}
