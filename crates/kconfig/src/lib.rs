//! The Kconfig language, without files or processes.
//!
//! What stands here so far is the vocabulary that every other crate speaks, and the two text formats that people
//! write and read:
//!
//! ```text
//! base .config  ──DotConfig::parse──▶ DotConfig ──────┐
//! fragment text ──fragment::parse──▶ Vec<Assignment> ─┼─ layers::merge_layers ─▶ Merged ─▶ text for the resolver
//! [config]      ──────────────────▶ Vec<Entry> ───────┘              │
//! resolved .config ──DotConfig::parse──▶ DotConfig ── misses(merged, resolved) ─▶ Vec<Miss>
//! ```
//!
//! The engine resolves a tree of Kconfig files, byte for byte as its own `conf`:
//!
//! ```text
//! Tree ─ syntax::parse ─▶ Ast ─ model::build ─▶ Model ─▶ eval::Evaluator ◀─ config_file::Reader ◀─ .config
//!                                     snapshot ◀─┴─▶ bytes    ├─ modes::fill, ask ─▶ config_file::config ─▶ .config
//!                                                             ├─ explain::explain ─▶ why a symbol has its value
//!                                                             └─ fix::Planner ─▶ what else to set, or what forbids it
//! ```
//!
//! What a resolved `.config` comes to can be asked in the language's own expressions ([`condition`]).
//!
//! Deliberately absent: files, processes, TOML, kernel versions, printing.

pub mod ask;
pub mod condition;
pub mod config_file;
mod dotconfig;
pub mod eval;
pub mod explain;
pub mod fix;
pub mod fragment;
pub mod layers;
pub mod merge_config;
mod miss;
pub mod model;
pub mod modes;
mod names;
mod request;
pub mod snapshot;
mod symbol;
pub mod syntax;
pub mod tree;
mod value;

pub use dotconfig::{Change, DotConfig, difference};
pub use fragment::{Assignment, FragmentError, FragmentErrorKind};
pub use miss::{Miss, MissReason, miss_table, misses};
pub use names::{RENAMES, Rename, SymbolNames, defined_symbols, rename_of};
pub use request::{Demand, Merged, Origin, Request, merge};
pub use symbol::{Symbol, SymbolError};
pub use value::{Tristate, Value, ValueError};
