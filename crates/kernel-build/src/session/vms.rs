//! Several VMs at once, each as far as it can be built.
//!
//! ```text
//! VMs ──▶ their kernels, side by side ─┐
//!     ──▶ cargo's builds beside them ──┴──▶ of each VM its parts, or which error keeps it from having them
//! ```
//!
//! With [`OnFailure::KeepGoing`](crate::OnFailure::KeepGoing) a kernel that fails ends no other one. cargo builds all programs
//! together; where that fails, it builds those of each VM on its own, so that a crate that is wrong costs the VMs that have it.

use kernel_spec::{KernelName, VmEntry};

use super::{Session, parts};
use crate::alongside::{CargoBuilds, Programs};
use crate::artifact::{Artifact, VmParts};
use crate::error::BuildError;
use crate::lock::Locked;
use crate::options::NestedHost;

/// What of several VMs could be built.
#[derive(Debug)]
pub struct BuiltVms {
    /// In the order in which they were asked for: the parts, or the error's place in `errors`.
    pub vms: Vec<Result<VmParts, usize>>,
    /// What went wrong, each once.
    pub errors: Vec<BuildError>,
}

/// What became of the kernels; errors by their places.
#[derive(Default)]
struct Kernels {
    built: Vec<Artifact>,
    failed: Vec<(KernelName, usize)>,
    /// What keeps every kernel that is in neither list from being there.
    others: Option<usize>,
}

impl Session {
    /// Builds VMs; entries need not be those of the manifest, but their kernels are.
    ///
    /// # Errors
    /// [`BuildError::Interrupted`]; whatever else fails is told of the VMs that it concerns.
    pub fn build_vms(&self, locked: &Locked, vms: &[(&VmEntry, NestedHost)]) -> Result<BuiltVms, BuildError> {
        let kernels: Vec<KernelName> = vms.iter().flat_map(|(vm, nested)| kernels_of(vm, *nested)).collect();
        let entries: Vec<&VmEntry> = vms.iter().map(|(vm, _)| *vm).collect();
        let (kernels, programs) = self.build_both(locked, &kernels, &entries);
        if self.cancel.requested() {
            return Err(BuildError::Interrupted);
        }
        let mut errors = Vec::new();
        let kernels = told(kernels, &mut errors);
        let mut known = Vec::new();
        match programs {
            Ok(programs) => known.push((CargoBuilds::of(entries), Ok(programs))),
            // It is of this VM alone.
            Err(error) if entries.len() == 1 => {
                known.push((CargoBuilds::of(entries), Err(kept(&mut errors, error))));
            }
            Err(_) => {}
        }
        let whole = !known.is_empty();
        let mut built = Vec::new();
        for (vm, nested) in vms {
            let builds = CargoBuilds::of([*vm]);
            let place = known.iter().position(|(known, _)| whole || *known == builds);
            let place = place.unwrap_or_else(|| {
                let programs = match builds.is_empty() {
                    true => Ok(Programs::default()),
                    false => self.build_programs(locked, &builds, None),
                };
                known.push((builds, programs.map_err(|error| kept(&mut errors, error))));
                known.len() - 1
            });
            let lacking = kernels_of(vm, *nested).find_map(|kernel| kernels.lacking(&kernel));
            built.push(match (lacking, &known[place].1) {
                (Some(error), _) => Err(error),
                (None, Err(error)) => Err(*error),
                (None, Ok(programs)) => {
                    parts(vm, &kernels.built, programs).map_err(|error| kept(&mut errors, error))
                }
            });
        }
        if self.cancel.requested() {
            Err(BuildError::Interrupted)
        } else {
            Ok(BuiltVms { vms: built, errors })
        }
    }
}

/// The kernels that a VM takes.
fn kernels_of(vm: &VmEntry, nested: NestedHost) -> impl Iterator<Item = KernelName> {
    let host = vm.nested_host.as_ref().filter(|_| nested == NestedHost::Build);
    std::iter::once(vm.kernel.value.clone()).chain(host.map(|host| host.value.clone()))
}

fn kept(errors: &mut Vec<BuildError>, error: BuildError) -> usize {
    errors.push(error);
    errors.len() - 1
}

/// Takes apart what became of kernels.
fn told(result: Result<Vec<Artifact>, BuildError>, errors: &mut Vec<BuildError>) -> Kernels {
    match result {
        Ok(built) => Kernels { built, ..Kernels::default() },
        Err(BuildError::Kernels(kernels)) => {
            let failed = kernels.failed.into_iter();
            let failed = failed.map(|(name, error)| (name, kept(errors, error))).collect();
            let others = (!kernels.ended.is_empty()).then(|| kept(errors, BuildError::Interrupted));
            Kernels { built: kernels.built, failed, others }
        }
        Err(error) => Kernels { others: Some(kept(errors, error)), ..Kernels::default() },
    }
}

impl Kernels {
    /// What keeps a kernel from being there.
    fn lacking(&self, kernel: &KernelName) -> Option<usize> {
        if self.built.iter().any(|artifact| artifact.name() == kernel) {
            return None;
        }
        self.failed.iter().find(|(name, _)| name == kernel).map(|(_, error)| *error).or(self.others)
    }
}
