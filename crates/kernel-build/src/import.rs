//! What an import needs a tree or a disk for: a complete `.config` as the least that stands for it, a folder as globs.

use std::collections::BTreeSet;

use kconfig::config_file::minimal_config;
use kconfig::{Change, DotConfig, difference};
use kernel_host::AbsPath;
use kernel_host::fs;
use kernel_spec::Arch;

use crate::configure::ConfigureError;
use crate::error::BuildError;
use crate::resolve::{Mode, PREFIX, ResolveError, Resolver, deep};

/// Names of folders whose fragments are for every architecture.
const COMMON: [&str; 4] = ["common", "any", "all", "generic"];

/// The ends of fragments' names.
const EXTENSIONS: [&str; 3] = ["config", "conf", "cfg"];

/// The least that stands for a complete `.config`.
#[derive(Clone, Debug)]
pub struct Minimal {
    /// Lines of a fragment: laid on the tree's defaults, they give the `.config`.
    pub lines: String,
    /// What that has otherwise than the text from which it was made: symbols that are new to it, or gone from the tree.
    pub changes: Vec<Change>,
}

/// Why a folder has no layers in it.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It is not below the manifest.
    #[error("`{0}` is outside of the workspace")]
    Outside(AbsPath),
    /// A folder in it that is none of an architecture.
    #[error("`{0}` is neither an architecture nor a name for all of them")]
    NoArch(String),
    /// There is nothing to import.
    #[error("`{0}` has no fragment")]
    Empty(String),
    /// It cannot be read.
    #[error(transparent)]
    Fs(#[from] fs::FsError),
}

impl FolderError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Outside(_) => {
                Some("fragments are named relative to the manifest: copy the folder below it".to_owned())
            }
            Self::NoArch(_) => {
                let names = Arch::ALL.map(|arch| format!("`{arch}`")).join(", ");
                Some(format!("name it {names}, or `common`"))
            }
            Self::Empty(_) => Some("their names end in `.config`, `.conf` or `.cfg`".to_owned()),
            Self::Fs(_) => None,
        }
    }
}

/// Finds the least that stands for a complete `.config`: what `savedefconfig` writes, and what is lost without more.
///
/// # Errors
/// Where the engine cannot resolve.
pub fn minimal(tree: &Resolver, name: &str, text: &str) -> Result<Minimal, BuildError> {
    find_minimal(tree, name, text).map_err(|error| ConfigureError::from(error).into())
}

fn find_minimal(tree: &Resolver, name: &str, text: &str) -> Result<Minimal, ResolveError> {
    let parse = |text: &str| DotConfig::parse(text).unwrap_or_default();
    let whole = tree.run(Mode::Answers, name, text.as_bytes())?.text;
    let lines = deep(|| {
        let (mut evaluator, _) = tree.evaluator(Mode::Answers, name, text.as_bytes());
        minimal_config(&mut evaluator, PREFIX)
    })?;
    let mut lines = String::from_utf8_lossy(&lines).into_owned();
    let resolve = |lines: &str| tree.run(Mode::AllDef, "all.config", lines.as_bytes());
    let mut found = resolve(&lines)?.text;
    loop {
        let lost = difference(&parse(&found), &parse(&whole));
        let standing = parse(&lines);
        let mut more = String::new();
        for Change { symbol, after, .. } in &lost {
            let value = after.clone().unwrap_or(kconfig::Value::N);
            if standing.get(symbol).is_none() {
                more += &format!("{}={value}\n", symbol.config_name());
            }
        }
        let longer = format!("{lines}{more}");
        let now = resolve(&longer)?.text;
        // A line that changes nothing would be a request that is missed.
        if difference(&parse(&now), &parse(&whole)).len() >= lost.len() {
            return Ok(Minimal { changes: difference(&parse(text), &parse(&found)), lines });
        }
        (lines, found) = (longer, now);
    }
}

/// The globs of a folder's fragments, relative to the root, and for which architecture each is: those of the folder itself
/// and of `common` first.
///
/// ```text
/// FOLDER/*.conf                every architecture
/// FOLDER/common/*.conf         likewise
/// FOLDER/x86_64/*.conf         one; also by the kernel's names, `arm64`
/// ```
///
/// # Errors
/// [`FolderError`].
pub fn folder_globs(root: &AbsPath, folder: &AbsPath) -> Result<Vec<(String, Option<Arch>)>, FolderError> {
    let shown = |path: &AbsPath| path.relative_to(root).map(|path| path.display().to_string());
    let name = shown(folder).ok_or_else(|| FolderError::Outside(folder.clone()))?;
    let mut found = globs_in(folder, &name, None)?;
    let mut of_one = Vec::new();
    for path in fs::list_dir(folder)?.into_iter().filter(fs::is_dir) {
        let word = path.file_name().unwrap_or_default();
        let name = shown(&path).unwrap_or_default();
        let is_named = |arch: &Arch| [arch.rust_name(), arch.kernel_name(), arch.src_arch()].contains(&word);
        match Arch::ALL.iter().find(|arch| is_named(arch)) {
            Some(arch) => of_one.extend(globs_in(&path, &name, Some(*arch))?),
            None if COMMON.contains(&word) => found.extend(globs_in(&path, &name, None)?),
            None => return Err(FolderError::NoArch(name)),
        }
    }
    found.extend(of_one);
    if found.is_empty() { Err(FolderError::Empty(name)) } else { Ok(found) }
}

fn globs_in(
    folder: &AbsPath,
    name: &str,
    arch: Option<Arch>,
) -> Result<Vec<(String, Option<Arch>)>, FolderError> {
    let files = fs::list_dir(folder)?;
    let files = files.iter().filter(|path| fs::is_file(path)).filter_map(AbsPath::file_name);
    let ends: BTreeSet<&str> = files.filter_map(|file| Some(file.rsplit_once('.')?.1)).collect();
    let ends = ends.into_iter().filter(|end| EXTENSIONS.contains(end));
    let prefix = if name.is_empty() { String::new() } else { format!("{name}/") };
    Ok(ends.map(|end| (format!("{prefix}*.{end}"), arch)).collect())
}
