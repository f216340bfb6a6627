//! What lexer, macro language and parser share: the world, the files read so far, and what is to be printed.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::ast::{At, FileId};
use super::deferred;
use super::message::{Message, MessageKind};
use super::probes::{ProbeId, Probes};
use super::text::Text;
use crate::tree::Tree;

/// The state of one parse that everybody may add to.
pub(super) struct Session<'t> {
    pub(super) tree: &'t dyn Tree,
    pub(super) files: Vec<Text>,
    file_ids: FxHashMap<Text, FileId>,
    pub(super) messages: Vec<Message>,
    pub(super) env_used: Vec<(String, String)>,
    pub(super) probes: Probes,
    /// Whether probes may be put off.
    patient: bool,
    /// Whether one was: then there are marks.
    pub(super) marked: bool,
    /// The probes that have a part in what is being expanded.
    pub(super) consulted: Vec<ProbeId>,
    /// How many errors have been noted that do not end the parse at once.
    pub(super) errors: usize,
    /// The exit status that `conf` would have if there are errors.
    pub(super) status: i32,
}

/// The parse ends here: the reason is already among the messages.
#[derive(Debug)]
pub(super) struct Stop;

/// Where the reading stands when every file has ended, in the older dialect.
pub(super) const NO_FILE: FileId = FileId(u32::MAX);

/// The exit status of an ordinary failure.
const FAILED: i32 = 1;
/// The exit status where a file exists and cannot be read.
const UNREADABLE: i32 = 2;

impl<'t> Session<'t> {
    pub(super) fn new(tree: &'t dyn Tree) -> Self {
        Self {
            tree,
            files: Vec::new(),
            file_ids: FxHashMap::default(),
            messages: Vec::new(),
            env_used: Vec::new(),
            probes: Probes::default(),
            patient: true,
            marked: false,
            consulted: Vec::new(),
            errors: 0,
            status: FAILED,
        }
    }

    /// Reads a file, as it stands in the tree.
    pub(super) fn read(&mut self, path: &[u8]) -> Result<Option<Arc<[u8]>>, Stop> {
        match self.tree.read(&String::from_utf8_lossy(path)) {
            Ok(found) => {
                self.patient &= !found.as_ref().is_some_and(|bytes| bytes.contains(&deferred::BEGIN));
                Ok(found)
            }
            Err(_) => {
                self.status = UNREADABLE;
                Err(self.stop_with(None, "input in flex scanner failed".into()))
            }
        }
    }

    /// Whether a probe is put off.
    pub(super) fn defers(&mut self, command: &[u8]) -> bool {
        let defers = self.patient && self.tree.defers(command);
        self.marked |= defers;
        defers
    }

    /// The id of a file's name, which is new if the file is.
    pub(super) fn file(&mut self, path: &[u8]) -> FileId {
        if let Some(id) = self.file_ids.get(path) {
            return *id;
        }
        let id = FileId(self.files.len() as u32);
        let name = Text::from(path);
        self.files.push(name.clone());
        self.file_ids.insert(name, id);
        id
    }

    /// `Kconfig:7`.
    pub(super) fn place(&self, at: At) -> Vec<u8> {
        let mut text = self.file_name(at.file).to_vec();
        text.extend_from_slice(format!(":{}", at.line).as_bytes());
        text
    }

    pub(super) fn file_name(&self, file: FileId) -> &[u8] {
        self.files.get(file.0 as usize).map_or(b"<none>", |name| name.as_bytes())
    }

    /// Notes a message whose text begins with a place; `joint` is what stands between.
    pub(super) fn say(&mut self, kind: MessageKind, at: At, joint: &str, text: &[u8]) {
        let mut full = self.place(at);
        full.extend_from_slice(joint.as_bytes());
        full.extend_from_slice(text);
        self.pass_on(kind, at, full.into());
        if kind == MessageKind::Error {
            self.errors += 1;
        }
    }

    /// Notes a message that names no place.
    pub(super) fn pass_on(&mut self, kind: MessageKind, at: At, text: Text) {
        let at = (at.file != NO_FILE).then_some(at);
        self.messages.push(Message { kind, at, text });
    }

    /// `Kconfig:7:warning: …`.
    pub(super) fn warn(&mut self, at: At, text: &[u8]) {
        self.say(MessageKind::Warning, at, ":warning: ", text);
    }

    /// `Kconfig:7: …`; the parse goes on and fails at its end.
    pub(super) fn error(&mut self, at: At, text: &[u8]) {
        self.say(MessageKind::Error, at, ": ", text);
    }

    /// `Kconfig:7: …`; the parse ends here.
    pub(super) fn stop(&mut self, at: At, text: &[u8]) -> Stop {
        self.error(at, text);
        Stop
    }

    /// An error whose text is complete; the parse ends here.
    pub(super) fn stop_with(&mut self, at: Option<At>, text: Text) -> Stop {
        self.errors += 1;
        self.messages.push(Message { kind: MessageKind::Error, at, text });
        Stop
    }
}

impl Session<'_> {
    /// A variable of the environment; a set one is noted as used.
    pub(super) fn environment(&mut self, name: &[u8]) -> String {
        let Some(name) = std::str::from_utf8(name).ok().filter(|name| !name.is_empty()) else {
            return String::new();
        };
        if let Some((_, value)) = self.env_used.iter().find(|(known, _)| known == name) {
            return value.clone();
        }
        let Some(value) = self.tree.env(name) else { return String::new() };
        self.env_used.push((name.to_owned(), value.clone()));
        value
    }
}
