//! The files of a tree, read once, and the Kconfig files among them ahead of time.

use std::sync::{Arc, Mutex, PoisonError};

use kernel_host::AbsPath;
use kernel_host::fs::{self, FsError, Stat};
use memchr::memmem;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

/// How many paths one core looks at before it takes the next.
const LOOKS_AT_ONCE: usize = 128;

/// What is known of one path: its bytes, its absence, or why it cannot be read.
type Found = Result<Option<Arc<[u8]>>, String>;

/// Where a file was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the directory, which comes first.
    Directory,
    /// In the srctree.
    Srctree,
}

/// What was seen of a path before it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sighting {
    /// Nothing, in either place.
    Absent,
    /// A file.
    Found(Place, Stat),
}

/// Files of a directory, or else of a srctree.
#[derive(Debug)]
pub(crate) struct Files {
    directory: AbsPath,
    srctree: Option<AbsPath>,
    known: Mutex<FxHashMap<String, (Found, Sighting)>>,
}

impl Files {
    pub(crate) fn new(directory: AbsPath, srctree: Option<AbsPath>) -> Self {
        Self { directory, srctree, known: Mutex::default() }
    }

    /// Reads a file; of one tree, always the same bytes.
    pub(crate) fn read(&self, path: &str) -> Found {
        if let Some((found, _)) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(path) {
            return found.clone();
        }
        let found = self.read_from_disk(path);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(path.to_owned()).or_insert(found).0.clone()
    }

    fn read_from_disk(&self, path: &str) -> (Found, Sighting) {
        for (place, root) in self.places(path) {
            let file = root.join(path);
            // Looked at first: a change while it is read shows in the next look.
            let seen = match fs::stat(&file) {
                Err(error) if is_absent(&error) => continue,
                seen => seen,
            };
            let read = fs::read(&file).map(|bytes| Some(bytes.into())).map_err(|error| error.to_string());
            let sighting = seen.map_or(Sighting::Absent, |stat| Sighting::Found(place, stat));
            return (read, sighting);
        }
        (Ok(None), Sighting::Absent)
    }

    /// Where a path is looked for.
    fn places(&self, path: &str) -> impl Iterator<Item = (Place, &AbsPath)> {
        let in_tree = self.srctree.as_ref().filter(|_| !path.starts_with('/'));
        let places = [(Place::Directory, Some(&self.directory)), (Place::Srctree, in_tree)];
        places.into_iter().filter_map(|(place, root)| Some((place, root?)))
    }

    /// What was seen of a path that has been read.
    pub(crate) fn sighting(&self, path: &str) -> Sighting {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(path).map_or(Sighting::Absent, |(_, sighting)| *sighting)
    }

    /// Whether each path would be seen as it was; looked at on all cores.
    pub(crate) fn still(&self, seen: &[(String, Sighting)]) -> bool {
        seen.par_chunks(LOOKS_AT_ONCE).all(|seen| {
            let mut directory = Absences::new(&self.directory);
            seen.iter().all(|(path, sighting)| self.is_still(path, sighting, &mut directory))
        })
    }

    fn is_still(&self, path: &str, sighting: &Sighting, directory: &mut Absences<'_>) -> bool {
        for (place, root) in self.places(path) {
            if place == Place::Directory && directory.has_none(path) {
                continue;
            }
            match (fs::stat(&root.join(path)), sighting) {
                (Err(error), _) if is_absent(&error) => {}
                (Ok(now), Sighting::Found(then, stat)) => return place == *then && now == *stat,
                _ => return false,
            }
        }
        *sighting == Sighting::Absent
    }

    /// Reads a Kconfig file and, in parallel, everything that it sources; `expand` gives variables in their names.
    pub(crate) fn read_all(&self, root: &str, expand: &(dyn Fn(&str) -> Option<String> + Sync)) {
        rayon::scope(|scope| self.read_tree(scope, root.to_owned(), expand));
    }

    fn read_tree<'s>(
        &'s self,
        scope: &rayon::Scope<'s>,
        path: String,
        expand: &'s (dyn Fn(&str) -> Option<String> + Sync),
    ) {
        if self.known.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&path) {
            return;
        }
        let Ok(Some(bytes)) = self.read(&path) else { return };
        for line in source_lines(&bytes) {
            let Some(next) = sourced_path(line).and_then(|path| expanded(path, expand)) else { continue };
            scope.spawn(move |scope| self.read_tree(scope, next, expand));
        }
    }
}

/// Folders that a directory does not have, so that nothing in them has to be looked for.
struct Absences<'d> {
    directory: &'d AbsPath,
    known: FxHashMap<String, bool>,
}

impl<'d> Absences<'d> {
    fn new(directory: &'d AbsPath) -> Self {
        Self { directory, known: FxHashMap::default() }
    }

    /// Whether a path has no chance, since a folder above it is not there.
    fn has_none(&mut self, path: &str) -> bool {
        let Some((folder, _)) = path.rsplit_once('/').filter(|(folder, _)| !folder.is_empty()) else {
            return false;
        };
        if let Some(absent) = self.known.get(folder) {
            return *absent;
        }
        let absent = self.has_none(folder)
            || fs::stat(&self.directory.join(folder)).is_err_and(|error| is_absent(&error));
        self.known.insert(folder.to_owned(), absent);
        absent
    }
}

/// Whether a path names nothing, also because something on the way to it is a file.
fn is_absent(error: &FsError) -> bool {
    error.is_absent() || error.source.kind() == std::io::ErrorKind::NotADirectory
}

/// The lines that begin with `source`.
pub(crate) fn source_lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    memmem::find_iter(text, b"source").filter_map(move |at| {
        let start = memchr::memrchr(b'\n', &text[..at]).map_or(0, |newline| newline + 1);
        let begins = text[start..at].iter().all(|byte| matches!(byte, b' ' | b'\t'));
        let goes_on = matches!(text.get(at + 6), Some(b' ' | b'\t' | b'"' | b'\''));
        let end = memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |newline| at + newline + 1);
        (begins && goes_on).then(|| &text[start..end])
    })
}

/// What stands in the quotes of a `source` line.
fn sourced_path(line: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(line).ok()?;
    let (_, rest) = text.split_once('"')?;
    rest.split_once('"').map(|(path, _)| path)
}

/// A path with its `$(VARIABLE)`s replaced.
fn expanded(path: &str, expand: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, behind)) = rest.split_once("$(") {
        let (name, after) = behind.split_once(')')?;
        out.push_str(before);
        out.push_str(&expand(name)?);
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_is_sourced() {
        let text = b"config A\n\tbool\nsource \"a/Kconfig\"\n  source \"arch/$(SRCARCH)/Kconfig\"\n# source \"c\"\nsources \"d\"\n";
        let names = |name: &str| (name == "SRCARCH").then(|| "x86".to_owned());
        let found: Vec<Option<String>> =
            source_lines(text).map(|line| expanded(sourced_path(line)?, &names)).collect();
        assert_eq!(found, [Some("a/Kconfig".to_owned()), Some("arch/x86/Kconfig".to_owned())]);
        assert_eq!(expanded("$(UNKNOWN)/Kconfig", &names), None);
        assert_eq!(expanded("$(UNKNOWN", &names), None);
    }
}
