//! From bytes to tokens, across `source`d files, expanding `$(…)` on the way.
//!
//! Two lines are counted. The *line* is where the reading stands: unknown characters, macros and help texts speak of
//! it. The *statement* is where the present statement began, which may be lines above if it is continued with `\`:
//! the parser speaks of that.
//!
//! Invariants: an expansion is one word and is not read again; an empty one is no token at all; blank lines and
//! comments give no token, so every [`Token::Eol`] ends something.

mod help;
mod sources;

use super::ast::{At, Compare, FileId};
use super::dialect::{ChoiceEra, Dialect, Support};
use super::macros::Macros;
use super::probes::ProbeId;
use super::session::{Session, Stop};
use super::token::{Keyword, Operator, Token};
use sources::Source;

/// How far a statement can still be an assignment, whose value is not made of tokens.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Assignment {
    No,
    /// A word began the statement.
    Name,
    /// Its operator has been read.
    Operator,
    /// It cannot be: a help text stands before it, and `conf` takes its first word for a second one.
    Barred,
}

/// The reader of a tree.
pub(super) struct Lexer<'t> {
    pub(super) session: Session<'t>,
    pub(super) macros: Macros,
    dialect: Dialect,
    /// The file that is being read.
    source: Source,
    /// The files that are waiting for the end of a file that they source; the outermost first.
    waiting: Vec<Source>,
    /// What the last word or quoted text says.
    text: Vec<u8>,
    /// Whether the next token is the first of a statement.
    fresh: bool,
    assignment: Assignment,
    /// Where the present statement began.
    statement: At,
    ended: bool,
    /// The files that have ended within the present statement.
    cut_off: Vec<FileId>,
}

impl<'t> Lexer<'t> {
    /// The text of the last word or quoted text.
    pub(super) fn text(&mut self) -> &[u8] {
        self.session.answer_in(&mut self.text);
        &self.text
    }

    /// The probe whose answer the last word is, where that was put off.
    pub(super) fn deferred(&self) -> Option<ProbeId> {
        self.session.lone_mark(&self.text)
    }

    /// Where the present statement began.
    pub(super) fn statement(&self) -> At {
        self.statement
    }

    /// Where the reading stands.
    pub(super) fn here(&self) -> At {
        At { file: self.source.file, line: self.source.line }
    }

    /// Reads the next token.
    pub(super) fn next(&mut self) -> Result<Token, Stop> {
        if self.assignment == Assignment::Operator {
            self.assignment = Assignment::No;
            return Ok(self.value());
        }
        loop {
            let Some(byte) = self.source.peek(0) else {
                match self.end_of_file() {
                    Some(token) => return Ok(token),
                    None => continue,
                }
            };
            match byte {
                b' ' | b'\t' => self.source.pos += 1,
                b'#' => self.source.skip_to_newline(),
                b'\n' => {
                    self.source.newline();
                    if !self.fresh {
                        self.fresh = true;
                        self.assignment = Assignment::No;
                        return Ok(Token::Eol);
                    }
                }
                b'\\' if self.source.peek(1) == Some(b'\n') => {
                    self.source.pos += 1;
                    self.source.newline();
                }
                _ => {
                    if let Some(token) = self.token(byte)? {
                        return Ok(token);
                    }
                }
            }
        }
    }

    /// Reads what stands behind an assignment.
    fn value(&mut self) -> Token {
        while matches!(self.source.peek(0), Some(b' ' | b'\t')) {
            self.source.pos += 1;
        }
        let start = self.source.pos;
        self.source.skip_to_newline();
        self.text.clear();
        self.text.extend_from_slice(&self.source.bytes[start..self.source.pos]);
        Token::Value
    }

    /// Carries out an assignment where the reading stands: behind the end of its line.
    pub(super) fn assign(&mut self, name: &[u8], op: Operator, value: Vec<u8>) -> Result<(), Stop> {
        let here = self.here();
        self.macros.assign(&mut self.session, here, name, op, value)
    }

    fn token(&mut self, byte: u8) -> Result<Option<Token>, Stop> {
        let statement = self.here();
        let second = self.source.peek(1);
        let (token, length) = match (byte, second) {
            (b'"' | b'\'', _) => {
                self.quoted(byte)?;
                (Token::Quoted, 0)
            }
            (b'$', _) => match self.word()? {
                Some(token) => (token, 0),
                None => return Ok(None),
            },
            _ if is_word(byte) => match self.word()? {
                Some(token) => (token, 0),
                None => return Ok(None),
            },
            (b'|', Some(b'|')) => (Token::Or, 2),
            (b'&', Some(b'&')) => (Token::And, 2),
            (b':', Some(b'=')) => (Token::Stray(Operator::SetNow), 2),
            (b'+', Some(b'=')) => (Token::Stray(Operator::Append), 2),
            (b'!', Some(b'=')) => (Token::Compare(Compare::Unequal), 2),
            (b'<', Some(b'=')) => (Token::Compare(Compare::LessEqual), 2),
            (b'>', Some(b'=')) => (Token::Compare(Compare::GreaterEqual), 2),
            (b'=', _) => (Token::Compare(Compare::Equal), 1),
            (b'<', _) => (Token::Compare(Compare::Less), 1),
            (b'>', _) => (Token::Compare(Compare::Greater), 1),
            (b'!', _) => (Token::Not, 1),
            (b'(', _) => (Token::Open, 1),
            (b')', _) => (Token::Close, 1),
            _ => {
                self.session
                    .warn(statement, &[b"ignoring unsupported character '", &[byte][..], b"'"].concat());
                self.source.pos += 1;
                return Ok(None);
            }
        };
        self.source.pos += length;
        let first = std::mem::replace(&mut self.fresh, false);
        if first {
            self.statement = statement;
            self.cut_off.clear();
        }
        let (token, assignment) = match (token, token.operator()) {
            (Token::Word, _) if first && self.assignment == Assignment::No => (token, Assignment::Name),
            (_, Some(operator)) if self.assignment == Assignment::Name => {
                (Token::Assign(operator), Assignment::Operator)
            }
            _ => (token, Assignment::No),
        };
        self.assignment = assignment;
        Ok(Some(token))
    }

    /// Reads a word; `None` is one that expands to nothing.
    fn word(&mut self) -> Result<Option<Token>, Stop> {
        self.text.clear();
        let start = self.source.pos;
        while self.source.peek(0).is_some_and(is_word) {
            self.source.pos += 1;
        }
        self.text.extend_from_slice(&self.source.bytes[start..self.source.pos]);
        if self.source.peek(0) != Some(b'$') {
            return Ok(Some(self.keyword().map_or(Token::Word, Token::Keyword)));
        }
        while let Some(byte) = self.source.peek(0) {
            match byte {
                b'$' => self.dollar()?,
                _ if is_word(byte) => {
                    self.text.push(byte);
                    self.source.pos += 1;
                }
                _ => break,
            }
        }
        Ok((!self.text.is_empty()).then_some(Token::Word))
    }

    fn keyword(&self) -> Option<Keyword> {
        match Keyword::of(&self.text)? {
            Keyword::Optional if self.dialect.choice != ChoiceEra::Symbol => None,
            Keyword::Transitional if self.dialect.transitional != Support::Present => None,
            keyword => Some(keyword),
        }
    }

    /// Reads a text in quotes; one that is not closed ends with its line.
    fn quoted(&mut self, quote: u8) -> Result<(), Stop> {
        self.text.clear();
        self.source.pos += 1;
        loop {
            match self.source.peek(0) {
                None => return Ok(()),
                Some(b'\n') => {
                    // Of a statement that begins with the text, `conf` names the line of the one before.
                    let at = match self.dialect.choice {
                        ChoiceEra::Symbol => self.statement,
                        ChoiceEra::Group => At { line: self.statement.line, ..self.here() },
                    };
                    self.session.warn(at, b"multi-line strings not supported");
                    return Ok(());
                }
                Some(b'$') => self.dollar()?,
                Some(b'\\') if !matches!(self.source.peek(1), None | Some(b'\n')) => {
                    self.text.extend(self.source.peek(1));
                    self.source.pos += 2;
                }
                Some(byte) => {
                    self.source.pos += 1;
                    if byte == quote {
                        return Ok(());
                    }
                    self.text.push(byte);
                }
            }
        }
    }

    /// Reads `$(…)`, or a `$` that stands for itself.
    fn dollar(&mut self) -> Result<(), Stop> {
        if self.source.peek(1) != Some(b'(') {
            self.text.push(b'$');
            self.source.pos += 1;
            return Ok(());
        }
        let here = self.here();
        let rest = &self.source.bytes[self.source.pos..];
        let line = &rest[..rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len())];
        self.session.consulted.clear();
        let (text, used) = self.macros.reference(&mut self.session, here, line)?;
        let statement = if self.fresh { here } else { self.statement };
        for id in std::mem::take(&mut self.session.consulted) {
            self.session.probes.note_use(statement, id);
        }
        self.text.extend_from_slice(&text);
        self.source.pos += used;
        Ok(())
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}
