//! What is known of a file without reading it.

use std::fs::Metadata;

#[cfg(unix)]
use rustix::fs::{Mode, OFlags};

use super::FsError;
use crate::AbsPath;

/// Identifies a file's content without reading it: the same five numbers mean the same bytes.
///
/// Not for keys that outlive this machine; time and inode say "untouched here", nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stat {
    /// Length in bytes.
    pub len: u64,
    /// Time of the last change of the content, in nanoseconds since 1970-01-01 UTC.
    pub mtime_ns: i64,
    /// Time of the last change of the content or of what is known of the file, which nobody can set, in nanoseconds since
    /// 1970-01-01 UTC; zero where there is none.
    pub ctime_ns: i64,
    /// Number of the file in its file system; zero where there is none.
    pub inode: u64,
    /// Number of the file system; zero where there is none.
    pub dev: u64,
}

/// Returns a file's identity; symbolic links are followed.
pub fn stat(path: &AbsPath) -> Result<Stat, FsError> {
    std::fs::metadata(path)
        .map(|metadata| from_metadata(&metadata))
        .map_err(FsError::on("read the state of", path))
}

/// Returns a file's identity and what it is; symbolic links are followed.
pub fn stat_and_kind(path: &AbsPath) -> Result<(Stat, Kind), FsError> {
    std::fs::metadata(path)
        .map(|metadata| (from_metadata(&metadata), kind_of(metadata.file_type())))
        .map_err(FsError::on("read the state of", path))
}

#[cfg(unix)]
fn from_metadata(metadata: &Metadata) -> Stat {
    use std::os::unix::fs::MetadataExt as _;
    Stat {
        len: metadata.len(),
        mtime_ns: metadata.mtime().saturating_mul(1_000_000_000).saturating_add(metadata.mtime_nsec()),
        ctime_ns: metadata.ctime().saturating_mul(1_000_000_000).saturating_add(metadata.ctime_nsec()),
        inode: metadata.ino(),
        dev: metadata.dev(),
    }
}

#[cfg(not(unix))]
fn from_metadata(metadata: &Metadata) -> Stat {
    let since = metadata.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    let mtime_ns = since.and_then(|since| i64::try_from(since.as_nanos()).ok()).unwrap_or(0);
    Stat { len: metadata.len(), mtime_ns, ctime_ns: 0, inode: 0, dev: 0 }
}

/// What a name leads to, without following it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
    /// A device, a socket, a pipe.
    Other,
}

/// What one look at a name tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// What it is.
    pub kind: Kind,
    /// Length in bytes.
    pub len: u64,
    /// Time of the last change, in whole seconds since 1970-01-01 UTC.
    pub mtime_seconds: i64,
    /// Whether its owner may execute it.
    pub executable: bool,
}

/// Looks at a name; a symbolic link is not followed.
pub fn look(path: &AbsPath) -> Result<Seen, FsError> {
    let metadata = std::fs::symlink_metadata(path).map_err(FsError::on("read the state of", path))?;
    #[cfg(unix)]
    let executable = std::os::unix::fs::MetadataExt::mode(&metadata) & 0o100 != 0;
    #[cfg(not(unix))]
    let executable = false;
    let mtime_seconds = from_metadata(&metadata).mtime_ns.div_euclid(1_000_000_000);
    Ok(Seen { kind: kind_of(metadata.file_type()), len: metadata.len(), mtime_seconds, executable })
}

/// An open directory, in which many names can be looked at without walking to it each time.
#[derive(Debug)]
pub struct Folder {
    path: AbsPath,
    #[cfg(unix)]
    directory: std::os::fd::OwnedFd,
}

/// To be walked from, and nothing else: Linux need not open a directory for that.
#[cfg(any(target_os = "linux", target_os = "android"))]
const WALKED: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
const WALKED: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

impl Folder {
    /// Opens a directory.
    pub fn open(path: &AbsPath) -> Result<Self, FsError> {
        #[cfg(unix)]
        let directory = {
            let opened = rustix::fs::open(path.as_path(), WALKED, Mode::empty());
            opened.map_err(|error| FsError::new("open", path, error.into()))?
        };
        Ok(Self {
            path: path.clone(),
            #[cfg(unix)]
            directory,
        })
    }

    /// Opens a directory below it.
    pub fn below(&self, path: &str) -> Result<Self, FsError> {
        #[cfg(unix)]
        {
            let fail = |error: rustix::io::Errno| FsError::new("open", &self.path.join(path), error.into());
            let directory = rustix::fs::openat(&self.directory, path, WALKED, Mode::empty()).map_err(fail)?;
            Ok(Self { path: self.path.join(path), directory })
        }
        #[cfg(not(unix))]
        {
            Self::open(&self.path.join(path))
        }
    }

    /// Looks at a name in it; a symbolic link is not followed.
    pub fn look(&self, name: &str) -> Result<Seen, FsError> {
        #[cfg(unix)]
        {
            use rustix::fs::{AtFlags, FileType, statat};
            let fail = |error: rustix::io::Errno| {
                FsError::new("read the state of", &self.path.join(name), error.into())
            };
            let stat = statat(&self.directory, name, AtFlags::SYMLINK_NOFOLLOW).map_err(fail)?;
            let kind = match FileType::from_raw_mode(stat.st_mode) {
                FileType::RegularFile => Kind::File,
                FileType::Directory => Kind::Directory,
                FileType::Symlink => Kind::Link,
                _ => Kind::Other,
            };
            Ok(Seen {
                kind,
                len: u64::try_from(stat.st_size).unwrap_or(0),
                mtime_seconds: stat.st_mtime,
                executable: stat.st_mode & 0o100 != 0,
            })
        }
        #[cfg(not(unix))]
        {
            look(&self.path.join(name))
        }
    }
}

/// Says what a name leads to, without following it.
pub fn kind(path: &AbsPath) -> Result<Kind, FsError> {
    let metadata = std::fs::symlink_metadata(path).map_err(FsError::on("read the state of", path))?;
    Ok(kind_of(metadata.file_type()))
}

fn kind_of(file_type: std::fs::FileType) -> Kind {
    if file_type.is_file() {
        Kind::File
    } else if file_type.is_dir() {
        Kind::Directory
    } else if file_type.is_symlink() {
        Kind::Link
    } else {
        Kind::Other
    }
}

/// Returns the number of a directory's owner where neither this user is the administrator nor one of the two owns it.
///
/// Whoever owns a directory decides what is in it.
pub fn foreign_owner(path: &AbsPath) -> Result<Option<u32>, FsError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let owner = std::fs::metadata(path).map_err(FsError::on("read the owner of", path))?.uid();
        let own = rustix::process::geteuid().as_raw();
        Ok((own != 0 && owner != own && owner != 0).then_some(owner))
    }
    #[cfg(not(unix))]
    {
        stat(path).map(|_| None)
    }
}

/// Says whether `a` and `A` are one name in a directory, by trying.
pub fn ignores_case(directory: &AbsPath) -> Result<bool, FsError> {
    let probe = super::temp_dir_in(directory, ".case-")?;
    let lower = probe.path().join("a");
    std::fs::write(&lower, b"").map_err(FsError::on("write", &lower))?;
    Ok(super::exists(&probe.path().join("A")))
}

/// Sets the time of a file's last change to now.
pub fn touch(path: &AbsPath) -> Result<(), FsError> {
    let file = std::fs::OpenOptions::new().append(true).open(path).map_err(FsError::on("open", path))?;
    file.set_modified(std::time::SystemTime::now()).map_err(FsError::on("set the time of", path))
}

/// Returns the text of a symbolic link.
pub fn read_link(path: &AbsPath) -> Result<std::path::PathBuf, FsError> {
    std::fs::read_link(path).map_err(FsError::on("read the link", path))
}

/// Adds up the lengths of all files below a directory; links are not followed.
pub fn tree_size(directory: &AbsPath) -> Result<u64, FsError> {
    let mut sum = 0_u64;
    let mut waiting = vec![directory.clone()];
    while let Some(path) = waiting.pop() {
        let seen = look(&path)?;
        match seen.kind {
            Kind::Directory => waiting.extend(super::list_dir(&path)?),
            _ => sum = sum.saturating_add(seen.len),
        }
    }
    Ok(sum)
}

/// Adds up the lengths of the files below a directory that have no other name elsewhere; links are not followed.
pub fn unshared_size(directory: &AbsPath) -> Result<u64, FsError> {
    let mut sum = 0_u64;
    let mut waiting = vec![directory.clone()];
    while let Some(path) = waiting.pop() {
        let metadata = std::fs::symlink_metadata(&path).map_err(FsError::on("read the state of", &path))?;
        #[cfg(unix)]
        let names = std::os::unix::fs::MetadataExt::nlink(&metadata);
        #[cfg(not(unix))]
        let names = 1;
        if metadata.is_dir() {
            waiting.extend(super::list_dir(&path)?);
        } else if names == 1 {
            sum = sum.saturating_add(metadata.len());
        }
    }
    Ok(sum)
}

/// Returns when a file's content last changed, in nanoseconds since 1970-01-01 UTC.
pub fn mtime_nanos(path: &AbsPath) -> Result<i64, FsError> {
    stat(path).map(|stat| stat.mtime_ns)
}

/// Returns how many bytes this user may still write to the file system that holds `path`.
///
/// `path` need not be there yet: the nearest directory above it counts. Nothing where the system does not tell.
#[must_use]
pub fn available_bytes(path: &AbsPath) -> Option<u64> {
    let mut place = path.clone();
    while !super::exists(&place) {
        place = place.parent()?;
    }
    available_at(&place)
}

#[cfg(unix)]
fn available_at(place: &AbsPath) -> Option<u64> {
    let stat = rustix::fs::statvfs(place.as_path()).ok()?;
    stat.f_bavail.checked_mul(stat.f_frsize)
}

#[cfg(not(unix))]
fn available_at(_place: &AbsPath) -> Option<u64> {
    None
}
