//! The search: ways, the nearest first, tried on a copy of the configuration.
//!
//! Each setting is made at once and what it does is seen at once; what does not lead there is taken back. So what is
//! found lands. Where a later goal cannot be reached, other ways to the earlier ones are tried.
//!
//! ```text
//! agenda:  reach A && B ─▶ reach A, reach B, check ─▶ (way of A) set A, check A, reach B, check ─▶ …
//! ```
//!
//! Bounded by [`TRIES`]; the same question has the same answer.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::cost::{Costs, Distance, NEVER};
use super::goal::{Facts, Goal, Want, Way, holds, ways};
use crate::Tristate;
use crate::eval::{Evaluator, Undo, UserValue};
use crate::syntax::ast::SymbolId;

/// How many goals are looked into.
const TRIES: u32 = 3000;
/// How many may be open at once.
const OPEN: usize = 500;
/// How often the parts of a way are gone through, since one may undo another.
const ROUNDS: u8 = 3;

/// What a search has set, in order.
pub(super) type Settings = Vec<(SymbolId, UserValue)>;

/// How a search ended.
pub(super) enum Found {
    /// These settings, besides the request itself, reach the goals.
    Settings(Settings),
    /// Every way was tried; these symbols are on them.
    Nothing(Vec<SymbolId>),
    /// There were too many.
    TooMany,
}

pub(super) struct Search<'s, 'm> {
    costs: &'s mut Costs<'m>,
    evaluator: Evaluator<'m>,
    made: Vec<(SymbolId, UserValue, Undo)>,
    set: FxHashMap<SymbolId, UserValue>,
    met: FxHashSet<SymbolId>,
    tries: u32,
    open: usize,
}

/// What is left to do; lists share their ends.
type Agenda = Option<Rc<Item>>;

struct Item {
    task: Task,
    rest: Agenda,
}

#[derive(Clone)]
enum Task {
    /// Reach a goal; the goals for whose sake, the nearest first.
    Reach(Goal, Above),
    /// All of these must hold now; where one does not, reach it again.
    All(Rc<[Goal]>, Above, u8),
    Set(SymbolId, UserValue),
    /// This must hold now.
    Check(Goal),
}

type Above = Option<Rc<Ancestor>>;

struct Ancestor {
    goal: Goal,
    above: Above,
}

fn before(task: Task, rest: Agenda) -> Agenda {
    Some(Rc::new(Item { task, rest }))
}

/// Reaches several goals, then sees whether all hold together.
fn before_all(goals: &Rc<[Goal]>, above: &Above, round: u8, rest: Agenda) -> Agenda {
    let check = before(Task::All(Rc::clone(goals), above.clone(), round), rest);
    goals.iter().rev().fold(check, |rest, goal| before(Task::Reach(goal.clone(), above.clone()), rest))
}

impl<'s, 'm> Search<'s, 'm> {
    /// A search on a configuration that holds the request already.
    pub(super) fn new(costs: &'s mut Costs<'m>, evaluator: Evaluator<'m>) -> Self {
        Self {
            costs,
            evaluator,
            made: Vec::new(),
            set: FxHashMap::default(),
            met: FxHashSet::default(),
            tries: 0,
            open: 0,
        }
    }

    /// Settings that are not to be made otherwise.
    pub(super) fn keep(&mut self, symbol: SymbolId, value: UserValue) {
        self.set.insert(symbol, value);
    }

    /// Looks for settings that reach all goals together.
    pub(super) fn run(mut self, goals: &[Goal]) -> Found {
        if self.solve(before_all(&goals.into(), &None, 0, None)) {
            return Found::Settings(
                self.made.into_iter().map(|(symbol, value, _)| (symbol, value)).collect(),
            );
        }
        if self.tries >= TRIES {
            return Found::TooMany;
        }
        let mut met: Vec<SymbolId> = self.met.into_iter().collect();
        met.sort_unstable();
        Found::Nothing(met)
    }

    /// Works an agenda off; what it has set stays even if it fails, and is for the caller to take back.
    fn solve(&mut self, mut agenda: Agenda) -> bool {
        while let Some(item) = agenda {
            agenda = item.rest.clone();
            match &item.task {
                Task::Check(goal) => {
                    if !holds(&mut self.evaluator, goal) {
                        return false;
                    }
                }
                Task::Set(symbol, value) => {
                    if !self.make(*symbol, value) {
                        return false;
                    }
                }
                Task::All(goals, above, round) => {
                    if goals.iter().any(|goal| !holds(&mut self.evaluator, goal)) {
                        if *round >= ROUNDS {
                            return false;
                        }
                        agenda = before_all(goals, above, round + 1, agenda);
                    }
                }
                Task::Reach(goal, above) => {
                    if !holds(&mut self.evaluator, goal) {
                        return self.reach(goal, above, &agenda);
                    }
                }
            }
        }
        true
    }

    /// Tries the ways to a goal, each with all that is left to do behind it.
    fn reach(&mut self, goal: &Goal, above: &Above, rest: &Agenda) -> bool {
        if self.tries >= TRIES || self.open >= OPEN || is_above(goal, above) {
            return false;
        }
        self.tries += 1;
        if let Goal::Symbol(symbol, _) | Goal::Visible(symbol, _) | Goal::Text(symbol, _) = goal {
            self.met.insert(*symbol);
        }
        let mut ways: Vec<(Distance, Way)> = ways(&mut self.evaluator, goal, Facts::Hold)
            .into_iter()
            .map(|way| (self.distance(&way), way))
            .filter(|(distance, _)| *distance != NEVER)
            .collect();
        ways.sort_by_key(|(distance, _)| *distance);
        let inside: Above = Some(Rc::new(Ancestor { goal: goal.clone(), above: above.clone() }));
        for (_, way) in ways {
            let made = self.made.len();
            let mut agenda = before(Task::Check(goal.clone()), rest.clone());
            if let Some((symbol, value)) = way.set {
                agenda = before(Task::Set(symbol, value), agenda);
            }
            agenda = before_all(&way.goals.into(), &inside, 0, agenda);
            self.open += 1;
            let solved = self.solve(agenda);
            self.open -= 1;
            if solved {
                return true;
            }
            while self.made.len() > made {
                self.take_back();
            }
        }
        false
    }

    fn make(&mut self, symbol: SymbolId, value: &UserValue) -> bool {
        // What had to be `m` may be `y`, and the other way round; whether that still does for others is seen.
        let on = |value: &UserValue| matches!(value, UserValue::Tristate(Tristate::M | Tristate::Y));
        if self.set.get(&symbol).is_some_and(|made| made != value && !(on(made) && on(value))) {
            return false;
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

fn is_above(goal: &Goal, above: &Above) -> bool {
    let mut next = above;
    while let Some(ancestor) = next {
        if ancestor.goal == *goal {
            return true;
        }
        next = &ancestor.above;
    }
    false
}

/// The goals that stand for a truth value.
pub(super) fn exactly(symbol: SymbolId, value: Tristate) -> Vec<Goal> {
    let least = (value != Tristate::N).then_some(Goal::Symbol(symbol, Want::AtLeast(value)));
    let most = (value != Tristate::Y).then_some(Goal::Symbol(symbol, Want::AtMost(value)));
    least.into_iter().chain(most).collect()
}
