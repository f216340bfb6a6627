//! One more answer of the user's, and back again.

use super::{ChoiceCell, Evaluator, UserValue};
use crate::Tristate;
use crate::model::{ChoiceId, ChoiceRules, Model};
use crate::syntax::ast::SymbolId;

/// What an assignment has replaced.
#[derive(Debug)]
pub struct Undo {
    symbol: SymbolId,
    user: Option<UserValue>,
    choice: Option<(ChoiceId, ChoiceCell, Option<UserValue>)>,
}

impl<'m> Evaluator<'m> {
    /// Takes a value in as if one more line of a `.config` had been read, and forgets what was computed.
    pub fn assign(&mut self, symbol: SymbolId, value: UserValue) -> Undo {
        let model = self.model;
        let choice = model.symbol(symbol).member_of.map(|choice| {
            let mode = model.choice(choice).symbol.and_then(|symbol| self.user(symbol).cloned());
            (choice, self.choices[choice.0 as usize].clone(), mode)
        });
        let undo = Undo { symbol, user: self.user(symbol).cloned(), choice };
        self.set_user(symbol, Some(value.clone()));
        if model.rules.choice == ChoiceRules::List {
            self.note_recent(symbol);
        } else if let UserValue::Tristate(value) = value {
            // What `conf` says about it is the reader's business.
            let _ = self.note_member(symbol, value);
        }
        self.forget();
        undo
    }

    /// Takes an assignment back; the latest first.
    pub fn undo(&mut self, undo: Undo) {
        self.set_user(undo.symbol, undo.user);
        if let Some((choice, cell, mode)) = undo.choice {
            self.choices[choice.0 as usize] = cell;
            if let Some(symbol) = self.model.choice(choice).symbol {
                self.set_user(symbol, mode);
            }
        }
        self.forget();
    }

    /// The same answers over another model of the same tree.
    ///
    /// Both models must have the same symbols and choices.
    pub fn over<'n>(&self, model: &'n Model) -> Evaluator<'n> {
        let mut evaluator = Evaluator::new(model);
        evaluator.user.clone_from(&self.user);
        evaluator.past.clone_from(&self.past);
        evaluator.choices.clone_from(&self.choices);
        evaluator.forget();
        evaluator
    }

    /// How far it is selected, which makes a number or a text unchangeable; `n` for members of choices.
    pub fn selected(&mut self, symbol: SymbolId) -> Tristate {
        self.compute(symbol);
        self.cells[symbol.0 as usize].selected
    }
}
