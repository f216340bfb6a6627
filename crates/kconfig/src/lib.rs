//! The Kconfig language, without files or processes.
//!
//! What stands here so far is the vocabulary that every other crate speaks, and the two text formats that people
//! write and read:
//!
//! ```text
//! base .config  ──DotConfig::parse──▶ DotConfig ──────┐
//! fragment text ──fragment::parse──▶ Vec<Assignment> ─┼─ merge ─▶ Merged ─▶ text for the resolver
//! [config]      ──────────────────▶ Vec<Request> ─────┘              │
//! resolved .config ──DotConfig::parse──▶ DotConfig ── misses(merged, resolved) ─▶ Vec<Miss>
//! ```
//!
//! Deliberately absent: files, processes, TOML, kernel versions, printing.

mod dotconfig;
pub mod fragment;
mod miss;
mod names;
mod request;
mod symbol;
mod value;

pub use dotconfig::{Change, DotConfig, difference};
pub use fragment::{Assignment, FragmentError, FragmentErrorKind};
pub use miss::{Miss, MissReason, miss_table, misses};
pub use names::{RENAMES, Rename, SymbolNames, defined_symbols, rename_of};
pub use request::{Merged, Origin, Overridden, Request, merge};
pub use symbol::{Symbol, SymbolError};
pub use value::{Tristate, Value, ValueError};
