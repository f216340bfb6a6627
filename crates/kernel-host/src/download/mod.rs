//! Files from the network, verified before they appear.
//!
//! Shape: one thread talks to the server and hands pieces over; the calling thread writes, hashes, tells progress and
//! looks at the wish to stop, so that a server that says nothing holds up nobody.
//!
//! Invariants: `dest` appears with the announced length and digest or not at all; what is written meanwhile lies beside
//! it as `<name>.partial-…` and goes when the download ends, however it ends. Bytes are taken as they are sent: no
//! content encoding is asked for, since a digest is that of the file. Transport errors and the server's own (5xx) are
//! tried again, an answer that is wrong is not.
//!
//! The proxy is that of `ALL_PROXY`, `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, in either case. Certificates are judged
//! by Mozilla's list, or by the file that `SSL_CERT_FILE` names, as OpenSSL does it.
//!
//! Deliberately absent: resuming, caches, mirrors, credentials.

mod transfer;

pub use crate::Progress;

use std::io::{Seek, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use crate::AbsPath;
use crate::cancel::{Cancel, POLL};
use crate::digest::hex;
use crate::env::Env;
use crate::fs::{FsError, create_dir_all, sync_dir};
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

/// Reports a file that was not fetched; nothing of it is left.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// Somebody wished to stop.
    #[error("cancelled while downloading `{url}`")]
    Cancelled {
        /// The address.
        url: String,
    },
    /// The address is none that can be fetched.
    #[error("found the address `{url}`, expected one that begins with `https://` or `http://`")]
    Address {
        /// The address.
        url: String,
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
    /// The file could not be written, or the certificates not be read.
    #[error(transparent)]
    Fs(#[from] FsError),
}

/// How patient a download is.
#[derive(Debug, Clone)]
struct Patience {
    /// For the name, the connection and its encryption.
    connect: Duration,
    /// For the next bytes.
    read: Duration,
    /// Before each further attempt.
    pauses: Vec<Duration>,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(30),
            read: Duration::from_secs(60),
            pauses: [500, 1500, 4000].map(Duration::from_millis).to_vec(),
        }
    }
}

/// Fetches a file, verifies it and puts it in its place; returns its SHA-256.
///
/// Progress begins anew when the transfer does.
pub fn fetch(
    request: &Request,
    env: &Env,
    cancel: &Cancel,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<[u8; 32], DownloadError> {
    fetch_patiently(request, env, cancel, on_progress, &Patience::default())
}

fn fetch_patiently(
    request: &Request,
    env: &Env,
    cancel: &Cancel,
    on_progress: &mut dyn FnMut(Progress),
    patience: &Patience,
) -> Result<[u8; 32], DownloadError> {
    let url = || request.url.clone();
    if !["http://", "https://"].iter().any(|scheme| request.url.starts_with(scheme)) {
        return Err(DownloadError::Address { url: url() });
    }
    let agent = transfer::agent(env, patience)?;
    let fail = || FsError::on("write", &request.dest);
    let parent = request.dest.parent().ok_or_else(|| fail()(std::io::ErrorKind::InvalidInput.into()))?;
    create_dir_all(&parent)?;
    let mut partial = partial_file(&request.dest, &parent)?;
    let mut pauses = patience.pauses.iter();
    let digest = loop {
        if cancel.requested() {
            return Err(DownloadError::Cancelled { url: url() });
        }
        let events = transfer::start(&agent, &request.url)?;
        match receive(request, &mut partial, &events, cancel, on_progress)? {
            Ok(digest) => break digest,
            Err(fault) => {
                let pause = if fault.is_passing() { pauses.next() } else { None };
                let Some(pause) = pause else { return Err(fault.explain(url())) };
                if cancel.sleep(*pause) {
                    return Err(DownloadError::Cancelled { url: url() });
                }
            }
        }
    };
    if let Some(expected) = request.sha256.filter(|expected| *expected != digest) {
        return Err(DownloadError::WrongDigest { url: url(), found: digest, expected });
    }
    partial.as_file().sync_all().map_err(fail())?;
    partial.persist(&request.dest).map_err(|error| fail()(error.error))?;
    sync_dir(&parent)?;
    Ok(digest)
}

fn partial_file(dest: &AbsPath, parent: &AbsPath) -> Result<NamedTempFile, FsError> {
    let prefix = format!("{}.partial-", dest.file_name().unwrap_or("download"));
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(parent).map_err(FsError::on("create a file in", parent))
}

/// Writes and hashes what one attempt brings. The inner error is one of the transfer, which may be tried again.
fn receive(
    request: &Request,
    partial: &mut NamedTempFile,
    events: &Receiver<Event>,
    cancel: &Cancel,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<Result<[u8; 32], Fault>, DownloadError> {
    let fail = || FsError::on("write", &request.dest);
    let wrong_size = |found| match request.size {
        Some(expected) if expected != found => {
            Err(DownloadError::WrongSize { url: request.url.clone(), found, expected })
        }
        _ => Ok(()),
    };
    let file = partial.as_file_mut();
    file.set_len(0).and_then(|()| file.rewind()).map_err(fail())?;
    let (mut hasher, mut done, mut total) = (Sha256::new(), 0, request.size);
    loop {
        if cancel.requested() {
            return Err(DownloadError::Cancelled { url: request.url.clone() });
        }
        match events.recv_timeout(POLL) {
            Ok(Event::Length(length)) => {
                length.map_or(Ok(()), wrong_size)?;
                total = total.or(length);
            }
            Ok(Event::Piece(bytes)) => {
                done += bytes.len() as u64;
                if request.size.is_some_and(|expected| done > expected) {
                    // However much more would come: it is the wrong file.
                    wrong_size(done)?;
                }
                hasher.update(&bytes);
                file.write_all(&bytes).map_err(fail())?;
            }
            Ok(Event::End) => {
                wrong_size(done)?;
                return Ok(Ok(hasher.finalize().into()));
            }
            Ok(Event::Fault(fault)) => return Ok(Err(fault)),
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => return Ok(Err(Fault::gone())),
        }
        on_progress(Progress { done, total });
    }
}

#[cfg(test)]
mod tests;
