//! Which member a choice takes, in trees from 6.11.

use super::{Evaluator, UserValue};
use crate::Tristate;
use crate::model::{ChoiceId, Expr};
use crate::syntax::ast::{Name, SymbolId};

impl Evaluator<'_> {
    /// Decides a choice once: the visible member that was asked for last; else the default, unless it was refused; else
    /// the first that was not spoken of; else the one that was refused longest ago.
    pub(super) fn compute_choice(&mut self, choice: ChoiceId) {
        let at = choice.0 as usize;
        if self.choices[at].known {
            return;
        }
        self.choices[at].known = true;
        self.choices[at].chosen = None;
        let mut visible = Vec::new();
        for member in self.choices[at].recent.clone() {
            if self.member_visible(member) != Tristate::N {
                visible.push(member);
            }
        }
        let asked = |value: Tristate| {
            let user = &self.user;
            move |member: &&SymbolId| user[member.0 as usize] == Some(UserValue::Tristate(value))
        };
        let wanted = visible.iter().find(asked(Tristate::Y)).copied();
        let fresh = visible.iter().find(|member| self.user[member.0 as usize].is_none()).copied();
        let default = if wanted.is_none() { self.choice_default(choice) } else { None };
        let default = default.filter(|member| self.user[member.0 as usize].is_none());
        self.choices[at].chosen = wanted.or(default).or(fresh).or(visible.last().copied());
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
}
