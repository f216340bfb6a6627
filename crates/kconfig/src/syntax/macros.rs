//! The macro language: variables, functions, and `$(…)`.
//!
//! A name is looked up as argument of the function that is being expanded, then as variable, then among the
//! [built-in functions](builtin), then in the environment; what nobody knows is empty.
//!
//! Shape: expansions under way are a stack of [`Frame`]s, not of calls, so that deep nesting is no danger.
//!
//! ```text
//! Text "a $(f,$(x)) b" ◀─ Call f: words done, parts to do ◀─ Text "$(x)" ◀─ Call x …
//!      └ out: "a "                  (what a frame yields goes to the one below it)
//! ```
//!
//! Invariant: all expansions of a parse together are bounded by [`BUDGET`], since a few lines can double a text as often
//! as they like.
//!
//! Deliberately absent: a memory of what a probe answered. Every `$(shell,…)` is asked each time.

mod builtin;
mod frame;

use rustc_hash::FxHashMap;

use super::ast::At;
use super::probes::ProbeId;
use super::session::{Session, Stop};
use super::token::Operator;
use builtin::Builtin;
use frame::{Call, Frame, Text};

/// How often a function may stand inside its own expansion.
const SELF_LIMIT: u32 = 1000;
/// How many expansions may be under way, over all functions. `conf` ends where its stack does.
const DEPTH_LIMIT: usize = 20_000;
/// How many bytes all expansions of a parse may take together. The kernel's trees need less than one in fifty of
/// it; `conf` has no bound and ends where its memory does.
const BUDGET: usize = 64 << 20;
/// What a reference takes of the budget beside its bytes: a reference to nothing costs time, too.
const REFERENCE_COST: usize = 64;

/// The variables of a parse.
pub(super) struct Macros {
    variables: Vec<Variable>,
    names: FxHashMap<Box<[u8]>, usize>,
    /// What is left of [`BUDGET`].
    budget: usize,
}

impl Default for Macros {
    fn default() -> Self {
        Self { variables: Vec::new(), names: FxHashMap::default(), budget: BUDGET }
    }
}

struct Variable {
    value: Vec<u8>,
    flavor: Flavor,
    /// The probes whose answers are in a value that was expanded at once.
    probes: Vec<ProbeId>,
    /// How many expansions of it are under way.
    active: u32,
}

/// When the right side of an assignment is expanded.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flavor {
    /// `:=`: at once.
    Simple,
    /// `=`: at each use.
    Recursive,
}

/// What a name yields.
enum Found {
    /// It is done.
    Value(Vec<u8>),
    /// The value of this variable, still to be expanded.
    Body(usize),
}

impl Macros {
    /// Carries out `name = value`, `name := value` or `name += value`.
    pub(super) fn assign(
        &mut self,
        session: &mut Session<'_>,
        at: At,
        name: &[u8],
        op: Operator,
        value: Vec<u8>,
    ) -> Result<(), Stop> {
        let known = self.names.get(name).copied();
        let index = known.unwrap_or_else(|| {
            self.names.insert(name.into(), self.variables.len());
            self.variables.push(Variable {
                value: Vec::new(),
                flavor: Flavor::Recursive,
                probes: Vec::new(),
                active: 0,
            });
            self.variables.len() - 1
        });
        let append = op == Operator::Append && known.is_some();
        if !append {
            let flavor = if op == Operator::SetNow { Flavor::Simple } else { Flavor::Recursive };
            self.variables[index].flavor = flavor;
            self.variables[index].value.clear();
            self.variables[index].probes.clear();
        }
        session.consulted.clear();
        let value = match self.variables[index].flavor {
            Flavor::Simple => self.expand(session, at, &value)?,
            Flavor::Recursive => value,
        };
        self.variables[index].probes.append(&mut session.consulted);
        let old = &mut self.variables[index].value;
        if append {
            old.push(b' ');
        }
        old.extend_from_slice(&value);
        Ok(())
    }

    /// Expands the reference with which `line` begins; also gives how much of the line it takes.
    pub(super) fn reference(
        &mut self,
        session: &mut Session<'_>,
        at: At,
        line: &[u8],
    ) -> Result<(Vec<u8>, usize), Stop> {
        let Some(parts) = frame::split(&line[2..]) else { return Err(unterminated(session, at, &line[2..])) };
        let used = 2 + parts.length;
        Ok((self.expand(session, at, &line[..used])?, used))
    }

    fn expand(&mut self, session: &mut Session<'_>, at: At, text: &[u8]) -> Result<Vec<u8>, Stop> {
        self.spend(session, at, text.len())?;
        let mut stack = vec![Frame::Text(Text::outermost(text))];
        let mut done = Vec::new();
        while let Some(frame) = stack.pop() {
            if stack.len() > DEPTH_LIMIT {
                return Err(session.stop(at, b"Too deep recursive expansion"));
            }
            match frame {
                Frame::Text(mut text) => match text.next_reference() {
                    Some(Some(call)) => stack.extend([Frame::Text(text), Frame::Call(call)]),
                    Some(None) => return Err(unterminated(session, at, text.rest())),
                    None => {
                        if let Some(index) = text.variable {
                            self.variables[index].active -= 1;
                        }
                        done = text.out;
                        self.spend(session, at, done.len())?;
                        match stack.last_mut() {
                            Some(below) => below.take(std::mem::take(&mut done)),
                            None => return Ok(done),
                        }
                    }
                },
                Frame::Call(mut call) => match call.next_part() {
                    Some(part) => stack.extend([Frame::Call(call), Frame::Text(part)]),
                    None => match self.call(session, at, &call)? {
                        Found::Value(value) => {
                            self.spend(session, at, REFERENCE_COST + value.len())?;
                            if let Some(below) = stack.last_mut() {
                                below.take(value);
                            }
                        }
                        Found::Body(index) => {
                            self.spend(session, at, REFERENCE_COST + self.variables[index].value.len())?;
                            let body = Text::body(index, &self.variables[index].value, call.words);
                            stack.push(Frame::Text(body));
                        }
                    },
                },
            }
        }
        Ok(done)
    }

    /// Takes from the budget what is about to be copied.
    fn spend(&mut self, session: &mut Session<'_>, at: At, bytes: usize) -> Result<(), Stop> {
        match self.budget.checked_sub(bytes) {
            Some(left) => {
                self.budget = left;
                Ok(())
            }
            None => Err(session.stop_with(Some(at), "Out of memory.".into())),
        }
    }

    fn call(&mut self, session: &mut Session<'_>, at: At, call: &Call) -> Result<Found, Stop> {
        let Some((name, given)) = call.words.split_first() else { return Ok(Found::Value(Vec::new())) };
        let name = session.answered(name);
        let name = &*name;
        if given.is_empty()
            && let Some(arg) = argument_number(name).and_then(|n| call.args.get(n))
        {
            return Ok(Found::Value(arg.clone()));
        }
        if let Some(index) = self.names.get(name).copied() {
            return self.variable(session, at, name, index, given);
        }
        if let Some(builtin) = Builtin::of(name) {
            let given: Vec<Vec<u8>> = given.iter().map(|word| session.answered(word).into_owned()).collect();
            return builtin.call(session, at, name, &given).map(Found::Value);
        }
        let value = if given.is_empty() { session.environment(name) } else { String::new() };
        Ok(Found::Value(value.into_bytes()))
    }

    fn variable(
        &mut self,
        session: &mut Session<'_>,
        at: At,
        name: &[u8],
        index: usize,
        given: &[Vec<u8>],
    ) -> Result<Found, Stop> {
        let variable = &mut self.variables[index];
        if variable.flavor == Flavor::Simple {
            session.consulted.extend_from_slice(&variable.probes);
            return Ok(Found::Value(variable.value.clone()));
        }
        if variable.active > 0 && given.is_empty() {
            let text = [b"Recursive variable '", name, b"' references itself (eventually)"].concat();
            return Err(session.stop(at, &text));
        }
        if variable.active > SELF_LIMIT {
            return Err(session.stop(at, b"Too deep recursive expansion"));
        }
        variable.active += 1;
        Ok(Found::Body(index))
    }
}

fn unterminated(session: &mut Session<'_>, at: At, text: &[u8]) -> Stop {
    session.stop(at, &[b"unterminated reference to '", text, b"': missing ')'"].concat())
}

/// The index of the argument that a name like `1` means.
fn argument_number(name: &[u8]) -> Option<usize> {
    let number: usize = std::str::from_utf8(name).ok()?.trim_start().parse().ok()?;
    number.checked_sub(1)
}
