//! Writes the smallest file that stands for a configuration (`savedefconfig`).

use super::write_assignment;
use crate::Tristate;
use crate::eval::Evaluator;
use crate::model::MenuKind;
use crate::syntax::ast::SymbolType;

/// The symbols that the user can change and that are not what they would be anyway, in the order of the menu.
pub fn minimal_config(evaluator: &mut Evaluator<'_>, prefix: &str) -> Vec<u8> {
    let model = evaluator.model();
    // Evaluated anew, so that warnings come a second time, as conf's do.
    evaluator.forget();
    let mut out = Vec::new();
    let mut done = vec![false; model.symbols.len()];
    for menu in &model.menus {
        let MenuKind::Symbol(symbol, _) = menu.kind else { continue };
        if std::mem::replace(&mut done[symbol.0 as usize], true) || !evaluator.changeable(symbol) {
            continue;
        }
        if evaluator.text(symbol) == evaluator.default_of(symbol) {
            continue;
        }
        if let Some(choice) = model.symbol(symbol).member_of
            && !model.choice(choice).optional
            && model.symbol(symbol).kind == Some(SymbolType::Bool)
            && evaluator.choice_default_or_first(choice) == Some(symbol)
            && evaluator.tristate(symbol) == Tristate::Y
        {
            continue;
        }
        write_assignment(evaluator, symbol, prefix, &mut out);
    }
    out
}
