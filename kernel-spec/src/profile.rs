//! The built-in profiles: what a kernel asks for so that it runs in a VMM, or so that a guest can do something.
//!
//! ```text
//! kernel-spec/profiles/
//!   core/        what every guest has, then what each architecture adds
//!   transport/   how devices are found: virtio-mmio by ACPI, by the command line or by a device tree; PCI
//!   console/     where messages go: an 8250, a PL011, a virtio console
//!   devices/     drivers that several VMMs need
//!   vmm/         what only one VMM needs
//!   add-on/      what a guest can do: share folders, talk over vsock, hold containers, be debugged, be small …
//!   common/      what a userspace like a distribution's expects
//! ```
//!
//! Each file there is a fragment, and each is one [`Layer`]. A [`Profile`] is a row of [`table`]: the layers that it is
//! composed of, and apart from them its [`Demands`], which are what the documents of its VMM say that a kernel must have.
//! The layers are how we get there; the demands are what they are judged by.
//!
//! Invariants: every file is a layer, and every layer parses; a layer asks for a symbol once, with the reason above it;
//! what a layer asks for exists, and lands, in every kernel version that its scope admits. So two VMMs can share a
//! kernel, no layer of a VMM asks for `n` where another VMM may need `y`: what nobody asks for is left to the base and
//! to `unlisted`.
//!
//! Deliberately absent: what becomes of two layers that disagree; that is the merging's, as for all layers.

use std::sync::Arc;

use crate::diagnostic::nearest as nearest_name;
use crate::version::{KernelVersion, VersionReq};
use crate::{Arch, SourceText};

mod table;

/// What stands before the name of a layer where a place in it is shown.
const SHOWN: &str = "<built-in>";

/// A built-in profile.
#[derive(Debug)]
pub struct Profile {
    /// What a manifest says: `firecracker`, `common/cgroups`.
    pub name: &'static str,
    /// What it is for, in one line.
    pub summary: &'static str,
    /// What kind of thing it is for.
    pub kind: ProfileKind,
    /// The architectures that it has layers for.
    pub architectures: &'static [Arch],
    /// What the documents demand.
    pub demands: &'static [Demands],
    /// What ran a kernel of it, and what has not been tried.
    pub tried: &'static str,
    /// In groups: core, firmware, transport, console, clock, devices.
    pieces: &'static [&'static [&'static Piece]],
}

/// What a profile is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProfileKind {
    /// A virtual machine monitor.
    Vmm,
    /// Something that a guest can do, or how it is built.
    AddOn,
    /// What a userspace like a distribution's expects.
    Common,
}

/// A layer of a profile: one fragment.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Its name: `transport/virtio-mmio`.
    pub name: &'static str,
    /// The fragment, under the name that places in it are shown with.
    pub text: Arc<SourceText>,
    /// The kernels that it is for; `None` where it is for all.
    pub version: Option<VersionReq>,
}

/// Symbols that one document demands.
#[derive(Debug)]
pub struct Demands {
    /// The document: the project, and the path of the file or the title.
    pub source: &'static str,
    /// Where it demands them.
    pub scope: Scope,
    symbols: &'static str,
}

/// Where a layer, or a demand, holds.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    /// The architectures; none named means all.
    pub architectures: &'static [Arch],
    /// The kernels.
    pub versions: Versions,
}

/// A range of series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Versions {
    /// All.
    Any,
    /// From a series on.
    From(u32, u32),
    /// Before a series.
    Before(u32, u32),
}

/// A layer as the table has it.
#[derive(Debug)]
struct Piece {
    name: &'static str,
    text: &'static str,
    scope: Scope,
}

/// A profile that has nothing for an architecture.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("profile `{profile}` has no layers for {arch}: expected {}", listed(.architectures))]
pub struct ArchError {
    /// The profile.
    pub profile: &'static str,
    /// The architecture of the kernel.
    pub arch: Arch,
    /// Those that it has layers for.
    pub architectures: &'static [Arch],
}

/// Every built-in profile: VMMs, add-ons, then what is common.
pub fn all() -> &'static [Profile] {
    table::PROFILES
}

/// The profile of that name.
pub fn find(name: &str) -> Option<&'static Profile> {
    all().iter().find(|profile| profile.name == name)
}

/// The name that somebody may have meant.
pub fn nearest(name: &str) -> Option<&'static str> {
    nearest_name(name, all().iter().map(|profile| profile.name))
}

/// The layers of several profiles in one kernel: each once, where it first comes.
///
/// # Errors
/// The first profile that has none for the architecture.
pub fn compose<'p>(
    profiles: impl IntoIterator<Item = &'p Profile>,
    arch: Arch,
) -> Result<Vec<Layer>, ArchError> {
    let mut layers: Vec<Layer> = Vec::new();
    for profile in profiles {
        for layer in profile.layers(arch)? {
            if !layers.iter().any(|known| known.name == layer.name) {
                layers.push(layer);
            }
        }
    }
    Ok(layers)
}

impl Profile {
    /// Its layers for an architecture, in order.
    ///
    /// # Errors
    /// Where it has none.
    pub fn layers(&self, arch: Arch) -> Result<Vec<Layer>, ArchError> {
        if !self.architectures.contains(&arch) {
            let Self { name, architectures, .. } = *self;
            return Err(ArchError { profile: name, arch, architectures });
        }
        let held = self.pieces.iter().copied().flatten().filter(|piece| piece.scope.holds_on(arch));
        Ok(held.map(|piece| piece.layer()).collect())
    }
}

impl Demands {
    /// The symbols, without `CONFIG_`, each with the value that it is to have as a `.config` spells it.
    pub fn symbols(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.symbols.split_ascii_whitespace().map(|word| word.split_once('=').unwrap_or((word, "y")))
    }
}

impl Layer {
    /// Whether it is for a kernel of that version.
    pub fn is_for(&self, version: &KernelVersion) -> bool {
        self.version.as_ref().is_none_or(|wanted| wanted.matches(version))
    }
}

impl Piece {
    fn layer(&self) -> Layer {
        let Self { name, text, scope } = *self;
        let text = SourceText { path: format!("{SHOWN}/{name}.config"), text: text.to_owned() };
        Layer { name, text: Arc::new(text), version: scope.versions.requirement() }
    }
}

impl Scope {
    /// Everywhere.
    pub const ANYWHERE: Self = Self { architectures: &[], versions: Versions::Any };

    /// Whether it holds on an architecture, whatever the version.
    pub fn holds_on(&self, arch: Arch) -> bool {
        self.architectures.is_empty() || self.architectures.contains(&arch)
    }

    /// Whether it holds for a kernel.
    pub fn holds(&self, arch: Arch, version: &KernelVersion) -> bool {
        self.holds_on(arch) && self.versions.requirement().is_none_or(|wanted| wanted.matches(version))
    }
}

impl Versions {
    /// The same as a requirement; `None` for all.
    pub fn requirement(self) -> Option<VersionReq> {
        match self {
            Self::Any => None,
            Self::From(major, minor) => Some(VersionReq::from_series(major, minor)),
            Self::Before(major, minor) => Some(VersionReq::before_series(major, minor)),
        }
    }
}

fn listed(architectures: &[Arch]) -> String {
    let names: Vec<&str> = architectures.iter().map(|arch| arch.rust_name()).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests;
