//! A kernel as other build systems take it, and as whoever distributes it hands it on.
//!
//! ```text
//! Session::ingredients ─▶ Ingredients ─┬─ make    build.sh, config, patches/          the same image, by make alone
//!                                      ├─ nix     kernel.nix, config, patches/        linuxManualConfig
//!                                      ├─ yocto   linux-NAME_VERSION.bb, defconfig    a recipe
//!                                      └─ bundle  source, patches, config, build.sh, kernel.json, sbom.spdx.json
//! ```
//!
//! Invariants: everything is an argument of a pure function that gives texts; files are written whole. Patches carry their
//! order in their names. No absolute path is in any of them.

mod make;
mod nix;
pub(crate) mod spdx;
mod yocto;

use kernel_host::AbsPath;
use kernel_host::fs::{self, FsError};
use kernel_spec::{Arch, KernelName};

use crate::environment::PINNED;

/// A build system that a kernel is written down for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A plain script.
    Make,
    /// A `linuxManualConfig` expression.
    Nix,
    /// A recipe.
    Yocto,
}

/// A file of a patch that is applied, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatchFile {
    /// `0001-tsi-fix.patch`.
    pub name: String,
    /// Its bytes, as they are in the workspace: perhaps compressed.
    pub bytes: Vec<u8>,
}

/// Where the source is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceOrigin {
    /// A tarball at an address.
    Tarball {
        /// The first address.
        url: String,
        /// The digest of the file, where it is known.
        sha256: Option<String>,
    },
    /// A commit.
    Git {
        /// The repository, as the manifest has it.
        repository: String,
        /// The commit.
        commit: String,
    },
    /// Whatever has no address: a distribution's package, a tree of the user's own.
    Other {
        /// What a person calls it.
        label: String,
        /// The digest of the file in the package.
        sha256: Option<String>,
    },
}

/// Everything that a kernel is made of.
#[derive(Clone, Debug)]
pub struct Ingredients {
    /// Its name.
    pub kernel: KernelName,
    /// Its architecture.
    pub arch: Arch,
    /// What `make kernelversion` says.
    pub version: String,
    /// What `uname -r` will say.
    pub release: String,
    /// The resolved `.config`.
    pub config: String,
    /// Where the source is from.
    pub origin: SourceOrigin,
    /// The source tree, without patches.
    pub tree: AbsPath,
    /// The patches that are applied.
    pub patches: Vec<PatchFile>,
    /// make's variables: `ARCH=x86_64`.
    pub make_vars: Vec<String>,
    /// The images.
    pub images: Vec<&'static str>,
}

/// A file to write: its path below the folder, and its bytes.
type File = (String, Vec<u8>);

/// Writes a kernel down for a build system; the files, in order.
///
/// # Errors
/// Where a file cannot be written.
pub fn write(ingredients: &Ingredients, form: Form, folder: &AbsPath) -> Result<Vec<AbsPath>, FsError> {
    write_all(&files(ingredients, form), folder)
}

fn files(ingredients: &Ingredients, form: Form) -> Vec<File> {
    match form {
        Form::Make => make::files(ingredients),
        Form::Nix => nix::files(ingredients),
        Form::Yocto => yocto::files(ingredients),
    }
}

pub(crate) fn write_all(files: &[File], folder: &AbsPath) -> Result<Vec<AbsPath>, FsError> {
    let mut written = Vec::new();
    for (name, bytes) in files {
        let path = folder.join(name);
        if let Some(above) = path.parent() {
            fs::create_dir_all(&above)?;
        }
        fs::write_atomic(&path, bytes)?;
        if name.ends_with(".sh") {
            fs::set_executable(&path)?;
        }
        written.push(path);
    }
    Ok(written)
}

/// What every form has: the `.config` under a name, and the patches.
fn common(ingredients: &Ingredients, config: &str) -> Vec<File> {
    let mut files = vec![(config.to_owned(), ingredients.config.clone().into_bytes())];
    let patches = ingredients.patches.iter();
    files.extend(patches.map(|patch| (format!("patches/{}", patch.name), patch.bytes.clone())));
    files
}

/// The script that makes the same image; also part of a bundle.
pub(crate) fn script(ingredients: &Ingredients) -> String {
    make::script(ingredients)
}

/// `NAME='VALUE'`, as a shell reads it.
fn pinned() -> impl Iterator<Item = String> {
    PINNED.iter().map(|(name, value)| format!("{name}='{value}'"))
}

/// The number of a patch in its order, and its file's name.
pub(crate) fn patch_name(index: usize, file: &str) -> String {
    let name = file.rsplit('/').next().unwrap_or(file);
    format!("{:04}-{name}", index + 1)
}

#[cfg(test)]
mod tests;
