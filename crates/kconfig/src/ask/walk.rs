//! Which entry comes next.
//!
//! ```text
//! all:  walk the main menu, asking everything; then as for new
//! new:  check the main menu; a new symbol? ─▶ walk the menu that it stands in; until a check finds none
//! ```
//!
//! A walk for new symbols shows what has been answered, with its value; of the menus below it, only their new symbols.

use super::{Dialogue, OnNew, OutOfAnswers, Questions};
use crate::Tristate;
use crate::eval::Evaluator;
use crate::model::{ChoiceRules, MenuId, MenuKind, Outline};
use crate::syntax::ast::{ConfigKeyword, SymbolId};

impl Dialogue<'_, '_> {
    pub(super) fn run(&mut self) -> Result<(), OutOfAnswers> {
        if self.questions == Questions::All {
            self.walk(MenuId::ROOT)?;
            self.questions = Questions::New;
        }
        loop {
            self.found = 0;
            self.check(MenuId::ROOT)?;
            if self.found == 0 {
                return Ok(());
            }
        }
    }

    /// Shows an entry and what is below it, and asks.
    fn walk(&mut self, id: MenuId) -> Result<(), OutOfAnswers> {
        if !self.evaluator.in_view(self.outline, id) {
            return Ok(());
        }
        let menu = self.evaluator.model().menu(id);
        let heads = self.heads(id);
        if heads && self.questions == Questions::New && id != self.root {
            return self.check(id);
        }
        if heads || menu.kind == MenuKind::Comment {
            self.heading(id);
        }
        match menu.kind {
            MenuKind::Symbol(symbol, _) => self.ask_symbol(id, symbol)?,
            MenuKind::Choice(choice) => return self.ask_choice(id, choice),
            MenuKind::Main | MenuKind::Menu | MenuKind::If | MenuKind::Comment => {}
        }
        let indent = if matches!(menu.kind, MenuKind::Symbol(..)) { 2 } else { 0 };
        self.below(id, indent)
    }

    /// Walks what is below an entry.
    pub(super) fn below(&mut self, id: MenuId, indent: usize) -> Result<(), OutOfAnswers> {
        self.indent += indent;
        for child in self.outline.children(id) {
            self.walk(*child)?;
        }
        self.indent -= indent;
        Ok(())
    }

    /// Looks for new symbols.
    fn check(&mut self, id: MenuId) -> Result<(), OutOfAnswers> {
        if !self.evaluator.in_view(self.outline, id) {
            return Ok(());
        }
        if let Some(symbol) = self.evaluator.symbol_of(id)
            && self.evaluator.is_new(symbol)
        {
            if self.found == 0 {
                self.console.print(b"*\n* Restart config...\n*\n");
            }
            self.found += 1;
            self.root = self.menu_of(id);
            self.walk(self.root)?;
        }
        for child in self.outline.children(id) {
            self.check(*child)?;
        }
        Ok(())
    }

    /// The menu that an entry stands in; a menu stands in itself.
    fn menu_of(&self, id: MenuId) -> MenuId {
        let mut at = id;
        while !self.heads(at) {
            match self.outline.parent(at) {
                Some(parent) => at = parent,
                None => return MenuId::ROOT,
            }
        }
        at
    }

    /// Whether an entry is a menu.
    fn heads(&self, id: MenuId) -> bool {
        matches!(
            self.evaluator.model().menu(id).kind,
            MenuKind::Main | MenuKind::Menu | MenuKind::Symbol(_, ConfigKeyword::Menuconfig)
        )
    }

    fn heading(&mut self, id: MenuId) {
        let model = self.evaluator.model();
        let title = match (id, &model.menu(id).prompt) {
            (MenuId::ROOT, _) => model.mainmenu.as_bytes(),
            (_, Some((text, _))) => text.as_bytes(),
            (_, None) => return,
        };
        let indent = " ".repeat(self.indent).into_bytes();
        self.console.print(&[&indent, &b"*\n"[..], &indent, b"* ", title, b"\n", &indent, b"*\n"].concat());
    }
}

/// Goes through the new symbols at or below an entry.
pub(super) fn each_new(evaluator: &mut Evaluator<'_>, outline: &Outline, id: MenuId, each: &mut OnNew<'_>) {
    if !evaluator.in_view(outline, id) {
        return;
    }
    if let Some(symbol) = evaluator.symbol_of(id)
        && evaluator.is_new(symbol)
    {
        each(evaluator, id, symbol);
    }
    for child in outline.children(id) {
        each_new(evaluator, outline, *child, each);
    }
}

impl Evaluator<'_> {
    /// Whether an entry of the outline is shown: also where it is hidden itself, but not `n`, and something below it is
    /// shown. In older trees such an entry counts as answered from then on.
    pub(super) fn in_view(&mut self, outline: &Outline, id: MenuId) -> bool {
        if id == MenuId::ROOT || self.shown(id) {
            return true;
        }
        let Some(symbol) = self.symbol_of(id) else { return false };
        let in_view = self.model().menu(id).prompt.is_some()
            && self.tristate(symbol) != Tristate::N
            && outline.children(id).iter().any(|child| self.in_view(outline, *child));
        if in_view && self.model().rules.choice == ChoiceRules::Symbol {
            self.recall_user(symbol);
        }
        in_view
    }

    /// The symbol that an entry is about: in older trees a choice is one.
    pub(super) fn symbol_of(&self, id: MenuId) -> Option<SymbolId> {
        match self.model().menu(id).kind {
            MenuKind::Symbol(symbol, _) => Some(symbol),
            MenuKind::Choice(choice) => self.model().choice(choice).symbol,
            MenuKind::Main | MenuKind::Menu | MenuKind::If | MenuKind::Comment => None,
        }
    }

    /// Whether the user could say something of a symbol and has not: of a choice, also which member to take.
    pub(super) fn is_new(&mut self, symbol: SymbolId) -> bool {
        let is_choice = self.model().symbol(symbol).stands_for.is_some();
        self.user(symbol).is_none()
            && (self.askable(symbol) || (is_choice && self.tristate(symbol) == Tristate::Y))
    }

    /// Whether the user may change a symbol.
    pub(super) fn askable(&mut self, symbol: SymbolId) -> bool {
        self.visible(symbol) > self.least(symbol)
    }

    /// The smallest value that the user may give.
    pub(super) fn least(&mut self, symbol: SymbolId) -> Tristate {
        let Some(choice) = self.model().symbol(symbol).stands_for else { return self.selected(symbol) };
        let visible = self.visible(symbol);
        if self.model().choice(choice).optional {
            return Tristate::N;
        }
        // A choice that is not optional is at least m.
        let least = if self.knows_m(symbol) { Tristate::M } else { Tristate::Y };
        least.min(visible)
    }
}
