//! The interner of symbols and constants.

use rustc_hash::FxHashMap;

use super::ast::{ConstId, Name, SymbolId};
use super::text::Text;
use crate::snapshot::{Reader, Stored, Writer, stored};

/// Every symbol and every constant that is mentioned, each kind numbered by first mention.
///
/// A plain word and the same word in quotes are two names; `y`, `m` and `n` are constants either way.
#[derive(Clone, Debug)]
pub struct Names {
    symbols: Table,
    constants: Table,
}

#[derive(Clone, Debug, Default)]
struct Table {
    texts: Vec<Text>,
    ids: FxHashMap<Text, u32>,
}

impl Names {
    /// The three constants and nothing else.
    pub fn new() -> Self {
        let mut constants = Table::default();
        for word in ["n", "m", "y"] {
            constants.intern(word.as_bytes());
        }
        Self { symbols: Table::default(), constants }
    }

    /// The operand that a plain word stands for, noted as mentioned.
    pub fn plain(&mut self, word: &[u8]) -> Name {
        match value_constant(word) {
            Some(id) => Name::Constant(id),
            None => Name::Symbol(self.symbol(word)),
        }
    }

    /// The symbol of this name, noted as mentioned.
    pub fn symbol(&mut self, word: &[u8]) -> SymbolId {
        SymbolId(self.symbols.intern(word))
    }

    /// The constant of this text, noted as mentioned.
    pub fn constant(&mut self, word: &[u8]) -> ConstId {
        ConstId(self.constants.intern(word))
    }

    /// The symbol of this name, if it was ever mentioned.
    pub fn find(&self, word: &[u8]) -> Option<SymbolId> {
        self.symbols.ids.get(word).copied().map(SymbolId)
    }

    /// A symbol's name.
    pub fn symbol_text(&self, id: SymbolId) -> &Text {
        &self.symbols.texts[id.0 as usize]
    }

    /// A constant's text.
    pub fn constant_text(&self, id: ConstId) -> &Text {
        &self.constants.texts[id.0 as usize]
    }

    /// An operand's text.
    pub fn text(&self, name: Name) -> &Text {
        match name {
            Name::Symbol(id) => self.symbol_text(id),
            Name::Constant(id) => self.constant_text(id),
        }
    }

    /// How many symbols there are: their ids are `0..` this.
    pub fn symbol_count(&self) -> usize {
        self.symbols.texts.len()
    }

    /// How many constants there are: their ids are `0..` this.
    pub fn constant_count(&self) -> usize {
        self.constants.texts.len()
    }
}

impl Default for Names {
    fn default() -> Self {
        Self::new()
    }
}

impl Table {
    fn intern(&mut self, word: &[u8]) -> u32 {
        if let Some(id) = self.ids.get(word) {
            return *id;
        }
        let id = self.texts.len() as u32;
        let text = Text::from(word);
        self.texts.push(text.clone());
        self.ids.insert(text, id);
        id
    }
}

stored!(struct Names { symbols, constants });

impl Stored for Table {
    fn put(&self, writer: &mut Writer) {
        self.texts.put(writer);
    }

    fn take(reader: &mut Reader<'_>) -> Option<Self> {
        let texts: Vec<Text> = Stored::take(reader)?;
        let ids = texts.iter().cloned().zip(0..).collect();
        Some(Self { texts, ids })
    }
}

fn value_constant(word: &[u8]) -> Option<ConstId> {
    match word {
        b"n" => Some(ConstId::N),
        b"m" => Some(ConstId::M),
        b"y" => Some(ConstId::Y),
        _ => None,
    }
}
