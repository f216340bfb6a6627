//! The pool of job tokens that all `make` and `cargo` children share.
//!
//! GNU make's jobserver (make's manual, "POSIX Jobserver Interaction"): a pipe with one byte for each job that may run.
//! Every child holds one token from its start on, which whoever starts it takes here; what it wants to run beside its
//! first job, it takes from the pipe itself. So the jobs of all children together are never more than the pool.
//!
//! Make 4.3 knows jobservers by pipe only (named ones came with 4.4), so the pipe's two ends must be open in the child
//! under the numbers that `MAKEFLAGS` names, and in no other child: see [`Jobserver::configure`].

use std::io;
use std::num::NonZeroUsize;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use jobserver::{Acquired, Client, HelperThread};

use crate::cancel::{Cancel, POLL};
use crate::process;

/// Owns a pool of job tokens.
#[derive(Debug)]
pub struct Jobserver {
    client: Client,
    helper: HelperThread,
    waiting: Arc<Waiting>,
    jobs: NonZeroUsize,
}

/// Holds a token; dropping it gives it back.
#[derive(Debug)]
#[must_use = "the token goes back to the pool when this is dropped"]
pub struct Token {
    _acquired: Acquired,
}

/// Reports a token that was not taken.
#[derive(Debug, thiserror::Error)]
pub enum JobserverError {
    /// Somebody wished to stop while all tokens were taken.
    #[error("cancelled while waiting for a free job")]
    Cancelled,
    /// The pool's pipe failed.
    #[error("could not take a token from the pool of jobs: {}", crate::io_text(.0))]
    Io(io::Error),
}

/// Where the helper thread leaves the tokens that it was asked for.
#[derive(Debug, Default)]
struct Waiting {
    state: Mutex<State>,
    arrived: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiters: usize,
    arrived: Vec<io::Result<Acquired>>,
}

/// Variables by which an outer `make` or `cargo` would hand its own jobserver down.
const INHERITED: [&str; 5] = ["MAKEFLAGS", "MFLAGS", "GNUMAKEFLAGS", "CARGO_MAKEFLAGS", "MAKELEVEL"];

impl Jobserver {
    /// Makes a pool of `jobs` tokens.
    pub fn new(jobs: NonZeroUsize) -> io::Result<Self> {
        let client = Client::new(jobs.get())?;
        let waiting = Arc::new(Waiting::default());
        let inbox = Arc::clone(&waiting);
        // Reading the pipe may block without end, so it is done on a thread of its own.
        let helper = client.clone().into_helper_thread(move |token| {
            let mut state = inbox.lock();
            // A token that nobody waits for any more goes back at once, by being dropped.
            if state.waiters > state.arrived.len() {
                state.arrived.push(token);
                inbox.arrived.notify_one();
            }
        })?;
        Ok(Self { client, helper, waiting, jobs })
    }

    /// Waits for a token.
    pub fn acquire(&self, cancel: &Cancel) -> Result<Token, JobserverError> {
        if cancel.requested() {
            return Err(JobserverError::Cancelled);
        }
        let mut state = self.waiting.lock();
        state.waiters += 1;
        self.helper.request_token();
        loop {
            if let Some(token) = state.arrived.pop() {
                state.waiters -= 1;
                return token.map(|token| Token { _acquired: token }).map_err(JobserverError::Io);
            }
            if cancel.requested() {
                // The request stays with the helper; what it fetches goes to another waiter or back.
                state.waiters -= 1;
                return Err(JobserverError::Cancelled);
            }
            let waited = self.waiting.arrived.wait_timeout(state, POLL);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Lets a child take part: sets `MAKEFLAGS` and `CARGO_MAKEFLAGS`, and opens the pipe in that child alone.
    ///
    /// What an outer `make` or `cargo` has left in the environment is removed. The caller holds a [`Token`] while the
    /// child runs, and passes no `-j`, which would make the child leave the pool.
    pub fn configure(&self, command: &mut process::Command) {
        for name in INHERITED {
            command.env_remove(name);
        }
        command.jobserver = Some(self.client.clone());
    }

    /// Returns the number of tokens in the pool, taken or not.
    #[must_use]
    pub fn jobs(&self) -> NonZeroUsize {
        self.jobs
    }
}

impl Waiting {
    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is whole whenever the lock is free, also after a panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
