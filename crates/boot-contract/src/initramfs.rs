//! An initramfs, built in process: a `newc` cpio archive (`Documentation/driver-api/early-userspace/buffer-format.rst`).
//!
//! ```text
//! dev/  dev/console (char 5:1)      always, so that an init has a console before it mounts anything
//! init                              from the init's program
//! …                                 further files, with the folders that they stand in
//! ```
//!
//! Invariants: the same content gives the same bytes, in whatever order it was added: entries are sorted, times, owners
//! and device numbers are zero, inode numbers count from 1. No privilege is needed, for nothing touches a disk.
//!
//! Deliberately absent: compression (a kernel need not have a decompressor), symbolic links, files.

use std::collections::BTreeMap;
use std::io;

use cpio::newc;

const DIRECTORY: u32 = 0o040_000;
const REGULAR: u32 = 0o100_000;
const CHAR_DEVICE: u32 = 0o020_000;

/// An initramfs in the making.
#[derive(Clone, Debug)]
pub struct Initramfs {
    entries: BTreeMap<String, Entry>,
}

#[derive(Clone, Debug)]
enum Entry {
    Directory,
    File { permissions: u32, content: Vec<u8> },
    CharDevice { permissions: u32, major: u32, minor: u32 },
}

/// A file that cannot be in an initramfs.
#[derive(Debug, thiserror::Error)]
pub enum InitramfsError {
    /// Not a plain absolute path.
    #[error("`{0}` is not a path in an initramfs: expected `/name` or `/dir/name`, without `.` and `..`")]
    Path(String),
    /// Something else has that path.
    #[error("`{0}` is in the initramfs twice")]
    Twice(String),
    /// A file is where a folder is needed.
    #[error("`{inside}` cannot be in the initramfs: `{file}` is a file")]
    NotADirectory {
        /// The path that was to be added.
        inside: String,
        /// The file above it.
        file: String,
    },
    /// The format has 32 bits for a file's size.
    #[error("`{path}` has {size} bytes: an initramfs holds files below 4 GiB")]
    TooLarge {
        /// The path in the initramfs.
        path: String,
        /// Its size in bytes.
        size: usize,
    },
    /// The archive could not be written into memory.
    #[error("cannot write the entry `{path}` of the initramfs")]
    Write {
        /// The path in the initramfs.
        path: String,
        /// What the writer said.
        source: io::Error,
    },
}

impl Default for Initramfs {
    fn default() -> Self {
        Self::new()
    }
}

impl Initramfs {
    /// An initramfs with `/dev/console` alone.
    pub fn new() -> Self {
        let console = Entry::CharDevice { permissions: 0o600, major: 5, minor: 1 };
        Self { entries: BTreeMap::from([("dev".into(), Entry::Directory), ("dev/console".into(), console)]) }
    }

    /// An initramfs whose `/init` is that program.
    pub fn with_init(program: Vec<u8>) -> Self {
        let mut made = Self::new();
        made.entries.insert("init".into(), Entry::File { permissions: 0o755, content: program });
        made
    }

    /// Adds a file, and the folders that it stands in.
    ///
    /// # Errors
    /// [`InitramfsError`] where the path is not plain or taken, or the file too large for the format.
    pub fn file(&mut self, path: &str, permissions: u32, content: Vec<u8>) -> Result<(), InitramfsError> {
        if u32::try_from(content.len()).is_err() {
            return Err(InitramfsError::TooLarge { path: path.to_owned(), size: content.len() });
        }
        let name = plain(path).ok_or_else(|| InitramfsError::Path(path.to_owned()))?;
        for (end, _) in name.match_indices('/') {
            match self.entries.entry(name[..end].to_owned()).or_insert(Entry::Directory) {
                Entry::Directory => {}
                _ => {
                    let file = format!("/{}", &name[..end]);
                    return Err(InitramfsError::NotADirectory { inside: path.to_owned(), file });
                }
            }
        }
        if self.entries.contains_key(name) {
            return Err(InitramfsError::Twice(path.to_owned()));
        }
        self.entries.insert(name.to_owned(), Entry::File { permissions: permissions & 0o7777, content });
        Ok(())
    }

    /// Whether something has that path.
    pub fn has(&self, path: &str) -> bool {
        plain(path).is_some_and(|name| self.entries.contains_key(name))
    }

    /// The archive.
    ///
    /// # Errors
    /// [`InitramfsError::Write`] where the format cannot hold an entry.
    pub fn to_bytes(&self) -> Result<Vec<u8>, InitramfsError> {
        let mut archive = Vec::new();
        for (ino, (name, entry)) in (1..).zip(&self.entries) {
            let head = newc::Builder::new(name).ino(ino);
            let (head, content): (_, &[u8]) = match entry {
                Entry::Directory => (head.mode(DIRECTORY | 0o755).nlink(2), &[]),
                Entry::File { permissions, content } => (head.mode(REGULAR | permissions), content),
                Entry::CharDevice { permissions, major, minor } => {
                    (head.mode(CHAR_DEVICE | permissions).rdev_major(*major).rdev_minor(*minor), &[])
                }
            };
            write(&mut archive, head, content)
                .map_err(|source| InitramfsError::Write { path: format!("/{name}"), source })?;
        }
        newc::trailer(archive).map_err(|source| InitramfsError::Write { path: "TRAILER!!!".into(), source })
    }
}

fn write(archive: &mut Vec<u8>, head: newc::Builder, content: &[u8]) -> io::Result<()> {
    let size = u32::try_from(content.len()).map_err(io::Error::other)?;
    let mut entry = head.write(archive, size);
    io::Write::write_all(&mut entry, content)?;
    entry.finish()?;
    Ok(())
}

/// The path without its leading slash, if each of its parts is a name.
fn plain(path: &str) -> Option<&str> {
    let name = path.strip_prefix('/')?;
    let good = |part: &str| !matches!(part, "" | "." | "..") && !part.contains('\0');
    name.split('/').all(good).then_some(name)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn listing(mut archive: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            let mut reader = newc::Reader::new(archive).expect("an entry");
            if reader.entry().is_trailer() {
                return lines;
            }
            let mut content = String::new();
            reader.read_to_string(&mut content).expect("text");
            let entry = reader.entry();
            assert_eq!((entry.uid(), entry.gid(), entry.mtime()), (0, 0, 0));
            let (major, minor) = (entry.rdev_major(), entry.rdev_minor());
            lines.push(format!(
                "{} {:06o} {} {major}:{minor} {content}",
                entry.ino(),
                entry.mode(),
                entry.name()
            ));
            archive = reader.finish().expect("padding");
        }
    }

    #[test]
    fn reads_back() {
        let mut made = Initramfs::with_init(b"#!init".to_vec());
        made.file("/etc/run/a", 0o644, b"odd".to_vec()).expect("a file");
        insta::assert_snapshot!(listing(&made.to_bytes().expect("an archive")).join("\n"), @r"
        1 040755 dev 0:0 
        2 020600 dev/console 5:1 
        3 040755 etc 0:0 
        4 040755 etc/run 0:0 
        5 100644 etc/run/a 0:0 odd
        6 100755 init 0:0 #!init
        ");
    }

    #[test]
    fn content_alone_decides_the_bytes() {
        let mut one = Initramfs::with_init(vec![7; 5]);
        one.file("/b/x", 0o755, vec![1]).expect("x");
        one.file("/a", 0o644, vec![2]).expect("a");
        let mut other = Initramfs::with_init(vec![7; 5]);
        other.file("/a", 0o644, vec![2]).expect("a");
        other.file("/b/x", 0o755, vec![1]).expect("x");
        let bytes = one.to_bytes().expect("an archive");
        assert_eq!(bytes, other.to_bytes().expect("an archive"));
        let mut third = Initramfs::with_init(vec![7; 5]);
        third.file("/a", 0o755, vec![2]).expect("a");
        third.file("/b/x", 0o755, vec![1]).expect("x");
        assert_ne!(bytes, third.to_bytes().expect("an archive"));
    }

    #[test]
    fn paths_are_plain_and_single() {
        let mut made = Initramfs::with_init(Vec::new());
        for path in ["", "/", "a", "/a/../b", "//a", "/a/", "/init", "/init/x", "/dev", "/dev/console"] {
            assert!(made.file(path, 0o644, Vec::new()).is_err(), "{path}");
        }
        insta::assert_snapshot!(made.file("/init/x", 0o644, Vec::new()).expect_err("a file"), @"`/init/x` cannot be in the initramfs: `/init` is a file");
    }
}
