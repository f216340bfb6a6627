//! VMs of a workspace: built, booted, tried, debugged, and given commands to run.

use std::sync::Arc;

use kconfig::DotConfig;
use kernel_boot::{Inside, Nesting, Outcome};
use kernel_build::host_tools;
use kernel_build::{BuildError, BuiltVms, Selection, VmParts};
use kernel_host::fs;
use kernel_spec::{Arch, Image, VmEntry};

use super::{Locked, Workbench};
use crate::boot::{Boot, Booted, Machine, Manner, Qemu, Tracing};
use crate::debug::{self, Attach, Debugging};
use crate::error::{Error, ErrorKind};
use crate::load::Load;
use crate::trial::inside::{self, Asked};
use crate::trial::{self, Trial};

/// What VMs need pinned.
fn kernels_of(vms: &[VmEntry]) -> Selection {
    let of = |vm: &VmEntry| {
        [Some(vm.kernel.value.clone()), vm.nested_host.as_ref().map(|host| host.value.clone())]
    };
    Selection::Kernels(vms.iter().flat_map(of).flatten().collect())
}

impl Workbench {
    /// Pins what VMs need, builds them, boots them side by side and judges each; in their order.
    ///
    /// They need not be of the manifest ([`VmEntry::trials`]), but their kernels are. `done` hears of each as soon as its
    /// boot has ended. What cannot be pinned or built costs the VMs that need it, and no other.
    ///
    /// # Errors
    /// Where somebody asked to stop; whatever else goes wrong with a VM is what came of its trial.
    pub fn try_out(
        &self,
        vms: &[VmEntry],
        nesting: Nesting,
        done: &(dyn Fn(&Trial) + Sync),
    ) -> Result<Vec<Trial>, Error> {
        let stopped = |error: &Error| error.kind() == ErrorKind::Interrupted;
        match self.lock(&kernels_of(vms)) {
            Ok(locked) => return locked.try_out(vms, nesting, done),
            Err(error) if stopped(&error) => return Err(error),
            Err(_) => {}
        }
        let (mut pinned, mut trials) = (Vec::new(), Vec::new());
        for vm in vms {
            match self.lock(&kernels_of(std::slice::from_ref(vm))) {
                Ok(_) => pinned.push(vm.clone()),
                Err(error) if stopped(&error) => return Err(error),
                Err(error) => {
                    let trial = Trial::failed(vm, &Arc::new(error));
                    done(&trial);
                    trials.push(trial);
                }
            }
        }
        if !pinned.is_empty() {
            trials.extend(self.lock(&kernels_of(&pinned))?.try_out(&pinned, nesting, done)?);
        }
        trials.sort_by_key(|trial| vms.iter().position(|vm| vm.name.value == trial.name));
        Ok(trials)
    }
}

impl Locked<'_> {
    /// Builds a VM and boots it. The report may be of a boot that is not good: see [`Booted::verdict`].
    ///
    /// # Errors
    /// [`Error::NotLinux`]; [`Error::Build`] where it cannot be built or QEMU is missing; [`Error::Boot`] where the boot
    /// cannot be tried.
    pub fn boot(&self, vm: &VmEntry, nesting: Nesting) -> Result<Booted, Error> {
        self.boot_traced(vm, nesting, Tracing::Off)
    }

    /// The same, traced or not.
    ///
    /// # Errors
    /// As [`Locked::boot`].
    pub fn boot_traced(&self, vm: &VmEntry, nesting: Nesting, tracing: Tracing) -> Result<Booted, Error> {
        let manner = match tracing {
            Tracing::Off => Manner::Plain,
            Tracing::Initcalls => Manner::Traced,
        };
        self.boot_with(vm, nesting, manner)
    }

    /// Builds VMs, and boots them as [`Workbench::try_out`] says.
    fn try_out(
        &self,
        vms: &[VmEntry],
        nesting: Nesting,
        done: &(dyn Fn(&Trial) + Sync),
    ) -> Result<Vec<Trial>, Error> {
        let bench = self.bench;
        let machines: Vec<Result<Machine, Arc<Error>>> =
            vms.iter().map(|vm| self.machine(vm, nesting).map_err(Arc::new)).collect();
        let able = vms.iter().zip(&machines);
        let wanted: Vec<_> =
            able.filter_map(|(vm, machine)| Some((vm, machine.as_ref().ok()?.nested_host))).collect();
        let BuiltVms { vms: built, errors } = bench.session.build_vms(&self.locked, &wanted)?;
        let errors: Vec<Arc<Error>> = errors.into_iter().map(|error| Arc::new(error.into())).collect();
        let mut built = built.into_iter().map(|built| built.map_err(|error| Arc::clone(&errors[error])));
        let mut ready = Vec::new();
        for (vm, machine) in vms.iter().zip(machines) {
            let parts = match machine {
                Err(error) => Some(Err(error)),
                Ok(_) => built.next(),
            };
            ready.extend(parts.map(|parts| (vm, parts)));
        }
        let boot = |vm: &VmEntry, parts: VmParts| {
            let booted = bench.boot_parts(vm, parts, nesting, Manner::Told);
            Trial::judged(vm, booted, |booted| self.lacks(vm, booted))
        };
        let trials = trial::side_by_side(&ready, bench.session.jobs().get(), &boot, done);
        if bench.cancel.requested() { Err(BuildError::Interrupted.into()) } else { Ok(trials) }
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
        let machine = self.machine(vm, nesting)?;
        let parts = bench.session.build_vm(&self.locked, &vm.name.value, machine.nested_host)?;
        bench.boot_parts(vm, parts, nesting, manner)
    }

    /// What a VM needs of this machine, which is there.
    fn machine(&self, vm: &VmEntry, nesting: Nesting) -> Result<Machine, Error> {
        let bench = self.bench;
        let machine = Machine::for_vm(vm, nesting, &bench.env)?;
        if machine.qemu == Qemu::Needed {
            // Now, and not after minutes of compiling.
            bench.check_tools(&host_tools::always(host_tools::vm_tools(bench.arch(vm)?)))?;
        }
        Ok(machine)
    }
}

impl Workbench {
    fn arch(&self, vm: &VmEntry) -> Result<Arch, Error> {
        Ok(self.loaded.kernel(&vm.kernel.value).map_err(BuildError::from)?.arch.value)
    }

    /// Boots what was built of a VM.
    pub(super) fn boot_parts(
        &self,
        vm: &VmEntry,
        parts: VmParts,
        nesting: Nesting,
        manner: Manner<'_>,
    ) -> Result<Booted, Error> {
        let workspace = self.loaded.workspace();
        let folder = workspace.vm_dir(&vm.name.value);
        let boot = Boot {
            entry: vm,
            arch: parts.artifact.arch().map_or_else(|| self.arch(vm), Ok)?,
            nesting,
            root: workspace.root(),
            objtree: workspace.work_dir(parts.artifact.name()).join("objtree"),
            scratch: folder.clone(),
            env: &self.env,
            cancel: &self.cancel,
            reporter: &*self.reporter,
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
