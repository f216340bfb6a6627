//! What `conf` finds strange about single symbols once all files are read.
//!
//! Deliberately absent: what the parser says at once, and circles.

use super::{Expr, Model};
use crate::eval::valid_text;
use crate::syntax::ast::{At, Name, SymbolId, SymbolType};
use crate::syntax::{Message, MessageKind, Text};

/// Notes what is strange, behind what is already said.
pub fn check(model: &mut Model) {
    let mut done = vec![false; model.symbols.len()];
    let mut found = Vec::new();
    for menu in &model.menus {
        let super::MenuKind::Symbol(symbol, _) = menu.kind else { continue };
        if std::mem::replace(&mut done[symbol.0 as usize], true) {
            continue;
        }
        let mut of_symbol = Vec::new();
        Checker { model, symbol, found: &mut of_symbol }.symbol(menu.at);
        of_symbol.sort_by_key(|(at, _)| *at);
        found.extend(of_symbol);
    }
    for (at, text) in found {
        let text = Text::from(format!("{}:warning: {text}", model.place(at)).as_str());
        model.messages.push(Message { kind: MessageKind::Warning, at: Some(at), text });
    }
}

struct Checker<'a> {
    model: &'a Model,
    symbol: SymbolId,
    found: &'a mut Vec<(At, String)>,
}

impl Checker<'_> {
    fn symbol(&mut self, at: At) {
        let entry = self.model.symbol(self.symbol);
        let Some(kind) = entry.kind else {
            self.say(at, "config symbol defined without type".to_owned());
            return;
        };
        let truth = is_truth(kind);
        for default in &entry.defaults {
            match self.model.pool.get(default.value) {
                _ if truth => {}
                Expr::Name(name) if kind != SymbolType::String && !self.number(kind, name) => {
                    self.say(default.source.at, format!("'{}': number is invalid", entry.name));
                }
                Expr::Name(_) => {}
                _ => self.say(
                    default.source.at,
                    format!("default for config symbol '{}' must be a single symbol", entry.name),
                ),
            }
        }
        for (links, word) in [(&entry.selects, "select"), (&entry.implies, "imply")] {
            for link in links {
                let target = self.model.symbol(link.target);
                if !truth {
                    let what =
                        format!("config symbol '{}' uses {word}, but is not bool or tristate", entry.name);
                    self.say(link.source.at, what);
                } else if target.kind.is_some_and(|kind| !is_truth(kind)) {
                    let rule = format!("'{word}' only accept arguments of bool and tristate type");
                    self.say(link.source.at, format!("'{}' has wrong type. {rule}", target.name));
                }
            }
        }
        for range in &entry.ranges {
            if !matches!(kind, SymbolType::Int | SymbolType::Hex) {
                self.say(range.source.at, "range is only allowed for int or hex symbols".to_owned());
            }
            if !self.number(kind, range.low) || !self.number(kind, range.high) {
                self.say(range.source.at, "range is invalid".to_owned());
            }
        }
    }

    fn say(&mut self, at: At, what: String) {
        self.found.push((at, what));
    }

    /// Whether an operand can stand where a number of this type is meant.
    fn number(&self, kind: SymbolType, name: Name) -> bool {
        let number = |symbol: SymbolId| {
            matches!(self.model.symbol(symbol).kind, Some(SymbolType::Int | SymbolType::Hex))
        };
        let text = match name {
            Name::Symbol(symbol) if number(symbol) => return true,
            Name::Symbol(symbol) => &self.model.symbol(symbol).name,
            Name::Constant(constant) => self.model.names.constant_text(constant),
        };
        valid_text(kind, text.as_bytes())
    }
}

fn is_truth(kind: SymbolType) -> bool {
    matches!(kind, SymbolType::Bool | SymbolType::Tristate)
}
