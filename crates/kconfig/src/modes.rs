//! What `conf` is asked to do: the ways to fill in what the user left open.
//!
//! | mode | what was left open becomes |
//! |---|---|
//! | [`Fill::Default`] (`olddefconfig`, `alldefconfig`, `defconfig`) | its default |
//! | [`Fill::No`], [`Fill::Yes`], [`Fill::Module`] (`all…config`) | that value, as far as it goes |
//! | [`change_answers`] (`yes2modconfig`, `mod2yesconfig`, `mod2noconfig`) | its default; answers change |
//! | [`new_symbols`] (`listnewconfig`) | its default, and is listed |
//! | [`auto_modules`] | `m` for every tristate that can be |
//! | [`randomize`] (`randconfig`) | a random value |
//!
//! Deliberately absent: questions ([`ask`]), files.

mod auto;
mod random;

use crate::Tristate;
use crate::ask;
use crate::config_file::write_assignment;
use crate::eval::{Evaluator, UserValue};
use crate::model::ChoiceRules;
use crate::syntax::ast::{SymbolId, SymbolType};

pub use auto::{AutoModules, BuiltIn, auto_modules};
pub use random::{Odds, OddsError, randomize};

/// What becomes of symbols that the user has not spoken of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// Its default.
    Default,
    /// `n`.
    No,
    /// `y`.
    Yes,
    /// `m`, or `y` where there is no `m`.
    Module,
}

/// Fills in what the user left open; members of choices are left to their choice, save in older trees.
pub fn fill(evaluator: &mut Evaluator<'_>, how: Fill) {
    let model = evaluator.model();
    if how == Fill::Default {
        return;
    }
    for symbol in model.symbol_ids() {
        let entry = model.symbol(symbol);
        let left_to_choice = entry.member_of.is_some() && model.rules.choice == ChoiceRules::List;
        if evaluator.user(symbol).is_some() || left_to_choice {
            continue;
        }
        let value = match (how, entry.kind) {
            (Fill::No, Some(SymbolType::Bool | SymbolType::Tristate)) => Tristate::N,
            (Fill::Module, Some(SymbolType::Tristate)) if model.modules != Some(symbol) => Tristate::M,
            (Fill::Yes | Fill::Module, Some(SymbolType::Bool | SymbolType::Tristate)) => Tristate::Y,
            _ => continue,
        };
        evaluator.set_user(symbol, Some(UserValue::Tristate(value)));
    }
    evaluator.forget();
}

/// Turns the user's answers `from` of tristate symbols into `to`.
pub fn change_answers(evaluator: &mut Evaluator<'_>, from: Tristate, to: Tristate) {
    let model = evaluator.model();
    // Without modules every tristate is a bool, and bools are left alone.
    let symbols = if evaluator.modules_allowed() { model.symbols.len() as u32 } else { 0 };
    for symbol in (0..symbols).map(SymbolId) {
        if model.symbol(symbol).kind == Some(SymbolType::Tristate)
            && model.modules != Some(symbol)
            && evaluator.user(symbol) == Some(&UserValue::Tristate(from))
        {
            evaluator.set_user(symbol, Some(UserValue::Tristate(to)));
        }
    }
    evaluator.forget();
}

/// The symbols that the user could set and has not, with their defaults, one line for each entry that is shown.
pub fn new_symbols(evaluator: &mut Evaluator<'_>, prefix: &str) -> Vec<u8> {
    let mut out = Vec::new();
    ask::each_new(evaluator, &mut |evaluator, _, symbol| {
        let name = evaluator.model().symbol(symbol).name.as_bytes();
        let start = out.len();
        write_assignment(evaluator, symbol, prefix, &mut out);
        if out[start..].starts_with(b"# ") {
            out.truncate(start);
            out.extend_from_slice(&[prefix.as_bytes(), name, b"=n\n"].concat());
        }
        if name.is_empty() {
            out.truncate(start);
        }
    });
    out
}
