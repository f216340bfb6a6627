//! The search: ways, the nearest first, tried on a copy of the configuration.
//!
//! Each setting is made at once and what it does is seen at once; what does not lead there is taken back. So what is
//! found lands. Bounded by [`TRIES`]; the same question has the same answer.

use rustc_hash::{FxHashMap, FxHashSet};

use super::cost::{Costs, Distance, NEVER};
use super::goal::{Facts, Goal, Want, Way, holds, ways};
use crate::Tristate;
use crate::eval::{Evaluator, Undo, UserValue};
use crate::syntax::ast::SymbolId;

/// How many goals are looked into.
const TRIES: u32 = 4000;
/// How deep goals stand inside each other.
const DEPTH: usize = 400;
/// How often the parts of a way are gone through, since one may undo another.
const ROUNDS: usize = 3;

/// What a search has set, in order.
pub(super) type Settings = Vec<(SymbolId, UserValue)>;

/// How a search ended.
pub(super) enum Found {
    /// These settings, besides the request itself, reach the goals.
    Settings(Settings),
    /// Every way was tried.
    Nothing,
    /// There were too many.
    TooMany,
}

pub(super) struct Search<'s, 'm> {
    costs: &'s mut Costs<'m>,
    evaluator: Evaluator<'m>,
    made: Vec<(SymbolId, UserValue, Undo)>,
    set: FxHashMap<SymbolId, UserValue>,
    under_way: FxHashSet<Goal>,
    tries: u32,
}

impl<'s, 'm> Search<'s, 'm> {
    /// A search on a configuration that holds the request already.
    pub(super) fn new(costs: &'s mut Costs<'m>, evaluator: Evaluator<'m>) -> Self {
        Self {
            costs,
            evaluator,
            made: Vec::new(),
            set: FxHashMap::default(),
            under_way: FxHashSet::default(),
            tries: 0,
        }
    }

    /// Settings that are not to be made otherwise.
    pub(super) fn keep(&mut self, symbol: SymbolId, value: UserValue) {
        self.set.insert(symbol, value);
    }

    /// Looks for settings that reach all goals together.
    pub(super) fn run(mut self, goals: &[Goal]) -> Found {
        if self.all(goals) {
            return Found::Settings(
                self.made.into_iter().map(|(symbol, value, _)| (symbol, value)).collect(),
            );
        }
        if self.tries >= TRIES { Found::TooMany } else { Found::Nothing }
    }

    fn all(&mut self, goals: &[Goal]) -> bool {
        for _ in 0..ROUNDS {
            for goal in goals {
                if !self.reach(goal) {
                    return false;
                }
            }
            if goals.iter().all(|goal| holds(&mut self.evaluator, goal)) {
                return true;
            }
        }
        false
    }

    fn reach(&mut self, goal: &Goal) -> bool {
        if holds(&mut self.evaluator, goal) {
            return true;
        }
        if self.tries >= TRIES || self.under_way.len() >= DEPTH || !self.under_way.insert(goal.clone()) {
            return false;
        }
        self.tries += 1;
        let mut ways: Vec<(Distance, Way)> = ways(&mut self.evaluator, goal, Facts::Hold)
            .into_iter()
            .map(|way| (self.distance(&way), way))
            .filter(|(distance, _)| *distance != NEVER)
            .collect();
        ways.sort_by_key(|(distance, _)| *distance);
        let reached = ways.iter().any(|(_, way)| self.take(way, goal));
        self.under_way.remove(goal);
        reached
    }

    /// Goes a way; if it does not lead to the goal, nothing has changed.
    fn take(&mut self, way: &Way, goal: &Goal) -> bool {
        let before = self.made.len();
        let reached = self.all(&way.goals)
            && way.set.as_ref().is_none_or(|(symbol, value)| self.make(*symbol, value))
            && holds(&mut self.evaluator, goal);
        if !reached {
            while self.made.len() > before {
                self.take_back();
            }
        }
        reached
    }

    fn make(&mut self, symbol: SymbolId, value: &UserValue) -> bool {
        match self.set.get(&symbol) {
            Some(made) if made == value => {}
            // What had to be `m` may be `y`; whether that still does for others is seen.
            Some(UserValue::Tristate(Tristate::M)) if *value == UserValue::Tristate(Tristate::Y) => {}
            Some(_) => return false,
            None => {}
        }
        let undo = self.evaluator.assign(symbol, value.clone());
        self.made.push((symbol, value.clone(), undo));
        self.set.insert(symbol, value.clone());
        true
    }

    fn take_back(&mut self) {
        let Some((symbol, _, undo)) = self.made.pop() else { return };
        self.evaluator.undo(undo);
        let earlier = self.made.iter().rev().find(|(made, ..)| *made == symbol);
        match earlier.map(|(_, value, _)| value.clone()) {
            Some(value) => self.set.insert(symbol, value),
            None => self.set.remove(&symbol),
        };
    }

    /// How far it is by a way; what is reached by now costs nothing.
    fn distance(&mut self, way: &Way) -> Distance {
        let mut sum = self.costs.own(way);
        for goal in &way.goals {
            if !holds(&mut self.evaluator, goal) {
                sum = sum.saturating_add(self.costs.distance(goal));
            }
        }
        sum
    }
}

/// The goals that stand for a truth value.
pub(super) fn exactly(symbol: SymbolId, value: Tristate) -> Vec<Goal> {
    let least = (value != Tristate::N).then_some(Goal::Symbol(symbol, Want::AtLeast(value)));
    let most = (value != Tristate::Y).then_some(Goal::Symbol(symbol, Want::AtMost(value)));
    least.into_iter().chain(most).collect()
}
