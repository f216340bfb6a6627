//! Values: what each symbol is, given what the user asked for.
//!
//! ```text
//! Model + user values ──Evaluator::compute──▶ visibility, value, whether it is written
//!                              └─ asks for others as it goes; each symbol once per generation
//! ```
//!
//! | question | answered in |
//! |---|---|
//! | is it visible, what is its value | `symbol` |
//! | what is an expression worth | `expression`, `compare`, `memo`, `deferred` |
//! | between which bounds does a number lie | `number` |
//! | which member of a choice is it | `choice_list`, `choice_symbol` |
//! | what does `conf` say about a `select` that goes too far | `unmet`, `valued` |
//!
//! Invariants: computing does not change user values; the order in which symbols are asked for changes no value, save
//! where files are circular, only the order of the messages.
//!
//! Deliberately absent: files.

mod assign;
mod choice_list;
mod choice_symbol;
mod compare;
mod deferred;
mod expression;
mod memo;
mod number;
mod order;
mod symbol;
mod unmet;
mod valued;

use crate::Tristate;
use crate::model::{ChoiceId, MenuId, MenuKind, Model, NumberRules};
use crate::syntax::Text;
use crate::syntax::ast::{SymbolId, SymbolType};
use deferred::Deferred;
use memo::Memo;

pub use assign::Undo;
pub(crate) use compare::compares;
pub use deferred::Answers;
pub(crate) use number::number_and_rest;
pub use number::{valid_text, whole_number};
pub use order::table_order;

/// What the user asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserValue {
    /// Of a `bool` or `tristate`.
    Tristate(Tristate),
    /// Of any other type.
    Text(Text),
}

/// Values over a model.
#[derive(Clone, Debug)]
pub struct Evaluator<'m> {
    model: &'m Model,
    user: Vec<Option<UserValue>>,
    /// What the user had asked for where that was forgotten (older trees).
    past: Vec<Tristate>,
    cells: Vec<Cell>,
    choices: Vec<ChoiceCell>,
    memo: Memo,
    deferred: Deferred<'m>,
    warnings: Vec<u8>,
}

/// What is known of a symbol.
#[derive(Clone, Debug)]
struct Cell {
    state: State,
    visible: Tristate,
    depends: Tristate,
    selected: Tristate,
    implied: Tristate,
    value: Tristate,
    text: Text,
    written: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Unknown,
    /// It is being computed.
    Busy,
    Known,
}

/// What is known of a choice.
#[derive(Clone, Debug)]
struct ChoiceCell {
    /// The members, the one that was asked for last in front.
    recent: Vec<SymbolId>,
    /// The member that was last set to `y` (older trees).
    asked: Option<SymbolId>,
    /// The largest value that a member was set to (older trees).
    mode: Tristate,
    chosen: Option<SymbolId>,
    known: bool,
}

impl<'m> Evaluator<'m> {
    /// Nothing asked for, nothing computed.
    pub fn new(model: &'m Model) -> Self {
        let nothing = Text::default();
        let cell = Cell {
            state: State::Unknown,
            visible: Tristate::N,
            depends: Tristate::N,
            selected: Tristate::N,
            implied: Tristate::N,
            value: Tristate::N,
            text: nothing,
            written: false,
        };
        let choices = model
            .choices
            .iter()
            .map(|choice| ChoiceCell {
                recent: choice.members.clone(),
                asked: None,
                mode: Tristate::N,
                chosen: None,
                known: false,
            })
            .collect();
        Self {
            model,
            user: vec![None; model.symbols.len()],
            past: vec![Tristate::N; model.symbols.len()],
            cells: vec![cell; model.symbols.len()],
            choices,
            memo: Memo::new(model.pool.len()),
            deferred: Deferred::default(),
            warnings: Vec::new(),
        }
    }

    /// The model.
    pub fn model(&self) -> &'m Model {
        self.model
    }

    /// What the user asked for.
    pub fn user(&self, symbol: SymbolId) -> Option<&UserValue> {
        self.user[symbol.0 as usize].as_ref()
    }

    /// Sets what the user asked for.
    ///
    /// What was computed stays until [`Evaluator::forget`].
    pub fn set_user(&mut self, symbol: SymbolId, value: Option<UserValue>) {
        let before = std::mem::replace(&mut self.user[symbol.0 as usize], value);
        if let (Some(UserValue::Tristate(before)), None) = (before, self.user(symbol)) {
            self.past[symbol.0 as usize] = before;
        }
    }

    /// Takes a symbol for answered, by what had been forgotten of it or else by `n`; what was computed stays.
    pub(crate) fn recall_user(&mut self, symbol: SymbolId) {
        let past = self.past[symbol.0 as usize];
        self.user[symbol.0 as usize].get_or_insert(UserValue::Tristate(past));
    }

    /// Notes that a member of a choice was asked for: it goes in front of its peers.
    pub fn note_recent(&mut self, symbol: SymbolId) {
        if let Some(choice) = self.model.symbol(symbol).member_of {
            let recent = &mut self.choices[choice.0 as usize].recent;
            recent.retain(|other| *other != symbol);
            recent.insert(0, symbol);
        }
    }

    /// The members of a choice, the one that was asked for last in front.
    pub fn recent(&self, choice: ChoiceId) -> &[SymbolId] {
        &self.choices[choice.0 as usize].recent
    }

    /// Forgets all that was computed, so that new user values count.
    pub fn forget(&mut self) {
        self.memo.forget();
        for cell in &mut self.cells {
            cell.state = State::Unknown;
        }
        for choice in &mut self.choices {
            choice.known = false;
        }
    }

    /// Forgets all that was computed but the modes of choices, so that the same is computed and warned about once more.
    pub fn begin_anew(&mut self) {
        let model = self.model;
        for symbol in model.choices.iter().filter_map(|choice| choice.symbol) {
            let mode = self.tristate(symbol);
            self.user[symbol.0 as usize] = Some(UserValue::Tristate(mode));
        }
        self.forget();
    }

    /// Computes every symbol, in the order in which `conf` visits them.
    pub fn compute_all(&mut self) {
        for symbol in table_order(self.model) {
            // An answer is asked for by those whom it concerns.
            if self.model.stands_in(symbol).is_none() {
                self.compute(symbol);
            }
        }
    }

    /// Computes every symbol behind a `.config` that was read; older trees forget numbers that are out of range, and,
    /// where the file says exactly what was computed, the answers of symbols that are not visible.
    ///
    /// What was computed from such a number before stays as it is, as it does in `conf`.
    pub fn settle(&mut self) {
        self.settle_and_compare();
    }

    /// [`Evaluator::settle`]; gives whether everything is just what was asked for.
    pub(crate) fn settle_and_compare(&mut self) -> bool {
        if self.model.rules.number == NumberRules::Zero {
            self.compute_all();
            return self.all_as_answered();
        }
        // A choice is settled by what is known of its members when its turn comes.
        for symbol in table_order(self.model) {
            self.compute(symbol);
            if let Some(choice) = self.model.symbol(symbol).stands_for {
                self.settle_choice(choice);
            }
        }
        for symbol in table_order(self.model) {
            if let Some(UserValue::Text(text)) = self.user(symbol)
                && !self.in_range(symbol, &text.clone())
            {
                self.set_user(symbol, None);
                self.cells[symbol.0 as usize].state = State::Unknown;
                self.memo.forget();
            }
        }
        let as_answered = self.all_as_answered();
        if as_answered {
            for symbol in self.model.symbol_ids() {
                if self.visible(symbol) == Tristate::N && self.model.symbol(symbol).stands_for.is_none() {
                    self.set_user(symbol, None);
                }
            }
        }
        as_answered
    }

    fn all_as_answered(&mut self) -> bool {
        self.model.symbol_ids().all(|symbol| self.as_answered(symbol))
    }

    /// Whether a symbol is what the user asked for; one that nobody has spoken of does not stand in a `.config`.
    fn as_answered(&mut self, symbol: SymbolId) -> bool {
        let entry = self.model.symbol(symbol);
        if entry.kind.is_none() || entry.stands_for.is_some() {
            return true;
        }
        let written = self.written(symbol);
        match self.user(symbol).cloned() {
            None => !written,
            Some(UserValue::Tristate(asked)) => written && self.tristate(symbol) == asked,
            Some(UserValue::Text(asked)) => written && self.text(symbol) == asked,
        }
    }

    /// The value of a `bool` or `tristate`; `n` for other types.
    pub fn tristate(&mut self, symbol: SymbolId) -> Tristate {
        self.compute(symbol);
        self.cells[symbol.0 as usize].value
    }

    /// The value as text: `y`, digits, a string without quotes.
    ///
    /// A symbol that no file defines has its name as its text.
    pub fn text(&mut self, symbol: SymbolId) -> Text {
        self.compute(symbol);
        self.known_text(symbol)
    }

    /// The text of what is known so far.
    fn known_text(&self, symbol: SymbolId) -> Text {
        match self.model.symbol(symbol).kind {
            Some(SymbolType::Bool | SymbolType::Tristate) => {
                Text::from(self.cells[symbol.0 as usize].value.as_str())
            }
            None => self.model.symbol(symbol).name.clone(),
            _ => self.cells[symbol.0 as usize].text.clone(),
        }
    }

    /// How far the user may set it.
    pub fn visible(&mut self, symbol: SymbolId) -> Tristate {
        self.compute(symbol);
        self.cells[symbol.0 as usize].visible
    }

    /// Whether the user may change it: it is visible beyond what selects it.
    pub fn changeable(&mut self, symbol: SymbolId) -> bool {
        self.compute(symbol);
        let cell = &self.cells[symbol.0 as usize];
        cell.visible > cell.selected
    }

    /// Whether it stands in a `.config`.
    pub fn written(&mut self, symbol: SymbolId) -> bool {
        self.compute(symbol);
        self.cells[symbol.0 as usize].written
    }

    /// The member that a choice has taken; `None` where none is visible.
    pub fn chosen(&mut self, choice: ChoiceId) -> Option<SymbolId> {
        match self.model.choice(choice).symbol {
            Some(symbol) => self.compute(symbol),
            None => self.compute_choice(choice),
        }
        self.choices[choice.0 as usize].chosen
    }

    /// Whether an entry of the menu is shown.
    pub fn shown(&mut self, id: MenuId) -> bool {
        let menu = self.model.menu(id);
        let Some((_, condition)) = &menu.prompt else { return false };
        if self.value(menu.visible_if) == Tristate::N {
            return false;
        }
        if let MenuKind::Symbol(symbol, _) = menu.kind {
            self.compute(symbol);
            // What was found when the symbol was computed counts, and not what its condition would be now.
            let entry = self.model.symbol(symbol);
            if entry.prompts.len() == 1 {
                return self.cells[symbol.0 as usize].visible != Tristate::N;
            }
        }
        self.value(*condition) != Tristate::N
    }

    /// Takes what `conf` would have printed to standard error by now.
    pub fn take_warnings(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.warnings)
    }

    /// Whether `m` is a value here.
    pub fn modules_allowed(&mut self) -> bool {
        self.model.modules.is_some_and(|symbol| self.tristate(symbol) != Tristate::N)
    }
}
