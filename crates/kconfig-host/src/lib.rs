//! A source tree on disk as the Kconfig engine sees it.
//!
//! The engine asks for files and probes one after another, as it comes to them. Here they are got ready before it asks:
//!
//! ```text
//! load ─ snapshot  what an earlier run found, if every answer that it got would be the same now; else
//!      ├─ files   every Kconfig file, in parallel: each names the next ones
//!      ├─ ahead   a parse of the macros alone: which probes will come whose text depends on no other's answer?
//!      │             └──▶ probes ── on all cores, in the background
//!      └─ kconfig::syntax::parse … model::cycles          the true parse: finds what it asks for in memory
//! ```
//!
//! Who only resolves can be patient ([`load_patiently`]): the parse then waits for those probes alone without which it
//! cannot go on, and values ask for the others; what none of them asks for never runs.
//!
//! Invariants: what is got ready early is a guess about *what* will be asked, never about an answer: each answer is
//! that of the true command, and a command or file that nobody foresaw is run or read when it is met. Of one tree, the
//! same command has one answer.
//!
//! Deliberately absent: what the files mean, where `.config` files lie, printing.

mod ahead;
mod files;
mod identity;
mod inputs;
mod load;
mod probes;
mod programs;
mod recorder;
mod shell;
mod snapshot;
mod store;
#[cfg(test)]
mod tests;
mod tree;

pub use load::{LoadError, Loaded, load, load_as, load_from, load_patiently};
pub use probes::{Origin, ProbeCache, ProbeMismatch, ProbeRecord};
pub use programs::Programs;
pub use tree::{HostTree, Reading};
