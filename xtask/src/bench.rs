//! `cargo xtask bench`: measurements, as ratios against a peer in one run.
//!
//! | bench | ours | the peer |
//! |---|---|---|
//! | `boot` | a kernel of the profiles `firecracker`, `fast-boot` and `small` | a kernel of a complete `.config` |
//! | `build` | `kernel build` with nothing changed, three symbols changed, from nothing, from a sibling, of four kernels | `make` on the same tree and `.config`, twice: its own spread |
//! | `check` | `kernel check` of 600 requests over 40 fragments | `merge_config.sh` |
//! | `kconfig` | the Kconfig engine, warm, cold and merging | `make olddefconfig`, `make …defconfig`, `merge_config.sh` |
//! | `patch` | a build after an edit of a patch | the first build of that kernel |
//! | `source` | `kernel fetch` of a tarball that is there, with an empty cache; then from another workspace | `tar xf` |
//! | `launch` | `cargo xtask kernel --version`, warm | the binary itself; and a cold `cargo xtask --help` |
//!
//! Rounds are interleaved, so that a machine that slows down slows both. CPU time is that of all ended children (user
//! and system), from `/proc/self/stat`: it tells what a build costs, whatever else the machine does.

mod boot;
pub(crate) mod build;
pub(crate) mod check;
pub(crate) mod kconfig;
mod patch;
mod source;

pub(crate) use boot::run as boot;
pub(crate) use patch::patch;
pub(crate) use source::source;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};

use crate::{launcher, metadata};

/// CPU and wall time of one command, in seconds.
#[derive(Clone, Copy)]
struct Cost {
    cpu: f64,
    wall: f64,
}

/// What the launcher costs: cold, and beside the binary that it starts.
pub(crate) fn launch() -> Result<()> {
    let root = metadata::root()?;
    let cold_dir = metadata::target_dir()?.join("bench/cold");
    let _ = fs::remove_dir_all(&cold_dir);
    let mut cold = Command::new(metadata::cargo());
    cold.args(["run", "--quiet", "--package", "xtask", "--", "--help"]).current_dir(&root);
    let cold = cost(cold.env("CARGO_TARGET_DIR", &cold_dir).stdout(Stdio::null()))?;
    println!("cargo xtask --help, cold: {:.1} s wall, {:.1} s CPU", cold.wall, cold.cpu);

    let tool = launcher::cargo_kernel()?;
    let (mut through, mut alone) = (Vec::new(), Vec::new());
    for _ in 0..20 {
        let mut launcher = Command::new(metadata::cargo());
        launcher.args(["xtask", "kernel", "--version"]).current_dir(&root).stdout(Stdio::null());
        through.push(cost(&mut launcher)?.wall);
        alone.push(cost(Command::new(&tool).args(["kernel", "--version"]).stdout(Stdio::null()))?.wall);
    }
    let (through, alone) = (median(&mut through) * 1000.0, median(&mut alone) * 1000.0);
    println!("cargo xtask kernel --version, warm: median {through:.1} ms; the binary itself {alone:.1} ms");
    Ok(())
}

/// Runs a command to its end; its failure is an error.
fn cost(command: &mut Command) -> Result<Cost> {
    let (began, before) = (Instant::now(), children_cpu_seconds()?);
    let status = command.status().with_context(|| format!("could not start {command:?}"))?;
    ensure!(status.success(), "{command:?} ended with {status}");
    Ok(Cost { cpu: children_cpu_seconds()? - before, wall: began.elapsed().as_secs_f64() })
}

/// User and system time of all children that ended and were waited for (proc(5): fields 16 and 17 of `stat`).
fn children_cpu_seconds() -> Result<f64> {
    const TICKS_PER_SECOND: f64 = 100.0; // USER_HZ, part of Linux's ABI on every architecture that we run on
    let stat = fs::read_to_string(Path::new("/proc/self/stat")).context("benches read `/proc`")?;
    let fields: Vec<&str> =
        stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_ascii_whitespace().collect();
    let [Some(user), Some(system)] = [fields.get(13), fields.get(14)] else {
        bail!("`/proc/self/stat` is short")
    };
    Ok((user.parse::<f64>()? + system.parse::<f64>()?) / TICKS_PER_SECOND)
}

/// Sorts, and takes the middle.
fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
