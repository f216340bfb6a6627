//! One symbol: its line, and what an answer means.
//!
//! ```text
//! Prompt (NAME) [Y/n/m/?] (NEW) █      the value in capitals, then what else is possible
//! Prompt (NAME) [text] (NEW) █
//! ```

use super::{Dialogue, Input, OutOfAnswers, Questions};
use crate::Tristate;
use crate::eval::{UserValue, valid_text};
use crate::model::MenuId;
use crate::syntax::Text;
use crate::syntax::ast::{SymbolId, SymbolType};

/// What came for an answer.
pub(super) enum Answer {
    /// Nothing was asked: the value stands.
    Kept,
    /// A line with its end; empty where there are no more.
    Line(Vec<u8>),
}

impl Dialogue<'_, '_> {
    pub(super) fn ask_symbol(&mut self, id: MenuId, symbol: SymbolId) -> Result<(), OutOfAnswers> {
        match self.evaluator.model().symbol(symbol).kind {
            None => Ok(()),
            Some(SymbolType::Bool | SymbolType::Tristate) => self.ask_tristate(id, symbol),
            Some(kind) => self.ask_text(id, symbol, kind),
        }
    }

    /// `bool` or `tristate`.
    pub(super) fn ask_tristate(&mut self, id: MenuId, symbol: SymbolId) -> Result<(), OutOfAnswers> {
        loop {
            let current = self.evaluator.tristate(symbol);
            let mut values = current.as_str().to_uppercase();
            for other in [Tristate::N, Tristate::M, Tristate::Y] {
                if other != current && self.evaluator.possible(symbol, other) {
                    values.push('/');
                    values.push_str(other.as_str());
                }
            }
            values.push_str("/?");
            self.question(id, symbol, values.as_bytes());
            let line = match self.answer(symbol, current.as_str().as_bytes()) {
                Answer::Kept => return Ok(()),
                Answer::Line(line) => line,
            };
            let asked = match line.trim_ascii() {
                b"" => Some(current),
                b"n" | b"N" | b"no" | b"No" => Some(Tristate::N),
                b"m" | b"M" => Some(Tristate::M),
                b"y" | b"Y" | b"yes" | b"Yes" => Some(Tristate::Y),
                [b'?', ..] => None,
                _ => {
                    self.again(symbol, &line)?;
                    continue;
                }
            };
            if let Some(asked) = asked
                && self.evaluator.take(symbol, asked)
            {
                return Ok(());
            }
            self.help(id);
        }
    }

    /// `int`, `hex` or `string`.
    fn ask_text(&mut self, id: MenuId, symbol: SymbolId, kind: SymbolType) -> Result<(), OutOfAnswers> {
        loop {
            let current = self.evaluator.text(symbol);
            self.question(id, symbol, current.as_bytes());
            let line = match self.answer(symbol, current.as_bytes()) {
                Answer::Kept => return Ok(()),
                Answer::Line(line) => line,
            };
            let text = line.strip_suffix(b"\n").unwrap_or(&line);
            let text = match text {
                b"?" => {
                    self.help(id);
                    continue;
                }
                b"" => current,
                text => Text::from(text),
            };
            if self.evaluator.take_text(symbol, kind, text) {
                return Ok(());
            }
            self.again(symbol, &line)?;
        }
    }

    /// Everything before the answer.
    fn question(&mut self, id: MenuId, symbol: SymbolId, values: &[u8]) {
        let model = self.evaluator.model();
        let mut line = " ".repeat(self.indent).into_bytes();
        if let Some((text, _)) = &model.menu(id).prompt {
            line.extend_from_slice(text.as_bytes());
        }
        let name = model.symbol(symbol).name.as_bytes();
        if !name.is_empty() {
            line.extend_from_slice(&[b" (", name, b")"].concat());
        }
        line.extend_from_slice(&[b" [", values, b"] "].concat());
        if self.evaluator.user(symbol).is_none() {
            line.extend_from_slice(b"(NEW) ");
        }
        self.console.print(&line);
    }

    /// Reads an answer, if one is to be had.
    fn answer(&mut self, symbol: SymbolId, current: &[u8]) -> Answer {
        let settled = self.questions == Questions::New && self.evaluator.user(symbol).is_some();
        if settled || !self.evaluator.askable(symbol) {
            self.console.print(&[current, b"\n"].concat());
            return Answer::Kept;
        }
        match self.line() {
            Some(line) => Answer::Line(line),
            None => {
                self.console.print(b"\n");
                Answer::Line(Vec::new())
            }
        }
    }

    /// Reads a line, which is printed where nobody sees what is typed.
    pub(super) fn line(&mut self) -> Option<Vec<u8>> {
        self.flush();
        let line = self.console.answer();
        match &line {
            Some(line) if self.console.input() == Input::Piped => self.console.print(line),
            Some(_) => {}
            None => self.console.complain(b"\nError in reading or end of file.\n"),
        }
        line
    }

    /// Prints what evaluation had to say.
    pub(super) fn flush(&mut self) {
        let warnings = self.evaluator.take_warnings();
        if !warnings.is_empty() {
            self.console.complain(&warnings);
        }
    }

    /// After an answer that cannot be taken: asks again, unless there was none.
    fn again(&mut self, symbol: SymbolId, line: &[u8]) -> Result<(), OutOfAnswers> {
        if line.is_empty() {
            return Err(OutOfAnswers { symbol: self.evaluator.model().symbol(symbol).name.clone() });
        }
        Ok(())
    }
}

impl crate::eval::Evaluator<'_> {
    /// Whether `m` is a value of a symbol.
    pub(super) fn knows_m(&mut self, symbol: SymbolId) -> bool {
        self.model().symbol(symbol).kind == Some(SymbolType::Tristate) && self.modules_allowed()
    }

    /// Whether the user may set a `bool` or `tristate` to a value.
    pub(crate) fn possible(&mut self, symbol: SymbolId, value: Tristate) -> bool {
        let visible = self.visible(symbol);
        let least = self.least(symbol);
        if visible == Tristate::N || visible <= least || (value == Tristate::M && !self.knows_m(symbol)) {
            return false;
        }
        if self.model().symbol(symbol).member_of.is_some() && visible == Tristate::Y {
            return value == Tristate::Y;
        }
        (least..=visible).contains(&value)
    }

    /// Takes an answer in, if it is possible; what was computed stays as long as it does not change.
    fn take(&mut self, symbol: SymbolId, value: Tristate) -> bool {
        if !self.possible(symbol, value) && self.tristate(symbol) != value {
            return false;
        }
        let changes = self.tristate(symbol) != value;
        self.set_user(symbol, Some(UserValue::Tristate(value)));
        if changes {
            self.forget();
        }
        true
    }

    /// Takes a text in, if it is one of the type and in range; a `hex` gets its `0x`.
    fn take_text(&mut self, symbol: SymbolId, kind: SymbolType, text: Text) -> bool {
        if !valid_text(kind, text.as_bytes()) || (kind != SymbolType::String && !self.in_range(symbol, &text))
        {
            return false;
        }
        let bare = kind == SymbolType::Hex && !matches!(text.as_bytes(), [b'0', b'x' | b'X', ..]);
        let text = if bare { Text::from([b"0x", text.as_bytes()].concat()) } else { text };
        // What was answered before counts, not what it amounts to: a default that is taken is a change.
        let answer = Some(UserValue::Text(text));
        let changes = self.user(symbol) != answer.as_ref();
        self.set_user(symbol, answer);
        if changes {
            self.forget();
        }
        true
    }
}
