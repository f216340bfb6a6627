//! Texts that other build systems keep, as requests of a manifest, with their comments.
//!
//! ```text
//! fragment            CONFIG_NET=y        ─┐
//! nixpkgs-style text  NET? m   # why      ─┼─ read ─▶ ImportedRequest… ─ edit::add_requests ─▶ [kernel.NAME.config]
//! minimal .config     (of a complete one) ─┘
//! ```
//!
//! Of a symbol that a text sets twice the last line counts, as it does for whoever reads such texts.
//!
//! Deliberately absent: files; how a complete `.config` becomes minimal, which only a tree knows.

mod nixpkgs;

use kconfig::{FragmentError, Symbol, Value, fragment};

pub use nixpkgs::NixpkgsError;

/// What sort of text it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextKind {
    /// Lines `CONFIG_X=y`.
    Fragment,
    /// A complete `.config`, as `conf` writes it.
    Complete,
    /// Lines `X y` and `X? m`.
    Nixpkgs,
}

/// A request, and what a person wrote about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedRequest {
    /// The comment and blank lines before it, as they are.
    pub before: Vec<String>,
    /// The symbol.
    pub symbol: Symbol,
    /// Its value.
    pub value: Value,
    /// Whether it may be missed.
    pub optional: bool,
    /// The comment behind it, without `#`.
    pub note: Option<String>,
}

/// What a text comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportedText {
    /// Its requests, in order, each symbol once.
    pub requests: Vec<ImportedRequest>,
    /// The comment lines behind the last one.
    pub after: Vec<String>,
}

/// Why a text cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// A line of a fragment.
    #[error("line {}: {error}", .error.line)]
    Fragment {
        /// What is wrong with it.
        error: FragmentError,
    },
    /// A line of a nixpkgs-style text.
    #[error(transparent)]
    Nixpkgs(NixpkgsError),
}

/// Tells what sort of text it is.
///
/// Where no line is of either form it is a fragment, whose errors are told then.
pub fn kind(text: &str) -> TextKind {
    if text.lines().take(4).any(|line| line.starts_with("# Automatically generated file; DO NOT EDIT")) {
        return TextKind::Complete;
    }
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    if lines().next().is_some() && lines().all(|line| nixpkgs::request(line).is_some()) {
        TextKind::Nixpkgs
    } else {
        TextKind::Fragment
    }
}

/// Reads a fragment, a minimal `.config` or a nixpkgs-style text.
///
/// # Errors
/// Every line that is wrong.
pub fn read(text: &str, kind: TextKind) -> Result<ImportedText, Vec<ImportError>> {
    let mut found = ImportedText::default();
    match kind {
        TextKind::Nixpkgs => nixpkgs::read(text, &mut found)
            .map_err(|errors| errors.into_iter().map(ImportError::Nixpkgs).collect::<Vec<_>>())?,
        TextKind::Fragment | TextKind::Complete => fragment_lines(text, &mut found).map_err(|errors| {
            errors.into_iter().map(|error| ImportError::Fragment { error }).collect::<Vec<_>>()
        })?,
    }
    found.settle();
    Ok(found)
}

fn fragment_lines(text: &str, found: &mut ImportedText) -> Result<(), Vec<FragmentError>> {
    let mut assignments = fragment::parse(text)?.into_iter().peekable();
    for (index, line) in text.lines().enumerate() {
        match assignments.next_if(|assignment| assignment.line == index + 1) {
            Some(assignment) => found.push(assignment.symbol, assignment.value, false, None),
            None => found.after.push(line.trim_end().to_owned()),
        }
    }
    Ok(())
}

impl ImportedText {
    fn push(&mut self, symbol: Symbol, value: Value, optional: bool, note: Option<String>) {
        let before = std::mem::take(&mut self.after);
        self.requests.push(ImportedRequest { before, symbol, value, optional, note });
    }

    /// Takes away what a later line sets again, and blank lines at the end.
    fn settle(&mut self) {
        let mut kept: Vec<ImportedRequest> = Vec::new();
        for mut request in std::mem::take(&mut self.requests) {
            if let Some(at) = kept.iter().position(|earlier| earlier.symbol == request.symbol) {
                // What was said about the earlier one may hold for others too.
                let mut before = kept.remove(at).before;
                match kept.get_mut(at) {
                    Some(next) => next.before.splice(0..0, before).for_each(drop),
                    None => {
                        before.append(&mut request.before);
                        request.before = before;
                    }
                }
            }
            kept.push(request);
        }
        self.requests = kept;
        while self.after.last().is_some_and(String::is_empty) {
            self.after.pop();
        }
    }
}

#[cfg(test)]
mod tests;
