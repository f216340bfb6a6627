//! The lines of fragments and of `.config` files.
//!
//! | line | meaning |
//! |---|---|
//! | `CONFIG_X=y`, `=m`, `=n` | a tristate |
//! | `CONFIG_X=4`, `=-1`, `=0x1000` | a number |
//! | `CONFIG_X="a \"quoted\" text"` | a string; `\"` and `\\` are its only escapes |
//! | `# CONFIG_X is not set` | the same as `CONFIG_X=n` |
//! | another line that starts with `#`, a blank line | nothing |
//!
//! Everything else is an error. `conf` is more lenient, and that is how requests get lost: it warns of a line that it
//! does not understand and goes on, reads `=yes` as `y`, and takes `#CONFIG_X is not set` for a comment. Blanks at the
//! end of a line and a carriage return before the line feed are passed over.
//!
//! Deliberately absent: whether a symbol exists, and whether a value fits its type; only a tree knows.

use std::ops::Range;

use crate::{Symbol, Tristate, Value, ValueError};

/// One line that sets a symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The symbol.
    pub symbol: Symbol,
    /// The value.
    pub value: Value,
    /// The line, counted from 1.
    pub line: usize,
    /// The byte range of the line in the text, without what ends it.
    pub span: Range<usize>,
}

/// A line that is none of the forms above.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct FragmentError {
    /// The line, counted from 1.
    pub line: usize,
    /// The byte range of what is wrong.
    pub span: Range<usize>,
    /// What is wrong.
    pub kind: FragmentErrorKind,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FragmentErrorKind {
    /// A comment that reads like `# CONFIG_X is not set` and is not.
    #[error("this comment looks like a request for `n` and is none")]
    NotQuiteUnset(Symbol),
    /// Blanks before an assignment.
    #[error("blanks before an assignment")]
    Indented,
    /// Blanks around `=`.
    #[error("blanks around `=`")]
    Blanks {
        /// The line as it should be.
        meant: String,
    },
    /// A symbol without the prefix.
    #[error("`{found}` without the prefix `CONFIG_`")]
    NoPrefix {
        /// The name that was written.
        found: String,
        /// The line as it should be.
        meant: String,
    },
    /// A symbol's name with a character that none has.
    #[error("`{0}` is not a symbol's name: expected letters, digits and `_`")]
    Name(String),
    /// `CONFIG_X` without `=`.
    #[error("a symbol without a value")]
    NoEquals(String),
    /// A value that is none.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// Anything else.
    #[error("`{0}` is neither an assignment nor a comment")]
    Unknown(String),
}

impl FragmentError {
    /// What to write instead.
    pub fn hint(&self) -> Option<String> {
        use FragmentErrorKind as Kind;
        Some(match &self.kind {
            Kind::NotQuiteUnset(symbol) => format!(
                "write `# CONFIG_{symbol} is not set` or `CONFIG_{symbol}=n`, alone on its line; if it is a comment, use \
                 other words"
            ),
            Kind::Indented => "start the line with `CONFIG_`".to_owned(),
            Kind::Blanks { meant } | Kind::NoPrefix { meant, .. } => format!("write `{meant}`"),
            Kind::NoEquals(name) => format!("write `{name}=y`, or `# {name} is not set`"),
            Kind::Value(ValueError::Empty) => {
                "write `n`, a number, or `\"\"` for the empty string".to_owned()
            }
            Kind::Value(ValueError::Spelling { meant, .. }) => format!("write `{meant}`"),
            Kind::Value(ValueError::Trailing(text)) if text.starts_with('#') => {
                "give the comment a line of its own".to_owned()
            }
            Kind::Value(ValueError::Trailing(_)) => "a `\"` inside a string is written `\\\"`".to_owned(),
            Kind::Value(ValueError::Bare(text))
                if !text.is_empty() && text.bytes().all(|b| b.is_ascii_hexdigit()) =>
            {
                format!("write `0x{text}` for a hexadecimal number, `\"{text}\"` for a string")
            }
            Kind::Value(ValueError::Bare(text)) => format!("write {} for a string", quoted(text)),
            Kind::Value(ValueError::Unterminated | ValueError::Escape(_))
            | Kind::Name(_)
            | Kind::Unknown(_) => {
                return None;
            }
        })
    }
}

fn quoted(text: &str) -> String {
    format!("`{}`", Value::Text(text.into()))
}

/// Parses a fragment or a `.config`, strictly.
///
/// The assignments come in the order of their lines, and a symbol as often as it is set.
///
/// # Errors
/// Every line that is wrong, in order.
pub fn parse(text: &str) -> Result<Vec<Assignment>, Vec<FragmentError>> {
    let (assignments, errors) = parse_lines(text);
    if errors.is_empty() { Ok(assignments) } else { Err(errors) }
}

/// The lines that are right, and those that are wrong.
pub(crate) fn parse_lines(text: &str) -> (Vec<Assignment>, Vec<FragmentError>) {
    let mut assignments = Vec::new();
    let mut errors = Vec::new();
    for (line, span) in lines(text) {
        match parse_line(&text[span.clone()]) {
            Ok(None) => {}
            Ok(Some((symbol, value))) => assignments.push(Assignment { symbol, value, line, span }),
            Err((within, kind)) => {
                let span = span.start + within.start..span.start + within.end;
                errors.push(FragmentError { line, span, kind });
            }
        }
    }
    (assignments, errors)
}

/// The lines of a text, counted from 1, each as a byte range without trailing blanks, `\r` and `\n`.
fn lines(text: &str) -> impl Iterator<Item = (usize, Range<usize>)> {
    let mut start = 0;
    text.split_inclusive('\n').enumerate().map(move |(index, line)| {
        let range = start..start + line.trim_end_matches(['\n', '\r', ' ', '\t']).len();
        start += line.len();
        (index + 1, range)
    })
}

type LineError = (Range<usize>, FragmentErrorKind);

fn parse_line(line: &str) -> Result<Option<(Symbol, Value)>, LineError> {
    let content = line.trim_start_matches([' ', '\t']);
    if content.is_empty() {
        return Ok(None);
    }
    if let Some(comment) = content.strip_prefix('#') {
        return match unset(comment) {
            Some((symbol, Exactness::Exact)) if content.len() == line.len() => {
                Ok(Some((symbol, Value::Tristate(Tristate::N))))
            }
            Some((symbol, _)) => Err((0..line.len(), FragmentErrorKind::NotQuiteUnset(symbol))),
            None => Ok(None),
        };
    }
    if content.len() < line.len() {
        return Err((0..line.len() - content.len(), FragmentErrorKind::Indented));
    }
    let whole = 0..line.len();
    let Some((left, right)) = line.split_once('=') else {
        return Err((
            whole,
            match Symbol::new(line) {
                Ok(_) if line.starts_with("CONFIG_") => FragmentErrorKind::NoEquals(line.to_owned()),
                _ => FragmentErrorKind::Unknown(line.to_owned()),
            },
        ));
    };
    let (name, value) = (left.trim_end(), right.trim_start());
    if name.is_empty() {
        return Err((whole, FragmentErrorKind::Unknown(line.to_owned())));
    }
    let bare = name.strip_prefix("CONFIG_");
    if Symbol::new(bare.unwrap_or(name)).is_err() || bare == Some("") {
        return Err((0..left.len(), FragmentErrorKind::Name(name.to_owned())));
    }
    let Some(bare) = bare else {
        let upper = name.to_ascii_uppercase();
        let meant = format!("CONFIG_{}={}", upper.strip_prefix("CONFIG_").unwrap_or(&upper), spelled(value));
        return Err((0..name.len(), FragmentErrorKind::NoPrefix { found: name.to_owned(), meant }));
    };
    if name.len() < left.len() || value.len() < right.len() {
        let blanks = name.len()..line.len() - value.len();
        return Err((blanks, FragmentErrorKind::Blanks { meant: format!("{name}={}", spelled(value)) }));
    }
    let symbol = Symbol::new(bare).map_err(|_| (0..left.len(), FragmentErrorKind::Name(name.to_owned())))?;
    match Value::parse(value) {
        Ok(value) => Ok(Some((symbol, value))),
        Err(ValueError::Empty) => Err((whole, ValueError::Empty.into())),
        Err(error) => Err((left.len() + 1..line.len(), error.into())),
    }
}

/// The value as Kconfig spells it, where what was written can only mean that.
fn spelled(value: &str) -> String {
    match Value::parse(value) {
        Err(ValueError::Spelling { meant, .. }) => meant.to_string(),
        _ => value.to_owned(),
    }
}

enum Exactness {
    Exact,
    Near,
}

/// The symbol of a comment that says that it is not set, given what stands behind the first `#`.
///
/// Exact is ` CONFIG_X is not set`. Near is what a person would read the same way: other blanks or capitals, more `#`,
/// a missing prefix, `is unset`, or words behind it (which `conf` would take for a request).
fn unset(comment: &str) -> Option<(Symbol, Exactness)> {
    let exact = comment.strip_prefix(" CONFIG_").and_then(|rest| rest.strip_suffix(" is not set"));
    if let Some(symbol) = exact.and_then(|name| Symbol::new(name).ok()) {
        return Some((symbol, Exactness::Exact));
    }
    let mut words = comment.trim_start_matches(['#', ' ', '\t']).split_ascii_whitespace();
    let name = words.next()?;
    let says = words.map(str::to_ascii_lowercase).collect::<Vec<_>>();
    let says = says.iter().map(|word| word.trim_end_matches(['.', ',', ';', ':', '!'])).collect::<Vec<_>>();
    let near = match name.get(.."CONFIG_".len()) {
        Some(prefix) if prefix.eq_ignore_ascii_case("CONFIG_") => {
            says.starts_with(&["is", "not", "set"])
                || matches!(says[..], ["not", "set"] | ["is", "unset"] | ["unset"])
        }
        _ => says == ["is", "not", "set"] && name.len() > 1 && !name.bytes().any(|b| b.is_ascii_lowercase()),
    };
    let bare = name
        .get("CONFIG_".len()..)
        .filter(|_| name.to_ascii_uppercase().starts_with("CONFIG_"))
        .unwrap_or(name);
    let symbol = Symbol::new(bare).ok()?;
    near.then_some((symbol, Exactness::Near))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> String {
        match parse(text) {
            Ok(assignments) => assignments
                .iter()
                .map(|a| format!("{}: {}={}\n", a.line, a.symbol.config_name(), a.value))
                .collect(),
            Err(errors) => errors
                .iter()
                .map(|e| {
                    let hint = e.hint().map(|hint| format!("  [{hint}]")).unwrap_or_default();
                    format!("{}: {:?} {e}{hint}\n", e.line, &text[e.span.clone()])
                })
                .collect(),
        }
    }

    #[test]
    fn accepts_every_form() {
        insta::assert_snapshot!(check(
            "# A comment.\n\nCONFIG_A=y\r\nCONFIG_B=m\nCONFIG_C=n  \n# CONFIG_D is not set\r\nCONFIG_E=-4\nCONFIG_F=0xFf\n\
             CONFIG_G=\"say \\\"hi\\\" \\\\ #1 \"\nCONFIG_64BIT=y\n# CONFIG_SMP is needed for more than one CPU\n\
             #CONFIG_H=y\n\t# indented words\n# end of General setup\nCONFIG_A=n\nCONFIG_I=\"\""
        ), @r#"
        3: CONFIG_A=y
        4: CONFIG_B=m
        5: CONFIG_C=n
        6: CONFIG_D=n
        7: CONFIG_E=-4
        8: CONFIG_F=0xFf
        9: CONFIG_G="say \"hi\" \\ #1 "
        10: CONFIG_64BIT=y
        15: CONFIG_A=n
        16: CONFIG_I=""
        "#);
    }

    #[test]
    fn refuses_everything_else() {
        insta::assert_snapshot!(check(
            "CONFIG_A = on\nCONFIG_A=yes\nCONFIG_A=Y\nCONFIG_A=\nVIRTIO=y\nconfig_smp=y\nCONFIG_A\n  CONFIG_A=y\nCONFIG_A=y # why\n\
             CONFIG_A=\"open\nCONFIG_A=\"a\\nb\"\nCONFIG_A=\"a\" b\"\nCONFIG_A=ttyS0\nCONFIG_A=ff\nCONFIG_A-B=y\nCONFIG_=y\n\
             CONFIG_A=is not set\n<<<<<<< HEAD\nCONFIG_OK=y\nCONFIG_A=0x\nCONFIG_A=4K\n=y\n"
        ), @r#"
        1: " = " blanks around `=`  [write `CONFIG_A=y`]
        2: "yes" `yes` is not a value: expected `y`  [write `y`]
        3: "Y" `Y` is not a value: expected `y`  [write `y`]
        4: "CONFIG_A=" no value behind `=`  [write `n`, a number, or `""` for the empty string]
        5: "VIRTIO" `VIRTIO` without the prefix `CONFIG_`  [write `CONFIG_VIRTIO=y`]
        6: "config_smp" `config_smp` without the prefix `CONFIG_`  [write `CONFIG_SMP=y`]
        7: "CONFIG_A" a symbol without a value  [write `CONFIG_A=y`, or `# CONFIG_A is not set`]
        8: "  " blanks before an assignment  [start the line with `CONFIG_`]
        9: "y # why" `# why` behind the value  [give the comment a line of its own]
        10: "\"open" a string without its closing `"`
        11: "\"a\\nb\"" `\n` in a string: expected `\"` or `\\`
        12: "\"a\" b\"" `b"` behind the value  [a `"` inside a string is written `\"`]
        13: "ttyS0" `ttyS0` is not a value: expected `y`, `m`, `n`, a number or a string in `"`  [write `"ttyS0"` for a string]
        14: "ff" `ff` is not a value: expected `y`, `m`, `n`, a number or a string in `"`  [write `0xff` for a hexadecimal number, `"ff"` for a string]
        15: "CONFIG_A-B" `CONFIG_A-B` is not a symbol's name: expected letters, digits and `_`
        16: "CONFIG_" `CONFIG_` is not a symbol's name: expected letters, digits and `_`
        17: "is not set" `is not set` is not a value: expected `n`  [write `n`]
        18: "<<<<<<< HEAD" `<<<<<<< HEAD` is neither an assignment nor a comment
        20: "0x" `0x` is not a value: expected `y`, `m`, `n`, a number or a string in `"`  [write `"0x"` for a string]
        21: "4K" `4K` is not a value: expected `y`, `m`, `n`, a number or a string in `"`  [write `"4K"` for a string]
        22: "=y" `=y` is neither an assignment nor a comment
        "#);
    }

    #[test]
    fn refuses_comments_that_look_like_requests() {
        insta::assert_snapshot!(check(
            "#CONFIG_A is not set\n#  CONFIG_A is not set\n# CONFIG_A is not  set\n# CONFIG_A is not set.\n# CONFIG_A Is Not Set\n\
             ## CONFIG_A is not set\n # CONFIG_A is not set\n# CONFIG_A is unset\n# CONFIG_A not set\n# A_B is not set\n\
             # CONFIG_A is not set because it is slow\n# config_a is not set\n# it is not set\n# A word is not set\n"
        ), @r###"
        1: "#CONFIG_A is not set" this comment looks like a request for `n` and is none  [write `# CONFIG_A is not set` or `CONFIG_A=n`, alone on its line; if it is a comment, use other words]
        2: "#  CONFIG_A is not set" this comment looks like a request for `n` and is none  [write `# CONFIG_A is not set` or `CONFIG_A=n`, alone on its line; if it is a comment, use other words]
        3: "# CONFIG_A is not  set" this comment looks like a request for `n` and is none  [write `# CONFIG_A is not set` or `CONFIG_A=n`, alone on its line; if it is a comment, use other words]
        4: "# CONFIG_A is not set." this comment looks like a request for `n` and is none  [write `# CONFIG_A is not set` or `CONFIG_A=n`, alone on its line; if it is a comment, use other words]
        5: "# CONFIG_A Is Not Set" this comment looks like a request for `n` and is none  [write `# CONFIG_A is not set` or `CONFIG_A=n`, alone on its line; if it is a comment, use other words]
        6: "## CONFIG_A is not set" this comment looks like a request for `n` and is none  [write `# CONFIG_A is not set` or `CONFIG_A=n`, alone on its line; if it is a comment, use other words]
        7: " # CONFIG_A is not set" this comment looks like a request for `n` and is none  [write `# CONFIG_A is not set` or `CONFIG_A=n`, alone on its line; if it is a comment, use other words]
        8: "# CONFIG_A is unset" this comment looks like a request for `n` and is none  [write `# CONFIG_A is not set` or `CONFIG_A=n`, alone on its line; if it is a comment, use other words]
        9: "# CONFIG_A not set" this comment looks like a request for `n` and is none  [write `# CONFIG_A is not set` or `CONFIG_A=n`, alone on its line; if it is a comment, use other words]
        10: "# A_B is not set" this comment looks like a request for `n` and is none  [write `# CONFIG_A_B is not set` or `CONFIG_A_B=n`, alone on its line; if it is a comment, use other words]
        11: "# CONFIG_A is not set because it is slow" this comment looks like a request for `n` and is none  [write `# CONFIG_A is not set` or `CONFIG_A=n`, alone on its line; if it is a comment, use other words]
        12: "# config_a is not set" this comment looks like a request for `n` and is none  [write `# CONFIG_a is not set` or `CONFIG_a=n`, alone on its line; if it is a comment, use other words]
        "###);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "(.|\n|CONFIG_|# | is not set|=|\"|\\\\){0,60}") {
            if let Err(errors) = parse(&text) {
                for error in errors {
                    let _ = (&text[error.span.clone()], error.hint(), error.to_string());
                }
            }
        }

        #[test]
        fn render_then_parse_is_identity(entries in proptest::collection::vec(("[A-Z0-9_a-z]{1,12}", "[^\n\r]{0,20}"), 0..12)) {
            let text = entries.iter().fold(String::new(), |text, (name, value)| {
                text + &format!("CONFIG_{name}={}\n", Value::Text(value.as_str().into()))
            });
            let parsed = parse(&text).expect("what is rendered parses");
            let parsed = parsed.iter().map(|a| (a.symbol.as_str().to_owned(), a.value.clone())).collect::<Vec<_>>();
            let wanted = entries.into_iter().map(|(n, v)| (n, Value::Text(v.into()))).collect::<Vec<_>>();
            proptest::prop_assert_eq!(parsed, wanted);
        }
    }
}
