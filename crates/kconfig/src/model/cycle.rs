//! Symbols that depend on themselves.
//!
//! Every symbol is followed, in the order of `conf`, through what decides its value: dependencies, selects, implies,
//! prompts, defaults, conditions of ranges; a member of a choice through the choice. What leads back is an error, and
//! the way round is told.
//!
//! Deliberately absent: the bounds of ranges and the conditions of a menu's `visible if`, which may be circular.

use std::io::Write as _;

use super::outline::inner_first;
use super::{ChoiceId, ChoiceRules, Expr, ExprId, Menu, MenuId, MenuKind, Model};
use crate::eval::table_order;
use crate::syntax::ast::{At, ConfigKeyword, Name, SymbolId};
use crate::syntax::{Message, MessageKind};

/// Notes each circle, behind what is already said; in newer trees also what members of choices must not have.
pub fn cycles(model: &mut Model) {
    let mut search = Search {
        model,
        symbols: vec![Mark::New; model.symbols.len()],
        choices: vec![Mark::New; model.choices.len()],
        way: Vec::new(),
        exprs: vec![false; model.pool.len()],
        within: 0,
        found: Vec::new(),
    };
    if model.rules.choice == ChoiceRules::List {
        for (id, menu) in model.menus.iter().enumerate() {
            match menu.kind {
                MenuKind::Symbol(symbol, _) => search.thing(Thing::Symbol(symbol)),
                MenuKind::Choice(choice) => search.thing(Thing::Choice(choice)),
                _ => None,
            };
            let errors = super::check::member_errors(model, MenuId(id as u32));
            search.found.extend(errors.into_iter().map(String::into_bytes));
        }
    } else {
        for symbol in table_order(model) {
            search.thing(match model.symbol(symbol).stands_for {
                Some(choice) => Thing::Choice(choice),
                None => Thing::Symbol(symbol),
            });
        }
    }
    let found = search.found;
    model.messages.extend(found.into_iter().map(|text| Message {
        kind: MessageKind::Error,
        at: None,
        text: text.into(),
    }));
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Thing {
    Symbol(SymbolId),
    Choice(ChoiceId),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    New,
    OnTheWay,
    /// Of a choice: its members are being followed.
    Within,
    Done,
}

/// How one thing leads to the next.
#[derive(Clone, Copy)]
enum Step {
    Depends,
    Selected,
    Implied,
    Prompt,
    Default,
    DefaultValue,
    Range,
    Member,
    PartOf,
}

struct Search<'m> {
    model: &'m Model,
    symbols: Vec<Mark>,
    choices: Vec<Mark>,
    way: Vec<(Thing, Step, At)>,
    /// Expressions that have been followed outside of choices: everything in them is done.
    exprs: Vec<bool>,
    /// How many choices are being followed to their members.
    within: u32,
    found: Vec<Vec<u8>>,
}

impl Search<'_> {
    fn mark(&mut self, thing: Thing) -> &mut Mark {
        match thing {
            Thing::Symbol(symbol) => &mut self.symbols[symbol.0 as usize],
            Thing::Choice(choice) => &mut self.choices[choice.0 as usize],
        }
    }

    /// Follows a thing; gives the start of the first circle behind it, which ends the search from there.
    fn thing(&mut self, thing: Thing) -> Option<Thing> {
        if let Thing::Symbol(symbol) = thing
            && let Some(choice) = self.model.symbol(symbol).member_of
        {
            // The choice is what is followed, and what a circle begins with.
            let at = self.place(thing);
            return self.step(thing, Step::PartOf, at, |search| search.thing(Thing::Choice(choice)));
        }
        match *self.mark(thing) {
            Mark::Done => return None,
            Mark::OnTheWay | Mark::Within => {
                self.tell(thing);
                return Some(thing);
            }
            Mark::New => {}
        }
        *self.mark(thing) = Mark::OnTheWay;
        let start = match thing {
            Thing::Symbol(symbol) => self.symbol(symbol),
            Thing::Choice(choice) => self.choice(choice),
        };
        *self.mark(thing) = Mark::Done;
        start
    }

    fn step(
        &mut self,
        thing: Thing,
        step: Step,
        at: At,
        follow: impl FnOnce(&mut Self) -> Option<Thing>,
    ) -> Option<Thing> {
        self.way.push((thing, step, at));
        let start = follow(self);
        self.way.pop();
        start
    }

    fn symbol(&mut self, symbol: SymbolId) -> Option<Thing> {
        let model = self.model;
        let entry = model.symbol(symbol);
        let thing = Thing::Symbol(symbol);
        let at = self.place(thing);
        let depends = self.depends(symbol);
        let lists = [
            (Step::Depends, &depends[..]),
            (Step::Selected, &entry.selected_by[..]),
            (Step::Implied, &entry.implied_by[..]),
        ];
        for (kind, exprs) in lists {
            let start = self.step(thing, kind, at, |search| exprs.iter().find_map(|expr| search.expr(*expr)));
            if start.is_some() {
                return start;
            }
        }
        let prompts = entry.prompts.iter().zip(&entry.prompt_sources);
        let mut attributes: Vec<(At, Step, ExprId)> =
            prompts.map(|(condition, source)| (source.at, Step::Prompt, *condition)).collect();
        for default in &entry.defaults {
            attributes.push((default.source.at, Step::Default, default.condition));
            attributes.push((default.source.at, Step::DefaultValue, default.value));
        }
        attributes.extend(entry.ranges.iter().map(|range| (range.source.at, Step::Range, range.condition)));
        attributes.sort_by_key(|(at, ..)| *at);
        attributes
            .into_iter()
            .find_map(|(at, kind, expr)| self.step(thing, kind, at, |search| search.expr(expr)))
    }

    /// The dependencies through which a symbol is followed: of a member, in newer trees, not those of its entries right
    /// in the choice; its prompts bring them.
    fn depends(&self, symbol: SymbolId) -> Vec<ExprId> {
        let entry = self.model.symbol(symbol);
        if entry.member_of.is_none() || self.model.rules.choice == ChoiceRules::Symbol {
            return entry.depends.clone();
        }
        let in_choice = |menu: &Menu| {
            menu.parent.is_some_and(|parent| matches!(self.model.menu(parent).kind, MenuKind::Choice(_)))
        };
        let menus = inner_first(self.model, &entry.menus).into_iter().map(|menu| self.model.menu(menu));
        menus
            .filter(|menu| !in_choice(menu))
            .map(|menu| menu.depends)
            .filter(|depends| *depends != ExprId::ALWAYS)
            .collect()
    }

    fn choice(&mut self, id: ChoiceId) -> Option<Thing> {
        let model = self.model;
        let choice = model.choice(id);
        let thing = Thing::Choice(id);
        let at = self.place(thing);
        let prompts = choice.prompts.iter().map(|condition| (Step::Prompt, *condition));
        let defaults = choice.defaults.iter().map(|default| (Step::Default, default.condition));
        // Where a symbol led to it, it stands on the way twice for what it asks itself.
        let entered = !self.way.is_empty();
        if entered {
            self.way.push((thing, Step::PartOf, at));
        }
        let start = prompts
            .chain(defaults)
            .find_map(|(kind, expr)| self.step(thing, kind, at, |search| search.expr(expr)));
        if entered {
            self.way.pop();
        }
        if start.is_some() {
            return start;
        }
        *self.mark(thing) = Mark::Within;
        self.within += 1;
        let start = choice
            .members
            .iter()
            .find_map(|member| self.step(thing, Step::Member, at, |search| search.symbol(*member)));
        self.within -= 1;
        start
    }

    fn expr(&mut self, expr: ExprId) -> Option<Thing> {
        if self.exprs[expr.0 as usize] {
            return None;
        }
        let start = self.parts(expr);
        // Within a choice, what stands for it is passed by.
        self.exprs[expr.0 as usize] = start.is_none() && self.within == 0;
        start
    }

    fn parts(&mut self, expr: ExprId) -> Option<Thing> {
        match self.model.pool.get(expr) {
            Expr::Name(a) => self.operand(a),
            Expr::Compare(_, a, b) => self.operand(a).or_else(|| self.operand(b)),
            Expr::Not(a) => self.expr(a),
            Expr::And(a, b) | Expr::Or(a, b) => self.expr(a).or_else(|| self.expr(b)),
        }
    }

    fn operand(&mut self, name: Name) -> Option<Thing> {
        match name {
            Name::Symbol(symbol) => match self.model.symbol(symbol).stands_for {
                // What is in a choice depends on it: that leads nowhere new.
                Some(choice) if self.choices[choice.0 as usize] == Mark::Within => None,
                Some(choice) => self.thing(Thing::Choice(choice)),
                None => self.thing(Thing::Symbol(symbol)),
            },
            Name::Constant(_) => None,
        }
    }

    fn place(&self, thing: Thing) -> At {
        let menu = match thing {
            Thing::Symbol(symbol) => self.model.symbol(symbol).menus.first().copied(),
            Thing::Choice(choice) => Some(self.model.choice(choice).menu),
        };
        self.model.menu(menu.unwrap_or(MenuId::ROOT)).at
    }

    /// Tells the way from a thing back to itself.
    fn tell(&mut self, start: Thing) {
        let first = self.way.iter().rposition(|(thing, ..)| *thing == start).unwrap_or(0);
        let way = &self.way[first..];
        let older = self.model.rules.choice == ChoiceRules::Symbol;
        let place = |at: At| if older { format!("{}:", self.model.place(at)) } else { String::new() };
        let mut text = Vec::new();
        let head = if older { place(way[0].2) } else { String::new() };
        let _ = writeln!(text, "{head}error: recursive dependency detected!");
        for (index, (thing, step, at)) in way.iter().enumerate() {
            // A member that is followed from its choice stands on the way only by its choice's step.
            let next = way.get(index + 1).map_or(start, |(next, ..)| *next);
            let line = if older {
                self.older(*thing, *step, *at, next)
            } else {
                self.newer(*thing, *step, *at, next)
            };
            let _ = writeln!(
                text,
                "{}\t{line}",
                place(if self.member(*thing) { self.place(*thing) } else { *at })
            );
        }
        text.extend_from_slice(
            b"For a resolution refer to Documentation/kbuild/kconfig-language.rst\n\
              subsection \"Kconfig recursive dependency limitations\"\n",
        );
        self.found.push(text);
    }

    fn name(&self, thing: Thing) -> String {
        match thing {
            Thing::Symbol(symbol) => self.model.symbol(symbol).name.to_string(),
            Thing::Choice(_) => "<choice>".to_owned(),
        }
    }

    fn member(&self, thing: Thing) -> bool {
        matches!(thing, Thing::Symbol(symbol) if self.model.symbol(symbol).member_of.is_some())
    }

    /// Whether a prompt belongs to a `menuconfig`.
    fn menuconfig(&self, thing: Thing, prompt: At) -> bool {
        let Thing::Symbol(symbol) = thing else { return false };
        let menus = self.model.symbol(symbol).menus.iter().map(|menu| self.model.menu(*menu));
        let entry = menus.filter(|menu| menu.at <= prompt).max_by_key(|menu| menu.at);
        entry.is_some_and(|menu| matches!(menu.kind, MenuKind::Symbol(_, ConfigKeyword::Menuconfig)))
    }

    fn newer(&self, thing: Thing, step: Step, at: At, next: Thing) -> String {
        let next = match (step, next) {
            (Step::PartOf, _) => {
                return format!(
                    "symbol {} is part of choice block at {}",
                    self.name(thing),
                    self.model.place(self.place(next))
                );
            }
            (_, next) => self.name(next),
        };
        let what = match step {
            Step::Depends => "depends on",
            Step::Selected => "is selected by",
            Step::Implied => "is implied by",
            Step::Prompt if self.menuconfig(thing, at) => "menu is visible depending on",
            Step::Prompt => "prompt is visible depending on",
            Step::Default => "default is visible depending on",
            Step::DefaultValue => "default value contains",
            Step::Range => "range is visible depending on",
            Step::Member | Step::PartOf => "unknown is visible depending on",
        };
        format!("symbol {} {what} {next}", self.name(thing))
    }

    fn older(&self, thing: Thing, step: Step, at: At, next: Thing) -> String {
        match thing {
            Thing::Choice(_) => format!("choice <choice> contains symbol {}", self.name(next)),
            _ if self.member(thing) => {
                format!("symbol {} is part of choice {}", self.name(thing), self.name(next))
            }
            _ => self.newer(thing, step, at, next),
        }
    }
}
