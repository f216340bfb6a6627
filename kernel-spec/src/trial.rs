//! What a VM is tried with beside its own kernel and its own runner.
//!
//! ```text
//! [vm.demo]  kernel = "a"  runner = "qemu"
//! test = { kernels = ["b"], runners = ["alioth"] }
//!
//!            qemu            alioth
//! a          demo            demo--alioth
//! b          demo--b         demo--b--alioth
//! ```
//!
//! Each combination is a VM of its own, with a folder of its own. Deliberately absent: what a runner's contract asks of the
//! image of another kernel; a boot finds that out.

use crate::{Arch, Image, InitramfsPlace, KernelEntry, KernelName, Runner, Spanned, VmEntry, VmName};

/// `test` of a `[vm.*]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TriedWith {
    /// `kernels`, beside the VM's own.
    pub kernels: Vec<Spanned<KernelName>>,
    /// `runners`, beside the VM's own.
    pub runners: Vec<Spanned<Runner>>,
}

/// Why a VM cannot be tried with something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Untriable {
    /// The kernel lacks the image.
    #[error("kernel `{kernel}` does not build the image `{}`, which `[vm.{vm}]` boots", .image.as_str())]
    Image {
        /// The VM.
        vm: VmName,
        /// The kernel.
        kernel: KernelName,
        /// The image.
        image: Image,
    },
    /// The kernel is for another architecture.
    #[error("kernel `{kernel}` is for {found}, but `[vm.{vm}]` is for {expected}")]
    Arch {
        /// The VM.
        vm: VmName,
        /// The kernel.
        kernel: KernelName,
        /// Its architecture.
        found: Arch,
        /// That of the VM's own kernel.
        expected: Arch,
    },
    /// The runner needs a package.
    #[error("runner `{}` without a `{needs}` in `[vm.{vm}]`", .runner.as_str())]
    Package {
        /// The VM.
        vm: VmName,
        /// The runner.
        runner: Runner,
        /// The key of the package.
        needs: &'static str,
    },
}

impl VmEntry {
    /// The VM itself, and with each other kernel and runner that its `test` names.
    pub fn trials(&self) -> Vec<Self> {
        let own = (&self.kernel.value, self.runner.value);
        let kernels = std::iter::once(own.0).chain(self.test.kernels.iter().map(|kernel| &kernel.value));
        let runners = std::iter::once(own.1).chain(self.test.runners.iter().map(|runner| runner.value));
        let (kernels, runners): (Vec<_>, Vec<_>) = (kernels.collect(), runners.collect());
        self.tried_with(&kernels, &runners)
    }

    /// The VM with each of these kernels and runners, each combination once.
    pub fn tried_with(&self, kernels: &[&KernelName], runners: &[Runner]) -> Vec<Self> {
        let mut trials: Vec<Self> = Vec::new();
        for kernel in kernels {
            for runner in runners {
                let trial = self.with(kernel, *runner);
                if !trials.iter().any(|known| known.name.value == trial.name.value) {
                    trials.push(trial);
                }
            }
        }
        trials
    }

    /// The same VM with another kernel and another runner, under a name that says so.
    fn with(&self, kernel: &KernelName, runner: Runner) -> Self {
        let mut trial = self.clone();
        let mut name = self.name.value.to_string();
        if *kernel != self.kernel.value {
            name = format!("{name}--{kernel}");
            trial.kernel = Spanned { value: kernel.clone(), location: None };
            // It is built into the VM's own kernel.
            trial.initramfs = InitramfsPlace::Beside;
        }
        if runner != self.runner.value {
            name = format!("{name}--{}", runner.as_str());
            trial.runner = Spanned { value: runner, location: None };
            // These are about the runner that was written.
            (trial.runner_path, trial.runner_command, trial.contract) = (None, Vec::new(), None);
        }
        if name != self.name.value.as_str() {
            trial.varies = Some(self.table().clone());
            // What was accepted is of the VM itself.
            trial.budget = None;
        }
        // Names joined by hyphens are a name.
        trial.name.value = VmName::new(&name).unwrap_or(trial.name.value);
        trial
    }

    /// Whether a kernel makes what this VM boots; `own` is the VM's own kernel.
    ///
    /// # Errors
    /// [`Untriable`].
    pub fn triable_with(&self, kernel: &KernelEntry, own: &KernelEntry) -> Result<(), Untriable> {
        untriable_kernel(&self.name.value, self.image.value, kernel, own).map_or(Ok(()), Err)
    }

    /// Whether this VM has the package that a runner runs.
    ///
    /// # Errors
    /// [`Untriable`].
    pub fn triable_by(&self, runner: Runner) -> Result<(), Untriable> {
        let has = |key: &&str| if *key == "vmm" { self.vmm.is_some() } else { self.firmware.is_some() };
        match needed_package(runner).filter(|key| !has(key)) {
            Some(needs) => Err(Untriable::Package { vm: self.name.value.clone(), runner, needs }),
            None => Ok(()),
        }
    }
}

/// The key of the package that a runner is or loads.
pub(crate) fn needed_package(runner: Runner) -> Option<&'static str> {
    match runner {
        Runner::Workspace => Some("vmm"),
        Runner::Firmware => Some("firmware"),
        _ => None,
    }
}

pub(crate) fn untriable_kernel(
    vm: &VmName,
    image: Image,
    kernel: &KernelEntry,
    own: &KernelEntry,
) -> Option<Untriable> {
    let name = || kernel.name.value.clone();
    let (found, expected) = (kernel.arch.value, own.arch.value);
    if found != expected {
        return Some(Untriable::Arch { vm: vm.clone(), kernel: name(), found, expected });
    }
    let is_built = kernel.images.iter().any(|built| built.value == image);
    (!is_built).then(|| Untriable::Image { vm: vm.clone(), kernel: name(), image })
}
