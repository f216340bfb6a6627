//! Tarballs, and the tarball inside a Debian package.
//!
//! Shape: one thread reads and decodes; what it decodes goes to those who judge the whole and to the one who takes it
//! apart, who hands small files to several that write them. Blocks of an xz stream and frames of a zstd stream are
//! decoded side by side; sums inside are left aside where the plain whole is
//! compared with a digest.
//!
//! ```text
//!                                         ┌─▶ SHA-256, witness
//!  file ─ xz│gz│zst│bz2│– ────────────────┤
//!                                         ├─▶ tar ═▶ writers ═▶ temporary directory ─ rename ─▶ dest
//!  .deb ─ ar ─ data.tar.* ─ tar ─ xz│… ───┘
//! ```
//!
//! Invariants: `dest` appears whole, and after everybody who judges it is content, or not at all. Nothing is written
//! outside it, whatever the archive says: a member that would leave it is refused by name, and so is one that is neither
//! file, directory nor link, one too many, or one too large ([`Limits`]). Where all members lie below one directory, that
//! directory becomes `dest`. Times and execute permissions are the archive's; owners and the other permissions are this
//! user's.
//!
//! Deliberately absent: owners, access lists, extended attributes, devices; writing archives.

mod blocks;
mod deb;
mod decode;
mod frames;
mod listing;
mod parts;
mod pieces;
mod space;
mod tree;
mod writers;

pub use crate::Progress;
pub use listing::{Content, Member};

use std::io::Read;

use self::decode::Sums;
use crate::AbsPath;
use crate::cancel::Cancel;
use crate::digest::hex;
use crate::fs::FsError;

/// What is to be unpacked, where to, and what must hold of it.
#[derive(Clone, Copy)]
pub struct Order<'a> {
    /// The archive: a tar file, plain or compressed; the format is told by the first bytes, not by the name.
    pub archive: &'a AbsPath,
    /// Where the tree goes; absent, or an empty directory.
    pub dest: &'a AbsPath,
    /// The archive is a Debian package, and the tarball is its file whose name ends so.
    ///
    /// Debian's `linux-source-X.Y` packages hold `./usr/src/linux-source-X.Y.tar.xz`. Neither the package's other files
    /// nor the tarball itself are written. Format: deb(5), ar(5).
    pub deb_member: Option<&'a str>,
    /// The SHA-256 of the plain tar file, where it is known.
    pub tar_sha256: Option<[u8; 32]>,
    /// Somebody else who reads the plain tar file and has a say.
    pub witness: Option<&'a dyn Witness>,
    /// How much is too much.
    pub limits: Limits,
}

/// Reads a plain tar file while it is unpacked, and says whether the tree may have its place.
pub trait Witness: Sync {
    /// Reads as much as it needs; the error is what a person is told.
    fn judge(&self, tar: &mut dyn Read) -> Result<(), String>;
}

/// How much an archive may hold. A kernel tree has 90 000 members and 1.6 GB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Members.
    pub members: u64,
    /// Bytes of all files together.
    pub bytes: u64,
    /// Bytes of a name or of a link's text.
    pub name: usize,
    /// Directories above a member.
    pub depth: usize,
    /// Bytes of the headers of one member, extended ones and long names included.
    pub headers: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { members: 1_000_000, bytes: 16 << 30, name: 4096, depth: 64, headers: 1 << 20 }
    }
}

/// Tells what was unpacked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unpacked {
    /// The SHA-256 of the plain tar file: the same for every compression of it.
    pub tar_sha256: [u8; 32],
    /// Every file and symbolic link, sorted by path.
    pub members: Vec<Member>,
}

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
        "could not unpack `{archive}`: found {found}, expected a tar file, plain or compressed by gzip, bzip2, xz or zstd"
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
    /// The plain tar file is another one.
    #[error(
        "could not verify `{archive}`: found SHA-256 `{}` of the uncompressed tar file, expected `{}`",
        hex(found),
        hex(expected)
    )]
    WrongTar {
        /// The archive.
        archive: AbsPath,
        /// The digest of what was in it.
        found: [u8; 32],
        /// The digest asked for.
        expected: [u8; 32],
    },
    /// The witness was not content.
    #[error("could not verify `{archive}`: {reason}")]
    Rejected {
        /// The archive.
        archive: AbsPath,
        /// What the witness said.
        reason: String,
    },
    /// The tree does not fit on the disk.
    #[error(
        "not enough space to unpack `{archive}` in `{place}`: {free} bytes are free, {needed} are needed"
    )]
    NoSpace {
        /// The archive.
        archive: AbsPath,
        /// Where the tree would go.
        place: AbsPath,
        /// What the file system has for this user.
        free: u64,
        /// What the tree takes, as far as the archive tells.
        needed: u64,
    },
    /// A file could not be read or written.
    #[error(transparent)]
    Fs(#[from] FsError),
}

/// Unpacks a `.tar`, `.tar.gz`, `.tar.bz2`, `.tar.xz` or `.tar.zst`, or the one inside a package.
///
/// Progress counts bytes of the archive.
pub fn unpack(
    order: Order<'_>,
    cancel: &Cancel,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<Unpacked, ArchiveError> {
    let sums = if order.tar_sha256.is_some() { Sums::Ignored } else { Sums::Compared };
    match attempt(order, sums, cancel, on_progress) {
        // A library's own reader knows rare kinds too, and what is wrong with the others.
        Err(ArchiveError::Damaged { .. } | ArchiveError::WrongTar { .. }) if sums == Sums::Ignored => {
            attempt(order, Sums::Compared, cancel, on_progress)
        }
        tried => tried,
    }
}

fn attempt(
    order: Order<'_>,
    sums: Sums,
    cancel: &Cancel,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<Unpacked, ArchiveError> {
    let read = |source: &mut dyn Read, pieces: &pieces::Sender| match order.deb_member {
        None => decode::with_decoded(source, sums, &mut |decoded| pieces.send_all(decoded)),
        Some(suffix) => deb::with_member(source, suffix, &mut |tarball| {
            decode::with_decoded(tarball, sums, &mut |decoded| pieces.send_all(decoded))
        }),
    };
    pieces::unpack(order, cancel, on_progress, &read)
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
