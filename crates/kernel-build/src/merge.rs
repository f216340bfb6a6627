//! Fragments on a base, in the ways of the tree's `scripts/kconfig/merge_config.sh`.
//!
//! ```text
//! base, fragments ─ text ─▶ merged ─▶ allnoconfig or alldefconfig with KCONFIG_ALLCONFIG ─▶ .config
//!                             └─ (-m) that is all                                              └─ what did not land
//! ```
//!
//! The resulting `.config` is the script's, byte for byte; tests run the scripts of two trees.

use kconfig::merge_config::{Merging, Notice, Precedence, Words, assigned};
use kernel_host::AbsPath;
use kernel_host::fs;

use crate::configure::ConfigureError;
use crate::error::BuildError;
use crate::resolve::{Mode, PREFIX, Resolver};

/// A file and how it is shown.
#[derive(Clone, Debug)]
pub struct Part {
    /// Where it is.
    pub path: AbsPath,
    /// How it is shown.
    pub shown: String,
}

/// What a symbol takes that neither the base nor a fragment names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unnamed {
    /// `n` (`-n`: `allnoconfig`).
    No,
    /// As the tree has it (`alldefconfig`).
    Default,
}

/// The merged text, and what there is to say about it.
#[derive(Clone, Debug)]
pub struct MergedText {
    /// The text.
    pub text: Vec<u8>,
    /// What was redefined, repeated or kept, in order.
    pub notices: Vec<Notice>,
}

/// A resolved merge.
#[derive(Clone, Debug)]
pub struct ResolvedMerge {
    /// The `.config`.
    pub text: String,
    /// What `conf` would say on standard error.
    pub warnings: String,
    /// What was asked for and is otherwise in the `.config`.
    pub missed: Vec<Missed>,
}

/// A symbol whose lines in the `.config` are not those that were asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missed {
    /// The symbol, with its prefix.
    pub symbol: String,
    /// The lines of the merged text that name it.
    pub asked: Vec<String>,
    /// The lines of the `.config` that name it.
    pub found: Vec<String>,
}

/// Lays the fragments on the base, as text.
///
/// # Errors
/// A file that cannot be read.
pub fn text(base: &Part, fragments: &[Part], precedence: Precedence) -> Result<MergedText, BuildError> {
    let mut merging = Merging::new(&fs::read(&base.path)?, PREFIX, precedence);
    for part in fragments {
        merging.add(&part.shown, &fs::read(&part.path)?);
    }
    Ok(MergedText { notices: merging.notices().to_vec(), text: merging.into_text() })
}

/// The source tree's own fragments of this name, as `make NAME.config` lays them on: `kernel/configs` first, then the
/// architecture's.
pub fn in_tree(tree: &Resolver, name: &str) -> Vec<Part> {
    let shown = |path: &AbsPath| path.relative_to(tree.srctree()).map(|path| path.display().to_string());
    let part = |path: AbsPath| Part { shown: shown(&path).unwrap_or_else(|| path.to_string()), path };
    tree.fragments(name).into_iter().map(part).collect()
}

/// The names that [`in_tree`] knows, each once.
pub fn names_in_tree(tree: &Resolver) -> Vec<String> {
    tree.fragment_names()
}

/// Resolves a merged text.
///
/// # Errors
/// Where the engine cannot.
pub fn resolve(resolver: &Resolver, merged: &[u8], unnamed: Unnamed) -> Result<ResolvedMerge, BuildError> {
    let mode = match unnamed {
        Unnamed::No => Mode::AllNo,
        Unnamed::Default => Mode::AllDef,
    };
    let resolved = resolver.run(mode, "merged", merged).map_err(ConfigureError::from)?;
    let (asked, found) = (Words::new(merged), Words::new(resolved.text.as_bytes()));
    let lines = |text: &Words<'_>, symbol: &[u8]| -> Vec<String> {
        let lines = text.lines_with(symbol);
        lines.iter().map(|line| String::from_utf8_lossy(line).into_owned()).collect()
    };
    let mut missed: Vec<Missed> = Vec::new();
    for symbol in assigned(merged, PREFIX) {
        let (asked, found) = (lines(&asked, &symbol), lines(&found, &symbol));
        let symbol = String::from_utf8_lossy(&symbol).into_owned();
        if asked != found && !missed.iter().any(|known| known.symbol == symbol) {
            missed.push(Missed { symbol, asked, found });
        }
    }
    Ok(ResolvedMerge { text: resolved.text, warnings: resolved.warnings, missed })
}
