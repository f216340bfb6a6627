//! `Kernel.toml` and `Kernel.lock`: schema, validation, newtypes.
//!
//! ```text
//! text + where it stands ──KernelSpec::parse──▶ KernelSpec, or every SpecError at once
//! Kernel.lock            ──Lockfile::parse────▶ Lockfile ──render──▶ text
//! ```
//!
//! Invariants: a [`KernelSpec`] names only kernels, sources and packages that it has; every value keeps the place
//! ([`Spanned`]) where a person wrote it, so that a later stage can point at it.
//!
//! Deliberately absent: files, processes, the environment, the clock, printing. Whoever reads the manifest from a disk
//! hands its text in; globs are kept as globs.

mod diagnostic;
mod name;
mod spec;
pub mod version;

pub use diagnostic::{Diagnostic, Location, SourceText, Spanned};
pub use name::{Arch, ByteSize, KernelName, ModDirVersion, NameError, Sha256, SourceName, VmName};
pub use spec::{
    Base, Image, KernelEntry, KernelSpec, Origin, PackageRef, Runner, SourceEntry, Unlisted, VmEntry,
};
