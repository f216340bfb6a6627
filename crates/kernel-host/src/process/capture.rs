//! Short children whose bytes are wanted as they are.

use std::io::{self, Write as _};
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
    run_fed(command, &[], cancel)
}

/// Runs a child to its end; where its standard input is a pipe, it reads the input there.
pub(super) fn run_fed(command: &Command, input: &[u8], cancel: &Cancel) -> Result<Captured, ProcessError> {
    let cancelled = || ProcessError::Cancelled { command: command.display() };
    if cancel.requested() {
        return Err(cancelled());
    }
    let mut std = spawn::to_std(command);
    std.stdin(match command.stdin {
        Stdin::Null => Stdio::null(),
        Stdin::Piped if input.is_empty() => Stdio::null(),
        Stdin::Piped => Stdio::piped(),
        Stdin::Inherit => Stdio::inherit(),
    });
    std.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = std.spawn().map_err(|error| child::start_error(command, error))?;
    let io = |error: io::Error| ProcessError::Io {
        command: command.display(),
        directory: command.directory.clone(),
        error,
    };
    if let Some(mut pipe) = running.stdin.take() {
        // A child that does not read, or has ended, tells by its status how it fared.
        let _ = pipe.write_all(input);
    }
    let output = running.wait_with_output().map_err(io)?;
    if cancel.requested() {
        return Err(cancelled());
    }
    Ok(Captured { status: output.status, stdout: output.stdout, stderr: output.stderr })
}
