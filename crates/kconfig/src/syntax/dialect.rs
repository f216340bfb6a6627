//! In what the languages of the trees differ, found by looking at the tree.
//!
//! ```text
//!                    until 6.10            from 6.11
//! choice             may be named, typed,  has a prompt; its members
//!                    `optional`            are `bool` with a prompt
//! end of the last    ends its last line    does not
//! file
//! `syntax error`     one line too far      at the statement
//! ```
//!
//! Versions do not decide, since stable series take changes back: the words in the tree's own parser do.

use crate::tree::Tree;

/// The language of one tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// Which of the two kinds of choice, and with it the smaller differences of that time.
    pub choice: ChoiceEra,
    /// Whether `transitional` is a word of the language.
    pub transitional: Support,
    /// Whether `depends on` may have an `if`.
    pub conditional_depends: Support,
}

/// Which kind of choice a tree has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChoiceEra {
    /// A choice is a symbol with a mode of its own.
    Symbol,
    /// A choice is a group of `bool` members.
    Group,
}

/// Whether a tree has a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Support {
    /// It is a syntax error.
    Absent,
    /// It is understood.
    Present,
}

impl Dialect {
    /// Everything that any known tree understands, with the choices of the newest.
    pub const NEWEST: Self = Self {
        choice: ChoiceEra::Group,
        transitional: Support::Present,
        conditional_depends: Support::Present,
    };

    /// Looks for the words that tell the dialects apart in the tree's `scripts/kconfig`.
    ///
    /// A tree without those files is taken as [`Dialect::NEWEST`].
    ///
    /// # Errors
    /// What the system says of a file that cannot be read.
    pub fn of(tree: &dyn Tree) -> Result<Self, String> {
        let Some(parser) = tree.read("scripts/kconfig/parser.y")? else { return Ok(Self::NEWEST) };
        let choice = if has(&parser, "T_OPTIONAL") { ChoiceEra::Symbol } else { ChoiceEra::Group };
        let documented = tree.read("Documentation/kbuild/kconfig-language.rst")?.unwrap_or_default();
        Ok(Self {
            choice,
            transitional: support(has(&parser, "T_TRANSITIONAL")),
            conditional_depends: support(has(&documented, "\"depends on\" <expr> [\"if\" <expr>]")),
        })
    }
}

fn support(present: bool) -> Support {
    if present { Support::Present } else { Support::Absent }
}

fn has(file: &[u8], word: &str) -> bool {
    file.windows(word.len()).any(|w| w == word.as_bytes())
}
