//! A system on which no terminal can be taken.

use std::io;

use super::{Input, Size};

/// There is none.
#[derive(Clone, Debug)]
pub enum Terminal {}

/// There is none.
#[derive(Debug)]
pub enum Taken {}

impl Terminal {
    /// `None`.
    #[must_use]
    pub fn of_stdin() -> Option<Self> {
        None
    }

    /// Its size.
    #[must_use]
    pub fn size(&self) -> Size {
        match *self {}
    }

    /// Takes it.
    ///
    /// # Errors
    /// There is no such thing.
    pub fn take(&self, _on_input: impl FnMut(Input) + Send + 'static) -> io::Result<Taken> {
        match *self {}
    }
}
