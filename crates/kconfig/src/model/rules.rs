//! How trees differ, and how to tell which one is at hand.

use crate::tree::Tree;

/// What `conf` of a tree does where trees differ.
///
/// Chosen by looking at the tree, never by its version: fixes move between stable series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How a choice decides.
    pub choice: ChoiceRules,
    /// What a number without a value is, and what becomes of one that is out of range.
    pub number: NumberRules,
    /// How strict a `.config` is read.
    pub reader: ReaderRules,
    /// How many buckets the symbol table has: it decides the order in which symbols are visited.
    pub buckets: u32,
    /// How the rules in `auto.conf.cmd` name their target.
    pub commands: CommandRules,
}

/// How a choice decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChoiceRules {
    /// A choice is a symbol with a value of its own; it may be tristate or optional.
    Symbol,
    /// A choice is a list of `bool` members, the one that was asked for last in front.
    List,
}

/// Numbers without a value, or out of range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberRules {
    /// No value is no text; a value of the user's that is out of range is forgotten.
    Empty,
    /// No value is 0; a value that is out of range is moved to the bound.
    Zero,
}

/// How a `.config` is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReaderRules {
    /// A line without `=` and text behind `is not set` are passed over.
    Lenient,
    /// Both are told apart exactly.
    Exact,
}

/// How `auto.conf.cmd` is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommandRules {
    /// The path of `auto.conf` stands in each rule.
    Path,
    /// It stands in a variable of make.
    Variable,
}

impl Rules {
    /// The rules of trees from 6.12.
    pub const NEWEST: Self = Self {
        choice: ChoiceRules::List,
        number: NumberRules::Zero,
        reader: ReaderRules::Exact,
        buckets: 1 << 14,
        commands: CommandRules::Variable,
    };

    /// The rules of trees around 6.1.
    pub const SYMBOL_CHOICE: Self = Self {
        choice: ChoiceRules::Symbol,
        number: NumberRules::Empty,
        reader: ReaderRules::Lenient,
        buckets: 9973,
        commands: CommandRules::Path,
    };

    /// Looks at the tree's `scripts/kconfig` for words that only one kind of tree has.
    ///
    /// A tree without that directory is taken for a new one.
    ///
    /// # Errors
    /// What the system says of a file that cannot be read.
    pub fn of(tree: &dyn Tree) -> Result<Self, String> {
        let has = |path: &str, word: &[u8]| {
            let text = tree.read(path)?;
            Ok::<_, String>(text.is_some_and(|text| text.windows(word.len()).any(|found| found == word)))
        };
        let mut rules =
            if has("scripts/kconfig/parser.y", b"T_OPTIONAL")? { Self::SYMBOL_CHOICE } else { Self::NEWEST };
        let old_table = has("scripts/kconfig/expr.h", b"SYMBOL_HASHSIZE")?
            || has("scripts/kconfig/lkc.h", b"SYMBOL_HASHSIZE")?;
        if rules.choice == ChoiceRules::Symbol && !old_table {
            rules.buckets = Self::NEWEST.buckets;
        }
        if has("scripts/kconfig/confdata.c", b"autoconfig := ")? {
            rules.commands = CommandRules::Variable;
        }
        Ok(rules)
    }
}
