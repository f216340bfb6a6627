//! A VMM that needs KVM, in a QEMU machine that emulates AMD's SVM: for machines whose KVM is missing or broken.
//!
//! ```text
//! this machine    qemu-system-x86_64 -M pc -accel tcg -cpu max,-pku,-avx
//!   nested host     vmlinux of the workspace, initramfs: /init /vmm with its libraries /image /initramfs …
//!     /vmm            on the nested host's /dev/kvm, args as anywhere
//!       guest           its console is the VMM's standard output, which is the nested host's console
//! ```
//!
//! - QEMU emulates SVM and not VMX; `-pku` and `-avx` because their XSAVE areas upset the guest's kernel.
//! - `tsc_early_khz` is essential: under TCG the nested host's calibration of the TSC fails now and then, and KVM then
//!   never enters a guest. TCG's TSC is this machine's; a wrong value only makes the guest's clock run wrong.
//! - `loglevel=1`: only what is said at a kernel's end. Each byte on the console is an exit, and a message of the nested
//!   host's kernel (its KVM complains of registers that it does not know) could cut a line of the guest in two.
//! - The nested host has a name ([`NESTED_HOST`]), so that its init is never taken for the guest's.

use boot_contract::guest::{NAME_PARAMETER, run_parameter};
use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::env::Env;
use kernel_host::fs;

use crate::accelerator::{Accelerator, Ladder};
use crate::cmdline::KernelCmdline;
use crate::control::Control;
use crate::error::BootError;
use crate::judge::{Layers, NESTED_HOST};
use crate::machine::{BootRequest, NestedHost};
use crate::program::Program;
use crate::runner::qemu::{Qemu, qmp};
use crate::runner::vmm::{Places, Vmm};
use crate::runner::{Prepared, checked, firmware, present};
use boot_contract::initramfs::Initramfs;

const VMM: &str = "/vmm";
const IMAGE: &str = "/image";
const INITRAMFS: &str = "/initramfs";
const FIRMWARE: &str = "/firmware";
const DISK: &str = "/disk";

/// What the nested host needs beside the guest's memory and the files, in MiB: itself, and the VMM.
const HOST_MIB: u64 = 256;

/// The TSC's rate where this machine does not tell one: QEMU's TSC counts nanoseconds on a machine without a TSC.
const FALLBACK_TSC_KHZ: u64 = 1_000_000;

pub(super) fn prepare(
    request: &BootRequest,
    vmm: &Vmm<'_>,
    host: &NestedHost,
    ladder: &Ladder,
    env: &Env,
    cancel: &Cancel,
) -> Result<Prepared, BootError> {
    present("kernel of the nested host", &host.vmlinux)?;
    present("init of the nested host", &host.init)?;
    let mut files = Files::new(&host.init)?;
    let program = Program::inspect(&vmm.program, cancel)?;
    files.add(VMM, 0o755, fs::read(&vmm.program)?)?;
    files.bytes += program.pack_libraries(&mut files.packed)?;
    files.add(IMAGE, 0o644, fs::read(&request.image)?)?;
    if let Some(initramfs) = &request.initramfs {
        files.add(INITRAMFS, 0o644, fs::read(initramfs)?)?;
    }
    if let Some(elf) = vmm.firmware() {
        files.add(FIRMWARE, 0o644, firmware::rom_of(elf)?)?;
    }

    let mut disks = Vec::new();
    for disk in &request.devices.disks {
        let place = format!("{DISK}{}", disks.len());
        files.add(&place, 0o644, fs::read(&disk.image)?)?;
        disks.push(place);
    }

    let cmdline = checked(request, vmm.cmdline(request))?;
    let places = Places {
        image: IMAGE.to_owned(),
        initramfs: request.initramfs.is_some().then(|| INITRAMFS.to_owned()),
        firmware: vmm.firmware().is_some().then(|| FIRMWARE.to_owned()),
        disks,
        folder: "/".to_owned(),
    };
    let invocation = vmm.invocation(request, &places, &cmdline, None)?;
    for (name, content) in invocation.files {
        files.add(&format!("/{name}"), 0o644, content)?;
    }
    let run = run_parameter(std::iter::once(VMM).chain(invocation.args.iter().map(String::as_str)));
    let host_cmdline = checked(request, host_cmdline(run, tsc_khz()))?;
    let qemu = Qemu::find(env, cancel)?;

    let memory_mib = request.memory_mib + host_mib(files.bytes + fs::size(&host.vmlinux)?);
    let host_initramfs = request.scratch.join("nested-host.cpio");
    fs::write_atomic(&host_initramfs, &files.packed.to_bytes()?)?;

    let mut command = qemu.machine("pc", Accelerator::Tcg, memory_mib);
    command.args(["-cpu", "max,-pku,-avx"]);
    command.arg("-kernel").arg(&host.vmlinux).arg("-initrd").arg(&host_initramfs);
    command.arg("-append").arg(host_cmdline.to_string());
    let control = Control::qmp(env)?;
    command.args(qmp(&control));
    Ok(Prepared {
        command,
        cmdline,
        host_cmdline: Some(host_cmdline),
        accelerator: Accelerator::Nested,
        vmm: format!("{} in {}", vmm.version, qemu.version),
        layers: Layers::Nested,
        fault: ladder.fault().cloned(),
        beside: Vec::new(),
        sockets: Vec::new(),
        control: Some(control),
        is_stuck: |_| false,
    })
}

/// What the nested host has for files.
struct Files {
    packed: Initramfs,
    bytes: u64,
}

impl Files {
    fn new(init: &AbsPath) -> Result<Self, BootError> {
        let init = fs::read(init)?;
        Ok(Self { bytes: init.len() as u64, packed: Initramfs::with_init(init) })
    }

    fn add(&mut self, path: &str, permissions: u32, content: Vec<u8>) -> Result<(), BootError> {
        self.bytes += content.len() as u64;
        Ok(self.packed.file(path, permissions, content)?)
    }
}

/// The nested host's own command line: every word is this runner's.
fn host_cmdline(run: String, tsc_khz: u64) -> KernelCmdline {
    let mut line = KernelCmdline::default();
    let mut need = |text: String, why| line.need("nested", text, why);
    need("console=ttyS0".into(), "the console is the serial port");
    need("reboot=t".into(), "QEMU ends when the machine resets, and a triple fault always resets");
    need("panic=-1".into(), "a panic resets at once");
    need("loglevel=1".into(), "its kernel's messages would cut the guest's lines in two");
    need(format!("tsc_early_khz={tsc_khz}"), "calibration fails now and then under TCG");
    need(format!("{NAME_PARAMETER}={NESTED_HOST}"), "its words are not the guest's");
    need(run, "the init starts the VMM");
    line
}

/// What the nested host needs beside the guest's memory: the files twice (packed and unpacked), and room.
fn host_mib(file_bytes: u64) -> u64 {
    (2 * file_bytes).div_ceil(1 << 20) + HOST_MIB
}

/// The rate of this machine's TSC, which is TCG's too.
fn tsc_khz() -> u64 {
    let cpuinfo = AbsPath::new("/proc/cpuinfo").ok().and_then(|path| fs::read_to_string(&path).ok());
    cpuinfo.as_deref().and_then(khz_in_cpuinfo).unwrap_or(FALLBACK_TSC_KHZ)
}

/// The first processor's rate (`cpu MHz : 2596.122`): the TSC's in a virtual machine, near it elsewhere.
fn khz_in_cpuinfo(text: &str) -> Option<u64> {
    let line = text.lines().find(|line| line.starts_with("cpu MHz"))?;
    let mhz: f64 = line.split_once(':')?.1.trim().parse().ok()?;
    // The kernel reads an unsigned int; anything outside this range is no processor's rate.
    (100.0..=10_000.0).contains(&mhz).then_some((mhz * 1000.0) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_read_or_not_there() {
        let cases = [
            ("processor\t: 0\ncpu MHz\t\t: 2596.122\ncpu MHz\t\t: 800.0\n", Some(2_596_122)),
            ("cpu MHz\t\t: 0.000\n", None),
            ("cpu MHz\t\t: -\n", None),
            ("BogoMIPS\t: 50.00\n", None),
        ];
        for (text, expected) in cases {
            assert_eq!(khz_in_cpuinfo(text), expected, "{text}");
        }
    }

    #[test]
    fn the_vmms_command_line_survives_the_way_in() {
        let args = ["--cmdline", "console=ttyS0 quiet", "--memory", "128"];
        let line = host_cmdline(run_parameter(std::iter::once(VMM).chain(args)), 2_596_122).to_string();
        insta::assert_snapshot!(line, @"console=ttyS0 reboot=t panic=-1 loglevel=1 tsc_early_khz=2596122 guest-init.name=host guest-init.run=/vmm,--cmdline,console%3DttyS0%20quiet,--memory,128");
        let words = boot_contract::guest::run_words(&line);
        assert_eq!(words[0], VMM);
        assert_eq!(words[1..], args);
        assert_eq!(boot_contract::guest::machine_name(&line), Some(NESTED_HOST));
    }

    #[test]
    fn memory_counts_the_files_twice() {
        assert_eq!(host_mib(0), 256);
        assert_eq!(host_mib((10 << 20) + 1), 256 + 21);
    }
}
