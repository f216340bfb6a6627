//! What a source was resolved to.

use std::fmt;

use crate::version::KernelVersion;
use crate::{GitReference, Sha256};

/// What a source was resolved to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourcePin {
    /// A package of a distribution.
    Deb {
        /// The package's name.
        package: String,
        /// The package's version: `6.12.117-1`.
        version: String,
        /// The kernel version that the package's version names, if it names one.
        kernelversion: Option<KernelVersion>,
        /// The file's name.
        file: String,
        /// The file's size in bytes.
        size: u64,
        /// The file's digest.
        sha256: Sha256,
        /// The digest of the uncompressed tar file in it, once it was unpacked.
        tar_sha256: Option<Sha256>,
    },
    /// A release of kernel.org.
    KernelOrg {
        /// The release.
        release: KernelVersion,
        /// The tarball's name.
        file: String,
        /// Its address, where it lies outside of the layout: release candidates.
        url: Option<String>,
        /// The tarball's digest.
        sha256: Sha256,
        /// The digest of the uncompressed tar file, once it was unpacked.
        tar_sha256: Option<Sha256>,
        /// What was signed, and by whose key.
        verified: Vec<String>,
    },
    /// A tarball.
    Url {
        /// The address.
        url: String,
        /// The file's digest.
        sha256: Option<Sha256>,
        /// The digest of the uncompressed tar file; one of the two is there.
        tar_sha256: Option<Sha256>,
        /// What was signed, and by whose key.
        verified: Vec<String>,
    },
    /// A commit.
    Git {
        /// The repository.
        git: String,
        /// What the manifest asked for.
        reference: GitReference,
        /// The commit's name.
        commit: String,
        /// The name of its tree, which is the digest of every file in it.
        tree: String,
        /// What its Makefile says.
        kernelversion: Option<KernelVersion>,
    },
}

impl SourcePin {
    /// The digest of the file that is fetched.
    pub fn sha256(&self) -> Option<Sha256> {
        match self {
            Self::Deb { sha256, .. } | Self::KernelOrg { sha256, .. } => Some(*sha256),
            Self::Url { sha256, .. } => *sha256,
            Self::Git { .. } => None,
        }
    }

    /// The digest of the uncompressed tar file, where it is known.
    pub fn tar_sha256(&self) -> Option<Sha256> {
        match self {
            Self::Deb { tar_sha256, .. }
            | Self::KernelOrg { tar_sha256, .. }
            | Self::Url { tar_sha256, .. } => *tar_sha256,
            Self::Git { .. } => None,
        }
    }

    /// The kernel version that is known without opening the file.
    pub fn kernelversion(&self) -> Option<&KernelVersion> {
        match self {
            Self::Deb { kernelversion, .. } | Self::Git { kernelversion, .. } => kernelversion.as_ref(),
            Self::KernelOrg { release, .. } => Some(release),
            Self::Url { .. } => None,
        }
    }

    /// What was signed, and by whose key.
    pub fn verified(&self) -> &[String] {
        match self {
            Self::KernelOrg { verified, .. } | Self::Url { verified, .. } => verified,
            Self::Deb { .. } | Self::Git { .. } => &[],
        }
    }

    /// The same pin with what the first unpacking told.
    ///
    /// A digest that is known already is not changed.
    #[must_use]
    pub fn with_learned(mut self, digest: Sha256, signed: &[String]) -> Self {
        match &mut self {
            Self::Deb { tar_sha256, .. } => drop(tar_sha256.get_or_insert(digest)),
            Self::KernelOrg { tar_sha256, verified, .. } | Self::Url { tar_sha256, verified, .. } => {
                tar_sha256.get_or_insert(digest);
                let new: Vec<String> = signed.iter().filter(|one| !verified.contains(one)).cloned().collect();
                verified.extend(new);
            }
            Self::Git { .. } => {}
        }
        self
    }
}

impl fmt::Display for SourcePin {
    /// `linux-source-6.12 6.12.117-1`, `kernel.org 6.12.30`, an address, or `linux.git 0123456789ab`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deb { package, version, .. } => write!(f, "{package} {version}"),
            Self::KernelOrg { release, .. } => write!(f, "kernel.org {release}"),
            Self::Url { url, .. } => f.write_str(url),
            Self::Git { git, commit, .. } => write!(f, "{git} {}", commit.get(..12).unwrap_or(commit)),
        }
    }
}
