//! The run of a probe.

use kconfig::tree::ShellAnswer;
use kernel_host::cancel::Cancel;
use kernel_host::env::Env;
use kernel_host::process::{Command, ExitStatus, Stdin};

/// What is added to the number of a signal that ended a command, as shells do.
const SIGNALLED: i32 = 128;
/// The status of a command that could not be started.
const NOT_STARTED: i32 = 127;

/// What came of a run.
pub(super) struct Run {
    pub(super) answer: ShellAnswer,
    /// Whether the command came to its own end.
    pub(super) whole: bool,
}

/// Runs a command in a directory and environment.
pub(super) fn run(command: &[u8], env: &Env, stdin: Stdin, cancel: &Cancel) -> Run {
    let mut shell = Command::new("/bin/sh");
    // `conf` names the shell so, which shows in the shell's own messages.
    shell.called("sh").arg("-c").arg(os_string(command)).env_clear();
    for (name, value) in env.vars() {
        shell.env(name, value);
    }
    shell.current_dir(env.current_dir()).stdin(stdin);
    match shell.capture(cancel) {
        Ok(done) => {
            let code = done.status.code();
            let status = code.unwrap_or_else(|| SIGNALLED + signal(done.status));
            // A shell tells so of what it ran.
            let whole = status < SIGNALLED;
            Run { answer: ShellAnswer { stdout: done.stdout, status, stderr: done.stderr }, whole }
        }
        Err(error) => {
            let stderr = format!("{error}\n").into_bytes();
            Run { answer: ShellAnswer { stdout: Vec::new(), status: NOT_STARTED, stderr }, whole: false }
        }
    }
}

#[cfg(unix)]
fn os_string(bytes: &[u8]) -> std::ffi::OsString {
    use std::os::unix::ffi::OsStringExt as _;
    std::ffi::OsString::from_vec(bytes.to_vec())
}

#[cfg(not(unix))]
fn os_string(bytes: &[u8]) -> std::ffi::OsString {
    String::from_utf8_lossy(bytes).into_owned().into()
}

#[cfg(unix)]
fn signal(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt as _;
    status.signal().unwrap_or(0)
}

#[cfg(not(unix))]
fn signal(_status: ExitStatus) -> i32 {
    0
}
