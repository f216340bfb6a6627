//! What can go wrong with a child.

use std::fmt::Write as _;
use std::io;
use std::process::ExitStatus;

use crate::AbsPath;

/// Reports a child that did not start, did not end well, or was told to end.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// The program is not on this machine; the caller may know which package brings it.
    #[error("could not find the program `{program}`, needed for `{command}`")]
    Missing {
        /// The program's name, as it was looked up.
        program: String,
        /// The whole command line.
        command: String,
        /// The directory it was to start in, if not this process's own.
        directory: Option<AbsPath>,
    },
    /// The child could not be started, or talked to.
    #[error("could not run `{command}`{}: {}", in_directory(directory), crate::io_text(error))]
    Io {
        /// The whole command line.
        command: String,
        /// The directory it was to start in, if not this process's own.
        directory: Option<AbsPath>,
        /// What the operating system said.
        error: io::Error,
    },
    /// The child ended with a status other than zero.
    #[error("`{command}` failed{}: {}{}", in_directory(directory), describe_status(*status), listed(last_lines))]
    Failed {
        /// The whole command line.
        command: String,
        /// The directory it ran in, if not this process's own.
        directory: Option<AbsPath>,
        /// How it ended.
        status: ExitStatus,
        /// The last twenty lines of both streams.
        last_lines: Vec<String>,
    },
    /// Somebody wished to stop; the child and what it had started are gone.
    #[error("cancelled while running `{command}`")]
    Cancelled {
        /// The whole command line.
        command: String,
    },
}

fn in_directory(directory: &Option<AbsPath>) -> String {
    directory.as_ref().map_or_else(String::new, |directory| format!(" in `{directory}`"))
}

fn listed(lines: &[String]) -> String {
    lines.iter().fold(String::new(), |mut text, line| {
        // Writing to a string cannot fail.
        let _ = write!(text, "\n    {line}");
        text
    })
}

/// Renders how a process ended: `exit status 2`, `killed by SIGSEGV`.
#[must_use]
pub fn describe_status(status: ExitStatus) -> String {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt as _;
        if let Some(signal) = status.signal() {
            return match signal_name(signal) {
                Some(name) => format!("killed by {name}"),
                None => format!("killed by signal {signal}"),
            };
        }
    }
    match status.code() {
        Some(code) => format!("exit status {code}"),
        None => status.to_string(),
    }
}

/// Names the signals that end processes; their numbers differ between systems.
#[cfg(unix)]
fn signal_name(number: i32) -> Option<&'static str> {
    use rustix::process::Signal;
    let names = [
        (Signal::HUP, "SIGHUP"),
        (Signal::INT, "SIGINT"),
        (Signal::QUIT, "SIGQUIT"),
        (Signal::ILL, "SIGILL"),
        (Signal::TRAP, "SIGTRAP"),
        (Signal::ABORT, "SIGABRT"),
        (Signal::BUS, "SIGBUS"),
        (Signal::FPE, "SIGFPE"),
        (Signal::KILL, "SIGKILL"),
        (Signal::SEGV, "SIGSEGV"),
        (Signal::PIPE, "SIGPIPE"),
        (Signal::ALARM, "SIGALRM"),
        (Signal::TERM, "SIGTERM"),
        (Signal::XCPU, "SIGXCPU"),
        (Signal::XFSZ, "SIGXFSZ"),
        (Signal::SYS, "SIGSYS"),
    ];
    names.into_iter().find(|(signal, _)| signal.as_raw() == number).map(|(_, name)| name)
}
