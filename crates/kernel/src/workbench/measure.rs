//! What a VM takes, measured by boots one at a time: side by side they would measure each other.

use kconfig::{DotConfig, Value};
use kernel_boot::{Inside, Nesting};
use kernel_build::{Freshness, VmParts, object_sizes};
use kernel_host::{AbsPath, fs};
use kernel_spec::VmEntry;

use super::Workbench;
use crate::boot::{Booted, Console, Manner};
use crate::budget::{BUDGET_FILE, Clock, Measured, Samples, Serial};
use crate::error::Error;

/// One boot of a measurement.
struct Boot {
    booted: Booted,
    inside: Inside,
}

impl Boot {
    /// Microseconds until the guest was ready: by its own clock, or by this machine's.
    fn time(&self, clock: Clock) -> Option<u64> {
        match clock {
            Clock::Guest => self.inside.clock.and_then(|time| u64::try_from(time.as_micros()).ok()),
            Clock::Host => self.vmm_time(),
        }
    }

    fn vmm_time(&self) -> Option<u64> {
        u64::try_from(self.booted.report.outcome.ready_after()?.as_micros()).ok()
    }
}

impl Workbench {
    /// Where accepted budgets are.
    pub fn budget_file(&self) -> AbsPath {
        self.loaded.workspace().root().join(BUDGET_FILE)
    }

    /// Boots what was built of a VM as often as its budget says, and measures what it takes; `None` where it has no budget.
    ///
    /// # Errors
    /// As a boot's; [`Error::Guest`] where one of the boots is not good.
    pub fn measure(
        &self,
        vm: &VmEntry,
        parts: &VmParts,
        nesting: Nesting,
    ) -> Result<Option<Measured>, Error> {
        let Some(budget) = &vm.budget else { return Ok(None) };
        let series = |console: Console| -> Result<Vec<Boot>, Error> {
            let boot = |_| {
                let booted =
                    self.boot_parts(vm, parts.clone(), nesting, Manner::Measured(console))?.verdict()?;
                let inside = Inside::of(&booted.report.lines);
                Ok(Boot { booted, inside })
            };
            (0..budget.runs).map(boot).collect()
        };
        let boots = series(Console::AsItIs)?;
        let clock =
            if boots.iter().all(|boot| boot.inside.clock.is_some()) { Clock::Guest } else { Clock::Host };
        let times = |boots: &[Boot]| Samples::of(boots.iter().filter_map(|boot| boot.time(clock)).collect());
        let is_quiet = vm.cmdline.value.split_ascii_whitespace().any(|word| word == "quiet");
        let silent = if is_quiet { None } else { times(&series(Console::Silent)?) };
        let (Some(boot_time), Some(last)) = (times(&boots), boots.last()) else { return Ok(None) };
        let memory = |boot: &Boot| vm.memory.value.0.checked_sub(boot.inside.available?);
        let said = boots.iter().map(|boot| boot.booted.report.bytes_before_ready());
        let report = &last.booted.report;
        Ok(Some(Measured {
            release: parts.artifact.release().to_owned(),
            vmm: report.vmm.clone(),
            accelerator: report.accelerator.to_string(),
            machine: processor(),
            clock,
            boot_time,
            vmm_time: Samples::of(boots.iter().filter_map(Boot::vmm_time).collect()).unwrap_or(boot_time),
            serial: Serial {
                bytes: Samples::of(said.collect()).map_or(0, |bytes| bytes.median),
                micros: silent.map(|silent| boot_time.median.saturating_sub(silent.median)),
            },
            image_size: boot_contract::image::size(&fs::read(&parts.image)?),
            memory: Samples::of(boots.iter().filter_map(memory).collect()),
            symbols: symbols(&parts.artifact.directory().join(".config"))?,
            folders: self.folders(parts)?,
        }))
    }

    /// The sizes of a kernel's objects by folder, where its object tree is what it was linked from.
    fn folders(&self, parts: &VmParts) -> Result<std::collections::BTreeMap<String, u64>, Error> {
        let objtree = self.loaded.workspace().work_dir(parts.artifact.name()).join("objtree");
        let is_its = !matches!(parts.artifact.freshness(), Freshness::Copied { .. });
        if is_its && fs::is_file(&objtree.join("vmlinux")) {
            Ok(object_sizes(&objtree)?)
        } else {
            Ok(Default::default())
        }
    }
}

/// What a `.config` sets.
fn symbols(path: &AbsPath) -> Result<std::collections::BTreeMap<String, String>, Error> {
    // What was built was read before.
    let config = DotConfig::parse(&fs::read_to_string(path)?).unwrap_or_default();
    let set = config.iter().filter(|(_, value)| **value != Value::N);
    Ok(set.map(|(symbol, value)| (symbol.as_str().to_owned(), value.to_string())).collect())
}

/// What this machine's processor says that it is; nothing where it does not.
fn processor() -> String {
    let text = AbsPath::new("/proc/cpuinfo").ok().and_then(|path| fs::read_to_string(&path).ok());
    let line = text.as_deref().and_then(|text| text.lines().find(|line| line.starts_with("model name")));
    line.and_then(|line| line.split_once(": "))
        .map_or_else(|| "an unnamed processor".to_owned(), |(_, name)| name.to_owned())
}
