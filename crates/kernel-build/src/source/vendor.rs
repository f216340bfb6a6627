//! A folder that builds without any network.

use kernel_host::{AbsPath, fs};
use kernel_spec::SourceEntry;

use super::cached::{Cached, split};
use super::{DOWNLOADS, Fetcher, SourceError, keyring};
use crate::pin::Pin;

impl Fetcher<'_> {
    /// Copies what a source is unpacked from to a folder; says whether there was anything to copy.
    pub(crate) fn vendor_to(
        self,
        source: &SourceEntry,
        pin: &Pin,
        to: &AbsPath,
    ) -> Result<bool, SourceError> {
        match pin {
            Pin::Path { .. } => return Ok(false),
            Pin::Git { repository, commit, .. } => {
                self.git(source, repository, commit)?.copy_to(to, commit)?;
                return Ok(true);
            }
            Pin::Deb { .. } | Pin::Tarball { .. } => {}
        }
        let cached = Cached::of(pin, self.env)?;
        let archive = self.archive(source, pin, &cached)?;
        let keyring = keyring(self.locked.loaded(), source)?;
        if !keyring.is_empty() {
            // Only so that it is there.
            self.signature(pin, &cached, &keyring)?;
        }
        let (Some(folder), Some(name)) = (archive.parent(), archive.file_name()) else { return Ok(false) };
        let digest = folder.file_name().unwrap_or_default();
        let place = to.join(DOWNLOADS).join(digest);
        fs::create_dir_all(&place)?;
        let stem = split(name).0;
        for file in fs::list_dir(&folder)? {
            let this = file.file_name().unwrap_or_default();
            let is_signature = this.starts_with(&format!("{stem}.tar.")) && split(this).1.is_empty();
            let target = place.join(this);
            if (this == name || (is_signature && !keyring.is_empty())) && file != target {
                fs::copy(&file, &target)?;
            }
        }
        Ok(true)
    }
}
