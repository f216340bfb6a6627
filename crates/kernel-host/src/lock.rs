//! Locks between processes.
//!
//! Advisory locks of the operating system (`flock` on Unix) on a file made for the purpose. They go with the process
//! that holds them, however it ends, so there is nothing to clean up; the file stays, because removing it would let
//! two processes lock two different files of one name.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;

use crate::AbsPath;
use crate::cancel::{Cancel, POLL};
use crate::fs::{FsError, create_dir_all};

/// Holds a lock until it is dropped.
#[derive(Debug)]
#[must_use = "the lock is released when this is dropped"]
pub struct FileLock {
    // Closing the file releases the lock.
    _file: File,
    path: AbsPath,
}

/// Reports a lock that was not taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// The lock's file could not be made or locked.
    #[error(transparent)]
    Fs(#[from] FsError),
    /// Somebody wished to stop while another process held the lock.
    #[error("cancelled while waiting for the lock `{path}`")]
    Cancelled {
        /// The lock's file.
        path: AbsPath,
    },
}

#[derive(Clone, Copy)]
enum Mode {
    Exclusive,
    Shared,
}

impl FileLock {
    /// Takes the lock that nobody else may hold at the same time.
    ///
    /// The file and the directories above it are made where they are absent. `on_wait` is called once if another
    /// process holds the lock.
    pub fn exclusive(path: &AbsPath, cancel: &Cancel, on_wait: &mut dyn FnMut()) -> Result<Self, LockError> {
        wait(path, Mode::Exclusive, cancel, on_wait)
    }

    /// Takes the exclusive lock where everybody holds it for moments only, so that nobody need look at a wish to stop.
    pub fn briefly(path: &AbsPath) -> Result<Self, FsError> {
        let file = open(path)?;
        while let Err(error) = file.lock() {
            if error.kind() != io::ErrorKind::Interrupted {
                return Err(FsError::new("lock", path, error));
            }
        }
        Ok(Self { _file: file, path: path.clone() })
    }

    /// Takes the lock that others may share, but not hold exclusively at the same time.
    pub fn shared(path: &AbsPath, cancel: &Cancel, on_wait: &mut dyn FnMut()) -> Result<Self, LockError> {
        wait(path, Mode::Shared, cancel, on_wait)
    }

    /// Takes the exclusive lock if nobody holds it now.
    pub fn try_exclusive(path: &AbsPath) -> Result<Option<Self>, LockError> {
        let file = open(path)?;
        Ok(attempt(&file, path, Mode::Exclusive)?.then(|| Self { _file: file, path: path.clone() }))
    }

    /// Takes the shared lock if nobody holds it exclusively now.
    pub fn try_shared(path: &AbsPath) -> Result<Option<Self>, FsError> {
        let file = open(path)?;
        Ok(attempt(&file, path, Mode::Shared)?.then(|| Self { _file: file, path: path.clone() }))
    }

    /// Returns the lock's file.
    #[must_use]
    pub fn path(&self) -> &AbsPath {
        &self.path
    }
}

fn wait(
    path: &AbsPath,
    mode: Mode,
    cancel: &Cancel,
    on_wait: &mut dyn FnMut(),
) -> Result<FileLock, LockError> {
    let file = open(path)?;
    let mut waits = false;
    // Polled, because a blocking wait could not look at `cancel`.
    while !attempt(&file, path, mode)? {
        if !std::mem::replace(&mut waits, true) {
            on_wait();
        }
        if cancel.sleep(POLL) {
            return Err(LockError::Cancelled { path: path.clone() });
        }
    }
    Ok(FileLock { _file: file, path: path.clone() })
}

fn open(path: &AbsPath) -> Result<File, FsError> {
    if let Some(parent) = path.parent() {
        create_dir_all(&parent)?;
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    options.open(path).map_err(FsError::on("open the lock", path))
}

fn attempt(file: &File, path: &AbsPath, mode: Mode) -> Result<bool, FsError> {
    let tried = match mode {
        Mode::Exclusive => file.try_lock(),
        Mode::Shared => file.try_lock_shared(),
    };
    match tried {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Interrupted => Ok(false),
        Err(TryLockError::Error(error)) => Err(FsError::new("lock", path, error)),
    }
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Duration;

    use super::{FileLock, LockError};
    use crate::cancel::Cancel;
    use crate::fs::tests::scratch;

    #[test]
    fn exclusive_excludes_and_shared_shares() {
        let dir = scratch();
        let path = dir.path().join("a/b/lock");
        let cancel = Cancel::new();
        let one = FileLock::shared(&path, &cancel, &mut || panic!("must not wait")).unwrap();
        let two = FileLock::try_shared(&path).unwrap().unwrap();
        assert!(FileLock::try_exclusive(&path).unwrap().is_none());
        drop((one, two));
        let three = FileLock::briefly(&path).unwrap();
        assert!(FileLock::try_shared(&path).unwrap().is_none());
        assert!(FileLock::try_exclusive(&path).unwrap().is_none());
        drop(three);
        assert!(FileLock::try_exclusive(&path).unwrap().is_some());
    }

    #[test]
    fn a_waiter_says_so_once_and_gets_the_lock() {
        let dir = scratch();
        let path = dir.path().join("lock");
        let held = FileLock::try_exclusive(&path).unwrap().unwrap();
        let mut said = 0;
        thread::scope(|scope| {
            scope.spawn(|| {
                thread::sleep(Duration::from_millis(200));
                drop(held);
            });
            drop(FileLock::exclusive(&path, &Cancel::new(), &mut || said += 1).unwrap());
        });
        assert_eq!(said, 1);
    }

    #[test]
    fn a_waiter_can_be_cancelled() {
        let dir = scratch();
        let path = dir.path().join("lock");
        let _held = FileLock::try_exclusive(&path).unwrap().unwrap();
        let cancel = Cancel::new();
        let on_wait = &mut || cancel.request();
        let error = FileLock::exclusive(&path, &cancel, on_wait).unwrap_err();
        assert!(matches!(error, LockError::Cancelled { path: at } if at == path));
    }
}
