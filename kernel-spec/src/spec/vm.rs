//! `[vm.*]` of the validated manifest.

use crate::budget::Budget;
use crate::device::Devices;
use crate::feature::Requirement;
use crate::trial::TriedWith;
use crate::{ByteSize, Image, KernelName, KernelSpec, Location, Spanned, VmName, Vmm};

/// A package of the Cargo workspace that belongs to a VM.
#[derive(Clone, Debug)]
pub struct PackageRef {
    /// `package`.
    pub package: Spanned<String>,
    /// `bin`; default: the package's name.
    pub bin: Option<Spanned<String>>,
    /// `args`: the command line, with [placeholders](crate::Placeholder); a `vmm` has them.
    pub args: Vec<Spanned<String>>,
    /// `static`: linked without shared libraries (`-C target-feature=+crt-static`); default true, for an init must be,
    /// and a VMM that is runs inside a machine that has nothing else. Only a `vmm` can say otherwise.
    pub is_static: bool,
}

/// One `[vm.*]`: a kernel, what it is built alongside, and how it is booted.
#[derive(Clone, Debug)]
pub struct VmEntry {
    /// Its name.
    pub name: Spanned<VmName>,
    /// `kernel`.
    pub kernel: Spanned<KernelName>,
    /// `image`: which of the kernel's images; default: its first.
    pub image: Spanned<Image>,
    /// `vmm`.
    pub vmm: Option<PackageRef>,
    /// `firmware`.
    pub firmware: Option<PackageRef>,
    /// `init`: becomes `/init` of the initramfs.
    pub init: Option<PackageRef>,
    /// `init.embed`: where that initramfs is.
    pub initramfs: InitramfsPlace,
    /// `runner`; default `workspace` where there is a `vmm`, `firmware` where there is a `firmware`, else `qemu`.
    pub runner: Spanned<Runner>,
    /// `runner.path`: the VMM's program, a name on `PATH` or a path relative to the manifest; default: its usual name.
    pub runner_path: Option<Spanned<String>>,
    /// `runner.command`: the program and its arguments, with [placeholders](crate::Placeholder).
    pub runner_command: Vec<Spanned<String>>,
    /// `contract`: the VMM that must take the image; default: the runner's, where that is one that is known.
    pub contract: Option<Spanned<Vmm>>,
    /// `cmdline`.
    pub cmdline: Spanned<String>,
    /// `memory`; default 128 MiB.
    pub memory: Spanned<ByteSize>,
    /// `timeout`, in seconds; default 60.
    pub timeout_seconds: Spanned<u64>,
    /// `silence`, in seconds; default 30.
    pub silence_seconds: Spanned<u64>,
    /// `marker`: a text whose appearance on the console makes a boot good and ends it.
    pub marker: Option<Spanned<String>>,
    /// `disk`, `share`, `network`, `vsock`.
    pub devices: Devices,
    /// `requires`: what its kernel must have.
    pub requires: Vec<Requirement>,
    /// `nested-host`: the kernel under which the workspace's VMM runs where KVM cannot.
    pub nested_host: Option<Spanned<KernelName>>,
    /// `test`: what else it is tried with.
    pub test: TriedWith,
    /// `budget`: what it may take.
    pub budget: Option<Budget>,
    /// Of a trial with another kernel or runner, the VM that it varies.
    pub varies: Option<VmName>,
}

impl VmEntry {
    /// The VM whose table a person would write into: itself, or the one that it varies.
    pub fn table(&self) -> &VmName {
        self.varies.as_ref().unwrap_or(&self.name.value)
    }
}

/// Where the initramfs of a VM's init is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum InitramfsPlace {
    /// Beside the kernel: the VMM loads it.
    #[default]
    Beside,
    /// In the kernel's image.
    BuiltIn {
        /// Where that is written.
        location: Option<Location>,
    },
}

/// What runs a VM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runner {
    /// The VM's own `vmm` package.
    Workspace,
    /// QEMU, which loads the image itself.
    Qemu,
    /// QEMU with the VM's own `firmware` package in the place of a BIOS.
    Firmware,
    /// Firecracker.
    Firecracker,
    /// Cloud Hypervisor.
    CloudHypervisor,
    /// crosvm.
    Crosvm,
    /// Alioth.
    Alioth,
    /// Any program, by its command line.
    Command,
}

impl Runner {
    /// Every runner.
    pub const ALL: [Self; 8] = [
        Self::Workspace,
        Self::Qemu,
        Self::Firmware,
        Self::Firecracker,
        Self::CloudHypervisor,
        Self::Crosvm,
        Self::Alioth,
        Self::Command,
    ];

    /// Its name in a manifest.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Workspace => "workspace",
            Self::Qemu => "qemu",
            Self::Firmware => "firmware",
            Self::Firecracker => "firecracker",
            Self::CloudHypervisor => "cloud-hypervisor",
            Self::Crosvm => "crosvm",
            Self::Alioth => "alioth",
            Self::Command => "command",
        }
    }

    /// The VMM that it is, where that is one that a boot contract is known of.
    pub fn vmm(self) -> Option<Vmm> {
        match self {
            Self::Qemu => Some(Vmm::Qemu),
            Self::Firecracker => Some(Vmm::Firecracker),
            Self::CloudHypervisor => Some(Vmm::CloudHypervisor),
            Self::Crosvm => Some(Vmm::Crosvm),
            Self::Alioth => Some(Vmm::Alioth),
            Self::Workspace | Self::Firmware | Self::Command => None,
        }
    }

    /// Whether it needs KVM, so that it runs nested where this machine's cannot be used.
    pub fn needs_kvm(self) -> bool {
        !matches!(self, Self::Qemu | Self::Firmware)
    }
}

impl KernelSpec {
    /// The init that is built into a kernel, with the VM that says so: the first of several that say the same.
    pub fn built_in_init(&self, kernel: &KernelName) -> Option<BuiltInInit<'_>> {
        let says = |vm: &&VmEntry| vm.kernel.value == *kernel && vm.initramfs != InitramfsPlace::Beside;
        let vm = self.vms.values().find(says)?;
        Some(BuiltInInit { vm, package: vm.init.as_ref()? })
    }
}

/// An init that is built into a kernel.
#[derive(Clone, Copy, Debug)]
pub struct BuiltInInit<'a> {
    /// The VM that says so.
    pub vm: &'a VmEntry,
    /// Its init.
    pub package: &'a PackageRef,
}
