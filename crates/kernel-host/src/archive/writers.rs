//! The threads that write small files.
//!
//! Making a file costs the system more than writing its bytes, and a kernel tree has 90 000 of them. So the thread that
//! takes the tar file apart makes directories and links, and hands over files; it writes large ones itself, so that what
//! waits is bounded.
//!
//! Invariants: the first failure is kept and stops the rest; [`Writers::drain`] returns when all that was handed over is
//! on disk.

use std::fs::{File, FileTimes, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread::Scope;
use std::time::SystemTime;

use super::listing::{Content, Member};
use super::tree::{Refusal, TreeError};
use crate::AbsPath;
use crate::digest::sha256;
use crate::fs::FsError;

/// A file that is longer is written by the thread that reads it.
pub(super) const SMALL: u64 = 256 << 10;

/// How many files may wait.
const QUEUE: usize = 128;

/// More threads than this wait for each other in the file system.
const MOST: usize = 4;

/// A file to be written.
pub(super) struct Job {
    /// Its name in the archive.
    pub(super) name: String,
    /// Where it goes.
    pub(super) path: AbsPath,
    /// The same, relative to the top.
    pub(super) relative: PathBuf,
    pub(super) mode: u32,
    pub(super) time: SystemTime,
    pub(super) mtime: u64,
    pub(super) bytes: Vec<u8>,
}

/// What the threads share.
pub(super) struct Shared {
    jobs: Mutex<Receiver<Job>>,
    sender: Mutex<Option<SyncSender<Job>>>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: usize,
    failure: Option<TreeError>,
    members: Vec<Member>,
}

impl Shared {
    pub(super) fn new() -> Self {
        let (sender, jobs) = sync_channel(QUEUE);
        let (jobs, sender) = (Mutex::new(jobs), Mutex::new(Some(sender)));
        Self { jobs, sender, state: Mutex::default(), changed: Condvar::new() }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        loop {
            let job = self.jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(job) = job else { return };
            let failed = self.state().failure.is_some();
            let written = if failed { None } else { Some(write_small(&job)) };
            let mut state = self.state();
            match written {
                Some(Ok(member)) => state.members.push(member),
                Some(Err(error)) => drop(state.failure.get_or_insert(error)),
                None => {}
            }
            state.waiting -= 1;
            self.changed.notify_all();
        }
    }
}

/// Hands files over.
pub(super) struct Writers<'s> {
    shared: &'s Shared,
    sender: SyncSender<Job>,
}

impl<'s> Writers<'s> {
    /// Starts the threads; they end when this is dropped.
    pub(super) fn start<'scope>(scope: &'scope Scope<'scope, '_>, shared: &'s Shared) -> io::Result<Self>
    where
        's: 'scope,
    {
        let sender = shared.sender.lock().unwrap_or_else(PoisonError::into_inner).take();
        let sender = sender.ok_or_else(|| io::Error::other("the writers were started twice"))?;
        for _ in 0..crate::env::available_cpus().min(MOST) {
            std::thread::Builder::new().name("write".to_owned()).spawn_scoped(scope, || shared.work())?;
        }
        Ok(Self { shared, sender })
    }

    /// Hands a file over; fails with what happened to an earlier one.
    pub(super) fn write(&self, job: Job) -> Result<(), TreeError> {
        {
            let mut state = self.shared.state();
            if let Some(error) = state.failure.take() {
                return Err(error);
            }
            state.waiting += 1;
        }
        // The receiver lives as long as what is shared.
        self.sender.send(job).map_err(|_| TreeError::Tar(io::Error::other("nobody writes")))
    }

    /// Waits until all is written.
    pub(super) fn drain(&self) -> Result<(), TreeError> {
        let mut state = self.shared.state();
        while state.waiting > 0 {
            state = self.shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.failure.take().map_or(Ok(()), Err)
    }

    /// Notes a member that was made elsewhere.
    pub(super) fn note(&self, member: Member) {
        self.shared.state().members.push(member);
    }

    /// Returns what was made so far.
    pub(super) fn members(&self) -> Vec<Member> {
        std::mem::take(&mut self.shared.state().members)
    }
}

fn write_small(job: &Job) -> Result<Member, TreeError> {
    let mut file = create(&job.path, job.mode).map_err(|error| taken(&job.name, error))?;
    file.write_all(&job.bytes).map_err(FsError::on("write", &job.path))?;
    set_time(&file, &job.path, job.time)?;
    let content = Content::File {
        len: job.bytes.len() as u64,
        mtime: job.mtime,
        executable: job.mode & 0o100 != 0,
        sha256: sha256(&job.bytes),
    };
    Ok(Member { path: job.relative.clone(), content })
}

/// The error of a name that is there already.
pub(super) fn taken(member: &str, error: FsError) -> TreeError {
    match error.source.kind() {
        io::ErrorKind::AlreadyExists => {
            let reason = "its name is taken by another member, here perhaps one that differs in case only";
            TreeError::Refused(Refusal { member: member.to_owned(), reason: reason.to_owned() })
        }
        _ => TreeError::Fs(error),
    }
}

/// Creates a file that is not there yet, with the archive's mode less the umask.
pub(super) fn create(path: &AbsPath, mode: u32) -> Result<File, FsError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode & 0o777 | 0o600);
    #[cfg(not(unix))]
    let _ = mode;
    options.open(path).map_err(FsError::on("create", path))
}

pub(super) fn set_time(file: &File, path: &AbsPath, time: SystemTime) -> Result<(), FsError> {
    file.set_times(FileTimes::new().set_modified(time)).map_err(FsError::on("set the time of", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the file system takes two names of an archive for one, the member is named.
    #[test]
    fn a_name_that_is_there() {
        let path = AbsPath::new("/tmp/new/net/XT_DSCP.h").expect("absolute");
        let there = FsError::new("create", &path, io::ErrorKind::AlreadyExists.into());
        let TreeError::Refused(Refusal { member, reason }) = taken("linux/net/XT_DSCP.h", there) else {
            panic!("it is no refusal")
        };
        assert_eq!(member, "linux/net/XT_DSCP.h");
        insta::assert_snapshot!(reason, @"its name is taken by another member, here perhaps one that differs in case only");
        let full = FsError::new("create", &path, io::ErrorKind::StorageFull.into());
        assert!(matches!(taken("x", full), TreeError::Fs(_)));
    }
}
