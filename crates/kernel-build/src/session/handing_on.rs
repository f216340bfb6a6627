//! Handing a kernel on: written down for other build systems, or with its corresponding source.
//!
//! ```text
//! <folder>/
//!   source/            archives and signatures as they were verified; a tree of the user's own as it is
//!   patches/           those that are applied, in order
//!   config, build.sh   what makes the same image of them, by make alone
//!   Kernel.toml …      what the kernel is described by, with its fragments
//!   kernel.json        what was made, with digests and licence
//!   sbom.spdx.json     the same as SPDX
//! ```

use kernel_host::AbsPath;
use kernel_host::fs::{self, FsError, Kind};
use kernel_spec::KernelName;

use super::Session;
use crate::error::BuildError;
use crate::event::Task;
use crate::export::{Ingredients, script, spdx, write_all};
use crate::lock::Locked;
use crate::options::Selection;
use crate::pin::Pin;
use crate::record::RECORD;

impl Session {
    /// Everything that a kernel is made of; it is checked on the way.
    ///
    /// # Errors
    /// Where it cannot be configured as asked.
    pub fn ingredients(&self, locked: &Locked, kernel: &KernelName) -> Result<Ingredients, BuildError> {
        let task = Task::Kernel(kernel.clone());
        self.unless_stopped(|| {
            let jobserver = self.jobserver()?;
            let _token = jobserver.acquire(&self.cancel)?;
            self.pipeline(locked, kernel, &task)?.ingredients(jobserver)
        })
    }

    /// Writes the corresponding source of a kernel into a folder that is not there yet; the files at its top.
    ///
    /// The kernel is built first, where it is not fresh: the record is that of what is handed on.
    ///
    /// # Errors
    /// Where it cannot be built, or a file cannot be written.
    pub fn source_bundle(
        &self,
        locked: &Locked,
        kernel: &KernelName,
        folder: &AbsPath,
    ) -> Result<Vec<AbsPath>, BuildError> {
        let artifacts = self.build(locked, std::slice::from_ref(kernel))?;
        let Some(artifact) = artifacts.first() else { return Ok(Vec::new()) };
        let ingredients = self.ingredients(locked, kernel)?;
        let loaded = locked.loaded();
        let above = folder.parent().unwrap_or_else(|| loaded.workspace().root().clone());
        fs::create_dir_all(&above)?;
        // Beside its place first: it is there whole, or not at all.
        let beside = fs::temp_dir_in(&above, ".source-bundle-")?;
        let source = beside.path().join("source");
        fs::create_dir_all(&source)?;
        let entry = &loaded.kernel(kernel)?.source.value;
        let (_, pin) = locked.pin(entry)?;
        match pin {
            Pin::Path { .. } => copy_tree(&ingredients.tree, &source)?,
            _ => {
                self.vendor(locked, &Selection::Kernels(vec![kernel.clone()]), &source)?;
            }
        }
        let mut files = vec![
            ("config".to_owned(), ingredients.config.clone().into_bytes()),
            ("build.sh".to_owned(), script(&ingredients).into_bytes()),
            (RECORD.to_owned(), fs::read(&artifact.directory().join(RECORD))?),
            (spdx::FILE.to_owned(), spdx::document(artifact.record()).into_bytes()),
        ];
        let patches = ingredients.patches.iter();
        files.extend(patches.map(|patch| (format!("patches/{}", patch.name), patch.bytes.clone())));
        for input in crate::facts::inputs(loaded, loaded.kernel(kernel)?)? {
            let below = input.relative_to(loaded.workspace().root()).map(|path| path.display().to_string());
            if let Some(name) = below.filter(|name| fs::is_file(&input) && !name.starts_with("patches/")) {
                files.push((format!("workspace/{name}"), fs::read(&input)?));
            }
        }
        write_all(&files, beside.path())?;
        fs::exchange_dir(beside.path(), folder)?;
        Ok(fs::list_dir(folder)?)
    }
}

/// Copies a tree without what version control keeps.
fn copy_tree(from: &AbsPath, to: &AbsPath) -> Result<(), FsError> {
    for path in fs::list_dir(from)? {
        let Some(name) = path.file_name().filter(|name| *name != ".git") else { continue };
        let target = to.join(name);
        match fs::kind(&path)? {
            Kind::Directory => {
                fs::create_dir_all(&target)?;
                copy_tree(&path, &target)?;
            }
            Kind::Link => fs::symlink(fs::read_link(&path)?, &target)?,
            _ => fs::copy(&path, &target)?,
        }
    }
    Ok(())
}
