//! VMs on trial: built together, booted side by side, judged, and their kernels' complaints counted.
//!
//! ```text
//! VMs ──▶ what they need is built, each as far as it can be ──▶ boots, `-j` at a time ──▶ a Trial each, in order
//! ```
//!
//! | it fails where | |
//! |---|---|
//! | it cannot be built, or the boot cannot be tried | [`Error`] |
//! | the boot is not good | [`kernel_boot::Outcome`] |
//! | the guest's kernel warned of itself | its first words, see [`complaint`] |
//! | it lacks what it has to have, as it looks from inside | see [`inside`] |
//!
//! Invariants: one that fails stops no other; what two boots cannot have at a time (the same vsock address, a disk that is
//! written to) they have one after the other.

pub(crate) mod inside;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kernel_boot::{BootReport, Stream};
use kernel_build::VmParts;
use kernel_spec::{Contents, KernelName, Runner, VmEntry, VmName};

use crate::boot::Booted;
use crate::error::Error;

/// How a trial went.
#[derive(Clone, Debug)]
pub struct Trial {
    /// Its name: the VM's, and what it was tried with.
    pub name: VmName,
    /// The VM of the manifest.
    pub vm: VmName,
    /// Its kernel.
    pub kernel: KernelName,
    /// What ran it.
    pub runner: Runner,
    /// What came of it.
    pub result: Result<Arc<Booted>, TrialError>,
    /// From the start of the machine to its end; nothing where it was not started.
    pub total: Duration,
}

/// Why a trial failed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum TrialError {
    /// Nothing was booted, or the boot is not good.
    #[error(transparent)]
    Failed(Arc<Error>),
    /// The boot is good, and the guest's kernel complained of itself.
    #[error("the guest's kernel complained: `{0}`")]
    Complaint(String),
    /// The boot is good, and the guest lacks what it has to have.
    #[error("{}", .0.join("; "))]
    Lacks(Vec<String>),
}

impl Trial {
    /// One that could not begin.
    pub(crate) fn failed(vm: &VmEntry, error: &Arc<Error>) -> Self {
        Self::of(vm, Err(TrialError::Failed(Arc::clone(error))), Duration::ZERO)
    }

    /// Judges a boot.
    pub(crate) fn judged(
        vm: &VmEntry,
        booted: Result<Booted, Error>,
        lacks: impl FnOnce(&Booted) -> Vec<String>,
    ) -> Self {
        let total = booted.as_ref().map_or(Duration::ZERO, |booted| booted.report.total);
        let result = match booted.and_then(Booted::verdict) {
            Err(error) => Err(TrialError::Failed(Arc::new(error))),
            Ok(booted) => match complaint(&booted.report) {
                Some(line) => Err(TrialError::Complaint(line)),
                None => match lacks(&booted) {
                    lacks if lacks.is_empty() => Ok(Arc::new(booted)),
                    lacks => Err(TrialError::Lacks(lacks)),
                },
            },
        };
        Self::of(vm, result, total)
    }

    fn of(vm: &VmEntry, result: Result<Arc<Booted>, TrialError>, total: Duration) -> Self {
        let (name, kernel) = (vm.name.value.clone(), vm.kernel.value.clone());
        Self { name, vm: vm.table().clone(), kernel, runner: vm.runner.value, result, total }
    }
}

/// The first line in which a kernel complains of itself.
fn complaint(report: &BootReport) -> Option<String> {
    let lines = report.lines.iter().filter(|line| line.stream == Stream::Console);
    lines.filter_map(|line| kernel_boot::complaint(&line.text)).next().map(str::to_owned)
}

/// What a machine takes for itself while it runs.
fn taken(vm: &VmEntry) -> Vec<String> {
    let written =
        vm.devices.disks.iter().filter(|disk| disk.is_writable).filter_map(|disk| match &disk.contents {
            Contents::Image { path, .. } => Some(format!("disk {}", path.value)),
            Contents::Folder { .. } => None,
        });
    written.chain(vm.devices.vsock.iter().map(|id| format!("vsock {}", id.value))).collect()
}

/// Boots what was built, as many at a time as there are jobs; `done` hears of each as soon as it has ended.
pub(crate) fn side_by_side(
    vms: &[(&VmEntry, Result<VmParts, Arc<Error>>)],
    jobs: usize,
    boot: &(dyn Fn(&VmEntry, VmParts) -> Trial + Sync),
    done: &(dyn Fn(&Trial) + Sync),
) -> Vec<Trial> {
    let keys = vms.iter().flat_map(|(vm, _)| taken(vm));
    let alone: BTreeMap<String, Mutex<()>> = keys.map(|key| (key, Mutex::new(()))).collect();
    let next = AtomicUsize::new(0);
    let trials: Vec<Mutex<Option<Trial>>> = vms.iter().map(|_| Mutex::new(None)).collect();
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::SeqCst);
            let Some((vm, parts)) = vms.get(index) else { return };
            let trial = match parts {
                Err(error) => Trial::failed(vm, error),
                Ok(parts) => {
                    // In the order of the keys: nobody waits for somebody who waits.
                    let mut keys = taken(vm);
                    keys.sort();
                    keys.dedup();
                    let locks = keys.iter().filter_map(|key| alone.get(key));
                    let _held: Vec<_> =
                        locks.map(|lock| lock.lock().unwrap_or_else(PoisonError::into_inner)).collect();
                    boot(vm, parts.clone())
                }
            };
            done(&trial);
            trials[index].lock().unwrap_or_else(PoisonError::into_inner).replace(trial);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..jobs.min(vms.len()) {
            scope.spawn(work);
        }
        work();
    });
    trials
        .into_iter()
        .filter_map(|trial| trial.into_inner().unwrap_or_else(PoisonError::into_inner))
        .collect()
}
