//! The launcher `cargo xtask`, and the chores of this repository.
//!
//! ```text
//! cargo xtask kernel …  ──▶ launcher: is target/tool/cargo-kernel up to date? ── no ─▶ cargo build --profile tool
//!                                           └── yes ─▶ the process becomes cargo-kernel
//! cargo xtask kconfig-diff … ──▶ the same with kconf, which has the differential harness
//! cargo xtask test      ──▶ chores: host packages, formatting, lints, tidy, tests
//! ```
//!
//! It compiles in seconds, and must stay so: no C, no TLS, no derive macros. Everything that is heavy is in
//! `cargo-kernel`, which is optimised and built once.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a launcher starts processes and prints"
)]

mod bench;
mod chores;
mod launcher;
mod metadata;
mod tidy;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::{Result, bail};

const HELP: &str = "\
Builds, boots and tests Linux kernels as inputs of a Cargo workspace

Usage: cargo xtask <COMMAND>

Commands:
  kernel …        The tool itself: build, check, plan, boot … (see `cargo xtask kernel --help`)
  test            Everything that CI runs: formatting, lints, tidy, all tests, a real kernel built and booted
  docs            Writes what of docs/ is made from the program and its data
  tidy            The rules of the house that no compiler checks
  kconfig-diff …  A kernel tree's own conf against ours, byte for byte (see `cargo xtask kconfig-diff --help`)
  bench NAME      Measurements, as ratios within one run: boot, build, check, kconfig, launch, patch, source
  ci              What `.ci/run` calls: `test --setup --yes`, where a missing part of the machine is a failure

Options of `test`:
  --setup         Show the host packages that the tests need; with --yes install them
  -y, --yes       Do not ask
  --full          The long form: more runs of everything that could fail now and then

Options of `bench`:
  --pairs N       How many interleaved pairs to measure, or boots (default 3)
  --config PATH   The `.config` whose kernel `boot` compares with
  --kernel NAME   The kernel that `build` measures (default nested-host, the largest of this workspace)
  --parts LIST    What `build` measures (default clean,nothing,symbols,sibling,four)
  --draws N       How often `build` changes three symbols (default 10)
  --seed N        Which symbols those are (default 1)
  --tarball PATH  What `check` and `source` unpack (default /usr/src/linux-source-6.12.tar.xz)
  --tree PATH     The source tree that `kconfig` measures on (default: $KERNEL_TEST_SRCTREE_6_12)
";

fn main() -> ExitCode {
    match run(std::env::args_os().skip(1).collect()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            for cause in error.chain().skip(1) {
                eprintln!("  caused by: {cause}");
            }
            ExitCode::FAILURE
        }
    }
}

fn run(args: Vec<OsString>) -> Result<ExitCode> {
    if args.first().is_some_and(|first| first == "kernel") {
        return launcher::hand_over(&args);
    }
    if args.first().is_some_and(|first| first == "kconfig-diff") {
        return launcher::hand_over_to_kconf(&args);
    }
    let mut command = None;
    let mut options = chores::TestOptions::default();
    let mut pairs = 3;
    let (mut bench, mut tarball, mut config) = (None, None, None);
    let mut build = bench::build::Options::default();
    let mut tree = std::env::var_os("KERNEL_TEST_SRCTREE_6_12");
    let mut parser = lexopt::Parser::from_args(args);
    while let Some(arg) = parser.next()? {
        use lexopt::Arg::{Long, Short, Value};
        use lexopt::ValueExt as _;
        match arg {
            Short('h') | Long("help") => {
                print!("{HELP}");
                return Ok(ExitCode::SUCCESS);
            }
            Long("setup") => options.setup = true,
            Short('y') | Long("yes") => options.yes = true,
            Long("full") => options.full = true,
            Long("config") => config = Some(parser.value()?),
            Long("tarball") => tarball = Some(parser.value()?),
            Long("pairs") => pairs = parser.value()?.to_string_lossy().parse()?,
            Long("kernel") => build.kernel = parser.value()?.string()?,
            Long("parts") => build.parts = parser.value()?.string()?.split(',').map(str::to_owned).collect(),
            Long("draws") => build.draws = parser.value()?.string()?.parse()?,
            Long("seed") => build.seed = parser.value()?.string()?.parse()?,
            Long("tree") => tree = Some(parser.value()?),
            Value(word) if command.is_none() => command = Some(word.to_string_lossy().into_owned()),
            Value(word) if command.as_deref() == Some("bench") && bench.is_none() => {
                bench = Some(word.to_string_lossy().into_owned());
            }
            other => return Err(other.unexpected().into()),
        }
    }
    match (command.as_deref(), bench.as_deref()) {
        (Some("test"), _) => chores::test(&options)?,
        (Some("ci"), _) => {
            chores::test(&chores::TestOptions { setup: true, yes: true, require_all: true, ..options })?;
        }
        (Some("docs"), _) => chores::docs()?,
        (Some("tidy"), _) => tidy::run(&metadata::root()?)?,
        (Some("bench"), Some("boot")) => bench::boot(pairs, config)?,
        (Some("bench"), Some("build")) => {
            bench::build::run(&bench::build::Options { pairs, ..build })?;
        }
        (Some("bench"), Some("check")) => bench::check::run(pairs, tarball)?,
        (Some("bench"), Some("kconfig")) => match tree {
            Some(tree) => bench::kconfig::run(tree.as_ref(), pairs)?,
            None => bail!("no source tree; give one with `--tree PATH`"),
        },
        (Some("bench"), Some("launch")) => bench::launch()?,
        (Some("bench"), Some("patch")) => bench::patch(pairs)?,
        (Some("bench"), Some("source")) => bench::source(pairs, tarball)?,
        (Some("bench"), _) => {
            bail!(
                "expected the name of a bench: `boot`, `build`, `check`, `kconfig`, `launch`, `patch` or `source`"
            )
        }
        (Some(other), _) => bail!("unknown command `{other}`; see `cargo xtask --help`"),
        (None, _) => print!("{HELP}"),
    }
    Ok(ExitCode::SUCCESS)
}
