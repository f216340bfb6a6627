//! What is known of a file without reading it.

use std::fs::Metadata;

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
