//! Expressions: one copy of each, in one arena.

use rustc_hash::FxHashMap;

use crate::snapshot::{Reader, Stored, Writer};
use crate::syntax::ast::{Compare, ConstId, Expr as Written, Name};

/// An expression of a [`Pool`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExprId(pub(crate) u32);

impl ExprId {
    /// What stands where nothing is asked: worth `y`, and yet not the `y` that is written somewhere.
    pub const ALWAYS: Self = Self(0);
}

/// An expression, its parts being ids of the same pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Expr {
    /// A symbol or a constant.
    Name(Name),
    /// `!a`.
    Not(ExprId),
    /// `a && b`.
    And(ExprId, ExprId),
    /// `a || b`.
    Or(ExprId, ExprId),
    /// A comparison.
    Compare(Compare, Name, Name),
}

/// Every expression of a model.
///
/// Invariant: equal expressions have equal ids, save that [`ExprId::ALWAYS`] is apart; parts come before what they are
/// part of.
#[derive(Clone, Debug)]
pub struct Pool {
    exprs: Vec<Expr>,
    /// Complete, or empty where nothing has been added since the pool was read from a snapshot.
    ids: FxHashMap<Expr, ExprId>,
}

impl Pool {
    /// A pool that holds [`ExprId::ALWAYS`] alone.
    pub fn new() -> Self {
        Self { exprs: vec![Expr::Name(Name::Constant(ConstId::Y))], ids: FxHashMap::default() }
    }

    /// What an id stands for.
    pub fn get(&self, id: ExprId) -> Expr {
        self.exprs[id.0 as usize]
    }

    /// How many expressions there are: their ids are `0..` this.
    pub fn len(&self) -> usize {
        self.exprs.len()
    }

    /// Whether there is none: never.
    pub fn is_empty(&self) -> bool {
        self.exprs.is_empty()
    }

    /// The id of an expression.
    pub fn intern(&mut self, expr: Expr) -> ExprId {
        if self.ids.is_empty() {
            self.ids = self.exprs.iter().copied().zip((0..).map(ExprId)).skip(1).collect();
        }
        if let Some(id) = self.ids.get(&expr) {
            return *id;
        }
        let id = ExprId(self.exprs.len() as u32);
        self.exprs.push(expr);
        self.ids.insert(expr, id);
        id
    }

    /// `a && b`, where nothing may be asked on either side.
    pub fn and(&mut self, a: ExprId, b: ExprId) -> ExprId {
        match (a, b) {
            (ExprId::ALWAYS, other) | (other, ExprId::ALWAYS) => other,
            _ => self.intern(Expr::And(a, b)),
        }
    }

    /// `a || b`.
    pub fn or(&mut self, a: ExprId, b: ExprId) -> ExprId {
        self.intern(Expr::Or(a, b))
    }

    /// `!a`.
    pub fn not(&mut self, a: ExprId) -> ExprId {
        self.intern(Expr::Not(a))
    }

    /// A lone word.
    pub fn name(&mut self, name: Name) -> ExprId {
        self.intern(Expr::Name(name))
    }

    /// Calls `found` for every operand of an expression.
    pub fn names_in(&self, expr: ExprId, found: &mut dyn FnMut(Name)) {
        match self.get(expr) {
            Expr::Name(name) => found(name),
            Expr::Not(a) => self.names_in(a, found),
            Expr::And(a, b) | Expr::Or(a, b) => {
                self.names_in(a, found);
                self.names_in(b, found);
            }
            Expr::Compare(_, a, b) => {
                found(a);
                found(b);
            }
        }
    }

    /// Takes in what was written; a lone `m` becomes `modules`, which is `m` where modules are allowed.
    pub fn written(&mut self, expr: &Written, modules: ExprId) -> ExprId {
        match expr {
            Written::Name(Name::Constant(ConstId::M)) => modules,
            Written::Name(name) => self.name(*name),
            Written::Not(a) => {
                let a = self.written(a, modules);
                self.not(a)
            }
            Written::And(a, b) => {
                let (a, b) = (self.written(a, modules), self.written(b, modules));
                self.intern(Expr::And(a, b))
            }
            Written::Or(a, b) => {
                let (a, b) = (self.written(a, modules), self.written(b, modules));
                self.or(a, b)
            }
            Written::Compare { op, left, right } => self.intern(Expr::Compare(*op, *left, *right)),
        }
    }
}

impl Stored for Pool {
    fn put(&self, writer: &mut Writer) {
        self.exprs.put(writer);
    }

    fn take(reader: &mut Reader<'_>) -> Option<Self> {
        let exprs: Vec<Expr> = Stored::take(reader)?;
        // The first one is there from the beginning.
        (!exprs.is_empty()).then(|| Self { exprs, ids: FxHashMap::default() })
    }
}

impl Default for Pool {
    fn default() -> Self {
        Self::new()
    }
}
