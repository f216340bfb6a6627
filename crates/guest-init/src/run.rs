//! Runs the guest's command and reaps whatever dies meanwhile.

use std::io;
use std::process::Command;

use rustix::io::Errno;
use rustix::process::{Pid, WaitOptions, WaitStatus, wait};

/// The command could not be run to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    #[error("`{program}` does not start: {error}")]
    Start { program: String, error: io::Error },
    #[error("`{program}` cannot be waited for: {errno}")]
    Wait { program: String, errno: Errno },
}

/// Runs the command on this console until it ends; a signal counts as 128 + its number.
///
/// PID 1 inherits every orphan of the guest, so the wait is for any child.
pub(crate) fn run(words: &[String]) -> Result<i32, RunError> {
    let Some((program, args)) = words.split_first() else { return Ok(0) };
    let program = program.clone();
    let child = match Command::new(&program).args(args).spawn() {
        Ok(child) => child,
        Err(error) => return Err(RunError::Start { program, error }),
    };
    let command = Pid::from_child(&child);
    loop {
        match wait(WaitOptions::empty()) {
            Ok(Some((pid, status))) if pid == command => return Ok(status_number(status)),
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(RunError::Wait { program, errno }),
        }
    }
}

fn status_number(status: WaitStatus) -> i32 {
    const SIGNALLED: i32 = 128;
    match (status.exit_status(), status.terminating_signal()) {
        (Some(code), _) => code,
        (None, Some(signal)) => SIGNALLED + signal,
        // `wait` without options reports ends only.
        (None, None) => status.as_raw(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_ends_with_its_status() {
        let run_shell = |script: &str| run(&["sh".into(), "-c".into(), script.into()]);
        assert_eq!(run_shell("exit 7").ok(), Some(7));
        assert_eq!(run_shell("kill -9 $$").ok(), Some(128 + 9));
        let error = run(&["/no/such/program".into()]).expect_err("no such program");
        assert_eq!(
            error.to_string(),
            "`/no/such/program` does not start: No such file or directory (os error 2)"
        );
    }
}
