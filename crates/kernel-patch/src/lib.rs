//! Patches of a source tree: parsed strictly and applied in memory.
//!
//! ```text
//! bytes ── plain, PatchFile::parse ──▶ PatchFile ─┐
//! Tree (what is on disk, read only) ──────────────┴─ Stack::apply ──▶ Applied, or Refused: the stack is as it was
//!                                                      └─ changes ──▶ the files that differ from the tree's
//! PatchFile, Applied ── refresh ──▶ the same patch, without offsets
//! ```
//!
//! Understood are unified diffs, mails and mailboxes with several of them, and git's extended headers: new, deleted,
//! renamed and copied files, modes, symbolic links, binary contents as literals and deltas. Names lose their first folder
//! (`-p1`), but those of `rename` and `copy`, which have none to lose.
//!
//! | crate | what it does here |
//! |---|---|
//! | `diffy` | names and their quoting, hunks, base85, zlib and deltas of one file's section |
//! | `mailparse` | mails that were encoded for their transport |
//! | own code | sections and their lines, for `diffy` passes over what is between them and over hunks behind it; and applying, for it tells neither where a hunk landed nor what was found instead |
//!
//! Invariants: every line of a hunk's context is there, to the byte (no fuzz); what landed elsewhere than its header says is
//! reported; where two places are equally near, neither is taken; a patch applies whole or not at all; no name leads out of
//! the tree, through a symbolic link, or into `.git`.
//!
//! Deliberately absent: files and processes, compression, kernels, where patches come from.

mod apply;
mod file;
mod hunk;
mod mail;
mod path;
mod refresh;
mod refused;
mod scan;
mod series;
#[cfg(test)]
mod tests;
mod tree;

pub use apply::{Applied, AppliedFile, Stack};
pub use file::PatchFile;
pub use hunk::Landing;
pub use mail::plain;
pub use refresh::refresh;
pub use refused::{FileRefusal, Misfit, Reason, Refused};
pub use scan::ParseError;
pub use series::{SeriesError, series};
pub use tree::{Entry, State, Tree, TreeError};
