//! The words of the language.

use super::ast::{Compare, SymbolType};

/// What the lexer finds; the text of words is kept by the lexer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A plain word that is not a keyword, or one that an expansion took part in.
    Word,
    /// A text in quotes, unescaped and expanded.
    Quoted,
    Keyword(Keyword),
    Compare(Compare),
    /// `=`, `:=` or `+=` behind the word that begins a statement.
    Assign(Operator),
    /// `:=` or `+=` anywhere else, where it means nothing.
    Stray(Operator),
    /// What stands behind an assignment, up to the end of the line, as it is; perhaps nothing.
    Value,
    Open,
    Close,
    Not,
    And,
    Or,
    /// The end of a statement.
    Eol,
    /// The end of the outermost file.
    Eof,
}

impl Token {
    /// The assignment that this is behind a word that begins a statement.
    pub(super) fn operator(self) -> Option<Operator> {
        match self {
            Self::Compare(Compare::Equal) => Some(Operator::Set),
            Self::Assign(operator) | Self::Stray(operator) => Some(operator),
            _ => None,
        }
    }
}

/// How a variable gets its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    /// `=`: expanded at each use.
    Set,
    /// `:=`: expanded at once.
    SetNow,
    /// `+=`: like the variable was set before.
    Append,
}

/// A reserved word. It is reserved everywhere, also where only a name makes sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyword {
    Choice,
    Comment,
    Config,
    Default,
    /// `def_bool`, `def_tristate`.
    DefType(SymbolType),
    Depends,
    Endchoice,
    Endif,
    Endmenu,
    Help,
    If,
    Imply,
    Mainmenu,
    Menu,
    Menuconfig,
    Modules,
    On,
    Optional,
    Prompt,
    Range,
    Select,
    Source,
    Transitional,
    Type(SymbolType),
    Visible,
}

impl Keyword {
    /// The keyword that a word is; `optional` and `transitional` are so only in some dialects.
    pub(super) fn of(word: &[u8]) -> Option<Self> {
        Some(match word {
            b"bool" => Self::Type(SymbolType::Bool),
            b"choice" => Self::Choice,
            b"comment" => Self::Comment,
            b"config" => Self::Config,
            b"def_bool" => Self::DefType(SymbolType::Bool),
            b"def_tristate" => Self::DefType(SymbolType::Tristate),
            b"default" => Self::Default,
            b"depends" => Self::Depends,
            b"endchoice" => Self::Endchoice,
            b"endif" => Self::Endif,
            b"endmenu" => Self::Endmenu,
            b"help" => Self::Help,
            b"hex" => Self::Type(SymbolType::Hex),
            b"if" => Self::If,
            b"imply" => Self::Imply,
            b"int" => Self::Type(SymbolType::Int),
            b"mainmenu" => Self::Mainmenu,
            b"menu" => Self::Menu,
            b"menuconfig" => Self::Menuconfig,
            b"modules" => Self::Modules,
            b"on" => Self::On,
            b"optional" => Self::Optional,
            b"prompt" => Self::Prompt,
            b"range" => Self::Range,
            b"select" => Self::Select,
            b"source" => Self::Source,
            b"string" => Self::Type(SymbolType::String),
            b"transitional" => Self::Transitional,
            b"tristate" => Self::Type(SymbolType::Tristate),
            b"visible" => Self::Visible,
            _ => return None,
        })
    }
}
