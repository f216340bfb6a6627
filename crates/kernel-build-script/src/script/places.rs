//! Where things are, as far as a build script can find out.

use std::fs;
use std::path::{Path, PathBuf};

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
/// Cargo does not say it; `OUT_DIR` is `<target>/[<triple>/]<profile>/build/<package>/out`, and cargo marks the folder that
/// it has made itself.
pub(super) fn target_dir(directives: &Directives) -> Result<PathBuf, Error> {
    let out = out_dir(directives)?;
    if let Some(marked) = out.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file()) {
        return Ok(marked.to_owned());
    }
    let above = out.ancestors().nth(4).ok_or(Error::NotInCargo("OUT_DIR"))?;
    let is_triple = directives.variable_of_cargo("TARGET").is_some_and(|target| above.ends_with(target));
    Ok(if is_triple { above.parent().unwrap_or(above) } else { above }.to_owned())
}

/// Where the script writes.
pub(super) fn out_dir(directives: &Directives) -> Result<PathBuf, Error> {
    directives.variable_of_cargo("OUT_DIR").map(PathBuf::from).ok_or(Error::NotInCargo("OUT_DIR"))
}

/// Where launchers leave the program, below the target directory.
const OF_LAUNCHERS: [&str; 2] = ["cargo-kernel/tool", "tool"];

/// The program that builds kernels.
pub(super) fn tool(target_dir: &Path, directives: &Directives) -> Option<PathBuf> {
    if let Some(program) = directives.variable_of_cargo("CARGO_KERNEL") {
        return Some(program.into());
    }
    let name = format!("cargo-kernel{}", std::env::consts::EXE_SUFFIX);
    let path = directives.variable_of_cargo("PATH").unwrap_or_default();
    let folders = OF_LAUNCHERS.map(|folder| target_dir.join(folder)).into_iter();
    let mut programs = folders.chain(std::env::split_paths(&path)).map(|folder| folder.join(&name));
    programs.find(|program| program.is_file())
}
