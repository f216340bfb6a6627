//! VMs of a workspace: built, booted, tried, debugged, and given commands to run.

use kconfig::DotConfig;
use kernel_boot::{Inside, Nesting, Outcome};
use kernel_build::host_tools;
use kernel_build::{BuildError, VmParts};
use kernel_host::fs;
use kernel_spec::{Image, VmEntry};

use super::Locked;
use crate::boot::{Boot, Booted, Machine, Manner, Qemu};
use crate::debug::{self, Attach, Debugging};
use crate::error::Error;
use crate::load::Load;
use crate::trial::Trial;
use crate::trial::inside::{self, Asked};

impl Locked<'_> {
    /// Builds a VM and boots it. The report may be of a boot that is not good: see [`Booted::verdict`].
    ///
    /// # Errors
    /// [`Error::NotLinux`]; [`Error::Build`] where it cannot be built or QEMU is missing; [`Error::Boot`] where the boot
    /// cannot be tried.
    pub fn boot(&self, vm: &VmEntry, nesting: Nesting) -> Result<Booted, Error> {
        self.boot_with(vm, nesting, Manner::Plain)
    }

    /// Builds a VM, boots it, judges the boot and what the guest's kernel says of itself.
    pub fn try_out(&self, vm: &VmEntry, nesting: Nesting) -> Trial {
        let boot = || self.boot_with(vm, nesting, Manner::Told);
        Trial::of(&vm.name.value, boot, |booted| self.lacks(vm, booted))
    }

    /// What a VM's guest lacks, by what its init told.
    fn lacks(&self, vm: &VmEntry, booted: &Booted) -> Vec<String> {
        let spec = self.bench.spec();
        let path = booted.parts.artifact.directory().join(".config");
        let built = fs::read_to_string(&path).ok().and_then(|text| DotConfig::parse(&text).ok());
        let (Some(kernel), Some(built)) = (spec.kernels.get(&vm.kernel.value), built) else {
            return Vec::new();
        };
        let brought = kernel.patches.iter().flat_map(|patch| &patch.features);
        let asked = Asked {
            vm,
            requires: self.bench.loaded.required(&vm.kernel.value),
            features: &spec.features,
            brought: brought.map(|feature| feature.value.as_str()).collect(),
            built,
        };
        inside::faults(&asked, &Inside::of(&booted.report.lines))
    }

    /// Builds a VM and starts it in QEMU, which waits for a debugger; says how one is attached, and returns when the machine
    /// has ended, however that was.
    ///
    /// # Errors
    /// As [`Locked::boot`]; [`Error::Boot`] where the VM's runner has no stub for a debugger.
    pub fn debug(
        &self,
        vm: &VmEntry,
        debugging: Debugging,
        attach: &mut dyn FnMut(&Attach),
    ) -> Result<(), Error> {
        let bench = self.bench;
        let mut told = |parts: &VmParts| {
            let spec = bench.spec();
            let kernel = spec.kernels.get(parts.artifact.name());
            let source = kernel.and_then(|kernel| spec.sources.get(&kernel.source.value));
            let Some(source) = source else { return };
            let workspace = bench.loaded.workspace();
            let work = workspace.work_dir(parts.artifact.name());
            let objtree = work.join("objtree");
            let unstripped = objtree.join("vmlinux");
            let config = fs::read_to_string(&parts.artifact.directory().join(".config")).unwrap_or_default();
            let vmlinux = parts.artifact.image(Image::Vmlinux).unwrap_or(unstripped);
            let parts = debug::Parts {
                debugging,
                kernel: parts.artifact.name().as_str(),
                vmlinux,
                objtree: &objtree,
                work: &work,
                config: &config,
                origin: &source.origin.value,
                root: workspace.root(),
            };
            attach(&Attach::of(&parts, &bench.env, &bench.cancel));
        };
        self.boot_with(vm, Nesting::WhereNeeded, Manner::Debugged(debugging, &mut told))?;
        Ok(())
    }

    /// The same with a command of this machine, which runs in the guest; what it says comes with the console's lines
    /// ([`boot_contract::guest::GuestLine::Out`], [`boot_contract::guest::GuestLine::Err`]). Several can run at once.
    ///
    /// # Errors
    /// As [`Locked::boot`]; [`Error::Guest`] where the guest or its command did not come to its end, whatever the
    /// command's status; [`Error::NoInit`] where the VM has no init that could run it.
    pub fn run(&self, vm: &VmEntry, nesting: Nesting, load: &Load) -> Result<(Booted, i32), Error> {
        if vm.init.is_none() {
            return Err(Error::NoInit(vm.name.value.clone()));
        }
        let mut booted = self.boot_with(vm, nesting, Manner::With(load))?.verdict()?;
        if let Some(status) = booted.report.run_status() {
            return Ok((booted, status));
        }
        booted.report.outcome = Outcome::RunUnfinished { ended: booted.report.ended, last: Vec::new() };
        booted.verdict().map(|booted| (booted, 0))
    }

    fn boot_with(&self, vm: &VmEntry, nesting: Nesting, manner: Manner<'_>) -> Result<Booted, Error> {
        let bench = self.bench;
        let name = &vm.name.value;
        let machine = Machine::for_vm(vm, nesting, &bench.env)?;
        let arch = bench.loaded.kernel(&vm.kernel.value).map_err(BuildError::from)?.arch.value;
        if machine.qemu == Qemu::Needed {
            // Now, and not after minutes of compiling.
            bench.check_tools(&host_tools::always(host_tools::vm_tools(arch)))?;
        }
        let parts = bench.session.build_vm(&self.locked, name, machine.nested_host)?;
        let workspace = bench.loaded.workspace();
        let folder = workspace.vm_dir(name);
        let boot = Boot {
            entry: vm,
            arch,
            nesting,
            root: workspace.root(),
            objtree: workspace.work_dir(&vm.kernel.value).join("objtree"),
            scratch: folder.clone(),
            env: &bench.env,
            cancel: &bench.cancel,
            reporter: &*bench.reporter,
        };
        if !matches!(manner, Manner::With(_)) {
            return boot.run(parts, manner);
        }
        fs::create_dir_all(&folder)?;
        let own = fs::temp_dir_in(&folder, "run-")?;
        let booted = Boot { scratch: own.path().clone(), ..boot }.run(parts, manner)?;
        if !booted.report.outcome.passed() || booted.report.run_status().is_none() {
            // Whoever looks for the reason finds the console there.
            let _kept = own.keep();
        }
        Ok(booted)
    }
}
