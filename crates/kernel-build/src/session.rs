//! The public entry: one run of the tool.
//!
//! ```text
//! Session::new ▶ load ▶ lock ▶ plan | check | fetch | build | build_vm | build_all
//! ```
//!
//! Each arrow takes the type that the one before made. Kernels are built side by side (`kernels` says how), and cargo's
//! builds beside them, under the same jobserver.

mod handing_on;
mod kernels;
mod machine;
mod matrix;
mod sources;
mod vms;

pub use machine::CompilerReport;

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, mpsc};

use kernel_host::cancel::Cancel;
use kernel_host::clock::Stopwatch;
use kernel_host::env::Env;
use kernel_host::jobserver::Jobserver;
use kernel_plan::Plan;
use kernel_spec::{InitramfsPlace, KernelName, Lockfile, VmEntry, VmName};

use crate::alongside::{Alongside, CargoBuilds, Programs};
use crate::artifact::{Artifact, BuiltAll, Checked, VmParts};
use crate::built_in::{self, InitArchive, InitArchives};
use crate::clean::{Clean, clean};
use crate::configuration::Configuration;
use crate::error::BuildError;
use crate::event::{Reporter, Task, Voice};
use crate::host_tools::{HostToolsError, Install, MissingTools};
use crate::load::Loaded;
use crate::lock::{Locked, selected_kernels};
use crate::options::{NestedHost, Options, Selection};
use crate::pipeline::{Means, Pipeline};
use crate::plain::{PlainConfig, PlainResolved, PlainTree};
use crate::prepare::Planned;
use crate::resolve::Resolver;
use crate::workspace::Workspace;

use kernels::Beside;
pub use matrix::{Glance, Judged};
pub use vms::BuiltVms;

/// One run of the tool.
pub struct Session {
    env: Env,
    cancel: Cancel,
    reporter: Arc<dyn Reporter>,
    options: Options,
    jobserver: OnceLock<Jobserver>,
    making: Mutex<()>,
    turn: Mutex<()>,
}

impl Session {
    /// A session; nothing is read yet.
    pub fn new(env: Env, cancel: Cancel, reporter: Arc<dyn Reporter>, options: Options) -> Self {
        let (jobserver, making, turn) = (OnceLock::new(), Mutex::new(()), Mutex::new(()));
        Self { env, cancel, reporter, options, jobserver, making, turn }
    }

    /// The environment that it was given.
    pub fn env(&self) -> &Env {
        &self.env
    }

    /// The wish to stop that it looks at.
    pub fn cancel(&self) -> &Cancel {
        &self.cancel
    }

    /// Finds the workspace of the current directory, and reads its manifest and fragments.
    ///
    /// # Errors
    /// Everything that is wrong with them, at once.
    pub fn load(&self) -> Result<Loaded, BuildError> {
        self.unless_stopped(|| {
            let outside = (&self.env, &self.cancel);
            Ok(Loaded::read(Workspace::find(&self.env)?, outside, &self.options.one_off)?)
        })
    }

    /// Pins the sources that a selection needs, and writes Kernel.lock where that changes it.
    ///
    /// # Errors
    /// Where an origin cannot be asked, or Kernel.lock would change and must not.
    pub fn lock(&self, loaded: Loaded, selection: &Selection) -> Result<Locked, BuildError> {
        self.unless_stopped(|| Ok(self.locker(&Task::Session).lock(loaded, selection)?))
    }

    /// What Kernel.lock says; `None` where there is none.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn lockfile(&self, loaded: &Loaded) -> Result<Option<Lockfile>, BuildError> {
        Ok(crate::lock::lockfile_of(loaded)?)
    }

    /// Makes the plan of a kernel; nothing is executed.
    ///
    /// # Errors
    /// Where the facts cannot be gathered.
    pub fn plan(&self, locked: &Locked, kernel: &KernelName) -> Result<Planned, BuildError> {
        let task = Task::Kernel(kernel.clone());
        self.unless_stopped(|| self.pipeline(locked, kernel, &task)?.plan())
    }

    /// Makes the plans of a VM: its kernels', then that of cargo's builds.
    ///
    /// # Errors
    /// Where the facts cannot be gathered.
    pub fn plan_vm(&self, locked: &Locked, vm: &VmName) -> Result<Vec<Plan>, BuildError> {
        let entry = locked.loaded().vm(vm)?;
        let kernels = selected_kernels(locked.loaded(), &Selection::Vm(vm.clone()))?;
        let mut plans: Vec<Plan> = kernels
            .iter()
            .map(|kernel| Ok(self.plan(locked, kernel)?.plan().clone()))
            .collect::<Result<_, BuildError>>()?;
        let builds = CargoBuilds::of([entry]);
        if !builds.is_empty() {
            plans.push(Plan::cargo(vm.as_str(), &builds.facts(&self.options.cargo)));
        }
        Ok(plans)
    }

    /// Configures a kernel and checks everything that can be known before compiling.
    ///
    /// # Errors
    /// The first stage that fails, with everything that it found.
    pub fn check(&self, locked: &Locked, kernel: &KernelName) -> Result<Checked, BuildError> {
        let task = Task::Kernel(kernel.clone());
        self.unless_stopped(|| {
            let jobserver = self.jobserver()?;
            let _token = jobserver.acquire(&self.cancel)?;
            self.pipeline(locked, kernel, &task)?.check(jobserver)
        })
    }

    /// Resolves a kernel's configuration with the engine, to be asked about; nothing is judged, nothing is kept.
    ///
    /// # Errors
    /// Where the source cannot be had, or cannot be resolved.
    pub fn configuration(&self, locked: &Locked, kernel: &KernelName) -> Result<Configuration, BuildError> {
        let task = Task::Kernel(kernel.clone());
        self.unless_stopped(|| self.pipeline(locked, kernel, &task)?.configuration())
    }

    /// The same, and what of it is not as asked: it is resolved in every case.
    ///
    /// # Errors
    /// Where the source cannot be had, or cannot be resolved.
    pub fn judged_configuration(
        &self,
        locked: &Locked,
        kernel: &KernelName,
    ) -> Result<(Configuration, Option<BuildError>), BuildError> {
        let task = Task::Kernel(kernel.clone());
        self.unless_stopped(|| self.pipeline(locked, kernel, &task)?.judged_configuration())
    }

    /// The source tree of a kernel as the engine sees it.
    ///
    /// # Errors
    /// Where the source cannot be had, or its Kconfig files cannot be used.
    pub fn resolver(&self, locked: &Locked, kernel: &KernelName) -> Result<Resolver, BuildError> {
        let task = Task::Kernel(kernel.clone());
        self.unless_stopped(|| self.pipeline(locked, kernel, &task)?.resolver())
    }

    /// A tree that no manifest speaks of, as the engine sees it.
    ///
    /// # Errors
    /// Where there is no tree, no toolchain, or its Kconfig files cannot be used.
    pub fn plain_resolver(&self, tree: &PlainTree) -> Result<Resolver, BuildError> {
        self.unless_stopped(|| tree.resolver(self.options.probes, &self.env, &self.cancel))
    }

    /// What a configuration resolves to in a tree that no manifest speaks of.
    ///
    /// # Errors
    /// As [`Session::plain_resolver`], and where the configuration is none.
    pub fn resolve_plain(&self, tree: &PlainTree, config: &PlainConfig) -> Result<PlainResolved, BuildError> {
        self.unless_stopped(|| tree.resolve(config, self.options.probes, &self.env, &self.cancel))
    }

    /// Builds kernels, side by side.
    ///
    /// # Errors
    /// What became of the kernel, or [`BuildError::Kernels`] where several were to be built.
    pub fn build(&self, locked: &Locked, kernels: &[KernelName]) -> Result<Vec<Artifact>, BuildError> {
        self.unless_stopped(|| {
            let inits = self.inits(locked, kernels)?;
            self.build_kernels(locked, kernels, &inits, Beside::Nothing, || ())
        })
    }

    /// Builds a VM: its kernel, and beside it its VMM, firmware and init.
    ///
    /// # Errors
    /// Where a kernel or cargo fails; both are brought to their ends.
    pub fn build_vm(&self, locked: &Locked, vm: &VmName, nested: NestedHost) -> Result<VmParts, BuildError> {
        let entry = locked.loaded().vm(vm)?;
        let mut kernels = vec![entry.kernel.value.clone()];
        if nested == NestedHost::Build {
            kernels.extend(entry.nested_host.as_ref().map(|host| host.value.clone()));
        }
        let (artifacts, programs) = self.build_beside(locked, &kernels, &[entry])?;
        parts(entry, &artifacts, &programs)
    }

    /// Builds every kernel and VM of the manifest.
    ///
    /// # Errors
    /// Where a kernel or cargo fails; both are brought to their ends.
    pub fn build_all(&self, locked: &Locked) -> Result<BuiltAll, BuildError> {
        let spec = locked.loaded().spec();
        let kernels: Vec<KernelName> = spec.kernels.keys().cloned().collect();
        let vms: Vec<&VmEntry> = spec.vms.values().collect();
        let (artifacts, programs) = self.build_beside(locked, &kernels, &vms)?;
        let vms = vms.into_iter().map(|vm| parts(vm, &artifacts, &programs)).collect::<Result<_, _>>()?;
        Ok(BuiltAll { artifacts, vms })
    }

    /// Looks for the host tools that building a selection takes, as far as that is known before configuring.
    ///
    /// # Errors
    /// Where the compiler cannot be asked; that a tool is missing is no error here.
    pub fn missing_tools(
        &self,
        locked: &Locked,
        selection: &Selection,
    ) -> Result<Option<MissingTools>, BuildError> {
        for kernel in selected_kernels(locked.loaded(), selection)? {
            let task = Task::Kernel(kernel.clone());
            match self.pipeline(locked, &kernel, &task)?.check_tools() {
                Err(BuildError::HostTools(HostToolsError::Missing(missing))) => return Ok(Some(missing)),
                other => other?,
            }
        }
        Ok(None)
    }

    /// Installs packages; whoever calls has asked the person before.
    ///
    /// # Errors
    /// Where the package manager fails.
    pub fn install(&self, install: &Install) -> Result<(), BuildError> {
        let voice = self.voice(&Task::Session);
        if let Some(mut refresh) = install.manager.refresh_command(&self.env) {
            voice.started("Running", refresh.display());
            check_interactive(&mut refresh, &self.cancel)?;
        }
        let mut command = install.manager.install_command(&install.packages, &self.env);
        voice.started("Running", command.display());
        Ok(check_interactive(&mut command, &self.cancel)?)
    }

    /// Removes what was made; returns how many bytes that were.
    ///
    /// # Errors
    /// Where a file cannot be removed.
    pub fn clean(&self, loaded: &Loaded, what: &Clean) -> Result<u64, BuildError> {
        let voice = self.voice(&Task::Session);
        self.unless_stopped(|| clean(loaded.workspace(), what, &self.cancel, voice))
    }

    fn build_beside(
        &self,
        locked: &Locked,
        kernels: &[KernelName],
        vms: &[&VmEntry],
    ) -> Result<(Vec<Artifact>, Programs), BuildError> {
        let built = self.build_both(locked, kernels, vms);
        self.unless_stopped(|| match built {
            (Ok(kernels), Ok(programs)) => Ok((kernels, programs)),
            (Err(kernel), Err(cargo)) => {
                Err(BuildError::Both { kernel: Box::new(kernel), cargo: Box::new(cargo) })
            }
            (Err(error), Ok(_)) | (Ok(_), Err(error)) => Err(error),
        })
    }

    /// Kernels, and beside them the programs of VMs.
    fn build_both(
        &self,
        locked: &Locked,
        kernels: &[KernelName],
        vms: &[&VmEntry],
    ) -> (Result<Vec<Artifact>, BuildError>, Result<Programs, BuildError>) {
        let inits = match self.inits(locked, kernels) {
            Ok(inits) => inits,
            Err(error) => return (Err(error), Ok(Programs::default())),
        };
        let builds = CargoBuilds::of(vms.iter().copied());
        let (ready, started) = mpsc::channel();
        std::thread::scope(|scope| {
            let builds = &builds;
            let beside = scope.spawn(move || {
                // Nothing is sent where the kernels failed before they had their locks.
                if builds.is_empty() || started.recv().is_err() {
                    return Ok(Programs::default());
                }
                self.build_programs(locked, builds, None)
            });
            let beside_kernels = if builds.is_empty() { Beside::Nothing } else { Beside::Cargo };
            let kernels = self.build_kernels(locked, kernels, &inits, beside_kernels, move || {
                // The other side may have had nothing to wait for.
                let _ = ready.send(());
            });
            let programs = beside.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            (kernels, programs)
        })
    }

    /// What is built into these kernels, by cargo, before anything of theirs is begun.
    fn inits(&self, locked: &Locked, kernels: &[KernelName]) -> Result<InitArchives, BuildError> {
        let mut made = InitArchives::new();
        for kernel in kernels {
            let Some(init) = locked.loaded().spec().built_in_init(kernel) else { continue };
            let waiting = built_in::waiting(&self.env, kernel, init.package)?;
            let builds = CargoBuilds::of_built_in(init.package);
            let programs = self.build_programs(locked, &builds, Some(&waiting))?;
            if let Some(program) = programs.built_in(init.package) {
                made.insert(kernel.clone(), InitArchive::of(init.package, program)?);
            }
        }
        Ok(made)
    }

    /// `waiting` says which kernels wait for what is built, where it goes into them.
    fn build_programs(
        &self,
        locked: &Locked,
        builds: &CargoBuilds,
        waiting: Option<&str>,
    ) -> Result<Programs, BuildError> {
        let task = Task::Cargo;
        let voice = self.voice(&task);
        let jobserver = self.jobserver()?;
        let _token = jobserver.acquire(&self.cancel)?;
        let watch = Stopwatch::start();
        let workspace = locked.loaded().workspace();
        let (options, env, cancel) = (&self.options.cargo, &self.env, &self.cancel);
        let alongside = Alongside { workspace, options, env, cancel, jobserver, voice, waiting };
        let programs = alongside.build(builds)?;
        voice.finished("Finished", "cargo's builds", watch.elapsed());
        Ok(programs)
    }

    fn pipeline<'a>(
        &'a self,
        locked: &'a Locked,
        kernel: &KernelName,
        task: &'a Task,
    ) -> Result<Pipeline<'a>, BuildError> {
        Pipeline::new(locked, kernel, self.means(&self.cancel), self.voice(task))
    }

    fn means<'a>(&'a self, cancel: &'a Cancel) -> Means<'a> {
        let (jobs, turn) = (self.jobs().get(), &self.turn);
        Means { env: &self.env, cancel, options: &self.options, jobs, turn }
    }

    /// How many jobs run at a time.
    pub fn jobs(&self) -> NonZeroUsize {
        self.options.jobs.or_else(|| NonZeroUsize::new(self.env.cpus())).unwrap_or(NonZeroUsize::MIN)
    }

    /// The pool of tokens: cargo's, where this runs in a build script and nobody said how many jobs; else one of its own,
    /// made when it is first needed.
    fn jobserver(&self) -> Result<&Jobserver, BuildError> {
        let _making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        if self.jobserver.get().is_none() {
            let in_build_script = self.options.jobs.is_none() && self.env.get("OUT_DIR").is_some();
            let of_cargo = if in_build_script { Jobserver::of_cargo(self.jobs()) } else { Ok(None) };
            let made = of_cargo.transpose().unwrap_or_else(|| Jobserver::new(self.jobs()));
            let made = made.map_err(BuildError::Pool)?;
            return Ok(self.jobserver.get_or_init(|| made));
        }
        // It is there: this only names it.
        self.jobserver.get().ok_or_else(|| BuildError::Pool(std::io::ErrorKind::Other.into()))
    }

    fn voice<'a>(&'a self, task: &'a Task) -> Voice<'a> {
        Voice::new(&*self.reporter, task)
    }

    /// Whatever fails after somebody asked to stop, failed because of that.
    fn unless_stopped<T>(&self, run: impl FnOnce() -> Result<T, BuildError>) -> Result<T, BuildError> {
        run().map_err(|error| if self.cancel.requested() { BuildError::Interrupted } else { error })
    }
}

fn check_interactive(
    command: &mut kernel_host::process::Command,
    cancel: &Cancel,
) -> Result<(), kernel_host::process::ProcessError> {
    let status = command.interactive(cancel)?;
    if status.success() { Ok(()) } else { Err(command.failed(status, Vec::new())) }
}

/// A VM's parts out of what was built.
fn parts(vm: &VmEntry, artifacts: &[Artifact], programs: &Programs) -> Result<VmParts, BuildError> {
    let find = |name: &KernelName| artifacts.iter().find(|artifact| artifact.name() == name).cloned();
    let unknown = || crate::load::LoadError::UnknownName {
        table: "kernel",
        name: vm.kernel.value.to_string(),
        known: artifacts.iter().map(|artifact| artifact.name().to_string()).collect(),
    };
    let artifact = find(&vm.kernel.value).ok_or_else(unknown)?;
    let kind = vm.image.value;
    let init = match vm.initramfs {
        InitramfsPlace::Beside => vm.init.as_ref().and_then(|package| programs.of(package)),
        InitramfsPlace::BuiltIn { .. } => artifact.init.clone(),
    };
    Ok(VmParts {
        name: vm.name.value.clone(),
        image: artifact.directory().join(kind.as_str()),
        kind,
        vmm: vm.vmm.as_ref().and_then(|package| programs.of(package)),
        firmware_elf: vm.firmware.as_ref().and_then(|package| programs.firmware(package)),
        init,
        nested_host: vm.nested_host.as_ref().and_then(|host| find(&host.value)),
        artifact,
    })
}
