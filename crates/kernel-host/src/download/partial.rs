//! The file that grows beside the destination.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, Write};

use sha2::{Digest, Sha256};

use crate::AbsPath;
use crate::fs::{FsError, create_dir_all, rename, sync_dir};

/// What has come of a file so far, on disk and hashed.
///
/// It goes when it is dropped, except where it has settled, or where the next run may go on from it.
pub(super) struct Partial {
    file: File,
    path: AbsPath,
    hasher: Sha256,
    len: u64,
    /// Whether some of it was there before this run.
    is_of_earlier_run: bool,
    validator: Option<String>,
    end: End,
}

/// What happens to the file in the end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Remove,
    Keep,
    Moved,
}

impl Partial {
    /// Opens `<dest>.partial`, which goes on from where it ended if `resumable`.
    ///
    /// Where somebody else is writing it, a file of another name is taken, which nobody goes on from.
    pub(super) fn open(dest: &AbsPath, resumable: bool) -> Result<Self, FsError> {
        let fail = || FsError::on("write", dest);
        let (Some(parent), Some(name)) = (dest.parent(), dest.file_name()) else {
            return Err(fail()(io::ErrorKind::InvalidInput.into()));
        };
        create_dir_all(&parent)?;
        let path = parent.join(format!("{name}.partial"));
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let file = options.open(&path).map_err(fail())?;
        let (file, path, end) = if file.try_lock().is_ok() && is_still_at(&file, &path) {
            (file, path, if resumable { End::Keep } else { End::Remove })
        } else {
            let path = parent.join(format!("{name}.partial-{}", std::process::id()));
            (options.open(&path).map_err(fail())?, path, End::Remove)
        };
        let mut partial = Self {
            file,
            path,
            hasher: Sha256::new(),
            len: 0,
            is_of_earlier_run: false,
            validator: None,
            end,
        };
        if end == End::Keep {
            partial.take_up()?;
        } else {
            partial.restart()?;
        }
        Ok(partial)
    }

    /// Hashes what is there; the position is its end then.
    fn take_up(&mut self) -> Result<(), FsError> {
        let mut buffer = vec![0; 256 * 1024];
        loop {
            let read = self.file.read(&mut buffer).map_err(FsError::on("read", &self.path))?;
            if read == 0 {
                break;
            }
            self.hasher.update(&buffer[..read]);
            self.len += read as u64;
        }
        self.is_of_earlier_run = self.len > 0;
        Ok(())
    }

    pub(super) fn len(&self) -> u64 {
        self.len
    }

    pub(super) fn is_of_earlier_run(&self) -> bool {
        self.is_of_earlier_run
    }

    pub(super) fn validator(&self) -> Option<&str> {
        self.validator.as_deref()
    }

    pub(super) fn set_validator(&mut self, validator: Option<String>) {
        self.validator = validator;
    }

    /// The SHA-256 of what is there.
    pub(super) fn digest(&self) -> [u8; 32] {
        self.hasher.clone().finalize().into()
    }

    /// Forgets what is there.
    pub(super) fn restart(&mut self) -> Result<(), FsError> {
        self.file.set_len(0).and_then(|()| self.file.rewind()).map_err(FsError::on("write", &self.path))?;
        (self.hasher, self.len, self.is_of_earlier_run, self.validator) = (Sha256::new(), 0, false, None);
        Ok(())
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), FsError> {
        self.file.write_all(bytes).map_err(FsError::on("write", &self.path))?;
        self.hasher.update(bytes);
        self.len += bytes.len() as u64;
        Ok(())
    }

    /// Puts the file in its place.
    pub(super) fn settle(mut self, dest: &AbsPath) -> Result<(), FsError> {
        self.file.sync_all().map_err(FsError::on("write", &self.path))?;
        rename(&self.path, dest)?;
        self.end = End::Moved;
        dest.parent().map_or(Ok(()), |parent| sync_dir(&parent))
    }

    /// What is there is wrong: nobody may go on from it.
    pub(super) fn discard(&mut self) {
        self.end = End::Remove;
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if self.end == End::Remove || (self.end == End::Keep && self.len == 0) {
            // A file that cannot be removed is found by the next run.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Whether the name still leads to the file that was locked: another process may have settled it between.
#[cfg(unix)]
fn is_still_at(file: &File, path: &AbsPath) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let place = |metadata: std::fs::Metadata| (metadata.dev(), metadata.ino());
    let named = std::fs::metadata(path).map(place);
    matches!((file.metadata().map(place), named), (Ok(opened), Ok(named)) if opened == named)
}

#[cfg(not(unix))]
fn is_still_at(_file: &File, _path: &AbsPath) -> bool {
    true
}
