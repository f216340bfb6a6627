//! The tree that patches are applied to, and what becomes of its files.

/// What a name in a tree is; a symbolic link is not followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A file.
    File {
        /// Its contents.
        bytes: Vec<u8>,
        /// Whether it may be executed.
        executable: bool,
    },
    /// A symbolic link, with its text.
    Link(Vec<u8>),
    /// A directory.
    Directory,
    /// A device, a socket, a pipe.
    Other,
}

/// A name that cannot be looked at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TreeError(pub String);

/// A tree as it is before the first patch.
pub trait Tree {
    /// What a name is: relative to the top, parts joined by `/`; `None` where there is nothing.
    ///
    /// # Errors
    /// Where it cannot be looked at.
    fn entry(&self, path: &str) -> Result<Option<Entry>, TreeError>;
}

/// What a file has become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It is not there any more.
    Absent,
    /// A file.
    File {
        /// Its contents.
        bytes: Vec<u8>,
        /// Whether it may be executed.
        executable: bool,
    },
    /// A symbolic link, with its text.
    Link(Vec<u8>),
}
