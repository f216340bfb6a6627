//! Brings conditions into the form that `conf` keeps, evaluates and prints.
//!
//! | step | examples |
//! |---|---|
//! | negations move inward | `!(A && B)` → `!A \|\| !B`, `!(I < 5)` → `I >= 5` |
//! | a `bool` is not compared | `A = y` → `A`, `A != y` → `!A` |
//! | constants fold | `A && y` → `A`, `A \|\| y` → `y` |
//! | repetitions go, the first one | `A && B && A` → `B && A` |
//! | kin join, in the place of the second | `D = y \|\| A \|\| D = m` → `A \|\| D != n` |
//!
//! No step changes a value. The form still matters: it is printed, it decides what is circular, and in which order
//! symbols are asked for.
//!
//! Deliberately absent: everything `conf` does not do, such as `A && !A`.

mod kin;

use super::{ChoiceRules, Expr, ExprId, Pool, Symbol};
use crate::syntax::ast::{Compare, ConstId, Name, SymbolType};

/// What simplifying needs to know.
pub(super) struct Simplifier<'a> {
    pub(super) pool: &'a mut Pool,
    pub(super) symbols: &'a [Symbol],
    pub(super) rules: ChoiceRules,
    /// Comparisons of a `bool` with `m` that were met, and what became of them.
    pub(super) pointless: Vec<(Name, ConstId)>,
    /// Whether the last pass has joined something.
    pub(super) joined: bool,
}

/// `&&` or `||`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Joint {
    And,
    Or,
}

impl Simplifier<'_> {
    /// Negations inward, comparisons of `bool`s away, constants folded.
    pub(super) fn transform(&mut self, id: ExprId) -> ExprId {
        match self.pool.get(id) {
            Expr::Name(_) => id,
            Expr::Not(a) => {
                let a = self.transform(a);
                self.negate(a)
            }
            Expr::And(a, b) => {
                let (a, b) = self.transform_sides(a, b);
                self.join(Joint::And, a, b)
            }
            Expr::Or(a, b) => {
                let (a, b) = self.transform_sides(a, b);
                self.join(Joint::Or, a, b)
            }
            Expr::Compare(op, a, b) => self.compare(id, op, a, b),
        }
    }

    /// Newer trees look at the right side first, which is seen where both are told of.
    fn transform_sides(&mut self, a: ExprId, b: ExprId) -> (ExprId, ExprId) {
        if self.rules == ChoiceRules::List {
            let b = self.transform(b);
            return (self.transform(a), b);
        }
        let a = self.transform(a);
        (a, self.transform(b))
    }

    fn join(&mut self, joint: Joint, a: ExprId, b: ExprId) -> ExprId {
        if self.rules == ChoiceRules::List {
            return self.fold_pair(joint, a, b);
        }
        self.list(joint, &[a, b])
    }

    fn fold_pair(&mut self, joint: Joint, a: ExprId, b: ExprId) -> ExprId {
        let (neutral, absorbing) = match joint {
            Joint::And => (ConstId::Y, ConstId::N),
            Joint::Or => (ConstId::N, ConstId::Y),
        };
        for (side, other) in [(a, b), (b, a)] {
            match self.constant(side) {
                Some(constant) if constant == absorbing => return side,
                Some(constant) if constant == neutral => return other,
                _ => {}
            }
        }
        self.list(joint, &[a, b])
    }

    fn constant(&self, id: ExprId) -> Option<ConstId> {
        match self.pool.get(id) {
            Expr::Name(Name::Constant(constant)) => Some(constant),
            _ => None,
        }
    }

    fn literal(&mut self, constant: ConstId) -> ExprId {
        self.pool.name(Name::Constant(constant))
    }

    /// The opposite of an expression that is already in form.
    fn negate(&mut self, id: ExprId) -> ExprId {
        match self.pool.get(id) {
            Expr::Not(a) => a,
            Expr::Name(Name::Constant(ConstId::Y)) => self.literal(ConstId::N),
            Expr::Name(Name::Constant(ConstId::N)) => self.literal(ConstId::Y),
            Expr::Name(Name::Constant(ConstId::M)) => id,
            Expr::Name(_) => self.pool.not(id),
            Expr::And(a, b) => {
                let (a, b) = (self.negate(a), self.negate(b));
                self.join(Joint::Or, a, b)
            }
            Expr::Or(a, b) => {
                let (a, b) = (self.negate(a), self.negate(b));
                self.join(Joint::And, a, b)
            }
            Expr::Compare(op, a, b) => {
                let op = match op {
                    Compare::Equal => Compare::Unequal,
                    Compare::Unequal => Compare::Equal,
                    Compare::Less => Compare::GreaterEqual,
                    Compare::LessEqual => Compare::Greater,
                    Compare::Greater => Compare::LessEqual,
                    Compare::GreaterEqual => Compare::Less,
                };
                self.pool.intern(Expr::Compare(op, a, b))
            }
        }
    }

    fn compare(&mut self, id: ExprId, op: Compare, a: Name, b: Name) -> ExprId {
        let (Name::Constant(value), Some(SymbolType::Bool)) = (b, self.kind(a)) else { return id };
        let holds = match (op, value) {
            (Compare::Equal, ConstId::Y) | (Compare::Unequal, ConstId::N) => true,
            (Compare::Equal, ConstId::N) | (Compare::Unequal, ConstId::Y) => false,
            (Compare::Equal | Compare::Unequal, ConstId::M) => {
                let forced = if op == Compare::Equal { ConstId::N } else { ConstId::Y };
                self.pointless.push((a, forced));
                return self.literal(forced);
            }
            _ => return id,
        };
        let name = self.pool.name(a);
        if holds { name } else { self.pool.not(name) }
    }

    fn kind(&self, name: Name) -> Option<SymbolType> {
        match name {
            Name::Symbol(symbol) => self.symbols[symbol.0 as usize].kind,
            Name::Constant(_) => None,
        }
    }

    /// Repetitions away, kin joined; then constants are folded, in older trees only if there was something to join.
    pub(super) fn eliminate(&mut self, mut id: ExprId) -> ExprId {
        loop {
            self.joined = false;
            id = self.eliminate_once(id);
            if !self.joined && self.rules == ChoiceRules::Symbol {
                return id;
            }
            let folded = self.fold(id);
            if !self.joined {
                return folded;
            }
            id = folded;
        }
    }

    fn eliminate_once(&mut self, id: ExprId) -> ExprId {
        let joint = match self.pool.get(id) {
            Expr::And(..) => Joint::And,
            Expr::Or(..) => Joint::Or,
            _ => return id,
        };
        let parts = self.parts(joint, id);
        self.list(joint, &parts)
    }

    /// The parts of a list: first each side by itself, then what is left against what is right.
    fn parts(&mut self, joint: Joint, id: ExprId) -> Vec<ExprId> {
        let (left, right) = match (self.pool.get(id), joint) {
            (Expr::And(a, b), Joint::And) | (Expr::Or(a, b), Joint::Or) => (a, b),
            _ => {
                let id = self.eliminate_once(id);
                let mut parts = Vec::new();
                self.flatten(joint, id, &mut parts);
                return parts;
            }
        };
        let mut kept = Vec::new();
        let left = self.parts(joint, left);
        let mut right = self.parts(joint, right);
        for part in left {
            let kin = (0..right.len()).find_map(|at| Some((at, self.kin(joint, part, right[at])?)));
            match kin {
                Some((at, joined)) => {
                    right[at] = joined;
                    self.joined = true;
                }
                None => kept.push(part),
            }
        }
        kept.append(&mut right);
        kept
    }

    /// `a && b && c`, from the left.
    fn list(&mut self, joint: Joint, parts: &[ExprId]) -> ExprId {
        let mut all = parts[0];
        for part in &parts[1..] {
            all = match joint {
                Joint::And => self.pool.intern(Expr::And(all, *part)),
                Joint::Or => self.pool.or(all, *part),
            };
        }
        all
    }

    /// Takes `y` and `n` out of lists.
    fn fold(&mut self, id: ExprId) -> ExprId {
        let (joint, a, b) = match self.pool.get(id) {
            Expr::And(a, b) => (Joint::And, a, b),
            Expr::Or(a, b) => (Joint::Or, a, b),
            _ => return id,
        };
        let (a, b) = (self.fold(a), self.fold(b));
        self.fold_pair(joint, a, b)
    }

    fn flatten(&self, joint: Joint, id: ExprId, parts: &mut Vec<ExprId>) {
        match (self.pool.get(id), joint) {
            (Expr::And(a, b), Joint::And) | (Expr::Or(a, b), Joint::Or) => {
                self.flatten(joint, a, parts);
                self.flatten(joint, b, parts);
            }
            _ => parts.push(id),
        }
    }

    /// Whether two expressions are the same, in whatever order their lists are written.
    fn same(&self, a: ExprId, b: ExprId) -> bool {
        if a == b {
            return true;
        }
        let joint = match (self.pool.get(a), self.pool.get(b)) {
            (Expr::And(..), Expr::And(..)) => Joint::And,
            (Expr::Or(..), Expr::Or(..)) => Joint::Or,
            (Expr::Not(a), Expr::Not(b)) => return self.same(a, b),
            _ => return false,
        };
        let (mut left, mut right) = (Vec::new(), Vec::new());
        self.flatten(joint, a, &mut left);
        self.flatten(joint, b, &mut right);
        left.len() == right.len() && left.iter().all(|a| right.iter().any(|b| self.same(*a, *b)))
    }
}
