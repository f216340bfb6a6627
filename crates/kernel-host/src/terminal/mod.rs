//! This process's standard input, handed on as it comes; a terminal is taken whole: each key as it is pressed, nothing
//! echoed, no signal by Ctrl-C.
//!
//! Invariant: a terminal that was taken is given back as it was when its [`Taken`] is dropped, so that a caller that ends
//! by an error or a panic gives it back too. What ends this process outright leaves the terminal as it is.

#[cfg(not(unix))]
mod none;
#[cfg(unix)]
mod unix;

#[cfg(not(unix))]
pub use none::{Taken, Terminal};
#[cfg(unix)]
pub use unix::{Taken, Terminal};

/// The size of a terminal, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// How many lines.
    pub rows: u16,
    /// How many characters in each.
    pub columns: u16,
}

impl Size {
    /// That of a terminal that does not know its own.
    pub const USUAL: Self = Self { rows: 24, columns: 80 };
}

/// What comes from a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Keys, as bytes.
    Keys(Vec<u8>),
    /// It has another size.
    Size(Size),
    /// Nothing more will come.
    End,
}
