//! Values of Kconfig symbols.

use std::fmt;

/// The three values of a `bool` or `tristate` symbol, in Kconfig's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tristate {
    /// `n`: off; in a `.config` it is spelled `# CONFIG_X is not set`, or the symbol is absent.
    N,
    /// `m`: built as a module.
    M,
    /// `y`: built in.
    Y,
}

/// A value that is asked for, or that a `.config` has.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// `y`, `m` or `n` (`n` is also what "is not set" says).
    Tristate(Tristate),
    /// An integer or hexadecimal number, in the digits that were written: Kconfig keeps the text (`0x10` stays).
    Number(Box<str>),
    /// A string, unescaped and without its quotes.
    Text(Box<str>),
}

impl Tristate {
    /// The letter that stands for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::N => "n",
            Self::M => "m",
            Self::Y => "y",
        }
    }
}

impl fmt::Display for Tristate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Value {
    /// What stands behind `CONFIG_X=` in a `.config`: `y`, `4`, `0x1000`, `"a \"quoted\" text"`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tristate(t) => t.fmt(f),
            Self::Number(digits) => f.write_str(digits),
            Self::Text(text) => {
                f.write_str("\"")?;
                for c in text.chars() {
                    if matches!(c, '"' | '\\') {
                        f.write_str("\\")?;
                    }
                    write!(f, "{c}")?;
                }
                f.write_str("\"")
            }
        }
    }
}
