//! Everything that a kernel is made of, for whoever makes it elsewhere.

use kernel_host::fs;
use kernel_host::jobserver::Jobserver;

use super::Pipeline;
use super::patched::Which;
use crate::error::BuildError;
use crate::export::{Ingredients, PatchFile, SourceOrigin, patch_name};
use crate::pin::Pin;

impl Pipeline<'_> {
    /// Checks the kernel, and collects what it is made of.
    pub(crate) fn ingredients(&self, jobserver: &Jobserver) -> Result<Ingredients, BuildError> {
        if let Some(package) = self.init.package() {
            let (kernel, package) = (self.kernel.name.value.clone(), package.package.value.clone());
            return Err(BuildError::NotHandedOn { kernel, package });
        }
        let checked = self.check(jobserver)?;
        let toolchain = self.toolchain()?;
        let pristine = self.tree_of(Which::Pristine, &toolchain)?;
        let parts = self.tree_of(self.own_tree(), &toolchain)?.patches;
        let patches = parts.iter().enumerate().map(|(index, part)| {
            let bytes = fs::read(&self.fetcher().patch_file(part)?)?;
            Ok(PatchFile { name: patch_name(index, &part.file), bytes })
        });
        let patches = patches.collect::<Result<_, BuildError>>()?;
        let arch = self.kernel.arch.value;
        let sha256 = self.pin.sha256().map(|digest| digest.to_string());
        Ok(Ingredients {
            kernel: self.kernel.name.value.clone(),
            arch,
            version: checked.kernelversion().to_owned(),
            release: checked.release().to_owned(),
            config: fs::read_to_string(checked.config())?,
            origin: match &self.pin {
                Pin::Tarball { addresses, label, sha256: digest, .. } => SourceOrigin::Tarball {
                    url: addresses.first().cloned().unwrap_or_else(|| label.clone()),
                    sha256: digest.map(|digest| digest.to_string()),
                },
                Pin::Git { written, commit, .. } => {
                    SourceOrigin::Git { repository: written.clone(), commit: commit.clone() }
                }
                Pin::Deb { package, version, .. } => {
                    SourceOrigin::Other { label: format!("package {package} {version}"), sha256 }
                }
                // Where it lies is nobody else's business.
                Pin::Path { .. } => {
                    SourceOrigin::Other { label: "a tree of somebody's own".into(), sha256: None }
                }
            },
            tree: pristine.path,
            patches,
            make_vars: toolchain.make_vars(),
            images: self.kernel.images.iter().map(|image| image.value.as_str()).collect(),
        })
    }
}
