//! Answers that outlive a run.
//!
//! ```text
//! <cache>/probes-v1/<srctree>     "kernel probes 1\n", SHA-256 of the rest,
//!                                 then per answer: key, status, stdout, stderr
//! ```
//!
//! A key is the digest of everything that the answer depends on, so an answer that is found is true. The file is
//! replaced whole; of two runs at once, the last one's stays, and what the other one found is found again. A file that
//! is not as it should be holds nothing.

use std::sync::{Mutex, PoisonError};

use kernel_host::AbsPath;
use kernel_host::digest::{hex, sha256};
use kernel_host::fs;
use rustc_hash::{FxHashMap, FxHashSet};

use kconfig::tree::ShellAnswer;

/// The digest of what an answer depends on.
pub(crate) type Key = [u8; 32];

const MAGIC: &[u8] = b"kernel probes 1\n";

/// How many answers are kept: those of this run, and others as long as there is room.
const ROOM: usize = 4096;

/// Answers by key.
#[derive(Debug, Default)]
pub(crate) struct Store {
    file: Option<AbsPath>,
    known: FxHashMap<Key, ShellAnswer>,
    news: Mutex<FxHashMap<Key, ShellAnswer>>,
    used: Mutex<FxHashSet<Key>>,
}

impl Store {
    /// The answers for one tree below a cache directory.
    pub(crate) fn open(cache: &AbsPath, tree: &AbsPath) -> Self {
        let file = cache.join("probes-v1").join(name_of(tree));
        let known = fs::read(&file).ok().and_then(|bytes| parse(&bytes)).unwrap_or_default();
        Self { file: Some(file), known, ..Self::default() }
    }

    pub(crate) fn get(&self, key: &Key) -> Option<ShellAnswer> {
        let news = self.news.lock().unwrap_or_else(PoisonError::into_inner);
        let found = news.get(key).or_else(|| self.known.get(key))?.clone();
        self.used.lock().unwrap_or_else(PoisonError::into_inner).insert(*key);
        Some(found)
    }

    pub(crate) fn put(&self, key: Key, answer: ShellAnswer) {
        self.news.lock().unwrap_or_else(PoisonError::into_inner).insert(key, answer);
    }

    /// Whether no earlier run has kept anything.
    pub(crate) fn is_new(&self) -> bool {
        self.known.is_empty()
    }

    /// Whether there is anything to write.
    pub(crate) fn has_news(&self) -> bool {
        !self.news.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Writes what is new, if anything is; a cache that cannot be written is none.
    pub(crate) fn save(&self) {
        let mut news = self.news.lock().unwrap_or_else(PoisonError::into_inner);
        let (Some(file), false) = (&self.file, news.is_empty()) else { return };
        let Some(directory) = file.parent() else { return };
        if fs::create_dir_all(&directory).is_err() {
            return;
        }
        // Another run may have written meanwhile.
        let others = fs::read(file).ok().and_then(|bytes| parse(&bytes)).unwrap_or_default();
        let mut all = std::mem::take(&mut *news);
        let used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        all.extend(
            self.known
                .iter()
                .filter(|(key, _)| used.contains(*key))
                .map(|(key, answer)| (*key, answer.clone())),
        );
        for (key, answer) in others {
            if all.len() >= ROOM {
                break;
            }
            all.entry(key).or_insert(answer);
        }
        let _ = fs::write_cache(file, &render(&all));
    }
}

/// The name of what is kept for a tree.
pub(crate) fn name_of(tree: &AbsPath) -> String {
    let mut name = hex(&sha256(tree.to_string().as_bytes()));
    name.truncate(16);
    name
}

fn render(answers: &FxHashMap<Key, ShellAnswer>) -> Vec<u8> {
    let mut body = Vec::new();
    let mut sorted: Vec<_> = answers.iter().collect();
    sorted.sort_by_key(|(key, _)| **key);
    for (key, answer) in sorted {
        body.extend_from_slice(key);
        body.extend_from_slice(&answer.status.to_le_bytes());
        for text in [&answer.stdout, &answer.stderr] {
            body.extend_from_slice(&(text.len() as u64).to_le_bytes());
            body.extend_from_slice(text);
        }
    }
    [MAGIC, &sha256(&body), &body].concat()
}

fn parse(bytes: &[u8]) -> Option<FxHashMap<Key, ShellAnswer>> {
    let (digest, mut body) = bytes.strip_prefix(MAGIC)?.split_at_checked(32)?;
    if sha256(body) != *digest {
        return None;
    }
    let mut answers = FxHashMap::default();
    while !body.is_empty() {
        let key = take(&mut body, 32)?.try_into().ok()?;
        let status = i32::from_le_bytes(take(&mut body, 4)?.try_into().ok()?);
        let mut text = || {
            let length = u64::from_le_bytes(take(&mut body, 8)?.try_into().ok()?);
            take(&mut body, usize::try_from(length).ok()?).map(<[u8]>::to_vec)
        };
        let (stdout, stderr) = (text()?, text()?);
        answers.insert(key, ShellAnswer { stdout, status, stderr });
    }
    Some(answers)
}

/// Takes so many bytes off the front.
pub(crate) fn take<'b>(bytes: &mut &'b [u8], length: usize) -> Option<&'b [u8]> {
    let (taken, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str) -> ShellAnswer {
        ShellAnswer { stdout: text.into(), status: 1, stderr: b"said".to_vec() }
    }

    #[test]
    fn what_was_stored_is_found_and_a_damaged_file_holds_nothing() {
        let dir = fs::temp_dir_in(&AbsPath::new(std::env::temp_dir()).unwrap(), "store-").unwrap();
        let tree = AbsPath::new("/tree").unwrap();
        let store = Store::open(dir.path(), &tree);
        store.put([1; 32], answer("one"));
        store.save();
        // Two runs at once: neither sees the other's, and the file stays whole.
        let (left, right) = (Store::open(dir.path(), &tree), Store::open(dir.path(), &tree));
        left.put([2; 32], answer("two"));
        right.put([3; 32], answer("three"));
        left.save();
        right.save();
        let again = Store::open(dir.path(), &tree);
        assert_eq!(again.get(&[1; 32]), Some(answer("one")));
        assert_eq!(again.get(&[2; 32]), Some(answer("two")));
        assert_eq!(again.get(&[3; 32]), Some(answer("three")));
        assert_eq!(again.get(&[4; 32]), None);

        let file = again.file.clone().unwrap();
        let whole = fs::read(&file).unwrap();
        for cut in 0..whole.len() {
            assert_eq!(parse(&whole[..cut]), None, "cut at {cut}");
            let mut damaged = whole.clone();
            damaged[cut] ^= 1;
            assert_eq!(parse(&damaged), None, "damaged at {cut}");
        }
        fs::write_atomic(&file, &whole[1..]).unwrap();
        let store = Store::open(dir.path(), &tree);
        assert_eq!(store.get(&[1; 32]), None);
        store.put([1; 32], answer("new"));
        store.save();
        assert_eq!(Store::open(dir.path(), &tree).get(&[1; 32]), Some(answer("new")));
    }
}
