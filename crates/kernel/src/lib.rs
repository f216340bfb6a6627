//! The library: build, boot, judge.
//!
//! ```text
//! Workbench::open ──load──▶ names are looked up ──lock──▶ build, check, plan, fetch      kernel-build's Session
//!                                                     └──▶ boot = machine ▷ build_vm ▷ initramfs ▷ kernel-boot ▷ verdict
//! ```
//!
//! Both halves report to one [`Reporter`], and fail with one [`Error`] whose [`ErrorKind`] says what sort of thing went
//! wrong. Types of the halves are handed on as they are.
//!
//! Invariants: whether a VM needs a nested host is decided before anything is built, so that its kernel is built in the
//! same go; a boot is judged against the kernelrelease of the artifact that was built for it, never against a manifest.
//!
//! Deliberately absent: arguments, the terminal, exit codes; how a kernel is built or a VMM started.

mod boot;
pub mod doctor;
mod error;
mod event;
mod load;
mod places;
mod select;
mod trial;
mod workbench;

pub use boot::{Booted, Machine, Qemu};
pub use error::{Error, ErrorKind};
pub use event::{Event, Reporter};
pub use load::Load;
pub use places::Places;
pub use select::{NameKind, UnknownName};
pub use trial::{Trial, TrialError};
pub use workbench::{Built, Locked, Workbench, examine, plain_resolver};
