//! The tree on disk, with probes that are run.

use std::io;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

use kconfig::tree::{ShellAnswer, Tree};

/// Files of the current directory, then of `$srctree`; this process's environment; `/bin/sh`.
pub(crate) struct Disk {
    srctree: Option<PathBuf>,
}

impl Disk {
    pub(crate) fn new() -> Self {
        Self { srctree: std::env::var_os("srctree").map(PathBuf::from) }
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
        match self.open(path) {
            Ok(text) => Ok(text.map(Into::into)),
            Err(error) => Err(format!("{path}: {error}")),
        }
    }

    fn shell(&self, command: &[u8]) -> ShellAnswer {
        use std::os::unix::ffi::OsStrExt as _;
        use std::os::unix::process::ExitStatusExt as _;
        let command = std::ffi::OsStr::from_bytes(command);
        match Command::new("/bin/sh").arg("-c").arg(command).stdin(Stdio::inherit()).output() {
            Ok(output) => ShellAnswer {
                stdout: output.stdout,
                status: output
                    .status
                    .code()
                    .or_else(|| output.status.signal().map(|signal| 128 + signal))
                    .unwrap_or(1),
                stderr: output.stderr,
            },
            Err(error) => ShellAnswer {
                stdout: Vec::new(),
                status: 127,
                stderr: format!("/bin/sh: {error}\n").into_bytes(),
            },
        }
    }

    fn env(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }
}
