//! A kernel's tree with its patches, and its patches tried.

use kernel_spec::Conditions;

use super::Pipeline;
use crate::error::BuildError;
use crate::patch::{self, PatchReport, Refreshed, Trial};
use crate::source::{Begun, SourceError, SourceTree};
use crate::toolchain::Toolchain;

/// Which of a kernel's trees.
#[derive(Clone, Copy)]
pub(super) enum Which<'a> {
    /// The patched one, at the place of this name.
    Patched(&'a str),
    Pristine,
}

impl Pipeline<'_> {
    /// The patched tree, at the kernel's own place.
    pub(super) fn own_tree(&self) -> Which<'_> {
        Which::Patched(self.kernel.name.value.as_str())
    }

    /// Begins to look at the pristine tree, where it is there.
    pub(super) fn begin(&self) -> Option<Begun> {
        self.fetcher().begin(self.source.name.value.as_str(), &self.pin)
    }

    /// The source tree, with the kernel's patches or without.
    pub(super) fn tree_of(&self, which: Which<'_>, toolchain: &Toolchain) -> Result<SourceTree, BuildError> {
        self.over(which, toolchain, None, |tree| Ok(tree.clone()))
    }

    /// What comes out of the source tree, while that is still being looked at: where it was touched nothing counts, no error
    /// either.
    pub(super) fn over<T>(
        &self,
        which: Which<'_>,
        toolchain: &Toolchain,
        begun: Option<Begun>,
        run: impl FnOnce(&SourceTree) -> Result<T, BuildError>,
    ) -> Result<T, BuildError> {
        let tree = self.take(which, toolchain, begun)?;
        let result = run(&tree);
        tree.untouched()?;
        result
    }

    fn take(
        &self,
        which: Which<'_>,
        toolchain: &Toolchain,
        begun: Option<Begun>,
    ) -> Result<SourceTree, BuildError> {
        let place = match which {
            Which::Patched(place) => place,
            Which::Pristine => {
                let arch = Some(self.kernel.arch.value);
                return Ok(self.fetcher().take(self.source, &self.pin, arch, begun)?);
            }
        };
        let (arch, toolchain) = (self.kernel.arch.value, toolchain.family());
        let under = |tree: &SourceTree| {
            let version = tree.version.version.clone();
            Conditions { version, arch, toolchain }
        };
        Ok(self.fetcher().patched((self.kernel, place), (self.source, &self.pin), begun, under)?)
    }

    /// Tries the patches on the pristine tree; rewrites those with offsets where that is wanted.
    pub(crate) fn try_patches(
        &self,
        rewrite: bool,
    ) -> Result<(Vec<PatchReport>, Vec<Refreshed>), BuildError> {
        let toolchain = self.toolchain()?;
        let fetcher = self.fetcher();
        let tree = fetcher.obtain(self.source, &self.pin, None)?;
        let (arch, toolchain) = (self.kernel.arch.value, toolchain.family());
        let under = Conditions { version: tree.version.version.clone(), arch, toolchain };
        let trial = Trial { kernel: self.kernel, tree: &tree.path, under: &under };
        let (mut reports, mut refreshed) = (Vec::new(), Vec::new());
        let parts = self.locked.loaded().patches(&self.kernel.name.value);
        trial.run(
            parts,
            |part| fetcher.patch_text(part),
            |report, fresh| {
                reports.push(report);
                if let Some((text, fresh)) = fresh.filter(|_| rewrite) {
                    refreshed.push(patch::rewrite(text, &fresh)?);
                }
                Ok::<_, SourceError>(())
            },
        )?;
        Ok((reports, refreshed))
    }
}

/// The identity of a tree with what its patches say.
pub(super) fn identity_of(pristine: &str, tree: &SourceTree) -> String {
    let patches = tree.patches.iter().map(|part| format!(" {}", part.digest));
    std::iter::once(pristine.to_owned()).chain(patches).collect()
}
