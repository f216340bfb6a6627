//! make: its command line, its log, and the words that matter when it fails.
//!
//! Every call has the toolchain's variables on its command line, an environment that [`crate::environment`] confines,
//! and a place in the session's jobserver; the caller holds the token that the call itself counts for.

use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::env::Env;
use kernel_host::fs::{self, FsError};
use kernel_host::jobserver::Jobserver;
use kernel_host::process::{Command, Line, ProcessError, Stream, describe_status};

use crate::launcher::Launcher;
use crate::toolchain::Toolchain;
use crate::{environment, hints, suspicion};

/// A make that ended badly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MakeFailure {
    /// The command line.
    pub command: String,
    /// How it ended: `exit status 2`.
    pub status: String,
    /// The failing tool's own words; where there are none, the last lines.
    pub words: Vec<String>,
    /// What make was making: `net/broken.o`.
    pub target: Option<String>,
    /// What has to do with it of that which changed since the last good build, in lines.
    pub since: Vec<String>,
    /// What to do about it, where the words are known.
    pub hint: Option<&'static str>,
    /// Everything that was said.
    pub log: AbsPath,
}

pub(crate) enum MakeError {
    Failed(Box<MakeFailure>),
    Process(ProcessError),
    Fs(FsError),
}

impl From<FsError> for MakeError {
    fn from(error: FsError) -> Self {
        Self::Fs(error)
    }
}

impl From<ProcessError> for MakeError {
    fn from(error: ProcessError) -> Self {
        Self::Process(error)
    }
}

/// How many lines are kept to look for the failing tool's words.
const KEPT: usize = 4000;
/// How many of the last lines are shown where no words are found.
const LAST: usize = 12;

/// What all calls of make for a kernel have in common.
#[derive(Clone, Copy)]
pub(crate) struct Make<'a> {
    pub(crate) toolchain: &'a Toolchain,
    pub(crate) srctree: &'a AbsPath,
    pub(crate) objtree: &'a AbsPath,
    /// Lies there for as long as make works in the object tree.
    pub(crate) mark: &'a AbsPath,
    pub(crate) env: &'a Env,
    pub(crate) cancel: &'a Cancel,
    pub(crate) jobserver: &'a Jobserver,
    /// What stands in front of the compilers.
    pub(crate) launcher: Option<&'a Launcher>,
}

impl Make<'_> {
    /// `make -C <srctree> O=<objtree> ARCH=… GOAL…`
    pub(crate) fn command(&self, goals: &[&str]) -> Command {
        let mut command = Command::new(&self.toolchain.make);
        environment::confine(&mut command, self.env);
        if let Some(launcher) = self.launcher {
            launcher.configure(&mut command, self.env);
        }
        self.jobserver.configure(&mut command);
        // One target's words together: two compilers that fail at the same time can be told apart.
        command.args(["--output-sync=target", "--no-print-directory", "-C"]).arg(self.srctree);
        command.arg(format!("O={}", self.objtree)).args(self.toolchain.make_vars()).args(goals);
        command
    }

    /// Runs it; every line goes to the log and to `each`, which hears whether it came from standard error.
    pub(crate) fn run(
        &self,
        command: &mut Command,
        log: &AbsPath,
        each: &mut dyn FnMut(&str, bool),
    ) -> Result<(), MakeError> {
        let mut file = fs::create(log)?;
        let shown = command.display();
        file.write_line(&format!("$ {shown}"))?;
        let mut lines: Vec<String> = Vec::new();
        let mut written = Ok(());
        fs::write_atomic(self.mark, b"")?;
        let status = command.stream(self.cancel, &mut |line: Line<'_>| {
            if written.is_ok() {
                written = file.write_line(line.text);
            }
            if lines.len() >= KEPT {
                lines.drain(..KEPT / 2);
            }
            lines.push(line.text.to_owned());
            each(line.text, line.stream == Stream::Stderr);
        });
        // make is gone, and has tidied up.
        fs::remove_file(self.mark)?;
        let flushed = file.finish();
        let status = status?;
        if !status.success() {
            let words = match hints::first_error(&lines) {
                Some(range) => lines[range].to_vec(),
                None => lines[lines.len().saturating_sub(LAST)..].to_vec(),
            };
            // What the shown words do not say, an earlier line may.
            let hint = hints::hint(words.iter().map(String::as_str));
            let hint = hint.or_else(|| hints::hint(lines.iter().map(String::as_str)));
            let status = describe_status(status);
            return Err(MakeError::Failed(Box::new(MakeFailure {
                command: shown,
                status,
                words,
                target: suspicion::target_of(&lines),
                since: Vec::new(),
                hint,
                log: log.clone(),
            })));
        }
        written?;
        flushed?;
        Ok(())
    }
}
