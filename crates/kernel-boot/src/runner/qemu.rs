//! QEMU, which loads the image itself.
//!
//! ```text
//! qemu-system-x86_64 -M microvm -accel kvm|tcg … -kernel vmlinux|bzImage -initrd … -append …
//! ```
//!
//! The machine is `microvm`, with the fewest devices, or `q35` for a kernel with ACPI and PCI: see [`devices`]. `vmlinux` is entered at its PVH note. The guest ends by a reset, which
//! `-no-reboot` makes the end of QEMU; without `CONFIG_ACPI` the dependable way to reset is a triple fault, hence
//! `reboot=t`.

mod devices;

use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::env::Env;
use kernel_host::process::Command;
use kernel_spec::Image;

use crate::accelerator::{Accelerator, Ladder};
use crate::cmdline::KernelCmdline;
use crate::control::Control;
use crate::error::BootError;
use crate::judge::{ConsoleLine, Layers, Stream};
use crate::machine::BootRequest;
use crate::runner::qemu::devices::{Board, escaped};
use crate::runner::{Prepared, checked};

const PROGRAM: &str = "qemu-system-x86_64";

/// A QEMU that is installed.
pub(super) struct Qemu {
    pub(super) program: AbsPath,
    /// `QEMU 7.2.22`.
    pub(super) version: String,
}

impl Qemu {
    /// Finds QEMU and asks for its version.
    pub(super) fn find(env: &Env, cancel: &Cancel) -> Result<Self, BootError> {
        let program = env.find_program(PROGRAM).ok_or(BootError::NoQemu { program: PROGRAM })?;
        let said = Command::new(&program).arg("--version").checked_output(cancel)?.stdout;
        Ok(Self { program, version: version(&said) })
    }

    /// A machine with a serial port on standard output and nothing that was not asked for, which ends at a reset.
    pub(super) fn machine(&self, machine: &str, accelerator: Accelerator, memory_mib: u64) -> Command {
        let mut command = Command::new(&self.program);
        command.args(["-M", machine, "-accel", if accelerator == Accelerator::Kvm { "kvm" } else { "tcg" }]);
        if accelerator == Accelerator::Kvm {
            command.args(["-cpu", "host"]);
        }
        command.args(["-m", &memory_mib.to_string(), "-smp", "1"]);
        command.args([
            "-nodefaults",
            "-no-user-config",
            "-no-reboot",
            "-display",
            "none",
            "-serial",
            "stdio",
        ]);
        command
    }
}

pub(super) fn prepare(
    request: &BootRequest,
    ladder: &Ladder,
    env: &Env,
    cancel: &Cancel,
) -> Result<Prepared, BootError> {
    if !matches!(request.kind, Image::Vmlinux | Image::BzImage) {
        return Err(BootError::ImageKind {
            vm: request.name.to_string(),
            runner: "qemu",
            found: request.kind,
            expected: "`vmlinux` or `bzImage`",
        });
    }
    let config = request.kernel_config();
    start("qemu", Board::of(config.as_deref()), None, request, ladder, (env, cancel))
}

/// QEMU with the VM's own firmware as its BIOS, on the board that firmware knows.
pub(super) fn with_bios(
    rom: &AbsPath,
    request: &BootRequest,
    ladder: &Ladder,
    here: (&Env, &Cancel),
) -> Result<Prepared, BootError> {
    start("firmware", Board::Pc, Some(rom), request, ladder, here)
}

fn start(
    runner: &'static str,
    board: Board,
    bios: Option<&AbsPath>,
    request: &BootRequest,
    ladder: &Ladder,
    (env, cancel): (&Env, &Cancel),
) -> Result<Prepared, BootError> {
    request.devices.only(request.name.as_str(), runner, devices::has)?;
    let accelerator = ladder.for_qemu();
    let mut cmdline = cmdline(request, runner, accelerator);
    request.devices.words(&mut cmdline, request.kernel_config().as_deref());
    let cmdline = checked(request, cmdline)?;
    let qemu = Qemu::find(env, cancel)?;
    let machine = (request.name.as_str(), request.memory_mib);
    let told = devices::tell(&request.devices, board, machine, &request.scratch, env)?;
    let mut command = qemu.machine(board.name(), accelerator, request.memory_mib);
    if let Some(rom) = bios {
        command.arg("-bios").arg(rom);
    }
    command.args(&told.args);
    let control = Control::qmp(env)?;
    command.args(qmp(&control));
    if let Some(port) = request.debug_port {
        command.args(["-S", "-gdb", &format!("tcp:127.0.0.1:{port}")]);
    }
    load(&mut command, request, &cmdline);
    Ok(Prepared {
        command,
        cmdline,
        host_cmdline: None,
        accelerator,
        vmm: qemu.version,
        layers: Layers::Direct,
        fault: ladder.fault().cloned(),
        beside: told.beside,
        sockets: told.sockets,
        control: Some(control),
        is_stuck,
    })
}

/// Has QEMU be spoken to.
pub(super) fn qmp(control: &Control) -> [String; 2] {
    ["-qmp".to_owned(), format!("unix:{},server=on,wait=off", escaped(&control.socket.to_string()))]
}

/// The VM's words, the one that makes a guest end under `-no-reboot`, and what an emulated machine needs.
fn cmdline(request: &BootRequest, runner: &'static str, accelerator: Accelerator) -> KernelCmdline {
    let mut cmdline = KernelCmdline::of_vm(&request.cmdline);
    if accelerator == Accelerator::Tcg {
        // A kernel that knows that it runs on KVM leaves the check out by itself.
        cmdline.need(
            runner,
            "no_timer_check",
            "on a busy machine an emulated timer is late, and the kernel gives up",
        );
    }
    cmdline.need(runner, "reboot=t", "QEMU ends when the guest resets, and a triple fault always resets");
    cmdline
}

/// Names image, initramfs and command line to QEMU.
fn load(command: &mut Command, request: &BootRequest, cmdline: &KernelCmdline) {
    command.arg("-kernel").arg(&request.image);
    if let Some(initramfs) = &request.initramfs {
        command.arg("-initrd").arg(initramfs);
    }
    command.arg("-append").arg(cmdline.to_string());
}

/// After `KVM internal error. Suberror: …` QEMU pauses the guest for ever.
fn is_stuck(line: &ConsoleLine) -> bool {
    line.stream == Stream::Vmm && line.text.starts_with("KVM internal error")
}

fn version(said: &str) -> String {
    let number = said.split_once("version ").and_then(|(_, rest)| rest.split_ascii_whitespace().next());
    number.map_or_else(|| "QEMU".to_owned(), |number| format!("QEMU {number}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_number() {
        let debian =
            "QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)\nCopyright (c) 2003-2022 Fabrice Bellard";
        assert_eq!(version(debian), "QEMU 7.2.22");
        assert_eq!(version("QEMU emulator version 10.0.2\n"), "QEMU 10.0.2");
        assert_eq!(version("something else"), "QEMU");
    }
}
