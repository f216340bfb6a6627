//! Why there is no source tree.

use kernel_host::AbsPath;
use kernel_host::apt::AptError;
use kernel_host::archive::ArchiveError;
use kernel_host::download::DownloadError;
use kernel_host::fs::FsError;
use kernel_host::lock::LockError;
use kernel_host::signature::SignatureError;
use kernel_spec::Sha256;

use crate::makefile::MakefileError;
use crate::origin::GitError;
use crate::patch::PatchError;

/// Why there is no source tree.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// Nothing says where the cache is.
    #[error(
        "no place for downloaded sources: neither `KERNEL_CACHE_DIR`, `XDG_CACHE_HOME` nor `HOME` is set"
    )]
    NoCache,
    /// The network would be needed.
    #[error("{} not in the cache, and `--offline` forbids to fetch {}", are(what), if what.len() == 1 { "it" } else { "them" })]
    Offline {
        /// What a person calls each of it.
        what: Vec<String>,
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
    /// The tree in the cache is of another tar file.
    #[error(
        "`{what}` was unpacked from a tar file with sha256 {found}: expected {expected}, as Kernel.lock pins it"
    )]
    OtherTar {
        /// What a person calls it.
        what: String,
        /// The digest of what was unpacked.
        found: Sha256,
        /// The digest in the lockfile.
        expected: Sha256,
    },
    /// A file of the vendored folder is another one.
    #[error("`{path}` of {what} has sha256 {found}: expected {expected}, as Kernel.lock pins it")]
    Vendored {
        /// What a person calls it.
        what: String,
        /// The file.
        path: AbsPath,
        /// Its digest.
        found: Sha256,
        /// The digest in the lockfile.
        expected: Sha256,
    },
    /// The origin does not have it any more.
    #[error("`{what}` is pinned and not to be had any more: {cause}")]
    Vanished {
        /// The source's name.
        name: String,
        /// What a person calls it.
        what: String,
        /// What the origin said.
        cause: String,
    },
    /// Keys are given, and there is no signature.
    #[error("found no signature of `{what}`, which `keys` demands{}", cause.as_ref().map(|cause| format!(": {cause}")).unwrap_or_default())]
    Unsigned {
        /// What a person calls it.
        what: String,
        /// What happened where it was looked for first.
        cause: Option<String>,
    },
    /// A signature is not good.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// A tree of the cache was changed.
    #[error("the tree of source `{name}` was touched since it was unpacked: {first} in `{tree}`")]
    Tampered {
        /// The source's name.
        name: String,
        /// The tree.
        tree: AbsPath,
        /// The first change.
        first: String,
    },
    /// The cache cannot be written.
    #[error("the cache cannot be used: {0}")]
    Cache(FsError),
    /// The cache is somebody else's.
    #[error(
        "the cache `{cache}` belongs to the user with the number {owner}, who could change what is built"
    )]
    ForeignCache {
        /// The cache.
        cache: AbsPath,
        /// Whose it is.
        owner: u32,
    },
    /// Two files of a kernel tree would be one.
    #[error(
        "the file system of the cache `{cache}` takes `a` and `A` for one name, and kernels have files that differ in case only"
    )]
    IgnoresCase {
        /// The cache.
        cache: AbsPath,
    },
    /// A patch does not apply, or cannot be read.
    #[error(transparent)]
    Patch(#[from] PatchError),
    /// The patched tree cannot be made.
    #[error("could not make the patched tree: {what}")]
    Patched {
        /// Why.
        what: String,
    },
    /// git did not answer.
    #[error(transparent)]
    Git(#[from] GitError),
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

/// `` `a` is ``, `` `a`, `b` and `c` are ``.
fn are(names: &[String]) -> String {
    match names {
        [first @ .., last] if !first.is_empty() => format!("`{}` and `{last}` are", first.join("`, `")),
        _ => format!("`{}` is", names.concat()),
    }
}

/// What helps where a file system is full.
const NO_SPACE: &str = "free some space (`kernel cache gc` removes what was not used lately), or name another place by \
                        `KERNEL_CACHE_DIR`";

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
            Self::Archive(ArchiveError::WrongTar { .. }) => {
                "restore Kernel.lock, or remove the source's entry from it if the manifest names another file now"
                    .into()
            }
            Self::Vendored { .. } => "restore that file, or make the folder again by `kernel vendor`".into(),
            Self::OtherTar { .. } => {
                "restore Kernel.lock, or run `kernel update` if you trust the origin".into()
            }
            Self::Vanished { name, .. } => format!(
                "run `kernel update {name}` to pin what the origin has now, or add `mirrors` or `origins` that still \
                 have it"
            ),
            Self::Unsigned { .. } => "without `keys` nothing is claimed about signatures".into(),
            Self::Tampered { name, .. } => format!(
                "`kernel verify-source {name}` lists all changes and, with `--repair`, unpacks the tree again; a tree \
                 that is yours to edit is `path = \"…\"`"
            ),
            Self::Cache(_) | Self::ForeignCache { .. } | Self::IgnoresCase { .. } => {
                "`KERNEL_CACHE_DIR` names another place".into()
            }
            Self::Archive(ArchiveError::NoSpace { .. }) | Self::Download(DownloadError::NoSpace { .. }) => NO_SPACE.into(),
            Self::Fs(error) if error.source.kind() == std::io::ErrorKind::StorageFull => NO_SPACE.into(),
            Self::Patch(error) => return error.hint(),
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
            Self::Archive(
                ArchiveError::NoSpace { .. } | ArchiveError::Cancelled { .. } | ArchiveError::Fs(_),
            ) => false,
            Self::Repinned { .. }
            | Self::OtherTar { .. }
            | Self::Vendored { .. }
            | Self::Unsigned { .. }
            | Self::Signature(_)
            | Self::Tampered { .. }
            | Self::Archive(_) => true,
            Self::Patch(PatchError::Other { .. }) => true,
            Self::Download(error) => wrong(error),
            _ => false,
        }
    }

    /// The error of a place that cannot be written.
    pub(super) fn cache(error: FsError) -> Self {
        Self::Cache(error)
    }

    /// The error of a commit that was pinned.
    pub(super) fn of_git(error: GitError, name: &str) -> Self {
        match error {
            GitError::Absent { ref reference, ref repository, .. } => Self::Vanished {
                name: name.to_owned(),
                what: format!("{repository} {reference}"),
                cause: error.to_string(),
            },
            other => Self::Git(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The others are caused by the suite; this one takes a file system that tests cannot count on.
    #[test]
    fn a_cache_without_cases() {
        let cache = AbsPath::new("/home/u/.cache/cargo-kernel").expect("absolute");
        let error = SourceError::IgnoresCase { cache };
        insta::assert_snapshot!(format!("{error}\n{}", error.hint().unwrap_or_default()), @"
        the file system of the cache `/home/u/.cache/cargo-kernel` takes `a` and `A` for one name, and kernels have files that differ in case only
        `KERNEL_CACHE_DIR` names another place
        ");
    }
}
