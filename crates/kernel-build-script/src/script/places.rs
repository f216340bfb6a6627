//! Where things are, as far as a build script can find out.

use std::fs;
use std::path::{Path, PathBuf};

use kernel_launcher::Launcher;

use super::Error;
use super::directives::Directives;

/// The nearest manifest, from a folder upward.
pub(super) fn manifest(start: &Path) -> Result<PathBuf, Error> {
    for folder in start.ancestors() {
        let own = folder.join("Kernel.toml");
        if own.is_file() {
            return Ok(own);
        }
        let cargos = folder.join("Cargo.toml");
        let has_table = |text: String| {
            text.lines().any(|line| line.trim_start().starts_with("[workspace.metadata.kernel"))
        };
        if fs::read_to_string(&cargos).is_ok_and(has_table) {
            return Ok(cargos);
        }
    }
    Err(Error::NoManifest(start.to_owned()))
}

/// cargo's target directory.
///
/// Cargo does not say it; `OUT_DIR` is `<target>/[<triple>/]<profile>/build/<package>/out`, and cargo marks the folders that
/// it has made itself. Where it is a triple's, the script was compiled beside it, in `<target>/<profile>/build`.
pub(super) fn target_dir(directives: &Directives) -> Result<PathBuf, Error> {
    let out = out_dir(directives)?;
    let bad = Error::NotInCargo("OUT_DIR");
    let marked = out.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file());
    let above = marked.or_else(|| out.ancestors().nth(4)).ok_or(bad)?;
    let profile = out.ancestors().nth(3).and_then(Path::file_name).unwrap_or_default();
    let scripts = above.with_file_name(profile).join("build");
    let is_named = directives.variable_of_cargo("TARGET").is_some_and(|target| above.ends_with(target));
    let is_triple = is_named && (marked.is_none() || scripts.is_dir());
    Ok(if is_triple { above.parent().unwrap_or(above) } else { above }.to_owned())
}

/// Where the script writes.
pub(super) fn out_dir(directives: &Directives) -> Result<PathBuf, Error> {
    directives.variable_of_cargo("OUT_DIR").map(PathBuf::from).ok_or(Error::NotInCargo("OUT_DIR"))
}

/// The program that builds kernels; built where it is not there, in a target directory of its own: cargo holds the lock of
/// the one that it runs this script for.
pub(super) fn tool(target_dir: &Path, directives: &Directives) -> Result<PathBuf, Error> {
    if let Some(program) = directives.variable_of_cargo("CARGO_KERNEL") {
        return Ok(program.into());
    }
    Launcher::pinned(target_dir).cargo_kernel().map_err(Error::NoTool)
}
