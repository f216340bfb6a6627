//! A kernel's object tree, between runs.
//!
//! Invariants: it is made from one source only; a tree that a killed run left half-made is not built on. make removes what
//! it was making when it is told to end; one that was killed outright could not, and leaves its mark behind: then the tree
//! is made anew. The mark lies beside the tree for as long as a make works in it.

use kernel_host::AbsPath;
use kernel_host::fs::{self, FsError};

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
