//! What is true of a symbol over all its definitions: its type, and which one is `modules`.

use super::Parser;
use crate::syntax::ast::{Node, Property, PropertyKind, SymbolId, SymbolType};
use crate::syntax::text::Text;

impl Parser<'_> {
    pub(super) fn type_of(&self, symbol: SymbolId) -> Option<SymbolType> {
        self.types.get(symbol.0 as usize).copied().flatten()
    }

    pub(super) fn set_type(&mut self, node: &mut Node, symbol: SymbolId, kind: SymbolType, name: &Text) {
        let index = symbol.0 as usize;
        if self.types.len() <= index {
            self.types.resize(index + 1, None);
        }
        let mut known = self.types[index];
        if matches!(name.as_bytes(), b"n" | b"m" | b"y") {
            known = Some(SymbolType::Tristate);
        }
        self.note_type(node, kind, &mut known, name);
        self.types[index] = known;
    }

    /// Notes a type; the first one holds.
    pub(super) fn note_type(
        &mut self,
        node: &mut Node,
        kind: SymbolType,
        known: &mut Option<SymbolType>,
        name: &Text,
    ) {
        match *known {
            Some(old) if old != kind => {
                let (old, new) = (type_word(old), type_word(kind));
                let text = [
                    b"ignoring type redefinition of '",
                    name.as_bytes(),
                    b"' from '",
                    old,
                    b"' to '",
                    new,
                    b"'",
                ];
                self.lexer.session.warn(node.at, &text.concat());
            }
            _ => {
                *known = Some(kind);
                let at = self.lexer.statement();
                node.props.push(Property { kind: PropertyKind::Type(kind), at });
            }
        }
    }

    pub(super) fn set_modules(&mut self, symbol: SymbolId) {
        let Some(first) = self.modules.replace(symbol) else { return };
        let (second, first) = (self.names.symbol_text(symbol), self.names.symbol_text(first));
        let parts = [
            b"symbol '",
            second.as_bytes(),
            b"' redefines option 'modules' already defined by symbol '",
            first.as_bytes(),
        ];
        let text = [&parts.concat(), &b"'"[..]].concat();
        self.lexer.session.error(self.lexer.statement(), &text);
    }
}

fn type_word(kind: SymbolType) -> &'static [u8] {
    match kind {
        SymbolType::Bool => b"bool",
        SymbolType::Tristate => b"tristate",
        SymbolType::Int => b"integer",
        SymbolType::Hex => b"hex",
        SymbolType::String => b"string",
    }
}
