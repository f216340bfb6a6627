//! The order in which `conf` visits symbols.

use std::cmp::Reverse;

use crate::model::Model;
use crate::syntax::ast::SymbolId;

/// Every symbol: by bucket of the symbol table, the one that was mentioned last in front.
///
/// The bucket is the FNV-1a hash of the name, modulo the size of the table. A choice without a name, which is a symbol
/// in older trees, is in the first one, among the names that are there too.
pub fn table_order(model: &Model) -> Vec<SymbolId> {
    let mut order: Vec<SymbolId> = model.symbol_ids().collect();
    let bucket = |id: &SymbolId| hash(model.symbol(*id).name.as_bytes()) % model.rules.buckets;
    order.sort_by_cached_key(|id| (bucket(id), Reverse(age(model, *id))));
    order
}

/// When a symbol came into the table: how many were mentioned before it; choices come before the next mention.
fn age(model: &Model, id: SymbolId) -> (u32, bool, u32) {
    match model.symbol(id).stands_for {
        Some(choice) if model.symbol(id).name.is_empty() => (model.choice(choice).mentioned, false, choice.0),
        _ => (id.0, true, 0),
    }
}

fn hash(name: &[u8]) -> u32 {
    if name.is_empty() {
        return 0;
    }
    name.iter().fold(2_166_136_261, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(16_777_619))
}
