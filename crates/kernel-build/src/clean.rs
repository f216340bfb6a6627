//! Removing what was made.

use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::fs::{self, FsError};
use kernel_host::lock::FileLock;
use kernel_spec::KernelName;

use crate::error::BuildError;
use crate::event::Voice;
use crate::workspace::Workspace;

/// What is removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clean {
    /// Artifacts, object trees, logs and memos of these kernels.
    Kernels(Vec<KernelName>),
    /// Everything that this tool made for the workspace, of kernels that the manifest no longer has too.
    Everything,
}

/// Removes; returns how many bytes that were.
///
/// Lock files stay: removing one would let two processes hold two locks of one name. The sources in the user's cache
/// stay too; other workspaces use them.
pub(crate) fn clean(
    workspace: &Workspace,
    clean: &Clean,
    cancel: &Cancel,
    voice: Voice<'_>,
) -> Result<u64, BuildError> {
    let output = workspace.output_dir();
    if !fs::is_dir(&output) {
        return Ok(0);
    }
    let mut freed = 0;
    let work = output.join(".work");
    let names: Vec<KernelName> = match clean {
        Clean::Kernels(names) => names.clone(),
        Clean::Everything if fs::is_dir(&work) => {
            let entries = fs::list_dir(&work)?;
            entries.iter().filter_map(|path| KernelName::new(path.file_name()?).ok()).collect()
        }
        Clean::Everything => Vec::new(),
    };
    for name in names {
        let directory = workspace.work_dir(&name);
        let mut on_wait = || voice.started("Waiting", format!("for {name}, which another process builds"));
        let lock = FileLock::exclusive(&directory.join("lock"), cancel, &mut on_wait)?;
        freed += remove(&workspace.artifact_dir(&name))?;
        for entry in fs::list_dir(&directory)? {
            if entry != *lock.path() {
                freed += remove(&entry)?;
            }
        }
    }
    if *clean == Clean::Everything {
        for entry in fs::list_dir(&output)?.into_iter().filter(|entry| *entry != work) {
            freed += remove(&entry)?;
        }
    }
    Ok(freed)
}

fn remove(path: &AbsPath) -> Result<u64, FsError> {
    let size = size_of(path)?;
    if fs::is_dir(path) {
        fs::remove_dir_all(path)?
    } else {
        fs::remove_file(path)?
    }
    Ok(size)
}

/// The lengths of all files; what a link leads to is not counted.
fn size_of(path: &AbsPath) -> Result<u64, FsError> {
    // kbuild's `source` leads to the source tree.
    if !fs::exists(path) || fs::canonicalize(path).is_ok_and(|real| real != *path) {
        return Ok(0);
    }
    if !fs::is_dir(path) {
        return fs::size(path);
    }
    fs::list_dir(path)?.iter().map(size_of).sum()
}
