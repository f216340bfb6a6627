//! Names of Kconfig symbols.

use std::fmt;

/// The name of a Kconfig symbol, without the prefix `CONFIG_`.
///
/// Shape: one or more ASCII letters, digits or `_` (`Documentation/kbuild/kconfig-language.rst` and the reader of
/// `.config` files accept nothing else). Displays without the prefix; [`Symbol::config_name`] has it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symbol(Box<str>);

/// A text that is not the name of a Kconfig symbol.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a symbol's name: expected letters, digits and `_`")]
pub struct SymbolError(pub String);

impl Symbol {
    /// Parses a name, with or without the prefix `CONFIG_`.
    ///
    /// # Errors
    /// [`SymbolError`] where the rest is empty or has another character than an ASCII letter, a digit or `_`.
    pub fn new(text: &str) -> Result<Self, SymbolError> {
        let name = text.strip_prefix("CONFIG_").unwrap_or(text);
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            return Err(SymbolError(text.to_owned()));
        }
        Ok(Self(name.into()))
    }

    /// The name without `CONFIG_`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name as users write it: `CONFIG_X`.
    pub fn config_name(&self) -> String {
        format!("CONFIG_{}", self.0)
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
