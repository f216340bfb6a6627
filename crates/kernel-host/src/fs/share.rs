//! Files of one tree in another, without writing their bytes again where the file system can do that.
//!
//! | way | what is shared | where |
//! |---|---|---|
//! | [`Share::Reflink`] | the blocks, until one side writes | Btrfs, XFS, bcachefs and others |
//! | [`Share::HardLink`] | the file itself: who writes into one name writes into both | within one file system |
//! | [`Share::Copy`] | nothing | everywhere |
//!
//! A hard link is for trees that nobody writes into; what is to differ is put in its place by [`replace_file`], which
//! writes beside and renames, and so never writes through a link.

use std::fs::{File, FileTimes};
use std::io::{self, Write};
use std::sync::atomic::{AtomicU8, Ordering};

use super::FsError;
use crate::AbsPath;
use crate::cancel::Cancel;

/// How files of one tree get into another, the cheapest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Share {
    /// A copy that shares its blocks.
    Reflink,
    /// Another name of the file.
    HardLink,
    /// A copy.
    Copy,
}

impl Share {
    const ALL: [Self; 3] = [Self::Reflink, Self::HardLink, Self::Copy];
}

/// Whether two trees may have files in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Links {
    /// They may: nobody writes into either.
    Allowed,
    /// They may not: somebody edits one of them.
    Forbidden,
}

/// Puts files of one tree into another, each by the cheapest way that works; what does not work once is not tried again.
#[derive(Debug)]
pub struct Sharer {
    links: Links,
    from: AtomicU8,
}

/// More threads than this wait for each other in the file system.
const MOST: usize = 4;

impl Sharer {
    /// One that has tried nothing yet.
    #[must_use]
    pub fn new(links: Links) -> Self {
        Self { links, from: AtomicU8::new(0) }
    }

    /// Puts the file `from` at `to`, which is not there; time and mode are those of `from`. Says how.
    pub fn file(&self, from: &AbsPath, to: &AbsPath) -> Result<Share, FsError> {
        let first = usize::from(self.from.load(Ordering::Relaxed));
        for (index, way) in Share::ALL.into_iter().enumerate().skip(first) {
            match self.attempt(way, from, to) {
                Ok(()) => return Ok(way),
                Err(error) if way == Share::Copy => return Err(error),
                Err(error) if error.is_absent() || error.source.kind() == io::ErrorKind::AlreadyExists => {
                    return Err(error);
                }
                // Too many names of one file are that file's matter; everything else is the file system's.
                Err(error) if error.source.kind() == io::ErrorKind::TooManyLinks => {}
                Err(_) => self.from.store(u8::try_from(index + 1).unwrap_or(2), Ordering::Relaxed),
            }
        }
        self.attempt(Share::Copy, from, to).map(|()| Share::Copy)
    }

    fn attempt(&self, way: Share, from: &AbsPath, to: &AbsPath) -> Result<(), FsError> {
        match way {
            Share::Reflink => reflink(from, to),
            Share::HardLink if self.links == Links::Allowed => {
                std::fs::hard_link(from, to).map_err(FsError::on("link to", to))
            }
            Share::HardLink => Err(FsError::new("link to", to, io::ErrorKind::Unsupported.into())),
            Share::Copy => copy_with_time(from, to),
        }
    }

    /// Puts many files into a tree, given by their paths relative to both; the directories above are made.
    ///
    /// Where nothing can be shared, there has to be room for all of them before the second is copied.
    pub fn files(
        &self,
        from: &AbsPath,
        to: &AbsPath,
        paths: &[&str],
        cancel: &Cancel,
    ) -> Result<(), FsError> {
        let mut made = "";
        for path in paths {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            // Paths are sorted as a rule: most share the folder of the one before.
            if folder != made {
                super::create_dir_all(&to.join(folder))?;
                made = folder;
            }
        }
        let Some((first, paths)) = paths.split_first() else { return Ok(()) };
        if self.file(&from.join(first), &to.join(first))? == Share::Copy {
            check_room(from, to, paths)?;
        }
        let threads = crate::env::available_cpus().min(MOST);
        let share = paths.len().div_ceil(threads).max(1);
        std::thread::scope(|scope| {
            let parts: Vec<_> = paths
                .chunks(share)
                .map(|part| {
                    scope.spawn(move || {
                        for path in part {
                            if cancel.requested() {
                                break;
                            }
                            self.file(&from.join(path), &to.join(path))?;
                        }
                        Ok(())
                    })
                })
                .collect();
            parts
                .into_iter()
                .try_for_each(|part| part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        })
    }
}

/// Whether copies of these files find room.
fn check_room(from: &AbsPath, to: &AbsPath, paths: &[&str]) -> Result<(), FsError> {
    let Some(free) = super::available_bytes(to) else { return Ok(()) };
    let mut needed: u64 = 0;
    for path in paths {
        needed = needed.saturating_add(super::stat(&from.join(path))?.len);
    }
    if free < needed {
        let room = format!("{free} bytes are free, {needed} are needed");
        return Err(FsError::new("copy files into", to, io::Error::new(io::ErrorKind::StorageFull, room)));
    }
    Ok(())
}

fn reflink(from: &AbsPath, to: &AbsPath) -> Result<(), FsError> {
    #[cfg(target_os = "linux")]
    {
        let source = super::open(from)?;
        let target = File::create_new(to).map_err(FsError::on("create", to))?;
        let cloned = rustix::fs::ioctl_ficlone(&target, &source).map_err(io::Error::from);
        let done = cloned.and_then(|()| like(&source, &target));
        if done.is_err() {
            super::remove_file(to)?;
        }
        done.map_err(FsError::on("clone to", to))
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = from;
        Err(FsError::new("clone to", to, io::ErrorKind::Unsupported.into()))
    }
}

fn copy_with_time(from: &AbsPath, to: &AbsPath) -> Result<(), FsError> {
    let mut source = super::open(from)?;
    let mut target = File::create_new(to).map_err(FsError::on("create", to))?;
    io::copy(&mut source, &mut target).and_then(|_| like(&source, &target)).map_err(FsError::on("write", to))
}

/// Puts other contents into a file that nobody else has a name of, and leaves its time as it was.
///
/// Not flushed to the disk: for what can be made again.
pub fn rewrite_in_its_time(path: &AbsPath, bytes: &[u8]) -> Result<(), FsError> {
    let fail = || FsError::on("write", path);
    let modified = std::fs::metadata(path).and_then(|metadata| metadata.modified()).map_err(fail())?;
    let mut file = File::options().write(true).truncate(true).open(path).map_err(fail())?;
    file.write_all(bytes).and_then(|()| file.set_modified(modified)).map_err(fail())
}

/// Gives a file the mode and the time of another one.
fn like(source: &File, target: &File) -> io::Result<()> {
    let metadata = source.metadata()?;
    target.set_permissions(metadata.permissions())?;
    target.set_times(FileTimes::new().set_modified(metadata.modified()?))
}

/// Puts a file with these contents in the place of whatever has the name, by a rename; its time is now.
///
/// Not flushed to the disk: for what can be made again.
pub fn replace_file(path: &AbsPath, bytes: &[u8], executable: bool) -> Result<(), FsError> {
    let fail = || FsError::on("write", path);
    let folder = path.parent().ok_or_else(|| fail()(io::ErrorKind::InvalidInput.into()))?;
    super::create_dir_all(&folder)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".replace-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(std::fs::Permissions::from_mode(if executable { 0o777 } else { 0o666 }));
    }
    #[cfg(not(unix))]
    let _ = executable;
    let mut file = builder.tempfile_in(&folder).map_err(fail())?;
    file.write_all(bytes).map_err(fail())?;
    file.persist(path).map(drop).map_err(|error| fail()(error.error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::tests::scratch;
    use crate::fs::{read, set_executable, stat, write_atomic};

    #[test]
    fn files_are_shared_and_never_written_through() {
        let scratch = scratch();
        let (from, to) = (scratch.path().join("from"), scratch.path().join("to"));
        crate::fs::create_dir_all(&from.join("a/b")).unwrap();
        for (name, text) in [("a/b/x", "x"), ("a/y", "y"), ("z", "z")] {
            write_atomic(&from.join(name), text.as_bytes()).unwrap();
        }
        set_executable(&from.join("z")).unwrap();
        for links in [Links::Allowed, Links::Forbidden] {
            crate::fs::remove_dir_all(&to).unwrap();
            let sharer = Sharer::new(links);
            sharer.files(&from, &to, &["a/b/x", "a/y", "z"], &Cancel::new()).unwrap();
            assert_eq!(read(&to.join("a/b/x")).unwrap(), b"x");
            assert!(crate::fs::is_executable(&to.join("z")).unwrap());
            let (old, new) = (stat(&from.join("z")).unwrap(), stat(&to.join("z")).unwrap());
            assert_eq!(old.mtime_ns, new.mtime_ns);
            assert!(links == Links::Allowed || old.inode != new.inode);
            replace_file(&to.join("z"), b"other", false).unwrap();
            assert_eq!(
                (read(&from.join("z")).unwrap(), read(&to.join("z")).unwrap()),
                (b"z".into(), b"other".into())
            );
            assert!(!crate::fs::is_executable(&to.join("z")).unwrap());
            let time = stat(&to.join("z")).unwrap().mtime_ns;
            rewrite_in_its_time(&to.join("z"), b"new").unwrap();
            assert_eq!(read(&to.join("z")).unwrap(), b"new");
            assert_eq!(stat(&to.join("z")).unwrap().mtime_ns, time);
            let error = sharer.file(&from.join("z"), &to.join("z")).unwrap_err();
            assert_eq!(error.source.kind(), io::ErrorKind::AlreadyExists);
            assert!(sharer.file(&from.join("none"), &to.join("none")).unwrap_err().is_absent());
        }
    }

    /// What cannot be shared is not begun where it cannot be ended.
    #[test]
    fn copies_need_room() {
        let scratch = scratch();
        let (from, to) = (scratch.path().join("from"), scratch.path().join("to"));
        crate::fs::create_dir_all(&from).unwrap();
        crate::fs::create_dir_all(&to).unwrap();
        write_atomic(&from.join("a"), b"a").unwrap();
        // Eight tebibytes that take none.
        File::create_new(from.join("b")).unwrap().set_len(1 << 43).unwrap();
        let copies = Sharer { links: Links::Forbidden, from: AtomicU8::new(2) };
        let error = copies.files(&from, &to, &["a", "b"], &Cancel::new()).unwrap_err();
        assert_eq!(error.source.kind(), io::ErrorKind::StorageFull);
        let message = error.to_string().replace(&to.to_string(), "/tmp/to");
        let free = message.split(": ").last().unwrap().split(' ').next().unwrap();
        assert!(free.chars().all(|letter| letter.is_ascii_digit()), "{message}");
        insta::assert_snapshot!(message.replace(free, "FREE"), @"could not copy files into `/tmp/to`: FREE bytes are free, 8796093022208 are needed");
        assert!(!crate::fs::exists(&to.join("b")));
    }
}
