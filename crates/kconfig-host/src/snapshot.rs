//! Parsed trees that outlive a run.
//!
//! ```text
//! <cache>/models-v1/<srctree>/<name>   "kernel model 1\n", CRC-32 of the rest,
//!                                      what was asked and answered while the tree was parsed; kconfig::snapshot
//! ```
//!
//! Parsing is a function of what the world answers, so a snapshot holds where every answer would be the same now:
//!
//! | asked | the same where |
//! |---|---|
//! | a file | it is found in the same place, with the same length, times, number |
//! | a file that was not there | it is still in neither place |
//! | a variable | it has the same value, or is still unset |
//! | a probe | it answers the same, from the probe cache or by running |
//!
//! What must be equal anyway is in the name: the tree, the outermost file, the dialect, the environment, and the state
//! of this very program, since another one may understand the same files otherwise.
//!
//! A file that was changed a moment ago could change again without its times telling: of a tree with such a file, no
//! snapshot is kept. Nor of one that could not be parsed.
//!
//! A snapshot is written whole; one that is damaged is none.

use kconfig::snapshot::{self, Parsed};
use kconfig::tree::ShellAnswer;
use kernel_host::AbsPath;
use kernel_host::fs::{self, Stat};

use crate::files::{Place, Sighting};
use crate::store::take;

const MAGIC: &[u8] = b"kernel model 1\n";

/// How many snapshots of one tree are kept: for other architectures, compilers and environments.
const ROOM: usize = 6;

/// What a parse has asked, and what it was answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answers {
    pub(crate) files: Vec<(String, Sighting)>,
    pub(crate) variables: Vec<(String, Option<String>)>,
    /// In the order in which they were asked for.
    pub(crate) probes: Vec<(Vec<u8>, ShellAnswer)>,
}

/// A snapshot as it lies on disk: what it depends on is read, what it says is not.
pub(crate) struct Kept {
    pub(crate) answers: Answers,
    bytes: Vec<u8>,
    model: usize,
}

impl Kept {
    /// Reads a snapshot, if there is one that is whole.
    pub(crate) fn open(file: &AbsPath) -> Option<Self> {
        let bytes = fs::read(file).ok()?;
        let (sum, body) = bytes.strip_prefix(MAGIC)?.split_first_chunk()?;
        if crc32fast::hash(body) != u32::from_le_bytes(*sum) {
            return None;
        }
        let mut rest = body;
        let answers = read_answers(&mut rest)?;
        let model = bytes.len() - rest.len();
        Some(Self { answers, bytes, model })
    }

    /// What the tree means.
    pub(crate) fn parsed(&self) -> Option<Parsed> {
        snapshot::read(&self.bytes[self.model..])
    }
}

/// Keeps a snapshot; one that cannot be written is not kept.
pub(crate) fn keep(file: &AbsPath, answers: &Answers, parsed: &Parsed) {
    let Some(directory) = file.parent() else { return };
    if fs::create_dir_all(&directory).is_err() {
        return;
    }
    let mut bytes = MAGIC.to_vec();
    let sum = bytes.len()..bytes.len() + size_of::<u32>();
    bytes.extend_from_slice(&[0; size_of::<u32>()]);
    write_answers(answers, &mut bytes);
    snapshot::write_behind(parsed, &mut bytes);
    let found = crc32fast::hash(&bytes[sum.end..]);
    bytes[sum].copy_from_slice(&found.to_le_bytes());
    if fs::write_cache(file, &bytes).is_ok() {
        make_room(&directory);
    }
}

/// Removes the oldest snapshots of a tree beyond [`ROOM`].
fn make_room(directory: &AbsPath) {
    let Ok(files) = fs::list_dir(directory) else { return };
    let mut files: Vec<_> =
        files.into_iter().map(|file| (fs::mtime_nanos(&file).unwrap_or(0), file)).collect();
    files.sort();
    let surplus = files.len().saturating_sub(ROOM);
    for (_, file) in &files[..surplus] {
        let _ = fs::remove_file(file);
    }
}

fn write_answers(answers: &Answers, out: &mut Vec<u8>) {
    let number = |number: usize, out: &mut Vec<u8>| out.extend_from_slice(&(number as u64).to_le_bytes());
    let text = |text: &[u8], out: &mut Vec<u8>| {
        out.extend_from_slice(&(text.len() as u64).to_le_bytes());
        out.extend_from_slice(text);
    };
    number(answers.files.len(), out);
    for (path, sighting) in &answers.files {
        text(path.as_bytes(), out);
        match sighting {
            Sighting::Absent => out.push(0),
            Sighting::Found(place, stat) => {
                out.push(match place {
                    Place::Directory => 1,
                    Place::Srctree => 2,
                });
                let Stat { len, mtime_ns, ctime_ns, inode, dev } = *stat;
                for part in [len, mtime_ns.cast_unsigned(), ctime_ns.cast_unsigned(), inode, dev] {
                    out.extend_from_slice(&part.to_le_bytes());
                }
            }
        }
    }
    number(answers.variables.len(), out);
    for (name, value) in &answers.variables {
        text(name.as_bytes(), out);
        out.push(u8::from(value.is_some()));
        text(value.as_deref().unwrap_or_default().as_bytes(), out);
    }
    number(answers.probes.len(), out);
    for (command, ShellAnswer { stdout, status, stderr }) in &answers.probes {
        text(command, out);
        text(stdout, out);
        out.extend_from_slice(&status.to_le_bytes());
        text(stderr, out);
    }
}

fn read_answers(from: &mut &[u8]) -> Option<Answers> {
    let mut answers = Answers::default();
    for _ in 0..read_number(from)? {
        let path = read_string(from)?;
        let place = match take(from, 1)? {
            [0] => {
                answers.files.push((path, Sighting::Absent));
                continue;
            }
            [1] => Place::Directory,
            [2] => Place::Srctree,
            _ => return None,
        };
        let [len, mtime_ns, ctime_ns, inode, dev] = [(); 5].map(|()| read_number(from));
        let stat = Stat {
            len: len?,
            mtime_ns: mtime_ns?.cast_signed(),
            ctime_ns: ctime_ns?.cast_signed(),
            inode: inode?,
            dev: dev?,
        };
        answers.files.push((path, Sighting::Found(place, stat)));
    }
    for _ in 0..read_number(from)? {
        let name = read_string(from)?;
        let is_set = take(from, 1)? == [1];
        let value = read_string(from)?;
        answers.variables.push((name, is_set.then_some(value)));
    }
    for _ in 0..read_number(from)? {
        let command = read_text(from)?.to_vec();
        let stdout = read_text(from)?.to_vec();
        let status = i32::from_le_bytes(take(from, 4)?.try_into().ok()?);
        let stderr = read_text(from)?.to_vec();
        answers.probes.push((command, ShellAnswer { stdout, status, stderr }));
    }
    Some(answers)
}

fn read_number(from: &mut &[u8]) -> Option<u64> {
    Some(u64::from_le_bytes(take(from, 8)?.try_into().ok()?))
}

fn read_text<'b>(from: &mut &'b [u8]) -> Option<&'b [u8]> {
    let length = usize::try_from(read_number(from)?).ok()?;
    take(from, length)
}

fn read_string(from: &mut &[u8]) -> Option<String> {
    String::from_utf8(read_text(from)?.to_vec()).ok()
}
