//! A value by the type of its symbol.
//!
//! | written | `bool`, `tristate` | `int` | `hex` | `string` | unknown |
//! |---|---|---|---|---|---|
//! | `"y"`, `"m"`, `"n"` | that value | text | text | text | that value |
//! | `"enabled"` | `y` or `m` | text | text | text | `y` or `m` |
//! | `"unset"` | the default | the default | the default | text | the default |
//! | another string | text | a number where it is one | a number where it is one | text | text |
//! | `16`, `0x10` | a number | `16` | `0x10` | a number | as written |
//!
//! What does not fit is kept as it is: it will not land, and the report says what the type is.

use super::{Ask, Entry};
use crate::model::Model;
use crate::syntax::ast::SymbolType;
use crate::{DotConfig, Symbol, Tristate, Value};

/// Who knows the types of symbols.
pub trait SymbolTypes {
    /// The type of a symbol; `None` where it is not known.
    fn type_of(&self, symbol: &Symbol) -> Option<SymbolType>;
}

impl SymbolTypes for Model {
    fn type_of(&self, symbol: &Symbol) -> Option<SymbolType> {
        self.symbol(self.names.find(symbol.as_str().as_bytes())?).kind
    }
}

/// Of a `.config`, what it shows of its symbols' types: enough to say again what was judged before.
impl SymbolTypes for DotConfig {
    fn type_of(&self, symbol: &Symbol) -> Option<SymbolType> {
        Some(match self.get(symbol)? {
            Value::Tristate(_) => SymbolType::Tristate,
            Value::Text(_) => SymbolType::String,
            Value::Number(digits) if digits.starts_with("0x") || digits.starts_with("0X") => SymbolType::Hex,
            Value::Number(_) => SymbolType::Int,
        })
    }
}

impl Entry {
    /// The same entry, its value taken by its symbol's type.
    #[must_use]
    pub fn typed(self, types: &dyn SymbolTypes) -> Self {
        let kind = types.type_of(&self.symbol);
        let ask = match self.ask {
            Ask::Word(word) => of_word(word, kind),
            Ask::Number(digits) => Ask::Value(Value::Number(in_notation(digits, kind))),
            other => other,
        };
        Self { ask, ..self }
    }
}

fn of_word(word: Box<str>, kind: Option<SymbolType>) -> Ask {
    let text = |word| Ask::Value(Value::Text(word));
    match kind {
        Some(SymbolType::String) => text(word),
        Some(SymbolType::Int | SymbolType::Hex) => match Value::parse(&word) {
            _ if &*word == "unset" => Ask::Unset,
            Ok(number @ Value::Number(_)) => Ask::Value(number),
            _ => text(word),
        },
        Some(SymbolType::Bool | SymbolType::Tristate) | None => match &*word {
            "y" => Ask::Value(Value::Tristate(Tristate::Y)),
            "m" => Ask::Value(Value::Tristate(Tristate::M)),
            "n" => Ask::Value(Value::Tristate(Tristate::N)),
            "enabled" => Ask::Enabled,
            "unset" => Ask::Unset,
            _ => text(word),
        },
    }
}

/// Kconfig reads `16` for a `hex` symbol as `0x16`, and takes no `0x10` for an `int`.
fn in_notation(digits: Box<str>, kind: Option<SymbolType>) -> Box<str> {
    let hex = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X"));
    let other = match (kind, hex) {
        (Some(SymbolType::Hex), None) => digits.parse::<u128>().ok().map(|number| format!("{number:#x}")),
        (Some(SymbolType::Int), Some(hex)) => {
            u128::from_str_radix(hex, 16).ok().map(|number| number.to_string())
        }
        _ => None,
    };
    other.map_or(digits, String::into_boxed_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Origin;
    use crate::layers::{Need, Priority};

    struct All(Option<SymbolType>);

    impl SymbolTypes for All {
        fn type_of(&self, _: &Symbol) -> Option<SymbolType> {
            self.0
        }
    }

    #[test]
    fn a_value_is_taken_by_its_symbols_type() {
        let asks = ["y", "enabled", "unset", "16", "", "a \"b\" \\ #"].map(|word| Ask::Word(word.into()));
        let numbers = ["16", "0x10", "-1"].map(|digits| Ask::Number(digits.into()));
        let mut table = String::new();
        for kind in [
            Some(SymbolType::Tristate),
            Some(SymbolType::Int),
            Some(SymbolType::Hex),
            Some(SymbolType::String),
            None,
        ] {
            let typed = asks.iter().chain(&numbers).map(|ask| {
                let entry = Entry {
                    symbol: Symbol::new("X").expect("a symbol"),
                    ask: ask.clone(),
                    origin: Origin { path: "a".into(), line: 1, column: 1 },
                    priority: Priority::Normal,
                    need: Need::Mandatory,
                    reason: None,
                };
                entry.typed(&All(kind)).ask.to_string()
            });
            let kind = kind.map_or_else(|| "unknown".to_owned(), |kind| format!("{kind:?}").to_lowercase());
            table += &format!("{kind}: {}\n", typed.collect::<Vec<_>>().join(", "));
        }
        insta::assert_snapshot!(table, @r#"
        tristate: y, enabled, unset, "16", "", "a \"b\" \\ #", 16, 0x10, -1
        int: "y", "enabled", unset, 16, "", "a \"b\" \\ #", 16, 16, -1
        hex: "y", "enabled", unset, 16, "", "a \"b\" \\ #", 0x10, 0x10, -1
        string: "y", "enabled", "unset", "16", "", "a \"b\" \\ #", 16, 0x10, -1
        unknown: y, enabled, unset, "16", "", "a \"b\" \\ #", 16, 0x10, -1
        "#);
    }
}
