//! The texts of patches: from the workspace, from the cache, the vendored folder or the network.

use kernel_host::digest::sha256_file;
use kernel_host::download::{self, Request};
use kernel_host::{AbsPath, fs};
use kernel_spec::{Conditions, KernelEntry, Sha256, SourceEntry};

use super::cached::{Cached, file_of};
use super::look::Begun;
use super::patched::{Patched, Pristine};
use super::{DOWNLOADS, Fetcher, SourceError, SourceTree};
use crate::patch::{self, PatchPart, Place, Text};
use crate::pin::Pin;

impl Fetcher<'_> {
    /// The text of a patch's file.
    pub(crate) fn patch_text(self, part: &PatchPart) -> Result<Text, SourceError> {
        let path = self.patch_file(part)?;
        Ok(Text::of(part, &path, &fs::read(&path)?)?)
    }

    /// The address of a patch that is not on this machine.
    pub(super) fn missing_patch(self, part: &PatchPart) -> Result<Option<String>, SourceError> {
        let Place::Url(url) = &part.place else { return Ok(None) };
        let below = below(part, url);
        let cache = self.env.cache_dir().ok_or(SourceError::NoCache)?;
        let places = self.vendor().into_iter().chain([cache]);
        let is_here = places.map(|place| place.join(&below)).any(|file| fs::is_file(&file));
        Ok((!is_here).then(|| url.clone()))
    }

    /// Makes a patch's file be on disk.
    pub(crate) fn patch_file(self, part: &PatchPart) -> Result<AbsPath, SourceError> {
        let url = match &part.place {
            Place::File(path) => return Ok(path.clone()),
            Place::Url(url) => url,
        };
        let below = below(part, url);
        if let Some(path) = self.vendor().map(|vendor| vendor.join(&below)).filter(fs::is_file) {
            let (found, expected) = (Sha256(sha256_file(&path)?), part.digest);
            if found != expected {
                return Err(SourceError::Vendored { what: url.clone(), path, found, expected });
            }
            return Ok(path);
        }
        let dest = self.env.cache_dir().ok_or(SourceError::NoCache)?.join(&below);
        if fs::is_file(&dest) && sha256_file(&dest)? != part.digest.0 {
            self.forget(&dest)?;
        }
        if !fs::is_file(&dest) {
            self.need_network(url)?;
            self.voice.started("Fetching", url.clone());
            let sha256 = Some(part.digest.0);
            let request = Request { url: url.clone(), dest: dest.clone(), size: None, sha256 };
            download::fetch(&request, self.env, self.cancel, &mut |_| {})?;
        }
        Ok(dest)
    }

    /// Copies a patch that is fetched to a vendored folder.
    pub(crate) fn vendor_patch(self, part: &PatchPart, to: &AbsPath) -> Result<(), SourceError> {
        if let Place::Url(url) = &part.place {
            let file = self.patch_file(part)?;
            let folder = to.join(DOWNLOADS).join(part.digest.to_string());
            let target = folder.join(super::cached::plain(file_of(url)));
            fs::create_dir_all(&folder)?;
            if file != target {
                fs::copy(&file, &target)?;
            }
        }
        Ok(())
    }

    /// A kernel's tree with its patches, at a place of this name; the pristine one, which may still be being looked at,
    /// where none is applied.
    pub(crate) fn patched(
        self,
        (kernel, place): (&KernelEntry, &str),
        (source, pin): (&SourceEntry, &Pin),
        begun: Option<Begun>,
        under: impl FnOnce(&SourceTree) -> Conditions,
    ) -> Result<SourceTree, SourceError> {
        let tree = self.take(source, pin, Some(kernel.arch.value), begun)?;
        let conditions = under(&tree);
        let all = self.locked.loaded().patches(&kernel.name.value);
        let parts: Vec<PatchPart> =
            all.iter().filter(|part| part.is_applied(kernel, &conditions)).cloned().collect();
        if parts.is_empty() {
            return Ok(tree);
        }
        // What is patched is written down.
        tree.untouched()?;
        let texts = parts.iter().map(|part| self.patch_text(part)).collect::<Result<Vec<_>, _>>()?;
        let patches = patch::apply(kernel, &texts, &tree.path)?;
        for (part, applied) in &patches.applied {
            for line in patch::offsets(applied) {
                self.voice.note(format!("patch `{}`: {line}", part.name));
            }
        }
        let moved = patches.applied.iter().filter(|(_, applied)| applied.offsets().next().is_some());
        match moved.map(|(part, _)| format!("`{}`", part.name)).collect::<Vec<_>>() {
            names if names.is_empty() => {}
            names => {
                let word = if names.len() == 1 { "patch" } else { "patches" };
                let message = format!("{word} {} applied with an offset", names.join(", "));
                let hint =
                    format!("`kernel patch refresh {}` rewrites their line numbers", kernel.name.value);
                self.voice.warning(message, Some(hint));
            }
        }
        let seal = Cached::of(pin, self.env)?.seal;
        let pristine = Pristine { tree: &tree, is_own: !pin.is_pinned(), identity: pin.identity(), seal };
        Patched::new(self, place, pristine)?.make(&patches.files, parts)
    }
}

/// Where a patch that is fetched lies, below the cache or the vendored folder.
fn below(part: &PatchPart, url: &str) -> String {
    format!("{DOWNLOADS}/{}/{}", part.digest, super::cached::plain(file_of(url)))
}
