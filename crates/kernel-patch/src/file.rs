//! One patch: what it does to each of its files.

use diffy::Patch;
use diffy::binary::BinaryPatch;
use diffy::patch_set::{FileMode, FileOperation, FilePatch as Parsed, ParseOptions, PatchKind, PatchSet};

use crate::path;
use crate::scan::{ParseError, Section, sections};

/// A parsed patch.
#[derive(Debug)]
pub struct PatchFile<'t> {
    pub(crate) files: Vec<FilePatch<'t>>,
}

/// What a patch does to one file.
#[derive(Debug)]
pub(crate) struct FilePatch<'t> {
    /// The line at which its section begins, counted from 1.
    pub(crate) line: usize,
    /// Which commit of a mailbox it belongs to, counted from 1.
    pub(crate) commit: usize,
    /// The line of each hunk's header.
    pub(crate) hunk_lines: Vec<usize>,
    pub(crate) operation: Operation,
    /// The mode afterwards, where one is given.
    pub(crate) mode: Option<Mode>,
    pub(crate) body: PatchKind<'t, [u8]>,
}

/// What happens to a file as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Create(String),
    Delete(String),
    /// The two names differ where somebody compared `x.c.orig` with `x.c`.
    Modify {
        old: String,
        new: String,
    },
    Rename {
        from: String,
        to: String,
    },
    Copy {
        from: String,
        to: String,
    },
}

/// What git keeps of a mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Plain,
    Executable,
    Link,
}

impl<'t> PatchFile<'t> {
    /// Parses a patch's text, which is not compressed.
    ///
    /// # Errors
    /// The first line that is wrong.
    pub fn parse(text: &'t [u8]) -> Result<Self, ParseError> {
        let files = sections(text)?.into_iter().map(FilePatch::parse).collect::<Result<_, _>>()?;
        Ok(Self { files })
    }

    /// The files that it names, in order; a file may come more than once.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|file| file.operation.path())
    }
}

impl Operation {
    /// The name of the file that it leaves, or removes.
    pub(crate) fn path(&self) -> &str {
        match self {
            Self::Create(path) | Self::Delete(path) => path,
            Self::Modify { new, .. } => new,
            Self::Rename { to, .. } | Self::Copy { to, .. } => to,
        }
    }
}

impl<'t> FilePatch<'t> {
    fn parse(section: Section<'t>) -> Result<Self, ParseError> {
        let error = |what: String| ParseError::new(section.line, what);
        let options = if section.is_git { ParseOptions::gitdiff() } else { ParseOptions::unidiff() };
        let mut parsed = PatchSet::parse_bytes(section.text, options);
        let file = match parsed.next() {
            Some(Ok(file)) => file,
            Some(Err(cause)) => return Err(error(cause.to_string())),
            None => return Err(error("there is no diff of a file".to_owned())),
        };
        // What was counted here and what was parsed there are the same hunks, or one of the two is wrong.
        let hunks = file.patch().as_text().map_or(0, |patch| patch.hunks().len());
        if hunks != section.hunks.len() {
            return Err(error(format!("{hunks} hunks were read: expected {}", section.hunks.len())));
        }
        let mode = match file.new_mode() {
            None => None,
            Some(FileMode::Regular) => Some(Mode::Plain),
            Some(FileMode::Executable) => Some(Mode::Executable),
            Some(FileMode::Symlink) => Some(Mode::Link),
            Some(FileMode::Gitlink) => return Err(error("a submodule: expected a file".to_owned())),
        };
        let operation = operation(&file, &section).map_err(error)?;
        Ok(Self {
            line: section.line,
            commit: section.commit,
            hunk_lines: section.hunks,
            operation,
            mode,
            body: file.into_patch(),
        })
    }

    pub(crate) fn text(&self) -> Option<&Patch<'t, [u8]>> {
        self.body.as_text()
    }

    pub(crate) fn binary(&self) -> Option<&BinaryPatch<'t>> {
        self.body.as_binary()
    }
}

fn operation(file: &Parsed<'_, [u8]>, section: &Section<'_>) -> Result<Operation, String> {
    let utf8 = |name: &[u8]| {
        let name = String::from_utf8(name.to_vec());
        name.map_err(|error| format!("the name `{}` is not UTF-8", String::from_utf8_lossy(error.as_bytes())))
    };
    let stripped = |name: &[u8]| {
        let name = utf8(name)?;
        match path::strip(&name) {
            Some(path) => Ok(path.to_owned()),
            None if name.starts_with('/') => Err(format!("the name `{name}` is absolute")),
            None => Err(format!("the name `{name}` has no first folder to be left out, such as `a/`")),
        }
    };
    Ok(match file.operation() {
        FileOperation::Create(name) => Operation::Create(stripped(name)?),
        FileOperation::Delete(name) => Operation::Delete(stripped(name)?),
        FileOperation::Rename { from, to } => Operation::Rename { from: utf8(from)?, to: utf8(to)? },
        FileOperation::Copy { from, to } => Operation::Copy { from: utf8(from)?, to: utf8(to)? },
        FileOperation::Modify { original, modified } => {
            let (old, new) = (stripped(original)?, stripped(modified)?);
            let hunk = file.patch().as_text().and_then(|patch| match patch.hunks() {
                [only] => Some((only.old_range().is_empty(), only.new_range().is_empty())),
                _ => None,
            });
            // `diff -N` has no other way to say it.
            match hunk {
                Some((true, _)) if is_epoch(section, b"--- ") => Operation::Create(new),
                Some((_, true)) if is_epoch(section, b"+++ ") => Operation::Delete(old),
                _ => Operation::Modify { old, new },
            }
        }
    })
}

/// Whether the file of a name has the time that `diff -N` gives to one that is not there.
fn is_epoch(section: &Section<'_>, header: &[u8]) -> bool {
    let line = section.text.split(|byte| *byte == b'\n').find(|line| line.starts_with(header));
    let time = line.and_then(|line| line.splitn(2, |byte| *byte == b'\t').nth(1)).unwrap_or_default();
    // The first day, or in the west the evening before it.
    time.starts_with(b"1970-01-01 ") || time.starts_with(b"1969-12-31 ")
}
