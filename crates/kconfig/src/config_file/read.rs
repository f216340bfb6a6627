//! Reads a `.config` into the user's values.

use std::io::Write as _;

use crate::Tristate;
use crate::eval::{Evaluator, UserValue, valid_text};
use crate::model::{ChoiceRules, ReaderRules};
use crate::syntax::Text;
use crate::syntax::ast::{SymbolId, SymbolType};

/// What to say about symbols that no file mentions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownSymbols {
    /// Nothing.
    Ignored,
    /// A warning each.
    Reported,
}

/// How to read.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    /// The file's name, for warnings.
    pub file: &'a str,
    /// What stands before each symbol: `CONFIG_`.
    pub prefix: &'a str,
    /// What to say about unknown symbols.
    pub unknown: UnknownSymbols,
}

/// What kind of file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A `.config`.
    DotConfig,
    /// An `auto.conf`: strings have no quotes, and nothing is said about values that are none.
    AutoConf,
}

/// What reading found beside the values.
pub(super) struct Read {
    /// As `conf` prints them.
    pub(super) warnings: Vec<u8>,
    /// The symbols that no file mentions, in order.
    pub(super) unknown: Vec<Text>,
}

/// One line that says something.
enum Line<'t> {
    Set { name: &'t [u8], value: &'t [u8] },
    Unset { name: &'t [u8] },
    Nothing,
    Unexpected,
}

impl Reader<'_> {
    /// Forgets what the user asked for and reads it anew; gives the warnings as `conf` prints them.
    pub fn read(&self, text: &[u8], evaluator: &mut Evaluator<'_>) -> Vec<u8> {
        self.read_as(Form::DotConfig, text, evaluator).warnings
    }

    pub(super) fn read_as(&self, form: Form, text: &[u8], evaluator: &mut Evaluator<'_>) -> Read {
        for symbol in evaluator.model().symbol_ids() {
            evaluator.set_user(symbol, None);
        }
        evaluator.reset_choices();
        let (mut warnings, mut unknown) = (Vec::new(), Vec::new());
        for (index, line) in text.split(|byte| *byte == b'\n').enumerate() {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let mut warn = |what: &[u8]| {
                let _ = write!(warnings, "{}:{}:warning: ", self.file, index + 1);
                warnings.extend_from_slice(what);
                warnings.push(b'\n');
            };
            let (name, value) = match self.line(line, evaluator.model().rules.reader) {
                Line::Nothing => continue,
                Line::Unexpected => {
                    warn(&[b"unexpected data: ", line].concat());
                    continue;
                }
                Line::Set { name, value } => (name, value),
                Line::Unset { name } => (name, &b"n"[..]),
            };
            match evaluator.model().names.find(name) {
                Some(symbol) => assign(symbol, value, form, evaluator, &mut warn),
                None => {
                    if self.unknown == UnknownSymbols::Reported {
                        warn(&[b"unknown symbol: ", name].concat());
                    }
                    unknown.push(Text::from(name));
                }
            }
        }
        evaluator.forget();
        Read { warnings, unknown }
    }

    fn line<'t>(&self, line: &'t [u8], rules: ReaderRules) -> Line<'t> {
        let prefix = self.prefix.as_bytes();
        if line.is_empty() {
            return Line::Nothing;
        }
        if let Some(rest) = line.strip_prefix(b"# ").and_then(|rest| rest.strip_prefix(prefix)) {
            let Some(space) = rest.iter().position(|byte| *byte == b' ') else { return Line::Nothing };
            let (name, rest) = (&rest[..space], &rest[space + 1..]);
            let unset = match rules {
                ReaderRules::Exact => rest == b"is not set",
                ReaderRules::Lenient => rest.starts_with(b"is not set"),
            };
            return if unset { Line::Unset { name } } else { Line::Nothing };
        }
        if let Some(rest) = line.strip_prefix(prefix) {
            return match (rest.iter().position(|byte| *byte == b'='), rules) {
                (Some(equal), _) => Line::Set { name: &rest[..equal], value: &rest[equal + 1..] },
                (None, ReaderRules::Exact) => Line::Unexpected,
                (None, ReaderRules::Lenient) => Line::Nothing,
            };
        }
        if line.starts_with(b"#") { Line::Nothing } else { Line::Unexpected }
    }
}

/// Takes one assignment in.
fn assign(
    symbol: SymbolId,
    value: &[u8],
    form: Form,
    evaluator: &mut Evaluator<'_>,
    warn: &mut dyn FnMut(&[u8]),
) {
    let model = evaluator.model();
    let entry = model.symbol(symbol);
    if evaluator.user(symbol).is_some() {
        warn(&[b"override: reassigning to symbol ", entry.name.as_bytes()].concat());
    }
    let asked = match entry.kind {
        None => return,
        Some(SymbolType::Tristate | SymbolType::Bool) => match (value.first(), entry.kind) {
            (Some(b'y'), _) => Some(UserValue::Tristate(Tristate::Y)),
            (Some(b'm'), Some(SymbolType::Tristate)) => Some(UserValue::Tristate(Tristate::M)),
            (Some(b'n'), _) => Some(UserValue::Tristate(Tristate::N)),
            _ => None,
        },
        Some(SymbolType::String) if form == Form::AutoConf => Some(UserValue::Text(Text::from(value))),
        Some(SymbolType::String) => {
            let Some(quoted) = value.strip_prefix(b"\"") else { return };
            match unescape(quoted) {
                Some(text) => Some(UserValue::Text(Text::from(text))),
                None => {
                    warn(b"invalid string found");
                    return;
                }
            }
        }
        Some(kind @ (SymbolType::Int | SymbolType::Hex)) => {
            valid_text(kind, value).then(|| UserValue::Text(Text::from(value)))
        }
    };
    match asked {
        Some(asked) => {
            evaluator.set_user(symbol, Some(asked.clone()));
            let UserValue::Tristate(asked) = asked else { return };
            if model.rules.choice == ChoiceRules::List {
                evaluator.note_recent(symbol);
            } else if let Some(said) = evaluator.note_member(symbol, asked) {
                let lead: &[u8] = if asked == Tristate::Y { b"override: " } else { b"" };
                warn(&[lead, entry.name.as_bytes(), b" ", said.as_bytes()].concat());
            }
        }
        None if form == Form::AutoConf => {}
        None => warn(&[b"symbol value '", value, b"' invalid for ", entry.name.as_bytes()].concat()),
    }
}

/// What stands before the closing quote; `None` without one.
fn unescape(quoted: &[u8]) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    let mut bytes = quoted.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => return Some(text),
            b'\\' => text.push(*bytes.next()?),
            other => text.push(*other),
        }
    }
    None
}
