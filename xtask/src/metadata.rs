//! Where things are: the workspace, its target directory, cargo, and the packages of the workspace.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// The cargo that started this, or the one on PATH.
pub(crate) fn cargo() -> PathBuf {
    std::env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from)
}

/// The workspace's root.
pub(crate) fn root() -> Result<PathBuf> {
    // Cargo sets it for `cargo run`; a binary that is called by hand falls back on where it was compiled.
    let package = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    package.parent().map(Path::to_owned).context("xtask has no parent folder")
}

/// The target directory: where this very program lies (`<target>/debug/xtask`).
pub(crate) fn target_dir() -> Result<PathBuf> {
    let exe = std::env::current_exe().context("could not find out where xtask lies")?;
    exe.ancestors().nth(2).map(Path::to_owned).context("xtask does not lie in a target directory")
}

/// A package of this workspace, as `cargo metadata` has it.
pub(crate) struct Package {
    /// Its name.
    pub(crate) name: String,
    /// The folder of its manifest.
    pub(crate) folder: PathBuf,
    /// The names of all its dependencies, of every kind and platform.
    pub(crate) dependencies: Vec<String>,
}

/// The packages of the workspace.
pub(crate) fn packages(root: &Path) -> Result<Vec<Package>> {
    let output = Command::new(cargo())
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(root)
        .output()
        .context("could not start cargo")?;
    if !output.status.success() {
        bail!("`cargo metadata` failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    let metadata: Value = serde_json::from_slice(&output.stdout).context("`cargo metadata` gave no JSON")?;
    let text = |value: &Value| value.as_str().map(str::to_owned).context("`cargo metadata` lacks a name");
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    list(&metadata["packages"])
        .iter()
        .map(|package| {
            let manifest = PathBuf::from(text(&package["manifest_path"])?);
            let dependencies = list(&package["dependencies"]);
            Ok(Package {
                name: text(&package["name"])?,
                folder: manifest.parent().map(Path::to_owned).unwrap_or_default(),
                dependencies: dependencies.iter().map(|d| text(&d["name"])).collect::<Result<_>>()?,
            })
        })
        .collect()
}
