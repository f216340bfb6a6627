//! The per-user cache: what is in it, and what can go.
//!
//! Invariant: nothing that a process uses now is removed; each tree and repository has a lock, which its users share.
//!
//! Deliberately absent: what a workspace pins. The cache belongs to all of them, and what was removed is fetched again.

use std::time::Duration;

use kernel_host::AbsPath;
use kernel_host::env::Env;
use kernel_host::fs::{self, FsError};
use kernel_host::lock::FileLock;
use kernel_host::{clock, lock};
use kernel_spec::ByteSize;

use crate::origin::git::REPOSITORIES;
use crate::record::{RECORD, Record};
use crate::shared::{self, ARTIFACTS};
use crate::source::patched::PATCHED;
use crate::source::{DOWNLOADS, SOURCES, SourceError};

const HOUR: Duration = Duration::from_secs(3600);
/// The folder of probes' answers, which `kconfig-host` keeps.
const PROBES: &str = "probes-v1";
/// The folder of what trees' Kconfig files mean, which `kconfig-host` keeps, too.
const MODELS: &str = "models-v1";
/// What folders of other versions of the tool begin with.
const VERSIONED: [&str; 7] =
    ["artifacts-v", "downloads-v", "sources-v", "git-v", "patched-v", "probes-v", "models-v"];

/// What sort of thing an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    /// An archive, and its signature.
    Download,
    /// A git repository.
    Repository,
    /// An unpacked tree.
    Tree,
    /// A kernel that some workspace has built.
    Artifact,
    /// A kernel's patched tree.
    Patched,
    /// Answers of the probes of a tree.
    Probes,
    /// What the Kconfig files of a tree mean.
    Models,
    /// What a killed run left, or another version of the tool.
    Leftover,
}

impl EntryKind {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Download => "download",
            Self::Repository => "repository",
            Self::Tree => "tree",
            Self::Artifact => "artifact",
            Self::Patched => "patched",
            Self::Probes => "probes",
            Self::Models => "models",
            Self::Leftover => "leftover",
        }
    }
}

/// One thing in the cache.
#[derive(Clone, Debug)]
pub struct CacheEntry {
    /// What it is.
    pub kind: EntryKind,
    /// What a person calls it.
    pub name: String,
    /// How many bytes it takes.
    pub size: u64,
    /// How long ago it was used.
    pub unused_for: Duration,
    paths: Vec<AbsPath>,
    lock: Option<AbsPath>,
}

/// Which entries go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gc {
    /// Those that were not used for so long, and leftovers.
    OlderThan(Duration),
    /// Those that were not used for the longest, until so many bytes are left; and leftovers.
    Within(ByteSize),
    /// All.
    Everything,
}

/// The user's cache.
#[derive(Clone, Debug)]
pub struct Cache {
    directory: AbsPath,
}

impl Cache {
    /// The cache of an environment.
    ///
    /// # Errors
    /// [`SourceError::NoCache`].
    pub fn of(env: &Env) -> Result<Self, SourceError> {
        Ok(Self { directory: env.cache_dir().ok_or(SourceError::NoCache)? })
    }

    /// Where it is.
    pub fn directory(&self) -> &AbsPath {
        &self.directory
    }

    /// Lists what is in it, the largest first.
    ///
    /// # Errors
    /// Where a directory cannot be read.
    pub fn list(&self) -> Result<Vec<CacheEntry>, SourceError> {
        let mut entries = Vec::new();
        for folder in self.children(&self.directory)? {
            match folder.file_name().unwrap_or_default() {
                DOWNLOADS => self.downloads(&folder, &mut entries)?,
                SOURCES => self.trees(&folder, &mut entries)?,
                REPOSITORIES => self.repositories(&folder, &mut entries)?,
                ARTIFACTS => self.artifacts(&folder, &mut entries)?,
                PATCHED => self.patched(&folder, &mut entries)?,
                PROBES => self.of_trees(EntryKind::Probes, &folder, &mut entries)?,
                MODELS => self.of_trees(EntryKind::Models, &folder, &mut entries)?,
                // Folders of other versions of the tool; others may share the directory.
                name if VERSIONED.iter().any(|known| name.starts_with(known)) => {
                    entries.push(entry(EntryKind::Leftover, name, vec![folder.clone()], &folder, None)?);
                }
                "scratch" => {
                    for run in self.children(&folder)? {
                        let name = format!("scratch/{}", run.file_name().unwrap_or_default());
                        entries.push(entry(EntryKind::Leftover, &name, vec![run.clone()], &run, None)?);
                    }
                }
                _ => {}
            }
        }
        entries.sort_by(|a, b| b.size.cmp(&a.size).then_with(|| a.name.cmp(&b.name)));
        Ok(entries)
    }

    /// Removes entries; returns those that are gone.
    ///
    /// # Errors
    /// Where one cannot be removed.
    pub fn gc(&self, which: Gc) -> Result<Vec<CacheEntry>, SourceError> {
        let mut entries = self.list()?;
        entries.sort_by(|a, b| b.unused_for.cmp(&a.unused_for).then_with(|| a.name.cmp(&b.name)));
        let mut left: u64 = entries.iter().map(|entry| entry.size).sum();
        let mut gone = Vec::new();
        for entry in entries {
            // A run that is under way has a scratch folder, too: an hour is longer than a download pauses.
            let is_left_over = entry.kind == EntryKind::Leftover && entry.unused_for >= HOUR;
            let goes = match which {
                Gc::Everything => true,
                Gc::OlderThan(age) => is_left_over || entry.unused_for >= age,
                Gc::Within(ByteSize(most)) => is_left_over || left > most,
            };
            if goes && entry.remove()? {
                left -= entry.size;
                gone.push(entry);
            }
        }
        Ok(gone)
    }

    fn downloads(&self, folder: &AbsPath, entries: &mut Vec<CacheEntry>) -> Result<(), SourceError> {
        for digest in self.children(folder)? {
            let files = self.children(&digest)?;
            let names: Vec<&str> = files.iter().filter_map(AbsPath::file_name).collect();
            let is_partial = !names.is_empty() && names.iter().all(|name| name.contains(".partial"));
            let kind = if is_partial || names.is_empty() { EntryKind::Leftover } else { EntryKind::Download };
            let name = names.first().copied().or(digest.file_name()).unwrap_or_default().to_owned();
            let newest = files.first().unwrap_or(&digest).clone();
            // Who writes a partial file has locked it.
            let lock = files.first().filter(|_| is_partial).cloned();
            entries.push(entry(kind, &name, vec![digest.clone()], &newest, lock)?);
        }
        Ok(())
    }

    fn trees(&self, folder: &AbsPath, entries: &mut Vec<CacheEntry>) -> Result<(), SourceError> {
        let children = self.children(folder)?;
        for tree in children.iter().filter(|path| fs::is_dir(path)) {
            let name = tree.file_name().unwrap_or_default();
            let beside = |end: &str| folder.join(format!("{name}{end}"));
            let (marker, seal) = (beside(".ok"), beside(".files"));
            let is_whole = fs::is_file(&marker);
            let kind = if is_whole { EntryKind::Tree } else { EntryKind::Leftover };
            // Who makes a tree holds the lock of its final name.
            let locked = name.trim_start_matches('.').split(".partial").next().unwrap_or(name);
            let lock = folder.join(format!("{locked}.lock"));
            let used = if is_whole { marker.clone() } else { tree.clone() };
            // The marker goes first: without it, the tree is a leftover.
            let paths = vec![marker, seal, tree.clone()];
            entries.push(entry(kind, name, paths, &used, Some(lock))?);
        }
        Ok(())
    }

    fn patched(&self, folder: &AbsPath, entries: &mut Vec<CacheEntry>) -> Result<(), SourceError> {
        for tree in self.children(folder)?.iter().filter(|path| fs::is_dir(path)) {
            let name = tree.file_name().unwrap_or_default();
            let beside = |end: &str| folder.join(format!("{name}{end}"));
            let (known, seen) = (beside(".json"), beside(".seen"));
            let is_whole = fs::is_file(&known);
            let kind = if is_whole { EntryKind::Patched } else { EntryKind::Leftover };
            let lock = folder.join(format!("{}.lock", name.split(".partial").next().unwrap_or(name)));
            let used = if is_whole { known.clone() } else { tree.clone() };
            // What is known of it goes first: without that, the tree is a leftover.
            let paths = vec![known, seen, tree.clone()];
            let mut found = entry(kind, name, paths, &used, Some(lock))?;
            // Files that it shares with a pristine tree are counted there.
            found.size = fs::unshared_size(tree)?;
            entries.push(found);
        }
        Ok(())
    }

    /// What is known of a tree by name, and made again where it is needed.
    fn of_trees(
        &self,
        kind: EntryKind,
        folder: &AbsPath,
        entries: &mut Vec<CacheEntry>,
    ) -> Result<(), SourceError> {
        for tree in self.children(folder)? {
            let name = tree.file_name().unwrap_or_default();
            entries.push(entry(kind, name, vec![tree.clone()], &tree, None)?);
        }
        Ok(())
    }

    fn repositories(&self, folder: &AbsPath, entries: &mut Vec<CacheEntry>) -> Result<(), SourceError> {
        for repository in self.children(folder)?.iter().filter(|path| fs::is_dir(path)) {
            let name = repository.file_name().unwrap_or_default();
            let lock = folder.join(format!("{name}.lock"));
            let refs = repository.join("refs/kernel");
            let used = if fs::is_dir(&refs) { refs } else { repository.clone() };
            entries.push(entry(EntryKind::Repository, name, vec![repository.clone()], &used, Some(lock))?);
        }
        Ok(())
    }

    fn artifacts(&self, folder: &AbsPath, entries: &mut Vec<CacheEntry>) -> Result<(), SourceError> {
        for artifact in self.children(folder)?.iter().filter(|path| fs::is_dir(path)) {
            let name = artifact.file_name().unwrap_or_default();
            let paths = vec![artifact.clone()];
            if shared::is_unnamed(name) {
                entries.push(entry(EntryKind::Leftover, name, paths, artifact, None)?);
                continue;
            }
            let text = fs::read_to_string(&artifact.join(RECORD)).unwrap_or_default();
            let called =
                Record::parse(&text).map(|record| format!("{} {}", record.arch, record.kernelrelease));
            let lock = folder.join(format!("{name}.lock"));
            let used = artifact.join(RECORD);
            let called = called.unwrap_or_else(|| name.to_owned());
            entries.push(entry(EntryKind::Artifact, &called, paths, &used, Some(lock))?);
        }
        Ok(())
    }

    fn children(&self, folder: &AbsPath) -> Result<Vec<AbsPath>, FsError> {
        if fs::is_dir(folder) { fs::list_dir(folder) } else { Ok(Vec::new()) }
    }
}

fn entry(
    kind: EntryKind,
    name: &str,
    paths: Vec<AbsPath>,
    used: &AbsPath,
    lock: Option<AbsPath>,
) -> Result<CacheEntry, SourceError> {
    let mut size = 0;
    for path in paths.iter().filter(|path| fs::exists(path)) {
        size += fs::tree_size(path)?;
    }
    let used = fs::look(used).map_or(0, |seen| u64::try_from(seen.mtime_seconds).unwrap_or(0));
    let unused_for = Duration::from_secs(clock::unix_seconds().saturating_sub(used));
    Ok(CacheEntry { kind, name: name.to_owned(), size, unused_for, paths, lock })
}

impl CacheEntry {
    /// Removes it, unless somebody uses it; says whether it is gone.
    fn remove(&self) -> Result<bool, SourceError> {
        let _lock = match &self.lock {
            Some(path) => match FileLock::try_exclusive(path) {
                Ok(Some(lock)) => Some(lock),
                Ok(None) => return Ok(false),
                Err(lock::LockError::Fs(error)) => return Err(error.into()),
                Err(error) => return Err(error.into()),
            },
            None => None,
        };
        for path in &self.paths {
            fs::remove_dir_all(path)?;
        }
        Ok(true)
    }
}
