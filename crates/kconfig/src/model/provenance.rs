//! Where each part of a condition was written.
//!
//! ```text
//! if NET                      ┐
//! menu "Drivers"              │  Model::conjuncts(source of the prompt)
//!     depends on PCI          │    NET    if          Kconfig:1
//!     visible if EXPERT       ├─▶  PCI    depends on  Kconfig:3
//! config X                    │    EXPERT visible if  Kconfig:4
//!     bool "x" if A && B      │    C      depends on  Kconfig:7
//!     depends on C            ┘    A, B   own if      Kconfig:6
//! ```
//!
//! Invariant: the smallest value of a prompt's conjuncts is the value of its complete condition, which the model keeps
//! in one piece; in an older tree's choice, before the choice has its say.

use super::{Expr, ExprId, MenuId, MenuKind, Model, Source};
use crate::syntax::ast::At;

/// One of the things that must hold at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conjunct {
    /// What must hold, as it was written; no `&&` at the top.
    pub expr: ExprId,
    /// Where it was written.
    pub at: At,
    /// By which words.
    pub kind: ConjunctKind,
}

/// The words that ask for something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConjunctKind {
    /// The entry's own `depends on`.
    DependsOn,
    /// An `if` block around it.
    If,
    /// `depends on` of a menu around it.
    Menu,
    /// `depends on` of the choice around it, or what shows that choice.
    Choice,
    /// `visible if` of a menu around it.
    VisibleIf,
    /// The `if` behind the prompt, `default`, `select` … itself.
    OwnIf,
}

/// Whether `visible if` counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    Depends,
    Prompt,
}

impl Model {
    /// What must hold for a prompt to be shown, the outermost first.
    pub fn prompt_conjuncts(&self, source: &Source) -> Vec<Conjunct> {
        self.conjuncts_in(source, Reach::Prompt)
    }

    /// What must hold for a `default`, `select`, `imply` or `range` to count, the outermost first.
    pub fn conjuncts(&self, source: &Source) -> Vec<Conjunct> {
        self.conjuncts_in(source, Reach::Depends)
    }

    /// What an entry depends on, the outermost first.
    pub fn entry_conjuncts(&self, menu: MenuId) -> Vec<Conjunct> {
        let at = self.menu(menu).at;
        self.conjuncts_in(&Source { menu, at, own: ExprId::ALWAYS }, Reach::Depends)
    }

    fn conjuncts_in(&self, source: &Source, reach: Reach) -> Vec<Conjunct> {
        let mut found = Vec::new();
        self.enclosing(source.menu, Place::Here, reach, &mut found);
        self.split(source.own, source.at, ConjunctKind::OwnIf, &mut found);
        found
    }

    fn enclosing(&self, id: MenuId, place: Place, reach: Reach, found: &mut Vec<Conjunct>) {
        let menu = self.menu(id);
        if let (Place::Around, MenuKind::Choice(choice)) = (place, menu.kind)
            && self.choice(choice).symbol.is_some()
        {
            // An older tree's choice must be shown for its members to be.
            let sources = &self.choice(choice).prompt_sources;
            if let Some(source) = sources.iter().find(|source| source.menu == id) {
                self.enclosing(id, Place::Here, Reach::Prompt, found);
                self.split(source.own, source.at, ConjunctKind::Choice, found);
                return;
            }
        }
        if let Some(parent) = menu.parent {
            self.enclosing(parent, Place::Around, reach, found);
        }
        let kind = match (place, menu.kind) {
            (_, MenuKind::If) => ConjunctKind::If,
            (Place::Around, MenuKind::Menu | MenuKind::Main) => ConjunctKind::Menu,
            (_, MenuKind::Choice(_)) => ConjunctKind::Choice,
            _ => ConjunctKind::DependsOn,
        };
        for (expr, at) in &menu.depends_own {
            self.split(*expr, *at, kind, found);
        }
        if reach == Reach::Prompt && place == Place::Around {
            for (expr, at) in &menu.visible_own {
                self.split(*expr, *at, ConjunctKind::VisibleIf, found);
            }
        }
    }

    fn split(&self, expr: ExprId, at: At, kind: ConjunctKind, found: &mut Vec<Conjunct>) {
        match self.pool.get(expr) {
            _ if expr == ExprId::ALWAYS => {}
            Expr::And(a, b) => {
                self.split(a, at, kind, found);
                self.split(b, at, kind, found);
            }
            _ => found.push(Conjunct { expr, at, kind }),
        }
    }
}

/// Where an entry stands, seen from what is asked about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Here,
    Around,
}
