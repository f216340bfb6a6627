//! From Kconfig files to an [`Ast`]: lexer, macro language, parser.
//!
//! ```text
//! Tree ──read──▶ bytes ──lexer, expands `$(…)` as it goes──▶ tokens ──parser──▶ Ast or ParseFailed
//!                              └── macros ──shell, env──▶ Tree
//! ```
//!
//! Invariants: the same tree gives the same `Ast`; arbitrary bytes give an `Ast` or a [`ParseFailed`], never a panic.
//! Messages have `conf`'s words and order. Written from `Documentation/kbuild/kconfig-language.rst`,
//! `kconfig-macro-language.rst` and what `conf` answers.
//!
//! What `conf` allows and this does not: more than 2,000 operators in one expression, more than 1,000 open blocks, and
//! references nested deeper than 20,000; each is an error in `conf`'s words for the end of its own resources.
//!
//! Deliberately absent: what an expression means, inheritance of dependencies, values, the checks that `conf` makes
//! after it has read everything.

pub mod ast;
mod deferred;
mod dialect;
mod lexer;
mod macros;
pub mod message;
pub mod names;
mod parser;
pub mod probes;
mod session;
#[cfg(test)]
mod tests;
mod text;
mod token;

pub use ast::Ast;
pub use dialect::{ChoiceEra, Dialect, Support};
pub use message::{Message, MessageKind, ParseFailed};
pub use text::Text;

use crate::tree::Tree;

/// Parses a tree of Kconfig files from its outermost one, usually `Kconfig`.
///
/// Probes run while it parses, one after another, in the order in which the files ask for them.
///
/// # Errors
/// [`ParseFailed`] with everything that `conf` would have printed.
pub fn parse(tree: &dyn Tree, root: &str, dialect: Dialect) -> Result<Ast, ParseFailed> {
    parser::parse(session::Session::new(tree), root, dialect)
}
