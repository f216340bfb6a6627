//! The warning about a `select` that goes beyond its target's dependencies.

use std::io::Write as _;

use super::Evaluator;
use crate::Tristate;
use crate::model::ExprId;
use crate::syntax::ast::SymbolId;

impl Evaluator<'_> {
    /// Says that a symbol's dependencies are not met, and who selects it all the same.
    pub(super) fn warn_unmet(&mut self, symbol: SymbolId) {
        let at = symbol.0 as usize;
        let model = self.model;
        let entry = model.symbol(symbol);
        let mut out = std::mem::take(&mut self.warnings);
        let _ = write!(out, "\nWARNING: unmet direct dependencies detected for ");
        out.extend_from_slice(entry.name.as_bytes());
        let _ = write!(out, "\n  Depends on [{}]: ", self.cells[at].depends);
        for (place, term) in entry.depends.iter().enumerate() {
            out.extend_from_slice(if place == 0 { b"" } else { b" || " });
            self.write_valued(&mut out, *term);
        }
        out.push(b'\n');
        for value in [Tristate::Y, Tristate::M] {
            let terms: Vec<ExprId> =
                entry.selected_by.iter().copied().filter(|term| self.value(*term) == value).collect();
            if terms.is_empty() {
                continue;
            }
            let _ = writeln!(out, "  Selected by [{value}]:");
            for term in terms {
                out.extend_from_slice(b"  - ");
                self.write_valued(&mut out, term);
                out.push(b'\n');
            }
        }
        out.append(&mut self.warnings);
        self.warnings = out;
    }
}
