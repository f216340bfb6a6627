//! Kernel versions and requirements.

/// A requirement on a kernel version, as a manifest states it.
#[derive(Clone, Debug)]
pub struct VersionReq {}
