//! Where exactly a source comes from, here and now: a pin of the lockfile with this workspace's addresses.

use kernel_host::AbsPath;
use kernel_spec::{KERNEL_ORG, Origin, Sha256, SourceEntry, SourcePin};

use crate::load::Loaded;
use crate::origin::kernel_org;

/// Where exactly a source comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pin {
    /// One file of a distribution's package.
    Deb {
        /// The package.
        package: String,
        /// Its version.
        version: String,
        /// The file's length in bytes.
        size: u64,
        /// The file's digest.
        sha256: Sha256,
        /// The digest of the uncompressed tar file in it, where it is known.
        tar_sha256: Option<Sha256>,
    },
    /// One tar file, at one address or several.
    Tarball {
        /// What a person calls it.
        label: String,
        /// The name of the file that `sha256` is of.
        file: String,
        /// Where it is, tried in order; compressed in whatever way.
        addresses: Vec<String>,
        /// The digest of the file; one of the two is there.
        sha256: Option<Sha256>,
        /// The digest of the uncompressed tar file.
        tar_sha256: Option<Sha256>,
    },
    /// One commit.
    Git {
        /// The repository: an address, or an absolute path.
        repository: String,
        /// The same as the manifest has it.
        written: String,
        /// What a person calls it.
        label: String,
        /// The commit.
        commit: String,
        /// Its tree.
        tree: String,
    },
    /// A tree of the user's own.
    Path {
        /// The tree.
        path: AbsPath,
    },
}

impl Pin {
    /// What a person calls it.
    pub fn label(&self) -> String {
        match self {
            Self::Deb { package, version, .. } => format!("{package} {version}"),
            Self::Tarball { label, .. } | Self::Git { label, .. } => label.clone(),
            Self::Path { path } => path.to_string(),
        }
    }

    /// The digest of the file that is fetched, where it is known.
    pub fn sha256(&self) -> Option<Sha256> {
        match self {
            Self::Deb { sha256, .. } => Some(*sha256),
            Self::Tarball { sha256, .. } => *sha256,
            Self::Git { .. } | Self::Path { .. } => None,
        }
    }

    /// The digest of the uncompressed tar file, where it is known.
    pub fn tar_sha256(&self) -> Option<Sha256> {
        match self {
            Self::Deb { tar_sha256, .. } | Self::Tarball { tar_sha256, .. } => *tar_sha256,
            Self::Git { .. } | Self::Path { .. } => None,
        }
    }

    /// Whether the same bytes come every time.
    pub fn is_pinned(&self) -> bool {
        !matches!(self, Self::Path { .. })
    }

    /// The identity of its contents, where the pin gives one.
    ///
    /// It is that of the file where the manifest or the origin names one: what is learned later changes nothing.
    pub(crate) fn identity(&self) -> String {
        match self {
            Self::Git { tree, .. } => format!("tree {tree}"),
            Self::Deb { .. } | Self::Tarball { .. } | Self::Path { .. } => {
                match (self.sha256(), self.tar_sha256()) {
                    (Some(digest), _) => format!("sha256 {digest}"),
                    (None, Some(digest)) => format!("tar-sha256 {digest}"),
                    (None, None) => String::new(),
                }
            }
        }
    }

    /// Makes a pin of a source's entry in the lockfile.
    pub(crate) fn of(loaded: &Loaded, source: &SourceEntry, pin: &SourcePin) -> Self {
        match pin.clone() {
            SourcePin::Deb { package, version, size, sha256, tar_sha256, .. } => {
                Self::Deb { package, version, size, sha256, tar_sha256 }
            }
            SourcePin::KernelOrg { ref release, ref file, url: elsewhere, sha256, tar_sha256, .. } => {
                let bases = kernel_org_bases(loaded, source);
                let named = bases.iter().map(|base| kernel_org::address(base, release, file));
                Self::Tarball {
                    label: format!("linux {release}"),
                    file: file.clone(),
                    addresses: elsewhere.into_iter().chain(named).collect(),
                    sha256: Some(sha256),
                    tar_sha256,
                }
            }
            SourcePin::Url { url, sha256, tar_sha256, .. } => {
                let mirrors = source.origins().find_map(|origin| match origin {
                    Origin::Url { url: this, mirrors, .. } if *this == url => Some(mirrors.clone()),
                    _ => None,
                });
                Self::Tarball {
                    label: url.clone(),
                    file: url.rsplit('/').next().unwrap_or(&url).to_owned(),
                    addresses: std::iter::once(url).chain(mirrors.unwrap_or_default()).collect(),
                    sha256,
                    tar_sha256,
                }
            }
            SourcePin::Git { ref git, ref commit, ref tree, .. } => Self::Git {
                repository: crate::origin::git::repository(loaded.workspace().root(), git),
                written: git.clone(),
                label: pin.to_string(),
                commit: commit.clone(),
                tree: tree.clone(),
            },
        }
    }
}

/// The base addresses of kernel.org for a source, in the order in which they are tried.
pub(crate) fn kernel_org_bases(loaded: &Loaded, source: &SourceEntry) -> Vec<String> {
    let manifest = source.origins().find_map(|origin| match origin {
        Origin::KernelOrg { bases } => Some(bases.clone()),
        _ => None,
    });
    let mut bases: Vec<String> = loaded.overrides().kernel_org.iter().cloned().collect();
    for base in manifest.unwrap_or_else(|| vec![KERNEL_ORG.to_owned()]) {
        if !bases.contains(&base) {
            bases.push(base);
        }
    }
    bases
}
