//! A kernel's object tree, between runs.
//!
//! Invariants: it is made from one source only; a tree that a killed run left half-made is not built on. make removes what
//! it was making when it is told to end; one that was killed outright could not, and leaves its mark behind: then the tree
//! is made anew. The mark lies beside the tree for as long as a make works in it.

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
    fs::create_dir_all(objtree)
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
