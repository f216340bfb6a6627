//! From a request to one process that runs it.
//!
//! | module | process |
//! |---|---|
//! | [`direct`] | a VMM |
//! | [`nested`] | QEMU, in which a VMM runs |
//! | [`qemu`] | QEMU, which loads the image itself |
//! | [`firmware`] | QEMU, whose BIOS loads the image |
//!
//! A runner checks what it is given, writes what it needs into the scratch folder, and starts nothing that outlives it.

mod direct;
mod firmware;
mod nested;
mod qemu;
mod values;
mod vmm;

use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::env::Env;
use kernel_host::fs;
use kernel_host::process::Command;
use kernel_spec::Arch;

use crate::accelerator::{Accelerator, KvmFault, Ladder, Route};
use crate::cmdline::{CmdlineError, KernelCmdline};
use crate::control::Control;
use crate::error::BootError;
use crate::judge::{ConsoleLine, Layers};
use crate::machine::{BootRequest, NestedHost, RunnerRequest};
use crate::runner::vmm::Vmm;

/// A boot that only has to be started.
pub(crate) struct Prepared {
    pub(crate) command: Command,
    pub(crate) cmdline: KernelCmdline,
    /// Of the machine that the VMM runs in, where it runs nested.
    pub(crate) host_cmdline: Option<KernelCmdline>,
    pub(crate) accelerator: Accelerator,
    /// The VMM, with its version where it tells one.
    pub(crate) vmm: String,
    pub(crate) layers: Layers,
    /// Why it is not KVM.
    pub(crate) fault: Option<KvmFault>,
    /// Processes that have to run before, and end with it.
    pub(crate) beside: Vec<Command>,
    /// Sockets that are there when those are ready.
    pub(crate) sockets: Vec<AbsPath>,
    /// How the VMM is spoken to while it runs.
    pub(crate) control: Option<Control>,
    /// Whether a line says that the VMM will stand still from now on.
    pub(crate) is_stuck: fn(&ConsoleLine) -> bool,
}

/// Turns a request into a process.
pub(crate) fn prepare(request: &BootRequest, env: &Env, cancel: &Cancel) -> Result<Prepared, BootError> {
    if !env.is_linux() {
        return Err(BootError::NotLinux);
    }
    if request.arch != Arch::X86_64 {
        return Err(BootError::Arch { vm: request.name.to_string(), arch: request.arch });
    }
    present("image", &request.image)?;
    if let Some(initramfs) = &request.initramfs {
        present("initramfs", initramfs)?;
    }
    let by_qemu = matches!(request.runner, RunnerRequest::Qemu | RunnerRequest::Firmware { .. });
    if request.debug_port.is_some() && !by_qemu {
        return Err(BootError::NoStub { vm: request.name.to_string() });
    }
    fs::create_dir_all(&request.scratch)?;
    let ladder = Ladder::probe();
    match &request.runner {
        RunnerRequest::Qemu => qemu::prepare(request, &ladder, env, cancel),
        RunnerRequest::Firmware { elf } => firmware::prepare(request, elf, &ladder, env, cancel),
        RunnerRequest::Workspace { vmm, args, firmware, nested_host } => {
            present("VMM", vmm)?;
            let vmm = Vmm::own(vmm, args, firmware.as_ref());
            with_kvm(request, &vmm, nested_host.as_ref(), &ladder, env, cancel)
        }
        RunnerRequest::Installed { monitor, program, nested_host } => {
            let vmm = Vmm::installed(request.name.as_str(), monitor, program.as_deref(), env, cancel)?;
            with_kvm(request, &vmm, nested_host.as_ref(), &ladder, env, cancel)
        }
    }
}

/// A VMM that needs KVM: here, or in a machine that QEMU emulates.
fn with_kvm(
    request: &BootRequest,
    vmm: &Vmm<'_>,
    nested_host: Option<&NestedHost>,
    ladder: &Ladder,
    env: &Env,
    cancel: &Cancel,
) -> Result<Prepared, BootError> {
    match ladder.for_vmm(request.name.as_str(), request.nesting, nested_host)? {
        Route::Direct => direct::prepare(request, vmm, env),
        Route::Nested(host) => nested::prepare(request, vmm, host, ladder, env, cancel),
    }
}

/// The VM's own command line and a runner's words, checked.
fn checked(request: &BootRequest, cmdline: KernelCmdline) -> Result<KernelCmdline, BootError> {
    let wrong = |source: CmdlineError| BootError::Cmdline { vm: request.name.to_string(), source };
    cmdline.checked().map_err(wrong)
}

fn present(what: &'static str, path: &AbsPath) -> Result<(), BootError> {
    if fs::is_file(path) { Ok(()) } else { Err(BootError::Missing { what, path: path.clone() }) }
}
