//! The functions that the language itself brings.

use crate::syntax::ast::At;
use crate::syntax::deferred;
use crate::syntax::message::MessageKind;
use crate::syntax::probes::{Probe, ProbeId};
use crate::syntax::session::{Session, Stop};

/// How much of a probe's output counts, in bytes.
const OUTPUT_LIMIT: usize = 4095;

/// A function that the language itself brings.
#[derive(Clone, Copy)]
pub(super) enum Builtin {
    ErrorIf,
    Filename,
    Info,
    Lineno,
    Shell,
    WarningIf,
}

impl Builtin {
    pub(super) fn of(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"error-if" => Self::ErrorIf,
            b"filename" => Self::Filename,
            b"info" => Self::Info,
            b"lineno" => Self::Lineno,
            b"shell" => Self::Shell,
            b"warning-if" => Self::WarningIf,
            _ => return None,
        })
    }

    /// How many arguments it takes, neither more nor fewer.
    fn arity(self) -> usize {
        match self {
            Self::Filename | Self::Lineno => 0,
            Self::Info | Self::Shell => 1,
            Self::ErrorIf | Self::WarningIf => 2,
        }
    }

    pub(super) fn call(
        self,
        session: &mut Session<'_>,
        at: At,
        name: &[u8],
        given: &[Vec<u8>],
    ) -> Result<Vec<u8>, Stop> {
        if given.len() != self.arity() {
            let found = if given.len() < self.arity() { "few" } else { "many" };
            let text =
                format!("too {found} function arguments passed to '{}'", String::from_utf8_lossy(name));
            return Err(session.stop(at, text.as_bytes()));
        }
        match (self, given) {
            (Self::Filename, _) => return Ok(session.file_name(at.file).to_vec()),
            (Self::Lineno, _) => return Ok(at.line.to_string().into_bytes()),
            (Self::Shell, [command]) => return Ok(shell(session, at, command)),
            (Self::Info, [text]) => {
                session.pass_on(MessageKind::Info, at, text.as_slice().into());
            }
            (Self::WarningIf, [condition, text]) if condition == b"y" => {
                session.say(MessageKind::Warning, at, ": ", text);
            }
            (Self::ErrorIf, [condition, text]) if condition == b"y" => return Err(session.stop(at, text)),
            _ => {}
        }
        Ok(Vec::new())
    }
}

/// Runs a probe, or puts it off.
fn shell(session: &mut Session<'_>, at: At, command: &[u8]) -> Vec<u8> {
    let deferred = session.defers(command);
    let line = if deferred { Vec::new() } else { run(session, at, command) };
    let probe = Probe { at, command: command.into(), answer: line.as_slice().into() };
    let id = session.probes.add(probe);
    session.consulted.push(id);
    if deferred { deferred::mark(id) } else { line }
}

/// Runs a probe: newlines at the end go, the others become spaces.
fn run(session: &mut Session<'_>, at: At, command: &[u8]) -> Vec<u8> {
    let answer = session.tree.shell(command);
    if !answer.stderr.is_empty() {
        session.pass_on(MessageKind::Probe, at, answer.stderr.into());
    }
    let read = &answer.stdout[..answer.stdout.len().min(OUTPUT_LIMIT)];
    let kept = read.iter().rposition(|b| *b != b'\n').map_or(0, |last| last + 1);
    let line = read[..kept].split(|b| *b == 0).next().unwrap_or_default();
    line.iter().map(|b| if *b == b'\n' { b' ' } else { *b }).collect()
}

impl Session<'_> {
    /// The answer of a probe, which runs if it was put off.
    pub(in crate::syntax) fn answer(&mut self, id: ProbeId) -> Vec<u8> {
        let Probe { at, command, answer } = self.probes.get(id).clone();
        if !answer.is_empty() {
            return answer.as_bytes().to_vec();
        }
        let mut line = run(self, at, command.as_bytes());
        // It was promised to be one of two words.
        line.retain(|byte| *byte != deferred::BEGIN);
        self.probes.set_answer(id, &line);
        line
    }
}
