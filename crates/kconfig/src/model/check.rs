//! What `conf` finds strange about single symbols and choices once all files are read.
//!
//! | trees | what a member of a choice must not have |
//! |---|---|
//! | until 6.10 | is warned about behind what the choice encloses |
//! | from 6.11 | is an error, behind the search for circles from it |
//!
//! Deliberately absent: what the parser says at once, and circles.

use super::{ChoiceId, ChoiceRules, Expr, MenuId, MenuKind, Model, Outline, Source};
use crate::eval::valid_text;
use crate::syntax::ast::{At, ConfigKeyword, Name, SymbolId, SymbolType};
use crate::syntax::{Message, MessageKind, Text};

/// Notes what is strange, behind what is already said.
pub fn check(model: &mut Model) {
    let mut walk = Walk { model, outline: None, done: vec![false; model.symbols.len()], found: Vec::new() };
    walk.children(MenuId::ROOT);
    if walk.found.len() > 1 {
        // Only the order needs to know what stands below what.
        let outline = Some(Outline::nested(model));
        walk = Walk { model, outline, done: vec![false; model.symbols.len()], found: Vec::new() };
        walk.children(MenuId::ROOT);
    }
    let found = walk.found;
    for (at, text) in found {
        let text = Text::from(format!("{}:warning: {text}", model.place(at)).as_str());
        model.messages.push(Message { kind: MessageKind::Warning, at: Some(at), text });
    }
}

/// What a member of a choice must not have in any of its entries, told at those in the choice, in trees where that is
/// an error.
pub(super) fn member_errors(model: &Model, menu: MenuId) -> Vec<String> {
    let MenuKind::Symbol(symbol, _) = model.menu(menu).kind else { return Vec::new() };
    let entry = model.symbol(symbol);
    if entry.member_of.is_none() || model.choice_around(menu) != entry.member_of {
        return Vec::new();
    }
    let foreign = (model.foreign_prompts(symbol).into_iter())
        .map(|source| (source, "choice value has a prompt outside its choice group"));
    let defaults = entry.defaults.iter().map(|default| (default.source, DEFAULT));
    let mut found: Vec<_> = foreign.chain(defaults).collect();
    found.sort_by_key(|(source, _)| source.at);
    found.into_iter().map(|(source, text)| format!("{}: error: {text}", model.place(source.at))).collect()
}

const DEFAULT: &str = "defaults for choice values not supported";

struct Walk<'a> {
    model: &'a Model,
    outline: Option<Outline>,
    done: Vec<bool>,
    found: Vec<(At, String)>,
}

impl Walk<'_> {
    /// Each symbol at its first entry; behind what stands below it, as a choice is behind what it encloses.
    fn children(&mut self, menu: MenuId) {
        let children = match &self.outline {
            Some(outline) => outline.children(menu).to_vec(),
            None => self.model.menu(menu).children.clone(),
        };
        for child in children {
            self.children(child);
            match self.model.menu(child).kind {
                MenuKind::Symbol(symbol, _) => self.symbol(symbol, child),
                MenuKind::Choice(choice) => self.choice(choice, child),
                _ => {}
            }
        }
    }

    fn symbol(&mut self, symbol: SymbolId, menu: MenuId) {
        if std::mem::replace(&mut self.done[symbol.0 as usize], true) {
            return;
        }
        let at = self.model.menu(menu).at;
        let mut found = Vec::new();
        Checker { model: self.model, symbol, found: &mut found }.symbol(at);
        found.sort_by_key(|(at, _)| *at);
        self.found.append(&mut found);
    }

    /// What a member must not have, in trees that only warn about it.
    fn member(&mut self, symbol: SymbolId) {
        let entry = self.model.symbol(symbol);
        let foreign = self.model.foreign_prompts(symbol).into_iter();
        let mut found: Vec<(At, &str)> =
            foreign.map(|source| (source.at, "choice value used outside its choice group")).collect();
        found.extend(entry.defaults.iter().map(|default| (default.source.at, DEFAULT)));
        let prompted = entry.prompt_sources.iter().any(|source| !self.model.is_menuconfig(source.menu));
        if let (false, Some(menu)) = (prompted, entry.menus.first()) {
            found.push((self.model.menu(*menu).at, "choice value must have a prompt"));
        }
        found.sort_by_key(|(at, _)| *at);
        self.found.extend(found.into_iter().map(|(at, text)| (at, text.to_owned())));
    }

    fn choice(&mut self, id: ChoiceId, menu: MenuId) {
        let (model, at) = (self.model, self.model.menu(menu).at);
        let choice = model.choice(id);
        if model.rules.choice == ChoiceRules::Symbol {
            for member in &choice.members {
                self.member(*member);
            }
        }
        if choice.symbol.is_some_and(|symbol| model.symbol(symbol).kind.is_none()) {
            self.found.push((at, WITHOUT_TYPE.to_owned()));
        }
        if choice.prompts.is_empty() {
            self.found.push((at, "choice must have a prompt".to_owned()));
        }
        for default in &choice.defaults {
            let Expr::Name(name) = model.pool.get(default.value) else { continue };
            if !matches!(name, Name::Symbol(symbol) if model.symbol(symbol).member_of == Some(id)) {
                let name = model.names.text(name);
                let what = format!("choice default symbol '{name}' is not contained in the choice");
                self.found.push((default.source.at, what));
            }
        }
    }
}

const WITHOUT_TYPE: &str = "config symbol defined without type";

impl Model {
    /// Where a member of a choice has prompts outside of it; that of a `menuconfig` is a menu's, which may be.
    fn foreign_prompts(&self, symbol: SymbolId) -> Vec<Source> {
        let entry = self.symbol(symbol);
        let sources = entry.prompt_sources.iter().filter(|source| !self.is_menuconfig(source.menu));
        sources.filter(|source| self.choice_around(source.menu) != entry.member_of).copied().collect()
    }

    fn is_menuconfig(&self, menu: MenuId) -> bool {
        matches!(self.menu(menu).kind, MenuKind::Symbol(_, ConfigKeyword::Menuconfig))
    }

    /// The choice in which an entry stands, be it in an `if` there.
    fn choice_around(&self, menu: MenuId) -> Option<ChoiceId> {
        let parent = self.menu(menu).parent?;
        match self.menu(parent).kind {
            MenuKind::Choice(choice) => Some(choice),
            MenuKind::If => self.choice_around(parent),
            _ => None,
        }
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
        let kind = entry.kind;
        if kind.is_none() {
            self.say(at, WITHOUT_TYPE.to_owned());
        }
        let truth = kind.is_some_and(is_truth);
        for default in &entry.defaults {
            match self.model.pool.get(default.value) {
                _ if truth || kind.is_none() => {}
                Expr::Name(name) if kind != Some(SymbolType::String) && !self.number(kind, name) => {
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
            if !matches!(kind, Some(SymbolType::Int | SymbolType::Hex)) {
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
    fn number(&self, kind: Option<SymbolType>, name: Name) -> bool {
        let text = match name {
            Name::Symbol(symbol) => match self.model.symbol(symbol).kind {
                Some(kind) => return matches!(kind, SymbolType::Int | SymbolType::Hex),
                None => &self.model.symbol(symbol).name,
            },
            Name::Constant(constant) => self.model.names.constant_text(constant),
        };
        matches!(kind, Some(kind @ (SymbolType::Int | SymbolType::Hex)) if valid_text(kind, text.as_bytes()))
    }
}

fn is_truth(kind: SymbolType) -> bool {
    matches!(kind, SymbolType::Bool | SymbolType::Tristate)
}
