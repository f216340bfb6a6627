//! The menu as it is shown: entries that need the one before them stand below it, entries without a prompt nowhere.
//!
//! ```text
//! config A          A
//! config B          ├─ B        B and C need A, each directly behind A or what is below it
//!   depends on A    └─ C
//! if A              D           D does not
//! config C
//! endif
//! config D
//! ```
//!
//! From `Documentation/kbuild/kconfig-language.rst`, "Menu structure". An entry stands below a symbol that its condition
//! names if it is hidden where the symbol is `n`, or if all that the symbol's prompt asks for is asked for by it too.
//!
//! Deliberately absent: values; an entry of the outline may be hidden.

use std::collections::VecDeque;

use super::{Expr, ExprId, MenuId, MenuKind, Model};
use crate::syntax::ast::{Compare, ConstId, Name, SymbolId};

/// For each entry what stands below it, and what it stands below.
pub(crate) struct Outline {
    children: Vec<Vec<MenuId>>,
    parent: Vec<Option<MenuId>>,
}

impl Outline {
    pub(crate) fn of(model: &Model) -> Self {
        let mut outline = Self::nested(model);
        outline.join(model, MenuId::ROOT);
        for id in model.menu_ids() {
            for child in &outline.children[id.0 as usize] {
                outline.parent[child.0 as usize] = Some(id);
            }
        }
        outline
    }

    /// The same, entries without a prompt having those below them still; parents are not known.
    pub(super) fn nested(model: &Model) -> Self {
        let mut outline =
            Self { children: vec![Vec::new(); model.menus.len()], parent: vec![None; model.menus.len()] };
        outline.block(model, MenuId::ROOT);
        outline
    }

    /// What stands below an entry.
    pub(crate) fn children(&self, id: MenuId) -> &[MenuId] {
        &self.children[id.0 as usize]
    }

    /// What an entry stands below.
    pub(crate) fn parent(&self, id: MenuId) -> Option<MenuId> {
        self.parent[id.0 as usize]
    }

    /// Arranges what is written between the ends of an entry.
    fn block(&mut self, model: &Model, id: MenuId) {
        let mut rest: VecDeque<MenuId> = model.menu(id).children.iter().copied().collect();
        while let Some(next) = rest.pop_front() {
            self.place(model, next, &mut rest);
            self.children[id.0 as usize].push(next);
        }
    }

    /// Arranges one entry, which takes those behind it that belong below it.
    fn place(&mut self, model: &Model, id: MenuId, rest: &mut VecDeque<MenuId>) {
        let MenuKind::Symbol(symbol, _) = model.menu(id).kind else { return self.block(model, id) };
        while rest.front().is_some_and(|next| belongs(model, *next, id, symbol)) {
            let Some(next) = rest.pop_front() else { return };
            self.place(model, next, rest);
            self.children[id.0 as usize].push(next);
        }
    }

    /// Puts what is below an entry without a prompt in its place.
    fn join(&mut self, model: &Model, id: MenuId) {
        let mut shown = Vec::new();
        for child in std::mem::take(&mut self.children[id.0 as usize]) {
            self.join(model, child);
            shown.push(child);
            if model.menu(child).prompt.is_none() {
                shown.append(&mut self.children[child.0 as usize]);
            }
        }
        self.children[id.0 as usize] = shown;
    }
}

/// The symbols that are defined in a block, and not below one of them.
pub(super) fn outermost(model: &Model, block: MenuId, found: &mut Vec<SymbolId>) {
    let mut rest: VecDeque<MenuId> = model.menu(block).children.iter().copied().collect();
    while let Some(next) = rest.pop_front() {
        match model.menu(next).kind {
            MenuKind::Symbol(symbol, _) => {
                found.push(symbol);
                pass_over(model, next, symbol, &mut rest);
            }
            MenuKind::If => outermost(model, next, found),
            _ => {}
        }
    }
}

fn pass_over(model: &Model, id: MenuId, symbol: SymbolId, rest: &mut VecDeque<MenuId>) {
    while rest.front().is_some_and(|next| belongs(model, *next, id, symbol)) {
        let Some(next) = rest.pop_front() else { return };
        if let MenuKind::Symbol(symbol, _) = model.menu(next).kind {
            pass_over(model, next, symbol, rest);
        }
    }
}

/// The entries of one symbol, those that stand below another one before it.
pub(super) fn inner_first(model: &Model, entries: &[MenuId]) -> Vec<MenuId> {
    let mut order: Vec<MenuId> = Vec::with_capacity(entries.len());
    for entry in entries {
        let around = order.iter().position(|above| is_below(model, *entry, *above));
        order.insert(around.unwrap_or(order.len()), *entry);
    }
    order
}

/// Whether an entry stands below one that was written before it.
fn is_below(model: &Model, entry: MenuId, above: MenuId) -> bool {
    let MenuKind::Symbol(symbol, _) = model.menu(above).kind else { return false };
    let Some(block) = model.menu(above).parent else { return false };
    // What encloses the entry where both are written.
    let mut outer = entry;
    while model.menu(outer).parent != Some(block) {
        match model.menu(outer).parent {
            Some(parent) => outer = parent,
            None => return false,
        }
    }
    let behind = model.menu(block).children.iter().copied().skip_while(|child| *child <= above);
    let mut rest: VecDeque<MenuId> = behind.take_while(|child| *child <= outer).collect();
    pass_over(model, above, symbol, &mut rest);
    rest.is_empty()
}

/// What an entry asks for to be shown; without a prompt, what it depends on.
fn condition(model: &Model, id: MenuId) -> ExprId {
    let menu = model.menu(id);
    menu.prompt.as_ref().map_or(menu.depends, |(_, condition)| *condition)
}

fn belongs(model: &Model, entry: MenuId, above: MenuId, symbol: SymbolId) -> bool {
    let own = condition(model, entry);
    let outer = model.menu(above).prompt.as_ref().map_or(ExprId::ALWAYS, |(_, condition)| *condition);
    if !mentions(model, own, symbol) {
        return false;
    }
    let (mut asked, mut needed) = (Vec::new(), Vec::new());
    conjuncts(model, own, &mut asked);
    conjuncts(model, outer, &mut needed);
    let hides = asked.iter().any(|term| is_on(model, *term, symbol));
    hides || outer == ExprId::ALWAYS || needed.iter().all(|term| asked.contains(term))
}

fn mentions(model: &Model, expr: ExprId, symbol: SymbolId) -> bool {
    let is = |name: Name| name == Name::Symbol(symbol);
    match model.pool.get(expr) {
        Expr::Name(name) => is(name),
        Expr::Not(a) => mentions(model, a, symbol),
        Expr::And(a, b) | Expr::Or(a, b) => mentions(model, a, symbol) || mentions(model, b, symbol),
        Expr::Compare(_, a, b) => is(a) || is(b),
    }
}

fn conjuncts(model: &Model, expr: ExprId, found: &mut Vec<ExprId>) {
    match model.pool.get(expr) {
        Expr::And(a, b) => {
            conjuncts(model, a, found);
            conjuncts(model, b, found);
        }
        _ => found.push(expr),
    }
}

/// Whether a term is `n` wherever the symbol is.
fn is_on(model: &Model, term: ExprId, symbol: SymbolId) -> bool {
    match model.pool.get(term) {
        Expr::Name(name)
        | Expr::Compare(Compare::Equal, name, Name::Constant(ConstId::M | ConstId::Y))
        | Expr::Compare(Compare::Unequal, name, Name::Constant(ConstId::N)) => name == Name::Symbol(symbol),
        _ => false,
    }
}
