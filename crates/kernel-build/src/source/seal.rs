//! What a tree consisted of when it was unpacked, and whether it still does.
//!
//! ```text
//! file x 1234 1732700000 <sha256>\0scripts/run.sh\n       x: may be executed, else -
//! link ../arm64\0arch/arm/boot/dts\n
//! ```
//!
//! The quick look compares lengths, times and modes, which takes as long as `ls -R`; the thorough one compares every byte.
//! A change that keeps length and time is found by the thorough look alone. Names that are not UTF-8, or that hold a line
//! feed, are not looked at; kernels have none.

use std::collections::HashSet;
use std::fmt;
use std::io::ErrorKind;

use kernel_host::AbsPath;
use kernel_host::archive::{Content, Member};
use kernel_host::cancel::Cancel;
use kernel_host::digest::{hex, parse_hex, sha256_file};
use kernel_host::fs::{self, Folder, FsError, Kind};

/// How a tree differs from what was unpacked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// Relative to the tree.
    pub path: String,
    /// What happened to it.
    pub what: ChangeKind,
}

/// What happened to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeKind {
    /// It is not there any more.
    Missing,
    /// It was not there.
    Added,
    /// It has other contents, another time, another mode, or is something else.
    Changed,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.what {
            ChangeKind::Missing => "is missing",
            ChangeKind::Added => "was added",
            ChangeKind::Changed => "was changed",
        };
        write!(f, "`{}` {what}", self.path)
    }
}

/// Writes down what a tree consists of.
pub(crate) fn write(path: &AbsPath, members: &[Member]) -> Result<(), FsError> {
    let mut text = String::new();
    for member in members {
        let Some(name) = member.path.to_str().filter(|name| !name.contains('\n')) else { continue };
        match &member.content {
            Content::File { len, mtime, executable, sha256 } => {
                let mode = if *executable { 'x' } else { '-' };
                text += &format!("file {mode} {len} {mtime} {}\0{name}\n", hex(sha256));
            }
            Content::Link(target) => {
                if let Some(target) = target.to_str().filter(|target| !target.contains('\n')) {
                    text += &format!("link {target}\0{name}\n");
                }
            }
        }
    }
    fs::write_atomic(path, text.as_bytes())
}

/// One line.
struct Sealed<'t> {
    path: &'t str,
    content: Sealing<'t>,
}

enum Sealing<'t> {
    File { len: u64, mtime: i64, executable: bool, sha256: &'t str },
    Link(&'t str),
}

fn parse(line: &str) -> Option<Sealed<'_>> {
    let (content, path) = line.split_once('\0')?;
    let (kind, rest) = content.split_once(' ')?;
    let content = if kind == "link" {
        Sealing::Link(rest)
    } else {
        let mut words = rest.split(' ');
        let executable = words.next()? == "x";
        let (len, mtime) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        Sealing::File { len, mtime, executable, sha256: words.next()? }
    };
    Some(Sealed { path, content })
}

/// How thoroughly a file is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    Quick,
    Thorough,
}

/// The paths of the files and of the links in a seal's text.
pub(crate) fn names(text: &str) -> (Vec<&str>, Vec<&str>) {
    let (mut files, mut links) = (Vec::new(), Vec::new());
    for sealed in text.lines().filter_map(parse) {
        match sealed.content {
            Sealing::File { .. } => files.push(sealed.path),
            Sealing::Link(_) => links.push(sealed.path),
        }
    }
    (files, links)
}

/// Compares lengths, times and modes but of these paths; tells the first change that each thread met.
pub(crate) fn quick(
    tree: &AbsPath,
    seal: &AbsPath,
    but: &HashSet<&str>,
    cancel: &Cancel,
) -> Result<Vec<Change>, FsError> {
    compare(tree, seal, Look::Quick, but, cancel)
}

/// Compares every byte, and looks for what was added.
pub(crate) fn thorough(tree: &AbsPath, seal: &AbsPath, cancel: &Cancel) -> Result<Vec<Change>, FsError> {
    let mut changes = compare(tree, seal, Look::Thorough, &HashSet::new(), cancel)?;
    let text = fs::read_to_string(seal)?;
    let known: HashSet<&str> = text.lines().filter_map(parse).map(|sealed| sealed.path).collect();
    let mut waiting = vec![tree.clone()];
    while let Some(folder) = waiting.pop() {
        for path in fs::list_dir(&folder)? {
            if fs::kind(&path)? == Kind::Directory {
                waiting.push(path);
                continue;
            }
            let name = path.relative_to(tree).and_then(|name| name.to_str()).unwrap_or_default();
            if !known.contains(name) {
                changes.push(Change { path: name.to_owned(), what: ChangeKind::Added });
            }
        }
    }
    changes.sort();
    Ok(changes)
}

fn compare(
    tree: &AbsPath,
    seal: &AbsPath,
    look: Look,
    but: &HashSet<&str>,
    cancel: &Cancel,
) -> Result<Vec<Change>, FsError> {
    let text = fs::read_to_string(seal)?;
    let threads = kernel_host::env::available_cpus().min(8);
    let changes: Result<Vec<Vec<Change>>, FsError> = std::thread::scope(|scope| {
        let parts = parts(&text, threads).into_iter();
        let parts: Vec<_> =
            parts.map(|part| scope.spawn(|| compare_part(tree, part, look, but, cancel))).collect();
        parts
            .into_iter()
            .map(|part| part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    let mut changes: Vec<Change> = changes?.into_iter().flatten().collect();
    changes.sort();
    Ok(changes)
}

/// A text in so many parts of whole lines, about as long as each other.
fn parts(text: &str, count: usize) -> Vec<&str> {
    let length = text.len().div_ceil(count).max(1);
    let (mut parts, mut rest) = (Vec::new(), text);
    while !rest.is_empty() {
        let end = rest.as_bytes().get(length..).and_then(|tail| tail.iter().position(|byte| *byte == b'\n'));
        let (part, tail) = rest.split_at(end.map_or(rest.len(), |end| length + end + 1));
        parts.push(part);
        rest = tail;
    }
    parts
}

fn compare_part(
    tree: &AbsPath,
    part: &str,
    look: Look,
    but: &HashSet<&str>,
    cancel: &Cancel,
) -> Result<Vec<Change>, FsError> {
    let mut changes = Vec::new();
    let top = Folder::open(tree)?;
    // Lines are sorted: those of one folder follow each other.
    let mut open: Option<(&str, Option<Folder>)> = None;
    for line in part.lines() {
        let Some(sealed) = parse(line).filter(|sealed| !but.contains(sealed.path)) else { continue };
        let (folder, name) = sealed.path.rsplit_once('/').unwrap_or(("", sealed.path));
        if open.as_ref().is_none_or(|(path, _)| *path != folder) {
            let opened = if folder.is_empty() { Folder::open(tree) } else { top.below(folder) };
            let opened = match opened {
                Ok(opened) => Some(opened),
                // Something else may stand in its place.
                Err(error)
                    if matches!(error.source.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
                {
                    None
                }
                Err(error) => return Err(error),
            };
            open = Some((folder, opened));
        }
        let folder = open.as_ref().and_then(|(_, folder)| folder.as_ref());
        let what = match folder {
            Some(folder) => change(tree, folder, name, &sealed, look)?,
            None => Some(ChangeKind::Missing),
        };
        if let Some(what) = what {
            changes.push(Change { path: sealed.path.to_owned(), what });
            if look == Look::Quick {
                break;
            }
        }
        if cancel.requested() {
            break;
        }
    }
    Ok(changes)
}

fn change(
    tree: &AbsPath,
    folder: &Folder,
    name: &str,
    sealed: &Sealed<'_>,
    look: Look,
) -> Result<Option<ChangeKind>, FsError> {
    let path = || tree.join(sealed.path);
    let found = match folder.look(name) {
        Ok(found) => found,
        Err(error) if error.is_absent() => return Ok(Some(ChangeKind::Missing)),
        Err(error) => return Err(error),
    };
    let same = match sealed.content {
        Sealing::Link(target) => found.kind == Kind::Link && fs::read_link(&path())?.to_str() == Some(target),
        Sealing::File { len, mtime, executable, sha256 } => {
            found.kind == Kind::File
                && found.len == len
                && found.executable == executable
                && match look {
                    Look::Quick => found.mtime_seconds == mtime,
                    Look::Thorough => Some(sha256_file(&path())?) == parse_hex(sha256),
                }
        }
    };
    Ok((!same).then_some(ChangeKind::Changed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_whole_lines_and_all_of_them() {
        let text = "a\nbb\n\nlonger than the others\nc\n";
        for count in 1..9 {
            let parts = parts(text, count);
            assert!(parts.len() <= count && parts.iter().all(|part| part.ends_with('\n')), "{parts:?}");
            assert_eq!(parts.concat(), text);
        }
        assert_eq!(parts("no end", 3), ["no end"]);
        assert!(parts("", 3).is_empty());
    }
}
