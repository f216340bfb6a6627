//! Patches on a tree, one upon the other.

use std::collections::{BTreeMap, BTreeSet};

use crate::file::{FilePatch, Mode, Operation, PatchFile};
use crate::hunk::{self, Landing, Way};
use crate::path;
use crate::refused::{FileRefusal, Reason, Refused};
use crate::tree::{Entry, State, Tree};

/// A tree, and what the patches so far made of it.
pub struct Stack<'a> {
    tree: &'a dyn Tree,
    files: BTreeMap<String, State>,
}

/// How a patch was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Its files, in the patch's order.
    pub files: Vec<AppliedFile>,
}

/// How a patch was applied to one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppliedFile {
    /// The file.
    pub path: String,
    /// Where its hunks landed.
    pub landings: Vec<Landing>,
}

impl Applied {
    /// The hunks that landed elsewhere than their headers say, with their files.
    pub fn offsets(&self) -> impl Iterator<Item = (&str, &Landing)> {
        let all = self
            .files
            .iter()
            .flat_map(|file| file.landings.iter().map(move |landing| (file.path.as_str(), landing)));
        all.filter(|(_, landing)| landing.offset != 0)
    }
}

/// What one patch does, before it is known whether all of it can be done.
struct Attempt<'s, 'a> {
    stack: &'s Stack<'a>,
    files: BTreeMap<String, State>,
    commit: Commit,
}

/// What one commit of a patch does: where it copies and renames, it means the files as they were before it.
#[derive(Default)]
struct Commit {
    number: usize,
    before: BTreeMap<String, State>,
    written: BTreeSet<String>,
    /// Names that it renames away.
    vacated: BTreeSet<String>,
}

type Outcome<T> = Result<T, Reason>;

impl<'a> Stack<'a> {
    /// A tree without patches.
    pub fn new(tree: &'a dyn Tree) -> Self {
        Self { tree, files: BTreeMap::new() }
    }

    /// Applies a patch, whole or not at all.
    ///
    /// # Errors
    /// [`Refused`], with every file that it does not fit.
    pub fn apply(&mut self, patch: &PatchFile<'_>) -> Result<Applied, Refused> {
        let mut attempt = Attempt::new(self);
        let (mut applied, mut refused) = (Vec::new(), Vec::new());
        for file in &patch.files {
            let path = file.operation.path().to_owned();
            attempt.enter(patch, file.commit);
            match attempt.apply(file) {
                Ok(landings) => applied.push(AppliedFile { path, landings }),
                Err(reason) => refused.push(FileRefusal { path, patch_line: file.line, reason }),
            }
        }
        if refused.is_empty() {
            let Attempt { files, .. } = attempt;
            self.files.extend(files);
            return Ok(Applied { files: applied });
        }
        if self.is_applied(patch) {
            return Err(Refused::Already);
        }
        let fresh = Attempt::new(self);
        for (refusal, file) in refused.iter_mut().filter_map(|refusal| {
            let file = patch.files.iter().find(|file| file.line == refusal.patch_line)?;
            Some((refusal, file))
        }) {
            if fresh.is_applied(file).unwrap_or(false) {
                refusal.reason = Reason::Already;
            }
        }
        Err(Refused::Files(refused))
    }

    /// The files that differ from the tree's, or were touched; in the order of their names.
    pub fn changes(&self) -> &BTreeMap<String, State> {
        &self.files
    }

    /// Whether all of a patch is there: each of its files, from the last to the first, can be taken back.
    fn is_applied(&self, patch: &PatchFile<'_>) -> bool {
        let mut attempt = Attempt::new(self);
        patch.files.iter().rev().all(|file| attempt.take_back(file).unwrap_or(false))
    }
}

impl<'s, 'a> Attempt<'s, 'a> {
    fn new(stack: &'s Stack<'a>) -> Self {
        Self { stack, files: BTreeMap::new(), commit: Commit::default() }
    }

    /// Begins another commit of a patch, where that is one.
    fn enter(&mut self, patch: &PatchFile<'_>, number: usize) {
        if number == self.commit.number {
            return;
        }
        let files = patch.files.iter().filter(|file| file.commit == number);
        let renamed = files.filter_map(|file| match &file.operation {
            Operation::Rename { from, .. } => Some(from.clone()),
            _ => None,
        });
        self.commit = Commit {
            number,
            before: self.files.clone(),
            written: BTreeSet::new(),
            vacated: renamed.collect(),
        };
    }

    /// What a name is now.
    fn look(&self, path: &str) -> Outcome<Option<Entry>> {
        self.look_in(&self.files, path)
    }

    fn look_in(&self, files: &BTreeMap<String, State>, path: &str) -> Outcome<Option<Entry>> {
        let state = files.get(path).or_else(|| self.stack.files.get(path));
        match state {
            Some(State::Absent) => Ok(None),
            Some(State::File { bytes, executable }) => {
                Ok(Some(Entry::File { bytes: bytes.clone(), executable: *executable }))
            }
            Some(State::Link(target)) => Ok(Some(Entry::Link(target.clone()))),
            None => self.stack.tree.entry(path).map_err(|error| Reason::Unreadable(error.to_string())),
        }
    }

    /// Refuses a name that leads elsewhere.
    fn check(&self, path: &str) -> Outcome<()> {
        path::check(path).map_err(|hostile| Reason::Hostile(hostile.0.to_owned()))?;
        for folder in path::parents(path) {
            match self.look(folder)? {
                None | Some(Entry::Directory) => {}
                Some(Entry::Link(_)) => {
                    return Err(Reason::Hostile(format!("`{folder}` is a symbolic link")));
                }
                Some(Entry::File { .. } | Entry::Other) => {
                    return Err(Reason::Hostile(format!("`{folder}` is no folder")));
                }
            }
        }
        Ok(())
    }

    /// The contents that a patch of this file works on; a link's are its text.
    fn read(&self, path: &str) -> Outcome<Option<(Vec<u8>, Mode)>> {
        self.check(path)?;
        contents(self.look(path)?)
    }

    /// The same, as it was before this commit.
    fn read_before(&self, path: &str) -> Outcome<Option<(Vec<u8>, Mode)>> {
        self.check(path)?;
        contents(self.look_in(&self.commit.before, path)?)
    }

    fn write(&mut self, path: &str, bytes: Vec<u8>, mode: Mode) -> Outcome<()> {
        let state = match mode {
            Mode::Link => {
                path::check_link(path, &bytes).map_err(|hostile| Reason::Hostile(hostile.0.to_owned()))?;
                State::Link(bytes)
            }
            mode => State::File { bytes, executable: mode == Mode::Executable },
        };
        self.files.insert(path.to_owned(), state);
        self.commit.written.insert(path.to_owned());
        Ok(())
    }

    fn apply(&mut self, file: &FilePatch<'_>) -> Outcome<Vec<Landing>> {
        let absent = |whole: Option<String>| Reason::Absent { whole };
        match &file.operation {
            Operation::Create(path) => match self.read(path)? {
                // An empty file, and none, are one to `diff -N`.
                Some((bytes, _)) if !bytes.is_empty() || file.binary().is_some() => Err(Reason::Exists),
                _ => {
                    let (bytes, landings) = edited(&[], file)?;
                    self.write(path, bytes, file.mode.unwrap_or(Mode::Plain))?;
                    Ok(landings)
                }
            },
            Operation::Delete(path) => {
                let (bytes, _) = self.read(path)?.ok_or_else(|| absent(None))?;
                let (left, landings) = edited(&bytes, file).map_err(|reason| match reason {
                    Reason::Hunk(misfit) if misfit.lacks_context => Reason::NotEmptied,
                    reason => reason,
                })?;
                if !left.is_empty() {
                    return Err(Reason::NotEmptied);
                }
                self.files.insert(path.clone(), State::Absent);
                Ok(landings)
            }
            Operation::Modify { old, new } => {
                let mut path = new;
                if old != new && self.read(new)?.is_none() && self.read(old)?.is_some() {
                    path = old;
                }
                let Some((bytes, mode)) = self.read(path)? else {
                    return Err(absent(self.whole_name(file, path)));
                };
                let (bytes, landings) = edited(&bytes, file)?;
                self.write(path, bytes, file.mode.unwrap_or(mode))?;
                Ok(landings)
            }
            Operation::Rename { from, to } | Operation::Copy { from, to } => {
                let (bytes, mode) = self.read_before(from)?.ok_or_else(|| absent(None))?;
                let is_taken = self.read(to)?.is_some() && !self.commit.vacated.contains(to);
                if from != to && is_taken {
                    return Err(Reason::Exists);
                }
                let (bytes, landings) = edited(&bytes, file)?;
                let is_rename = matches!(file.operation, Operation::Rename { .. });
                if is_rename && !self.commit.written.contains(from) {
                    self.files.insert(from.clone(), State::Absent);
                }
                self.write(to, bytes, file.mode.unwrap_or(mode))?;
                Ok(landings)
            }
        }
    }

    /// A file's name with the folder that was left out, where the tree has that.
    fn whole_name(&self, file: &FilePatch<'_>, path: &str) -> Option<String> {
        let named = file.text()?.modified()?;
        let whole = std::str::from_utf8(named).ok()?;
        let found =
            whole != path && path::check(whole).is_ok() && self.look(whole).is_ok_and(|it| it.is_some());
        found.then(|| whole.to_owned())
    }

    /// Whether a file's part of a patch is there.
    fn is_applied(&self, file: &FilePatch<'_>) -> Outcome<bool> {
        Attempt { files: self.files.clone(), ..Attempt::new(self.stack) }.take_back(file)
    }

    /// Takes a file's part of a patch back, where it is there.
    fn take_back(&mut self, file: &FilePatch<'_>) -> Outcome<bool> {
        let (before, after) = match &file.operation {
            Operation::Create(path) => (None, Some(path)),
            Operation::Delete(path) => (Some(path), None),
            Operation::Modify { new, .. } => (Some(new), Some(new)),
            Operation::Rename { from, to } | Operation::Copy { from, to } => (Some(from), Some(to)),
        };
        let found = match after {
            Some(path) => match self.read(path)? {
                Some((bytes, mode)) if file.mode.is_none_or(|wanted| wanted == mode) => Some((bytes, mode)),
                _ => return Ok(false),
            },
            None => None,
        };
        let (bytes, mode) = found.unwrap_or((Vec::new(), Mode::Plain));
        let Some(original) = unedited(&bytes, file) else { return Ok(false) };
        let is_copy = matches!(file.operation, Operation::Copy { .. });
        if let Some(path) = before.filter(|_| before != after && !is_copy)
            && self.read(path)?.is_some()
        {
            return Ok(false);
        }
        if let Some(path) = after.filter(|_| before != after) {
            self.files.insert(path.clone(), State::Absent);
        }
        match before {
            Some(path) if !is_copy => self.write(path, original, mode)?,
            Some(_) => {}
            None if !original.is_empty() => return Ok(false),
            None => {}
        }
        Ok(true)
    }
}

/// What can be patched of what has a name.
fn contents(entry: Option<Entry>) -> Outcome<Option<(Vec<u8>, Mode)>> {
    Ok(match entry {
        None => None,
        Some(Entry::File { bytes, executable }) => {
            Some((bytes, if executable { Mode::Executable } else { Mode::Plain }))
        }
        Some(Entry::Link(target)) => Some((target, Mode::Link)),
        Some(Entry::Directory) => return Err(Reason::NoFile("a folder")),
        Some(Entry::Other) => return Err(Reason::NoFile("a device or a pipe")),
    })
}

/// What a file's contents become, and where the hunks landed.
fn edited(bytes: &[u8], file: &FilePatch<'_>) -> Outcome<(Vec<u8>, Vec<Landing>)> {
    if let Some(binary) = file.binary() {
        let refused = |error: diffy::binary::BinaryPatchParseError| Reason::Binary(error.to_string());
        let after = binary.apply(bytes).map_err(refused)?;
        // The way back proves that this is what the patch was made for.
        let before = binary.apply_reverse(&after).map_err(refused)?;
        if before != bytes {
            return Err(Reason::Binary("the file has other contents than the patch was made for".to_owned()));
        }
        return Ok((after, Vec::new()));
    }
    let Some(patch) = file.text() else { return Ok((bytes.to_vec(), Vec::new())) };
    hunk::apply(bytes, patch.hunks(), &file.hunk_lines, Way::Forwards).map_err(|mut misfit| {
        let hunk = patch.hunks().get(misfit.hunk - 1);
        misfit.is_applied = hunk.is_some_and(|hunk| hunk::is_applied(bytes, hunk));
        Reason::Hunk(misfit)
    })
}

/// What a file's contents were before the patch, where it is applied.
fn unedited(bytes: &[u8], file: &FilePatch<'_>) -> Option<Vec<u8>> {
    if let Some(binary) = file.binary() {
        let before = binary.apply_reverse(bytes).ok()?;
        return binary.apply(&before).is_ok_and(|after| after == bytes).then_some(before);
    }
    match file.text() {
        Some(patch) => Some(hunk::apply(bytes, patch.hunks(), &file.hunk_lines, Way::Backwards).ok()?.0),
        None => Some(bytes.to_vec()),
    }
}
