//! `kconf probes`: every probe of a tree, what it answered, and where that came from.

use std::io::{self, Write as _};
use std::process::ExitCode;

use kconfig_host::{Origin, load};

use crate::disk::{Cached, Disk};

/// Lists the probes that a parse asks for; kept answers that are not true are errors.
pub(crate) fn list(kconfig: &str, cached: Cached) -> Result<ExitCode, Vec<String>> {
    let disk = Disk::new(cached).map_err(|error| vec![error.to_string()])?;
    let Some(tree) = disk.tree() else { return Ok(ExitCode::SUCCESS) };
    load(tree, kconfig).map_err(|error| vec![error.to_string()])?;
    let mut out = io::stdout().lock();
    for probe in tree.probes() {
        let origin = match &probe.origin {
            Origin::RanUncached | Origin::RanFirst => "ran".to_owned(),
            Origin::RanAlways { reason } => format!("always runs, {reason}"),
            Origin::Cached => "kept".to_owned(),
        };
        let command = String::from_utf8_lossy(&probe.command);
        let answer = String::from_utf8_lossy(&probe.answer.stdout);
        let _ = writeln!(out, "{} = {} ({origin})", command.trim_end(), answer.trim_end());
    }
    match tree.finish() {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(mismatches) => Err(mismatches.iter().map(ToString::to_string).collect()),
    }
}
