//! What a boot is asked for.
//!
//! Invariant: everything that a runner needs stands here or is found on the machine (QEMU, KVM); no runner reads a
//! manifest.

use std::time::Duration;

use kernel_host::AbsPath;
use kernel_host::fs;
use kernel_host::terminal::Terminal;
use kernel_spec::{Arch, Image, VmName};

use crate::devices::BootDevices;
use crate::diagnosis::KernelFiles;
use crate::judge::Expectation;

/// One boot.
#[derive(Clone, Debug)]
pub struct BootRequest {
    /// The VM's name, for messages.
    pub name: VmName,
    /// The architecture of the kernel.
    pub arch: Arch,
    /// The image.
    pub image: AbsPath,
    /// What kind of image it is.
    pub kind: Image,
    /// Its kernel's files that tell what addresses mean.
    pub kernel: KernelFiles,
    /// The initramfs, if the kernel does not bring its own; [`boot_contract::initramfs`] makes one.
    pub initramfs: Option<AbsPath>,
    /// The port of this machine at which a debugger is awaited, before the first instruction; QEMU alone has such a thing.
    pub debug_port: Option<u16>,
    /// Who types, where the job in the initramfs asks for a terminal.
    pub terminal: Option<Terminal>,
    /// Whether the initramfs has a job for its init, whose time is its own.
    pub has_job: bool,
    /// What the machine has beside its serial port.
    pub devices: BootDevices,
    /// The VM's own kernel command line; a runner adds what it needs, see [`crate::CmdlineWord`].
    pub cmdline: String,
    /// The guest's memory, in MiB.
    pub memory_mib: u64,
    /// The time from the start of the process to its end.
    pub timeout: Duration,
    /// How long the console may be silent before the guest counts as hung: until its init is ready, and after that where it
    /// has no command that may think for as long as it likes.
    pub silence: Duration,
    /// What the guest must say.
    pub expect: Expectation,
    /// What runs it.
    pub runner: RunnerRequest,
    /// Whether a VMM runs nested also where this machine's KVM is usable.
    pub nesting: Nesting,
    /// A folder for what the boot makes (`target/kernel/.vm/<name>`); created if absent; files in it are replaced.
    pub scratch: AbsPath,
}

impl BootRequest {
    /// The kernel's `.config`, where it is at hand.
    pub(crate) fn kernel_config(&self) -> Option<String> {
        self.kernel.config.as_ref().and_then(|path| fs::read_to_string(path).ok())
    }
}

/// Whether a VMM that needs KVM runs nested.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Nesting {
    /// Where this machine's KVM is not usable.
    #[default]
    WhereNeeded,
    /// Always.
    Always,
}

/// A VMM that is installed on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Monitor {
    /// Firecracker, by a config file.
    Firecracker,
    /// Cloud Hypervisor, by its command line.
    CloudHypervisor,
    /// crosvm, by its command line.
    Crosvm,
    /// Alioth, by its command line.
    Alioth,
    /// Any, by these arguments, with [placeholders](kernel_spec::Placeholder).
    Command(Vec<String>),
}

/// What runs a VM, with the files that it needs.
#[derive(Clone, Debug)]
pub enum RunnerRequest {
    /// The VM's own VMM: directly where KVM is usable, else nested.
    Workspace {
        /// The program; where it has to run nested it must be statically linked.
        vmm: AbsPath,
        /// Its arguments, with [placeholders](kernel_spec::Placeholder).
        args: Vec<String>,
        /// The firmware as the linker made it, for `{firmware}`; [`crate::rom::flat_rom`] makes the ROM.
        firmware: Option<AbsPath>,
        /// Where to run it if this machine's KVM is not usable.
        nested_host: Option<NestedHost>,
    },
    /// A VMM that is installed: directly where KVM is usable, else nested.
    Installed {
        /// Which one.
        monitor: Monitor,
        /// Its program: a name on `PATH`, or a path; absent: its usual name.
        program: Option<String>,
        /// Where to run it if this machine's KVM is not usable.
        nested_host: Option<NestedHost>,
    },
    /// QEMU, which loads the image itself.
    Qemu,
    /// QEMU with a firmware in the place of a BIOS; the image must be a bzImage.
    Firmware {
        /// The firmware as the linker made it; [`crate::rom::flat_rom`] makes the ROM.
        elf: AbsPath,
    },
}

/// A kernel with KVM for AMD, and an init, under which a VMM runs in a QEMU machine.
///
/// ```text
/// this machine ─ qemu -accel tcg ─ nested host's vmlinux ─ /init (guest-init) ─ /vmm ─ the guest
/// ```
#[derive(Clone, Debug)]
pub struct NestedHost {
    /// The kernel's `vmlinux` (with a PVH entry point).
    pub vmlinux: AbsPath,
    /// A static program that speaks [`boot_contract::guest`]; `/init` of the outer machine.
    pub init: AbsPath,
}
