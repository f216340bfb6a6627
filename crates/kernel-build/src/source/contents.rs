//! What the files of a tree hold that somebody edits: each is read once, and again only where it was touched.
//!
//! ```text
//! <work>/contents          LENGTH MTIME CTIME INODE SHA256<NUL>path; what the last look found
//! <work>/contents-built    the same, as it was when the artifact was built
//! ```
//!
//! A file that has its length, both times and its inode still holds what it held: nobody can set the time of the last change
//! of an inode. One that was changed within the last seconds is written down without it, for a second change may bear the same
//! times.
//!
//! Deliberately absent: which files count; that is [`super::own`]'s.

use std::collections::BTreeMap;

use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::clock;
use kernel_host::digest::{hex, parse_hex, sha256_file};
use kernel_host::fs::{self, FsError, Stat};
use rayon::prelude::*;

/// Changes that are no older than this may be followed by one of the same time.
const RECENT_NS: i64 = 2_000_000_000;

/// The files of a tree, by path below it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Contents(BTreeMap<String, Look>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Look {
    len: u64,
    mtime_ns: i64,
    ctime_ns: i64,
    inode: u64,
    sha256: [u8; 32],
}

impl Look {
    fn is_of(&self, stat: &Stat) -> bool {
        let Stat { len, mtime_ns, ctime_ns, inode, .. } = *stat;
        (self.len, self.mtime_ns, self.ctime_ns, self.inode) == (len, mtime_ns, ctime_ns, inode)
    }
}

impl Contents {
    /// Reads what was written down; nothing where there is none, or where it is not whole.
    pub(crate) fn read(path: &AbsPath) -> Self {
        fs::read_to_string(path).ok().and_then(|text| Self::parse(&text)).unwrap_or_default()
    }

    /// What these files hold now; those that `self` knows and nobody touched are not read.
    ///
    /// A file that vanishes meanwhile is passed over.
    pub(crate) fn look_again(&self, files: Vec<(String, AbsPath, Stat)>, cancel: &Cancel) -> Self {
        let look = |(name, path, stat): (String, AbsPath, Stat)| {
            let known = self.0.get(&name).filter(|known| known.is_of(&stat));
            let sha256 = match known {
                Some(known) => known.sha256,
                None if cancel.requested() => return None,
                None => sha256_file(&path).ok()?,
            };
            let Stat { len, mtime_ns, ctime_ns, inode, .. } = stat;
            Some((name, Look { len, mtime_ns, ctime_ns, inode, sha256 }))
        };
        Self(files.into_par_iter().filter_map(look).collect())
    }

    /// Writes it down; of files that were changed a moment ago, so that they are read again.
    pub(crate) fn write(&self, path: &AbsPath) -> Result<(), FsError> {
        fs::write_atomic(path, self.render(clock::unix_nanos().saturating_sub(RECENT_NS)).as_bytes())
    }

    /// Paths and digests, for an identity.
    pub(crate) fn digests(&self) -> impl Iterator<Item = (&str, String)> {
        self.0.iter().map(|(name, look)| (name.as_str(), hex(&look.sha256)))
    }

    /// The files that hold something else in `now`, or are not there any more.
    pub(crate) fn changed_in(&self, now: &Self) -> Vec<String> {
        let changed =
            |(name, look): &(&String, &Look)| now.0.get(*name).is_none_or(|now| now.sha256 != look.sha256);
        self.0.iter().filter(changed).map(|(name, _)| name.clone()).collect()
    }

    /// No file has the time zero: who finds it looks again.
    fn render(&self, recent_ns: i64) -> String {
        let mut text = String::new();
        for (name, look) in self.0.iter().filter(|(name, _)| !name.contains('\n')) {
            let Look { len, mtime_ns, ctime_ns, inode, sha256 } = look;
            let is_settled = *mtime_ns < recent_ns && *ctime_ns < recent_ns;
            let ctime_ns = if is_settled { *ctime_ns } else { 0 };
            text += &format!("{len} {mtime_ns} {ctime_ns} {inode} {}\0{name}\n", hex(sha256));
        }
        text
    }

    fn parse(text: &str) -> Option<Self> {
        let mut files = BTreeMap::new();
        for line in text.lines() {
            let (numbers, name) = line.split_once('\0')?;
            let mut words = numbers.split(' ');
            let mut next = || words.next();
            let look = Look {
                len: next()?.parse().ok()?,
                mtime_ns: next()?.parse().ok()?,
                ctime_ns: next()?.parse().ok()?,
                inode: next()?.parse().ok()?,
                sha256: parse_hex(next()?)?,
            };
            files.insert(name.to_owned(), look);
        }
        Some(Self(files))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(digest: u8) -> Look {
        Look { len: 3, mtime_ns: 4, ctime_ns: 5, inode: 6, sha256: [digest; 32] }
    }

    fn contents(files: &[(&str, u8)]) -> Contents {
        Contents(files.iter().map(|(name, digest)| ((*name).to_owned(), look(*digest))).collect())
    }

    #[test]
    fn what_was_written_down_reads_back() {
        let whole = contents(&[("init/main.c", 1), ("a name with spaces", 2)]);
        assert_eq!(Contents::parse(&whole.render(6)), Some(whole.clone()));
        assert_eq!(Contents::parse("1 2 3"), None);
        let recent = Contents::parse(&whole.render(5)).expect("whole");
        assert!(whole.changed_in(&recent).is_empty() && recent.0["init/main.c"].ctime_ns == 0);
    }

    #[test]
    fn what_changed_is_what_holds_something_else_or_is_gone() {
        let before = contents(&[("a", 1), ("b", 2), ("c", 3)]);
        let now = contents(&[("a", 1), ("b", 9), ("new", 4)]);
        assert_eq!(before.changed_in(&now), ["b", "c"]);
    }
}
