//! Releases of kernel.org, or of whoever has its layout.
//!
//! ```text
//! <base>/v6.x/sha256sums.asc               the digests of all tarballs of 6.x, clearsigned
//! <base>/v6.x/linux-6.12.30.tar.xz
//! <base>/v6.x/linux-6.12.30.tar.sign       a signature over the uncompressed tar file
//! https://www.kernel.org/releases.json     the newest of each series, release candidates, ends of life
//! ```
//!
//! The checksum file decides what there is; the list of releases tells of ends of life and of release candidates, which
//! lie elsewhere and have no checksums: one is fetched when it is pinned. For another base than kernel.org's own, the list
//! is looked for above `pub/linux/kernel`, and may be missing.

use kernel_host::cancel::Cancel;
use kernel_host::digest::sha256_file;
use kernel_host::download::{self, DownloadError, Request};
use kernel_host::env::Env;
use kernel_host::fs::{self, FsError};
use kernel_host::signature::{self, Keyring, SignatureError};
use kernel_spec::version::{KernelVersion, VersionReq};
use kernel_spec::{KERNEL_ORG, Sha256, SourcePin};

use super::releases::{self, Life, Release, Tarball};
use crate::event::Voice;
use crate::source::{DOWNLOADS, scratch};

/// Why kernel.org gave no pin.
#[derive(Debug, thiserror::Error)]
pub enum KernelOrgError {
    /// It has no such release.
    #[error("found no release of `{requirement}` at `{base}`{}", newest.as_ref().map(|newest| format!("; its newest is {newest}")).unwrap_or_default())]
    NoRelease {
        /// What the manifest asks for.
        requirement: String,
        /// Where it was looked for.
        base: String,
        /// The newest release that is there.
        newest: Option<KernelVersion>,
    },
    /// A file of it is not what it should be.
    #[error("could not understand `{address}`: {reason}")]
    Answer {
        /// The file.
        address: String,
        /// What the parser said.
        reason: String,
    },
    /// A signature is not good.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// The server could not be asked.
    #[error(transparent)]
    Download(#[from] DownloadError),
    /// A file.
    #[error(transparent)]
    Fs(#[from] FsError),
}

/// The address of a file of a release.
pub(crate) fn address(base: &str, release: &KernelVersion, file: &str) -> String {
    let (major, minor) = release.series();
    // The folder of the 2.x series has the name of the last of them.
    let folder = if major < 3 { format!("v{major}.{minor}") } else { format!("v{major}.x") };
    format!("{base}/{folder}/{file}")
}

/// Somebody who asks.
pub(crate) struct KernelOrg<'a> {
    pub(crate) env: &'a Env,
    pub(crate) cancel: &'a Cancel,
    pub(crate) voice: Voice<'a>,
    /// Whom a source trusts; empty where it names nobody.
    pub(crate) keyring: &'a Keyring,
}

/// The checksum file of a folder.
struct Sums {
    tarballs: Vec<Tarball>,
    /// Who signed it, where the source trusts that one.
    signed: Option<String>,
}

/// The newest release that fits, and whether its series goes on.
pub(crate) struct Newest {
    pub(crate) pin: SourcePin,
    pub(crate) life: Life,
}

impl KernelOrg<'_> {
    /// Asks one base after another for the newest release that fits.
    pub(crate) fn newest(
        &self,
        bases: &[String],
        requirement: &VersionReq,
    ) -> Result<Newest, KernelOrgError> {
        let mut last = None;
        for base in bases {
            match self.newest_at(base, requirement) {
                Err(error @ (KernelOrgError::Download(_) | KernelOrgError::NoRelease { .. })) => {
                    if let Some(before) = last.replace(error) {
                        self.voice.note(before.to_string());
                    }
                }
                other => return other,
            }
        }
        Err(last.unwrap_or_else(|| KernelOrgError::NoRelease {
            requirement: requirement.to_string(),
            base: KERNEL_ORG.to_owned(),
            newest: None,
        }))
    }

    fn newest_at(&self, base: &str, requirement: &VersionReq) -> Result<Newest, KernelOrgError> {
        let list = self.list(base)?;
        let mut newest: Option<KernelVersion> = None;
        for major in majors(requirement, &list) {
            let Some(Sums { tarballs, signed }) = self.sums(base, major)? else { continue };
            newest = newest.max(tarballs.iter().map(|tarball| tarball.version.clone()).max());
            let fitting = tarballs.into_iter().filter(|tarball| requirement.matches(&tarball.version));
            if let Some(Tarball { version, file, sha256 }) = fitting.max_by(|a, b| a.version.cmp(&b.version))
            {
                let life = releases::life(&list, &version);
                let pin = SourcePin::KernelOrg {
                    release: version,
                    file,
                    url: None,
                    sha256,
                    tar_sha256: None,
                    verified: signed.into_iter().collect(),
                };
                return Ok(Newest { pin, life });
            }
        }
        let candidates = list.iter().filter(|release| requirement.matches(&release.version));
        let candidate =
            candidates.filter(|release| release.version.rc().is_some() && release.source.is_some());
        match candidate.max_by(|a, b| a.version.cmp(&b.version)) {
            Some(candidate) => self.candidate(candidate),
            None => Err(KernelOrgError::NoRelease {
                requirement: requirement.to_string(),
                base: base.to_owned(),
                newest,
            }),
        }
    }

    /// Reads the list of releases; empty where a mirror has none.
    fn list(&self, base: &str) -> Result<Vec<Release>, KernelOrgError> {
        let address = if base == KERNEL_ORG {
            "https://www.kernel.org/releases.json".to_owned()
        } else {
            format!("{}/releases.json", base.strip_suffix("/pub/linux/kernel").unwrap_or(base))
        };
        match self.text(&address) {
            Ok(text) => releases::parse_list(&text)
                .map_err(|reason| KernelOrgError::Answer { address: address.clone(), reason }),
            Err(KernelOrgError::Download(error)) => {
                self.voice.note(format!("no list of releases: {error}"));
                Ok(Vec::new())
            }
            Err(error) => Err(error),
        }
    }

    /// Reads the checksum file of a folder, and who signed it where the source trusts that one.
    fn sums(&self, base: &str, major: u32) -> Result<Option<Sums>, KernelOrgError> {
        let address = format!("{base}/v{major}.x/sha256sums.asc");
        let text = match self.text(&address) {
            Ok(text) => text,
            Err(KernelOrgError::Download(DownloadError::Status { status: 403 | 404 | 410, .. })) => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let (sums, signed) = match self.keyring.clearsigned(&address, &text) {
            Ok((sums, signer)) => (sums, Some(format!("sha256sums.asc by {signer}"))),
            // The tarball has a signature of its own: who signs the list need not be trusted.
            Err(SignatureError::UnknownIssuer { .. } | SignatureError::Malformed { .. }) => {
                (signature::unverified(&address, &text)?, None)
            }
            Err(error) => return Err(error.into()),
        };
        Ok(Some(Sums { tarballs: releases::parse_sums(&sums), signed }))
    }

    /// Fetches a release candidate, which nobody publishes a digest of.
    fn candidate(&self, release: &Release) -> Result<Newest, KernelOrgError> {
        let url = release.source.clone().unwrap_or_default();
        let file = url.rsplit('/').next().unwrap_or_default().to_owned();
        self.voice.started("Fetching", format!("linux {}, to pin what it is", release.version));
        let temp = scratch(self.env)?;
        let dest = temp.path().join(&file);
        let request = Request { url: url.clone(), dest: dest.clone(), size: None, sha256: None };
        download::fetch(&request, self.env, self.cancel, &mut |_| {})?;
        let sha256 = Sha256(sha256_file(&dest)?);
        if let Some(cache) = self.env.cache_dir() {
            let place = cache.join(DOWNLOADS).join(sha256.to_string());
            fs::create_dir_all(&place)?;
            fs::rename(&dest, &place.join(&file))?;
        }
        let pin = SourcePin::KernelOrg {
            release: release.version.clone(),
            file,
            url: Some(url),
            sha256,
            tar_sha256: None,
            verified: Vec::new(),
        };
        Ok(Newest { pin, life: Life::Maintained })
    }

    fn text(&self, url: &str) -> Result<String, KernelOrgError> {
        let temp = scratch(self.env)?;
        let dest = temp.path().join("answer");
        let request = Request { url: url.to_owned(), dest: dest.clone(), size: None, sha256: None };
        download::fetch(&request, self.env, self.cancel, &mut |_| {})?;
        Ok(fs::read_to_string(&dest)?)
    }
}

/// The folders to look into, the newest first: what the requirement names, and what is above it.
fn majors(requirement: &VersionReq, list: &[Release]) -> Vec<u32> {
    let named = requirement.majors();
    let lowest = named.iter().min().copied().unwrap_or(0);
    let mut majors: Vec<u32> = list.iter().map(|release| release.version.series().0).collect();
    majors.retain(|major| *major >= lowest);
    majors.extend(named);
    majors.sort_unstable();
    majors.dedup();
    majors.reverse();
    majors
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_follow_the_layout() {
        let at = |version: &str, file: &str| address("https://k", &version.parse().expect("a version"), file);
        assert_eq!(at("6.12.30", "linux-6.12.30.tar.xz"), "https://k/v6.x/linux-6.12.30.tar.xz");
        assert_eq!(at("2.6.39", "linux-2.6.39.tar.xz"), "https://k/v2.6/linux-2.6.39.tar.xz");
    }

    #[test]
    fn folders_are_those_that_may_have_it() {
        let list = ["6.17.9", "5.15.1", "7.0"].map(|version| Release {
            version: version.parse().expect("a version"),
            is_eol: false,
            source: None,
        });
        let of = |requirement: &str| majors(&requirement.parse().expect("a requirement"), &list);
        assert_eq!(of("6.12"), [7, 6]);
        assert_eq!(of(">=5.10, <6.13"), [7, 6, 5]);
        assert_eq!(of("*"), [7, 6, 5]);
    }
}
