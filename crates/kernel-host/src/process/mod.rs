//! Child processes.
//!
//! Shape: a [`Command`] is a value that can be shown, copied and run in one of six ways.
//!
//! | Way                          | For                                                                  |
//! |------------------------------|----------------------------------------------------------------------|
//! | [`Command::output`]          | what a tool says; [`Command::checked_output`] if it must succeed     |
//! | [`Command::capture`]         | what one of many short children says, byte for byte                  |
//! | [`Command::stream`]          | a long run whose lines matter at once; [`Command::checked_stream`]   |
//! | [`Command::spawn`]           | a child that is talked to: a virtual machine's console               |
//! | [`Command::interactive`]     | a child that owns this terminal                                      |
//! | [`Command::replace`]         | handing over for good                                                |
//!
//! Invariants: every child (but an interactive or a captured one) leads a process group of its own, so that ending it ends what it
//! started; a [`Cancel`] sends SIGTERM to the group and, after five seconds, SIGKILL; a child does not outlive the
//! tool (on Linux the kernel sees to it). Both pipes are drained at the same time, so no child waits for a reader.
//! Output is text: bytes that are not UTF-8 are replaced, save where it is captured.
//!
//! Deliberately absent: a shell. Arguments go to the program as they are.

mod capture;
mod child;
mod error;
mod group;
mod quote;
mod spawn;

pub use capture::Captured;
pub use child::{Child, NextLine, StdinPipe};
pub use error::{ProcessError, describe_status};
pub(crate) use group::kill_all_groups;
pub use std::process::ExitStatus;

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::io;
use std::time::Duration;

use crate::AbsPath;
use crate::cancel::Cancel;

/// Describes a program to run, with its arguments, environment and directory.
#[derive(Debug, Clone)]
pub struct Command {
    program: OsString,
    name: Option<OsString>,
    args: Vec<OsString>,
    env_clear: bool,
    env: Vec<(OsString, Option<OsString>)>,
    directory: Option<AbsPath>,
    stdin: Stdin,
    pub(crate) jobserver: Option<jobserver::Client>,
}

/// Says what a child reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stdin {
    /// Nothing: the end of the file at once.
    #[default]
    Null,
    /// What this process reads.
    Inherit,
    /// What [`Child::write_stdin`] writes; nothing where no [`Child`] is at hand.
    Piped,
}

/// Names the pipe that a line came through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// Holds one line that a child wrote, without its end.
///
/// Lines of one stream come in order; between the two streams the order is that of reading them, which is close to,
/// but not always, that of writing them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// Where it was written to.
    pub stream: Stream,
    /// The text, lossily decoded.
    pub text: &'a str,
}

/// Holds what a finished child has written.
#[derive(Debug, Clone)]
pub struct Output {
    /// How it ended.
    pub status: ExitStatus,
    /// All of standard output, lossily decoded; each line ends in `\n`, whatever it ended in.
    pub stdout: String,
    /// All of standard error, as lossily.
    pub stderr: String,
}

/// How many lines an error of a failed process carries.
const LAST_LINES: usize = 20;

impl Command {
    /// Describes a program without arguments; a bare name is looked up over `PATH`.
    #[must_use]
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        Self {
            program: program.as_ref().to_owned(),
            name: None,
            args: Vec::new(),
            env_clear: false,
            env: Vec::new(),
            directory: None,
            stdin: Stdin::Null,
            jobserver: None,
        }
    }

    /// Sets the name that the child is told it was called by, `argv[0]`; where there is such a thing (Unix).
    pub fn called(&mut self, name: impl AsRef<OsStr>) -> &mut Self {
        self.name = Some(name.as_ref().to_owned());
        self
    }

    /// Appends an argument.
    pub fn arg(&mut self, arg: impl AsRef<OsStr>) -> &mut Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    /// Appends arguments.
    pub fn args<A: AsRef<OsStr>>(&mut self, args: impl IntoIterator<Item = A>) -> &mut Self {
        self.args.extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// Sets a variable for the child.
    pub fn env(&mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> &mut Self {
        self.env.push((name.as_ref().to_owned(), Some(value.as_ref().to_owned())));
        self
    }

    /// Keeps a variable of this process from the child.
    pub fn env_remove(&mut self, name: impl AsRef<OsStr>) -> &mut Self {
        self.env.push((name.as_ref().to_owned(), None));
        self
    }

    /// Keeps all variables of this process from the child, and forgets those that were set before.
    pub fn env_clear(&mut self) -> &mut Self {
        self.env.clear();
        self.env_clear = true;
        self
    }

    /// Sets the directory that the child starts in.
    pub fn current_dir(&mut self, directory: &AbsPath) -> &mut Self {
        self.directory = Some(directory.clone());
        self
    }

    /// Sets what the child reads; nothing, unless said.
    pub fn stdin(&mut self, stdin: Stdin) -> &mut Self {
        self.stdin = stdin;
        self
    }

    /// Returns the program's name, as it was given.
    #[must_use]
    pub fn program(&self) -> String {
        self.program.to_string_lossy().into_owned()
    }

    /// Renders the command line as one could type it into a shell: variables that were set, program, arguments.
    #[must_use]
    pub fn display(&self) -> String {
        let set = self.env.iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
        let variables = set.map(|(name, value)| format!("{}={}", name.to_string_lossy(), quote::word(value)));
        let words = std::iter::once(&self.program).chain(&self.args).map(|word| quote::word(word));
        variables.chain(words).collect::<Vec<_>>().join(" ")
    }

    /// Runs the child to its end and returns what it wrote, whatever its exit status.
    pub fn output(&mut self, cancel: &Cancel) -> Result<Output, ProcessError> {
        collect(|on_line| self.stream(cancel, on_line))
    }

    /// Runs the child to its end and returns what it wrote; a status other than zero is an error.
    pub fn checked_output(&mut self, cancel: &Cancel) -> Result<Output, ProcessError> {
        collect(|on_line| self.checked_stream(cancel, on_line))
    }

    /// Runs a short child to its end and returns its bytes, whatever its exit status.
    ///
    /// For probes, which come by the hundred: nothing is set up that takes time. The child stays in this process's group,
    /// so that Ctrl-C reaches it; a wish to stop is looked at before and behind it, not meanwhile.
    pub fn capture(&mut self, cancel: &Cancel) -> Result<Captured, ProcessError> {
        capture::run(self, cancel)
    }

    /// The same for a child that reads a text, which must be short: all of it is written before anything is read.
    pub fn capture_fed(&mut self, input: &[u8], cancel: &Cancel) -> Result<Captured, ProcessError> {
        self.stdin = Stdin::Piped;
        capture::run_fed(self, input, cancel)
    }

    /// Runs the child to its end and hands over each line when it comes; any exit status is returned.
    pub fn stream(
        &mut self,
        cancel: &Cancel,
        on_line: &mut dyn FnMut(Line<'_>),
    ) -> Result<ExitStatus, ProcessError> {
        let mut child = self.spawn(cancel)?;
        child.close_stdin();
        loop {
            match child.next_line(Duration::from_secs(3600)) {
                NextLine::Line { stream, text } => on_line(Line { stream, text: &text }),
                NextLine::Timeout => {}
                NextLine::Closed | NextLine::Cancelled => return child.wait(),
            }
        }
    }

    /// Runs the child to its end and hands over each line when it comes; a status other than zero is an error that
    /// carries the last lines.
    pub fn checked_stream(
        &mut self,
        cancel: &Cancel,
        on_line: &mut dyn FnMut(Line<'_>),
    ) -> Result<ExitStatus, ProcessError> {
        let mut last_lines = VecDeque::with_capacity(LAST_LINES);
        let status = self.stream(cancel, &mut |line| {
            if last_lines.len() == LAST_LINES {
                last_lines.pop_front();
            }
            last_lines.push_back(line.text.to_owned());
            on_line(line);
        })?;
        if status.success() { Ok(status) } else { Err(self.failed(status, last_lines.into())) }
    }

    /// Starts the child and returns a hold on it; its lines wait until they are asked for.
    pub fn spawn(&mut self, cancel: &Cancel) -> Result<Child, ProcessError> {
        Child::start(self, cancel)
    }

    /// Runs the child on this process's own terminal and streams, and waits for its end.
    ///
    /// It stays in this process's group, since only the foreground group may read a terminal: Ctrl-C reaches it
    /// directly, and a cancel by another signal is passed on to it.
    pub fn interactive(&mut self, cancel: &Cancel) -> Result<ExitStatus, ProcessError> {
        child::run_interactively(self, cancel)
    }

    /// Replaces this process by the program; returns only if that fails.
    ///
    /// Where a process cannot be replaced (Windows), it waits for the program and exits with its status.
    pub fn replace(&mut self) -> io::Error {
        spawn::replace(self)
    }

    /// Makes the error of a run that ended with this status.
    ///
    /// For those who look at the status of [`stream`](Self::stream) themselves.
    #[must_use]
    pub fn failed(&self, status: ExitStatus, last_lines: Vec<String>) -> ProcessError {
        ProcessError::Failed {
            command: self.display(),
            directory: self.directory.clone(),
            status,
            last_lines,
        }
    }
}

/// Gathers the lines of a run into its output.
fn collect(
    run: impl FnOnce(&mut dyn FnMut(Line<'_>)) -> Result<ExitStatus, ProcessError>,
) -> Result<Output, ProcessError> {
    let (mut stdout, mut stderr) = (String::new(), String::new());
    let status = run(&mut |line| {
        let text = match line.stream {
            Stream::Stdout => &mut stdout,
            Stream::Stderr => &mut stderr,
        };
        text.push_str(line.text);
        text.push('\n');
    })?;
    Ok(Output { status, stdout, stderr })
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
