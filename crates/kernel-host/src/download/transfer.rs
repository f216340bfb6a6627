//! The thread that talks to the server.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use ureq::Agent;
use ureq::http::{HeaderMap, StatusCode, header};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};

use super::{DownloadError, Patience, proxy};
use crate::env::Env;
use crate::fs::{self, FsError};

/// The length of a piece.
const PIECE: usize = 128 * 1024;

/// The status of an answer to a range that the file does not have.
const RANGE_NOT_SATISFIABLE: u16 = 416;

/// How many pieces may wait.
const QUEUE: usize = 16;

/// Tells what comes from the server, in this order: a start, pieces, an end; or a fault at any time.
pub(super) enum Event {
    Start {
        /// Where in the file the first piece belongs.
        from: u64,
        /// The length of the whole file.
        length: Option<u64>,
        /// What tells this file from a later one of that name: an `ETag`, or a time of change.
        validator: Option<String>,
    },
    Piece(Vec<u8>),
    End,
    Fault(Fault),
}

/// Says why a transfer stopped.
#[derive(Debug)]
pub(super) enum Fault {
    Status(u16),
    /// The next attempt may fare better.
    Passing(String),
    /// The next attempt would fare the same.
    Lasting(String),
    /// The rest of the file is not to be had; the whole may be.
    Range(String),
}

impl Fault {
    /// The thread ended without a word, which is a bug; the next attempt would meet it again.
    pub(super) fn gone() -> Self {
        Self::Lasting("the transfer ended without an answer".to_owned())
    }

    /// The server sent too little in that time.
    pub(super) fn slow(bytes: u64, window: Duration, done: u64, length: Option<u64>) -> Self {
        let seconds = window.as_secs_f32();
        Self::Passing(format!("only {bytes} bytes came in {seconds} s,")).after(done, length)
    }

    /// The server sent another part of the file than it was asked for.
    pub(super) fn wrong_range(found: u64, expected: u64) -> Self {
        Self::Range(format!("the server sent the file from byte {found} on, expected from {expected}"))
    }

    /// Says whether the whole file should be asked for instead of the rest.
    pub(super) fn is_about_range(&self) -> bool {
        matches!(self, Self::Range(_) | Self::Status(RANGE_NOT_SATISFIABLE))
    }

    /// Says whether another attempt may fare better.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Status(status) => matches!(status, 408 | 429 | 500..=599),
            Self::Passing(_) => true,
            Self::Lasting(_) | Self::Range(_) => false,
        }
    }

    /// Adds how far the transfer had come.
    fn after(self, done: u64, length: Option<u64>) -> Self {
        let of = length.map_or_else(String::new, |length| format!(" of {length}"));
        let with = |reason| format!("{reason} after {done}{of} bytes");
        match self {
            Self::Passing(reason) => Self::Passing(with(reason)),
            Self::Lasting(reason) => Self::Lasting(with(reason)),
            other => other,
        }
    }

    pub(super) fn explain(self, url: String) -> DownloadError {
        match self {
            Self::Status(status) => DownloadError::Status { url, status },
            Self::Passing(reason) | Self::Lasting(reason) | Self::Range(reason) => {
                DownloadError::Transport { url, reason }
            }
        }
    }
}

impl From<ureq::Error> for Fault {
    fn from(error: ureq::Error) -> Self {
        use ureq::Error as E;
        match error {
            E::StatusCode(status) => Self::Status(status),
            E::Io(error) => error.into(),
            E::Timeout(step) => Self::Passing(late(step).to_owned()),
            E::HostNotFound | E::ConnectionFailed | E::ConnectProxyFailed(_) | E::BodyStalled => {
                Self::Passing(error.to_string())
            }
            other => Self::Lasting(other.to_string()),
        }
    }
}

/// What did not happen in the time that was set.
fn late(step: ureq::Timeout) -> &'static str {
    match step {
        ureq::Timeout::Resolve => "the server's name was not found in time",
        ureq::Timeout::Connect => "the server did not take the connection in time",
        _ => "the server said nothing for too long",
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        // A body's timeout comes as an I/O error that wraps the library's own.
        match error.downcast::<ureq::Error>() {
            Ok(error) => error.into(),
            // What a bad certificate is reported as.
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Self::Lasting(crate::io_text(&error)),
            Err(error) => Self::Passing(crate::io_text(&error)),
        }
    }
}

/// Makes the client for one download.
pub(super) fn agent(url: &str, env: &Env, patience: &Patience) -> Result<Agent, DownloadError> {
    let mut tls = TlsConfig::builder();
    if let Some(path) = env.get_filled("SSL_CERT_FILE") {
        let path = env.current_dir().join(path);
        let mut certificates = Vec::new();
        for item in parse_pem(&fs::read(&path)?) {
            let item = item.map_err(|error| FsError::new("read", &path, io::Error::other(error)))?;
            if let PemItem::Certificate(certificate) = item {
                certificates.push(certificate);
            }
        }
        tls = tls.root_certs(RootCerts::Specific(Arc::new(certificates)));
    }
    let config = Agent::config_builder()
        .tls_config(tls.build())
        .proxy(proxy::of(url, env)?)
        .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
        .accept_encoding("identity")
        .timeout_resolve(Some(patience.connect))
        .timeout_connect(Some(patience.connect))
        .timeout_recv_response(Some(patience.read))
        .timeout_per_read(Some(patience.read))
        .build();
    Ok(config.into())
}

/// Starts a transfer on a thread of its own, which ends when nobody listens any more.
///
/// With `from`, the rest of the file is asked for; where a validator is known, only if the file is still the same.
pub(super) fn start(
    agent: &Agent,
    url: &str,
    from: u64,
    validator: Option<&str>,
) -> Result<Receiver<Event>, DownloadError> {
    let (sender, events) = sync_channel(QUEUE);
    let (agent, address, validator) = (agent.clone(), url.to_owned(), validator.map(str::to_owned));
    let thread = std::thread::Builder::new().name("download".to_owned()).spawn(move || {
        let mut request = agent.get(&address);
        if from > 0 {
            request = request.header(header::RANGE, format!("bytes={from}-"));
            if let Some(validator) = &validator {
                request = request.header(header::IF_RANGE, validator);
            }
        }
        let last = match transfer(request, &sender) {
            Ok(()) => Event::End,
            Err(fault) => Event::Fault(fault),
        };
        // Nobody listens after a cancel.
        let _ = sender.send(last);
    });
    thread
        .map_err(|error| DownloadError::Transport { url: url.to_owned(), reason: crate::io_text(&error) })?;
    Ok(events)
}

fn transfer(
    request: ureq::RequestBuilder<ureq::typestate::WithoutBody>,
    sender: &SyncSender<Event>,
) -> Result<(), Fault> {
    let stopped = |_| Fault::Lasting("nobody listens".to_owned());
    let response = request.call()?;
    let (from, length) = if response.status() == StatusCode::PARTIAL_CONTENT {
        content_range(response.headers())
            .ok_or_else(|| Fault::Range("the server did not say which part of the file it sent".to_owned()))?
    } else {
        (0, response.body().content_length())
    };
    let validator = validator(response.headers());
    sender.send(Event::Start { from, length, validator }).map_err(stopped)?;
    let mut body = response.into_body().into_reader();
    let mut buffer = vec![0; PIECE];
    let mut done = from;
    loop {
        // What has come is handed over at once: a slow server is seen to be slow, not silent.
        match body.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => {
                done += read as u64;
                sender.send(Event::Piece(buffer[..read].to_vec())).map_err(stopped)?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Fault::from(error).after(done, length)),
        }
    }
    match length {
        Some(expected) if done < expected => {
            Err(Fault::Passing("the connection ended".to_owned()).after(done, length))
        }
        _ => Ok(()),
    }
}

/// Reads `bytes 100-299/300`: where the part begins, and the length of the whole where it is known (RFC 9110, 14.4).
fn content_range(headers: &HeaderMap) -> Option<(u64, Option<u64>)> {
    let text = headers.get(header::CONTENT_RANGE)?.to_str().ok()?;
    let (range, length) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (from, _to) = range.split_once('-')?;
    Some((from.trim().parse().ok()?, length.trim().parse().ok()))
}

/// What `If-Range` takes: a strong entity tag, else a time of change (RFC 9110, 13.1.5).
fn validator(headers: &HeaderMap) -> Option<String> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    text(header::ETAG).filter(|tag| !tag.starts_with("W/")).or_else(|| text(header::LAST_MODIFIED))
}
