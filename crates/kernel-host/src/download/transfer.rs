//! The thread that talks to the server.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Proxy};

use super::{DownloadError, Patience};
use crate::env::Env;
use crate::fs::{self, FsError};

/// The length of a piece.
const PIECE: usize = 128 * 1024;

/// How many pieces may wait.
const QUEUE: usize = 16;

/// Tells what comes from the server, in this order: a length, pieces, an end; or a fault at any time.
pub(super) enum Event {
    Length(Option<u64>),
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
}

impl Fault {
    /// The thread ended without a word, which is a bug; the next attempt would meet it again.
    pub(super) fn gone() -> Self {
        Self::Lasting("the transfer ended without an answer".to_owned())
    }

    /// Says whether another attempt may fare better.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Status(status) => matches!(status, 408 | 429 | 500..=599),
            Self::Passing(_) => true,
            Self::Lasting(_) => false,
        }
    }

    /// Adds how far the transfer had come.
    fn after(self, done: u64, length: Option<u64>) -> Self {
        let of = length.map_or_else(String::new, |length| format!(" of {length}"));
        let with = |reason| format!("{reason} after {done}{of} bytes");
        match self {
            Self::Status(status) => Self::Status(status),
            Self::Passing(reason) => Self::Passing(with(reason)),
            Self::Lasting(reason) => Self::Lasting(with(reason)),
        }
    }

    pub(super) fn explain(self, url: String) -> DownloadError {
        match self {
            Self::Status(status) => DownloadError::Status { url, status },
            Self::Passing(reason) | Self::Lasting(reason) => DownloadError::Transport { url, reason },
        }
    }
}

impl From<ureq::Error> for Fault {
    fn from(error: ureq::Error) -> Self {
        use ureq::Error as E;
        match error {
            E::StatusCode(status) => Self::Status(status),
            E::Io(error) => error.into(),
            E::Timeout(_)
            | E::HostNotFound
            | E::ConnectionFailed
            | E::ConnectProxyFailed(_)
            | E::BodyStalled => Self::Passing(error.to_string()),
            other => Self::Lasting(other.to_string()),
        }
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
pub(super) fn agent(env: &Env, patience: &Patience) -> Result<Agent, DownloadError> {
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
    // The library reads these variables itself; it is let only where the snapshot has them, too.
    let has_proxy = ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY"]
        .iter()
        .any(|name| env.get_filled(name).or(env.get_filled(&name.to_lowercase())).is_some());
    let config = Agent::config_builder()
        .tls_config(tls.build())
        .proxy(if has_proxy { Proxy::try_from_env() } else { None })
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
pub(super) fn start(agent: &Agent, url: &str) -> Result<Receiver<Event>, DownloadError> {
    let (sender, events) = sync_channel(QUEUE);
    let (agent, address) = (agent.clone(), url.to_owned());
    let thread = std::thread::Builder::new().name("download".to_owned()).spawn(move || {
        let last = match transfer(&agent, &address, &sender) {
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

fn transfer(agent: &Agent, url: &str, sender: &SyncSender<Event>) -> Result<(), Fault> {
    let stopped = |_| Fault::Lasting("nobody listens".to_owned());
    let response = agent.get(url).call()?;
    let length = response.body().content_length();
    sender.send(Event::Length(length)).map_err(stopped)?;
    let mut body = response.into_body().into_reader();
    let mut done = 0;
    loop {
        let mut piece = Vec::with_capacity(PIECE);
        let read = body.by_ref().take(PIECE as u64).read_to_end(&mut piece);
        done += piece.len() as u64;
        if !piece.is_empty() {
            sender.send(Event::Piece(piece)).map_err(stopped)?;
        } else if read.is_ok() {
            break;
        }
        read.map_err(|error| Fault::from(error).after(done, length))?;
    }
    match length {
        Some(expected) if done < expected => {
            Err(Fault::Passing("the connection ended".to_owned()).after(done, length))
        }
        _ => Ok(()),
    }
}
