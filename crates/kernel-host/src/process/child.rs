//! A child that runs, and its lines.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::ExitStatus;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use super::group::{self, End};
use super::spawn::{Place, spawn};
use super::{Command, ProcessError, Stream};
use crate::AbsPath;
use crate::cancel::{Cancel, POLL};
use crate::clock::Stopwatch;

/// How long a group has between being asked to end and being killed.
const GRACE: Duration = Duration::from_secs(5);

/// How long pipes may stay open after the child has ended: a background process of its own may hold them for ever.
const LINGER: Duration = Duration::from_secs(1);

/// A line of this length is handed over in pieces, so that a child without line ends cannot fill the memory.
const LONGEST_LINE: u64 = 1 << 20;

/// How many lines wait before the child has to.
const QUEUE: usize = 1024;

/// Holds a child that runs.
///
/// Dropping it kills its group.
#[derive(Debug)]
pub struct Child {
    inner: std::process::Child,
    lines: Receiver<(Stream, String)>,
    pending: VecDeque<(Stream, String)>,
    cancel: Cancel,
    command: String,
    directory: Option<AbsPath>,
    status: Option<ExitStatus>,
    ended: Option<Stopwatch>,
    /// How long the group has between being asked to end and being killed.
    pub(super) grace: Duration,
}

/// A child's standard input.
#[derive(Debug)]
pub struct StdinPipe(std::process::ChildStdin);

impl StdinPipe {
    /// Writes all of it.
    ///
    /// # Errors
    /// Where nobody reads it any more.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)?;
        self.0.flush()
    }
}

/// Tells what came when a line was waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NextLine {
    /// A line; the last one of a stream may have had no end.
    Line {
        /// Where it was written to.
        stream: Stream,
        /// The text without its end, lossily decoded.
        text: String,
    },
    /// Nothing in the time given.
    Timeout,
    /// Both streams have ended; [`Child::wait`] tells how the child did.
    Closed,
    /// Somebody wishes to stop; [`Child::wait`] ends the group.
    Cancelled,
}

impl Child {
    pub(super) fn start(command: &Command, cancel: &Cancel) -> Result<Self, ProcessError> {
        if cancel.requested() {
            return Err(ProcessError::Cancelled { command: command.display() });
        }
        let mut inner = spawn(command, Place::Apart).map_err(|error| start_error(command, error))?;
        group::enter(&inner);
        let (sender, lines) = sync_channel(QUEUE);
        let (stdout, stderr) = (inner.stdout.take(), inner.stderr.take());
        // From here on, dropping `child` ends the process.
        let child = Self {
            inner,
            lines,
            pending: VecDeque::new(),
            cancel: cancel.clone(),
            command: command.display(),
            directory: command.directory.clone(),
            status: None,
            ended: None,
            grace: GRACE,
        };
        if let Some(pipe) = stdout {
            child.read_on_a_thread(pipe, Stream::Stdout, sender.clone())?;
        }
        if let Some(pipe) = stderr {
            child.read_on_a_thread(pipe, Stream::Stderr, sender)?;
        }
        Ok(child)
    }

    fn read_on_a_thread(
        &self,
        pipe: impl Read + Send + 'static,
        stream: Stream,
        lines: SyncSender<(Stream, String)>,
    ) -> Result<(), ProcessError> {
        let thread = std::thread::Builder::new().name("read a pipe".to_owned());
        thread.spawn(move || read_lines(pipe, stream, &lines)).map(drop).map_err(|error| self.io(error))
    }

    /// Returns the child's process number, which is also its group's.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.inner.id()
    }

    /// Waits for the next line of either stream.
    pub fn next_line(&mut self, timeout: Duration) -> NextLine {
        let watch = Stopwatch::start();
        if let Some((stream, text)) = self.pending.pop_front() {
            return NextLine::Line { stream, text };
        }
        loop {
            if self.cancel.requested() {
                return NextLine::Cancelled;
            }
            let left = timeout.saturating_sub(watch.elapsed());
            match self.lines.recv_timeout(left.min(POLL)) {
                Ok((stream, text)) => return NextLine::Line { stream, text },
                Err(RecvTimeoutError::Disconnected) => return NextLine::Closed,
                Err(RecvTimeoutError::Timeout) if self.has_lingered() => return NextLine::Closed,
                Err(RecvTimeoutError::Timeout) if left <= POLL => return NextLine::Timeout,
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    /// Says whether the child ended a while ago and only others still hold its pipes.
    fn has_lingered(&mut self) -> bool {
        if self.ended.is_none() && group::has_ended(&self.inner) {
            self.ended = Some(Stopwatch::start());
        }
        self.ended.is_some_and(|ended| ended.elapsed() > LINGER)
    }

    /// Writes to the child's standard input, which must be [`super::Stdin::Piped`].
    ///
    /// Waits while the pipe is full, so a child that never reads holds up whoever writes much.
    pub fn write_stdin(&mut self, bytes: &[u8]) -> Result<(), ProcessError> {
        let written = match &mut self.inner.stdin {
            Some(stdin) => stdin.write_all(bytes).and_then(|()| stdin.flush()),
            None => Err(io::Error::other("standard input is not a pipe, or is closed")),
        };
        written.map_err(|error| self.io(error))
    }

    /// The child's standard input, for whoever writes to it beside the one who waits for lines; `None` where it is not
    /// [`super::Stdin::Piped`], or was taken. Dropping it ends it.
    pub fn take_stdin(&mut self) -> Option<StdinPipe> {
        self.inner.stdin.take().map(StdinPipe)
    }

    /// Ends the child's standard input.
    pub fn close_stdin(&mut self) {
        drop(self.inner.stdin.take());
    }

    /// Kills the child and everything in its group.
    pub fn kill_group(&mut self) {
        group::signal(&self.inner, End::Force);
    }

    /// Asks the child and everything in its group to end.
    pub fn ask_group_to_end(&mut self) {
        group::signal(&self.inner, End::Ask);
    }

    /// Returns how the child ended, if it has.
    pub fn try_wait(&mut self) -> Result<Option<ExitStatus>, ProcessError> {
        if self.status.is_none() {
            self.status = group::try_reap(&mut self.inner).map_err(|error| self.io(error))?;
        }
        Ok(self.status)
    }

    /// Waits for the child's end; a wish to stop ends its group first and is an error.
    ///
    /// The child is not held up by lines that nobody has asked for; of those that come meanwhile, the last 1024 are
    /// kept for [`next_line`](Self::next_line).
    pub fn wait(&mut self) -> Result<ExitStatus, ProcessError> {
        let mut pause = Duration::from_millis(1);
        loop {
            if self.cancel.requested() {
                self.end_group();
                return Err(ProcessError::Cancelled { command: self.command.clone() });
            }
            if let Some(status) = self.try_wait()? {
                return Ok(status);
            }
            // A full queue would make the child wait for us while we wait for it.
            match self.lines.recv_timeout(pause) {
                Ok(line) => {
                    if self.pending.len() == QUEUE {
                        self.pending.pop_front();
                    }
                    self.pending.push_back(line);
                    continue;
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => crate::clock::sleep(pause),
            }
            pause = (pause * 2).min(POLL);
        }
    }

    /// Asks the group to end, waits for its leader, and kills what is left.
    fn end_group(&mut self) {
        if self.status.is_some() {
            return;
        }
        group::signal(&self.inner, End::Ask);
        let watch = Stopwatch::start();
        while watch.elapsed() < self.grace && !group::has_ended(&self.inner) {
            crate::clock::sleep(Duration::from_millis(10));
        }
        self.kill_and_reap();
    }

    fn kill_and_reap(&mut self) {
        group::signal(&self.inner, End::Force);
        // A process that was sent SIGKILL ends; one that hangs in the kernel is not waited for without end.
        let watch = Stopwatch::start();
        while matches!(self.try_wait(), Ok(None)) && watch.elapsed() < GRACE {
            crate::clock::sleep(Duration::from_millis(2));
        }
    }

    fn io(&self, error: io::Error) -> ProcessError {
        ProcessError::Io { command: self.command.clone(), directory: self.directory.clone(), error }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if self.status.is_none() {
            self.kill_and_reap();
        }
    }
}

/// Runs a child on this process's terminal.
pub(super) fn run_interactively(command: &Command, cancel: &Cancel) -> Result<ExitStatus, ProcessError> {
    let io =
        |error| ProcessError::Io { command: command.display(), directory: command.directory.clone(), error };
    let mut child = spawn(command, Place::Terminal).map_err(|error| start_error(command, error))?;
    let mut asked: Option<Stopwatch> = None;
    loop {
        if let Some(status) = child.try_wait().map_err(io)? {
            return Ok(status);
        }
        match asked {
            None if cancel.requested() => {
                asked = Some(Stopwatch::start());
                ask_to_end(&child);
            }
            Some(since) if since.elapsed() > GRACE => {
                child.kill().map_err(io)?;
                return child.wait().map_err(io);
            }
            _ => {}
        }
        crate::clock::sleep(Duration::from_millis(10));
    }
}

#[cfg(unix)]
fn ask_to_end(child: &std::process::Child) {
    use rustix::process::{Pid, Signal, kill_process};
    if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // It has not been reaped, so the number is its own.
        let _ = kill_process(pid, Signal::TERM);
    }
}

#[cfg(not(unix))]
fn ask_to_end(_child: &std::process::Child) {}

/// Tells a missing program from everything else that can go wrong at the start.
pub(super) fn start_error(command: &Command, error: io::Error) -> ProcessError {
    let (text, directory) = (command.display(), command.directory.clone());
    if let Some(absent) = directory.as_ref().filter(|directory| !directory.as_path().is_dir()) {
        let error = io::Error::new(io::ErrorKind::NotFound, format!("the directory `{absent}` is not there"));
        return ProcessError::Io { command: text, directory: None, error };
    }
    let program = std::path::Path::new(&command.program);
    let is_missing = if program.components().count() > 1 {
        // A script whose interpreter is absent gives the same error as an absent program.
        error.kind() == io::ErrorKind::NotFound && !program.is_file()
    } else {
        // A directory of `PATH` that this user may not search turns "not found" into "permission denied".
        matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied)
            && which::which(program).is_err()
    };
    if is_missing {
        return ProcessError::Missing { program: command.program(), command: text, directory };
    }
    ProcessError::Io { command: text, directory, error }
}

/// Cuts a pipe into lines until it ends or nobody wants them any more.
fn read_lines(pipe: impl Read, stream: Stream, lines: &SyncSender<(Stream, String)>) {
    let mut pipe = BufReader::with_capacity(64 * 1024, pipe);
    let mut line = Vec::new();
    loop {
        line.clear();
        // An error ends the stream as its end does: how the child fared is told by its status.
        match pipe.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) if line.is_empty() => return,
            _ => {}
        }
        if line.last() == Some(&b'\n') {
            line.pop();
            if line.last() == Some(&b'\r') {
                line.pop();
            }
        }
        if lines.send((stream, String::from_utf8_lossy(&line).into_owned())).is_err() {
            return;
        }
    }
}
