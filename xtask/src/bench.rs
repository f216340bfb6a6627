//! `cargo xtask bench`: measurements, as ratios against a peer in one run.
//!
//! | bench | ours | the peer |
//! |---|---|---|
//! | `build` | `kernel build guest` from an empty object tree | `make` on the same tree and `.config`, twice: its own spread |
//! | `kconfig` | the Kconfig engine, warm, cold and merging | `make olddefconfig`, `make …defconfig`, `merge_config.sh` |
//! | `patch` | a build after an edit of a patch | the first build of that kernel |
//! | `source` | `kernel fetch` of a tarball that is there, with an empty cache; then from another workspace | `tar xf` |
//! | `launch` | `cargo xtask kernel --version`, warm | the binary itself; and a cold `cargo xtask --help` |
//!
//! Rounds are interleaved, so that a machine that slows down slows both. CPU time is that of all ended children (user
//! and system), from `/proc/self/stat`: it tells what a build costs, whatever else the machine does.

pub(crate) mod kconfig;
mod patch;
mod source;

pub(crate) use patch::patch;
pub(crate) use source::source;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};

use crate::chores::succeed;
use crate::{launcher, metadata};

/// The kernel of this workspace's manifest that is measured, and what is made of it.
const KERNEL: &str = "guest";
const GOALS: [&str; 2] = ["vmlinux", "bzImage"];

/// CPU and wall time of one command, in seconds.
#[derive(Clone, Copy)]
struct Cost {
    cpu: f64,
    wall: f64,
}

/// A clean build through the tool, against bare `make`.
pub(crate) fn build(rounds: usize) -> Result<()> {
    let root = metadata::root()?;
    let tool = launcher::cargo_kernel()?;
    let kernels = metadata::target_dir()?.join("kernel");
    let quiet = |args: &[&str]| {
        let mut command = Command::new(&tool);
        command.args(["kernel", "--quiet"]).args(args).current_dir(&root).stdout(Stdio::null());
        command
    };
    succeed(&mut quiet(&["build", KERNEL]))?;
    let fetched =
        Command::new(&tool).args(["kernel", "--quiet", "fetch", KERNEL]).current_dir(&root).output()?;
    let fetched = String::from_utf8(fetched.stdout)?;
    let srctree = fetched.trim().split_once('\t').context("`kernel fetch` printed no tree")?.1.to_owned();
    let config = fs::read(kernels.join(KERNEL).join(".config")).context("no `.config` in the artifact")?;
    let bare_tree = metadata::target_dir()?.join("bench/bare");

    let bare = || -> Result<Cost> {
        let _ = fs::remove_dir_all(&bare_tree);
        fs::create_dir_all(&bare_tree)?;
        fs::write(bare_tree.join(".config"), &config)?;
        let jobs = std::thread::available_parallelism()?;
        let mut make = Command::new("make");
        make.args(["-C", &srctree, &format!("-j{jobs}"), "LOCALVERSION="]).args(GOALS);
        make.arg(format!("O={}", bare_tree.display())).stdout(Stdio::null()).stderr(Stdio::null());
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CARGO")) {
            make.env_remove(name);
        }
        cost(&mut make)
    };
    let ours = || -> Result<Cost> {
        let _ = fs::remove_dir_all(kernels.join(KERNEL));
        let _ = fs::remove_dir_all(kernels.join(".work").join(KERNEL).join("objtree"));
        cost(&mut quiet(&["build", KERNEL]))
    };
    let (mut against, mut spread) = (Vec::new(), Vec::new());
    println!(
        "kernel `{KERNEL}`, {} on {} cores; CPU seconds",
        GOALS.join(" "),
        std::thread::available_parallelism()?
    );
    for round in 1..=rounds {
        let (first, tool, second) = (bare()?, ours()?, bare()?);
        println!(
            "round {round}: make {:.1}   kernel build {:.1}   make {:.1}   (wall {:.1}, {:.1}, {:.1} s)",
            first.cpu, tool.cpu, second.cpu, first.wall, tool.wall, second.wall
        );
        against.push(tool.cpu / f64::midpoint(first.cpu, second.cpu));
        spread.push(second.cpu / first.cpu);
    }
    println!("kernel build / make: median {:.3}", median(&mut against));
    println!(
        "make / make:         median {:.3}, from {:.3} to {:.3}",
        median(&mut spread),
        spread[0],
        spread[rounds - 1]
    );

    let mut fresh: Vec<f64> =
        (0..10).map(|_| cost(&mut quiet(&["build", KERNEL])).map(|cost| cost.wall)).collect::<Result<_>>()?;
    println!("kernel build, nothing changed: median {:.1} ms", median(&mut fresh) * 1000.0);
    Ok(())
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
