//! A locked spec and facts become a plan, its keys, and the reasons to build.
//!
//! ```text
//! (locked spec, Facts) ──Plan::new──▶ Plan { steps }          a value: it can be printed, and nothing has happened yet
//!                      ──RequestKey─▶ what decides the resolved config
//! resolved config      ──Fingerprint▶ what decides the artifact ──compare──▶ fresh, or a DirtyReason
//! ```
//!
//! Two keys, because two things can be skipped. A [`RequestKey`] stands for everything that goes *into* configuring; where
//! it is the one of the last run, the resolved config is the one of the last run and nobody has to ask the tree. A
//! [`Fingerprint`] stands for everything that goes into compiling; it holds the digest of the *resolved* config. So a
//! request that changes nothing (a comment, a value that was the default) costs a configure and not a compile: early
//! cut-off.
//!
//! Invariants: nothing that is hashed is a time or an absolute path; the parts are kept beside the hash, so that what
//! changed can be named with its old and its new value.
//!
//! Deliberately absent: files, processes, how a step is done.

mod dirty;
mod facts;
mod fingerprint;
mod plan;
mod request_key;
mod step;

pub use dirty::{DirtyReason, RequestChange};
pub use facts::{CargoFacts, Facts, LayerFacts, PatchFacts, SourceFacts, SourceState};
pub use fingerprint::{Fingerprint, FingerprintInputs, Part};
pub use plan::{Outlook, Plan, PlannedStep};
pub use request_key::{RequestInputs, RequestKey};
pub use step::{State, Step};

/// The version of everything that is kept between runs: keys, records, the meaning of each part.
///
/// It is a part of both keys: a tool that would do something else with the same inputs counts it up.
pub const FORMAT: u32 = 1;
