//! Why a boot could not be tried; a boot that was tried has an [`Outcome`](crate::Outcome) instead.

use kernel_host::AbsPath;
use kernel_host::fs::FsError;
use kernel_host::process::ProcessError;
use kernel_spec::{Arch, Format, Image, Placeholder};

use crate::accelerator::NoAccelerator;
use crate::cmdline::CmdlineError;
use crate::devices::Device;
use crate::rom::RomError;
use boot_contract::initramfs::InitramfsError;

/// Why a boot could not be tried.
#[derive(Debug, thiserror::Error)]
pub enum BootError {
    /// Not a Linux machine.
    #[error("a VM cannot be booted here: the VMMs need Linux")]
    NotLinux,
    /// No runner for that architecture.
    #[error(
        "`{vm}` has a kernel for `{arch}`: expected `x86_64`, the one architecture that is booted so far"
    )]
    Arch {
        /// The VM's name.
        vm: String,
        /// The kernel's architecture.
        arch: Arch,
    },
    /// A runner that does not take that image.
    #[error("the runner `{runner}` of `{vm}` was given `{}`: expected {expected}", .found.as_str())]
    ImageKind {
        /// The VM's name.
        vm: String,
        /// The runner.
        runner: &'static str,
        /// The image.
        found: Image,
        /// What it takes.
        expected: &'static str,
    },
    /// A file of the request is not there.
    #[error("there is no {what} at `{path}`")]
    Missing {
        /// What it is.
        what: &'static str,
        /// Where it should be.
        path: AbsPath,
    },
    /// QEMU is not installed.
    #[error("`{program}` is not in `PATH`")]
    NoQemu {
        /// The program.
        program: &'static str,
    },
    /// The VMM has nothing to run on.
    #[error(transparent)]
    NoAccelerator(#[from] NoAccelerator),
    /// A VMM is not installed.
    #[error("`{program}`, which runs `{vm}`, is not {}", if .program.contains('/') { "there" } else { "in `PATH`" })]
    NoVmm {
        /// The VM's name.
        vm: String,
        /// The program, as it was asked for.
        program: String,
    },
    /// A runner that has no such device.
    #[error("`{vm}` has {device}, which the runner `{runner}` does not offer")]
    NoDevice {
        /// The VM's name.
        vm: String,
        /// The runner.
        runner: &'static str,
        /// The device.
        device: Device,
    },
    /// A runner without a stub for a debugger.
    #[error("`{vm}` cannot be debugged: its runner has no stub for a debugger")]
    NoStub {
        /// The VM's name.
        vm: String,
    },
    /// No vsock on this machine.
    #[error("`{vm}` has a vsock, but this machine has no `/dev/vhost-vsock`")]
    NoVsock {
        /// The VM's name.
        vm: String,
    },
    /// virtiofsd is not installed.
    #[error("`virtiofsd`, which shares a folder with `{vm}`, is not here")]
    NoVirtiofsd {
        /// The VM's name.
        vm: String,
    },
    /// What has to run beside a VMM did not come up.
    #[error("`{command}` did not come up: its socket `{socket}` is not there")]
    NotReady {
        /// The command.
        command: String,
        /// The socket.
        socket: AbsPath,
    },
    /// A tool that makes a disk is not installed.
    #[error("`{program}`, which makes disks with {}, is not in `PATH`", .format.as_str())]
    NoTool {
        /// The tool.
        program: &'static str,
        /// The file system.
        format: Format,
    },
    /// A folder of the manifest is not there.
    #[error("there is no folder `{path}`")]
    NoFolder {
        /// Where it should be.
        path: AbsPath,
    },
    /// A program asks for a library that this machine does not have.
    #[error("`{program}` asks for the library `{name}`, which is not there")]
    Library {
        /// The program.
        program: AbsPath,
        /// The library.
        name: String,
    },
    /// Not a program for this machine.
    #[error("`{program}` is not an ELF program: {reason}")]
    NotElf {
        /// The file.
        program: AbsPath,
        /// What is wrong with it.
        reason: String,
    },
    /// A description of the VM for its VMM could not be written.
    #[error("the VM cannot be described to its VMM: {0}")]
    Describe(#[from] serde_json::Error),
    /// An argument of the VMM asks for a file that the VM does not have.
    #[error("the VMM's argument `{argument}` asks for `{{{}}}`, but `{vm}` has none", .placeholder.as_str())]
    NotGiven {
        /// The VM's name.
        vm: String,
        /// The argument.
        argument: String,
        /// What it asks for.
        placeholder: Placeholder,
    },
    /// The kernel command line is not one.
    #[error("the cmdline of `{vm}` cannot be used")]
    Cmdline {
        /// The VM's name.
        vm: String,
        /// Why.
        source: CmdlineError,
    },
    /// The initramfs of the nested host could not be made.
    #[error("the initramfs of the nested host cannot be made")]
    Initramfs(#[from] InitramfsError),
    /// The firmware cannot become a ROM.
    #[error("`{elf}` cannot become a ROM")]
    Rom {
        /// The firmware.
        elf: AbsPath,
        /// Why.
        source: RomError,
    },
    /// A VMM does not take what it is to boot.
    #[error("the VMM does not take `{request}`: {said}")]
    Refused {
        /// What it was told.
        request: String,
        /// What it said.
        said: String,
    },
    /// The terminal cannot be taken.
    #[error("the terminal cannot be taken for the guest: {0}")]
    Terminal(std::io::Error),
    /// A file could not be read or written.
    #[error(transparent)]
    Fs(#[from] FsError),
    /// A process could not be started, or the user asked to stop.
    #[error(transparent)]
    Process(#[from] ProcessError),
}

impl BootError {
    /// What to do about it, where that can be said.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoQemu { .. } => Some(
                "install QEMU: package `qemu-system-x86` (Debian, Ubuntu, Arch), `qemu-system-x86-core` (Fedora), \
                 `qemu-system-x86_64` (Alpine)"
                    .into(),
            ),
            Self::NoAccelerator(error) => Some(error.hint()),
            Self::NoVmm { vm, program } => Some(format!(
                "install it, or say where it is: `runner = {{ name = \"{}\", path = \"…\" }}` in `[vm.{vm}]`",
                program.rsplit('/').next().unwrap_or(program)
            )),
            Self::ImageKind { expected, vm, .. } => {
                Some(format!("set `image` of `[vm.{vm}]` to {expected}, and name it in the kernel's `images`"))
            }
            Self::NoDevice { runner, .. } => Some(format!(
                "take a runner that does, such as `qemu`{}",
                if *runner == "nested" { ": nested, folders of this machine are out of reach" } else { "" }
            )),
            Self::NoStub { .. } => {
                Some("debug a VM with `runner = \"qemu\"` or `runner = \"firmware\"` and the same kernel".into())
            }
            Self::NoVsock { .. } => Some("load the module `vhost_vsock`: `modprobe vhost_vsock`".into()),
            Self::NoVirtiofsd { .. } => {
                Some("install the package `virtiofsd`, or share the folder by `transport = \"9p\"`".into())
            }
            Self::NoTool { format, .. } => Some(format!(
                "install the package `{}`",
                match format {
                    Format::Ext4 => "e2fsprogs",
                    Format::Erofs => "erofs-utils",
                    Format::Squashfs => "squashfs-tools",
                }
            )),
            Self::NoFolder { .. } => Some("a path of the manifest is relative to the manifest's folder".into()),
            Self::Missing { .. } => Some("build it first".into()),
            Self::NotGiven { vm, placeholder, .. } => {
                let key = if *placeholder == Placeholder::Firmware { "firmware" } else { "init" };
                Some(format!("give `[vm.{vm}]` its `{key}`, or leave the argument out"))
            }
            _ => None,
        }
    }

    /// Whether the user asked to stop.
    pub fn is_cancelled(&self) -> bool {
        matches!(self, Self::Process(ProcessError::Cancelled { .. }))
    }
}
