//! What `?` shows.
//!
//! ```text
//!
//! CONFIG_X:
//!
//! The help.
//! Symbol: X [=n]
//! Type  : bool
//! Defined at Kconfig:7
//!   Prompt: x
//!   Depends on: A [=y]
//!   Visible if: A [=y] && B [=n]
//!   Location:
//!     -> a menu
//!       -> x (X [=n])
//! Selects: Y [=n] && Z [=n]
//! Selected by [n]:
//!   - S [=n] && T [=y]
//!
//! ```

use std::io::Write as _;

use super::Dialogue;
use crate::Tristate;
use crate::eval::Evaluator;
use crate::model::{ChoiceId, Expr, ExprId, Link, MenuId, MenuKind, Model, Outline};
use crate::syntax::ast::{ConstId, Name, SymbolId, SymbolType};

/// How many of the menus around an entry are shown, itself included.
const LOCATION_DEPTH: usize = 8;

impl Dialogue<'_, '_> {
    pub(super) fn help(&mut self, id: MenuId) {
        let text = entry(self.evaluator, self.outline, id, self.prefix);
        self.console.print(&text);
    }
}

/// The help of an entry.
pub(super) fn entry(evaluator: &mut Evaluator<'_>, outline: &Outline, id: MenuId, prefix: &str) -> Vec<u8> {
    let mut out = b"\n".to_vec();
    text(evaluator, outline, id, prefix, &mut out);
    out.extend_from_slice(b"\n\n\n");
    out
}

fn text(evaluator: &mut Evaluator<'_>, outline: &Outline, id: MenuId, prefix: &str, out: &mut Vec<u8>) {
    let model = evaluator.model();
    let symbol = evaluator.symbol_of(id);
    let named = symbol.filter(|symbol| !model.symbol(*symbol).name.is_empty());
    match &model.menu(id).help {
        Some(help) => {
            if let Some(symbol) = named {
                out.extend_from_slice(
                    &[prefix.as_bytes(), model.symbol(symbol).name.as_bytes(), b":\n\n"].concat(),
                );
            }
            out.extend_from_slice(help.as_bytes());
            out.push(b'\n');
        }
        None => out.extend_from_slice(b"There is no help available for this option.\n"),
    }
    if let Some(symbol) = named {
        about(evaluator, symbol, out);
    }
    let mut menus = symbol.map_or_else(|| vec![id], |symbol| model.symbol(symbol).menus.clone());
    // Those that a person can see come first.
    menus.sort_by_key(|menu| model.menu(*menu).prompt.is_none());
    for menu in menus {
        definition(evaluator, outline, menu, out);
    }
    if let Some(symbol) = symbol {
        links(evaluator, b"Selects: ", &model.symbol(symbol).selects, out);
        let mut selectors = model.symbol(symbol).selected_by.clone();
        if let Some(choice) = model.symbol(symbol).stands_for {
            return of_choice(evaluator, choice, out);
        }
        by(evaluator, "Selected", &mut selectors, out);
        links(evaluator, b"Implies: ", &model.symbol(symbol).implies, out);
        by(evaluator, "Implied", &mut model.symbol(symbol).implied_by.clone(), out);
    }
}

/// Name, type and range.
fn about(evaluator: &mut Evaluator<'_>, symbol: SymbolId, out: &mut Vec<u8>) {
    let model = evaluator.model();
    let value = evaluator.text(symbol);
    out.extend_from_slice(
        &[b"Symbol: ", model.symbol(symbol).name.as_bytes(), b" [=", value.as_bytes(), b"]\n"].concat(),
    );
    let kind = match model.symbol(symbol).kind {
        Some(SymbolType::Bool) => "bool",
        Some(SymbolType::Tristate) => "tristate",
        Some(SymbolType::Int) => "integer",
        Some(SymbolType::Hex) => "hex",
        Some(SymbolType::String) => "string",
        None => "unknown",
    };
    let _ = writeln!(out, "Type  : {kind}");
    for range in &model.symbol(symbol).ranges {
        if evaluator.value(range.condition) != Tristate::N {
            out.extend_from_slice(b"Range : [");
            evaluator.write_valued_name(out, range.low);
            out.push(b' ');
            evaluator.write_valued_name(out, range.high);
            out.extend_from_slice(b"]\n");
            return;
        }
    }
}

/// One of the places that define a symbol or a choice.
fn definition(evaluator: &mut Evaluator<'_>, outline: &Outline, id: MenuId, out: &mut Vec<u8>) {
    let model = evaluator.model();
    let menu = model.menu(id);
    let _ = writeln!(out, "Defined at {}", model.place(menu.at));
    if let Some((text, _)) = &menu.prompt {
        out.extend_from_slice(&[b"  Prompt: ", text.as_bytes(), b"\n"].concat());
    }
    let depends = asked(model, menu.depends);
    if depends != ExprId::ALWAYS {
        out.extend_from_slice(b"  Depends on: ");
        evaluator.write_valued(out, depends);
        out.push(b'\n');
    }
    let Some((_, visible)) = &menu.prompt else { return };
    let visible = asked(model, *visible);
    if !same(model, visible, depends) {
        out.extend_from_slice(b"  Visible if: ");
        evaluator.write_valued(out, visible);
        out.push(b'\n');
    }
    out.extend_from_slice(b"  Location:\n");
    let mut path = Vec::new();
    let mut at = Some(id);
    while let Some(place) = at.filter(|place| *place != MenuId::ROOT && path.len() < LOCATION_DEPTH) {
        path.push(place);
        at = outline.parent(place);
    }
    for (depth, place) in path.iter().rev().enumerate() {
        let _ = write!(out, "{}-> ", " ".repeat(4 + 2 * depth));
        if let Some((text, _)) = &model.menu(*place).prompt {
            out.extend_from_slice(text.as_bytes());
        }
        let symbol = evaluator.symbol_of(*place);
        let name = symbol.map(|symbol| model.symbol(symbol).name.as_bytes()).filter(|name| !name.is_empty());
        let value = match symbol {
            Some(symbol) => evaluator.text(symbol),
            None => crate::syntax::Text::from("n"),
        };
        if symbol.is_some() || matches!(model.menu(*place).kind, MenuKind::Choice(_)) {
            let name = name.unwrap_or(b"<choice>");
            out.extend_from_slice(&[b" (", name, b" [=", value.as_bytes(), b"])"].concat());
        }
        out.push(b'\n');
    }
}

/// A condition, unless it is plain `y`.
fn asked(model: &Model, condition: ExprId) -> ExprId {
    match model.pool.get(condition) {
        Expr::Name(Name::Constant(ConstId::Y)) => ExprId::ALWAYS,
        _ => condition,
    }
}

/// Whether two conditions ask for the same, in any order.
fn same(model: &Model, a: ExprId, b: ExprId) -> bool {
    let (mut left, mut right) = (Vec::new(), Vec::new());
    match (model.pool.get(a), model.pool.get(b)) {
        _ if a == b => return true,
        (Expr::And(..), Expr::And(..)) => {
            operands(model, a, Joint::And, &mut left);
            operands(model, b, Joint::And, &mut right);
        }
        (Expr::Or(..), Expr::Or(..)) => {
            operands(model, a, Joint::Or, &mut left);
            operands(model, b, Joint::Or, &mut right);
        }
        _ => return false,
    }
    left.len() == right.len() && left.iter().all(|term| right.iter().any(|other| same(model, *term, *other)))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Joint {
    And,
    Or,
}

fn operands(model: &Model, expr: ExprId, joint: Joint, found: &mut Vec<ExprId>) {
    match (model.pool.get(expr), joint) {
        (Expr::And(a, b), Joint::And) | (Expr::Or(a, b), Joint::Or) => {
            operands(model, a, joint, found);
            operands(model, b, joint, found);
        }
        _ => found.push(expr),
    }
}

/// Whom a symbol selects or implies.
fn links(evaluator: &mut Evaluator<'_>, lead: &[u8], links: &[Link], out: &mut Vec<u8>) {
    for (place, link) in links.iter().enumerate() {
        out.extend_from_slice(if place == 0 { lead } else { b" && " });
        evaluator.write_valued_name(out, Name::Symbol(link.target));
    }
    if !links.is_empty() {
        out.push(b'\n');
    }
}

/// Who selects or implies a symbol, by what that amounts to.
fn by(evaluator: &mut Evaluator<'_>, what: &str, terms: &mut Vec<ExprId>, out: &mut Vec<u8>) {
    for value in [Tristate::Y, Tristate::M, Tristate::N] {
        let (now, later) = terms.drain(..).partition(|term| evaluator.value(*term) == value);
        *terms = later;
        let now: Vec<ExprId> = now;
        if now.is_empty() {
            continue;
        }
        let _ = writeln!(out, "{what} by [{value}]:");
        for term in now {
            out.extend_from_slice(b"  - ");
            evaluator.write_valued(out, term);
            out.push(b'\n');
        }
    }
}

/// In older trees a choice that is not optional is selected to be at least `m` where it is shown.
fn of_choice(evaluator: &mut Evaluator<'_>, choice: ChoiceId, out: &mut Vec<u8>) {
    let model = evaluator.model();
    for condition in model.choice(choice).prompts.iter().filter(|_| !model.choice(choice).optional) {
        let value = evaluator.value(*condition).min(Tristate::M);
        let _ = write!(out, "Selected by [{value}]:\n  - ");
        if *condition != ExprId::ALWAYS {
            let either = matches!(model.pool.get(*condition), Expr::Or(..));
            out.extend_from_slice(if either { b"(" } else { b"" });
            evaluator.write_valued(out, *condition);
            out.extend_from_slice(if either { b") && " } else { b" && " });
        }
        out.extend_from_slice(b"m [=m]\n");
    }
}
