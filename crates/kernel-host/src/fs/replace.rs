//! Replacing files and directories whole.

use std::fs::File;
use std::io::{self, Write};

use super::{FsError, exists, remove_dir_all};
use crate::AbsPath;

/// Replaces a file's content, or creates the file: whole or not at all, also if the machine stops.
///
/// Written beside, flushed to the disk, renamed; then the directory is flushed. The mode of a new file is 0666 less
/// the umask; a replaced file's mode is kept.
pub fn write_atomic(path: &AbsPath, bytes: &[u8]) -> Result<(), FsError> {
    replace(path, bytes, Flush::Before)?;
    path.parent().map_or(Ok(()), |dir| sync_dir(&dir))
}

/// Replaces a file that can be made again and tells itself whether it is whole: nobody waits for the disk.
///
/// Other processes see the old or the new content; if the machine stops, the file may be anything.
pub fn write_cache(path: &AbsPath, bytes: &[u8]) -> Result<(), FsError> {
    replace(path, bytes, Flush::Never)
}

/// Whether content is on the disk before it has its name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flush {
    Before,
    Never,
}

fn replace(path: &AbsPath, bytes: &[u8], flush: Flush) -> Result<(), FsError> {
    let fail = || FsError::on("write", path);
    let dir = path.parent().ok_or_else(|| fail()(io::Error::from(io::ErrorKind::InvalidInput)))?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".write-");
    #[cfg(unix)]
    let mode = {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
        std::fs::metadata(path).ok().map(|metadata| metadata.permissions())
    };
    let mut file = builder.tempfile_in(&dir).map_err(fail())?;
    file.write_all(bytes).map_err(fail())?;
    #[cfg(unix)]
    if let Some(mode) = mode {
        file.as_file().set_permissions(mode).map_err(fail())?;
    }
    if flush == Flush::Before {
        file.as_file().sync_all().map_err(fail())?;
    }
    file.persist(path).map_err(|error| fail()(error.error))?;
    Ok(())
}

/// Renames within one file system; a file or an empty directory at `to` is replaced.
pub fn rename(from: &AbsPath, to: &AbsPath) -> Result<(), FsError> {
    std::fs::rename(from, to).map_err(|error| {
        // A missing source is the caller's surprise; everything else is about where it goes.
        let path = if exists(from) { to } else { from };
        FsError::new("rename to", path, error)
    })
}

/// Puts the directory `new` in the place of `target`, and removes what was there.
///
/// Both must lie on one file system. `target` is at every moment the old directory or the new one, also if the
/// machine stops (on Linux, where two names can be exchanged; elsewhere it may be absent for a moment, and the old one
/// lies beside it under a name with `.replaced`). Flush the files in `new` before.
pub fn exchange_dir(new: &AbsPath, target: &AbsPath) -> Result<(), FsError> {
    let parent = target.parent();
    if !exists(target) {
        rename(new, target)?;
        return parent.map_or(Ok(()), |parent| sync_dir(&parent));
    }
    let old = match exchange(new, target) {
        Ok(()) => new.clone(),
        Err(error) if cannot_exchange(&error) => rename_aside(new, target)?,
        Err(error) => return Err(FsError::new("replace", target, error)),
    };
    if let Some(parent) = parent {
        sync_dir(&parent)?;
    }
    remove_dir_all(&old)
}

#[cfg(target_os = "linux")]
fn exchange(new: &AbsPath, target: &AbsPath) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, new.as_path(), CWD, target.as_path(), RenameFlags::EXCHANGE)?)
}

#[cfg(not(target_os = "linux"))]
fn exchange(_new: &AbsPath, _target: &AbsPath) -> io::Result<()> {
    Err(io::Error::from(io::ErrorKind::Unsupported))
}

/// Old kernels and some file systems (NFS, several FUSE ones) refuse the exchange of names.
fn cannot_exchange(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::Unsupported | io::ErrorKind::InvalidInput)
}

/// Replaces `target` by two renames; returns where the old directory is now.
fn rename_aside(new: &AbsPath, target: &AbsPath) -> Result<AbsPath, FsError> {
    let aside = AbsPath::new(format!("{target}.replaced-{}", std::process::id()))
        .map_err(|error| FsError::new("replace", target, io::Error::other(error)))?;
    remove_dir_all(&aside)?;
    rename(target, &aside)?;
    match rename(new, target) {
        Ok(()) => Ok(aside),
        Err(error) => {
            // Best effort: the first error is the one to tell.
            let _ = rename(&aside, target);
            Err(error)
        }
    }
}

/// Flushes a directory's list of names to the disk.
pub fn sync_dir(path: &AbsPath) -> Result<(), FsError> {
    if cfg!(unix) {
        File::open(path).and_then(|dir| dir.sync_all()).map_err(FsError::on("flush the directory", path))
    } else {
        Ok(())
    }
}

/// Flushes everything that was written to the file system that holds `path`.
///
/// For a tree of many files, where flushing each would take minutes. On systems other than Linux it flushes all file
/// systems.
pub fn sync_file_system(path: &AbsPath) -> Result<(), FsError> {
    #[cfg(target_os = "linux")]
    {
        let flushed = File::open(path).and_then(|file| Ok(rustix::fs::syncfs(file)?));
        flushed.map_err(FsError::on("flush the file system of", path))
    }
    #[cfg(all(unix, not(target_os = "linux")))]
    {
        let _ = path;
        rustix::fs::sync();
        Ok(())
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::rename_aside;
    use crate::fs;

    #[test]
    fn without_an_exchange_of_names_the_old_directory_goes_aside_and_a_failure_brings_it_back() {
        let dir = fs::tests::scratch();
        let (new, target) = (dir.path().join("new"), dir.path().join("target"));
        for (path, text) in [(&new, "new"), (&target, "old")] {
            fs::create_dir_all(path).unwrap();
            fs::write_atomic(&path.join("f"), text.as_bytes()).unwrap();
        }
        let aside = rename_aside(&new, &target).unwrap();
        assert_eq!(fs::read_to_string(&target.join("f")).unwrap(), "new");
        assert_eq!(fs::read_to_string(&aside.join("f")).unwrap(), "old");

        // Now there is no `new` any more.
        rename_aside(&new, &target).unwrap_err();
        assert_eq!(fs::read_to_string(&target.join("f")).unwrap(), "new");
    }
}
