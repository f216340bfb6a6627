//! `kernel-budget.json`: what was accepted, beside the manifest, for version control.
//!
//! Names and keys are in a stable order, one a line, so that a review shows what a change costs.

use std::collections::BTreeMap;

use kernel_host::AbsPath;
use kernel_host::fs::{self, FsError};
use kernel_spec::VmName;
use serde::{Deserialize, Serialize};

use super::{Clock, Measured, Samples, Serial};

/// The file's name.
pub const BUDGET_FILE: &str = "kernel-budget.json";

/// The version of its shape.
const SCHEMA: u32 = 1;

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BudgetFileError {
    /// It cannot be read or written.
    #[error(transparent)]
    Fs(#[from] FsError),
    /// It is not what this tool writes.
    #[error("`{path}` cannot be read: {reason}")]
    Broken {
        /// The file.
        path: AbsPath,
        /// What is wrong with it.
        reason: String,
    },
    /// A newer tool wrote it.
    #[error("`{path}` has schema {found}, expected {SCHEMA}")]
    Schema {
        /// The file.
        path: AbsPath,
        /// Its schema.
        found: u32,
    },
}

impl BudgetFileError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Fs(_) => None,
            Self::Broken { .. } => {
                Some("restore it, or delete it and run `kernel test --accept-budgets`".into())
            }
            Self::Schema { .. } => Some("use the version of this tool that wrote it, or a newer one".into()),
        }
    }
}

/// What was accepted, by VM.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accepted(pub BTreeMap<String, Measured>);

impl Accepted {
    /// Reads the file; nothing where there is none.
    ///
    /// # Errors
    /// [`BudgetFileError`].
    pub fn read(path: &AbsPath) -> Result<Self, BudgetFileError> {
        if !fs::is_file(path) {
            return Ok(Self::default());
        }
        let broken = |error: serde_json::Error| BudgetFileError::Broken {
            path: path.clone(),
            reason: error.to_string(),
        };
        let text = fs::read_to_string(path)?;
        let head: HeadWire = serde_json::from_str(&text).map_err(broken)?;
        if head.schema != SCHEMA {
            return Err(BudgetFileError::Schema { path: path.clone(), found: head.schema });
        }
        let file: FileWire = serde_json::from_str(&text).map_err(broken)?;
        Ok(Self(file.vms.into_iter().map(|(vm, wire)| (vm, wire.into())).collect()))
    }

    /// Takes what was measured in the place of what was there, and forgets VMs that are no more.
    pub fn put(
        &mut self,
        measured: impl IntoIterator<Item = (VmName, Measured)>,
        is_there: impl Fn(&str) -> bool,
    ) {
        self.0.retain(|vm, _| is_there(vm));
        self.0.extend(measured.into_iter().map(|(vm, measured)| (vm.to_string(), measured)));
    }

    /// The file's text.
    pub fn to_text(&self) -> String {
        let vms = self.0.iter().map(|(vm, measured)| (vm.clone(), measured.clone().into())).collect();
        // Strings and numbers become JSON.
        let text = serde_json::to_string_pretty(&FileWire { schema: SCHEMA, vms }).unwrap_or_default();
        text + "\n"
    }

    /// Writes the file, whole.
    ///
    /// # Errors
    /// [`BudgetFileError::Fs`].
    pub fn write(&self, path: &AbsPath) -> Result<(), BudgetFileError> {
        Ok(fs::write_atomic(path, self.to_text().as_bytes())?)
    }
}

/// What any version of the file has.
#[derive(Deserialize)]
struct HeadWire {
    schema: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct FileWire {
    schema: u32,
    vms: BTreeMap<String, VmWire>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct VmWire {
    kernelrelease: String,
    vmm: String,
    accelerator: String,
    machine: String,
    clock: ClockWire,
    boot_time_us: SamplesWire,
    vmm_time_us: SamplesWire,
    serial: SerialWire,
    image_size: u64,
    memory: Option<SamplesWire>,
    symbols: BTreeMap<String, String>,
    folders: BTreeMap<String, u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ClockWire {
    Guest,
    Host,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct SamplesWire {
    median: u64,
    low: u64,
    high: u64,
    runs: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct SerialWire {
    bytes: u64,
    us: Option<u64>,
}

impl From<SamplesWire> for Samples {
    fn from(SamplesWire { median, low, high, runs }: SamplesWire) -> Self {
        Self { median, low, high, runs }
    }
}

impl From<Samples> for SamplesWire {
    fn from(Samples { median, low, high, runs }: Samples) -> Self {
        Self { median, low, high, runs }
    }
}

impl From<VmWire> for Measured {
    fn from(wire: VmWire) -> Self {
        Self {
            release: wire.kernelrelease,
            vmm: wire.vmm,
            accelerator: wire.accelerator,
            machine: wire.machine,
            clock: match wire.clock {
                ClockWire::Guest => Clock::Guest,
                ClockWire::Host => Clock::Host,
            },
            boot_time: wire.boot_time_us.into(),
            vmm_time: wire.vmm_time_us.into(),
            serial: Serial { bytes: wire.serial.bytes, micros: wire.serial.us },
            image_size: wire.image_size,
            memory: wire.memory.map(Into::into),
            symbols: wire.symbols,
            folders: wire.folders,
        }
    }
}

impl From<Measured> for VmWire {
    fn from(measured: Measured) -> Self {
        Self {
            kernelrelease: measured.release,
            vmm: measured.vmm,
            accelerator: measured.accelerator,
            machine: measured.machine,
            clock: match measured.clock {
                Clock::Guest => ClockWire::Guest,
                Clock::Host => ClockWire::Host,
            },
            boot_time_us: measured.boot_time.into(),
            vmm_time_us: measured.vmm_time.into(),
            serial: SerialWire { bytes: measured.serial.bytes, us: measured.serial.micros },
            image_size: measured.image_size,
            memory: measured.memory.map(Into::into),
            symbols: measured.symbols,
            folders: measured.folders,
        }
    }
}
