//! Hands over to the programs of this workspace, built when their sources changed.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use kernel_launcher::{Launcher, become_program};

use crate::metadata;

fn launcher() -> Result<Launcher> {
    Ok(Launcher::of_checkout(&metadata::root()?, &metadata::target_dir()?))
}

/// Makes sure that the binary is there and up to date; its path.
pub(crate) fn cargo_kernel() -> Result<PathBuf> {
    Ok(launcher()?.cargo_kernel()?)
}

/// Becomes `cargo-kernel`, with the same arguments.
pub(crate) fn hand_over(args: &[OsString]) -> Result<ExitCode> {
    Ok(launcher()?.become_it(args)?)
}

/// Becomes `kconf`, which has the differential harness, with the same arguments.
pub(crate) fn hand_over_to_kconf(args: &[OsString]) -> Result<ExitCode> {
    let program = launcher()?.program("kconf", "kconf")?;
    let mut args = args.to_owned();
    if !args.iter().any(|arg| arg == "--folder") {
        args.extend(["--folder".into(), metadata::target_dir()?.join("kconfig-diff").into()]);
    }
    Ok(become_program(&program, &args)?)
}
