//! A VM on trial: booted, judged, and its kernel's complaints counted.
//!
//! | it fails where | |
//! |---|---|
//! | it cannot be built, or the boot cannot be tried | [`Error`] |
//! | the boot is not good | [`kernel_boot::Outcome`] |
//! | the guest's kernel warned of itself | its first words, see [`complaint`] |
//! | it lacks what it has to have, as it looks from inside | see [`inside`] |
//!
//! Deliberately absent: what a kernel says that its `cmdline` keeps it from saying (`quiet`: warnings).

pub(crate) mod inside;

use std::time::Duration;

use kernel_boot::{BootReport, Stream};
use kernel_host::clock::Stopwatch;
use kernel_spec::VmName;

use crate::boot::Booted;
use crate::error::Error;

/// How a trial went.
#[derive(Debug)]
pub struct Trial {
    /// The VM.
    pub vm: VmName,
    /// What came of it.
    pub result: Result<Booted, TrialError>,
    /// All that it took, building included.
    pub total: Duration,
}

/// Why a trial failed.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// Nothing was booted, or the boot is not good.
    #[error(transparent)]
    Failed(Error),
    /// The boot is good, and the guest's kernel complained of itself.
    #[error("the guest's kernel complained: `{0}`")]
    Complaint(String),
    /// The boot is good, and the guest lacks what it has to have.
    #[error("{}", .0.join("; "))]
    Lacks(Vec<String>),
}

impl Trial {
    /// One that could not begin.
    pub fn failed(vm: &VmName, error: Error) -> Self {
        Self { vm: vm.clone(), result: Err(TrialError::Failed(error)), total: Duration::ZERO }
    }

    /// Boots, and judges.
    pub(crate) fn of(
        vm: &VmName,
        boot: impl FnOnce() -> Result<Booted, Error>,
        lacks: impl FnOnce(&Booted) -> Vec<String>,
    ) -> Self {
        let watch = Stopwatch::start();
        let result = match boot().and_then(Booted::verdict) {
            Err(error) => Err(TrialError::Failed(error)),
            Ok(booted) => match complaint(&booted.report) {
                Some(line) => Err(TrialError::Complaint(line)),
                None => match lacks(&booted) {
                    lacks if lacks.is_empty() => Ok(booted),
                    lacks => Err(TrialError::Lacks(lacks)),
                },
            },
        };
        Self { vm: vm.clone(), result, total: watch.elapsed() }
    }
}

/// The first line in which a kernel complains of itself.
fn complaint(report: &BootReport) -> Option<String> {
    let lines = report.lines.iter().filter(|line| line.stream == Stream::Console);
    lines.filter_map(|line| kernel_boot::complaint(&line.text)).next().map(str::to_owned)
}
