//! The effects: files, processes, network, archives, environment, clock, locks, the jobserver.
//!
//! Every other library of the tool is pure or goes through this crate; the root `clippy.toml` bans the standard
//! library's own doors to the outside everywhere else. One module is one kind of effect:
//!
//! | Module        | What it touches                                                     |
//! |---------------|---------------------------------------------------------------------|
//! | [`mod@env`]   | variables, current directory, terminals, number of CPUs: read once  |
//! | [`cancel`]    | signals; the one flag that every long effect looks at               |
//! | [`clock`]     | the time                                                            |
//! | [`fs`]        | files and directories, atomic replacement                           |
//! | [`digest`]    | SHA-256 of bytes and files                                          |
//! | [`signature`] | OpenPGP signatures over streams and texts                         |
//! | [`lock`]      | locks between processes                                             |
//! | [`process`]   | child processes, each in a group of its own                         |
//! | [`socket`]    | sockets by path: lines, and HTTP                                    |
//! | [`terminal`]  | this process's terminal, taken whole and given back                 |
//! | [`jobserver`] | the pool of job tokens that `make` and `cargo` share                |
//! | [`download`]  | HTTP, verified before a file appears                                |
//! | [`archive`]   | tarballs and Debian packages, unpacked whole or not at all          |
//! | [`compressed`] | single files that may be compressed                               |
//! | [`apt`]       | the Debian package lists of this machine                            |
//! | [`packages`]  | the command lines of this machine's package manager                 |
//! | [`kvm`]       | whether virtual machines really run here                            |
//!
//! Invariants: paths are absolute ([`AbsPath`]); every I/O error carries its path, every process error its command
//! line, directory, status and last lines; whatever can take long looks at a [`cancel::Cancel`].
//!
//! What has C libraries or a TLS stack behind it comes with a feature (both are on by default): `sources` is [`apt`],
//! [`archive`], [`download`] and [`signature`]; `kvm` is [`kvm`]. The Kconfig crates do without.
//!
//! Deliberately absent: kernels, specs and plans; printing of any kind; policy (what to fetch, what to run).
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "this crate is the one place where the outside world is named"
)]

#[cfg(feature = "sources")]
pub mod apt;
#[cfg(feature = "sources")]
pub mod archive;
pub mod cancel;
pub mod clock;
#[cfg(feature = "sources")]
pub mod compressed;
pub mod digest;
#[cfg(feature = "sources")]
pub mod download;
pub mod env;
pub mod fs;
pub mod jobserver;
#[cfg(feature = "kvm")]
pub mod kvm;
pub mod lock;
pub mod packages;
mod path;
pub mod process;
#[cfg(feature = "sources")]
pub mod signature;
pub mod socket;
pub mod terminal;

pub use path::{AbsPath, NotAbsolute};

/// Tells how far a transfer has come, in bytes.
///
/// `total` is absent where nobody has announced it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes done so far.
    pub done: u64,
    /// Bytes in all, where known.
    pub total: Option<u64>,
}

/// Renders an I/O error without the trailing `(os error N)`, which tells a reader nothing.
fn io_text(error: &std::io::Error) -> String {
    let text = error.to_string();
    match text.rfind(" (os error ") {
        Some(at) => text[..at].to_owned(),
        None => text,
    }
}
