//! The archive of a source: in the cache, in the vendored folder, or from the network.

use kernel_host::apt::{self, AptError};
use kernel_host::digest::sha256_file;
use kernel_host::download::{self, DownloadError, Request};
use kernel_host::{AbsPath, Progress, fs};
use kernel_spec::{Sha256, SourceEntry};

use super::cached::{Cached, File};
use super::{DOWNLOADS, Fetcher, SourceError};
use crate::event::Unit;
use crate::options::Network;
use crate::patch::PatchPart;
use crate::pin::Pin;

impl Fetcher<'_> {
    /// The folder that `kernel vendor` made, where the manifest names one.
    pub(super) fn vendor(self) -> Option<AbsPath> {
        let loaded = self.locked.loaded();
        loaded.spec().vendor.as_ref().map(|folder| loaded.workspace().root().join(&folder.value))
    }

    pub(super) fn need_network(self, what: &str) -> Result<(), SourceError> {
        match self.options.network {
            Network::Online => Ok(()),
            Network::Offline => Err(SourceError::Offline { what: vec![what.to_owned()] }),
        }
    }

    /// What of sources and of patches is not on this machine.
    pub(crate) fn missing(
        self,
        sources: &[(&SourceEntry, Pin)],
        patches: &[&PatchPart],
    ) -> Result<Vec<String>, SourceError> {
        let mut missing = Vec::new();
        for (_, pin) in sources {
            let cached = Cached::of(pin, self.env)?;
            let is_here = match pin {
                Pin::Path { .. } => true,
                _ if cached.is_whole() => true,
                Pin::Git { repository, commit, .. } => self.local_git(repository, commit)?.is_some(),
                _ => self.local(pin, &cached)?.is_some(),
            };
            missing.extend((!is_here).then(|| pin.label()));
        }
        for part in patches {
            missing.extend(self.missing_patch(part)?);
        }
        Ok(missing)
    }

    /// Makes one of the archives that a source can be unpacked from be on disk.
    pub(super) fn archive(
        self,
        source: &SourceEntry,
        pin: &Pin,
        cached: &Cached,
    ) -> Result<AbsPath, SourceError> {
        if let Some(path) = self.local(pin, cached)? {
            return Ok(path);
        }
        let what = pin.label();
        self.need_network(&what)?;
        let name = source.name.value.to_string();
        let mut failed: Option<SourceError> = None;
        for file in &cached.files {
            match self.download(pin, file, &what) {
                Ok(()) => return Ok(file.path.clone()),
                Err(error) if self.cancel.requested() => return Err(error),
                Err(error) => {
                    if cached.files.len() > 1 {
                        self.voice.warning(error.to_string(), None);
                    }
                    // That something is wrong says more than that something is missing.
                    if failed
                        .as_ref()
                        .is_none_or(|first| error.is_about_integrity() && !first.is_about_integrity())
                    {
                        failed = Some(error);
                    }
                }
            }
        }
        Err(match failed {
            Some(SourceError::Download(error @ DownloadError::Status { status: 403 | 404 | 410, .. })) => {
                SourceError::Vanished { name, what, cause: error.to_string() }
            }
            Some(SourceError::Apt(error @ AptError::VersionGone { .. })) => {
                SourceError::Vanished { name, what, cause: error.to_string() }
            }
            Some(error) => error,
            None => SourceError::Vanished { name, what, cause: "it has no address".to_owned() },
        })
    }

    /// An archive that is on this machine already.
    pub(super) fn local(self, pin: &Pin, cached: &Cached) -> Result<Option<AbsPath>, SourceError> {
        let vendor = self.vendor();
        for file in &cached.files {
            let vendored = vendor.as_ref().map(|vendor| vendor.join(DOWNLOADS).join(&file.below));
            if let Some(path) = vendored.filter(fs::is_file) {
                match digest_of(&path, file)? {
                    Ok(()) => return Ok(Some(path)),
                    Err((found, expected)) => {
                        return Err(SourceError::Vendored { what: pin.label(), path, found, expected });
                    }
                }
            }
            if !fs::is_file(&file.path) {
                continue;
            }
            if digest_of(&file.path, file)?.is_ok() {
                return Ok(Some(file.path.clone()));
            }
            self.forget(&file.path)?;
        }
        Ok(None)
    }

    /// Removes a file of the cache that is not what was downloaded.
    pub(super) fn forget(self, path: &AbsPath) -> Result<(), SourceError> {
        self.voice.warning(format!("`{path}` is not what was downloaded: it is fetched again"), None);
        Ok(fs::remove_file(path)?)
    }

    fn download(self, pin: &Pin, file: &File, what: &str) -> Result<(), SourceError> {
        let (url, size) = match (pin, &file.address) {
            (_, Some(address)) => (address.clone(), None),
            (Pin::Deb { package, version, sha256, .. }, None) => {
                let answer = apt::resolve(package, Some(version), self.env, self.cancel)?;
                if answer.sha256 != sha256.0 {
                    let (what, found) = (what.to_owned(), Sha256(answer.sha256));
                    return Err(SourceError::Repinned { what, found, expected: *sha256 });
                }
                (answer.url, Some(answer.size))
            }
            (_, None) => return Ok(()),
        };
        self.voice.started("Fetching", what);
        let bar = self.voice.bar("Fetching", short(what), Unit::Bytes);
        let sha256 = file.sha256.map(|digest| digest.0);
        let request = Request { url, dest: file.path.clone(), size, sha256 };
        let mut progress = |progress: Progress| bar.at(progress.done, progress.total, "");
        download::fetch(&request, self.env, self.cancel, &mut progress)?;
        Ok(())
    }
}

/// What stands beside a bar: an address has been told in full, and would leave no room for the speed.
pub(super) fn short(what: &str) -> &str {
    what.rsplit('/').next().unwrap_or(what)
}

/// Compares a file with its digest; the inner error holds both.
fn digest_of(path: &AbsPath, file: &File) -> Result<Result<(), (Sha256, Sha256)>, SourceError> {
    // Where only the tar file in it is known, unpacking will judge.
    let Some(expected) = file.sha256 else { return Ok(Ok(())) };
    let found = Sha256(sha256_file(path)?);
    Ok(if found == expected { Ok(()) } else { Err((found, expected)) })
}
