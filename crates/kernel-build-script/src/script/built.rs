//! What a script has found.

use std::path::PathBuf;

/// What the crate is told about its kernel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Built {
    /// Rust's name of the architecture; empty where nothing says it.
    pub arch: String,
    /// The image; empty under `DOCS_RS`, and in the mode `facts` not necessarily there.
    pub image: PathBuf,
    /// What `uname -r` says in the guest.
    pub release: String,
    /// What `make kernelversion` says.
    pub version: String,
    /// The image's length in bytes.
    pub size: Option<u64>,
    /// The image's digest.
    pub sha256: Option<String>,
    /// The command line: of the VM that was named, else the one that is compiled in.
    pub cmdline: String,
    /// What whoever loads the image has to know.
    pub load: Load,
    /// The symbols that were asked for, without `CONFIG_`, and their values as `.config` has them; `n` where it has none.
    pub symbols: Vec<(String, String)>,
    /// The features that the kernel has.
    pub features: Vec<String>,
    /// Every feature that the workspace knows.
    pub known_features: Vec<String>,
}

/// What the header of an image says; what its format does not have is absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Load {
    /// `vmlinux`: the address of the first instruction.
    pub entry: Option<u64>,
    /// `vmlinux`: the lowest physical address that it takes.
    pub start: Option<u64>,
    /// `vmlinux`: the first physical address behind it.
    pub end: Option<u64>,
    /// `vmlinux`: the physical address of the PVH entry.
    pub pvh_entry: Option<u64>,
    /// `bzImage`: where the protected-mode kernel starts in the file.
    pub kernel_offset: Option<u64>,
    /// `bzImage`: the physical address that the kernel likes best.
    pub pref_address: Option<u64>,
    /// `bzImage`: the memory from its start that it takes before it reads its memory map.
    pub init_size: Option<u64>,
    /// `bzImage`: the longest command line.
    pub cmdline_size: Option<u64>,
    /// `Image`: the distance from a 2 MiB boundary to load it at.
    pub text_offset: Option<u64>,
    /// `Image`: the memory that it takes.
    pub memory_size: Option<u64>,
}
