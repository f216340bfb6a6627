//! A kernel's patched tree: its own, beside the pristine one, and as cheap as the file system allows.
//!
//! ```text
//! <cache>/patched-v1/<kernel>-<workspace>/          the tree; its files are those of the pristine tree, but for the patched
//! <cache>/patched-v1/<kernel>-<workspace>.json      what it was made from, and each file that is its own
//! <cache>/patched-v1/<kernel>-<workspace>.seen      of a tree that the user edits: its files when they were copied
//! <cache>/patched-v1/<kernel>-<workspace>.lock
//! ```
//!
//! The place is the kernel's and stays the same whatever its patches are: kbuild's command lines have it in them, and a
//! changed command line compiles everything. What is in it is told by digests in the file beside it.
//!
//! | file | how it gets there | its time |
//! |---|---|---|
//! | of a pinned source, not patched | reflink, hard link or copy | the pristine file's |
//! | of a tree that the user edits, not patched | reflink or copy: never a second name of a file that is written to | the file's; now, when it changed |
//! | patched, or taken back out of the patches | written beside and renamed | now |
//!
//! So an edited patch touches the files whose contents it changes, and make compiles those. A tree that is made from nothing
//! has another origin than the one before it, and objects of the one are not used with the other.
//!
//! Invariants: files that are about to change are noted before the first of them is touched, so that a killed run is
//! healed; nothing is ever written through a link; a patched tree that was touched is made again.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use kernel_host::AbsPath;
use kernel_host::digest::{hex, sha256};
use kernel_host::fs::{self, FsError, Kind, Links, Sharer};
use kernel_host::lock::FileLock;
use kernel_patch::{Entry, State, Tree};
use serde::{Deserialize, Serialize};

use super::{Fetcher, SourceError, SourceTree, seal, tree_version};
use crate::patch::{DiskTree, PatchPart};

/// The folder of patched trees.
pub(crate) const PATCHED: &str = "patched-v1";

/// What is known of a patched tree.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    /// The identity of what it was made from.
    from: String,
    /// Tells it from another one that was made at the same place.
    made: String,
    /// The files that are its own.
    files: BTreeMap<String, Mark>,
}

/// A file of a patched tree that is its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Mark {
    /// It was about to change: whatever it is, it is written again.
    Pending,
    Gone,
    Link(String),
    File {
        sha256: String,
        executable: bool,
        len: u64,
        mtime_ns: i64,
    },
}

/// A pristine tree, and what it is called.
pub(crate) struct Pristine<'a> {
    pub(crate) tree: &'a SourceTree,
    /// Whether the user edits it.
    pub(crate) is_own: bool,
    /// The identity of a pinned one.
    pub(crate) identity: String,
    /// What it consists of, where it is pinned.
    pub(crate) seal: AbsPath,
}

struct Places {
    tree: AbsPath,
    partial: AbsPath,
    known: AbsPath,
    seen: AbsPath,
    lock: AbsPath,
}

/// One kernel's patched tree.
pub(crate) struct Patched<'a> {
    fetcher: Fetcher<'a>,
    places: Places,
    pristine: Pristine<'a>,
}

/// What a tree of the user's consists of: a line for each file and link.
type Listing = BTreeMap<String, String>;

impl<'a> Patched<'a> {
    pub(crate) fn new(
        fetcher: Fetcher<'a>,
        place: &str,
        pristine: Pristine<'a>,
    ) -> Result<Self, SourceError> {
        let cache = fetcher.env.cache_dir().ok_or(SourceError::NoCache)?;
        let root = fetcher.locked.loaded().workspace().root().to_string();
        let name = format!("{place}-{}", &hex(&sha256(root.as_bytes()))[..12]);
        let folder = cache.join(PATCHED);
        let places = Places {
            tree: folder.join(&name),
            partial: folder.join(format!("{name}.partial")),
            known: folder.join(format!("{name}.json")),
            seen: folder.join(format!("{name}.seen")),
            lock: folder.join(format!("{name}.lock")),
        };
        Ok(Self { fetcher, places, pristine })
    }

    /// Makes the tree have these files, and all others as the pristine one has them.
    pub(crate) fn make(
        &self,
        wanted: &BTreeMap<String, State>,
        patches: Vec<PatchPart>,
    ) -> Result<SourceTree, SourceError> {
        let Fetcher { cancel, voice, .. } = self.fetcher;
        let mut on_wait = || voice.started("Waiting", "for another process, which patches or uses the tree");
        let listing = if self.pristine.is_own { Some(self.list()?) } else { None };
        for _ in 0..3 {
            let in_use = FileLock::shared(&self.places.lock, cancel, &mut on_wait)?;
            if let Some(known) = self.current(wanted, listing.as_ref())? {
                // It lies where `kernel cache` looks for what was used lately.
                fs::touch(&self.places.known)?;
                let path = self.places.tree.clone();
                let origin = format!("{path} {} {}", known.from, known.made);
                let mut locks = self.pristine.tree.in_use.clone();
                locks.push(std::sync::Arc::new(in_use));
                let verified = self.pristine.tree.verified.clone();
                let version = tree_version(&path)?;
                let look = self.pristine.tree.look.clone();
                return Ok(SourceTree { path, version, verified, patches, origin, in_use: locks, look });
            }
            drop(in_use);
            let _lock = FileLock::exclusive(&self.places.lock, cancel, &mut on_wait)?;
            self.update(wanted, listing.as_ref())?;
            if cancel.requested() {
                break;
            }
        }
        Err(SourceError::Vanished {
            name: self.places.tree.to_string(),
            what: "the patched tree".to_owned(),
            cause: "others changed it all the time".to_owned(),
        })
    }

    fn read(&self) -> Option<Known> {
        serde_json::from_str(&fs::read_to_string(&self.places.known).ok()?).ok()
    }

    fn write(&self, known: &Known) -> Result<(), FsError> {
        // A value of plain strings and numbers always has a JSON form.
        fs::write_atomic(&self.places.known, serde_json::to_string(known).unwrap_or_default().as_bytes())
    }

    fn from(&self) -> String {
        if self.pristine.is_own {
            format!("own {}", self.pristine.tree.path)
        } else {
            self.pristine.identity.clone()
        }
    }

    /// What is there, where it is all that is wanted.
    fn current(
        &self,
        wanted: &BTreeMap<String, State>,
        listing: Option<&Listing>,
    ) -> Result<Option<Known>, SourceError> {
        let Some(known) =
            self.read().filter(|known| known.from == self.from() && fs::is_dir(&self.places.tree))
        else {
            return Ok(None);
        };
        let good = self.due(&known, wanted, listing)?.is_empty() && self.is_untouched(&known)?;
        Ok(good.then_some(known))
    }

    /// Whether the files that are not its own are those that were put there.
    fn is_untouched(&self, known: &Known) -> Result<bool, FsError> {
        if self.pristine.is_own {
            return Ok(true);
        }
        let own: HashSet<&str> = known.files.keys().map(String::as_str).collect();
        let cancel = self.fetcher.cancel;
        Ok(seal::quick(&self.places.tree, &self.pristine.seal, &own, cancel)?.is_empty())
    }

    /// What has to be written, with its contents.
    fn due(
        &self,
        known: &Known,
        wanted: &BTreeMap<String, State>,
        listing: Option<&Listing>,
    ) -> Result<BTreeMap<String, State>, SourceError> {
        let pristine = DiskTree(&self.pristine.tree.path);
        let mut paths: BTreeSet<&str> = wanted.keys().chain(known.files.keys()).map(String::as_str).collect();
        let seen = self.seen();
        if let Some(now) = listing {
            let changed =
                now.iter().filter(|(path, line)| seen.get(*path) != Some(*line)).map(|(path, _)| path);
            let gone = seen.keys().filter(|path| !now.contains_key(*path));
            paths.extend(changed.chain(gone).map(String::as_str));
        }
        let mut due = BTreeMap::new();
        for path in paths {
            let state = match wanted.get(path) {
                Some(state) => state.clone(),
                None => match pristine.entry(path).map_err(|error| SourceError::Patched { what: error.0 })? {
                    Some(Entry::File { bytes, executable }) => State::File { bytes, executable },
                    Some(Entry::Link(target)) => State::Link(target),
                    None | Some(Entry::Directory | Entry::Other) => State::Absent,
                },
            };
            let is_there = match known.files.get(path) {
                Some(mark) => self.has(path, mark, &state),
                None => false,
            };
            if !is_there {
                due.insert(path.to_owned(), state);
            }
        }
        Ok(due)
    }

    /// Whether a file that is its own is what it should be.
    fn has(&self, path: &str, mark: &Mark, state: &State) -> bool {
        let place = self.places.tree.join(path);
        match (mark, state) {
            (Mark::Gone, State::Absent) => !fs::exists(&place),
            (Mark::Link(text), State::Link(target)) => {
                text.as_bytes() == target
                    && fs::read_link(&place).is_ok_and(|found| found.to_str() == Some(text))
            }
            (
                Mark::File { sha256: digest, executable, len, mtime_ns },
                State::File { bytes, executable: wanted },
            ) => {
                let seen = fs::kind(&place).ok().zip(fs::stat(&place).ok());
                executable == wanted
                    && *digest == hex(&sha256(bytes))
                    && seen.is_some_and(|(kind, stat)| {
                        kind == Kind::File && stat.len == *len && stat.mtime_ns == *mtime_ns
                    })
            }
            _ => false,
        }
    }

    /// Makes it so; the caller holds the lock.
    fn update(&self, wanted: &BTreeMap<String, State>, listing: Option<&Listing>) -> Result<(), SourceError> {
        let Fetcher { voice, .. } = self.fetcher;
        let usable = |known: &Known| known.from == self.from() && fs::is_dir(&self.places.tree);
        let mut known = match self.read().filter(usable) {
            Some(known) if self.is_untouched(&known)? => known,
            found => {
                if found.is_some() {
                    voice.note("the patched tree was touched: it is made again");
                }
                self.remake(listing)?
            }
        };
        let due = self.due(&known, wanted, listing)?;
        if due.is_empty() {
            return Ok(());
        }
        known.files.extend(due.keys().map(|path| (path.clone(), Mark::Pending)));
        self.write(&known)?;
        for (path, state) in &due {
            if self.fetcher.cancel.requested() {
                return Ok(());
            }
            known.files.insert(path.clone(), self.put(path, state)?);
        }
        if let Some(listing) = listing {
            self.write_seen(listing)?;
        }
        voice.note(format!("patched files: {}", due.keys().cloned().collect::<Vec<_>>().join(", ")));
        Ok(self.write(&known)?)
    }

    fn put(&self, path: &str, state: &State) -> Result<Mark, SourceError> {
        let place = self.places.tree.join(path);
        if fs::kind(&place).is_ok_and(|kind| kind == Kind::Directory) {
            fs::remove_dir_all(&place)?;
        }
        Ok(match state {
            State::Absent => {
                fs::remove_file(&place)?;
                Mark::Gone
            }
            State::Link(target) => {
                let text = String::from_utf8_lossy(target).into_owned();
                if let Some(folder) = place.parent() {
                    fs::create_dir_all(&folder)?;
                }
                fs::remove_file(&place)?;
                fs::symlink(&text, &place)?;
                Mark::Link(text)
            }
            State::File { bytes, executable } => {
                fs::replace_file(&place, bytes, *executable)?;
                let stat = fs::stat(&place)?;
                let (sha256, executable) = (hex(&sha256(bytes)), *executable);
                Mark::File { sha256, executable, len: stat.len, mtime_ns: stat.mtime_ns }
            }
        })
    }

    /// Makes the tree from nothing, without any patch.
    fn remake(&self, listing: Option<&Listing>) -> Result<Known, SourceError> {
        let Fetcher { cancel, voice, .. } = self.fetcher;
        let Places { tree, partial, known, seen, .. } = &self.places;
        voice.started("Preparing", format!("the patched tree in {tree}"));
        for leftover in [known, seen] {
            fs::remove_file(leftover)?;
        }
        fs::remove_dir_all(tree)?;
        fs::remove_dir_all(partial)?;
        fs::create_dir_all(partial)?;
        let from = &self.pristine.tree.path;
        let text;
        let (files, links): (Vec<&str>, Vec<&str>) = match listing {
            Some(listing) => {
                let is_file = |path: &&str| !listing.get(*path).is_some_and(|line| line.starts_with("link "));
                listing.keys().map(String::as_str).partition(is_file)
            }
            None => {
                text = fs::read_to_string(&self.pristine.seal)?;
                seal::names(&text)
            }
        };
        let sharer = Sharer::new(if self.pristine.is_own { Links::Forbidden } else { Links::Allowed });
        sharer.files(from, partial, &files, cancel)?;
        for path in links {
            let place = partial.join(path);
            if let Some(folder) = place.parent() {
                fs::create_dir_all(&folder)?;
            }
            fs::symlink(fs::read_link(&from.join(path))?, &place)?;
        }
        if cancel.requested() {
            return Err(SourceError::Patched {
                what: "cancelled while the patched tree was made".to_owned(),
            });
        }
        let stat = fs::stat(partial)?;
        let made = format!("{}-{}", stat.inode, stat.mtime_ns);
        fs::rename(partial, tree)?;
        if let Some(listing) = listing {
            self.write_seen(listing)?;
        }
        let known = Known { from: self.from(), made, files: BTreeMap::new() };
        self.write(&known)?;
        Ok(known)
    }

    /// What a tree of the user's consists of now.
    fn list(&self) -> Result<Listing, FsError> {
        let top = &self.pristine.tree.path;
        let (mut listing, mut waiting) = (Listing::new(), vec![top.clone()]);
        while let Some(folder) = waiting.pop() {
            for path in fs::list_dir(&folder)? {
                let Some(name) = path.relative_to(top).and_then(|name| name.to_str()) else { continue };
                let Ok(kind) = fs::kind(&path) else { continue };
                let line = match kind {
                    Kind::Directory if name == ".git" => continue,
                    Kind::Directory => {
                        waiting.push(path);
                        continue;
                    }
                    Kind::Link => format!("link {}", fs::read_link(&path)?.display()),
                    Kind::File => {
                        let (stat, mode) = (fs::stat(&path)?, fs::is_executable(&path)?);
                        format!("file {} {} {mode}", stat.len, stat.mtime_ns)
                    }
                    Kind::Other => continue,
                };
                listing.insert(name.to_owned(), line);
            }
        }
        Ok(listing)
    }

    fn seen(&self) -> Listing {
        let text = fs::read_to_string(&self.places.seen).unwrap_or_default();
        let split = |line: &str| line.split_once('\0').map(|(line, path)| (path.to_owned(), line.to_owned()));
        text.lines().filter_map(split).collect()
    }

    fn write_seen(&self, listing: &Listing) -> Result<(), FsError> {
        let text: String = listing.iter().map(|(path, line)| format!("{line}\0{path}\n")).collect();
        fs::write_atomic(&self.places.seen, text.as_bytes())
    }
}
