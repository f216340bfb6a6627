//! Tarballs, and the tarball inside a Debian package.
//!
//! Shape: one thread reads and decodes and hands pieces over; the calling thread writes files meanwhile. Blocks of an
//! xz stream are decoded side by side.
//!
//! ```text
//!  file ─ xz│gz│zst│– ─────────────────────────────┐
//!                                                   ├─ pieces ═▶ tar ─▶ temporary directory ─ rename ─▶ dest
//!  .deb ─ ar ─ data.tar.* ─ tar ─ member ─ xz│… ────┘
//! ```
//!
//! Invariants: `dest` appears whole or not at all; nothing is written outside it, whatever the archive says: a member
//! that would leave it is refused by name, and so is one that is neither file, directory nor link. Where all members
//! lie below one directory, that directory becomes `dest`. Times and execute permissions are the archive's; owners and
//! the other permissions are this user's.
//!
//! Deliberately absent: owners, access lists, extended attributes, devices; bzip2; writing archives.

mod deb;
mod decode;
mod pieces;
mod tree;

pub use crate::Progress;

use crate::AbsPath;
use crate::cancel::Cancel;
use crate::fs::FsError;

/// Reports an archive that was not unpacked; nothing of it is left.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// Somebody wished to stop.
    #[error("cancelled while unpacking `{archive}`")]
    Cancelled {
        /// The archive.
        archive: AbsPath,
    },
    /// A member would have left the destination, or is of a kind that a source tree has no use for.
    #[error("refused member `{member}` of `{archive}`: {reason}")]
    Refused {
        /// The archive.
        archive: AbsPath,
        /// The member's name in the archive.
        member: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The archive's bytes are not what its format says.
    #[error("could not unpack `{archive}`: {reason}")]
    Damaged {
        /// The archive.
        archive: AbsPath,
        /// What the decoder said.
        reason: String,
    },
    /// The archive's first bytes belong to no format known here.
    #[error(
        "could not unpack `{archive}`: found {found}, expected a tar file, plain or compressed by gzip, xz or zstd"
    )]
    UnknownFormat {
        /// The archive.
        archive: AbsPath,
        /// What it seems to be.
        found: String,
    },
    /// The package holds no file of that name.
    #[error("found no file that ends in `{suffix}` in the package `{archive}`")]
    NoMember {
        /// The package.
        archive: AbsPath,
        /// How the name should have ended.
        suffix: String,
    },
    /// A file could not be read or written.
    #[error(transparent)]
    Fs(#[from] FsError),
}

/// Unpacks a `.tar`, `.tar.gz`, `.tar.xz` or `.tar.zst` into the directory `dest`, which must be absent or empty.
///
/// The format is told by the first bytes, not by the name. Progress counts bytes of the archive.
pub fn unpack_tarball(
    archive: &AbsPath,
    dest: &AbsPath,
    cancel: &Cancel,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<(), ArchiveError> {
    let read = |source: &mut dyn std::io::Read, pieces: &pieces::Sender<'_>| {
        decode::with_decoded(source, &mut |decoded| pieces.send_all(decoded))
    };
    pieces::unpack(archive, dest, cancel, on_progress, &read)
}

/// Unpacks the tarball that a Debian package holds under a name that ends in `member_suffix`.
///
/// Debian's `linux-source-X.Y` packages hold `./usr/src/linux-source-X.Y.tar.xz`. It goes straight into `dest`; neither
/// the package's other files nor the tarball itself are written. Else like [`unpack_tarball`]. Format: deb(5), ar(5).
pub fn deb_tarball(
    deb: &AbsPath,
    member_suffix: &str,
    dest: &AbsPath,
    cancel: &Cancel,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<(), ArchiveError> {
    let read = |source: &mut dyn std::io::Read, pieces: &pieces::Sender<'_>| {
        deb::with_member(source, member_suffix, &mut |tarball| {
            decode::with_decoded(tarball, &mut |decoded| pieces.send_all(decoded))
        })
    };
    pieces::unpack(deb, dest, cancel, on_progress, &read)
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
