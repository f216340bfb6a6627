//! Gathers facts, executes a plan, verifies, stores.
//!
//! ```text
//! Session::load ▶ Loaded ▶ lock ▶ Locked ▶ plan ▶ Planned         nothing has happened yet
//!                                        ▶ check ▶ Checked         configured as asked
//!                                        ▶ build ▶ Artifact        compiled, verified, stored
//!                                        ▶ build_vm ▶ VmParts      with what cargo builds beside it
//! ```
//!
//! | Module | What it does |
//! |---|---|
//! | [`session`] | the public entry; kernels and cargo side by side |
//! | [`init`] | a workspace that has no kernel yet |
//! | [`workspace`], [`load`], [`lock`] | from files to a locked spec |
//! | [`launcher`] | a compiler cache in front of the compilers |
//! | `prepare`, `pipeline` | facts, plan, consult; one kernel's way |
//! | [`source`], [`configure`], [`compile`], [`verify`], `store` | the steps |
//! | `objtree`, `sibling` | object trees between runs; the nearest one, to begin from |
//! | `shared`, [`cache`] | artifacts that workspaces share; what else the user's cache holds |
//! | [`resolve`], [`configuration`] | the Kconfig engine on a source tree; what it resolved, to be asked about |
//! | [`plain`], [`merge`] | a tree that no manifest speaks of; fragments merged as `merge_config.sh` does |
//! | [`export`] | a kernel for other build systems, and its corresponding source |
//! | [`patch`] | patches of a kernel's tree |
//! | [`alongside`], `built_in`, `package` | cargo's builds; what of them goes into a kernel; what their packages need of one |
//! | [`toolchain`], [`host_tools`], [`makefile`], [`release`], [`hints`] | what is known of compilers, machines and trees |
//! | [`record`], `facts`, `state` | `kernel.json`; what build scripts are told; the memo of the last run |
//! | `suspicion`, `timings` | what changed, and has to do with a failure; what of a build took how long |
//! | [`event`], [`error`], [`artifact`], [`options`] | what goes in and comes out |
//!
//! Invariants: stages are types with private constructors, so that an unlocked spec cannot be executed and an unverified
//! build cannot be stored; all effects go through `kernel-host`; what is said is said as an [`event::Event`].
//!
//! Deliberately absent: arguments, terminals, colours; running a virtual machine.

pub mod alongside;
pub mod artifact;
mod built_in;
pub mod cache;
pub mod clean;
pub mod compile;
pub mod configuration;
pub mod configure;
mod contracts;
mod environment;
pub mod error;
pub mod event;
pub mod export;
mod facts;
pub mod hints;
pub mod host_tools;
pub mod import;
pub mod init;
pub mod launcher;
pub mod load;
pub mod lock;
pub mod make;
mod make_output;
pub mod makefile;
pub mod merge;
mod objtree;
pub mod options;
pub mod origin;
mod outlook;
mod package;
pub mod patch;
pub mod pin;
mod pipeline;
pub mod plain;
mod prepare;
pub mod record;
pub mod release;
mod report;
pub mod resolve;
pub mod session;
mod shared;
mod sibling;
pub mod source;
mod state;
mod store;
mod suspicion;
mod sync;
mod timings;
pub mod toolchain;
pub mod verify;
pub mod workspace;

pub use artifact::{Artifact, BuiltAll, Checked, Freshness, VmParts};
pub use cache::{Cache, CacheEntry, Gc};
pub use clean::Clean;
pub use configuration::{Configuration, Found, Others, Proposal};
pub use error::{BuildError, ErrorClass, KernelsFailed};
pub use event::{Event, Pace, Reporter, Silent, Task, Unit, Verbosity};
pub use host_tools::{Install, MissingTools};
pub use load::Loaded;
pub use lock::{Locked, Repin, Standing, Update};
pub use options::{
    Artifacts, CargoOptions, Colour, Kconfig, Menu, NestedHost, Network, OnFailure, Options, Probes,
    Selection, Setup, Timings,
};
pub use outlook::{KernelOutlook, ShiftKind, SymbolShift};
pub use patch::{PatchError, PatchOutcome, PatchPart, PatchReport, Refreshed};
pub use plain::{PlainConfig, PlainResolved, PlainTree};
pub use prepare::Planned;
pub use record::Record;
pub use resolve::Resolver;
pub use session::{BuiltVms, CompilerReport, Glance, Judged, Session};
pub use source::{Change, ChangeKind, Repair, VerifiedSource};
pub use timings::folders as object_sizes;
