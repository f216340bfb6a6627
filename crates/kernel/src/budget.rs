//! What a VM takes, held against what was accepted.
//!
//! ```text
//! boots, one at a time ──▶ Measured ─┬─ judge(budget, accepted) ──▶ Judged: a line for each figure, what changed since
//!                                    └─ Accepted::put ──▶ kernel-budget.json
//! ```
//!
//! | figure | measured by |
//! |---|---|
//! | `boot-time` | the guest's monotonic clock when its init is ready; of a guest that does not tell it, this machine's, from the start of the VMM |
//! | `image-size` | the bytes that are loaded of an ELF image, the file of any other |
//! | `memory` | the machine's memory that is not available when the init is ready |
//! | `symbols` | the `.config`: `y` and `m` |
//!
//! Medians are compared, and times only with times of the same machine, VMM and accelerator. A time is over its limit where the
//! median is, and even the fastest boot was slower than the accepted median: one slow boot is no regression.
//!
//! Deliberately absent: how boots are run; printing.

mod file;
mod judge;

use std::collections::BTreeMap;

use kernel_spec::VmName;

pub use file::{Accepted, BUDGET_FILE, BudgetFileError};
pub use judge::{Judged, Line, Verdict, judge};

/// Values of one thing, measured several times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Samples {
    /// The middle one; of two, the lower.
    pub median: u64,
    /// The least.
    pub low: u64,
    /// The greatest.
    pub high: u64,
    /// How many there are.
    pub runs: u64,
}

impl Samples {
    /// Of values; `None` where there are none.
    pub fn of(mut values: Vec<u64>) -> Option<Self> {
        values.sort_unstable();
        let median = *values.get(values.len().checked_sub(1)? / 2)?;
        let (low, high) = (*values.first()?, *values.last()?);
        Some(Self { median, low, high, runs: values.len() as u64 })
    }
}

/// Whose clock measured how long a boot took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// The guest's monotonic one, which begins when its kernel keeps time.
    Guest,
    /// This machine's, from the start of the VMM.
    Host,
}

impl Clock {
    /// Its name in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Guest => "guest",
            Self::Host => "host",
        }
    }
}

/// What the serial console costs a boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Serial {
    /// What was said before the init was ready, in bytes.
    pub bytes: u64,
    /// By how much boots that say nothing are faster, in microseconds; absent where the guest is `quiet` anyway.
    pub micros: Option<u64>,
}

/// What was measured of a VM, or accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured {
    /// Its kernelrelease.
    pub release: String,
    /// Its VMM, with its version where it tells one.
    pub vmm: String,
    /// What ran the guest's instructions.
    pub accelerator: String,
    /// The processor of this machine.
    pub machine: String,
    /// Whose clock measured the time to boot.
    pub clock: Clock,
    /// Microseconds until the init was ready.
    pub boot_time: Samples,
    /// The same on this machine's clock, from the start of the VMM.
    pub vmm_time: Samples,
    /// What of it is the console's.
    pub serial: Serial,
    /// Bytes.
    pub image_size: u64,
    /// Bytes; absent where the guest does not tell.
    pub memory: Option<Samples>,
    /// What the `.config` sets, without `CONFIG_`; those that are `n` are not among them.
    pub symbols: BTreeMap<String, String>,
    /// Bytes of objects by folder of the source; empty where the kernel was not compiled in this workspace.
    pub folders: BTreeMap<String, u64>,
}

impl Measured {
    /// The symbols that are `y` or `m`.
    pub fn enabled(&self) -> u64 {
        self.symbols.values().filter(|value| matches!(value.as_str(), "y" | "m")).count() as u64
    }
}

/// A VM with a budget, and what it takes.
pub type MeasuredVm = (VmName, Measured);

#[cfg(test)]
mod tests;
