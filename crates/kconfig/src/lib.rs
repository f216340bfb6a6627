//! The Kconfig language, without files or processes.
//!
//! What stands here so far is the vocabulary that every other crate speaks, and the two text formats that people
//! write and read:
//!
//! ```text
//! fragment text ──fragment::parse──▶ Vec<Assignment> ─┐
//! base .config  ──fragment::parse──▶ Vec<Assignment> ─┼─ merge ─▶ Merged ─▶ text for the resolver
//! [config]      ──────────────────▶ Vec<Assignment> ─┘              │
//! resolved .config ──DotConfig::parse──▶ DotConfig ── misses(requests, resolved) ─▶ Vec<Miss>
//! ```
//!
//! Deliberately absent: files, processes, TOML, kernel versions, printing.

mod symbol;
mod value;

pub use symbol::{Symbol, SymbolError};
pub use value::{Tristate, Value};
