//! The files that are being read, one inside the other.

use std::sync::Arc;

use super::{Assignment, Lexer};
use crate::syntax::ast::{At, FileId};
use crate::syntax::dialect::{ChoiceEra, Dialect};
use crate::syntax::macros::Macros;
use crate::syntax::session::{NO_FILE, Session, Stop};
use crate::syntax::token::Token;

/// A file and how far it has been read.
pub(super) struct Source {
    pub(super) bytes: Arc<[u8]>,
    pub(super) pos: usize,
    pub(super) line: u32,
    pub(super) file: FileId,
    /// The line of the `source` statement that made it wait.
    asked: u32,
    /// The files that ended within the `source` statement that led here, one after another.
    cut_off: Vec<FileId>,
}

impl Source {
    fn new(bytes: Arc<[u8]>, file: FileId) -> Self {
        Self { bytes, pos: 0, line: 1, file, asked: 0, cut_off: Vec::new() }
    }

    pub(super) fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.pos + ahead).copied()
    }

    /// Steps over a newline.
    pub(super) fn newline(&mut self) {
        self.pos += 1;
        self.line += 1;
    }

    pub(super) fn skip_to_newline(&mut self) {
        let rest = &self.bytes[self.pos..];
        self.pos += rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
    }
}

impl<'t> Lexer<'t> {
    /// Opens the outermost file.
    pub(in crate::syntax) fn open(
        mut session: Session<'t>,
        dialect: Dialect,
        root: &str,
    ) -> Result<Self, Box<Session<'t>>> {
        let file = session.file(root.as_bytes());
        let bytes = match session.read(root.as_bytes()) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => {
                session.stop_with(None, format!("can't find file {root}").as_str().into());
                return Err(Box::new(session));
            }
            Err(_) => return Err(Box::new(session)),
        };
        let source = Source::new(bytes, file);
        let before = if dialect.choice == ChoiceEra::Symbol { NO_FILE } else { file };
        let statement = At { file: before, line: 0 };
        let (macros, waiting, text) = (Macros::default(), Vec::new(), Vec::new());
        let (fresh, ended, assignment) = (true, false, Assignment::No);
        let cut_off = Vec::new();
        Ok(Self {
            session,
            macros,
            dialect,
            source,
            waiting,
            text,
            fresh,
            assignment,
            statement,
            ended,
            cut_off,
        })
    }

    /// Goes on in another file, which is named by the statement that has just ended.
    pub(in crate::syntax) fn enter(&mut self, path: &[u8]) -> Result<(), Stop> {
        let at = self.statement;
        let Some(bytes) = self.session.read(path)? else {
            let text = [b"can't open file \"", path, b"\""].concat();
            return Err(self.session.stop(at, &text));
        };
        let file = self.session.file(path);
        self.source.asked = at.line;
        let outer = std::mem::replace(&mut self.source, Source::new(bytes, file));
        self.waiting.push(outer);
        self.source.cut_off = std::mem::take(&mut self.cut_off);
        // A file whose last line is a `source` without an end has ended before it is carried out and waits no more;
        // `conf` goes round such a circle for ever.
        if self.waiting.iter().any(|s| s.file == file) || self.source.cut_off.contains(&file) {
            return Err(self.recursive_inclusion(file));
        }
        Ok(())
    }

    fn recursive_inclusion(&mut self, file: FileId) -> Stop {
        let mut text = b"Recursive inclusion detected.\nInclusion path:\n  current file : ".to_vec();
        text.extend_from_slice(self.session.file_name(file));
        for outer in self.waiting.iter().rev() {
            text.extend_from_slice(b"\n  included from: ");
            text.extend_from_slice(&self.session.place(At { file: outer.file, line: outer.asked }));
            if self.dialect.choice == ChoiceEra::Symbol && outer.file == file {
                break;
            }
        }
        self.session.stop_with(Some(self.statement), text.into())
    }

    /// Goes on in the waiting file.
    ///
    /// A statement that was cut off is ended first, but, as `conf` sees it, the waiting file is already the present
    /// one; the outermost file's last statement is ended in the older dialect only.
    pub(super) fn end_of_file(&mut self) -> Option<Token> {
        if self.ended {
            return Some(Token::Eof);
        }
        let here = self.here();
        let cut_off = !std::mem::replace(&mut self.fresh, true);
        if cut_off {
            self.assignment = Assignment::No;
            self.session.warn(here, b"no new line at end of file");
        }
        let older = self.dialect.choice == ChoiceEra::Symbol;
        if let Some(outer) = self.waiting.pop() {
            let ended = std::mem::replace(&mut self.source, outer);
            if cut_off {
                self.cut_off = ended.cut_off;
                self.cut_off.push(ended.file);
            }
            if !older {
                self.statement.file = self.source.file;
            }
            return cut_off.then_some(Token::Eol);
        }
        if older {
            self.source.file = NO_FILE;
        }
        if cut_off && older {
            return Some(Token::Eol);
        }
        self.ended = true;
        if !cut_off {
            self.statement = self.here();
        }
        Some(Token::Eof)
    }
}
