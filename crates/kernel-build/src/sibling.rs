//! Object trees of the user, to begin a new kernel's from the nearest one.
//!
//! ```text
//! <cache>/objtrees-v1/<kind>/<digest of a work directory>   that directory; touched when a build of it ended well
//! ```
//!
//! A *kind* is what must be the same for objects to be of any use: the source tree and where it lies, the architecture,
//! and the programs that compile. Of the trees of one kind the one is nearest whose `.config` differs in the fewest symbols.
//! It is cloned (by reflinks where the file system has them) with all its times, and what bears its path is put right
//! ([`objtree::move_to`]); then make finds everything as it left it, and makes what the other `.config` asks for.
//!
//! Invariants: nobody builds in a tree while it is cloned; a clone has its name only when it is whole; a tree that make may
//! have left half-made is not cloned. What the list says is looked at before it is believed, and a directory that is gone is
//! struck off.
//!
//! Deliberately absent: trees of patched kernels among each other, for each has a source tree of its own.

use std::collections::BTreeSet;

use kconfig::{DotConfig, difference};
use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::digest::{hex, sha256};
use kernel_host::env::Env;
use kernel_host::fs::{self, FsError, Kind, Links, Sharer};
use kernel_host::lock::FileLock;

use crate::objtree;
use crate::state::State;
use crate::toolchain::Toolchain;

/// The folder of notes in the user's cache.
const OBJTREES: &str = "objtrees-v1";

/// What a folder starts with that is on its way to be an object tree.
pub(crate) const PREFIX: &str = "clone-";

/// More notes than these are not looked at: those of the trees that were built last are.
const MOST: usize = 24;

/// The object trees of one kind.
pub(crate) struct Siblings {
    notes: AbsPath,
}

/// An object tree that nobody builds in meanwhile.
pub(crate) struct Sibling {
    /// The directory that it lies in, with its memo.
    pub(crate) work: AbsPath,
    /// How many symbols have another value there.
    pub(crate) apart: usize,
    /// What was left of it.
    pub(crate) state: State,
    _lock: FileLock,
}

impl Siblings {
    /// Those of a source tree, as [`crate::source::SourceTree::origin`] names it, under a toolchain.
    pub(crate) fn of(origin: &str, toolchain: &Toolchain, env: &Env) -> Option<Self> {
        let identity = &toolchain.identity;
        let kind = format!("{origin}\0{}\0{identity}", toolchain.make_vars().join("\0"));
        Some(Self { notes: env.cache_dir()?.join(OBJTREES).join(hex(&sha256(kind.as_bytes()))) })
    }

    /// Notes that a build in a work directory ended well.
    pub(crate) fn note(&self, work: &AbsPath) -> Result<(), FsError> {
        let note = self.notes.join(hex(&sha256(work.to_string().as_bytes())));
        if fs::is_file(&note) {
            return fs::touch(&note);
        }
        fs::create_dir_all(&self.notes)?;
        fs::write_cache(&note, work.to_string().as_bytes())
    }

    /// The nearest to a `.config`, but the one in this work directory; `None` where none is near.
    pub(crate) fn nearest(&self, origin: &str, config: &DotConfig, own: &AbsPath) -> Option<Sibling> {
        let notes = fs::list_dir(&self.notes).ok()?;
        let mut notes: Vec<(i64, AbsPath)> =
            notes.into_iter().filter_map(|note| Some((fs::mtime_nanos(&note).ok()?, note))).collect();
        notes.sort();
        let mut near: Vec<(usize, AbsPath)> = notes
            .iter()
            .rev()
            .take(MOST)
            .filter_map(|(_, note)| {
                let work = AbsPath::new(fs::read_to_string(note).ok()?).ok().filter(|work| work != own)?;
                let Ok(text) = fs::read_to_string(&work.join("objtree/.config")) else {
                    // Whoever removed it did not know of the note.
                    let _ = fs::remove_file(note);
                    return None;
                };
                Some((difference(&DotConfig::parse(&text).ok()?, config).len(), work))
            })
            .collect();
        near.sort();
        // Where most symbols differ, most objects do.
        let is_near = |apart: usize| apart * 2 < config.iter().count();
        near.into_iter().take_while(|(apart, _)| is_near(*apart)).find_map(|(apart, work)| {
            let _lock = FileLock::try_shared(&work.join("lock")).ok()??;
            let state = State::read(&work.join("state.json"));
            let is_good = state.objtree.as_deref() == Some(origin)
                && !fs::exists(&objtree::mark(&work))
                && fs::is_file(&work.join("objtree/include/config/auto.conf"));
            is_good.then_some(Sibling { work, apart, state, _lock })
        })
    }
}

impl Sibling {
    /// The tree.
    pub(crate) fn objtree(&self) -> AbsPath {
        self.work.join("objtree")
    }

    /// Puts a clone of it in the place of an object tree; `work` is the directory that the tree lies in.
    pub(crate) fn clone_to(&self, to: &AbsPath, work: &AbsPath, cancel: &Cancel) -> Result<(), FsError> {
        let from = self.objtree();
        let clone = fs::temp_dir_in(work, PREFIX)?;
        let (mut files, mut links, mut folders) = (Vec::new(), Vec::new(), BTreeSet::new());
        let mut waiting = vec![from.clone()];
        while let Some(folder) = waiting.pop() {
            for path in fs::list_dir(&folder)? {
                let Some(name) = path.relative_to(&from).and_then(|name| name.to_str()) else { continue };
                match fs::kind(&path)? {
                    Kind::Directory => {
                        folders.insert(name.to_owned());
                        waiting.push(path);
                    }
                    Kind::Link => links.push(name.to_owned()),
                    Kind::File => files.push(name.to_owned()),
                    Kind::Other => {}
                }
            }
        }
        for folder in &folders {
            fs::create_dir_all(&clone.path().join(folder))?;
        }
        files.sort();
        let names: Vec<&str> = files.iter().map(String::as_str).collect();
        Sharer::new(Links::Forbidden).files(&from, clone.path(), &names, cancel)?;
        for link in &links {
            fs::symlink(fs::read_link(&from.join(link))?, &clone.path().join(link))?;
        }
        objtree::put_right(clone.path(), &from, to)?;
        if cancel.requested() {
            // What is cut short is no tree; whoever asked to stop will be told.
            return Ok(());
        }
        fs::remove_dir_all(to)?;
        fs::rename(&clone.keep(), to)
    }
}
