//! Resolved `.config` files.
//!
//! A symbol that is absent and one that "is not set" mean the same: `n`. [`DotConfig::get`] keeps them apart for who
//! wants to see the file, [`DotConfig::tristate`] and [`difference`] do not.

use std::collections::HashMap;

use crate::fragment::{self, FragmentErrorKind};
use crate::{Assignment, FragmentError, Symbol, Tristate, Value, ValueError};

/// A complete `.config`, as `conf` writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DotConfig {
    entries: Vec<Assignment>,
    index: HashMap<Symbol, usize>,
    title: Option<String>,
}

/// One symbol that two `.config` files disagree on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The symbol.
    pub symbol: Symbol,
    /// Its value in the first file; `None` where it is absent.
    pub before: Option<Value>,
    /// Its value in the second file; `None` where it is absent.
    pub after: Option<Value>,
}

impl DotConfig {
    /// Parses a `.config`.
    ///
    /// Where a symbol is set twice, the last line counts, as it does for `conf`. `CONFIG_X=` is passed over: trees up to
    /// 6.1 write it for a number that has no default, and it means that there is no value.
    ///
    /// # Errors
    /// Every line that is wrong, as [`fragment::parse`] reports it.
    pub fn parse(text: &str) -> Result<Self, Vec<FragmentError>> {
        let (assignments, mut errors) = fragment::parse_lines(text);
        errors.retain(|error| error.kind != FragmentErrorKind::Value(ValueError::Empty));
        if !errors.is_empty() {
            return Err(errors);
        }
        let mut config = Self { title: title(text), ..Self::default() };
        for assignment in assignments {
            match config.index.get(&assignment.symbol) {
                Some(&at) => config.entries[at] = assignment,
                None => {
                    config.index.insert(assignment.symbol.clone(), config.entries.len());
                    config.entries.push(assignment);
                }
            }
        }
        Ok(config)
    }

    /// The value that the file gives a symbol; `None` where the file does not name it.
    pub fn get(&self, symbol: &Symbol) -> Option<&Value> {
        self.index.get(symbol).map(|&at| &self.entries[at].value)
    }

    /// Whether a symbol has this value; one that the file does not name is `n`, or an empty text.
    pub fn has(&self, symbol: &Symbol, value: &Value) -> bool {
        self.get(symbol).map_or_else(|| value.is_nothing(), |found| found.same(value))
    }

    /// The value of a `bool` or `tristate`: `n` where the file does not name the symbol, or gives it another type.
    pub fn tristate(&self, symbol: &Symbol) -> Tristate {
        match self.get(symbol) {
            Some(Value::Tristate(value)) => *value,
            _ => Tristate::N,
        }
    }

    /// The symbols and their values, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = (&Symbol, &Value)> {
        self.entries.iter().map(|entry| (&entry.symbol, &entry.value))
    }

    /// The lines that set a symbol, in the order of the file.
    pub fn assignments(&self) -> &[Assignment] {
        &self.entries
    }

    /// The symbols that are `m`, in the order of the file.
    pub fn modules(&self) -> impl Iterator<Item = &Symbol> {
        self.iter().filter(|(_, value)| **value == Value::M).map(|(symbol, _)| symbol)
    }

    /// How many symbols the file names.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether the file names none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The tree's title in the header: `Linux/x86 6.12.117 Kernel Configuration`.
    ///
    /// `None` for a file without the header that `conf` writes.
    pub fn title(&self) -> Option<&str> {
        self.title.as_deref()
    }

    /// The first line of `cc --version` when it was resolved: the value of `CC_VERSION_TEXT`.
    pub fn compiler(&self) -> Option<&str> {
        let (_, value) = self.iter().find(|(symbol, _)| symbol.as_str() == "CC_VERSION_TEXT")?;
        match value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// The third of the four lines that `conf` starts a `.config` with.
fn title(text: &str) -> Option<String> {
    let mut lines = text.lines();
    let (first, second, third) = (lines.next()?, lines.next()?, lines.next()?);
    (first.trim_end() == "#" && second.starts_with("# Automatically generated file"))
        .then(|| third.trim_start_matches('#').trim().to_owned())
}

/// What two files disagree on: first in the order of `a`, then what only `b` has.
///
/// Absent and "is not set" agree, and so do two spellings of one number.
pub fn difference(a: &DotConfig, b: &DotConfig) -> Vec<Change> {
    let only_b = b.iter().filter(|(symbol, _)| a.get(symbol).is_none());
    a.iter()
        .chain(only_b)
        .map(|(symbol, _)| (symbol, a.get(symbol), b.get(symbol)))
        .filter(|(_, before, after)| !agree(*before, *after))
        .map(|(symbol, before, after)| Change {
            symbol: symbol.clone(),
            before: before.cloned(),
            after: after.cloned(),
        })
        .collect()
}

/// Whether two values of one symbol mean the same, `None` being absence.
fn agree(a: Option<&Value>, b: Option<&Value>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.same(b),
        (Some(value), None) | (None, Some(value)) => *value == Value::N,
        (None, None) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str =
        "#\n# Automatically generated file; DO NOT EDIT.\n# Linux/x86 6.12.117 Kernel Configuration\n#\n";

    fn parse(text: &str) -> DotConfig {
        DotConfig::parse(text).expect("a .config")
    }

    fn symbol(name: &str) -> Symbol {
        Symbol::new(name).expect("a symbol")
    }

    #[test]
    fn reads_what_conf_writes() {
        let config = parse(&format!(
            "{HEAD}CONFIG_CC_VERSION_TEXT=\"cc 12.2\"\n\n#\n# General setup\n#\nCONFIG_A=y\n# CONFIG_B is not set\nCONFIG_E=\n\
             CONFIG_C=m\n# end of General setup\nCONFIG_A=n\n"
        ));
        assert_eq!(config.title(), Some("Linux/x86 6.12.117 Kernel Configuration"));
        assert_eq!(config.compiler(), Some("cc 12.2"));
        assert_eq!(config.get(&symbol("A")), Some(&Value::N), "the last line counts");
        assert_eq!(config.get(&symbol("B")), Some(&Value::N));
        assert_eq!((config.get(&symbol("D")), config.get(&symbol("E"))), (None, None));
        assert_eq!(config.tristate(&symbol("D")), Tristate::N);
        assert_eq!(config.modules().map(Symbol::as_str).collect::<Vec<_>>(), ["C"]);
        assert_eq!(
            config.iter().map(|(s, _)| s.as_str()).collect::<Vec<_>>(),
            ["CC_VERSION_TEXT", "A", "B", "C"]
        );
        assert_eq!(parse("CONFIG_A=y\n").title(), None);
    }

    #[test]
    fn reports_every_wrong_line() {
        let errors = DotConfig::parse("CONFIG_A=\nCONFIG_B=yes\nwords\n").expect_err("two wrong lines");
        assert_eq!(errors.iter().map(|error| error.line).collect::<Vec<_>>(), [2, 3]);
    }

    #[test]
    fn differences_are_about_meaning() {
        let a = parse("CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C=0x10\nCONFIG_D=\"\"\nCONFIG_E=m\n");
        let b = parse("CONFIG_F=4\nCONFIG_E=y\nCONFIG_A=y\nCONFIG_C=0x0010\n# CONFIG_G is not set\n");
        let changes = difference(&a, &b)
            .iter()
            .map(|change| format!("{} {:?} {:?}", change.symbol, change.before, change.after))
            .collect::<Vec<_>>();
        assert_eq!(
            changes,
            [
                "D Some(Text(\"\")) None",
                "E Some(Tristate(M)) Some(Tristate(Y))",
                "F None Some(Number(\"4\"))"
            ]
        );
        assert_eq!(difference(&a, &a), []);
    }
}
