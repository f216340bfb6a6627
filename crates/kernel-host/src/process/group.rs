//! The groups of the children that run now.
//!
//! A group's number is that of the child that leads it, and it means that group only until the child is reaped. So
//! signals are sent and children are reaped under one lock, and whoever has been reaped is not in the set any more.

use std::collections::BTreeSet;
use std::io;
use std::process::{Child, ExitStatus};
use std::sync::{Mutex, MutexGuard, PoisonError};

static RUNNING: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

/// Says how firmly to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// SIGTERM.
    Ask,
    /// SIGKILL.
    Force,
}

fn running() -> MutexGuard<'static, BTreeSet<u32>> {
    // The set is whole whenever the lock is free, also after a panic.
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Notes a child that leads a group.
pub(super) fn enter(child: &Child) {
    running().insert(child.id());
}

/// Sends a signal to the whole group of a child that has not been reaped.
pub(super) fn signal(child: &Child, end: End) {
    if running().contains(&child.id()) {
        send(child.id(), end);
    }
}

/// Reaps a child if it has ended.
pub(super) fn try_reap(child: &mut Child) -> io::Result<Option<ExitStatus>> {
    let mut running = running();
    let status = child.try_wait()?;
    if status.is_some() {
        running.remove(&child.id());
    }
    Ok(status)
}

/// Kills all groups at once; for a process that is about to exit.
pub(crate) fn kill_all_groups() {
    for &leader in running().iter() {
        send(leader, End::Force);
    }
}

#[cfg(unix)]
fn send(leader: u32, end: End) {
    use rustix::process::{Pid, Signal, kill_process_group};
    let signal = match end {
        End::Ask => Signal::TERM,
        End::Force => Signal::KILL,
    };
    if let Some(pid) = i32::try_from(leader).ok().and_then(Pid::from_raw) {
        // A group that has just ended is what was wanted.
        let _ = kill_process_group(pid, signal);
    }
}

#[cfg(not(unix))]
fn send(leader: u32, _end: End) {
    // There are no groups; the tree below the child is ended by the system's own tool.
    let mut kill = std::process::Command::new("taskkill");
    let _ = kill.args(["/T", "/F", "/PID", &leader.to_string()]).output();
}

/// Says whether a child has ended, without reaping it, so that its group's number stays its own.
#[cfg(unix)]
pub(super) fn has_ended(child: &Child) -> bool {
    use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
    let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) else { return true };
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    !matches!(waitid(WaitId::Pid(pid), options), Ok(None))
}

#[cfg(not(unix))]
pub(super) fn has_ended(_child: &Child) -> bool {
    // The reaping that follows waits for it.
    true
}
