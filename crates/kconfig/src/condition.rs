//! Conditions over a resolved `.config`, in Kconfig's own expressions: `VIRTIO_FS && FUSE_FS`, `NR_CPUS >= 4`.
//!
//! ```text
//! text ── the parser of Kconfig files ─▶ Condition ─ value(DotConfig) ─▶ n, m or y
//!                                                  └ ways ─▶ what could be set so that it holds
//! ```
//!
//! `&&` is the smaller value, `||` the larger one, `!` mirrors, and comparisons are the evaluator's. A symbol may have
//! its prefix `CONFIG_` or not. One that the `.config` does not name is `n`, or nothing, as what it is compared with.
//!
//! Deliberately absent: macros and comments; whether a tree defines the symbols.

use std::fmt;
use std::sync::Arc;

use crate::eval::compares;
use crate::syntax::ast::{Compare, ConstId, Expr, Name, NodeKind, SymbolType};
use crate::syntax::{self, Dialect};
use crate::tree::{ShellAnswer, Tree};
use crate::{DotConfig, Symbol, Tristate, Value};

/// How many ways are listed before the rest is left out.
const WAYS: usize = 8;

/// A condition over a resolved `.config`; displays as it was written.
#[derive(Clone, Debug)]
pub struct Condition {
    text: Box<str>,
    term: Term,
}

/// Why a text is no condition.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConditionError {
    /// Nothing was written.
    #[error("an empty condition: expected symbols, such as `VIRTIO_FS && FUSE_FS`")]
    Empty,
    /// It is no expression of the language.
    #[error("`{0}` is no condition: expected symbols with `&&`, `||`, `!`, parentheses and comparisons")]
    Syntax(String),
    /// A word that is neither a symbol nor a number.
    #[error("`{0}` is not a symbol's name: expected letters, digits and `_`")]
    Name(String),
}

#[derive(Clone, Debug)]
enum Term {
    Constant(Tristate),
    Symbol(Symbol),
    Not(Box<Self>),
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
    Compare(Compare, Operand, Operand),
}

/// What a comparison compares.
#[derive(Clone, Debug)]
enum Operand {
    Symbol(Symbol),
    Tristate(Tristate),
    /// A number, or a text in quotes.
    Text(Box<str>),
}

/// A file that holds the condition.
struct Alone<'a>(&'a str);

impl Tree for Alone<'_> {
    fn read(&self, _: &str) -> Result<Option<Arc<[u8]>>, String> {
        Ok(Some(format!("if {}\nendif\n", self.0).into_bytes().into()))
    }

    fn shell(&self, _: &[u8]) -> ShellAnswer {
        ShellAnswer::default()
    }

    fn env(&self, _: &str) -> Option<String> {
        None
    }
}

impl Condition {
    /// Parses a condition.
    ///
    /// # Errors
    /// [`ConditionError`] where the text is none.
    pub fn parse(text: &str) -> Result<Self, ConditionError> {
        if text.trim().is_empty() {
            return Err(ConditionError::Empty);
        }
        let bad = || ConditionError::Syntax(text.to_owned());
        if text.contains(|c: char| matches!(c, '#' | '$' | '\\') || c.is_control()) {
            return Err(bad());
        }
        let ast = syntax::parse(&Alone(text), "condition", Dialect::NEWEST).map_err(|_| bad())?;
        let [node] = ast.root.as_slice() else { return Err(bad()) };
        let [depends] = node.depends.as_slice() else { return Err(bad()) };
        if node.kind != NodeKind::If || !ast.messages.is_empty() {
            return Err(bad());
        }
        Ok(Self { text: text.trim().into(), term: Term::of(&depends.expr, &ast.names)? })
    }

    /// The condition as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What it is worth.
    pub fn value(&self, config: &DotConfig) -> Tristate {
        self.term.value(config)
    }

    /// Whether it is worth anything: `m` will do.
    pub fn holds(&self, config: &DotConfig) -> bool {
        self.value(config) != Tristate::N
    }

    /// The symbols that it names, each once, in the order in which they stand.
    pub fn symbols(&self) -> Vec<&Symbol> {
        let mut found = Vec::new();
        self.term.symbols(&mut found);
        found
    }

    /// What could be asked for so that it holds, each way by itself enough, as far as it goes; none where only a
    /// comparison could be met that names no single value.
    pub fn ways(&self) -> Vec<Vec<(Symbol, Value)>> {
        self.term.ways(true)
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Term {
    fn of(expr: &Expr, names: &syntax::names::Names) -> Result<Self, ConditionError> {
        let boxed = |expr: &Expr| Self::of(expr, names).map(Box::new);
        Ok(match expr {
            Expr::Name(Name::Symbol(id)) => Self::Symbol(symbol(&names.symbol_text(*id).to_string())?),
            Expr::Name(Name::Constant(id)) => Self::Constant(tristate(*id).unwrap_or(Tristate::N)),
            Expr::Not(a) => Self::Not(boxed(a)?),
            Expr::And(a, b) => Self::And(boxed(a)?, boxed(b)?),
            Expr::Or(a, b) => Self::Or(boxed(a)?, boxed(b)?),
            Expr::Compare { op, left, right } => {
                Self::Compare(*op, Operand::of(*left, names)?, Operand::of(*right, names)?)
            }
        })
    }

    fn value(&self, config: &DotConfig) -> Tristate {
        match self {
            Self::Constant(value) => *value,
            Self::Symbol(symbol) => config.tristate(symbol),
            Self::Not(a) => match a.value(config) {
                Tristate::N => Tristate::Y,
                Tristate::M => Tristate::M,
                Tristate::Y => Tristate::N,
            },
            Self::And(a, b) => a.value(config).min(b.value(config)),
            Self::Or(a, b) => a.value(config).max(b.value(config)),
            Self::Compare(op, left, right) => {
                let (a, a_kind) = left.text(config, right);
                let (b, b_kind) = right.text(config, left);
                match compares((a.as_bytes(), a_kind), *op, (b.as_bytes(), b_kind)) {
                    true => Tristate::Y,
                    false => Tristate::N,
                }
            }
        }
    }

    fn symbols<'a>(&'a self, found: &mut Vec<&'a Symbol>) {
        let mut add = |symbol: &'a Symbol| {
            if !found.contains(&symbol) {
                found.push(symbol);
            }
        };
        match self {
            Self::Constant(_) => {}
            Self::Symbol(symbol) => add(symbol),
            Self::Not(a) => a.symbols(found),
            Self::And(a, b) | Self::Or(a, b) => {
                a.symbols(found);
                b.symbols(found);
            }
            Self::Compare(_, left, right) => {
                for operand in [left, right] {
                    if let Operand::Symbol(symbol) = operand {
                        add(symbol);
                    }
                }
            }
        }
    }

    /// The ways to make it hold, or not to.
    fn ways(&self, holds: bool) -> Vec<Vec<(Symbol, Value)>> {
        let one = |symbol: &Symbol, value| vec![vec![(symbol.clone(), value)]];
        match (self, holds) {
            (Self::Constant(value), _) if (*value != Tristate::N) == holds => vec![Vec::new()],
            (Self::Constant(_), _) => Vec::new(),
            (Self::Symbol(symbol), true) => one(symbol, Value::Y),
            (Self::Symbol(symbol), false) => one(symbol, Value::N),
            (Self::Not(a), _) => a.ways(!holds),
            (Self::And(a, b), true) | (Self::Or(a, b), false) => both(&a.ways(holds), &b.ways(holds)),
            (Self::Or(a, b), true) | (Self::And(a, b), false) => {
                a.ways(holds).into_iter().chain(b.ways(holds)).take(WAYS).collect()
            }
            (Self::Compare(op, Operand::Symbol(symbol), other), _) => match (other.constant(), op, holds) {
                (Some(value), Compare::Equal | Compare::LessEqual | Compare::GreaterEqual, true)
                | (Some(value), Compare::Unequal | Compare::Less | Compare::Greater, false) => {
                    one(symbol, value)
                }
                _ => Vec::new(),
            },
            (Self::Compare(..), _) => Vec::new(),
        }
    }
}

fn both(a: &[Vec<(Symbol, Value)>], b: &[Vec<(Symbol, Value)>]) -> Vec<Vec<(Symbol, Value)>> {
    let pairs = a.iter().flat_map(|one| b.iter().map(move |other| [one.as_slice(), other].concat()));
    pairs.take(WAYS).collect()
}

impl Operand {
    fn of(name: Name, names: &syntax::names::Names) -> Result<Self, ConditionError> {
        let text = names.text(name).to_string();
        Ok(match name {
            Name::Constant(id) => tristate(id).map_or_else(|| Self::Text(text.into()), Self::Tristate),
            Name::Symbol(_) if matches!(Value::parse(&text), Ok(Value::Number(_))) => Self::Text(text.into()),
            Name::Symbol(_) => Self::Symbol(symbol(&text)?),
        })
    }

    /// Its text and type beside what it is compared with.
    fn text(&self, config: &DotConfig, other: &Self) -> (String, Option<SymbolType>) {
        match self {
            Self::Tristate(value) => (value.to_string(), Some(SymbolType::Tristate)),
            Self::Text(text) => (text.to_string(), None),
            Self::Symbol(symbol) => match config.get(symbol) {
                Some(Value::Tristate(value)) => (value.to_string(), Some(SymbolType::Tristate)),
                Some(Value::Number(digits)) if digits.starts_with("0x") || digits.starts_with("0X") => {
                    (digits.to_string(), Some(SymbolType::Hex))
                }
                Some(Value::Number(digits)) => (digits.to_string(), Some(SymbolType::Int)),
                Some(Value::Text(text)) => (text.to_string(), Some(SymbolType::String)),
                None => match other {
                    Self::Text(_) => (String::new(), Some(SymbolType::String)),
                    Self::Symbol(_) | Self::Tristate(_) => ("n".to_owned(), Some(SymbolType::Tristate)),
                },
            },
        }
    }

    /// The value that it stands for, whatever is resolved.
    fn constant(&self) -> Option<Value> {
        match self {
            Self::Symbol(_) => None,
            Self::Tristate(value) => Some(Value::Tristate(*value)),
            Self::Text(text) => match Value::parse(text) {
                Ok(number @ Value::Number(_)) => Some(number),
                _ => Some(Value::Text(text.clone())),
            },
        }
    }
}

fn symbol(word: &str) -> Result<Symbol, ConditionError> {
    Symbol::new(word).map_err(|_| ConditionError::Name(word.to_owned()))
}

fn tristate(id: ConstId) -> Option<Tristate> {
    match id {
        ConstId::N => Some(Tristate::N),
        ConstId::M => Some(Tristate::M),
        ConstId::Y => Some(Tristate::Y),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
