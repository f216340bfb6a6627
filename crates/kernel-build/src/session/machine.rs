//! What a machine has for a kernel, without building it.

use kernel_host::fs;
use kernel_spec::KernelName;

use super::Session;
use crate::error::BuildError;
use crate::event::Task;
use crate::host_tools::{self, Demand};
use crate::load::Loaded;
use crate::lock::Locked;
use crate::options::{Menu, Selection};
use crate::prepare::Work;
use crate::source;
use crate::toolchain::{Minima, Toolchain, ToolchainError};

/// The toolchain of a kernel against what is asked of it.
#[derive(Debug)]
pub struct CompilerReport {
    /// What was found, or why it will not do.
    pub toolchain: Result<Toolchain, ToolchainError>,
    /// What the source tree asks for, or what is known of its version; `None` where nothing is.
    pub minima: Option<Minima>,
    /// What the `.config` that was resolved last asks for beyond the tools of every kernel.
    pub demands: Vec<Demand>,
}

impl Session {
    /// Runs a menu of a kernel's tree on a copy of a `.config`, with this terminal; what the `.config` then is.
    ///
    /// # Errors
    /// Where the source cannot be had, or the menu fails.
    pub fn menu(
        &self,
        locked: &Locked,
        kernel: &KernelName,
        menu: Menu,
        config: &str,
    ) -> Result<String, BuildError> {
        let task = Task::Kernel(kernel.clone());
        self.unless_stopped(|| self.pipeline(locked, kernel, &task)?.menu(menu, config))
    }

    /// Looks at the toolchain of a kernel; fetches nothing where the session is offline.
    ///
    /// # Errors
    /// [`BuildError`] where the manifest has no such kernel, or a file cannot be read.
    pub fn compiler_report(
        &self,
        loaded: &Loaded,
        kernel: &KernelName,
    ) -> Result<CompilerReport, BuildError> {
        let entry = loaded.kernel(kernel)?;
        // A source that is not pinned yet is no failure of the machine.
        let locked = self.lock(loaded.clone(), &Selection::Kernels(vec![kernel.clone()])).ok();
        let name = entry.compilers.as_ref().map(|name| &name.value);
        let mut report = CompilerReport {
            toolchain: Toolchain::find(entry.arch.value, name, &self.env, &self.cancel),
            minima: None,
            demands: Vec::new(),
        };
        if let Some(locked) = &locked {
            let (_, pin) = locked.pin(&entry.source.value)?;
            report.minima = Minima::of_tree(&source::known(&pin, &self.env)?.tree);
            let config = Work::of(locked, kernel).directory.join(crate::configure::RESOLVED);
            let config =
                fs::read_to_string(&config).ok().and_then(|text| kconfig::DotConfig::parse(&text).ok());
            report.demands = config.as_ref().map(host_tools::demanded).unwrap_or_default();
        }
        // Of a tree that is not there yet, what its version is known to ask for.
        let version = || {
            let source = loaded.spec().sources.get(&entry.source.value)?;
            Some(Minima::of_version(&source.version.as_ref()?.value.to_string()))
        };
        report.minima = report.minima.or_else(version);
        let minima = report.minima.clone().unwrap_or_default();
        report.toolchain = report.toolchain.and_then(|toolchain| {
            toolchain.check_pins(entry)?;
            toolchain.check(&minima)?;
            Ok(toolchain)
        });
        Ok(report)
    }
}
