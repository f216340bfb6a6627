//! A prompt that searches, shows and sets symbols, where the tree's own menus cannot be made.
//!
//! | What is typed | What is done |
//! |---|---|
//! | `WORD`, `/WORD` | symbols whose name or prompt has it, with value and place in the menu |
//! | `SYMBOL` | why it has its value |
//! | `SYMBOL=VALUE` | sets it, with what it needs; what cannot be is told |
//! | `changes`, `undo`, `done`, `quit`, `?` | |
//!
//! Names are written as they are defined: `net` is searched for, `NET` is shown.
//!
//! Invariant: what is set lands together; a setting that would lose an earlier one is not taken.

use kconfig::fix::{Outcome, text};
use kconfig::{DotConfig, Symbol, Value};
use kernel_build::{Configuration, Others};

use super::super::{engine, fix, symbol};
use super::line;
use crate::commands::Context;
use crate::failure::CommandError;
use crate::text as words;

/// How many symbols a search shows.
const SHOWN: usize = 16;
/// Who asks for what is set here, in explanations.
const ORIGIN: &str = "this prompt";

const HELP: &str = "  WORD, /WORD     symbols whose name or prompt has it
  SYMBOL          why it has its value
  SYMBOL=VALUE    set it, with what it needs
  changes         what was set
  undo            take the last of it back
  done            show the least that stands for it, and write it
  quit            leave, and write nothing";

/// What a line asks for.
#[derive(Debug, PartialEq, Eq)]
enum Asked<'a> {
    Nothing,
    Help,
    Changes,
    Undo,
    Done,
    Quit,
    Search(&'a str),
    Set(&'a str, &'a str),
    /// The symbol of this name, where there is one; else it is searched for.
    Show(&'a str),
}

impl<'a> Asked<'a> {
    fn of(line: &'a str) -> Self {
        match line {
            "" => return Self::Nothing,
            "?" | "help" => return Self::Help,
            "changes" => return Self::Changes,
            "undo" => return Self::Undo,
            "done" => return Self::Done,
            "quit" => return Self::Quit,
            _ => {}
        }
        if let Some(word) = line.strip_prefix('/') {
            return Self::Search(word.trim());
        }
        match line.split_once('=') {
            Some((name, value)) => Self::Set(name.trim(), value.trim()),
            None => Self::Show(line),
        }
    }
}

/// What was set so far.
struct Session<'a> {
    context: &'a Context<'a>,
    configuration: &'a Configuration,
    /// What was asked for, in order.
    wanted: Vec<(Symbol, Value)>,
    /// The same with what it needs.
    settings: Vec<(Symbol, Value)>,
    now: DotConfig,
}

/// Lets a person search and set; the `.config` that it comes to, or `None` where they quit.
pub(super) fn edit(
    context: &Context<'_>,
    configuration: &Configuration,
) -> Result<Option<DotConfig>, CommandError> {
    let now = configuration.resolved();
    let mut session = Session { context, configuration, wanted: Vec::new(), settings: Vec::new(), now };
    session.say(&format!("{}: a word searches, SYMBOL=VALUE sets, `?` helps", configuration.name()));
    loop {
        context.shell.raw_words(b"config> ");
        let Some(typed) = line(context)? else { return Ok(None) };
        match Asked::of(&typed) {
            Asked::Nothing => {}
            Asked::Help => session.say(HELP),
            Asked::Changes => session.changes(),
            Asked::Undo => session.undo()?,
            Asked::Done => return Ok(Some(session.now)),
            Asked::Quit => return Ok(None),
            Asked::Search(word) => session.search(word),
            Asked::Set(name, value) => session.set(name, value)?,
            Asked::Show(name) => session.show(name)?,
        }
    }
}

impl Session<'_> {
    fn say(&self, text: &str) {
        self.context.shell.say(text);
    }

    fn value(&self, symbol: &Symbol) -> String {
        self.now.get(symbol).map_or_else(|| "n".to_owned(), ToString::to_string)
    }

    fn search(&self, word: &str) {
        let found = self.configuration.search(word);
        if found.is_empty() {
            self.say(&format!("  no symbol has `{word}` in its name or prompt"));
        }
        for symbol in found.iter().take(SHOWN) {
            let prompt = symbol.prompt.clone().unwrap_or_else(|| "(no prompt)".to_owned());
            let place: Vec<String> = symbol.menu.iter().cloned().chain([prompt]).collect();
            let setting = format!("{}={}", symbol.symbol, self.value(&symbol.symbol));
            self.say(&format!("  {setting:24} {}", place.join(" > ")));
        }
        if let Some(more) = found.len().checked_sub(SHOWN).filter(|more| *more > 0) {
            self.say(&format!("  and {} more", words::count(more, "symbol")));
        }
    }

    fn show(&self, name: &str) -> Result<(), CommandError> {
        let is_name = !name.chars().any(|letter| letter.is_lowercase() || letter.is_whitespace());
        let exact = |found: &kernel_build::Found| found.symbol.as_str() == plain(name);
        let Some(found) =
            self.configuration.search(name).into_iter().next().filter(|_| is_name).filter(exact)
        else {
            self.search(name);
            return Ok(());
        };
        let explained = self.configuration.explain_with(&[found.symbol], &self.settings, ORIGIN);
        for explanation in explained.map_err(engine)? {
            self.say(&self.configuration.text_of(&explanation));
        }
        Ok(())
    }

    fn set(&mut self, name: &str, word: &str) -> Result<(), CommandError> {
        // What is mistyped is told, and typed again.
        let parsed = symbol(plain(name)).and_then(|symbol| {
            let value = self.configuration.value(&symbol, word);
            value
                .map(|value| (symbol, value))
                .map_err(|error| crate::failure::Failure::user(error.to_string()).into())
        });
        let (symbol, value) = match parsed {
            Ok(parsed) => parsed,
            Err(_) => {
                self.say(&format!("  `{name}={word}` is no request: expected `SYMBOL=VALUE`"));
                return Ok(());
            }
        };
        let mut wanted: Vec<_> = self.wanted.iter().filter(|(known, _)| *known != symbol).cloned().collect();
        wanted.push((symbol.clone(), value.clone()));
        let proposals = self.configuration.fix(&wanted, Others::Told).map_err(engine)?;
        let lost = proposals.iter().find(|found| !matches!(found.outcome, Outcome::Fixed(_)));
        match lost {
            None => {
                let settings = fix::settings(&proposals);
                let last = proposals.last().map(|found| text(&found.outcome, &symbol, &value));
                self.say(&indented(&last.unwrap_or_default()));
                self.take(wanted, settings)?;
            }
            Some(found) if found.symbol == symbol => {
                self.say(&indented(&text(&found.outcome, &symbol, &value)));
            }
            Some(found) => {
                let earlier = format!("{}={}", found.symbol.config_name(), found.value);
                self.say(&format!("  not set: {earlier}, which was set before, would be lost"));
            }
        }
        Ok(())
    }

    fn undo(&mut self) -> Result<(), CommandError> {
        let Some((symbol, _)) = self.wanted.pop() else {
            self.say("  nothing was set");
            return Ok(());
        };
        let wanted = std::mem::take(&mut self.wanted);
        let proposals = self.configuration.fix(&wanted, Others::Told).map_err(engine)?;
        self.take(wanted, fix::settings(&proposals))?;
        self.say(&format!("  {}={} again", symbol.config_name(), self.value(&symbol)));
        Ok(())
    }

    fn take(
        &mut self,
        wanted: Vec<(Symbol, Value)>,
        settings: Vec<(Symbol, Value)>,
    ) -> Result<(), CommandError> {
        self.now = self.configuration.resolved_with(&settings).map_err(engine)?;
        (self.wanted, self.settings) = (wanted, settings);
        Ok(())
    }

    fn changes(&self) {
        if self.settings.is_empty() {
            self.say("  nothing was set");
        }
        for (symbol, value) in &self.settings {
            let needed = self.wanted.iter().all(|(wanted, _)| wanted != symbol);
            let why = if needed { ", which others need" } else { "" };
            self.say(&format!("  {}={value}{why}", symbol.config_name()));
        }
    }
}

/// A name without `CONFIG_`.
fn plain(name: &str) -> &str {
    name.strip_prefix("CONFIG_").unwrap_or(name)
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_line_asks_for() {
        let is = |line: &str, asked: Asked<'_>| assert_eq!(Asked::of(line), asked, "{line}");
        is("", Asked::Nothing);
        is("undo", Asked::Undo);
        is("/undo", Asked::Search("undo"));
        is("virtio net", Asked::Show("virtio net"));
        is("NET=y", Asked::Set("NET", "y"));
        is("CONSOLE = \"ttyS0\"", Asked::Set("CONSOLE", "\"ttyS0\""));
        is("CMDLINE=a=b", Asked::Set("CMDLINE", "a=b"));
    }
}
