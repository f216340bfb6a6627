//! What else to set so that a request lands.
//!
//! ```text
//! Evaluator (resolved) ─ Planner::new ─▶ Planner
//! symbol, value ────────────────────────── fix ─▶ Outcome::Fixed    settings, and what else changes
//!                                              ├▶ Outcome::Refused  the facts that forbid it
//!                                              └▶ Outcome::GaveUp   the search was too long
//! ```
//!
//! | step | where |
//! |---|---|
//! | what can be wanted, and the ways to get it | `goal` |
//! | how far each goal is, and whether there is a way at all | `cost` |
//! | the ways, the nearest first, tried on a copy | `search` |
//! | nothing is set that is not needed; the whole is resolved once more | `verify` |
//! | the same tree with some facts otherwise | `refuse` |
//!
//! Invariants: settings that are given were verified by resolving with them, and none of them can be left out. The facts
//! of a refusal were verified too: without them there is a way, and with any one of them there is none. The same question
//! has the same answer.
//!
//! Deliberately absent: which file a setting is written to.

mod cost;
mod goal;
mod refuse;
mod search;
mod text;
mod verify;

use crate::eval::{Evaluator, UserValue};
use crate::explain::Place;
use crate::syntax::Text;
use crate::syntax::ast::{SymbolId, SymbolType};
use crate::{Change, Symbol, Value};
use cost::{Costs, NEVER};
use goal::{Facts, Goal};
use search::{Found, Search, exactly};

pub use text::text;

/// A value for a symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The symbol.
    pub symbol: Symbol,
    /// Its value.
    pub value: Value,
}

/// What became of the question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The request lands once these are set too.
    Fixed(Fix),
    /// It cannot land.
    Refused(Refusal),
    /// Neither a way was found nor that there is none.
    GaveUp,
}

/// What to set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What to set besides the request, in this order; nothing if the request lands by itself.
    pub settings: Vec<Setting>,
    /// What else is not as it was, in the order of the menu.
    pub changes: Vec<Change>,
}

/// Why a request cannot land.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The facts that forbid it together: were all of them otherwise, `settings` would let it land.
    pub facts: Vec<Fact>,
    /// What would have to be set then besides the facts.
    pub settings: Vec<Setting>,
    /// How it is known that there is no way while the facts hold.
    pub proof: Proof,
}

/// How it is known that there is no way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Nothing that can be set leads there.
    NoWay,
    /// What would lead there stands in its own way; every combination that the search knows was tried.
    Conflict,
}

/// Something that no setting changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// The symbol.
    pub symbol: Symbol,
    /// Its value.
    pub value: String,
    /// What it would have to be, where that is one value.
    pub needed: Option<Value>,
    /// What makes it a fact.
    pub kind: FactKind,
    /// Where that was written; its definition, or the `select` that forces it.
    pub places: Vec<Place>,
}

/// What makes a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FactKind {
    /// No file defines it.
    Undefined,
    /// A probe's answer: the command and what it said.
    Probe {
        /// What the shell was given.
        command: String,
        /// What it answered.
        answer: String,
    },
    /// It has no prompt, and its defaults and selectors give nothing else.
    NoPrompt,
    /// These select it, and they are facts themselves.
    Selected(Vec<Symbol>),
    /// Its prompt asks for what can never be.
    NeverShown,
    /// Its prompt asks for what can be `m` at most.
    AtMostM,
    /// What it asks for, or who selects it, stands in the way of what else is needed.
    Conflict,
    /// The value does not fit its type.
    Type(SymbolType),
    /// The value lies outside of its range.
    Range {
        /// The smallest value.
        low: String,
        /// The largest value.
        high: String,
    },
}

/// How far a setting goes that has to be more than `n`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// As far as it must: `m` where that will do.
    Least,
    /// To `y` where it can, for a kernel that has no modules.
    BuiltIn,
}

/// Answers questions about one configuration.
///
/// What it learns about the configuration serves the next question too.
pub struct Planner<'m> {
    base: Evaluator<'m>,
    /// The base, resolved.
    before: Evaluator<'m>,
    costs: Costs<'m>,
    reach: Reach,
}

impl<'m> Planner<'m> {
    /// Takes a configuration that has been read; the request may be among its values.
    pub fn new(evaluator: &Evaluator<'m>) -> Self {
        let mut base = evaluator.clone();
        base.forget();
        let mut before = base.clone();
        before.settle();
        Self { before, costs: Costs::new(base.clone(), Facts::Hold, None), base, reach: Reach::Least }
    }

    /// The same for settings that go so far.
    #[must_use]
    pub fn reaching(self, reach: Reach) -> Self {
        Self { reach, ..self }
    }

    /// Looks for the smallest set of settings with which a symbol gets a value.
    ///
    /// Recursive, as evaluating is: on a kernel tree it wants a stack of some hundred megabytes.
    pub fn fix(&mut self, symbol: &Symbol, value: &Value) -> Outcome {
        let model = self.base.model();
        let Some(id) = model.names.find(symbol.as_str().as_bytes()) else {
            return refuse::unknown(symbol);
        };
        let Some(kind) = model.symbol(id).kind else { return refuse::unknown(symbol) };
        let Some(user) = user_value(kind, value) else {
            return refuse::wrong_type(&self.base, id, symbol, kind);
        };
        match self.settings(id, &user) {
            Ok(Some(settings)) => self.fixed(id, &user, settings),
            Ok(None) => refuse::facts(&self.base, id, &user),
            Err(Found::Nothing(met)) => refuse::conflict(&self.base, id, &user, &met),
            Err(_) => Outcome::GaveUp,
        }
    }

    /// Settings that land the request; `None` where there can be none, an error where the search ended without.
    fn settings(&mut self, id: SymbolId, user: &UserValue) -> Result<Option<search::Settings>, Found> {
        let mut trial = self.base.clone();
        let _ = trial.assign(id, user.clone());
        let goals = goals(&mut trial, id, user);
        if goals.iter().all(|goal| goal::holds(&mut trial, goal)) {
            return Ok(Some(Vec::new()));
        }
        if goals.iter().any(|goal| self.costs.distance(goal) == NEVER) {
            return Ok(None);
        }
        let mut search = Search::new(&mut self.costs, trial);
        search.keep(id, user.clone());
        match search.run(&goals) {
            Found::Settings(settings) => {
                let settings = verify::smallest(&self.base, id, user, &goals, settings);
                Ok(Some(match self.reach {
                    Reach::Least => settings,
                    Reach::BuiltIn => verify::built_in(&self.base, id, user, &goals, settings),
                }))
            }
            other => Err(other),
        }
    }

    fn fixed(&mut self, id: SymbolId, user: &UserValue, settings: search::Settings) -> Outcome {
        match verify::whole(&self.base, &mut self.before, id, user, &settings) {
            Some(fix) => Outcome::Fixed(fix),
            None => Outcome::GaveUp,
        }
    }
}

/// What is wanted for a request.
fn goals(evaluator: &mut Evaluator<'_>, id: SymbolId, user: &UserValue) -> Vec<Goal> {
    let _ = evaluator;
    match user {
        UserValue::Tristate(value) => exactly(id, *value),
        UserValue::Text(text) => vec![Goal::Text(id, text.clone())],
    }
}

/// A value as a symbol of this type takes it; `None` where it does not fit.
fn user_value(kind: SymbolType, value: &Value) -> Option<UserValue> {
    match (kind, value) {
        (SymbolType::Bool, Value::Tristate(value)) if *value != crate::Tristate::M => {
            Some(UserValue::Tristate(*value))
        }
        (SymbolType::Tristate, Value::Tristate(value)) => Some(UserValue::Tristate(*value)),
        (SymbolType::Int | SymbolType::Hex, Value::Number(text))
            if crate::eval::valid_text(kind, text.as_bytes()) =>
        {
            Some(UserValue::Text(Text::from(&**text)))
        }
        (SymbolType::String, Value::Text(text)) => Some(UserValue::Text(Text::from(&**text))),
        _ => None,
    }
}
