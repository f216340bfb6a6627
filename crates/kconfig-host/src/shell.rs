//! The shell's language, as far as probes and the tree's scripts use it.
//!
//! ```text
//! text ──parse──▶ [Node] ── Simple     assignments, words, redirections
//!                        ├─ Pipeline   each part's output is the next one's input
//!                        ├─ Block      what stands between `{ }`, `( )`, `if … fi`, `case … esac`, in loops
//!                        ├─ Function
//!                        └─ Demand     `if ! command -v PROGRAM; then … exit 1; fi`
//! ```
//!
//! This is for finding out which programs *could* run and what they are given, not for running them: conditions are
//! kept as commands among others (a demand for a program excepted), and every branch is kept. What is not understood is an error, never a guess.
//!
//! Written from POSIX.1-2017, Shell Command Language.

mod lexer;
mod parser;

pub(crate) use parser::parse;

/// Stands in a text for a part that only this run of the probe knows: the shell's process number, a temporary file's
/// name. What is named so did not exist before, and so is nothing that the probe reads.
pub(crate) const OWN: char = '\u{1}';

/// A command, or several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    /// `a=1 command word >file`.
    Simple(Simple),
    /// `a | b`.
    Pipeline(Vec<Node>),
    /// Commands that stand together.
    Block {
        /// Whether all of them run, once, in this shell.
        kind: Block,
        body: Vec<Node>,
        redirects: Vec<Redirect>,
    },
    /// `name() { … }`.
    Function { name: String, body: Box<Node> },
    /// `if ! command -v PROGRAM; then … exit 1; fi`: what stands behind runs only where there is such a program.
    Demand { program: Word, otherwise: Vec<Node> },
}

/// How a block runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Block {
    /// All of it, once.
    Plain,
    /// Some of it, perhaps: `if`, `case`, what stands behind `&&` and `||`.
    Branch,
    /// Any number of times.
    Loop,
    /// All of it, in a shell of its own.
    Subshell,
}

/// A command without structure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Simple {
    pub(crate) assigns: Vec<(String, Word)>,
    pub(crate) words: Vec<Word>,
    pub(crate) redirects: Vec<Redirect>,
}

/// Where a stream goes, or comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Redirect {
    /// `<file`.
    From(Word),
    /// `>file`, `>>file`.
    To(Word),
    /// `<<EOF`: the text itself.
    Here(Word),
    /// `2>&1`, `<&3`, `>&-`.
    Stream,
}

/// A word, in pieces.
pub(crate) type Word = Vec<Piece>;

/// A piece of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Plain text; `quoted` keeps it together and keeps it a word even if it is empty.
    Text { text: String, quoted: bool },
    /// `$name`, `${name}`; `changed` by an operator, as in `${name%.*}`.
    Variable { name: String, changed: bool, quoted: bool },
    /// `$(…)`.
    Output { body: Vec<Node>, quoted: bool },
    /// `$((…))`.
    Number,
}

/// What is not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("its shell code is not understood at `{at}`")]
pub(crate) struct NotUnderstood {
    /// What stands there.
    pub(crate) at: String,
}
