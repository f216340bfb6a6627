//! The look at a tree of the cache that runs beside what is made of it.
//!
//! ```text
//! pin ─▶ Begun ─▶ tree ─▶ read, resolved ─▶ what came out ─┐
//!          └─ threads, one look at every file ─────────────┴─▶ said, written down, compiled
//! ```
//!
//! A look takes longer than most of what a tree is looked at for, so it is begun as soon as the pin is known, and waited for
//! where something is about to be said or kept. What came out of a tree that was touched counts for nothing, its errors
//! neither: they are asked for after the verdict.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::fs::FsError;
use kernel_host::lock::FileLock;

use super::cached::{Cached, Marker};
use super::seal::{self, Change};
use super::{Fetcher, SourceError};
use crate::pin::Pin;

/// A look at a tree; it ends with the last who holds it.
#[derive(Debug)]
pub(crate) struct Look {
    /// The source.
    name: String,
    tree: AbsPath,
    seal: AbsPath,
    stop: Cancel,
    state: Mutex<State>,
}

type Found = Result<Vec<Change>, FsError>;

#[derive(Debug)]
enum State {
    UnderWay(JoinHandle<Found>),
    /// It could not be begun, or failed: whoever asks looks again.
    Unknown,
    /// How the tree differs, where it does.
    Seen(Option<Change>),
}

impl Look {
    /// Begins to look.
    pub(crate) fn begin(name: String, tree: AbsPath, seal: AbsPath) -> Self {
        let stop = Cancel::new();
        let look = {
            let (tree, seal, stop) = (tree.clone(), seal.clone(), stop.clone());
            move || seal::quick(&tree, &seal, &HashSet::new(), &stop)
        };
        let thread = std::thread::Builder::new().name("look".to_owned()).spawn(look);
        let state = Mutex::new(thread.map_or(State::Unknown, State::UnderWay));
        Self { name, tree, seal, stop, state }
    }

    /// Waits for the end of it.
    ///
    /// # Errors
    /// Where the tree was touched, or cannot be looked at; whoever asks again is told the same.
    pub(crate) fn verdict(&self) -> Result<(), SourceError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let found = match std::mem::replace(&mut *state, State::Unknown) {
            State::UnderWay(thread) => {
                thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?.into_iter().next()
            }
            State::Unknown => {
                seal::quick(&self.tree, &self.seal, &HashSet::new(), &self.stop)?.into_iter().next()
            }
            State::Seen(found) => found,
        };
        *state = State::Seen(found.clone());
        match found {
            None => Ok(()),
            Some(first) => {
                let (name, tree) = (self.name.clone(), self.tree.clone());
                Err(SourceError::Tampered { name, tree, first: first.to_string() })
            }
        }
    }
}

impl Drop for Look {
    fn drop(&mut self) {
        self.stop.request();
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let State::UnderWay(thread) = std::mem::replace(state, State::Unknown) {
            // Nobody wants to know any more.
            let _ = thread.join();
        }
    }
}

/// A pinned tree of the cache that is whole, and is being looked at.
#[derive(Debug)]
pub(crate) struct Begun {
    pub(super) marker: Marker,
    pub(super) in_use: Option<Arc<FileLock>>,
    pub(super) look: Arc<Look>,
}

impl Begun {
    /// Begins to look at a tree; the caller holds its lock.
    pub(super) fn new(name: String, cached: &Cached, marker: Marker, in_use: Option<Arc<FileLock>>) -> Self {
        let look = Arc::new(Look::begin(name, cached.tree.clone(), cached.seal.clone()));
        Self { marker, in_use, look }
    }
}

impl Fetcher<'_> {
    /// Begins to look at a source's tree, where it is there and nobody is making it.
    pub(crate) fn begin(self, name: &str, pin: &Pin) -> Option<Begun> {
        if !pin.is_pinned() {
            return None;
        }
        let cached = Cached::of(pin, self.env).ok()?;
        cached.marker()?;
        let in_use = match FileLock::try_shared(&cached.lock) {
            Ok(None) => return None,
            // Where the cache cannot be written, nobody removes anything from it either.
            lock => lock.ok().flatten().map(Arc::new),
        };
        // Whoever held the lock before may have taken it away.
        let marker = cached.marker()?;
        Some(Begun::new(name.to_owned(), &cached, marker, in_use))
    }
}
