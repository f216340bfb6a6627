//! Boots a VM of the manifest.
//!
//! ```text
//! target/kernel/.vm/<name>/
//!   initramfs.cpio    the VM's init as /init, made anew for each boot, the same bytes for the same init
//!   console.log, …    what kernel-boot makes and leaves
//! ```

use std::time::Duration;

use boot_contract::guest::TELL_PARAMETER;
use kernel_boot::accelerator::{Ladder, Route};
use kernel_boot::chart::CHART_PARAMETERS;
use kernel_boot::initramfs::Initramfs;
use kernel_boot::{
    BootEvent, BootReport, BootRequest, Expectation, KernelFiles, Monitor, NestedHost, Nesting,
    RunnerRequest, Symbols,
};
use kernel_build::{Artifact, VmParts};
use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::env::Env;
use kernel_host::fs;
use kernel_spec::{Arch, Image, Runner, VmEntry};

use crate::debug::Debugging;
use crate::devices::{self, InitFrom};
use crate::error::Error;
use crate::event::{Event, Reporter};
use crate::load::Load;

/// Longer than anybody waits.
const FOR_EVER: Duration = Duration::from_secs(u32::MAX as u64);

/// What a VM needs of this machine, known before anything is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Whether the VM's VMM runs nested here, so that the kernel of its nested host is built too.
    pub nested_host: kernel_build::NestedHost,
    /// Whether QEMU takes part.
    pub qemu: Qemu,
}

/// Whether QEMU takes part in a boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Qemu {
    /// It does.
    Needed,
    /// The VM's own VMM runs on this machine's KVM.
    NotNeeded,
}

impl Machine {
    /// Finds out, by a probe of KVM where that decides.
    ///
    /// # Errors
    /// [`Error::NotLinux`]; [`Error::Boot`] where the VM's VMM has nothing to run on.
    pub fn for_vm(vm: &VmEntry, nesting: Nesting, env: &Env) -> Result<Self, Error> {
        if !env.is_linux() {
            return Err(Error::NotLinux("booted"));
        }
        if !vm.runner.value.needs_kvm() {
            return Ok(Self { nested_host: kernel_build::NestedHost::Skip, qemu: Qemu::Needed });
        }
        Self::for_vmm(&Ladder::probe(), vm.name.value.as_str(), nesting, vm.nested_host.is_some())
    }

    fn for_vmm(ladder: &Ladder, vm: &str, nesting: Nesting, has_nested_host: bool) -> Result<Self, Error> {
        let route = ladder.for_vmm(vm, nesting, has_nested_host.then_some(()));
        match route.map_err(kernel_boot::BootError::from)? {
            Route::Direct => Ok(Self { nested_host: kernel_build::NestedHost::Skip, qemu: Qemu::NotNeeded }),
            Route::Nested(()) => {
                Ok(Self { nested_host: kernel_build::NestedHost::Build, qemu: Qemu::Needed })
            }
        }
    }
}

/// Whether the VM's VMM runs nested on this machine, as [`Machine::for_vm`] finds it; nothing is wrong where it cannot
/// run at all, for nobody wants to run it yet.
pub(crate) fn nested_host_here(vm: &VmEntry) -> kernel_build::NestedHost {
    if vm.runner.value.needs_kvm() && Ladder::probe().is_nested(Nesting::WhereNeeded) {
        kernel_build::NestedHost::Build
    } else {
        kernel_build::NestedHost::Skip
    }
}

/// A boot that was tried, and what was booted.
#[derive(Debug)]
pub struct Booted {
    /// What was built for it.
    pub parts: VmParts,
    /// How it went; not necessarily well.
    pub report: BootReport,
}

impl Booted {
    /// Where the time of a traced boot went, as a page that needs nothing else; also of one that is not good.
    pub fn chart(&self) -> String {
        let map = fs::read_to_string(&self.parts.artifact.directory().join("System.map"));
        let symbols = map.ok().map(|text| Symbols::parse(&text));
        let chart = self.report.chart(symbols.as_ref());
        let title = format!("{}: the boot of {}", self.parts.name, self.parts.artifact.release());
        let verdict = format!("{}; {} by {}", self.report.outcome, self.report.vmm, self.report.accelerator);
        kernel_boot::chart::page(&chart, &title, &verdict)
    }

    /// The verdict as a result: a boot that is not good is [`Error::Guest`].
    ///
    /// # Errors
    /// [`Error::Guest`].
    pub fn verdict(self) -> Result<Self, Error> {
        if self.report.outcome.passed() {
            return Ok(self);
        }
        let log = self.report.log.to_string();
        let (outcome, diagnosis) = (Box::new(self.report.outcome), Box::new(self.report.diagnosis));
        Err(Error::Guest { vm: self.parts.name, outcome, diagnosis, log })
    }
}

/// Whether a boot is traced, which takes time of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tracing {
    /// It is not.
    #[default]
    Off,
    /// Its kernel tells what its initcalls take, for [`Booted::chart`].
    Initcalls,
}

/// What tells what a kernel's addresses mean: of its artifact, and an image that is not in it of its object tree.
fn kernel_files(artifact: &Artifact, objtree: &AbsPath) -> KernelFiles {
    let there = |path: AbsPath| Some(path).filter(fs::is_file);
    let unstripped = || there(objtree.join("vmlinux"));
    KernelFiles {
        system_map: there(artifact.directory().join("System.map")),
        vmlinux: artifact.image(Image::Vmlinux).or_else(unstripped),
        config: there(artifact.directory().join(".config")),
    }
}

/// In which manner a VM is booted.
pub(crate) enum Manner<'a> {
    /// As the manifest has it.
    Plain,
    /// Asked what its kernel has, by an init that knows the question.
    Told,
    /// Telling what its initcalls take.
    Traced,
    /// To be measured: as the manifest has it, or without a word on the console; its init tells its clock.
    Measured(Console),
    /// With a command, which is in the initramfs.
    With(&'a Load),
    /// Waiting for a debugger, of which is told once it can be attached.
    Debugged(Debugging, &'a mut dyn FnMut(&VmParts)),
}

/// What of a guest's console a measurement has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Console {
    /// What the kernel says by the manifest's command line.
    AsItIs,
    /// Nothing of the kernel's.
    Silent,
}

/// A boot, before what it boots is known.
pub(crate) struct Boot<'a> {
    pub(crate) entry: &'a VmEntry,
    pub(crate) arch: Arch,
    pub(crate) nesting: Nesting,
    /// The manifest's folder.
    pub(crate) root: &'a AbsPath,
    pub(crate) objtree: AbsPath,
    pub(crate) scratch: AbsPath,
    pub(crate) env: &'a Env,
    pub(crate) cancel: &'a Cancel,
    pub(crate) reporter: &'a dyn Reporter,
}

impl Boot<'_> {
    /// Boots what was built.
    pub(crate) fn run(self, parts: VmParts, mut manner: Manner<'_>) -> Result<Booted, Error> {
        let (entry, scratch) = (self.entry, &self.scratch);
        let vm = &entry.name.value;
        fs::create_dir_all(scratch)?;
        let load = match manner {
            Manner::With(load) => Some(load),
            Manner::Plain | Manner::Told | Manner::Traced | Manner::Measured(_) | Manner::Debugged(..) => {
                None
            }
        };
        let debug_port = match &manner {
            Manner::Debugged(debugging, _) => Some(debugging.port),
            Manner::Plain | Manner::Told | Manner::Traced | Manner::Measured(_) | Manner::With(_) => None,
        };
        let from = InitFrom::of(entry, parts.init.as_ref(), load.is_some());
        let devices = devices::prepare(&entry.devices, from, self.root, scratch, (self.env, self.cancel))?;
        let initramfs = match (&parts.init, from) {
            (Some(init), InitFrom::Initramfs) => Some(initramfs(entry, init, load, scratch, self.cancel)?),
            _ => None,
        };
        let marker = entry.marker.as_ref().filter(|_| load.is_none()).map(|marker| marker.value.clone());
        let packed = initramfs.as_ref().filter(|_| load.is_some()).map_or(Ok(0), fs::size)?;
        // A person at a debugger takes the time that they take.
        let time = |seconds: u64| if debug_port.is_some() { FOR_EVER } else { Duration::from_secs(seconds) };
        let request = BootRequest {
            name: vm.clone(),
            arch: self.arch,
            image: parts.image.clone(),
            kind: parts.kind,
            initramfs,
            devices,
            debug_port,
            terminal: load.and_then(Load::terminal).cloned(),
            has_job: load.is_some(),
            kernel: kernel_files(&parts.artifact, &self.objtree),
            silence: time(entry.silence_seconds.value),
            cmdline: match manner {
                Manner::Traced => format!("{} {CHART_PARAMETERS}", entry.cmdline.value),
                Manner::Told => told(&entry.cmdline.value),
                Manner::Measured(Console::AsItIs) => format!("{} {TELL_PARAMETER}", entry.cmdline.value),
                Manner::Measured(Console::Silent) => {
                    format!("{} quiet loglevel=0 {TELL_PARAMETER}", entry.cmdline.value)
                }
                _ => entry.cmdline.value.clone(),
            },
            // The archive and what is unpacked from it are in memory at the same time.
            memory_mib: entry.memory.value.mib() + (2 * packed).div_ceil(1 << 20),
            timeout: load.and_then(|load| load.timeout).unwrap_or(match load.and_then(Load::terminal) {
                Some(_) => FOR_EVER,
                None => time(entry.timeout_seconds.value),
            }),
            expect: Expectation {
                release: Some(parts.artifact.release().to_owned()),
                run_status: None,
                marker,
            },
            runner: runner(entry, &parts, self.root),
            nesting: self.nesting,
            scratch: scratch.clone(),
        };
        let mut report = |event: BootEvent<'_>| {
            if let (BootEvent::Started { .. }, Manner::Debugged(_, told)) = (&event, &mut manner) {
                told(&parts);
            }
            self.reporter.report(Event::Boot { vm, event: &event });
        };
        let report = kernel_boot::boot(&request, self.env, self.cancel, &mut report)?;
        Ok(Booted { parts, report })
    }
}

/// A command line that asks the init what its kernel has, and the kernel to say what it warns of: `quiet` keeps that back.
fn told(cmdline: &str) -> String {
    let words = || cmdline.split_ascii_whitespace();
    let is_loud = words().any(|word| word.starts_with("loglevel=")) || !words().any(|word| word == "quiet");
    format!("{cmdline} {}{TELL_PARAMETER}", if is_loud { "" } else { "loglevel=5 " })
}

fn initramfs(
    entry: &VmEntry,
    init: &AbsPath,
    load: Option<&Load>,
    scratch: &AbsPath,
    cancel: &Cancel,
) -> Result<AbsPath, Error> {
    let vm = || entry.name.value.clone();
    let mut initramfs = Initramfs::with_init(fs::read(init)?);
    if let Some(load) = load {
        load.pack(&mut initramfs, cancel)?;
    }
    let archive = initramfs.to_bytes().map_err(|source| Error::Initramfs { vm: vm(), source })?;
    let path = scratch.join("initramfs.cpio");
    fs::write_atomic(&path, &archive)?;
    Ok(path)
}

/// The runner with the files that it needs.
///
/// A manifest has no `workspace` runner without a `vmm`, and no `firmware` runner without a `firmware`; where a part is
/// absent all the same, QEMU loads the image itself.
///
/// A path of a VMM is relative to the manifest, whose folder `root` is; a name is looked for on `PATH`.
fn runner(entry: &VmEntry, parts: &VmParts, root: &AbsPath) -> RunnerRequest {
    let located = |name: &str| if name.contains('/') { root.join(name).to_string() } else { name.to_owned() };
    let installed = |monitor: Monitor| RunnerRequest::Installed {
        program: match &monitor {
            Monitor::Command(words) => words.first().map(|word| located(word)),
            _ => entry.runner_path.as_ref().map(|path| located(&path.value)),
        },
        monitor,
        nested_host: nested_host(parts),
    };
    match (entry.runner.value, &parts.vmm, &parts.firmware_elf) {
        (Runner::Workspace, Some(vmm), _) => RunnerRequest::Workspace {
            vmm: vmm.clone(),
            args: entry.vmm.iter().flat_map(|vmm| &vmm.args).map(|arg| arg.value.clone()).collect(),
            firmware: parts.firmware_elf.clone(),
            nested_host: nested_host(parts),
        },
        (Runner::Firmware, _, Some(elf)) => RunnerRequest::Firmware { elf: elf.clone() },
        (Runner::Firecracker, ..) => installed(Monitor::Firecracker),
        (Runner::CloudHypervisor, ..) => installed(Monitor::CloudHypervisor),
        (Runner::Crosvm, ..) => installed(Monitor::Crosvm),
        (Runner::Alioth, ..) => installed(Monitor::Alioth),
        (Runner::Command, ..) => {
            installed(Monitor::Command(entry.runner_command.iter().map(|word| word.value.clone()).collect()))
        }
        (Runner::Workspace | Runner::Firmware | Runner::Qemu, ..) => RunnerRequest::Qemu,
    }
}

fn nested_host(parts: &VmParts) -> Option<NestedHost> {
    let vmlinux = parts.nested_host.as_ref()?.image(Image::Vmlinux)?;
    Some(NestedHost { vmlinux, init: parts.init.clone()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel_host::kvm::KvmStatus;

    #[test]
    fn a_trial_hears_warnings() {
        assert_eq!(told("console=ttyS0 quiet"), "console=ttyS0 quiet loglevel=5 guest-init.tell");
        assert_eq!(told("console=ttyS0"), "console=ttyS0 guest-init.tell");
        assert_eq!(told("quiet loglevel=3"), "quiet loglevel=3 guest-init.tell");
    }

    #[test]
    fn the_kernel_of_a_nested_host_is_built_only_where_it_is_used() {
        let machine =
            |status: KvmStatus, has| Machine::for_vmm(&Ladder::of(status), "demo", Nesting::WhereNeeded, has);
        let direct = Machine { nested_host: kernel_build::NestedHost::Skip, qemu: Qemu::NotNeeded };
        let nested = Machine { nested_host: kernel_build::NestedHost::Build, qemu: Qemu::Needed };
        assert_eq!(machine(KvmStatus::Usable, true).ok(), Some(direct));
        assert_eq!(machine(KvmStatus::Absent, true).ok(), Some(nested));
        let error = machine(KvmStatus::Absent, false).expect_err("nothing to run on");
        assert_eq!(error.kind(), crate::ErrorKind::User);
        assert!(error.hint().is_some_and(|hint| hint.contains("nested-host")));
    }
}
