//! What a session hands out.

use std::time::Duration;

use kernel_host::AbsPath;
use kernel_spec::{Arch, Image, KernelName, VmName};

use crate::launcher::CacheReport;
use crate::record::Record;

/// A kernel that was built, verified and stored.
#[derive(Clone, Debug)]
pub struct Artifact {
    pub(crate) name: KernelName,
    pub(crate) directory: AbsPath,
    pub(crate) record: Record,
    pub(crate) freshness: Freshness,
    /// What was here before it.
    pub(crate) before: Option<Record>,
    /// The program that is the init in it, where cargo built one for it.
    pub(crate) init: Option<AbsPath>,
}

/// Whether an artifact had to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// It was there.
    Fresh,
    /// It was made now.
    Built {
        /// Why.
        reason: String,
        /// How long it took, from the plan to the store.
        duration: Duration,
        /// What the compiler cache did, where there was one that says.
        cache: Option<CacheReport>,
    },
    /// It was not here, and the user had it from another workspace, or from an earlier build.
    Copied {
        /// Why the one that was here would not do.
        reason: String,
        /// How long it took, from the plan to the store.
        duration: Duration,
    },
}

impl Artifact {
    /// The kernel's name.
    pub fn name(&self) -> &KernelName {
        &self.name
    }

    /// Its directory: `target/kernel/<name>`.
    pub fn directory(&self) -> &AbsPath {
        &self.directory
    }

    /// What `kernel.json` says.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// By how many bytes an image is larger than that of the artifact before; nothing where there was none, or where this one
    /// was there.
    pub fn grown(&self, image: &str) -> Option<i64> {
        let size = |record: &Record| record.images().find(|file| file.name == image).map(|file| file.size);
        let (before, now) = (size(self.before.as_ref()?)?, size(&self.record)?);
        i64::try_from(i128::from(now) - i128::from(before)).ok()
    }

    /// Whether it had to be made.
    pub fn freshness(&self) -> &Freshness {
        &self.freshness
    }

    /// The kernelrelease: what `uname -r` will say.
    pub fn release(&self) -> &str {
        &self.record.kernelrelease
    }

    /// The architecture.
    pub fn arch(&self) -> Option<Arch> {
        Arch::ALL.into_iter().find(|arch| arch.rust_name() == self.record.arch)
    }

    /// An image's file, where it was asked for.
    pub fn image(&self, image: Image) -> Option<AbsPath> {
        self.images().into_iter().find(|(found, _)| *found == image).map(|(_, path)| path)
    }

    /// The images and their files, in the manifest's order.
    pub fn images(&self) -> Vec<(Image, AbsPath)> {
        let of = |name: &str| Image::ALL.into_iter().find(|image| image.as_str() == name);
        let files = self.record.images();
        files.filter_map(|file| Some((of(&file.name)?, self.directory.join(&file.name)))).collect()
    }
}

/// A kernel that was configured as asked; nothing was compiled.
#[derive(Clone, Debug)]
pub struct Checked {
    pub(crate) name: KernelName,
    pub(crate) kernelversion: String,
    pub(crate) release: String,
    pub(crate) release_parts: Vec<String>,
    pub(crate) requests: usize,
    pub(crate) overridden: Vec<String>,
    pub(crate) one_off: Vec<String>,
    pub(crate) features: Vec<String>,
    pub(crate) config: AbsPath,
    pub(crate) dirty: Option<String>,
}

impl Checked {
    /// The kernel's name.
    pub fn name(&self) -> &KernelName {
        &self.name
    }

    /// The tree's version.
    pub fn kernelversion(&self) -> &str {
        &self.kernelversion
    }

    /// The features that it has, by name.
    pub fn features(&self) -> &[String] {
        &self.features
    }

    /// The kernelrelease, as it will be.
    pub fn release(&self) -> &str {
        &self.release
    }

    /// What the kernelrelease is made of, and where each part comes from.
    pub fn release_parts(&self) -> &[String] {
        &self.release_parts
    }

    /// How many requests landed: all.
    pub fn requests(&self) -> usize {
        self.requests
    }

    /// The requests that a later one changed, a line each.
    pub fn overridden(&self) -> &[String] {
        &self.overridden
    }

    /// What this run asked for beside the manifest, `CONFIG_X=y` each.
    pub fn one_off(&self) -> &[String] {
        &self.one_off
    }

    /// The resolved `.config`.
    pub fn config(&self) -> &AbsPath {
        &self.config
    }

    /// Why a build would have something to do; `None` where the artifact is fresh.
    pub fn dirty(&self) -> Option<&str> {
        self.dirty.as_deref()
    }
}

/// Everything that a VM is made of.
#[derive(Clone, Debug)]
pub struct VmParts {
    /// The VM's name.
    pub name: VmName,
    /// Its kernel.
    pub artifact: Artifact,
    /// The image that it boots.
    pub image: AbsPath,
    /// Which one that is.
    pub kind: Image,
    /// The workspace's own VMM.
    pub vmm: Option<AbsPath>,
    /// The workspace's own firmware, an ELF file.
    pub firmware_elf: Option<AbsPath>,
    /// What becomes `/init`.
    pub init: Option<AbsPath>,
    /// The kernel that the VMM runs under where KVM cannot; `None` where it was not asked for.
    pub nested_host: Option<Artifact>,
}

/// Everything that a manifest describes.
#[derive(Clone, Debug)]
pub struct BuiltAll {
    /// Every kernel, in the order of the names.
    pub artifacts: Vec<Artifact>,
    /// Every VM, in the order of the names.
    pub vms: Vec<VmParts>,
}
