//! Signatures of tarballs, where a source names keys.

use std::io::Read;
use std::sync::OnceLock;

use kernel_host::archive::Witness;
use kernel_host::download::{self, DownloadError, Request};
use kernel_host::fs;
use kernel_host::signature::{Detached, Keyring};
use kernel_spec::SourceEntry;

use super::cached::{Cached, File, file_of, split};
use super::{DOWNLOADS, Fetcher, SourceError};
use crate::load::Loaded;
use crate::pin::Pin;

/// What the file of a signature over an uncompressed tar file ends with: kernel.org's way, and a usual one.
const ENDINGS: [&str; 3] = [".tar.sign", ".tar.asc", ".tar.sig"];

/// Reads the certificates that a source trusts; nobody where it names none.
pub(crate) fn keyring(loaded: &Loaded, source: &SourceEntry) -> Result<Keyring, SourceError> {
    let mut keyring = Keyring::default();
    for glob in &source.keys {
        let files = fs::glob(loaded.workspace().root(), &glob.value).unwrap_or_default();
        for file in files.iter().filter(|file| fs::is_file(file)) {
            keyring.add(&loaded.workspace().show(file), &fs::read(file)?)?;
        }
    }
    Ok(keyring)
}

/// A signature over the uncompressed tar file, judged while it is unpacked.
pub(super) struct TarSignature<'k> {
    file: String,
    detached: Detached<'k>,
    signer: OnceLock<String>,
}

impl Witness for TarSignature<'_> {
    fn judge(&self, tar: &mut dyn Read) -> Result<(), String> {
        let signer = self.detached.verify(tar).map_err(|error| error.to_string())?;
        // It is set once: a tar file is unpacked once.
        let _ = self.signer.set(signer);
        Ok(())
    }
}

impl TarSignature<'_> {
    /// `linux-6.12.30.tar.sign by 647F…`; nothing before it has judged.
    pub(super) fn signed(&self) -> Option<String> {
        Some(format!("{} by {}", self.file, self.signer.get()?))
    }
}

impl Fetcher<'_> {
    /// Finds the signature of a pinned tarball, and the key that made it.
    pub(super) fn signature<'k>(
        self,
        pin: &Pin,
        cached: &Cached,
        keyring: &'k Keyring,
    ) -> Result<TarSignature<'k>, SourceError> {
        let make = |file: &str, what: &str, bytes: &[u8]| {
            let detached = keyring.detached(what, bytes)?;
            Ok(TarSignature { file: file.to_owned(), detached, signer: OnceLock::new() })
        };
        for file in &cached.files {
            for place in self.beside(file) {
                if fs::is_file(&place) {
                    let name = place.file_name().unwrap_or_default().to_owned();
                    return make(&name, &place.to_string(), &fs::read(&place)?);
                }
            }
        }
        let what = pin.label();
        self.need_network(&format!("the signature of {what}"))?;
        let mut last = None;
        for file in &cached.files {
            let Some(address) = &file.address else { continue };
            for url in addresses(address) {
                let name = file_of(&url).to_owned();
                let Some(dest) = file.path.parent().map(|folder| folder.join(&name)) else { continue };
                let request = Request { url: url.clone(), dest: dest.clone(), size: None, sha256: None };
                match download::fetch(&request, self.env, self.cancel, &mut |_| {}) {
                    Ok(_) => {
                        let signature = make(&name, &url, &fs::read(&dest)?);
                        if signature.is_err() {
                            // What is no signature, or not ours, is asked for again the next time.
                            fs::remove_file(&dest)?;
                        }
                        return signature;
                    }
                    Err(error @ DownloadError::Cancelled { .. }) => return Err(error.into()),
                    Err(error) => last = last.or(Some(error)),
                }
            }
        }
        Err(SourceError::Unsigned { what, cause: last.map(|error| error.to_string()) })
    }

    /// Where the signature of a file may lie on this machine.
    fn beside(self, file: &File) -> Vec<kernel_host::AbsPath> {
        let vendored = self.vendor().map(|vendor| vendor.join(DOWNLOADS).join(&file.below));
        let files = vendored.into_iter().chain([file.path.clone()]);
        files
            .flat_map(|path| {
                let stem = split(path.file_name().unwrap_or_default()).0.to_owned();
                let folder = path.parent();
                ENDINGS.iter().filter_map(move |end| Some(folder.as_ref()?.join(format!("{stem}{end}"))))
            })
            .collect()
    }
}

fn addresses(tarball: &str) -> Vec<String> {
    let path = tarball.split(['?', '#']).next().unwrap_or_default();
    let stem = split(path).0;
    ENDINGS.iter().map(|end| format!("{stem}{end}")).collect()
}
