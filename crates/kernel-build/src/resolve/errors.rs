//! Why the engine cannot resolve.

use kernel_host::AbsPath;
use kernel_host::fs::FsError;
use kernel_host::process::ProcessError;

/// Why the engine cannot resolve.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// The tree's Kconfig files are not Kconfig, or ask for what this machine does not have.
    #[error("the Kconfig files of {tree} cannot be used{}", .said.iter().map(|line| format!("\n  {line}")).collect::<String>())]
    Kconfig {
        /// The tree.
        tree: AbsPath,
        /// What `conf` would have said, each with its file and line.
        said: Vec<String>,
    },
    /// The `.config` would not be text.
    #[error("the Kconfig files of {tree} make a `.config` that is not UTF-8")]
    NotText {
        /// The tree.
        tree: AbsPath,
    },
    /// A base that the tree does not have.
    #[error("there is no `{name}` in {folder}")]
    NoBase {
        /// `x86_64_defconfig`.
        name: String,
        /// Where the tree has them.
        folder: AbsPath,
        /// What there is.
        known: Vec<String>,
    },
    /// A target whose recipe is another than the known ones.
    #[error("{makefile} makes `{target}` in a way that is not known")]
    Recipe {
        /// The target.
        target: String,
        /// Where its recipe stands.
        makefile: AbsPath,
    },
    /// Somebody asked to stop.
    #[error("interrupted")]
    Cancelled,
    /// A thread could not be started.
    #[error("a thread with a stack for deep expressions cannot be started: {0}")]
    Thread(std::io::Error),
    /// A program that tells its version could not be run.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// A file.
    #[error(transparent)]
    Fs(#[from] FsError),
}

impl ResolveError {
    pub(super) fn kconfig(tree: &AbsPath, said: Vec<String>) -> Self {
        Self::Kconfig { tree: tree.clone(), said }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoBase { name, known, .. } => {
                let nearest = known.iter().min_by_key(|known| strsim::osa_distance(name, known))?;
                Some(if strsim::osa_distance(name, nearest) <= 3 {
                    format!("did you mean `{nearest}`?")
                } else {
                    format!("there is `{}`", known.join("`, `"))
                })
            }
            Self::Recipe { .. } => Some("`--kconfig=tree` has make follow it".into()),
            _ => None,
        }
    }
}
