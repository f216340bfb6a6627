//! One choice: the list of its members, and which of them an answer takes.
//!
//! ```text
//! Prompt
//!   1. Member one (ONE) (NEW)
//! > 2. Member two (TWO)
//! choice[1-2?]: █
//! ```

use super::{Dialogue, OutOfAnswers, Questions};
use crate::Tristate;
use crate::model::{ChoiceId, MenuId, MenuKind};
use crate::syntax::ast::SymbolId;

/// What an answer is about.
enum Pick {
    Take(usize),
    Help(usize),
    Nothing,
}

impl Dialogue<'_, '_> {
    pub(super) fn ask_choice(&mut self, id: MenuId, choice: ChoiceId) -> Result<(), OutOfAnswers> {
        if let Some(symbol) = self.evaluator.model().choice(choice).symbol {
            let askable = self.evaluator.askable(symbol);
            if askable {
                self.ask_tristate(id, symbol)?;
            }
            match self.evaluator.tristate(symbol) {
                Tristate::Y => {}
                Tristate::M if !askable => {
                    let mut title = Vec::new();
                    self.line_of(id, b"", &mut title);
                    self.console.print(&title);
                    return self.below(id, 2);
                }
                Tristate::M | Tristate::N => return self.below(id, 2),
            }
        }
        let taken = self.ask_member(id, choice)?;
        match taken {
            Some(member) => self.below(member, 2),
            None => Ok(()),
        }
    }

    /// Lists the members until one is taken; gives its entry. Without members there is nothing to ask.
    fn ask_member(&mut self, id: MenuId, choice: ChoiceId) -> Result<Option<MenuId>, OutOfAnswers> {
        loop {
            let chosen = self.evaluator.chosen(choice);
            let (mut members, mut default) = (Vec::new(), None);
            // In older trees a choice may be open though each member that is to be seen was spoken of.
            let symbol = self.evaluator.model().choice(choice).symbol;
            let mut new = symbol.is_some_and(|symbol| self.evaluator.user(symbol).is_none());
            let mut text = Vec::new();
            self.line_of(id, b"", &mut text);
            for child in self.outline.children(id) {
                if !self.evaluator.in_view(self.outline, *child) {
                    continue;
                }
                let MenuKind::Symbol(symbol, _) = self.evaluator.model().menu(*child).kind else {
                    self.line_of(*child, b"* ", &mut text);
                    continue;
                };
                members.push((*child, symbol));
                let mark = if chosen == Some(symbol) { ">" } else { " " };
                if chosen == Some(symbol) {
                    default = Some(members.len());
                }
                self.line_of(*child, format!("{mark} {}. ", members.len()).as_bytes(), &mut text);
                text.pop();
                text.extend_from_slice(
                    &[b" (", self.evaluator.model().symbol(symbol).name.as_bytes(), b")"].concat(),
                );
                if self.evaluator.user(symbol).is_none() {
                    new = true;
                    text.extend_from_slice(b" (NEW)");
                }
                text.push(b'\n');
            }
            if members.is_empty() {
                return Ok(None);
            }
            text.extend_from_slice(" ".repeat(self.indent).as_bytes());
            text.extend_from_slice(b"choice");
            let picked = if members.len() == 1 {
                text.extend_from_slice(b"[1]: 1\n");
                self.console.print(&text);
                Pick::Take(1)
            } else {
                text.extend_from_slice(format!("[1-{}?]: ", members.len()).as_bytes());
                self.console.print(&text);
                let default = default.unwrap_or(0);
                if self.questions == Questions::New && !new {
                    self.console.print(format!("{default}\n").as_bytes());
                    Pick::Take(default)
                } else {
                    match self.line() {
                        Some(line) => pick(&line, default),
                        None => Pick::Take(default),
                    }
                }
            };
            let nth = |number: usize| number.checked_sub(1).and_then(|index| members.get(index)).copied();
            match picked {
                Pick::Take(number) => {
                    if let Some((entry, symbol)) = nth(number) {
                        self.evaluator.take_member(choice, symbol, &members);
                        return Ok(Some(entry));
                    }
                }
                Pick::Help(0) => self.help(id),
                Pick::Help(number) => {
                    if let Some((entry, _)) = nth(number) {
                        self.help(entry);
                    }
                }
                Pick::Nothing => {}
            }
        }
    }

    /// A line that begins with a mark and shows an entry's prompt.
    fn line_of(&self, id: MenuId, mark: &[u8], text: &mut Vec<u8>) {
        text.extend_from_slice(" ".repeat(self.indent).as_bytes());
        text.extend_from_slice(mark);
        if let Some((prompt, _)) = &self.evaluator.model().menu(id).prompt {
            text.extend_from_slice(prompt.as_bytes());
        }
        text.push(b'\n');
    }
}

/// What an answer says: a number, a number and `?`, or `?` alone.
fn pick(line: &[u8], default: usize) -> Pick {
    let line = line.trim_ascii();
    let digits: usize = line.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = std::str::from_utf8(&line[..digits]).ok().and_then(|digits| digits.parse().ok());
    match (line, number) {
        ([], _) => Pick::Take(default),
        ([b'?', ..], _) => Pick::Help(0),
        (_, Some(number)) if line.ends_with(b"?") => Pick::Help(number),
        (_, Some(number)) => Pick::Take(number),
        (_, None) => Pick::Nothing,
    }
}

impl crate::eval::Evaluator<'_> {
    /// Chooses a member; its peers that were to be seen are refused.
    fn take_member(&mut self, choice: ChoiceId, taken: SymbolId, members: &[(MenuId, SymbolId)]) {
        let members: Vec<SymbolId> = members.iter().map(|(_, symbol)| *symbol).collect();
        let changes = self.chosen(choice) != Some(taken);
        self.choose_member(choice, taken, &members);
        if changes {
            self.forget();
        }
    }
}
