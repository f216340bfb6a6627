//! Asking origins what they have.
//!
//! Each module knows one kind of origin: what its newest release is that a manifest allows, and what proves it. apt's is
//! in `kernel-host`. What an origin answers is a pin; nothing is unpacked here.

pub(crate) mod git;
pub(crate) mod kernel_org;
mod releases;

pub use git::GitError;
pub use kernel_org::KernelOrgError;
pub(crate) use releases::Life;
