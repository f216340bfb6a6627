//! `Kernel.toml` and `Kernel.lock`: schema, validation, newtypes.
//!
//! ```text
//! text + where it stands ──KernelSpec::parse──▶ KernelSpec, or every Diagnostic at once
//! Kernel.override.toml   ──Overrides::parse───▶ Overrides
//! Kernel.lock            ──Lockfile::parse────▶ Lockfile ──render──▶ text
//! KernelSpec + Option<Lockfile> + LockMode ──lock──▶ LockedSpec, or what has to be asked, or LockError
//! fragment, [config]     ──fragment_layer, config_layers──▶ Layer ──under──▶ kconfig::layers::Layer
//! text + settings        ──set_config──▶ text, with everything else as it was
//! conditions             ──Features────────────▶ what a resolved `.config` has, by name
//! names of profiles      ──profile::compose──▶ Vec<profile::Layer>, built in
//! ```
//!
//! Invariants: a [`KernelSpec`] names only kernels, sources and packages that it has; every value keeps the place
//! ([`Spanned`]) where a person wrote it, so that a later stage can point at it.
//!
//! Deliberately absent: files, processes, the environment, the clock, printing. Whoever reads the manifest from a disk
//! hands its text in; globs are kept as globs.

mod budget;
mod compiler;
mod device;
mod diagnostic;
mod edit;
mod feature;
mod guard;
pub mod import;
mod layer;
mod lineage;
pub mod lock;
pub mod lockfile;
mod name;
mod origin;
mod parse;
mod patch;
mod placeholder;
pub mod profile;
mod reader;
pub mod schema;
mod spec;
pub mod starter;
mod toolchain;
mod trial;
mod until;
pub mod version;
mod vmm;

pub use budget::{Budget, Figure, Limit, LimitError};
pub use compiler::CompilerCache;
pub use device::{Contents, Devices, Disk, Format, Network, Share, Transport};
pub use diagnostic::{Diagnostic, Location, Part, SourceText, Spanned, Style, nearest};
pub use edit::{
    EditError, ManifestPlace, add_fragments, add_requests, rename_symbol, set_config, set_in_fragment,
    set_tree_defaults,
};
pub use feature::{Feature, Features, Requirement, Want, WantError};
pub use guard::{Conditions, Guard, ToolchainFamily};
pub use layer::{
    BUILT_IN_INITRAMFS, ConfigEntry, FragmentRef, IN_TREE, Layer, Line, Manner, MayMiss, ProfileKindRef,
    ProfileRef, built_in_init_layer, builtin_layer, config_layers, fragment_layer, parse_base, strict_layer,
};
pub use lineage::Lineage;
pub use lock::{
    LockChange, LockError, LockMode, LockOutcome, LockedSpec, PatchChange, PinReason, PinRequest,
};
pub use lockfile::{KernelLock, Lockfile, PatchPin, Resolved, SourcePin};
pub use name::{Arch, ByteSize, KernelName, ModDirVersion, NameError, Sha256, SizeError, SourceName, VmName};
pub use origin::{GitReference, KERNEL_ORG, Origin};
pub use parse::{Overrides, SpecContext, one_off_text, package_requirements};
pub use patch::{PatchEntry, PatchOrigin, patch_layer};
pub use placeholder::Placeholder;
pub use spec::{
    Base, BuiltInInit, DenyConflicts, Image, InitramfsPlace, KernelEntry, KernelSpec, Modules, PackageRef,
    Point, Runner, SourceEntry, Strictness, Unfit, Unlisted, VmEntry,
};
pub use toolchain::{Tool, ToolReq, ToolchainName, ToolchainPins};
pub use trial::{TriedWith, Untriable};
pub use until::{Day, Until};
pub use vmm::Vmm;
