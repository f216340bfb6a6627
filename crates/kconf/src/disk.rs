//! The tree on disk, with probes that are run or replayed.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use kconfig::model::Rules;
use kconfig::snapshot;
use kconfig::syntax::{Dialect, ParseFailed};
use kconfig::tree::{ShellAnswer, Tree};
use kconfig_host::{HostTree, Loaded, ProbeCache, load_as, load_from};
use kernel_host::cancel::Cancel;
use kernel_host::env::Env;
use kernel_host::process::Stdin;

use crate::differential::ProbeLog;

/// What becomes of probes' answers between runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cached {
    /// Nothing, as with `conf`.
    Never,
    /// They are kept, and used again where they hold.
    Used,
    /// They are kept, and compared with what the probes say now.
    Verified,
}

/// Files of the current directory, then of `$srctree`; environment and probes of this process, or of a log.
pub(crate) struct Disk {
    srctree: Option<PathBuf>,
    world: World,
}

enum World {
    Live(Box<HostTree>),
    /// Variables that the log does not have are this process's.
    Recorded(ProbeLog),
}

/// The exit status of a run that asks what is not in its log.
const UNRECORDED: i32 = 97;

impl Disk {
    pub(crate) fn new(use_cache: Cached) -> io::Result<Self> {
        let env = Env::capture()?;
        let cache = match (use_cache, env.cache_dir()) {
            (Cached::Used, Some(directory)) => ProbeCache::Use(directory),
            (Cached::Verified, Some(directory)) => ProbeCache::Verify(directory),
            _ => ProbeCache::Off,
        };
        let srctree = env.get("srctree").map(PathBuf::from);
        let from = srctree.as_ref().map(|srctree| env.current_dir().join(srctree));
        let tree = HostTree::new(from, env, Stdin::Inherit, &cache, &Cancel::new());
        Ok(Self { srctree, world: World::Live(Box::new(tree)) })
    }

    /// Answers from a log, which brings its environment.
    pub(crate) fn replaying(log: ProbeLog) -> Self {
        let srctree = log.environment.get("srctree").map(PathBuf::from);
        Self { srctree, world: World::Recorded(log) }
    }

    /// Sets a variable for this tree alone, where it is replayed.
    pub(crate) fn set(&mut self, name: &str, value: Option<&str>) {
        let World::Recorded(log) = &mut self.world else { return };
        match value {
            Some(value) => log.environment.insert(name.to_owned(), value.to_owned()),
            None => log.environment.remove(name),
        };
    }

    /// Parses a tree, builds its model, and checks it.
    pub(crate) fn load(&self, kconfig: &str, dialect: Dialect, rules: Rules) -> Result<Loaded, ParseFailed> {
        match &self.world {
            World::Live(tree) => load_as(tree, kconfig, dialect, rules),
            World::Recorded(_) => {
                let parsed = load_from(self, kconfig, dialect, rules)?;
                // What later runs would take from a snapshot is judged along with the rest.
                Ok(snapshot::read(&snapshot::write(&parsed)).unwrap_or(parsed).into())
            }
        }
    }

    /// The tree itself, unless it is replayed.
    pub(crate) fn tree(&self) -> Option<&HostTree> {
        match &self.world {
            World::Live(tree) => Some(tree),
            World::Recorded(_) => None,
        }
    }

    /// Reads the lines of a file from the current directory or, where it is not there, from the srctree; a directory can
    /// be opened, and has no line.
    pub(crate) fn open(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        match self.read_bytes(path) {
            Err(error) if error.kind() == io::ErrorKind::IsADirectory => Ok(Some(Vec::new())),
            found => found,
        }
    }

    fn read_bytes(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        let in_tree = self.srctree.as_ref().filter(|_| !path.starts_with('/')).map(|tree| tree.join(path));
        for place in [Some(PathBuf::from(path)), in_tree].into_iter().flatten() {
            match std::fs::read(place) {
                Err(error)
                    if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {}
                read => return read.map(Some),
            }
        }
        Ok(None)
    }
}

impl Tree for Disk {
    fn read(&self, path: &str) -> Result<Option<Arc<[u8]>>, String> {
        match &self.world {
            World::Live(tree) => tree.read(path),
            World::Recorded(_) => match self.read_bytes(path) {
                Ok(text) => Ok(text.map(Into::into)),
                Err(error) => Err(format!("{path}: {error}")),
            },
        }
    }

    fn shell(&self, command: &[u8]) -> ShellAnswer {
        match &self.world {
            World::Live(tree) => tree.shell(command),
            World::Recorded(log) => log.answer(command).cloned().unwrap_or_else(|| {
                eprintln!("kconf: no answer is recorded for `{}`", String::from_utf8_lossy(command));
                std::process::exit(UNRECORDED)
            }),
        }
    }

    fn env(&self, name: &str) -> Option<String> {
        match &self.world {
            World::Live(tree) => tree.env(name),
            World::Recorded(log) => log.environment.get(name).cloned().or_else(|| std::env::var(name).ok()),
        }
    }
}

/// The tree whose rules apply: the srctree, or the one in which that lies, or the one that this program was put into as
/// `scripts/kconfig/conf`.
///
/// The kernel's own tests make each of their folders, which lie below `scripts/kconfig/`, a srctree.
pub(crate) struct Rulebook<'d> {
    disk: &'d Disk,
    around: Option<PathBuf>,
}

impl<'d> Rulebook<'d> {
    pub(crate) fn new(disk: &'d Disk) -> Self {
        let srctree = disk.srctree.as_deref().and_then(|srctree| std::path::absolute(srctree).ok());
        let program =
            std::env::current_exe().ok().filter(|program| program.ends_with("scripts/kconfig/conf"));
        let mut above = srctree.iter().chain(&program).flat_map(|path| path.ancestors());
        let around = above.find(|folder| folder.join("scripts/kconfig/parser.y").is_file());
        Self { disk, around: around.map(std::path::Path::to_owned) }
    }
}

impl Tree for Rulebook<'_> {
    fn read(&self, path: &str) -> Result<Option<Arc<[u8]>>, String> {
        let found = self.disk.read(path)?;
        let around = || self.around.as_ref().and_then(|tree| std::fs::read(tree.join(path)).ok());
        Ok(found.or_else(|| around().map(Arc::from)))
    }

    fn shell(&self, command: &[u8]) -> ShellAnswer {
        self.disk.shell(command)
    }

    fn env(&self, name: &str) -> Option<String> {
        self.disk.env(name)
    }
}
