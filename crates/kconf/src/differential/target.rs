//! One architecture of one tree, with everything that runs on it.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::grammar::Era;
use super::oracle::{Probes, Target};
use super::server::{Outcome, Server};
use super::step::{self, Left, Side, Step};

/// The servers of a target: one of `conf` for each mode, since it takes its mode before it parses; any number of ours,
/// each of which runs one thing at a time.
pub(super) struct Bench {
    pub(super) target: Target,
    pub(super) scratch: PathBuf,
    pub(super) probes: Probes,
    pub(super) era: Era,
    theirs: Mutex<HashMap<&'static str, Arc<Server>>>,
    ours: Mutex<Vec<Server>>,
    numbers: AtomicU64,
}

/// Which way a side goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Through a server that has parsed the tree already.
    Served,
    /// Through a process of its own, as a user's would be.
    Process,
}

impl Bench {
    pub(super) fn new(target: Target, scratch: PathBuf, probes: Probes, era: Era) -> Self {
        let (theirs, ours) = (Mutex::default(), Mutex::default());
        Self { target, scratch, probes, era, theirs, ours, numbers: AtomicU64::new(0) }
    }

    /// A new folder.
    pub(super) fn folder(&self) -> io::Result<PathBuf> {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let folder = self.scratch.join(format!("{}-{number}", self.target.arch.name()));
        fs::create_dir_all(folder.join("work"))?;
        Ok(folder)
    }

    /// Runs a step of the tree's own `conf`.
    pub(super) fn theirs(&self, step: &Step, way: Way, folder: &Path) -> io::Result<Left> {
        if way == Way::Process || self.probes == Probes::Live {
            return step::run(step, Side::Process(self.target.conf(self.probes)), folder);
        }
        let server = {
            let mut servers = self.theirs.lock().unwrap_or_else(PoisonError::into_inner);
            match servers.get(step.mode) {
                Some(server) => Arc::clone(server),
                None => {
                    let server = Arc::new(self.start_theirs(step.mode)?);
                    servers.insert(step.mode, Arc::clone(&server));
                    server
                }
            }
        };
        step::run(step, Side::Served(&server, Vec::new()), folder)
    }

    /// Runs a step of ours.
    pub(super) fn ours(&self, step: &Step, way: Way, folder: &Path) -> io::Result<Left> {
        if way == Way::Process || self.probes == Probes::Live {
            return step::run(step, Side::Process(self.kconf()?), folder);
        }
        let idle = self.ours.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let server = match idle {
            Some(server) => server,
            None => self.start_ours()?,
        };
        let left = step::run(step, Side::Served(&server, vec![step.arguments().join(" ")]), folder)?;
        if left.outcome != Outcome::Lost {
            self.ours.lock().unwrap_or_else(PoisonError::into_inner).push(server);
        }
        Ok(left)
    }

    /// `kconf`, with the log's answers or live.
    pub(super) fn kconf(&self) -> io::Result<Command> {
        let mut command = Command::new(std::env::current_exe()?);
        command.env_clear();
        match self.probes {
            Probes::Replayed => command.arg("replay").arg(&self.target.log_path),
            Probes::Live => command.envs(&self.target.log.environment),
        };
        Ok(command)
    }

    fn start_theirs(&self, mode: &str) -> io::Result<Server> {
        let folder = self.folder()?;
        let mut command = self.target.conf(Probes::Replayed);
        command.args(step::arguments(mode)).env("ORACLE_SERVE", &folder).current_dir(folder.join("work"));
        Server::start(&mut command)
    }

    fn start_ours(&self) -> io::Result<Server> {
        let folder = self.folder()?;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("serve").arg(&self.target.log_path).arg("Kconfig").arg(&folder);
        Server::start(command.env_clear().current_dir(folder.join("work")))
    }

    /// What a mode of the tree's own `conf` writes to `.config`.
    pub(super) fn config(&self, step: &Step) -> Option<Vec<u8>> {
        let folder = self.folder().ok()?;
        let left = self.theirs(step, Way::Served, &folder).ok()?;
        let _ = fs::remove_dir_all(folder);
        left.files.get(".config").map(|(text, _)| text.clone())
    }
}
