//! From a verified build to an artifact in its place.
//!
//! ```text
//! <work>/store-…/        written here, with kernel.json last, all on disk before
//!        ▼ exchanged    ─▶ <target>/kernel/<name>/
//! ```
//!
//! Invariant: what stands in an artifact's place was verified and is whole. Who reads it sees the one before or the new
//! one, never something between.

use kernel_host::AbsPath;
use kernel_host::digest::{hex, sha256};
use kernel_host::fs::{self, FsError};

use crate::record::{FileKind, FileRecord, LoadRecord, RECORD, Record};
use crate::sibling;
use crate::state::FileMemo;
use crate::verify::Verified;

/// What a directory of a run that has not ended yet starts with.
const PREFIX: &str = "store-";

/// What directories start with that a killed run may have left.
const LEFT: [&str; 2] = [PREFIX, sibling::PREFIX];

/// Removes what a killed run left.
pub(crate) fn tidy(work: &AbsPath) -> Result<(), FsError> {
    if !fs::is_dir(work) {
        return Ok(());
    }
    let left = fs::list_dir(work)?
        .into_iter()
        .filter(|path| path.file_name().is_some_and(|name| LEFT.iter().any(|left| name.starts_with(left))));
    left.into_iter().try_for_each(|path| fs::remove_dir_all(&path))
}

/// Stores a build; the record's `files` are filled in here. Returns the record and the files as they lie there.
pub(crate) fn store(
    verified: &Verified,
    objtree: &AbsPath,
    work: &AbsPath,
    place: &AbsPath,
    mut record: Record,
) -> Result<(Record, Vec<FileMemo>), FsError> {
    let directory = fs::temp_dir_in(work, PREFIX)?;
    let images = verified.images().iter().map(|image| {
        let load = image.facts.as_ref().map(LoadRecord::from);
        (image.path.clone(), image.image.as_str(), FileKind::Image, load)
    });
    let others = [("System.map", FileKind::SystemMap), (".config", FileKind::Config)];
    let others = others.map(|(name, kind)| (objtree.join(name), name, kind, None));
    for (from, name, kind, load) in images.chain(others) {
        let bytes = fs::read(&from)?;
        // Flushed to the disk, one by one, before the directory takes its place.
        fs::write_atomic(&directory.path().join(name), &bytes)?;
        let (size, sha256) = (bytes.len() as u64, hex(&sha256(&bytes)));
        record.files.push(FileRecord { name: name.to_owned(), kind, sha256, size, load });
    }
    fs::write_atomic(&directory.path().join(RECORD), record.render().as_bytes())?;
    fs::sync_dir(directory.path())?;
    fs::exchange_dir(directory.path(), place)?;
    let memos = record.files.iter().map(|file| FileMemo::new(&file.name, &place.join(&file.name)));
    let memos = memos.collect::<Result<Vec<_>, _>>()?;
    Ok((record, memos))
}
