//! The error of every function on files.

use std::{fmt, io};

use crate::AbsPath;

/// Reports a file operation that failed, and on which path.
///
/// The cause is part of the text and therefore not offered again as a source.
#[derive(Debug)]
pub struct FsError {
    /// What was attempted, as it reads after "could not".
    pub action: &'static str,
    /// The path it was attempted on.
    pub path: AbsPath,
    /// What the operating system said.
    pub source: io::Error,
}

impl FsError {
    pub(crate) fn new(action: &'static str, path: &AbsPath, source: io::Error) -> Self {
        Self { action, path: path.clone(), source }
    }

    /// Makes the function that `map_err` wants.
    pub(crate) fn on(action: &'static str, path: &AbsPath) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::new(action, path, source)
    }

    /// Says whether the path was not there.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        self.source.kind() == io::ErrorKind::NotFound
    }
}

impl fmt::Display for FsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "could not {} `{}`: {}", self.action, self.path, crate::io_text(&self.source))
    }
}

impl std::error::Error for FsError {}
