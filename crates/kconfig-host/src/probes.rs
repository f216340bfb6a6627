//! Probes: commands that a tree's macros run.
//!
//! Each command is answered once. [`Probes::foresee`] has some run in the background; [`Probes::answer`] takes what is
//! there, waits for what is under way, and runs what is neither.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use kconfig::tree::ShellAnswer;
use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::env::Env;
use kernel_host::process::{Command, Stdin};
use rustc_hash::FxHashMap;

/// What is told of a command that starts and is ended by a signal, as shells do.
const SIGNALLED: i32 = 128;
/// The status of a command that could not be started.
const NOT_STARTED: i32 = 127;

/// A probe, its answer, and where that came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeRecord {
    /// What `/bin/sh -c` was given.
    pub command: Vec<u8>,
    /// What it said.
    pub answer: ShellAnswer,
    /// Where the answer came from.
    pub origin: Origin,
}

/// Where a probe's answer came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It was run.
    Ran,
}

/// The probes of one tree.
pub(crate) struct Probes {
    shared: Arc<Shared>,
    /// The commands in the order in which they were asked for.
    asked: Mutex<Vec<Vec<u8>>>,
}

struct Shared {
    directory: AbsPath,
    env: Env,
    stdin: Stdin,
    cancel: Cancel,
    /// Nobody will ask any more.
    over: AtomicBool,
    known: Mutex<FxHashMap<Vec<u8>, Arc<OnceLock<Answered>>>>,
}

#[derive(Clone)]
struct Answered {
    answer: ShellAnswer,
    origin: Origin,
}

impl Probes {
    pub(crate) fn new(directory: AbsPath, env: Env, stdin: Stdin, cancel: Cancel) -> Self {
        let shared =
            Shared { directory, env, stdin, cancel, over: AtomicBool::new(false), known: Mutex::default() };
        Self { shared: Arc::new(shared), asked: Mutex::default() }
    }

    /// Has commands answered on all cores, without waiting for them.
    pub(crate) fn foresee(&self, commands: impl IntoIterator<Item = Vec<u8>>) {
        for command in commands {
            let shared = Arc::clone(&self.shared);
            // First come, first served: the true parse asks in this order.
            rayon::spawn_fifo(move || {
                if !shared.over.load(Ordering::Relaxed) {
                    shared.answer(&command);
                }
            });
        }
    }

    /// A command's answer.
    pub(crate) fn answer(&self, command: &[u8]) -> ShellAnswer {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(command.to_vec());
        self.shared.answer(command).answer
    }

    /// Every command that was asked for, once, in that order.
    pub(crate) fn records(&self) -> Vec<ProbeRecord> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let mut told = rustc_hash::FxHashSet::default();
        let first = asked.iter().filter(|command| told.insert(command.as_slice()));
        let record = |command: &Vec<u8>| {
            let Answered { answer, origin } = self.shared.answer(command);
            ProbeRecord { command: command.clone(), answer, origin }
        };
        first.map(record).collect()
    }
}

impl Drop for Probes {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Relaxed);
    }
}

impl Shared {
    fn answer(&self, command: &[u8]) -> Answered {
        let cell = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            match known.get(command) {
                Some(cell) => Arc::clone(cell),
                None => Arc::clone(known.entry(command.to_owned()).or_default()),
            }
        };
        cell.get_or_init(|| Answered { answer: self.run(command), origin: Origin::Ran }).clone()
    }

    fn run(&self, command: &[u8]) -> ShellAnswer {
        let mut shell = Command::new("/bin/sh");
        // `conf` names the shell so, which shows in the shell's own messages.
        shell.called("sh").arg("-c").arg(os_string(command)).env_clear();
        for (name, value) in self.env.vars() {
            shell.env(name, value);
        }
        shell.current_dir(&self.directory).stdin(self.stdin);
        match shell.capture(&self.cancel) {
            Ok(done) => ShellAnswer {
                stdout: done.stdout,
                status: done.status.code().unwrap_or_else(|| SIGNALLED + signal(done.status)),
                stderr: done.stderr,
            },
            Err(error) => ShellAnswer {
                stdout: Vec::new(),
                status: NOT_STARTED,
                stderr: format!("{error}\n").into_bytes(),
            },
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
fn signal(status: kernel_host::process::ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt as _;
    status.signal().unwrap_or(0)
}

#[cfg(not(unix))]
fn signal(_status: kernel_host::process::ExitStatus) -> i32 {
    0
}
