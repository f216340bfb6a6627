//! Where a source tree comes from, as a manifest says it.

use crate::Sha256;

/// The base address of kernel.org's releases.
pub const KERNEL_ORG: &str = "https://cdn.kernel.org/pub/linux/kernel";

/// Where a source tree comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `deb = "linux-source-6.12"`: a package of the machine's own distribution, found through apt.
    Deb {
        /// The package's name.
        package: String,
    },
    /// `version` alone, or `kernel-org = "…"`: a release, found by kernel.org's layout.
    KernelOrg {
        /// The base addresses, tried in order: `kernel-org`, then `mirrors`; the folder `v6.x` is below each.
        bases: Vec<String>,
    },
    /// `url = "…"` with `sha256 = "…"` or `tar-sha256 = "…"`: a tarball.
    Url {
        /// The address.
        url: String,
        /// The digest of the file at that address.
        sha256: Option<Sha256>,
        /// The digest of the uncompressed tar file.
        tar_sha256: Option<Sha256>,
        /// Other addresses of the same tar file, tried in order; compressed in whatever way.
        mirrors: Vec<String>,
    },
    /// `git = "…"` with `rev`, `tag` or `branch`: a commit of a repository.
    Git {
        /// The repository: an address, or a path relative to the manifest.
        git: String,
        /// Which commit.
        reference: GitReference,
    },
    /// `path = "…"`: a tree that the user edits; never written to; relative to the manifest.
    Path {
        /// The path as written.
        path: String,
    },
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Deb { package } => write!(f, "deb {package}"),
            Self::KernelOrg { bases } => match bases.first().map(String::as_str) {
                None | Some(KERNEL_ORG) => f.write_str("kernel.org"),
                Some(base) => f.write_str(base),
            },
            Self::Url { url, .. } => f.write_str(url),
            Self::Git { git, reference } => write!(f, "{git} {reference}"),
            Self::Path { path } => write!(f, "path {path}"),
        }
    }
}

/// Which commit of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GitReference {
    /// `rev`: a commit, by its whole name.
    Rev(String),
    /// `tag`.
    Tag(String),
    /// `branch`.
    Branch(String),
    /// None was written: what the repository's `HEAD` names.
    Head,
}

impl GitReference {
    /// The key in the manifest and its value.
    pub fn key(&self) -> Option<(&'static str, &str)> {
        match self {
            Self::Rev(rev) => Some(("rev", rev)),
            Self::Tag(tag) => Some(("tag", tag)),
            Self::Branch(branch) => Some(("branch", branch)),
            Self::Head => None,
        }
    }
}

impl std::fmt::Display for GitReference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.key() {
            Some((key, value)) => write!(f, "{key} {value}"),
            None => f.write_str("HEAD"),
        }
    }
}
