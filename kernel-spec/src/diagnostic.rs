//! Places in text, and what is wrong there.

use std::ops::Range;
use std::sync::Arc;

/// A text and the name under which it is shown to people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceText {
    /// The path to show, relative to the workspace: `Kernel.toml`.
    pub path: String,
    /// The whole text.
    pub text: String,
}

/// A place in a [`SourceText`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The text that it is in.
    pub source: Arc<SourceText>,
    /// The byte range in that text.
    pub span: Range<usize>,
}

impl Location {
    /// Line and column of the start, both counted from 1; the column in characters.
    pub fn line_column(&self) -> (usize, usize) {
        let before = &self.source.text[..self.span.start.min(self.source.text.len())];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (line, column)
    }
}

impl std::fmt::Display for Location {
    /// `Kernel.toml:14:1`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (line, column) = self.line_column();
        write!(f, "{}:{line}:{column}", self.source.path)
    }
}

/// A value and where it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands; `None` for a default that nobody wrote.
    pub location: Option<Location>,
}

/// An error in a text that a person wrote: one fragment of a sentence, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Lowercase, no full stop, literals in backticks, found before expected.
    pub message: String,
    /// The place to underline; `None` where the whole file is meant.
    pub location: Option<Location>,
    /// Words beside the carets, often empty.
    pub label: String,
    /// What to write instead.
    pub hint: Option<String>,
}
