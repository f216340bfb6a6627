//! The model: what the Kconfig files mean, before any value is known.
//!
//! ```text
//! Ast ──build──▶ Model ── symbols   every mentioned symbol: type, conditions, who selects it
//!                      ├─ menus     the entries in the order of the files; a parent comes before its children
//!                      ├─ choices   members, defaults
//!                      └─ pool      every expression once
//! ```
//!
//! Each condition is complete: what an enclosing `menu`, `if` or `choice` asks is in it. Where a part of it was written
//! is kept beside: [`Source::own`], and [`Menu::depends_own`] along [`Menu::parent`]; [`Model::conjuncts`] lists it.
//!
//! Invariants: ids index the tables of the same `Model`; `SymbolId`s are the [`Ast`](crate::syntax::Ast)'s, and those
//! behind them stand for the choices of older trees, which are symbols there.
//!
//! Deliberately absent: values, and what is on disk.

mod build;
mod check;
mod cycle;
mod expr;
mod outline;
mod print;
mod probed;
mod provenance;
mod rules;
mod simplify;

pub use build::build;
pub use check::check;
pub use cycle::cycles;
pub use expr::{Expr, ExprId, Pool};
pub(crate) use outline::Outline;
pub use print::write_expr;
pub use probed::probed;
pub use provenance::{Conjunct, ConjunctKind};
pub use rules::{ChoiceRules, CommandRules, NumberRules, ReaderRules, Rules};

use crate::syntax::ast::{At, ConfigKeyword, Name, SymbolId, SymbolType};
use crate::syntax::names::Names;
use crate::syntax::probes::Probes;
use crate::syntax::{Message, Text};

/// The meaning of a parsed tree.
#[derive(Clone, Debug)]
pub struct Model {
    /// Every file, by the `FileId` of a place.
    pub files: Vec<Text>,
    /// The names of symbols and constants.
    pub names: Names,
    /// The title of the tree.
    pub mainmenu: Text,
    /// Every symbol that is mentioned, then one for each choice of an older tree.
    pub symbols: Vec<Symbol>,
    /// Every entry, in the order of the files; the first is the main menu.
    pub menus: Vec<Menu>,
    /// Every choice, in the order of the files.
    pub choices: Vec<Choice>,
    /// The symbol that allows `m`, if there is one.
    pub modules: Option<SymbolId>,
    /// How this tree's `conf` behaves where trees differ.
    pub rules: Rules,
    /// Every expression.
    pub pool: Pool,
    /// The symbols that stand in for the answers of probes which were put off, in order, with the commands.
    ///
    /// Conditions with such a symbol have another form than with its answer, but the same value: what such a model
    /// resolves to is the same, and what is said about conditions is not.
    pub deferred: Vec<(SymbolId, Text)>,
    /// What the world answered while the files were read.
    pub probes: Probes,
    /// What `conf` says about the files once they are read.
    pub messages: Vec<Message>,
}

/// An entry of [`Model::menus`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MenuId(pub u32);

impl MenuId {
    /// The main menu.
    pub const ROOT: Self = Self(0);
}

/// An entry of [`Model::choices`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChoiceId(pub u32);

/// A symbol, all its definitions together.
#[derive(Clone, Debug, Default)]
pub struct Symbol {
    /// Its name; empty for the choices of older trees.
    pub name: Text,
    /// Its type; `None` where no `config` gives it one.
    pub kind: Option<SymbolType>,
    /// Its entries, in the order of the files.
    pub menus: Vec<MenuId>,
    /// The conditions of its prompts.
    pub prompts: Vec<ExprId>,
    /// Where each of them was written.
    pub prompt_sources: Vec<Source>,
    /// Its defaults, in order.
    pub defaults: Vec<Default>,
    /// Its ranges, in order.
    pub ranges: Vec<Range>,
    /// Whom it selects, in order.
    pub selects: Vec<Link>,
    /// Whom it implies, in order.
    pub implies: Vec<Link>,
    /// `selector && condition` of each `select` of it.
    pub selected_by: Vec<ExprId>,
    /// `implier && condition` of each `imply` of it.
    pub implied_by: Vec<ExprId>,
    /// The dependencies of those of its entries that have any: one must hold, if there is one.
    pub depends: Vec<ExprId>,
    /// The choice that it is a member of.
    pub member_of: Option<ChoiceId>,
    /// The choice that it stands for (older trees).
    pub stands_for: Option<ChoiceId>,
    /// Whether it is read but never written.
    pub transitional: bool,
}

/// Where an attribute was written.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// The entry that it belongs to.
    pub menu: MenuId,
    /// The line.
    pub at: At,
    /// Its own `if`, as it was written; [`ExprId::ALWAYS`] without one.
    pub own: ExprId,
}

/// A `default`.
#[derive(Clone, Copy, Debug)]
pub struct Default {
    /// The value.
    pub value: ExprId,
    /// When.
    pub condition: ExprId,
    /// Where.
    pub source: Source,
}

/// A `range`.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    /// The smallest.
    pub low: Name,
    /// The largest.
    pub high: Name,
    /// When.
    pub condition: ExprId,
    /// Where.
    pub source: Source,
}

/// A `select` or an `imply`.
#[derive(Clone, Copy, Debug)]
pub struct Link {
    /// Whom.
    pub target: SymbolId,
    /// When.
    pub condition: ExprId,
    /// Where.
    pub source: Source,
}

/// What an entry of the menu is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MenuKind {
    /// The main menu.
    Main,
    /// A definition of a symbol.
    Symbol(SymbolId, ConfigKeyword),
    /// A choice.
    Choice(ChoiceId),
    /// `menu`.
    Menu,
    /// `if`.
    If,
    /// `comment`.
    Comment,
}

/// An entry of the menu.
#[derive(Clone, Debug)]
pub struct Menu {
    /// What it is.
    pub kind: MenuKind,
    /// What encloses it; `None` for the main menu.
    pub parent: Option<MenuId>,
    /// What it encloses.
    pub children: Vec<MenuId>,
    /// Where it begins.
    pub at: At,
    /// Its text and when it is shown.
    pub prompt: Option<(Text, ExprId)>,
    /// All that it depends on, enclosing entries included.
    pub depends: ExprId,
    /// What it depends on by its own words, each with its place.
    pub depends_own: Vec<(ExprId, At)>,
    /// `visible if` of a menu, in which `m` is `m` even where there are no modules.
    pub visible_if: ExprId,
    /// Its `visible if`, each with its place.
    pub visible_own: Vec<(ExprId, At)>,
    /// Its help.
    pub help: Option<Text>,
}

/// A choice.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Its entry; the first one, if it has a name and several.
    pub menu: MenuId,
    /// Its members, in order.
    pub members: Vec<SymbolId>,
    /// The conditions of its prompts.
    pub prompts: Vec<ExprId>,
    /// Where each of them was written.
    pub prompt_sources: Vec<Source>,
    /// Its defaults, in order; each value is a lone symbol.
    pub defaults: Vec<Default>,
    /// The symbol that stands for it (older trees).
    pub symbol: Option<SymbolId>,
    /// Whether none may be chosen (older trees).
    pub optional: bool,
    /// How many symbols were mentioned before it, first.
    pub mentioned: u32,
}

impl Symbol {
    /// Whether its values are `y`, `m` and `n`.
    pub fn is_truth(&self) -> bool {
        matches!(self.kind, Some(SymbolType::Bool | SymbolType::Tristate))
    }
}

impl Model {
    /// A symbol.
    pub fn symbol(&self, id: SymbolId) -> &Symbol {
        &self.symbols[id.0 as usize]
    }

    /// An entry.
    pub fn menu(&self, id: MenuId) -> &Menu {
        &self.menus[id.0 as usize]
    }

    /// The probe whose answer a symbol stands in for.
    pub(crate) fn stands_in(&self, id: SymbolId) -> Option<&Text> {
        let at = self.deferred.binary_search_by_key(&id, |(symbol, _)| *symbol).ok()?;
        Some(&self.deferred[at].1)
    }

    /// A choice.
    pub fn choice(&self, id: ChoiceId) -> &Choice {
        &self.choices[id.0 as usize]
    }

    /// The ids of all entries, in the order of the files.
    pub fn menu_ids(&self) -> impl Iterator<Item = MenuId> + use<> {
        (0..self.menus.len() as u32).map(MenuId)
    }

    /// The ids of all symbols, by first mention.
    pub fn symbol_ids(&self) -> impl Iterator<Item = SymbolId> + use<> {
        (0..self.symbols.len() as u32).map(SymbolId)
    }

    /// A place as `conf` writes it: `file:line`.
    pub fn place(&self, at: At) -> String {
        format!("{}:{}", self.files[at.file.0 as usize], at.line)
    }
}
