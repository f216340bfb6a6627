//! The order in which `conf` visits symbols.

use crate::model::Model;
use crate::syntax::ast::SymbolId;

/// Every symbol: by bucket of the symbol table, the one that was mentioned last in front.
///
/// The bucket is the FNV-1a hash of the name, modulo the size of the table.
pub fn table_order(model: &Model) -> Vec<SymbolId> {
    let mut order: Vec<SymbolId> = model.symbol_ids().collect();
    let bucket = |id: &SymbolId| hash(model.symbol(*id).name.as_bytes()) % model.rules.buckets;
    order.sort_by_cached_key(|id| (bucket(id), std::cmp::Reverse(*id)));
    order
}

fn hash(name: &[u8]) -> u32 {
    if name.is_empty() {
        return 0;
    }
    name.iter().fold(2_166_136_261, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(16_777_619))
}
