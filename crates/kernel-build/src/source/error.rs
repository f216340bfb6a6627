//! Why there is no source tree.

use kernel_host::AbsPath;
use kernel_host::apt::AptError;
use kernel_host::archive::ArchiveError;
use kernel_host::download::DownloadError;
use kernel_host::fs::FsError;
use kernel_host::lock::LockError;
use kernel_spec::Sha256;

use crate::makefile::MakefileError;

/// Why there is no source tree.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// Nothing says where the cache is.
    #[error(
        "no place for downloaded sources: neither `KERNEL_CACHE_DIR`, `XDG_CACHE_HOME` nor `HOME` is set"
    )]
    NoCache,
    /// The network would be needed.
    #[error("`{what}` is not in the cache, and `--offline` forbids to fetch it")]
    Offline {
        /// What a person calls it.
        what: String,
    },
    /// A path that is no directory.
    #[error("source `{name}` is `{path}`, which is no directory")]
    NoDirectory {
        /// The source's name.
        name: String,
        /// The path.
        path: AbsPath,
    },
    /// A directory that is something else.
    #[error("`{tree}` is not a kernel source tree: it has no `Makefile`")]
    NoTree {
        /// The directory.
        tree: AbsPath,
    },
    /// A tree that kbuild refuses to build out of.
    #[error("the source tree `{tree}` was built in: it has `{found}`")]
    NotClean {
        /// The tree.
        tree: AbsPath,
        /// What an earlier build left.
        found: String,
        /// `make … mrproper`.
        command: String,
    },
    /// The origin has another file under the pinned version.
    #[error("`{what}` has sha256 {found}: expected {expected}, as Kernel.lock pins it")]
    Repinned {
        /// What a person calls it.
        what: String,
        /// The digest that the origin names.
        found: Sha256,
        /// The digest in the lockfile.
        expected: Sha256,
    },
    /// The tree's top Makefile says nothing that is a version.
    #[error("the version of `{tree}` cannot be read")]
    Makefile {
        /// The tree.
        tree: AbsPath,
        /// Why.
        source: MakefileError,
    },
    /// Another version than the manifest asks for.
    #[error("the tree of source `{name}` is version `{found}`, but `version` is `{requirement}` at {place}")]
    WrongVersion {
        /// The source's name.
        name: String,
        /// What the tree's Makefile says.
        found: String,
        /// The requirement, as written.
        requirement: String,
        /// Where it is written.
        place: String,
    },
    /// apt did not answer.
    #[error(transparent)]
    Apt(#[from] AptError),
    /// The download failed.
    #[error(transparent)]
    Download(#[from] DownloadError),
    /// The archive cannot be unpacked.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The cache's lock.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A file.
    #[error(transparent)]
    Fs(#[from] FsError),
}

impl SourceError {
    /// What to do about it.
    pub(crate) fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoCache => "set `KERNEL_CACHE_DIR`".into(),
            Self::Offline { .. } => "run `kernel fetch` with a network first".into(),
            Self::NotClean { command, .. } => format!("run `{command}`, or use a tree that was not built in"),
            Self::WrongVersion { requirement, found, .. } => {
                format!("`{requirement}` does not admit {found}: change `version`, or use another tree")
            }
            Self::Repinned { .. } => "if you trust the origin, remove the source's entry from Kernel.lock".into(),
            Self::Apt(AptError::VersionGone { .. }) => {
                "the distribution has moved on: run `kernel update`, or refresh the package lists with `--setup`".into()
            }
            Self::Apt(AptError::NoLists | AptError::UnknownPackage { .. }) => {
                "refresh the package lists: `--setup` does it".into()
            }
            _ => return None,
        })
    }

    /// Whether what was fetched is not what was promised.
    pub(crate) fn is_about_integrity(&self) -> bool {
        let wrong = |error: &DownloadError| {
            matches!(error, DownloadError::WrongSize { .. } | DownloadError::WrongDigest { .. })
        };
        match self {
            Self::Repinned { .. } | Self::Archive(_) => true,
            Self::Download(error) => wrong(error),
            _ => false,
        }
    }
}
