//! Questions: what `oldconfig`, `oldaskconfig`, `syncconfig` and `helpnewconfig` print, and what they make of answers.
//!
//! ```text
//! Model ─Outline─▶ entries as they are shown ─┬─ walk      which entry comes next, headings, what became new meanwhile
//!                                             ├─ question  one symbol: its line, what an answer means
//!                                             ├─ choice    one choice: its list
//!                                             └─ help      what `?` shows
//! answers ◀─Console─▶ text
//! ```
//!
//! A symbol is *new* as long as the user has said nothing of it and could. Byte for byte as `conf`; one thing differs:
//! where the answers end and a symbol has no acceptable value, the `conf` of older trees asks on for ever and this ends,
//! with the words of the newer ones.
//!
//! Invariant: nothing but the answers changes user values.
//!
//! Deliberately absent: the terminal, reading and writing of files.

mod choice;
mod help;
mod question;
mod walk;

use crate::eval::Evaluator;
use crate::model::{MenuId, Outline};
use crate::syntax::Text;
use crate::syntax::ast::SymbolId;

/// Who answers, and where questions go.
pub trait Console {
    /// The next answer with its end of line; `None` where there are no more.
    fn answer(&mut self) -> Option<Vec<u8>>;

    /// Prints to standard output.
    fn print(&mut self, text: &[u8]);

    /// Prints to standard error.
    fn complain(&mut self, text: &[u8]);

    /// Whether what is typed shows by itself.
    fn input(&self) -> Input;
}

/// What is at the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// A person at a terminal, who sees what is typed.
    Terminal,
    /// A file or a pipe: answers are printed, so that the text reads as if typed.
    Piped,
}

/// Which questions are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Questions {
    /// All that are shown, then those that became new by the answers (`oldaskconfig`).
    All,
    /// Those about new symbols, until there are none (`oldconfig`, `syncconfig`).
    New,
}

/// The answers ended where one was needed; in `conf`'s words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no value for new symbol '{symbol}' at end of input")]
pub struct OutOfAnswers {
    /// The symbol that has no value that could be taken.
    pub symbol: Text,
}

/// Asks, and takes the answers in as user values.
///
/// `prefix` stands before each symbol: `CONFIG_`.
///
/// # Errors
/// [`OutOfAnswers`], where a symbol has no value that could be taken without an answer.
pub fn ask(
    evaluator: &mut Evaluator<'_>,
    questions: Questions,
    prefix: &str,
    console: &mut dyn Console,
) -> Result<(), OutOfAnswers> {
    let outline = Outline::of(evaluator.model());
    let mut dialogue = Dialogue {
        evaluator,
        outline: &outline,
        prefix,
        console,
        questions,
        root: MenuId::ROOT,
        found: 0,
        indent: 0,
    };
    dialogue.run()
}

/// The help of every new symbol that is shown.
pub fn help_of_new(evaluator: &mut Evaluator<'_>, prefix: &str) -> Vec<u8> {
    let outline = Outline::of(evaluator.model());
    let mut out = Vec::new();
    walk::each_new(evaluator, &outline, MenuId::ROOT, &mut |evaluator, id, _| {
        out.extend_from_slice(b"-----\n");
        out.extend_from_slice(&help::entry(evaluator, &outline, id, prefix));
        out.extend_from_slice(b"-----\n");
    });
    out
}

/// What is done with a new symbol, at one of its entries.
pub(crate) type OnNew<'f> = dyn FnMut(&mut Evaluator<'_>, MenuId, SymbolId) + 'f;

/// Goes through the new symbols that are shown, in the order of the menu.
pub(crate) fn each_new(evaluator: &mut Evaluator<'_>, each: &mut OnNew<'_>) {
    let outline = Outline::of(evaluator.model());
    walk::each_new(evaluator, &outline, MenuId::ROOT, each);
}

/// One run of questions.
struct Dialogue<'a, 'm> {
    evaluator: &'a mut Evaluator<'m>,
    outline: &'a Outline,
    prefix: &'a str,
    console: &'a mut dyn Console,
    questions: Questions,
    /// The menu that is being asked as a whole.
    root: MenuId,
    /// How many new symbols this round has found.
    found: usize,
    indent: usize,
}
