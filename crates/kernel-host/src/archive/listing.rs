//! What a tree consists of, as the archive had it.

use std::path::PathBuf;

/// One file or symbolic link of an unpacked tree.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    /// Its path, relative to the tree.
    pub path: PathBuf,
    /// What it is.
    pub content: Content,
}

/// What a member is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Content {
    /// A file.
    File {
        /// Its length in bytes.
        len: u64,
        /// The time of its last change, in seconds since 1970-01-01 UTC.
        mtime: u64,
        /// Whether it may be executed.
        executable: bool,
        /// The SHA-256 of its bytes.
        sha256: [u8; 32],
    },
    /// A symbolic link with this text.
    Link(PathBuf),
}
