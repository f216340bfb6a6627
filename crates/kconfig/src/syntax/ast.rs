//! The tree that the parser hands over: what was written, where, in the order in which it was written.
//!
//! ```text
//! Ast ── root: [Node] ── children: [Node] …       `source` is inlined, `if … endif` is a node
//!  │              └── prompts, props, depends, visible_if, help: each with its place
//!  └── names: every symbol and constant that is mentioned, numbered by first mention
//! ```
//!
//! Invariant: ids index the tables of the same `Ast`. Nothing is simplified: `depends` of an enclosing node are not
//! copied into its children, and `m` is not yet `m && MODULES`.

pub use super::message::{Message, MessageKind};
use super::names::Names;
use super::probes::Probes;
use super::text::Text;

/// A parsed tree of Kconfig files.
#[derive(Clone, Debug)]
pub struct Ast {
    /// Every file that was read, each once, in the order in which it was first read; [`FileId`] indexes it.
    pub files: Vec<Text>,
    /// Every word that stands for a symbol or a constant.
    pub names: Names,
    /// The text behind `mainmenu`, or `Main menu`.
    pub mainmenu: Text,
    /// The outermost entries.
    pub root: Vec<Node>,
    /// The environment variables that were consulted, set ones and unset ones, with their value, by first use.
    pub env_used: Vec<(String, String)>,
    /// The symbols that stand in for the answers of probes which were put off, in order, with the commands.
    pub deferred: Vec<(SymbolId, Text)>,
    /// What the world was asked, and what it answered.
    pub probes: Probes,
    /// What `conf` would have printed so far, in its order.
    pub messages: Vec<Message>,
}

/// A file of an [`Ast`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A place in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct At {
    /// Which file.
    pub file: FileId,
    /// The line, from 1.
    pub line: u32,
}

/// A symbol: something that is, or could be, defined by `config`.
///
/// The number counts first mentions, which is the order that `conf`'s symbol table keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SymbolId(pub u32);

/// A constant: `y`, `m`, `n` (quoted or not), or a word in quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConstId(pub u32);

impl ConstId {
    /// `n`; the three stand in every [`Names`].
    pub const N: Self = Self(0);
    /// `m`.
    pub const M: Self = Self(1);
    /// `y`.
    pub const Y: Self = Self(2);
}

/// An operand: a symbol or a constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Name {
    /// A plain word.
    Symbol(SymbolId),
    /// A quoted word, or one of the three values.
    Constant(ConstId),
}

/// A condition or a value, as it was written (parentheses have become nesting).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expr {
    /// A lone word.
    Name(Name),
    /// `!a`.
    Not(Box<Expr>),
    /// `a && b`.
    And(Box<Expr>, Box<Expr>),
    /// `a || b`.
    Or(Box<Expr>, Box<Expr>),
    /// `a = b` and its kin.
    Compare {
        /// Which comparison.
        op: Compare,
        /// What stands before it.
        left: Name,
        /// What stands behind it.
        right: Name,
    },
}

/// A comparison of two words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Compare {
    /// `=`.
    Equal,
    /// `!=`.
    Unequal,
    /// `<`.
    Less,
    /// `<=`.
    LessEqual,
    /// `>`.
    Greater,
    /// `>=`.
    GreaterEqual,
}

/// An entry of the menu, or an `if` block.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Where it begins: the line of `config`, `menu`, `choice`, `comment` or `if`.
    pub at: At,
    /// Its prompts, by `bool "…"`, `prompt "…"`, `menu "…"`, `comment "…"`; one, unless it was redefined: then
    /// all count for visibility and the last is the entry's text.
    pub prompts: Vec<Prompt>,
    /// Its other attributes, in order.
    pub props: Vec<Property>,
    /// Its `depends on`, in order; the condition of an `if` block is its only one.
    pub depends: Vec<Depends>,
    /// Its `visible if` (menus only), in order.
    pub visible_if: Vec<(Expr, At)>,
    /// Its help.
    pub help: Option<Help>,
    /// What stands between `menu`/`choice`/`if` and its end; empty for the others.
    pub children: Vec<Node>,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// `config` or `menuconfig`.
    Config {
        /// The symbol that it defines.
        symbol: SymbolId,
        /// Which of the two words.
        keyword: ConfigKeyword,
    },
    /// `choice`.
    Choice {
        /// Its name, which it may have in older trees.
        name: Option<SymbolId>,
        /// How many symbols were mentioned before it.
        mentioned: u32,
    },
    /// `menu`.
    Menu,
    /// `if`.
    If,
    /// `comment`.
    Comment,
}

/// The word that defines a symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigKeyword {
    /// `config`.
    Config,
    /// `menuconfig`.
    Menuconfig,
}

/// The text of an entry.
#[derive(Clone, Debug)]
pub struct Prompt {
    /// The text.
    pub text: Text,
    /// Its `if`.
    pub condition: Option<Expr>,
    /// Where.
    pub at: At,
}

/// `depends on`, or the condition of an `if` block.
#[derive(Clone, Debug)]
pub struct Depends {
    /// What is needed.
    pub expr: Expr,
    /// `if`: only then (newer trees).
    pub condition: Option<Expr>,
    /// Where.
    pub at: At,
}

/// An attribute, with its place.
#[derive(Clone, Debug)]
pub struct Property {
    /// What it says.
    pub kind: PropertyKind,
    /// Where.
    pub at: At,
}

/// What an attribute says.
///
/// `def_bool X` is a `Type` and a `Default` on the same line; `bool "…"` is a `Type` and a [`Prompt`].
#[derive(Clone, Debug)]
pub enum PropertyKind {
    /// `bool`, `tristate`, `int`, `hex`, `string`.
    ///
    /// The first one of a symbol holds; another type behind it has been warned about and is not listed.
    Type(SymbolType),
    /// `default`.
    Default {
        /// The value; of a choice, always a symbol.
        value: Expr,
        /// Its `if`.
        condition: Option<Expr>,
    },
    /// `select`.
    Select {
        /// Whom.
        target: SymbolId,
        /// Its `if`.
        condition: Option<Expr>,
    },
    /// `imply`.
    Imply {
        /// Whom.
        target: SymbolId,
        /// Its `if`.
        condition: Option<Expr>,
    },
    /// `range`.
    Range {
        /// The smallest.
        low: Name,
        /// The largest.
        high: Name,
        /// Its `if`.
        condition: Option<Expr>,
    },
    /// `modules`: this symbol allows `m`.
    Modules,
    /// `optional` (choices of older trees).
    Optional,
    /// `transitional` (newer trees).
    Transitional,
}

/// The type of a symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SymbolType {
    /// `bool`.
    Bool,
    /// `tristate`.
    Tristate,
    /// `int`.
    Int,
    /// `hex`.
    Hex,
    /// `string`.
    String,
}

/// A help text.
#[derive(Clone, Debug)]
pub struct Help {
    /// The text without its indentation, as `conf` keeps it: the last newline may be there or not.
    pub text: Text,
    /// Where the word `help` stands.
    pub at: At,
}
