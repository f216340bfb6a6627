//! Which symbols changed since `auto.conf` was written: the build looks at the time of one empty file for each.

use crate::Tristate;
use crate::eval::{Evaluator, UserValue, table_order};
use crate::model::ChoiceRules;
use crate::syntax::Text;

use super::read::{Form, Reader, UnknownSymbols};

/// The symbols whose files under `include/config/` are to be touched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touched {
    /// Their names without prefix, in `conf`'s order; each is the name of a file beside `auto.conf`.
    pub names: Vec<Text>,
    /// What `conf` prints about the old `auto.conf`.
    pub warnings: Vec<u8>,
}

/// Compares an `auto.conf` with the values of now.
///
/// `file` is the name of the old `auto.conf`, for warnings, and `old` its text; without one everything is new. A symbol
/// is touched if its value changed, if it is written and was not, and if it was there and is not written any more, also
/// where no Kconfig file mentions it now. A symbol that is `n` need not have been there.
pub fn touched(evaluator: &mut Evaluator<'_>, file: &str, old: Option<&[u8]>, prefix: &str) -> Touched {
    let model = evaluator.model();
    let mut found = Touched { names: Vec::new(), warnings: Vec::new() };
    let mut before = evaluator.clone();
    let reader = Reader { file, prefix, unknown: UnknownSymbols::Ignored };
    let read = reader.read_as(Form::AutoConf, old.unwrap_or_default(), &mut before);
    found.names = read.unknown;
    found.warnings = read.warnings;
    if old.is_some() && model.rules.choice == ChoiceRules::Symbol {
        // Evaluated anew, so that warnings come once more, as conf's do.
        evaluator.forget();
    }
    for symbol in table_order(model) {
        let entry = model.symbol(symbol);
        if entry.kind.is_none() || entry.stands_for.is_some() {
            continue;
        }
        let changed = match (evaluator.written(symbol), before.user(symbol)) {
            (false, known) => known.is_some(),
            (true, Some(UserValue::Tristate(known))) => *known != evaluator.tristate(symbol),
            (true, Some(UserValue::Text(known))) => *known != evaluator.text(symbol),
            (true, None) => !entry.is_truth() || evaluator.tristate(symbol) != Tristate::N,
        };
        if changed {
            found.names.push(entry.name.clone());
        }
    }
    found
}
