//! The files of a tree, read once, and the Kconfig files among them ahead of time.

use std::sync::{Arc, Mutex, PoisonError};

use kernel_host::AbsPath;
use kernel_host::fs::{self, FsError};
use memchr::memmem;
use rustc_hash::FxHashMap;

/// What is known of one path: its bytes, its absence, or why it cannot be read.
type Found = Result<Option<Arc<[u8]>>, String>;

/// Files of a directory, or else of a srctree.
#[derive(Debug)]
pub(crate) struct Files {
    directory: AbsPath,
    srctree: Option<AbsPath>,
    known: Mutex<FxHashMap<String, Found>>,
}

impl Files {
    pub(crate) fn new(directory: AbsPath, srctree: Option<AbsPath>) -> Self {
        Self { directory, srctree, known: Mutex::default() }
    }

    /// Reads a file; of one tree, always the same bytes.
    pub(crate) fn read(&self, path: &str) -> Found {
        if let Some(found) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(path) {
            return found.clone();
        }
        let found = self.read_from_disk(path);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(path.to_owned()).or_insert(found).clone()
    }

    fn read_from_disk(&self, path: &str) -> Found {
        let in_tree = self.srctree.as_ref().filter(|_| !path.starts_with('/'));
        for place in [Some(&self.directory), in_tree].into_iter().flatten() {
            match fs::read(&place.join(path)) {
                Err(error) if is_absent(&error) => {}
                read => return read.map(|bytes| Some(bytes.into())).map_err(|error| error.to_string()),
            }
        }
        Ok(None)
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
