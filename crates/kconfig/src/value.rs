//! Values of Kconfig symbols, and the text that stands behind `CONFIG_X=`.

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
///
/// `==` compares what was written (`0x10` and `0x010` differ); [`Value::same`] compares what is meant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// `y`, `m` or `n` (`n` is also what "is not set" says).
    Tristate(Tristate),
    /// An integer or hexadecimal number, in the digits that were written: Kconfig keeps the text (`0x10` stays).
    Number(Box<str>),
    /// A string, unescaped and without its quotes.
    Text(Box<str>),
}

/// Why a text cannot stand behind `CONFIG_X=`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// Nothing stands there.
    #[error("no value behind `=`")]
    Empty,
    /// A spelling of a truth value that Kconfig does not have: `yes`, `Y`, `true`, `on` …
    #[error("`{found}` is not a value: expected `{meant}`")]
    Spelling {
        /// What was written.
        found: String,
        /// `y`, `m` or `n`.
        meant: Tristate,
    },
    /// A string without its closing quote.
    #[error("a string without its closing `\"`")]
    Unterminated,
    /// A backslash before another character than `"` or `\`.
    #[error("`\\{0}` in a string: expected `\\\"` or `\\\\`")]
    Escape(char),
    /// Something behind the value.
    #[error("`{0}` behind the value")]
    Trailing(String),
    /// Words that are neither a number nor in quotes.
    #[error("`{0}` is not a value: expected `y`, `m`, `n`, a number or a string in `\"`")]
    Bare(String),
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

impl Value {
    /// `n`.
    pub const N: Self = Self::Tristate(Tristate::N);
    /// `m`.
    pub const M: Self = Self::Tristate(Tristate::M);
    /// `y`.
    pub const Y: Self = Self::Tristate(Tristate::Y);

    /// Parses what stands behind `CONFIG_X=`: `y`, `m`, `n`, `4`, `-1`, `0x1000`, `"a \"quoted\" text"`.
    ///
    /// The inverse of `Display`.
    ///
    /// # Errors
    /// [`ValueError`] for everything else, also for what `conf` reads leniently (`yes`, an unknown escape).
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        match text {
            "" => return Err(ValueError::Empty),
            "y" => return Ok(Self::Y),
            "m" => return Ok(Self::M),
            "n" => return Ok(Self::N),
            _ => {}
        }
        if let Some(inside) = text.strip_prefix('"') {
            return parse_quoted(inside);
        }
        if number(text).is_some() {
            return Ok(Self::Number(text.into()));
        }
        let word = text.split([' ', '\t', '#']).next().unwrap_or_default();
        if word.len() < text.len() && Self::parse(word).is_ok() {
            return Err(ValueError::Trailing(text[word.len()..].trim().to_owned()));
        }
        let meant = match text.to_ascii_lowercase().as_str() {
            "y" | "yes" | "true" | "on" => Tristate::Y,
            "m" | "module" => Tristate::M,
            "n" | "no" | "false" | "off" | "is not set" | "not set" => Tristate::N,
            _ => return Err(ValueError::Bare(text.to_owned())),
        };
        Err(ValueError::Spelling { found: text.to_owned(), meant })
    }

    /// Whether two values mean the same: numbers are compared as numbers, each in the base in which it is written.
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a == b || (number(a).is_some() && number(a) == number(b)),
            _ => self == other,
        }
    }

    /// Whether it is what an absent symbol stands for: `n`, or the empty string.
    ///
    /// A symbol whose dependencies are not met is not written to `.config` at all: a `bool` or `tristate` is then off,
    /// and of a string nothing is compiled in. A number has no such value: 0 is a number.
    pub fn is_nothing(&self) -> bool {
        match self {
            Self::Tristate(t) => *t == Tristate::N,
            Self::Number(_) => false,
            Self::Text(text) => text.is_empty(),
        }
    }

    /// `y` for `m`, everything else as it is (as `make mod2yesconfig` maps values).
    #[must_use]
    pub fn mod2yes(self) -> Self {
        if self == Self::M { Self::Y } else { self }
    }
}

/// Sign, base and digits of a number, so that two spellings of one number are equal; `None` for what is no number.
///
/// No width is assumed: Kconfig keeps numbers as text (`scripts/kconfig/symbol.c`, `sym_string_valid`).
fn number(text: &str) -> Option<(bool, u32, String)> {
    let (negative, rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (base, digits) = match rest.strip_prefix("0x").or_else(|| rest.strip_prefix("0X")) {
        Some(digits) if !negative => (16, digits),
        _ => (10, rest),
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(base)) {
        return None;
    }
    let significant = digits.trim_start_matches('0').to_ascii_lowercase();
    Some((negative && !significant.is_empty(), base, significant))
}

fn parse_quoted(inside: &str) -> Result<Value, ValueError> {
    let mut text = String::new();
    let mut chars = inside.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => {
                return match &inside[at + 1..] {
                    "" => Ok(Value::Text(text.into())),
                    rest => Err(ValueError::Trailing(rest.trim().to_owned())),
                };
            }
            '\\' => match chars.next() {
                Some((_, escaped @ ('"' | '\\'))) => text.push(escaped),
                Some((_, other)) => return Err(ValueError::Escape(other)),
                None => return Err(ValueError::Unterminated),
            },
            _ => text.push(c),
        }
    }
    Err(ValueError::Unterminated)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_as_numbers() {
        let same =
            |a: &str, b: &str| Value::parse(a).expect("a value").same(&Value::parse(b).expect("a value"));
        assert!(
            same("0x10", "0X0010") && same("0xABCDEF", "0xabcdef") && same("007", "7") && same("-0", "0")
        );
        assert!(same("99999999999999999999999999", "099999999999999999999999999"));
        assert!(!same("0x10", "16") && !same("-1", "1") && !same("10", "0x10") && !same("4", "\"4\""));
    }

    #[test]
    fn only_nothing_is_nothing() {
        for (text, nothing) in
            [("n", true), ("\"\"", true), ("0", false), ("0x0", false), ("m", false), ("y", false)]
        {
            assert_eq!(Value::parse(text).expect("a value").is_nothing(), nothing, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn parse_never_panics(text in ".*") {
            let _ = Value::parse(&text);
        }

        #[test]
        fn render_then_parse_is_identity(text in ".*", digits in "-?[0-9]{1,30}|0[xX][0-9a-fA-F]{1,30}") {
            for value in [Value::Text(text.clone().into()), Value::Number(digits.clone().into()), Value::Y, Value::M, Value::N] {
                proptest::prop_assert_eq!(Value::parse(&value.to_string()), Ok(value));
            }
        }
    }
}
