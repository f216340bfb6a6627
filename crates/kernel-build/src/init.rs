//! A workspace that has no kernel yet.
//!
//! ```text
//! Ground::find ─▶ root, packages ─ Starter ─▶ Ground::write ─▶ Kernel.toml, .cargo/config.toml, .gitignore
//! ```
//!
//! Invariant: a manifest that is there is never overwritten, and everything is looked at before anything is written.

use cargo_metadata::{Metadata, TargetKind};
use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::env::Env;
use kernel_host::fs::{self, FsError};
use kernel_host::process::{Command, ProcessError};
use kernel_spec::starter::{Starter, with_alias, with_ignored};

use crate::alongside::environment;
use crate::workspace::{MANIFEST, Workspace, WorkspaceError, cargo_root};

/// The alias by which a package `xtask` is started.
const ALIAS: (&str, &str) = ("xtask", "run --quiet --package xtask --");

/// Why a workspace cannot be given a kernel.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// It has one.
    #[error("`{0}` describes kernels already")]
    Manifest(AbsPath),
    /// There is no Cargo package or workspace.
    #[error("no `Cargo.toml` in `{0}` or above it")]
    NoWorkspace(AbsPath),
    /// No such package.
    #[error("the workspace has no package `{found}` with a program")]
    NoPackage {
        /// What was asked for.
        found: String,
        /// The packages that there are.
        known: Vec<String>,
    },
    /// A file of cargo's configuration.
    #[error("`{path}` is not TOML: {reason}")]
    Toml {
        /// The file.
        path: AbsPath,
        /// Why not.
        reason: String,
    },
    /// cargo cannot say which packages there are.
    #[error(transparent)]
    Cargo(#[from] ProcessError),
    /// It said something that cannot be read.
    #[error("`cargo metadata` said something that cannot be read: {0}")]
    Metadata(String),
    /// A workspace that cannot be read.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    /// A file.
    #[error(transparent)]
    Fs(#[from] FsError),
}

impl InitError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Manifest(_) => Some("nothing is overwritten; add a `[kernel.NAME]` to it".into()),
            Self::NoWorkspace(_) => Some("`cargo init` makes one".into()),
            Self::NoPackage { found, known } => {
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                match kernel_spec::nearest(found, known.iter().copied()) {
                    Some(name) => Some(format!("did you mean `{name}`?")),
                    None if known.is_empty() => None,
                    None => Some(format!("there is `{}`", known.join("`, `"))),
                }
            }
            _ => None,
        }
    }
}

/// A Cargo workspace without kernels.
#[derive(Clone, Debug)]
pub struct Ground {
    /// Its root.
    pub root: AbsPath,
    /// Its packages that have a program, by name.
    pub packages: Vec<String>,
    has_xtask: bool,
}

/// What was done to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The file.
    pub path: AbsPath,
    /// What of it is new.
    pub what: &'static str,
}

impl Ground {
    /// Finds the workspace of the current directory.
    ///
    /// # Errors
    /// [`InitError`] where there is none, or it has kernels.
    pub fn find(env: &Env, cancel: &Cancel) -> Result<Self, InitError> {
        match Workspace::find(env) {
            Ok(workspace) => return Err(InitError::Manifest(workspace.manifest())),
            Err(WorkspaceError::NoManifest { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        let none = || InitError::NoWorkspace(env.current_dir().clone());
        let root = cargo_root(env.current_dir())?.ok_or_else(none)?;
        let mut command = Command::new(environment::cargo(env));
        command.args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(&root);
        environment::clean(&mut command, env);
        let said = command.checked_output(cancel)?.stdout;
        let metadata: Metadata =
            serde_json::from_str(&said).map_err(|error| InitError::Metadata(error.to_string()))?;
        let programs = metadata
            .packages
            .iter()
            .filter(|package| package.targets.iter().any(|target| target.kind.contains(&TargetKind::Bin)));
        let names: Vec<String> = programs.map(|package| package.name.to_string()).collect();
        let (xtask, packages): (Vec<_>, Vec<_>) = names.into_iter().partition(|name| name == "xtask");
        Ok(Self { root, packages, has_xtask: !xtask.is_empty() })
    }

    /// A package that was asked for.
    ///
    /// # Errors
    /// [`InitError::NoPackage`].
    pub fn package(&self, name: &str) -> Result<String, InitError> {
        let (found, known) = (name.to_owned(), self.packages.clone());
        if known.contains(&found) { Ok(found) } else { Err(InitError::NoPackage { found, known }) }
    }

    /// Writes the manifest, cargo's alias where there is a package `xtask` without one, and what git must not see.
    ///
    /// # Errors
    /// [`InitError`]; then nothing is written that could not be.
    pub fn write(&self, starter: &Starter) -> Result<Vec<Written>, InitError> {
        let read =
            |path: &AbsPath| if fs::is_file(path) { fs::read_to_string(path) } else { Ok(String::new()) };
        let manifest = self.root.join(MANIFEST);
        if fs::exists(&manifest) {
            return Err(InitError::Manifest(manifest));
        }
        let mut files = vec![(manifest, starter.manifest(), "a kernel")];
        if self.has_xtask {
            let path = self.root.join(".cargo/config.toml");
            let text = with_alias(&read(&path)?, ALIAS.0, ALIAS.1).map_err(|error| InitError::Toml {
                path: path.clone(),
                reason: error.message().to_owned(),
            })?;
            files.extend(text.map(|text| (path, text, "the alias `xtask`")));
        }
        let path = self.root.join(".gitignore");
        files.extend(with_ignored(&read(&path)?).map(|text| (path, text, "what git must not see")));
        let mut written = Vec::new();
        for (path, text, what) in files {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(&folder)?;
            }
            fs::write_atomic(&path, text.as_bytes())?;
            written.push(Written { path, what });
        }
        Ok(written)
    }
}
