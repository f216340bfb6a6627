//! Files and directories.
//!
//! Thin functions over the standard library that differ from it in three ways: the path is absolute, an error names
//! the path and what was attempted, and "absent" is not an error where absence is the goal. What replaces something
//! does it whole: see [`write_atomic`] and [`exchange_dir`].
//!
//! Deliberately absent: handles that many threads share, and any notion of what the files mean.

mod error;
mod replace;
mod share;
mod stat;
mod temp;
mod write;

pub use error::FsError;
pub use replace::{exchange_dir, rename, sync_dir, sync_file_system, write_atomic, write_cache};
pub use share::{Links, Share, Sharer, replace_file, rewrite_in_its_time};
pub use stat::{
    Folder, Kind, Seen, Stat, available_bytes, foreign_owner, ignores_case, kind, look, mtime_nanos,
    read_link, stat, stat_and_kind, touch, tree_size, unshared_size,
};
pub use temp::{TempDir, temp_dir, temp_dir_in};
pub use write::{FileWriter, append, create};

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use crate::AbsPath;

/// Opens a file for reading, for this crate's own use.
pub(crate) fn open(path: &AbsPath) -> Result<File, FsError> {
    File::open(path).map_err(FsError::on("open", path))
}

/// Reads a whole file.
pub fn read(path: &AbsPath) -> Result<Vec<u8>, FsError> {
    std::fs::read(path).map_err(FsError::on("read", path))
}

/// Reads a whole file that must be UTF-8.
pub fn read_to_string(path: &AbsPath) -> Result<String, FsError> {
    std::fs::read_to_string(path).map_err(FsError::on("read", path))
}

/// Reads at most `length` bytes from `offset` on; fewer where the file ends before.
///
/// For headers of images, which are large files.
pub fn read_range(path: &AbsPath, offset: u64, length: usize) -> Result<Vec<u8>, FsError> {
    let mut file = open(path)?;
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(offset))
        .and_then(|_| file.take(length as u64).read_to_end(&mut bytes))
        .map_err(FsError::on("read", path))?;
    Ok(bytes)
}

/// Creates a directory and those above it; one that is there is fine.
pub fn create_dir_all(path: &AbsPath) -> Result<(), FsError> {
    std::fs::create_dir_all(path).map_err(FsError::on("create the directory", path))
}

/// Removes a directory with all that is in it; an absent one is fine.
///
/// A symbolic link is removed itself, not what it points to.
pub fn remove_dir_all(path: &AbsPath) -> Result<(), FsError> {
    let removed = match std::fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => std::fs::remove_dir_all(path),
        Ok(_) => std::fs::remove_file(path),
        Err(error) => Err(error),
    };
    absent_is_fine(removed).map_err(FsError::on("remove the directory", path))
}

/// Removes a file; an absent one is fine.
pub fn remove_file(path: &AbsPath) -> Result<(), FsError> {
    absent_is_fine(std::fs::remove_file(path)).map_err(FsError::on("remove", path))
}

fn absent_is_fine(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Copies a file's content and mode over `to`.
pub fn copy(from: &AbsPath, to: &AbsPath) -> Result<(), FsError> {
    // The standard library does not say which of the two failed; opening the source first does.
    open(from)?;
    std::fs::copy(from, to).map(drop).map_err(FsError::on("write", to))
}

/// Makes a symbolic link at `link` whose text is `target`.
pub fn symlink(target: impl AsRef<std::path::Path>, link: &AbsPath) -> Result<(), FsError> {
    #[cfg(unix)]
    let made = std::os::unix::fs::symlink(target, link);
    #[cfg(not(unix))]
    let made = {
        let _ = target;
        Err(io::Error::from(io::ErrorKind::Unsupported))
    };
    made.map_err(FsError::on("create the symbolic link", link))
}

/// Says whether something is there, be it a dangling symbolic link.
#[must_use]
pub fn exists(path: &AbsPath) -> bool {
    std::fs::symlink_metadata(path).is_ok()
}

/// Says whether a directory is there, or a symbolic link to one.
#[must_use]
pub fn is_dir(path: &AbsPath) -> bool {
    path.as_path().is_dir()
}

/// Says whether a regular file is there, or a symbolic link to one.
#[must_use]
pub fn is_file(path: &AbsPath) -> bool {
    path.as_path().is_file()
}

/// Says whether this user may run a file.
#[must_use]
pub fn may_execute(path: &AbsPath) -> bool {
    #[cfg(unix)]
    {
        use rustix::fs::{Access, access};
        access(path.as_path(), Access::EXEC_OK).is_ok()
    }
    #[cfg(not(unix))]
    {
        is_file(path)
    }
}

/// Says whether this user may make files in a directory.
#[must_use]
pub fn is_writable_dir(path: &AbsPath) -> bool {
    #[cfg(unix)]
    {
        use rustix::fs::{Access, access};
        is_dir(path) && access(path.as_path(), Access::WRITE_OK | Access::EXEC_OK).is_ok()
    }
    #[cfg(not(unix))]
    {
        is_dir(path)
    }
}

/// Returns a file's length in bytes.
pub fn size(path: &AbsPath) -> Result<u64, FsError> {
    stat(path).map(|stat| stat.len)
}

/// Lists a directory's entries, sorted by name.
pub fn list_dir(path: &AbsPath) -> Result<Vec<AbsPath>, FsError> {
    let entries = std::fs::read_dir(path).map_err(FsError::on("list", path))?;
    let mut paths = entries
        .map(|entry| entry.map(|entry| path.join(entry.file_name())))
        .collect::<io::Result<Vec<_>>>()
        .map_err(FsError::on("list", path))?;
    paths.sort();
    Ok(paths)
}

/// Lists what matches a shell pattern below `base`, sorted by name.
///
/// The pattern is relative to `base`, or absolute; `*` does not cross a `/`, `**` does. `base` itself is taken
/// literally. Nothing that matches is an empty list.
pub fn glob(base: &AbsPath, pattern: &str) -> Result<Vec<AbsPath>, FsError> {
    let fail = |error: io::Error| FsError::new("list", &base.join(pattern), error);
    let escaped_base = glob::Pattern::escape(&base.to_string());
    let full = if std::path::Path::new(pattern).is_absolute() {
        pattern.to_owned()
    } else {
        format!("{}/{pattern}", escaped_base.trim_end_matches('/'))
    };
    let options = glob::MatchOptions { require_literal_separator: true, ..glob::MatchOptions::new() };
    let entries = glob::glob_with(&full, options).map_err(|error| fail(io::Error::other(error)))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| fail(error.into()))?;
        paths.push(base.join(path));
    }
    paths.sort();
    Ok(paths)
}

/// Adds the execute permission for everybody who may read.
pub fn set_executable(path: &AbsPath) -> Result<(), FsError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mut permissions =
            std::fs::metadata(path).map_err(FsError::on("read the mode of", path))?.permissions();
        let mode = permissions.mode();
        permissions.set_mode(mode | (mode & 0o444) >> 2);
        std::fs::set_permissions(path, permissions).map_err(FsError::on("set the mode of", path))
    }
    #[cfg(not(unix))]
    {
        stat(path).map(drop)
    }
}

/// Says whether its owner may execute a file.
pub fn is_executable(path: &AbsPath) -> Result<bool, FsError> {
    let metadata = std::fs::symlink_metadata(path).map_err(FsError::on("read the mode of", path))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        Ok(metadata.permissions().mode() & 0o100 != 0)
    }
    #[cfg(not(unix))]
    {
        let _ = metadata;
        Ok(false)
    }
}

/// Resolves symbolic links and `..`; the path must be there.
pub fn canonicalize(path: &AbsPath) -> Result<AbsPath, FsError> {
    let real = std::fs::canonicalize(path).map_err(FsError::on("resolve", path))?;
    AbsPath::new(real).map_err(|error| FsError::new("resolve", path, io::Error::other(error)))
}

#[cfg(test)]
pub(crate) mod tests;
