//! A kernel's patches: their files, and what becomes of a tree.
//!
//! ```text
//! [[kernel.*.patch]] ─ parts ─▶ PatchPart, one for each file: read when the workspace is, for its digest is locked
//! PatchParts whose `when` holds, tree ─ apply ─▶ the files that differ      (source::patched puts them on disk)
//!                                     ─ check ─▶ a report on each, whatever becomes of the others
//! ```
//!
//! A folder's `series` gives the order; without one it is that of the names, as for a glob. What stands in a folder and
//! is no patch by its name is passed over.

mod check;
mod error;

use std::collections::BTreeMap;

use kernel_host::AbsPath;
use kernel_host::compressed;
use kernel_host::digest::sha256;
use kernel_host::fs::{self, FsError, Kind};
use kernel_patch::{Applied, Entry, PatchFile, Stack, State, Tree, TreeError, plain};
use kernel_spec::{Conditions, Diagnostic, KernelEntry, PatchEntry, PatchOrigin, PatchPin, Sha256, Spanned};

use crate::load::LoadError;
use crate::workspace::Workspace;

pub use check::{PatchOutcome, PatchReport, Refreshed};
pub(crate) use check::{Trial, rewrite};
pub use error::PatchError;

/// The longest patch, decompressed.
const LIMIT: u64 = 256 << 20;

/// What the name of a patch's file ends with, before `.gz` and its like.
const ENDINGS: [&str; 3] = [".patch", ".diff", ".mbox"];
const COMPRESSED: [&str; 6] = ["", ".gz", ".bz2", ".xz", ".lzma", ".zst"];

/// One file of a patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatchPart {
    /// The patch's name in the manifest.
    pub name: String,
    /// The file, relative to the manifest, or its address.
    pub file: String,
    /// The file's digest.
    pub digest: Sha256,
    pub(crate) place: Place,
    /// Which of the kernel's patches it belongs to.
    entry: usize,
}

/// Where a patch's file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    File(AbsPath),
    Url(String),
}

impl PatchPart {
    /// Its line in the lockfile.
    pub(crate) fn pin(&self) -> PatchPin {
        PatchPin { name: self.name.clone(), file: self.file.clone(), sha256: self.digest }
    }

    /// Its name and file, as keys have them.
    pub(crate) fn label(&self) -> String {
        format!("{} {}", self.name, self.file)
    }

    /// The patch that it belongs to.
    pub(crate) fn entry<'k>(&self, kernel: &'k KernelEntry) -> Option<&'k PatchEntry> {
        kernel.patches.get(self.entry)
    }

    /// Its file, where it is one of this machine.
    pub(crate) fn file_here(&self) -> Option<AbsPath> {
        match &self.place {
            Place::File(path) => Some(path.clone()),
            Place::Url(_) => None,
        }
    }

    /// Whether it is applied under these conditions.
    pub(crate) fn is_applied(&self, kernel: &KernelEntry, under: &Conditions) -> bool {
        let when = self.entry(kernel).and_then(|entry| entry.when.as_ref());
        when.is_none_or(|when| when.holds(under))
    }
}

/// The files of a kernel's patches, in order; what is wrong with them goes to the others' errors.
pub(crate) fn parts(
    workspace: &Workspace,
    kernel: &KernelEntry,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Vec<PatchPart>, LoadError> {
    let mut parts = Vec::new();
    for (entry, patch) in kernel.patches.iter().enumerate() {
        let name = &patch.name.value;
        let make = |file, digest, place| PatchPart { name: name.clone(), file, digest, place, entry };
        match &patch.origin {
            None => {}
            Some(PatchOrigin::Url { url, sha256 }) => {
                parts.push(make(url.value.clone(), *sha256, Place::Url(url.value.clone())));
            }
            Some(PatchOrigin::Path(path)) => match files(workspace, path)? {
                Ok(files) => {
                    for file in files {
                        let digest = Sha256(sha256(&fs::read(&file)?));
                        parts.push(make(workspace.show(&file), digest, Place::File(file)));
                    }
                }
                Err(message) => {
                    let location = path.location.clone();
                    diagnostics.push(Diagnostic { location, ..Diagnostic::new(message) });
                }
            },
        }
    }
    Ok(parts)
}

/// The files that a `path` names, in order; the inner error is for people.
fn files(workspace: &Workspace, path: &Spanned<String>) -> Result<Result<Vec<AbsPath>, String>, FsError> {
    let (root, text) = (workspace.root(), &path.value);
    let place = root.join(text);
    if fs::is_file(&place) {
        return Ok(Ok(vec![place]));
    }
    if fs::is_dir(&place) {
        let series = place.join("series");
        if fs::is_file(&series) {
            return by_series(workspace, &place, &series);
        }
        let found: Vec<AbsPath> =
            fs::list_dir(&place)?.into_iter().filter(|file| fs::is_file(file) && is_patch(file)).collect();
        let none = format!("`{text}` has no `series` and no `.patch` file");
        return Ok(if found.is_empty() { Err(none) } else { Ok(found) });
    }
    let found = match fs::glob(root, text) {
        Ok(found) => found,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let found: Vec<AbsPath> = found.into_iter().filter(fs::is_file).collect();
    Ok(if found.is_empty() { Err(format!("`{text}` matches no file")) } else { Ok(found) })
}

fn by_series(
    workspace: &Workspace,
    folder: &AbsPath,
    series: &AbsPath,
) -> Result<Result<Vec<AbsPath>, String>, FsError> {
    let text = fs::read_to_string(series)?;
    let shown = workspace.show(series);
    let names = match kernel_patch::series(&text) {
        Ok(names) => names,
        Err(error) => return Ok(Err(format!("`{shown}`, {error}"))),
    };
    let files: Vec<AbsPath> = names.iter().map(|name| folder.join(name)).collect();
    Ok(match files.iter().find(|file| !fs::is_file(file)) {
        Some(missing) => Err(format!("`{shown}` names `{}`, which is not there", workspace.show(missing))),
        None => Ok(files),
    })
}

fn is_patch(file: &AbsPath) -> bool {
    let name = file.file_name().unwrap_or_default();
    let plain = COMPRESSED.iter().rev().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    ENDINGS.iter().any(|end| plain.ends_with(end))
}

/// A tree on disk, to be looked at.
pub(crate) struct DiskTree<'a>(pub(crate) &'a AbsPath);

impl Tree for DiskTree<'_> {
    fn entry(&self, path: &str) -> Result<Option<Entry>, TreeError> {
        let said = |error: FsError| TreeError(error.to_string());
        let place = self.0.join(path);
        let seen = match fs::look(&place) {
            Ok(seen) => seen,
            Err(error) if error.is_absent() || error.source.kind() == std::io::ErrorKind::NotADirectory => {
                return Ok(None);
            }
            Err(error) => return Err(said(error)),
        };
        Ok(Some(match seen.kind {
            Kind::File => Entry::File { bytes: fs::read(&place).map_err(said)?, executable: seen.executable },
            Kind::Link => {
                let target = fs::read_link(&place).map_err(said)?;
                Entry::Link(target.to_string_lossy().into_owned().into_bytes())
            }
            Kind::Directory => Entry::Directory,
            Kind::Other => Entry::Other,
        }))
    }
}

/// A patch's part with its text.
pub(crate) struct Text {
    pub(crate) part: PatchPart,
    pub(crate) bytes: Vec<u8>,
}

impl Text {
    /// Decompresses what was read, if it is what was locked.
    pub(crate) fn of(part: &PatchPart, path: &AbsPath, bytes: &[u8]) -> Result<Self, PatchError> {
        let found = Sha256(sha256(bytes));
        if found != part.digest {
            return Err(PatchError::Other { file: part.file.clone(), found, expected: part.digest });
        }
        let bytes = compressed::decompress(path, bytes, LIMIT)?;
        Ok(Self { part: part.clone(), bytes })
    }
}

/// What patches make of a tree.
pub(crate) struct Patches {
    /// The files that differ.
    pub(crate) files: BTreeMap<String, State>,
    /// How each was applied.
    pub(crate) applied: Vec<(PatchPart, Applied)>,
}

/// Applies patches in order.
pub(crate) fn apply(kernel: &KernelEntry, texts: &[Text], tree: &AbsPath) -> Result<Patches, PatchError> {
    let disk = DiskTree(tree);
    let mut stack = Stack::new(&disk);
    let mut applied = Vec::new();
    for Text { part, bytes } in texts {
        let (kernel, name, file) = (kernel.name.value.clone(), part.name.clone(), part.file.clone());
        let plain = plain(bytes);
        let patch = match plain.as_deref().map_err(Clone::clone).and_then(PatchFile::parse) {
            Ok(patch) => patch,
            Err(error) => return Err(PatchError::Text { name, file, error }),
        };
        match stack.apply(&patch) {
            Ok(this) => applied.push((part.clone(), this)),
            Err(refused) => return Err(PatchError::Refused { kernel, name, file, refused }),
        }
    }
    Ok(Patches { files: stack.changes().clone(), applied })
}

/// Each hunk that landed elsewhere, in words.
pub(crate) fn offsets(applied: &Applied) -> Vec<String> {
    let said = |(path, landing): (&str, &kernel_patch::Landing)| {
        let (count, side) =
            (landing.offset.unsigned_abs(), if landing.offset < 0 { "above" } else { "below" });
        let lines = if count == 1 { "line" } else { "lines" };
        format!(
            "hunk {} of `{path}` landed {count} {lines} {side} its own, at line {}",
            landing.hunk, landing.line
        )
    };
    applied.offsets().map(said).collect()
}
