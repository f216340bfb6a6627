//! A parsed tree as bytes, so that the next run need not parse.
//!
//! ```text
//! Parsed ──write──▶ "kconfig model 3\n"  length of words  length of texts  words (32 bits each)  texts ──read──▶ Parsed
//! ```
//!
//! Numbers, ids and tags are one word each, lists are their length and then their elements, and a text is a place in
//! the last part, which all texts share once it is read. So reading copies words into the model's own lists and does
//! little else.
//!
//! Invariants: what was written reads as what it was; bytes of another length or kind read as nothing. That the words
//! are those that were written is for the caller to see to: a checksum tells.
//!
//! Deliberately absent: whether the tree is still the one that was parsed, and where the bytes are kept.

mod words;

use std::sync::Arc;

use crate::model::{
    Choice, ChoiceId, ChoiceRules, CommandRules, Default as DefaultValue, Expr, ExprId, Link, Menu, MenuId,
    MenuKind, Model, NumberRules, Range, ReaderRules, Rules, Source, Symbol,
};
use crate::syntax::Text;
use crate::syntax::ast::{At, Compare, ConfigKeyword, ConstId, FileId, Name, SymbolId, SymbolType};
use crate::syntax::message::{Message, MessageKind};

pub(crate) use words::{Reader, Stored, Writer, stored};

/// What a tree's Kconfig files mean, and what there is to say about them.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// What they mean.
    pub model: Model,
    /// What `conf` prints about them, in its order.
    pub messages: Vec<Message>,
    /// The environment variables that they consult, with their value, by first use.
    pub env_used: Vec<(String, String)>,
}

/// What the bytes begin with: another number for another layout.
const MAGIC: &[u8; 16] = b"kconfig model 3\n";

/// Writes a parsed tree down.
pub fn write(parsed: &Parsed) -> Vec<u8> {
    let mut out = Vec::new();
    write_behind(parsed, &mut out);
    out
}

/// Writes a parsed tree behind what is there: so many bytes are better not copied once more.
pub fn write_behind(parsed: &Parsed, out: &mut Vec<u8>) {
    let mut writer = Writer::new();
    parsed.put(&mut writer);
    let length = |part: &[u8]| (part.len() as u64).to_le_bytes();
    let (words, texts) = (&writer.words, &writer.texts);
    let parts = [MAGIC, &length(words)[..], &length(texts), words, texts];
    out.reserve(parts.iter().map(|part| part.len()).sum());
    parts.iter().for_each(|part| out.extend_from_slice(part));
}

/// Reads what [`write`] wrote; `None` where it is something else.
pub fn read(bytes: &[u8]) -> Option<Parsed> {
    let mut rest = bytes.strip_prefix(MAGIC)?;
    let mut length = || {
        let (length, behind) = rest.split_first_chunk()?;
        rest = behind;
        usize::try_from(u64::from_le_bytes(*length)).ok()
    };
    let (words, texts) = (length()?, length()?);
    let (words, rest) = rest.split_at_checked(words)?;
    if rest.len() != texts {
        return None;
    }
    let mut reader = Reader::new(words, Arc::from(rest));
    let parsed = Parsed::take(&mut reader)?;
    reader.is_at_end().then_some(parsed)
}

stored!(struct Parsed { model, messages, env_used });
stored!(struct Model {
    files, names, mainmenu, symbols, menus, choices, modules, rules, pool, deferred, probes, messages
});
stored!(struct Symbol {
    name, kind, menus, prompts, prompt_sources, defaults, ranges, selects, implies, selected_by, implied_by, depends,
    member_of, stands_for, transitional
});
stored!(struct Menu {
    kind, parent, children, at, prompt, depends, depends_own, visible_if, visible_own, help
});
stored!(struct Choice { menu, members, prompts, prompt_sources, defaults, symbol, optional, mentioned });
stored!(struct Source { menu, at, own });
stored!(struct DefaultValue { value, condition, source });
stored!(struct Range { low, high, condition, source });
stored!(struct Link { target, condition, source });
stored!(struct Rules { choice, number, reader, buckets, commands });
stored!(struct At { file, line });
stored!(struct Message { kind, at, text });

stored!(id SymbolId, ConstId, FileId, MenuId, ChoiceId, ExprId);

stored!(
    enum SymbolType {
        Bool,
        Tristate,
        Int,
        Hex,
        String,
    }
);
stored!(
    enum ConfigKeyword {
        Config,
        Menuconfig,
    }
);
stored!(
    enum Compare {
        Equal,
        Unequal,
        Less,
        LessEqual,
        Greater,
        GreaterEqual,
    }
);
stored!(
    enum MessageKind {
        Info,
        Warning,
        Probe,
        Error,
    }
);
stored!(
    enum ChoiceRules {
        Symbol,
        List,
    }
);
stored!(
    enum NumberRules {
        Empty,
        Zero,
    }
);
stored!(
    enum ReaderRules {
        Lenient,
        Exact,
    }
);
stored!(
    enum CommandRules {
        Path,
        Variable,
    }
);

impl Stored for Name {
    fn put(&self, writer: &mut Writer) {
        // Ids are far from using every bit.
        writer.word(match self {
            Self::Symbol(id) => id.0 << 1,
            Self::Constant(id) => id.0 << 1 | 1,
        });
    }

    fn take(reader: &mut Reader<'_>) -> Option<Self> {
        let word = reader.word()?;
        let id = word >> 1;
        Some(if word & 1 == 0 { Self::Symbol(SymbolId(id)) } else { Self::Constant(ConstId(id)) })
    }
}

impl Stored for MenuKind {
    fn put(&self, writer: &mut Writer) {
        match self {
            Self::Main => writer.word(0),
            Self::Symbol(symbol, keyword) => {
                writer.word(1);
                symbol.put(writer);
                keyword.put(writer);
            }
            Self::Choice(choice) => {
                writer.word(2);
                choice.put(writer);
            }
            Self::Menu => writer.word(3),
            Self::If => writer.word(4),
            Self::Comment => writer.word(5),
        }
    }

    fn take(reader: &mut Reader<'_>) -> Option<Self> {
        Some(match reader.word()? {
            0 => Self::Main,
            1 => Self::Symbol(Stored::take(reader)?, Stored::take(reader)?),
            2 => Self::Choice(Stored::take(reader)?),
            3 => Self::Menu,
            4 => Self::If,
            5 => Self::Comment,
            _ => return None,
        })
    }
}

impl Stored for Expr {
    fn put(&self, writer: &mut Writer) {
        match self {
            Self::Name(name) => {
                writer.word(0);
                name.put(writer);
            }
            Self::Not(a) => {
                writer.word(1);
                a.put(writer);
            }
            Self::And(a, b) => {
                writer.word(2);
                a.put(writer);
                b.put(writer);
            }
            Self::Or(a, b) => {
                writer.word(3);
                a.put(writer);
                b.put(writer);
            }
            Self::Compare(op, a, b) => {
                writer.word(4);
                op.put(writer);
                a.put(writer);
                b.put(writer);
            }
        }
    }

    fn take(reader: &mut Reader<'_>) -> Option<Self> {
        Some(match reader.word()? {
            0 => Self::Name(Stored::take(reader)?),
            1 => Self::Not(Stored::take(reader)?),
            2 => Self::And(Stored::take(reader)?, Stored::take(reader)?),
            3 => Self::Or(Stored::take(reader)?, Stored::take(reader)?),
            4 => Self::Compare(Stored::take(reader)?, Stored::take(reader)?, Stored::take(reader)?),
            _ => return None,
        })
    }
}

impl Stored for Text {
    fn put(&self, writer: &mut Writer) {
        let (start, length) = writer.text(self);
        writer.word(start);
        writer.word(length);
    }

    fn take(reader: &mut Reader<'_>) -> Option<Self> {
        let (start, length) = (reader.word()?, reader.word()?);
        reader.text(start, length)
    }
}
