//! Why a package has no executable.

use kernel_host::AbsPath;
use kernel_host::fs::FsError;
use kernel_host::process::ProcessError;

use crate::workspace::WorkspaceError;

/// Why a package has no executable.
#[derive(Debug, thiserror::Error)]
pub enum CargoError {
    /// There is no Cargo workspace.
    #[error("package `{package}` is to be built, but there is no `Cargo.toml` at `{root}` or above it")]
    NoWorkspace {
        /// The package.
        package: String,
        /// Where the manifest is.
        root: AbsPath,
    },
    /// cargo failed; its own words were shown.
    #[error("cargo could not build {packages}: {status}")]
    Failed {
        /// The packages, in backticks.
        packages: String,
        /// How it ended.
        status: String,
        /// The command line.
        command: String,
        /// The last lines, where nothing looked like a diagnostic.
        words: Vec<String>,
    },
    /// cargo built, but made no such program.
    #[error("package `{package}` has no program `{bin}`")]
    NoExecutable {
        /// The package.
        package: String,
        /// The program.
        bin: String,
    },
    /// cargo does not say what the host is.
    #[error("`{command}` names no host")]
    NoHost {
        /// The command line.
        command: String,
    },
    /// One of cargo's files.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    /// cargo could not be run.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// A file.
    #[error(transparent)]
    Fs(#[from] FsError),
}

impl CargoError {
    /// What to do about it.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Process(ProcessError::Missing { .. }) => {
                Some("install Rust's `cargo`, or set `CARGO`".into())
            }
            Self::NoExecutable { .. } => Some("name the program with `bin` beside `package`".into()),
            _ => None,
        }
    }

    /// Lines to show below the message.
    pub(crate) fn details(&self) -> Vec<String> {
        match self {
            Self::Failed { words, .. } => words.clone(),
            _ => Vec::new(),
        }
    }
}
