//! Directories that go away by themselves.

use super::FsError;
use crate::AbsPath;

/// Owns a directory that is removed with all its content on drop, unless it is kept.
#[derive(Debug)]
pub struct TempDir {
    dir: tempfile::TempDir,
    path: AbsPath,
}

/// Makes a directory with a name of its own below `parent`, which is created where it is absent.
///
/// The name begins with `prefix`. Choose `parent` on the file system that the result is renamed within.
pub fn temp_dir_in(parent: &AbsPath, prefix: &str) -> Result<TempDir, FsError> {
    super::create_dir_all(parent)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // The umask decides, as for every other directory: the result may be renamed to its final place.
        builder.permissions(std::fs::Permissions::from_mode(0o777));
    }
    let dir = builder.tempdir_in(parent).map_err(FsError::on("create a directory in", parent))?;
    let path = parent.join(dir.path());
    Ok(TempDir { dir, path })
}

/// Makes a directory with a name of its own in the system's place for such.
pub fn temp_dir(prefix: &str) -> Result<TempDir, FsError> {
    // A relative `TMPDIR` is somebody's mistake; the current directory decides then, as it does for everybody else.
    let place = std::path::absolute(std::env::temp_dir()).unwrap_or_else(|_| "/tmp".into());
    temp_dir_in(&AbsPath::from_absolute(place), prefix)
}

impl TempDir {
    /// Returns where the directory is.
    #[must_use]
    pub fn path(&self) -> &AbsPath {
        &self.path
    }

    /// Lets the directory live on and returns where it is.
    #[must_use]
    pub fn keep(self) -> AbsPath {
        // The path is the same; what is dropped here is the wish to remove it.
        let _ = self.dir.keep();
        self.path
    }
}
