//! Files from the network, verified before they appear.
//!
//! Shape: one thread talks to the server and hands pieces over; the calling thread writes, hashes, tells progress and
//! looks at the wish to stop, so that a server that says nothing holds up nobody.
//!
//! ```text
//!  <name>.partial   what has come so far; locked by whoever writes it, taken up again by the next attempt
//!  <name>           whole and verified, or absent
//! ```
//!
//! Invariants: `dest` appears with the announced length and digest or not at all. What came before a connection broke
//! is kept, within a call and, where a digest will judge the whole, between calls too: the next attempt asks for the rest
//! by a range request. A file that is wrong leaves nothing. Bytes are taken as they are sent: no content encoding is
//! asked for, since a digest is that of the file. Transport errors, a server that is too slow and the server's own errors
//! (5xx) are tried again, after pauses that grow; an answer that is wrong is not.
//!
//! The proxy is that of `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` (see `proxy`). Certificates are judged by
//! Mozilla's list, or by the file that `SSL_CERT_FILE` names, as OpenSSL does it. How patient a download is, Cargo's
//! variables say (see `patience`).
//!
//! Deliberately absent: caches, mirrors, credentials.

mod partial;
mod patience;
mod proxy;
mod transfer;

pub use crate::Progress;

use std::sync::mpsc::{Receiver, RecvTimeoutError};

use crate::AbsPath;
use crate::cancel::{Cancel, POLL};
use crate::clock::Stopwatch;
use crate::digest::hex;
use crate::env::Env;
use crate::fs::{self, FsError};
use partial::Partial;
use patience::Patience;
use transfer::{Event, Fault};

/// Describes a file to fetch.
#[derive(Debug, Clone)]
pub struct Request {
    /// Where it is: `http:` or `https:`.
    pub url: String,
    /// Where it goes; the directories above are made.
    pub dest: AbsPath,
    /// Its length in bytes, where known.
    pub size: Option<u64>,
    /// Its SHA-256, where known.
    pub sha256: Option<[u8; 32]>,
}

/// Reports a file that was not fetched.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// Somebody wished to stop.
    #[error("cancelled while downloading `{url}`")]
    Cancelled {
        /// The address.
        url: String,
    },
    /// A variable of the environment says nothing that can be followed.
    #[error("found `{name}={value}` in the environment, expected {expected}")]
    Variable {
        /// The variable.
        name: &'static str,
        /// Its value.
        value: String,
        /// What would be one.
        expected: &'static str,
    },
    /// The address is none that can be fetched.
    #[error("found the address `{url}`, expected one that begins with `https://` or `http://`")]
    Address {
        /// The address.
        url: String,
    },
    /// A variable names a proxy that is none.
    #[error(
        "found `{address}` in `{variable}`, expected the address of a proxy, such as `http://proxy.example:3128`"
    )]
    Proxy {
        /// The variable.
        variable: String,
        /// Its value.
        address: String,
    },
    /// The server answered with something else than the file.
    #[error("could not download `{url}`: the server answered with status {status}")]
    Status {
        /// The address.
        url: String,
        /// The HTTP status.
        status: u16,
    },
    /// The server could not be reached, or went away, each time it was tried.
    #[error("could not download `{url}`: {reason}")]
    Transport {
        /// The address.
        url: String,
        /// What happened the last time.
        reason: String,
    },
    /// The file is not as long as it should be.
    #[error("could not verify `{url}`: found {found} bytes, expected {expected}")]
    WrongSize {
        /// The address.
        url: String,
        /// The length announced by the server, or that of what came.
        found: u64,
        /// The length asked for.
        expected: u64,
    },
    /// The file is another one.
    #[error("could not verify `{url}`: found SHA-256 `{}`, expected `{}`", hex(found), hex(expected))]
    WrongDigest {
        /// The address.
        url: String,
        /// The digest of what came.
        found: [u8; 32],
        /// The digest asked for.
        expected: [u8; 32],
    },
    /// The file does not fit on the disk.
    #[error("not enough space to download `{url}` to `{place}`: {free} bytes are free, {needed} are needed")]
    NoSpace {
        /// The address.
        url: String,
        /// Where the file would go.
        place: AbsPath,
        /// What the file system has for this user.
        free: u64,
        /// What is still to come.
        needed: u64,
    },
    /// The file could not be written, or the certificates not be read.
    #[error(transparent)]
    Fs(#[from] FsError),
}

/// Fetches a file, verifies it and puts it in its place; returns its SHA-256.
///
/// Progress goes back where a server sends the whole file again instead of the rest.
pub fn fetch(
    request: &Request,
    env: &Env,
    cancel: &Cancel,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<[u8; 32], DownloadError> {
    fetch_patiently(request, env, cancel, on_progress, &Patience::of(env)?)
}

fn fetch_patiently(
    request: &Request,
    env: &Env,
    cancel: &Cancel,
    on_progress: &mut dyn FnMut(Progress),
    patience: &Patience,
) -> Result<[u8; 32], DownloadError> {
    if !["http://", "https://"].iter().any(|scheme| request.url.starts_with(scheme)) {
        return Err(DownloadError::Address { url: request.url.clone() });
    }
    let agent = transfer::agent(&request.url, env, patience)?;
    let mut partial = Partial::open(&request.dest, request.sha256.is_some())?;
    let mut attempts = Attempts { request, cancel, patience, on_progress };
    match attempts.run(&agent, &mut partial) {
        Ok(digest) => {
            partial.settle(&request.dest)?;
            Ok(digest)
        }
        Err(error) => {
            if error.is_about_contents() {
                partial.discard();
            }
            Err(error)
        }
    }
}

impl DownloadError {
    /// Whether what came is wrong, so that nothing of it is worth keeping.
    fn is_about_contents(&self) -> bool {
        matches!(self, Self::WrongSize { .. } | Self::WrongDigest { .. })
    }
}

/// One download, attempt after attempt.
struct Attempts<'a> {
    request: &'a Request,
    cancel: &'a Cancel,
    patience: &'a Patience,
    on_progress: &'a mut dyn FnMut(Progress),
}

impl Attempts<'_> {
    fn run(&mut self, agent: &ureq::Agent, partial: &mut Partial) -> Result<[u8; 32], DownloadError> {
        let url = || self.request.url.clone();
        let pauses = self.patience.pauses.clone();
        let mut pauses = pauses.iter();
        loop {
            if self.cancel.requested() {
                return Err(DownloadError::Cancelled { url: url() });
            }
            // What an earlier run wrote may be all of it.
            if partial.is_of_earlier_run() && self.request.sha256 == Some(partial.digest()) {
                return Ok(partial.digest());
            }
            let before = partial.len();
            let events = transfer::start(agent, &self.request.url, partial.len(), partial.validator())?;
            let Err(fault) = self.receive(partial, &events)? else {
                let found = partial.digest();
                match self.request.sha256 {
                    Some(expected) if expected != found && partial.is_of_earlier_run() => {
                        // The beginning may have come from another file of that name.
                        partial.restart()?;
                        continue;
                    }
                    Some(expected) if expected != found => {
                        return Err(DownloadError::WrongDigest { url: url(), found, expected });
                    }
                    _ => return Ok(found),
                }
            };
            if fault.is_about_range() && before > 0 {
                partial.restart()?;
                continue;
            }
            if partial.len() >= before.saturating_add(self.patience.worth) {
                pauses = self.patience.pauses.iter();
            }
            let pause = if fault.is_passing() { pauses.next() } else { None };
            let Some(pause) = pause else { return Err(fault.explain(url())) };
            if self.cancel.sleep(*pause) {
                return Err(DownloadError::Cancelled { url: url() });
            }
        }
    }

    /// Says before the first byte is written that there is no room for so many.
    fn check_space(&self, needed: u64) -> Result<(), DownloadError> {
        let Request { url, dest, .. } = self.request;
        match fs::available_bytes(dest) {
            Some(free) if free < needed => {
                let place = dest.parent().unwrap_or_else(|| dest.clone());
                Err(DownloadError::NoSpace { url: url.clone(), place, free, needed })
            }
            _ => Ok(()),
        }
    }

    /// Writes and hashes what one attempt brings. The inner error is one of the transfer, which may be tried again.
    fn receive(
        &mut self,
        partial: &mut Partial,
        events: &Receiver<Event>,
    ) -> Result<Result<(), Fault>, DownloadError> {
        let request = self.request;
        let wrong_size = |found| match request.size {
            Some(expected) if expected != found => {
                Err(DownloadError::WrongSize { url: request.url.clone(), found, expected })
            }
            _ => Ok(()),
        };
        let mut total = request.size;
        let (mut window, mut in_window) = (Stopwatch::start(), 0);
        loop {
            if self.cancel.requested() {
                return Err(DownloadError::Cancelled { url: request.url.clone() });
            }
            if window.elapsed() >= self.patience.window {
                if in_window < self.patience.least {
                    return Ok(Err(Fault::slow(in_window, self.patience.window, partial.len(), total)));
                }
                (window, in_window) = (Stopwatch::start(), 0);
            }
            match events.recv_timeout(POLL) {
                Ok(Event::Start { from, length, validator }) => {
                    // A server that knows no ranges sends the whole.
                    if from == 0 && partial.len() > 0 {
                        partial.restart()?;
                    } else if from != partial.len() {
                        return Ok(Err(Fault::wrong_range(from, partial.len())));
                    }
                    length.map_or(Ok(()), wrong_size)?;
                    self.check_space(length.unwrap_or(0).saturating_sub(partial.len()))?;
                    total = total.or(length);
                    partial.set_validator(validator);
                    // The time that the server took to answer is not that of its bytes.
                    (window, in_window) = (Stopwatch::start(), 0);
                }
                Ok(Event::Piece(bytes)) => {
                    partial.write(&bytes)?;
                    in_window += bytes.len() as u64;
                    if request.size.is_some_and(|expected| partial.len() > expected) {
                        // However much more would come: it is the wrong file.
                        wrong_size(partial.len())?;
                    }
                }
                Ok(Event::End) => {
                    wrong_size(partial.len())?;
                    return Ok(Ok(()));
                }
                Ok(Event::Fault(fault)) => return Ok(Err(fault)),
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => return Ok(Err(Fault::gone())),
            }
            (self.on_progress)(Progress { done: partial.len(), total });
        }
    }
}

#[cfg(test)]
mod tests;
