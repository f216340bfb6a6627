//! How far each goal is, as things stand: a guide for the search, and the proof that there is no way.
//!
//! The distance of a goal that is reached is 0, of any other the smallest sum over its ways: what the way sets, and the
//! distances of what it asks for, as if one thing never stood in the way of another. So a distance may be too large
//! (two parts may share a setting) or too small (they may conflict), but a goal without one cannot be reached at all.
//!
//! Shape: goals are explored backwards from what is wanted, each once, and kept for the next question about the same
//! configuration; distances then sink until none changes.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use super::goal::{Facts, Goal, Way, holds, ways};
use crate::eval::Evaluator;
use crate::model::Model;
use crate::syntax::ast::{Name, SymbolId};

/// A distance: settings weigh [`SETTING`], so that the smallest set is the nearest.
pub(super) type Distance = u64;

/// What one setting weighs; everything lighter only decides among sets of one size.
const SETTING: Distance = 1_000_000;
/// What it weighs at most that many conditions name a symbol: one that few name changes less.
const NAMED: Distance = 2_500;
/// What it weighs to set a symbol for the sake of another one that it selects or implies: a person sets the other one.
const DETOUR: Distance = 4_000;
/// What one fact weighs that would have to be otherwise.
const FACT: Distance = 1 << 40;
/// No way leads there.
pub(super) const NEVER: Distance = Distance::MAX;

/// Distances over one configuration.
pub(super) struct Costs<'m> {
    evaluator: Evaluator<'m>,
    facts: Facts,
    ids: FxHashMap<Goal, usize>,
    nodes: Vec<Node>,
    /// How many conditions name each symbol.
    named: Vec<u32>,
    /// What is not to be relaxed but in the last resort.
    target: Option<SymbolId>,
}

struct Node {
    ways: Vec<Edge>,
    distance: Distance,
    /// Who asks for it.
    parents: Vec<usize>,
}

struct Edge {
    own: Distance,
    goals: Vec<usize>,
}

impl<'m> Costs<'m> {
    /// Distances from what the evaluator holds.
    pub(super) fn new(evaluator: Evaluator<'m>, facts: Facts, target: Option<SymbolId>) -> Self {
        let named = named(evaluator.model());
        Self { evaluator, facts, ids: FxHashMap::default(), nodes: Vec::new(), named, target }
    }

    /// How far a goal is.
    pub(super) fn distance(&mut self, goal: &Goal) -> Distance {
        if let Some(id) = self.ids.get(goal) {
            return self.nodes[*id].distance;
        }
        let first = self.nodes.len();
        let mut open = VecDeque::new();
        let id = self.node(goal, &mut open);
        while let Some((id, goal)) = open.pop_front() {
            if holds(&mut self.evaluator, &goal) {
                self.nodes[id].distance = 0;
                continue;
            }
            for way in ways(&mut self.evaluator, &goal, self.facts) {
                let own = self.own(&way);
                let goals: Vec<usize> = way.goals.iter().map(|goal| self.node(goal, &mut open)).collect();
                for goal in &goals {
                    self.nodes[*goal].parents.push(id);
                }
                self.nodes[id].ways.push(Edge { own, goals });
            }
        }
        self.settle(first);
        self.nodes[id].distance
    }

    fn node(&mut self, goal: &Goal, open: &mut VecDeque<(usize, Goal)>) -> usize {
        if let Some(id) = self.ids.get(goal) {
            return *id;
        }
        let id = self.nodes.len();
        self.ids.insert(goal.clone(), id);
        self.nodes.push(Node { ways: Vec::new(), distance: NEVER, parents: Vec::new() });
        open.push_back((id, goal.clone()));
        id
    }

    /// Lets distances sink, from the new nodes on.
    fn settle(&mut self, first: usize) {
        let mut waiting: VecDeque<usize> = (first..self.nodes.len()).rev().collect();
        let mut queued = vec![false; self.nodes.len()];
        queued[first..].fill(true);
        while let Some(id) = waiting.pop_front() {
            queued[id] = false;
            let best = self.nodes[id].ways.iter().map(|way| self.sum(way)).min().unwrap_or(NEVER);
            // What has just been found to be reached has no ways, and its parents must hear of it.
            let changed = best < self.nodes[id].distance;
            if changed {
                self.nodes[id].distance = best;
            }
            if changed || (self.nodes[id].distance == 0 && id >= first) {
                for parent in self.nodes[id].parents.clone() {
                    if !std::mem::replace(&mut queued[parent], true) {
                        waiting.push_back(parent);
                    }
                }
            }
        }
    }

    fn sum(&self, way: &Edge) -> Distance {
        way.goals.iter().fold(way.own, |sum, goal| sum.saturating_add(self.nodes[*goal].distance))
    }

    /// What a way weighs by itself.
    pub(super) fn own(&self, way: &Way) -> Distance {
        if let Some(fact) = way.relax {
            let entry = self.evaluator.model().symbol(fact);
            return match (self.target == Some(fact), entry.prompts.is_empty()) {
                (true, _) => FACT * 100,
                (false, false) => FACT * 10,
                (false, true) => FACT,
            };
        }
        match &way.set {
            None if way.detour => DETOUR,
            None => 0,
            Some((symbol, value)) if self.evaluator.user(*symbol) == Some(value) => 0,
            Some((symbol, _)) => SETTING + Distance::from(self.named[symbol.0 as usize]).min(NAMED),
        }
    }
}

/// How many selects and conditions name each symbol.
fn named(model: &Model) -> Vec<u32> {
    let mut named = vec![0; model.symbols.len()];
    let mut count = |name: Name| {
        if let Name::Symbol(symbol) = name {
            named[symbol.0 as usize] += 1;
        }
    };
    for menu in &model.menus {
        for (expr, _) in &menu.depends_own {
            model.pool.names_in(*expr, &mut count);
        }
    }
    named
}
