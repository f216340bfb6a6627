//! The tree that an archive becomes.
//!
//! All members go into a temporary directory beside the destination. It starts empty and nobody else knows it, so what
//! is in it is what this archive has put there. Three rules keep every member inside:
//!
//! 1. A name has no `..` and does not begin with `/`.
//! 2. What a name lies in is a directory that was made here, never a link: directories are made one by one, and one that
//!    is there already but was not made as a directory is refused.
//! 3. A symbolic link first goes up, at most to the top, then down. Since it goes down through what is inside only, it
//!    ends inside; `a/../b`, which would go up from wherever `a` leads, is refused.

use std::cell::Cell;
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sha2::{Digest, Sha256};
use tar::{Entry, EntryType};

use super::Limits;
use super::listing::{Content, Member};
use super::writers::{self, Job, SMALL, Writers, create, set_time};
use crate::AbsPath;
use crate::fs::{self, FsError, TempDir};

/// Reports why a tree was not made.
#[derive(Debug)]
pub(super) enum TreeError {
    Refused(Refusal),
    Tar(io::Error),
    Fs(FsError),
}

/// Names a member that may not be unpacked.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) member: String,
    pub(super) reason: String,
}

impl From<FsError> for TreeError {
    fn from(error: FsError) -> Self {
        Self::Fs(error)
    }
}

/// Collects the members beside the destination.
pub(super) struct Tree {
    temp: TempDir,
    /// The directories made here, relative to the top.
    dirs: HashSet<PathBuf>,
    /// The files and links made here, some of them still to be written.
    others: HashSet<PathBuf>,
    dir_times: Vec<(AbsPath, SystemTime)>,
    /// A link that reaches the level of the top itself, which is outside if the top is stripped.
    reaches_top: Option<String>,
    buffer: Vec<u8>,
    limits: Limits,
    bytes: u64,
}

impl Tree {
    /// Makes an empty tree beside `dest`.
    pub(super) fn beside(dest: &AbsPath, limits: Limits) -> Result<Self, FsError> {
        let occupied = |error| FsError::new("unpack to", dest, error);
        if fs::exists(dest) && !fs::list_dir(dest)?.is_empty() {
            return Err(occupied(io::Error::new(
                io::ErrorKind::AlreadyExists,
                "it is there already and not empty",
            )));
        }
        let (Some(parent), Some(name)) = (dest.parent(), dest.file_name()) else {
            return Err(occupied(io::ErrorKind::InvalidInput.into()));
        };
        Ok(Self {
            temp: fs::temp_dir_in(&parent, &format!(".{name}.unpack-"))?,
            dirs: HashSet::from([PathBuf::new()]),
            others: HashSet::new(),
            dir_times: Vec::new(),
            reaches_top: None,
            buffer: vec![0; 128 * 1024],
            limits,
            bytes: 0,
        })
    }

    /// Unpacks all members of a tar file, and reads on to its end, so that a decoder gets to compare its checksums.
    pub(super) fn fill(mut self, source: &mut dyn Read, writers: &Writers<'_>) -> Result<Self, TreeError> {
        let added = self.add_all(source, writers);
        // Whatever happened: a tree that goes while somebody still writes into it would not go whole.
        let written = writers.drain();
        added.and(written).map(|()| self)
    }

    fn add_all(&mut self, source: &mut dyn Read, writers: &Writers<'_>) -> Result<(), TreeError> {
        // How much may be read; between two members that is what a header may take.
        let allowance = Cell::new(self.limits.headers);
        let mut archive = tar::Archive::new(Bounded { source, allowance: &allowance });
        let (mut members, mut last) = (0_u64, String::new());
        let mut entries = archive.entries().map_err(TreeError::Tar)?;
        loop {
            allowance.set(self.limits.headers);
            let Some(entry) = entries.next() else { break };
            let mut entry = entry.map_err(|error| {
                if allowance.get() > 0 {
                    return TreeError::Tar(error);
                }
                let reason = format!("the headers after it are longer than {} bytes", self.limits.headers);
                TreeError::Refused(Refusal { member: last.clone(), reason })
            })?;
            allowance.set(u64::MAX);
            members += 1;
            last = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            if members > self.limits.members {
                let reason =
                    format!("it is one more than the {} members that are allowed", self.limits.members);
                return Err(TreeError::Refused(Refusal { member: last, reason }));
            }
            self.add(&mut entry, writers)?;
            // The rest of a member that was not read is none of a header.
            io::copy(&mut entry, &mut io::sink()).map_err(TreeError::Tar)?;
        }
        allowance.set(u64::MAX);
        io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(TreeError::Tar)?;
        if members == 0 {
            return Err(TreeError::Tar(io::Error::new(io::ErrorKind::UnexpectedEof, "it holds nothing")));
        }
        Ok(())
    }

    /// Puts the tree in its place; where it consists of one directory, that directory. Returns what is in it.
    pub(super) fn settle(self, dest: &AbsPath, mut members: Vec<Member>) -> Result<Vec<Member>, TreeError> {
        for (path, time) in self.dir_times.iter().rev() {
            set_time(&fs::open(path)?, path, *time)?;
        }
        let entries = fs::list_dir(self.temp.path())?;
        match entries.as_slice() {
            [top] if self.dirs.contains(Path::new(top.file_name().unwrap_or_default())) => {
                if let Some(member) = self.reaches_top {
                    let reason = "it is a link that leaves the archive's only directory".to_owned();
                    return Err(TreeError::Refused(Refusal { member, reason }));
                }
                for member in &mut members {
                    member.path = member.path.components().skip(1).collect();
                }
                fs::rename(top, dest)?;
            }
            _ => {
                fs::rename(self.temp.path(), dest)?;
                // What would be removed now is somewhere else.
                let _ = self.temp.keep();
            }
        }
        if let Some(parent) = dest.parent() {
            fs::sync_dir(&parent)?;
        }
        members.sort_unstable_by(|a, b| by_component(&a.path).cmp(by_component(&b.path)));
        Ok(members)
    }

    fn add<R: Read>(&mut self, entry: &mut Entry<'_, R>, writers: &Writers<'_>) -> Result<(), TreeError> {
        let kind = entry.header().entry_type();
        if kind == EntryType::XGlobalHeader {
            // `git archive` notes the commit in one.
            return Ok(());
        }
        let name = entry.path().map_err(TreeError::Tar)?.into_owned();
        let refuse = |reason: &str| {
            TreeError::Refused(Refusal { member: name.display().to_string(), reason: reason.to_owned() })
        };
        if name.as_os_str().len() > self.limits.name {
            let start: String = name.to_string_lossy().chars().take(40).collect();
            let reason = format!("its name is longer than {} bytes", self.limits.name);
            return Err(TreeError::Refused(Refusal { member: format!("{start}…"), reason }));
        }
        let relative = inside(&name).map_err(refuse)?;
        if relative.components().count() > self.limits.depth {
            return Err(refuse(&format!("it lies more than {} directories deep", self.limits.depth)));
        }
        let mtime = entry.header().mtime().map_err(TreeError::Tar)?;
        let time = UNIX_EPOCH
            .checked_add(Duration::from_secs(mtime))
            .ok_or_else(|| refuse("its time is out of range"))?;
        if kind == EntryType::Directory {
            self.make_dir(&relative).map_err(|blocked| blocked.or(refuse))?;
            self.dir_times.push((self.temp.path().join(&relative), time));
            return Ok(());
        }
        let Some(parent) = relative.parent() else {
            return Err(refuse("its name is empty"));
        };
        self.make_dir(parent).map_err(|blocked| blocked.or(refuse))?;
        let path = self.temp.path().join(&relative);
        if self.dirs.contains(&relative) || !self.others.insert(relative.clone()) {
            return Err(refuse("its name is taken by another member"));
        }
        let shown = name.display().to_string();
        let taken = |error: FsError| writers::taken(&shown, error);
        match kind {
            EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {
                let mode = entry.header().mode().map_err(TreeError::Tar)?;
                let len = entry.size();
                self.bytes = self.bytes.saturating_add(len);
                if self.bytes > self.limits.bytes {
                    let reason = format!("with it, the files hold more than {} bytes", self.limits.bytes);
                    return Err(refuse(&reason));
                }
                if len <= SMALL {
                    let mut bytes = Vec::new();
                    entry.read_to_end(&mut bytes).map_err(TreeError::Tar)?;
                    if bytes.len() as u64 != len {
                        return Err(ends_early());
                    }
                    return writers.write(Job { name: shown, path, relative, mode, time, mtime, bytes });
                }
                let mut file = create(&path, mode).map_err(taken)?;
                let sha256 = self.copy(entry, &mut file, &path)?;
                set_time(&file, &path, time)?;
                let content = Content::File { len, mtime, executable: mode & 0o100 != 0, sha256 };
                writers.note(Member { path: relative, content });
            }
            EntryType::Symlink => {
                let target = entry.link_name().map_err(TreeError::Tar)?.unwrap_or_default().into_owned();
                let depth = parent.components().count();
                let level = link_level(&target, depth).map_err(refuse)?;
                if level == 0 {
                    self.reaches_top.get_or_insert_with(|| name.display().to_string());
                }
                fs::symlink(&target, &path).map_err(taken)?;
                writers.note(Member { path: relative, content: Content::Link(target) });
            }
            EntryType::Link => {
                let target = entry.link_name().map_err(TreeError::Tar)?.unwrap_or_default().into_owned();
                let target = inside(&target).map_err(|_| refuse("it is a link that leaves the archive"))?;
                writers.drain()?;
                let known =
                    target != relative && target.parent().is_some_and(|parent| self.dirs.contains(parent));
                let target = self.temp.path().join(target);
                if !known || !std::fs::symlink_metadata(&target).is_ok_and(|metadata| metadata.is_file()) {
                    return Err(refuse("it is a link to what is no file of the archive"));
                }
                let linked = std::fs::hard_link(&target, &path);
                linked.map_err(FsError::on("create the link", &path)).map_err(taken)?;
                writers.note(linked_member(relative, &path)?);
            }
            EntryType::Char | EntryType::Block => return Err(refuse("it is a device")),
            EntryType::Fifo => return Err(refuse("it is a named pipe")),
            other => {
                let byte = char::from(other.as_byte()).escape_default();
                return Err(refuse(&format!("it is of the unknown kind `{byte}`")));
            }
        }
        Ok(())
    }

    /// Makes a directory and those above it, through no link.
    fn make_dir(&mut self, relative: &Path) -> Result<(), Blocked> {
        if self.dirs.contains(relative) {
            return Ok(());
        }
        if let Some(parent) = relative.parent() {
            self.make_dir(parent)?;
        }
        if self.others.contains(relative) {
            return Err(Blocked::Taken);
        }
        let path = self.temp.path().join(relative);
        match std::fs::create_dir(&path) {
            Ok(()) => {
                self.dirs.insert(relative.to_owned());
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(Blocked::Taken),
            Err(error) => Err(Blocked::Fs(FsError::new("create the directory", &path, error))),
        }
    }

    fn copy<R: Read>(
        &mut self,
        entry: &mut Entry<'_, R>,
        file: &mut File,
        path: &AbsPath,
    ) -> Result<[u8; 32], TreeError> {
        let mut left = entry.size();
        let mut hasher = Sha256::new();
        while left > 0 {
            let read = entry.read(&mut self.buffer).map_err(TreeError::Tar)?;
            if read == 0 {
                return Err(ends_early());
            }
            hasher.update(&self.buffer[..read]);
            file.write_all(&self.buffer[..read]).map_err(FsError::on("write", path))?;
            left = left.saturating_sub(read as u64);
        }
        Ok(hasher.finalize().into())
    }
}

/// The bytes of a path of plain components, in the order of [`Path`]s; a tree's worth of those is slow to compare.
fn by_component(path: &Path) -> impl Iterator<Item = u8> {
    // No component holds a zero.
    path.as_os_str().as_encoded_bytes().iter().map(|byte| if *byte == b'/' { 0 } else { *byte })
}

fn ends_early() -> TreeError {
    TreeError::Tar(io::Error::new(io::ErrorKind::UnexpectedEof, "the archive ends too early"))
}

/// What a hard link is: a file like the one that it was made from.
fn linked_member(relative: PathBuf, path: &AbsPath) -> Result<Member, TreeError> {
    let stat = fs::stat(path)?;
    let content = Content::File {
        len: stat.len,
        mtime: u64::try_from(stat.mtime_ns / 1_000_000_000).unwrap_or(0),
        executable: fs::is_executable(path)?,
        sha256: crate::digest::sha256_file(path)?,
    };
    Ok(Member { path: relative, content })
}

/// A source of which only so much may be read, so that no header fills the memory.
struct Bounded<'a> {
    source: &'a mut dyn Read,
    allowance: &'a Cell<u64>,
}

impl Read for Bounded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let allowed = usize::try_from(self.allowance.get()).unwrap_or(usize::MAX).min(buffer.len());
        if allowed == 0 && !buffer.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a header is too long"));
        }
        let read = self.source.read(&mut buffer[..allowed])?;
        if self.allowance.get() != u64::MAX {
            self.allowance.set(self.allowance.get() - read as u64);
        }
        Ok(read)
    }
}

/// Why a directory was not made.
enum Blocked {
    Taken,
    Fs(FsError),
}

impl Blocked {
    fn or(self, refuse: impl FnOnce(&str) -> TreeError) -> TreeError {
        match self {
            Self::Taken => refuse("it lies in what another member made a link or a file"),
            Self::Fs(error) => TreeError::Fs(error),
        }
    }
}

/// Returns a member's name relative to the top, if it stays below it.
fn inside(name: &Path) -> Result<PathBuf, &'static str> {
    let mut relative = PathBuf::new();
    for component in name.components() {
        match component {
            Component::Normal(part) => relative.push(part),
            Component::CurDir => {}
            Component::ParentDir => return Err("its name has a `..`"),
            Component::RootDir | Component::Prefix(_) => return Err("its name is absolute"),
        }
    }
    Ok(relative)
}

/// Returns the highest level that a link at `depth` directories below the top goes through; zero is the top.
fn link_level(target: &Path, depth: usize) -> Result<usize, &'static str> {
    let mut level = depth;
    let mut goes_down = false;
    for component in target.components() {
        match component {
            Component::CurDir => {}
            Component::Normal(_) => goes_down = true,
            Component::ParentDir if goes_down => {
                return Err("it is a link that goes up again after going down");
            }
            Component::ParentDir => {
                level = level.checked_sub(1).ok_or("it is a link that leaves the archive")?;
            }
            Component::RootDir | Component::Prefix(_) => return Err("it is a link to an absolute path"),
        }
    }
    if target.as_os_str().is_empty() { Err("it is a link to nothing") } else { Ok(level) }
}
