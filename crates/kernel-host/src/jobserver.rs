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
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use jobserver::{Acquired, Client, HelperThread};

use crate::cancel::{Cancel, POLL};
use crate::process;

/// Owns a pool of job tokens, or takes part in another's.
#[derive(Debug)]
pub struct Jobserver {
    client: Client,
    helper: HelperThread,
    waiting: Arc<Waiting>,
    jobs: NonZeroUsize,
    /// The token that whoever started this process took for it; `true` while nobody here has it.
    own: Arc<AtomicBool>,
}

/// Holds a token; dropping it gives it back.
#[derive(Debug)]
#[must_use = "the token goes back to the pool when this is dropped"]
pub struct Token(Held);

#[derive(Debug)]
enum Held {
    /// One of the pool.
    Taken { _acquired: Acquired },
    /// The one that this process was started with.
    Own(Arc<AtomicBool>),
}

impl Drop for Token {
    fn drop(&mut self) {
        if let Held::Own(own) = &self.0 {
            own.store(true, Ordering::Release);
        }
    }
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
        Self::over(Client::new(jobs.get())?, jobs, false)
    }

    /// Takes part in the pool of the cargo that started this process, or started the build script that did.
    ///
    /// `None` where there is none, or where its pipe was not handed down. The process has a token from the start on: the
    /// one that was taken for it. `jobs` is what that pool is taken to have.
    pub fn of_cargo(jobs: NonZeroUsize) -> io::Result<Option<Self>> {
        if std::env::var_os("CARGO_MAKEFLAGS").is_none() {
            return Ok(None);
        }
        #[allow(unsafe_code, reason = "the descriptors of an inherited jobserver are numbers in a variable")]
        // SAFETY: the descriptors that the variable names are those that cargo opened for its children; they are looked
        // at (`check_pipe`) before they are used, and nothing in this process owns them.
        let found = unsafe { Client::from_env_ext(true) }.client;
        found.ok().map(|client| Self::over(client, jobs, true)).transpose()
    }

    fn over(client: Client, jobs: NonZeroUsize, has_own: bool) -> io::Result<Self> {
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
        Ok(Self { client, helper, waiting, jobs, own: Arc::new(AtomicBool::new(has_own)) })
    }

    /// Waits for a token.
    pub fn acquire(&self, cancel: &Cancel) -> Result<Token, JobserverError> {
        if cancel.requested() {
            return Err(JobserverError::Cancelled);
        }
        if let Some(token) = self.own_token() {
            return Ok(token);
        }
        let mut state = self.waiting.lock();
        state.waiters += 1;
        self.helper.request_token();
        loop {
            if let Some(token) = state.arrived.pop() {
                state.waiters -= 1;
                return token
                    .map(|token| Token(Held::Taken { _acquired: token }))
                    .map_err(JobserverError::Io);
            }
            if let Some(token) = self.own_token() {
                // What the helper fetches for the request goes to another waiter or back.
                state.waiters -= 1;
                return Ok(token);
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

    /// The token that this process was started with, where nobody has it.
    fn own_token(&self) -> Option<Token> {
        let taken = self.own.compare_exchange(true, false, Ordering::AcqRel, Ordering::Acquire);
        taken.is_ok().then(|| Token(Held::Own(Arc::clone(&self.own))))
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
