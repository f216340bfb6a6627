//! Builds `cargo-kernel` when its sources changed, and hands over to it.
//!
//! Asking cargo whether a binary is fresh costs a tenth of a second, on each call. The launcher asks the files
//! instead: cargo writes beside the binary a list of every source that went into it (`cargo-kernel.d`), and a stamp
//! of ours has the time at which the last build began. Where a source is newer than the stamp, or is gone, cargo
//! decides.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::SystemTime;

use anyhow::{Context, Result, bail};

use crate::metadata;

/// The profile of the root manifest that the tool is built in, and its folder below the target directory.
const PROFILE: &str = "tool";

/// Makes sure that the binary is there and up to date; its path.
pub(crate) fn cargo_kernel() -> Result<PathBuf> {
    let root = metadata::root()?;
    let folder = metadata::target_dir()?.join(PROFILE);
    let binary = folder.join(format!("cargo-kernel{}", std::env::consts::EXE_SUFFIX));
    let stamp = folder.join(".cargo-kernel.stamp");
    if is_fresh(&binary, &stamp, &root) {
        return Ok(binary);
    }
    let began = SystemTime::now();
    let status = Command::new(metadata::cargo())
        .args(["build", "--quiet", "--package", "kernel-cli", "--bin", "cargo-kernel", "--profile", PROFILE])
        .arg("--target-dir")
        .arg(metadata::target_dir()?)
        .current_dir(&root)
        .status()
        .context("could not start cargo")?;
    if !status.success() {
        bail!("could not build `cargo-kernel`: cargo ended with {status}");
    }
    File::create(&stamp)
        .and_then(|file| file.set_modified(began))
        .with_context(|| format!("could not write `{}`", stamp.display()))?;
    Ok(binary)
}

/// Becomes `cargo-kernel`, with the same arguments.
pub(crate) fn hand_over(args: &[OsString]) -> Result<ExitCode> {
    become_program(&cargo_kernel()?, args)
}

/// Becomes `kconf`, which has the differential harness, with the same arguments; cargo decides whether it is fresh.
pub(crate) fn hand_over_to_kconf(args: &[OsString]) -> Result<ExitCode> {
    let target = metadata::target_dir()?;
    let status = Command::new(metadata::cargo())
        .args(["build", "--quiet", "--package", "kconf", "--profile", PROFILE, "--target-dir"])
        .arg(&target)
        .current_dir(metadata::root()?)
        .status()
        .context("could not start cargo")?;
    if !status.success() {
        bail!("could not build `kconf`: cargo ended with {status}");
    }
    let binary = target.join(PROFILE).join(format!("kconf{}", std::env::consts::EXE_SUFFIX));
    let mut args = args.to_owned();
    if !args.iter().any(|arg| arg == "--folder") {
        args.extend(["--folder".into(), target.join("kconfig-diff").into()]);
    }
    become_program(&binary, &args)
}

fn become_program(binary: &Path, args: &[OsString]) -> Result<ExitCode> {
    let mut command = Command::new(binary);
    command.args(args);
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        let error = command.exec();
        Err(error).with_context(|| format!("could not start `{}`", binary.display()))
    }
    #[cfg(not(unix))]
    {
        let status = command.status().with_context(|| format!("could not start `{}`", binary.display()))?;
        Ok(u8::try_from(status.code().unwrap_or(70)).unwrap_or(70).into())
    }
}

fn is_fresh(binary: &Path, stamp: &Path, root: &Path) -> bool {
    let modified = |path: &Path| fs::metadata(path).and_then(|meta| meta.modified()).ok();
    let (Some(built), true) = (modified(stamp), binary.is_file()) else { return false };
    let Ok(sources) = fs::read_to_string(binary.with_extension("d")) else { return false };
    let Ok(manifests) = manifests(root) else { return false };
    dep_info_sources(&sources)
        .into_iter()
        .chain(manifests)
        .all(|source| modified(&source).is_some_and(|time| time < built))
}

/// The manifests that decide what is compiled: they are not in the dep-info file.
fn manifests(root: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found =
        vec![root.join("Cargo.toml"), root.join("Cargo.lock"), root.join("kernel-spec/Cargo.toml")];
    for entry in fs::read_dir(root.join("crates"))? {
        found.push(entry?.path().join("Cargo.toml"));
    }
    found.retain(|path| path.is_file());
    Ok(found)
}

/// The right-hand side of a dep-info file: `TARGET: SOURCE SOURCE…`, spaces in names escaped with a backslash.
fn dep_info_sources(text: &str) -> Vec<PathBuf> {
    let Some((_, sources)) = text.lines().next().and_then(|line| line.split_once(": ")) else {
        return Vec::new();
    };
    sources
        .replace("\\ ", "\0")
        .split_ascii_whitespace()
        .map(|word| PathBuf::from(word.replace('\0', " ")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dep_info_names_every_source() {
        let text = "/t/tool/cargo-kernel: /w/a.rs /w/with\\ space/b.rs\n\n/w/a.rs:\n";
        assert_eq!(dep_info_sources(text), [PathBuf::from("/w/a.rs"), PathBuf::from("/w/with space/b.rs")]);
        assert_eq!(dep_info_sources(""), Vec::<PathBuf>::new());
    }

    #[test]
    fn a_newer_or_missing_source_is_not_fresh() {
        let root = std::env::temp_dir().join(format!("xtask-fresh-{}", std::process::id()));
        fs::create_dir_all(root.join("crates")).unwrap();
        let file = |name: &str, seconds: u64| {
            let path = root.join(name);
            let file = File::create(&path).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds)).unwrap();
            path
        };
        file("Cargo.toml", 5);
        let (binary, stamp, source) = (file("cargo-kernel", 20), file("stamp", 10), file("a.rs", 5));
        fs::write(root.join("cargo-kernel.d"), format!("x: {}\n", source.display())).unwrap();
        assert!(is_fresh(&binary, &stamp, &root));
        file("a.rs", 11);
        assert!(!is_fresh(&binary, &stamp, &root), "a source that changed while the last build ran");
        fs::remove_file(&source).unwrap();
        assert!(!is_fresh(&binary, &stamp, &root), "a source that is gone");
        file("a.rs", 5);
        file("Cargo.toml", 12);
        assert!(!is_fresh(&binary, &stamp, &root), "a manifest that changed");
        fs::remove_dir_all(&root).unwrap();
    }
}
