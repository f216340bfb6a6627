//! The tree on disk, with probes that are run.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use kconfig::syntax::Dialect;
use kconfig::tree::{ShellAnswer, Tree};
use kconfig_host::{HostTree, ProbeCache};
use kernel_host::cancel::Cancel;
use kernel_host::env::Env;
use kernel_host::process::Stdin;

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

/// Files of the current directory, then of `$srctree`; this process's environment; `/bin/sh`.
pub(crate) struct Disk {
    srctree: Option<PathBuf>,
    tree: HostTree,
}

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
        Ok(Self { srctree, tree })
    }

    /// Gets ready what a parse from `kconfig` will ask for.
    pub(crate) fn look_ahead(&self, kconfig: &str, dialect: Dialect) {
        self.tree.look_ahead(kconfig, dialect);
    }

    /// The tree itself.
    pub(crate) fn tree(&self) -> &HostTree {
        &self.tree
    }

    /// Reads a file from the current directory or, where it is not there, from the srctree.
    pub(crate) fn open(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
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
        self.tree.read(path)
    }

    fn shell(&self, command: &[u8]) -> ShellAnswer {
        self.tree.shell(command)
    }

    fn env(&self, name: &str) -> Option<String> {
        self.tree.env(name)
    }
}
