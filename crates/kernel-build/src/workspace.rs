//! Where a workspace is, found without asking cargo.
//!
//! ```text
//! <root>/Kernel.toml                      or [workspace.metadata.kernel] in <root>/Cargo.toml, never both
//! <root>/Kernel.lock
//! <target>/kernel/                        <target> is cargo's target directory
//!   guest/                                the artifact, whole or absent
//!   .work/guest/                          lock, objtree/, configure/, build.log, state.json
//!   .init/                                cargo's target directory for what goes into kernels
//!   .vm/demo/                             what a boot needs and leaves
//! ```
//!
//! `cargo metadata` would say where the target directory is, and takes longer than a build with nothing to do. So the
//! places where cargo looks are read here, in its order: `CARGO_TARGET_DIR`, `CARGO_BUILD_TARGET_DIR`, `build.target-dir`
//! of each `.cargo/config.toml` from the current directory upward and of the one in cargo's home, `<root>/target`.
//!
//! Deliberately absent: `--config` of a cargo that runs this tool; cargo does not hand it on.

use std::path::Path;

use kernel_host::AbsPath;
use kernel_host::env::Env;
use kernel_host::fs::{self, FsError};
use kernel_spec::{KernelName, VmName};

/// The name of a manifest of its own.
pub const MANIFEST: &str = "Kernel.toml";
/// The name of the lockfile.
pub const LOCKFILE: &str = "Kernel.lock";

/// Why there is no workspace.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// No manifest in the current directory or above it.
    #[error("no `Kernel.toml` and no `[workspace.metadata.kernel]` in `{from}` or any directory above it")]
    NoManifest {
        /// Where the search began.
        from: AbsPath,
    },
    /// Two manifests.
    #[error("both `{kernel_toml}` and `[workspace.metadata.kernel]` of `{cargo_toml}` describe kernels")]
    TwoManifests {
        /// The one.
        kernel_toml: AbsPath,
        /// The other.
        cargo_toml: AbsPath,
    },
    /// A file of cargo's that is no TOML.
    #[error("`{path}` is no TOML: {reason}")]
    Toml {
        /// The file.
        path: AbsPath,
        /// What is wrong.
        reason: String,
    },
    /// A file could not be read.
    #[error(transparent)]
    Fs(#[from] FsError),
}

impl WorkspaceError {
    /// What to do about it.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::NoManifest { .. } => {
                Some("`cargo kernel init` writes a `Kernel.toml` beside the workspace's `Cargo.toml`".into())
            }
            Self::TwoManifests { .. } => Some("keep one of the two".into()),
            Self::Toml { .. } | Self::Fs(_) => None,
        }
    }
}

/// Which file describes the kernels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ManifestKind {
    /// `Kernel.toml`.
    KernelToml,
    /// `[workspace.metadata.kernel]` in `Cargo.toml`.
    CargoToml,
}

/// A workspace's places.
#[derive(Clone, Debug)]
pub struct Workspace {
    root: AbsPath,
    kind: ManifestKind,
    cargo_root: Option<AbsPath>,
    target_dir: AbsPath,
}

impl Workspace {
    /// Finds the workspace of the current directory.
    ///
    /// # Errors
    /// [`WorkspaceError`] where there is no manifest, or more than one.
    pub fn find(env: &Env) -> Result<Self, WorkspaceError> {
        let start = env.current_dir();
        let (root, kind) = find_manifest(start)?;
        let cargo_root = cargo_root(&root)?;
        let above = cargo_root.clone().unwrap_or_else(|| root.clone());
        if kind == ManifestKind::KernelToml && above != root && has_table(&above)? {
            let (kernel_toml, cargo_toml) = (root.join(MANIFEST), above.join("Cargo.toml"));
            return Err(WorkspaceError::TwoManifests { kernel_toml, cargo_toml });
        }
        let target_dir = match configured_target_dir(env)? {
            Some(directory) => directory,
            None => above.join("target"),
        };
        Ok(Self { root, kind, cargo_root, target_dir })
    }

    /// The directory of the manifest; its paths are relative to it.
    pub fn root(&self) -> &AbsPath {
        &self.root
    }

    /// The manifest's file.
    pub fn manifest(&self) -> AbsPath {
        self.root.join(match self.kind {
            ManifestKind::KernelToml => MANIFEST,
            ManifestKind::CargoToml => "Cargo.toml",
        })
    }

    /// Which file describes the kernels.
    pub fn manifest_kind(&self) -> ManifestKind {
        self.kind
    }

    /// The lockfile.
    pub fn lockfile(&self) -> AbsPath {
        self.root.join(LOCKFILE)
    }

    /// The root of the Cargo workspace, where there is one.
    pub fn cargo_root(&self) -> Option<&AbsPath> {
        self.cargo_root.as_ref()
    }

    /// cargo's target directory.
    pub fn target_dir(&self) -> &AbsPath {
        &self.target_dir
    }

    /// Everything that this tool makes for the workspace: `<target>/kernel`.
    pub fn output_dir(&self) -> AbsPath {
        self.target_dir.join("kernel")
    }

    /// The artifact of a kernel.
    pub fn artifact_dir(&self, kernel: &KernelName) -> AbsPath {
        self.output_dir().join(kernel.as_str())
    }

    /// Where a kernel is made.
    pub fn work_dir(&self, kernel: &KernelName) -> AbsPath {
        self.output_dir().join(".work").join(kernel.as_str())
    }

    /// Where cargo builds what goes into kernels.
    pub(crate) fn init_dir(&self) -> AbsPath {
        self.output_dir().join(".init")
    }

    /// What a boot of a VM needs and leaves.
    pub fn vm_dir(&self, vm: &VmName) -> AbsPath {
        self.output_dir().join(".vm").join(vm.as_str())
    }

    /// A path as it is shown to people: relative to the root where it is below it.
    pub fn show(&self, path: &AbsPath) -> String {
        match path.relative_to(&self.root) {
            Some(relative) if relative != Path::new("") => relative.display().to_string(),
            _ => path.to_string(),
        }
    }
}

/// A directory and those above it.
pub(crate) fn ancestors(start: &AbsPath) -> impl Iterator<Item = AbsPath> {
    std::iter::successors(Some(start.clone()), AbsPath::parent)
}

fn find_manifest(start: &AbsPath) -> Result<(AbsPath, ManifestKind), WorkspaceError> {
    for directory in ancestors(start) {
        let kernel_toml = directory.join(MANIFEST);
        match (fs::is_file(&kernel_toml), has_table(&directory)?) {
            (true, true) => {
                return Err(WorkspaceError::TwoManifests {
                    kernel_toml,
                    cargo_toml: directory.join("Cargo.toml"),
                });
            }
            (true, false) => return Ok((directory, ManifestKind::KernelToml)),
            (false, true) => return Ok((directory, ManifestKind::CargoToml)),
            (false, false) => {}
        }
    }
    Err(WorkspaceError::NoManifest { from: start.clone() })
}

/// Whether the `Cargo.toml` of a directory has `[workspace.metadata.kernel]`.
fn has_table(directory: &AbsPath) -> Result<bool, WorkspaceError> {
    let Some((path, text)) = read_if_there(directory.join("Cargo.toml"))? else { return Ok(false) };
    // Most have none, and then nothing is parsed.
    if !(text.contains("metadata") && text.contains("kernel")) {
        return Ok(false);
    }
    let table = parse(&path, &text)?;
    let metadata = table.get("workspace").and_then(|workspace| workspace.get("metadata"));
    Ok(metadata.and_then(|metadata| metadata.get("kernel")).is_some())
}

/// The directory of the nearest `Cargo.toml` with `[workspace]`, from a directory upward; else of the nearest one.
pub(crate) fn cargo_root(start: &AbsPath) -> Result<Option<AbsPath>, WorkspaceError> {
    let mut nearest = None;
    for directory in ancestors(start) {
        let Some((path, text)) = read_if_there(directory.join("Cargo.toml"))? else { continue };
        if text.contains("workspace") && parse(&path, &text)?.contains_key("workspace") {
            return Ok(Some(directory));
        }
        nearest.get_or_insert(directory);
    }
    Ok(nearest)
}

fn configured_target_dir(env: &Env) -> Result<Option<AbsPath>, WorkspaceError> {
    let named = ["CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR"].iter().find_map(|name| env.get_filled(name));
    if let Some(directory) = named {
        return Ok(Some(env.current_dir().join(directory)));
    }
    for (config, table) in cargo_configs(env)? {
        let value =
            table.get("build").and_then(|build| build.get("target-dir")).and_then(toml::Value::as_str);
        // Relative to the directory that holds `.cargo`.
        if let (Some(value), Some(base)) = (value, config.parent().and_then(|cargo| cargo.parent())) {
            return Ok(Some(base.join(value)));
        }
    }
    Ok(None)
}

/// cargo's configuration files, the nearest first.
pub(crate) fn cargo_configs(env: &Env) -> Result<Vec<(AbsPath, toml::Table)>, WorkspaceError> {
    let home = env.get_filled("CARGO_HOME").map(|home| env.current_dir().join(home));
    let home = home.or_else(|| AbsPath::new(env.get_filled("HOME")?).ok().map(|home| home.join(".cargo")));
    let mut directories: Vec<AbsPath> =
        ancestors(env.current_dir()).map(|above| above.join(".cargo")).collect();
    directories.extend(home.filter(|home| !directories.contains(home)));
    let mut found = Vec::new();
    for directory in directories {
        // cargo prefers the name without an extension where both are there.
        for name in ["config", "config.toml"] {
            if let Some((path, text)) = read_if_there(directory.join(name))? {
                let table = parse(&path, &text)?;
                found.push((path, table));
                break;
            }
        }
    }
    Ok(found)
}

fn read_if_there(path: AbsPath) -> Result<Option<(AbsPath, String)>, FsError> {
    if !fs::is_file(&path) {
        return Ok(None);
    }
    let text = fs::read_to_string(&path)?;
    Ok(Some((path, text)))
}

fn parse(path: &AbsPath, text: &str) -> Result<toml::Table, WorkspaceError> {
    let reason =
        |error: toml::de::Error| WorkspaceError::Toml { path: path.clone(), reason: error.message().into() };
    text.parse().map_err(reason)
}
