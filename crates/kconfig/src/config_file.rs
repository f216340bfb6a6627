//! The engine's own reader and writers of `.config` and its kin.
//!
//! Unlike [`DotConfig`](crate::DotConfig), which takes a file as it stands, these go through a model: what a line means
//! depends on the symbol's type, and what is written on its place in the menu. Both are byte for byte `conf`'s.
//!
//! Deliberately absent: files; bytes come in and go out.

mod generated;
mod minimal;
mod read;
mod standing;
mod touched;
mod write;

pub use generated::{Generated, Inputs, generated};
pub use minimal::minimal_config;
pub use read::{Reader, UnknownSymbols};
pub use standing::{Answers, Standing};
pub use touched::{Touched, touched};
pub use write::{config, write_assignment};
