//! The tree on disk.

use std::sync::Arc;

use kconfig::syntax::Dialect;
use kconfig::tree::{ShellAnswer, Tree};
use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::env::Env;
use kernel_host::process::Stdin;

use crate::ahead;
use crate::files::Files;
use crate::probes::{ProbeCache, ProbeMismatch, ProbeRecord, Probes};

/// Files of a directory or else of a srctree, one environment, probes that are run by `/bin/sh`.
///
/// What has been read or answered once stays as it was: a tree that has changed on disk needs a new `HostTree`.
pub struct HostTree {
    files: Files,
    probes: Probes,
    env: Env,
}

impl HostTree {
    /// A tree whose files are looked for in `env`'s current directory, then in `srctree`; probes run in that directory
    /// and see `env` and nothing else.
    ///
    /// `stdin` is what probes read.
    #[must_use]
    pub fn new(
        srctree: Option<AbsPath>,
        env: Env,
        stdin: Stdin,
        cache: &ProbeCache,
        cancel: &Cancel,
    ) -> Self {
        let directory = env.current_dir().clone();
        let probes = Probes::new(srctree.as_ref(), env.clone(), stdin, cancel.clone(), cache);
        Self { files: Files::new(directory, srctree), probes, env }
    }

    /// Gets ready what a parse from `kconfig` will ask for: reads files and starts probes, on all cores.
    ///
    /// [`load`](crate::load) does so itself.
    pub fn look_ahead(&self, kconfig: &str, dialect: Dialect) {
        self.files.read_all(kconfig, &|name| self.env(name));
        self.probes.foresee(ahead::commands(self, kconfig, dialect));
    }

    /// Keeps the probes' answers for later runs, as far as that is asked for and makes sense.
    ///
    /// # Errors
    /// Every kept answer that is not the one that the probe gives now; only [`ProbeCache::Verify`] looks.
    pub fn finish(&self) -> Result<(), Vec<ProbeMismatch>> {
        let mismatches = self.probes.finish();
        if mismatches.is_empty() { Ok(()) } else { Err(mismatches) }
    }

    /// Every probe that has been asked for, in that order.
    #[must_use]
    pub fn probes(&self) -> Vec<ProbeRecord> {
        self.probes.records()
    }
}

#[cfg(test)]
impl HostTree {
    /// Has the store hold an answer for a command, whatever the command says.
    pub(crate) fn keep_falsely(&self, command: &[u8], stdout: &str) {
        self.probes.keep_falsely(command, stdout);
    }
}

impl Tree for HostTree {
    fn read(&self, path: &str) -> Result<Option<Arc<[u8]>>, String> {
        self.files.read(path)
    }

    fn shell(&self, command: &[u8]) -> ShellAnswer {
        self.probes.answer(command)
    }

    fn env(&self, name: &str) -> Option<String> {
        self.env.get(name).map(str::to_owned)
    }
}
