//! Patches tried on a tree without building: a report on each, and those with offsets rewritten.

use kernel_host::AbsPath;
use kernel_host::compressed::{Compression, compression};
use kernel_host::fs;
use kernel_patch::{PatchFile, Refused, Stack, plain, refresh};
use kernel_spec::{Conditions, KernelEntry};

use super::{DiskTree, PatchError, PatchPart, Place, Text, offsets};

/// What became of one file of a patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatchReport {
    /// The patch's name.
    pub name: String,
    /// The file.
    pub file: String,
    /// What became of it.
    pub outcome: PatchOutcome,
}

/// What became of one file of a patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatchOutcome {
    /// It applies as it is.
    Applies,
    /// It applies, but not where its hunks say; each of those.
    Offset(Vec<String>),
    /// It is not applied here: its `when`.
    Inactive(String),
    /// It is in the tree already, or reversed.
    Already,
    /// It does not apply, or is no patch.
    Fails {
        /// Why.
        why: Vec<String>,
        /// What to do about it.
        hint: Option<String>,
    },
}

impl PatchOutcome {
    /// Its word in a table.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Applies => "applies",
            Self::Offset(_) => "offset",
            Self::Inactive(_) => "inactive",
            Self::Already => "already",
            Self::Fails { .. } => "fails",
        }
    }

    /// Whether a build would go on.
    pub fn is_good(&self) -> bool {
        matches!(self, Self::Applies | Self::Offset(_) | Self::Inactive(_))
    }

    /// What else there is to say.
    pub fn lines(&self) -> Vec<String> {
        match self {
            Self::Applies => Vec::new(),
            Self::Offset(lines) => lines.clone(),
            Self::Inactive(when) => vec![format!("when {when}")],
            Self::Already => {
                vec!["all of it is in the tree, or it was made in the wrong direction".to_owned()]
            }
            Self::Fails { why, .. } => why.clone(),
        }
    }
}

/// A patch that was rewritten, or why it was not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refreshed {
    /// The patch's name.
    pub name: String,
    /// The file.
    pub file: String,
    /// Why it was left as it is; absent where it was rewritten.
    pub left: Option<String>,
}

/// What is tried: the patches whose conditions hold, in order; the others are told.
pub(crate) struct Trial<'a> {
    pub(crate) kernel: &'a KernelEntry,
    pub(crate) tree: &'a AbsPath,
    pub(crate) under: &'a Conditions,
}

impl Trial<'_> {
    /// Tries each upon those before it that apply; `text` reads one.
    pub(crate) fn run<E>(
        &self,
        parts: &[PatchPart],
        mut text: impl FnMut(&PatchPart) -> Result<Text, E>,
        mut each: impl FnMut(PatchReport, Option<(&Text, Vec<u8>)>) -> Result<(), E>,
    ) -> Result<(), E> {
        let disk = DiskTree(self.tree);
        let mut stack = Stack::new(&disk);
        for part in parts {
            let report = |outcome| PatchReport { name: part.name.clone(), file: part.file.clone(), outcome };
            if !part.is_applied(self.kernel, self.under) {
                let when = part.entry(self.kernel).and_then(|entry| entry.when.as_ref());
                each(
                    report(PatchOutcome::Inactive(when.map(ToString::to_string).unwrap_or_default())),
                    None,
                )?;
                continue;
            }
            let text = text(part)?;
            let plain = plain(&text.bytes);
            let patch = match plain.as_deref().map_err(Clone::clone).and_then(PatchFile::parse) {
                Ok(patch) => patch,
                Err(error) => {
                    let hint = error.hint.map(str::to_owned);
                    each(report(PatchOutcome::Fails { why: vec![error.to_string()], hint }), None)?;
                    continue;
                }
            };
            match stack.apply(&patch) {
                Ok(applied) => match offsets(&applied) {
                    lines if lines.is_empty() => each(report(PatchOutcome::Applies), None)?,
                    lines => {
                        let fresh = refresh(plain.as_deref().unwrap_or_default(), &patch, &applied);
                        each(report(PatchOutcome::Offset(lines)), Some((&text, fresh)))?;
                    }
                },
                Err(Refused::Already) => each(report(PatchOutcome::Already), None)?,
                Err(refused) => {
                    let (why, hint) = (refused.lines(), refused.hint());
                    each(report(PatchOutcome::Fails { why, hint }), None)?;
                }
            }
        }
        Ok(())
    }
}

/// Writes a patch's new text over the old one, where that is a plain file of the workspace.
pub(crate) fn rewrite(text: &Text, fresh: &[u8]) -> Result<Refreshed, PatchError> {
    let PatchPart { name, file, place, .. } = &text.part;
    let left = match place {
        Place::Url(_) => Some("it is not the workspace's own".to_owned()),
        Place::File(path) => {
            let packed = compression(file, &fs::read(path)?) != Compression::None;
            if !packed {
                fs::write_atomic(path, fresh)?;
            }
            packed.then(|| "it is compressed: decompress it first".to_owned())
        }
    };
    Ok(Refreshed { name: name.clone(), file: file.clone(), left })
}
