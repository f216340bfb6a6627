//! Short children whose bytes are wanted as they are.

use std::io;
use std::process::{ExitStatus, Stdio};

use super::{Command, ProcessError, Stdin, child, spawn};
use crate::cancel::Cancel;

/// Holds what a finished child has written, byte for byte.
#[derive(Debug, Clone)]
pub struct Captured {
    /// How it ended.
    pub status: ExitStatus,
    /// All of standard output.
    pub stdout: Vec<u8>,
    /// All of standard error.
    pub stderr: Vec<u8>,
}

/// Runs a child to its end.
pub(super) fn run(command: &Command, cancel: &Cancel) -> Result<Captured, ProcessError> {
    let cancelled = || ProcessError::Cancelled { command: command.display() };
    if cancel.requested() {
        return Err(cancelled());
    }
    let mut std = spawn::to_std(command);
    std.stdin(match command.stdin {
        Stdin::Null | Stdin::Piped => Stdio::null(),
        Stdin::Inherit => Stdio::inherit(),
    });
    std.stdout(Stdio::piped()).stderr(Stdio::piped());
    let running = std.spawn().map_err(|error| child::start_error(command, error))?;
    let io = |error: io::Error| ProcessError::Io {
        command: command.display(),
        directory: command.directory.clone(),
        error,
    };
    let output = running.wait_with_output().map_err(io)?;
    if cancel.requested() {
        return Err(cancelled());
    }
    Ok(Captured { status: output.status, stdout: output.stdout, stderr: output.stderr })
}
