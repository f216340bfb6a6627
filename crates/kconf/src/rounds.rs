//! `kconf rounds`: the engine measured in one process.
//!
//! Each round does what a warm run does, the process apart: opens the tree, takes its meaning from the snapshot once
//! everything has been found unchanged, reads a `.config`, settles it, and has the bytes of the new one.

use std::fs;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Instant;

use kconfig::config_file::{Reader, UnknownSymbols, config};
use kconfig::eval::Evaluator;
use kconfig_host::load;

use crate::disk::{Cached, Disk};

/// Prints the medians in milliseconds: `restore`, `resolve`, `both`.
pub(crate) fn measure(rounds: &str, kconfig: &str, file: &str) -> Result<ExitCode, Vec<String>> {
    let one = |error: &dyn std::fmt::Display| vec![error.to_string()];
    let rounds: usize = rounds.parse().map_err(|error| one(&error))?;
    let text = fs::read(file).map_err(|error| one(&error))?;
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    let mut written = None;
    // The first round parses, unless another run has, and warms up.
    for round in 0..=rounds {
        let began = Instant::now();
        let disk = Disk::new(Cached::Used).map_err(|error| one(&error))?;
        let Some(tree) = disk.tree() else { return Ok(ExitCode::SUCCESS) };
        let loaded = load(tree, kconfig).map_err(|error| one(&error))?;
        let restored = began.elapsed();
        let mut evaluator = Evaluator::new(&loaded.model);
        Reader { file, prefix: "CONFIG_", unknown: UnknownSymbols::Ignored }.read(&text, &mut evaluator);
        evaluator.settle();
        let bytes = config(&mut evaluator, "CONFIG_");
        let both = began.elapsed();
        if written.get_or_insert_with(|| bytes.clone()) != &bytes {
            return Err(vec!["two rounds wrote different bytes".to_owned()]);
        }
        if round == 0 {
            let _ = tree.finish();
            continue;
        }
        if !tree.was_restored() {
            return Err(vec!["nothing to restore: the tree has changed within the last seconds".to_owned()]);
        }
        for (times, time) in times.iter_mut().zip([restored, both - restored, both]) {
            times.push(time.as_secs_f64() * 1000.0);
        }
    }
    let mut out = io::stdout().lock();
    for (name, times) in ["restore", "resolve", "both"].iter().zip(&mut times) {
        times.sort_by(f64::total_cmp);
        let _ = writeln!(out, "{name} {:.2}", times.get(times.len() / 2).copied().unwrap_or_default());
    }
    Ok(ExitCode::SUCCESS)
}
