//! What the engine asks of the world: files, environment, probes.
//!
//! The engine itself opens no file and starts no process. Whoever calls it brings a [`Tree`]: a host that reads the
//! disk and runs `/bin/sh`, a recorded log that is replayed, or a map in a test.
//!
//! Deliberately absent: a cache (a tree that wants one keeps it itself), writing, the clock.

use std::sync::Arc;

/// The world as the engine sees it.
///
/// An implementation may be asked for the same thing more than once and must then give the same answer.
pub trait Tree {
    /// Reads a file; `None` is a file that does not exist.
    ///
    /// `path` is relative to the srctree, in the words of the `source` statement that names it.
    ///
    /// # Errors
    /// What the system says where the file exists and cannot be read.
    fn read(&self, path: &str) -> Result<Option<Arc<[u8]>>, String>;

    /// Runs a probe: `/bin/sh -c <command>`, in the directory and environment of the configuration run.
    ///
    /// `command` is bytes, since a Kconfig file need not be UTF-8. `conf` names the shell `sh` in its `argv[0]`, which
    /// shows in the shell's own messages.
    fn shell(&self, command: &[u8]) -> ShellAnswer;

    /// Whether a probe need not run before somebody wants its answer. Only where that is `y` or `n` whatever the world is
    /// like, and nothing is written to standard error.
    ///
    /// What is put off stands in [`Model::deferred`](crate::model::Model::deferred).
    fn defers(&self, _command: &[u8]) -> bool {
        false
    }

    /// A variable of the environment.
    fn env(&self, name: &str) -> Option<String>;
}

/// What a probe answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShellAnswer {
    /// The whole standard output, unchanged; the language cuts and joins it.
    pub stdout: Vec<u8>,
    /// The exit status, or 128 plus the signal; the language ignores it.
    pub status: i32,
    /// The whole standard error, which `conf` lets through.
    pub stderr: Vec<u8>,
}

impl<T: Tree + ?Sized> Tree for &T {
    fn read(&self, path: &str) -> Result<Option<Arc<[u8]>>, String> {
        (**self).read(path)
    }

    fn shell(&self, command: &[u8]) -> ShellAnswer {
        (**self).shell(command)
    }

    fn defers(&self, command: &[u8]) -> bool {
        (**self).defers(command)
    }

    fn env(&self, name: &str) -> Option<String> {
        (**self).env(name)
    }
}
