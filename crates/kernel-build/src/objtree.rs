//! A kernel's object tree, between runs.
//!
//! Invariants: it is made from one source only; a tree that a killed run left half-made is not built on. make removes what
//! it was making when it is told to end; one that was killed outright could not, and leaves its mark behind: then the tree
//! is made anew. The mark lies beside the tree for as long as a make works in it.
//!
//! A tree may be moved with its workspace, or be a clone of another one: what bears its path is put right, so that make
//! finds it as it left it.

use std::collections::BTreeSet;

use kernel_host::AbsPath;
use kernel_host::fs::{self, FsError, Kind};

use crate::event::Voice;
use crate::state::State;

/// The mark's place, for a kernel's work directory.
pub(crate) fn mark(work: &AbsPath) -> AbsPath {
    work.join("making")
}

/// Makes the tree be one that can be built on; `origin` names what it is made from.
pub(crate) fn prepare(
    objtree: &AbsPath,
    work: &AbsPath,
    origin: &str,
    state: &mut State,
    voice: Voice<'_>,
) -> Result<(), FsError> {
    let mark = mark(work);
    let killed = fs::exists(&mark);
    let other = state.objtree.as_deref() != Some(origin);
    if killed {
        voice.note("an earlier run was killed while it compiled: the object tree is made anew");
    }
    if killed || other {
        fs::remove_dir_all(objtree)?;
        fs::remove_file(&mark)?;
        state.objtree = Some(origin.to_owned());
    }
    fs::create_dir_all(objtree)?;
    if let Some(old) = state.place.as_ref().and_then(|place| AbsPath::new(place).ok())
        && old != *objtree
    {
        put_right(objtree, &old, objtree)?;
    }
    state.place = Some(objtree.to_string());
    Ok(())
}

/// What of an object tree may bear the tree's own path: kbuild's notes, and what a compiler said that a file needs. kbuild
/// itself names everything relative to the tree; programs under `tools/` are built by other Makefiles, by absolute paths.
const BEAR_PATHS: [&str; 2] = [".cmd", ".d"];

/// Makes a tree that was at one place and is to be at another one be as if it had been made there; all times stay.
pub(crate) fn put_right(tree: &AbsPath, old: &AbsPath, new: &AbsPath) -> Result<(), FsError> {
    let (old, new) = (old.to_string(), new.to_string());
    let mut folders = vec![tree.clone()];
    while let Some(folder) = folders.pop() {
        for path in fs::list_dir(&folder)? {
            match fs::kind(&path)? {
                Kind::Directory => folders.push(path),
                Kind::File => {
                    let bears =
                        path.file_name().is_some_and(|name| BEAR_PATHS.iter().any(|end| name.ends_with(end)));
                    // Bytes that are no text bear no path.
                    let Some(text) = bears.then(|| fs::read_to_string(&path).ok()).flatten() else {
                        continue;
                    };
                    if let Some(text) = with_path(&text, &old, &new) {
                        fs::rewrite_in_its_time(&path, text.as_bytes())?;
                    }
                }
                Kind::Link | Kind::Other => {}
            }
        }
    }
    Ok(())
}

/// A text with one path in the place of another; `None` where it does not have it.
fn with_path(text: &str, old: &str, new: &str) -> Option<String> {
    // A path that goes on is another one: `…/objtree2`.
    let goes_on =
        |rest: &str| rest.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-'));
    let mut made = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(old) {
        let behind = &rest[at + old.len()..];
        made += &rest[..at];
        made += if goes_on(behind) { old } else { new };
        rest = behind;
    }
    made += rest;
    (made != text).then_some(made)
}

/// Removes what kbuild made of these files of the source tree, by its own notes; returns how many things that were.
///
/// kbuild writes beside each target `NAME` a file `.NAME.cmd` with the paths of everything that went into it
/// (`scripts/basic/fixdep.c` says what is in it).
pub(crate) fn remove_made_of(
    objtree: &AbsPath,
    srctree: &AbsPath,
    files: &BTreeSet<String>,
) -> Result<usize, FsError> {
    let mut gone = 0;
    let mut folders = vec![objtree.clone()];
    while let Some(folder) = folders.pop() {
        for path in fs::list_dir(&folder)? {
            if fs::kind(&path).is_ok_and(|kind| kind == Kind::Directory) {
                folders.push(path);
                continue;
            }
            let name = path.file_name().and_then(|name| name.strip_prefix('.')?.strip_suffix(".cmd"));
            let Some(target) = name.map(|name| folder.join(name)) else { continue };
            let notes = fs::read(&path)?;
            if names_any(&String::from_utf8_lossy(&notes), srctree, files) && fs::exists(&target) {
                fs::remove_file(&target)?;
                gone += 1;
            }
        }
    }
    Ok(gone)
}

/// Whether a text has the path of one of these files as a word.
fn names_any(text: &str, srctree: &AbsPath, files: &BTreeSet<String>) -> bool {
    let prefix = format!("{srctree}/");
    let ends = |c: char| c.is_whitespace() || matches!(c, '\\' | ')' | '"' | ';');
    text.split(ends)
        .filter_map(|word| Some(&word[word.find(&prefix)? + prefix.len()..]))
        .any(|name| files.contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_put_right_where_it_is_that_path() {
        let text = "cmd_x := gcc -I/w/a/objtree/tools -o /w/a/objtree2/x /w/a/objtree";
        assert_eq!(
            with_path(text, "/w/a/objtree", "/v/b").as_deref(),
            Some("cmd_x := gcc -I/v/b/tools -o /w/a/objtree2/x /v/b")
        );
        assert_eq!(with_path(text, "/w/b", "/v"), None);
    }

    #[test]
    fn objects_go_that_were_made_of_a_file() {
        let parent = AbsPath::new(std::env::temp_dir()).expect("absolute");
        let tree = fs::temp_dir_in(&parent, "objtree-").expect("a folder");
        let objtree = tree.path();
        let note = |target: &str, text: &str| {
            let (folder, name) = target.split_once('/').expect("a folder");
            fs::create_dir_all(&objtree.join(folder)).expect("made");
            fs::write_atomic(&objtree.join(target), b"object").expect("written");
            let notes = objtree.join(format!("{folder}/.{name}.cmd"));
            fs::write_atomic(&notes, text.as_bytes()).expect("written");
        };
        note(
            "init/main.o",
            "source_init/main.o := /src/init/main.c\n\ndeps_init/main.o := \\\n  /src/include/a.h \\\n",
        );
        note(
            "init/other.o",
            "source_init/other.o := /src/init/other.c\n\ndeps_init/other.o := \\\n  /src/include/a.hpp \\\n",
        );
        note("lib/gen.c", "cmd_lib/gen.c := sh /src/scripts/gen.sh > lib/gen.c\n");
        let srctree = AbsPath::new("/src").expect("absolute");
        let files = ["include/a.h", "scripts/gen.sh"].map(str::to_owned).into();
        assert_eq!(remove_made_of(objtree, &srctree, &files).expect("read"), 2);
        let there = ["init/main.o", "init/other.o", "lib/gen.c"].map(|name| fs::exists(&objtree.join(name)));
        assert_eq!(there, [false, true, false]);
    }
}
