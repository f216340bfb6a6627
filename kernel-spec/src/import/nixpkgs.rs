//! The texts that nixpkgs' `extraConfig` and `generate-config.pl` take: `NAME value`, `NAME? value`, `#` begins a comment.

use kconfig::{Symbol, Value};

use super::ImportedText;

/// A line that is no request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: `{found}` is no request: expected `NAME value` or `NAME? value`")]
pub struct NixpkgsError {
    /// The line, from 1.
    pub line: usize,
    /// What stands there.
    pub found: String,
}

/// The symbol, its value, whether it is optional, and the comment behind it.
pub(super) fn request(line: &str) -> Option<(Symbol, Value, bool, Option<String>)> {
    let (name, rest) = line.trim().split_once(char::is_whitespace)?;
    let (name, optional) = name.strip_suffix('?').map_or((name, false), |name| (name, true));
    let symbol = Symbol::new(name).ok()?;
    let rest = rest.trim();
    let (text, note) = match rest.strip_prefix('"').and_then(|text| text.split_once('"')) {
        Some((_, behind)) if behind.trim().is_empty() => (rest, None),
        _ => match rest.split_once('#') {
            Some((text, note)) => (text.trim(), Some(note.trim().to_owned())),
            None => (rest, None),
        },
    };
    let value = match Value::parse(text) {
        Ok(value) => value,
        // No quotes are wanted there.
        Err(_) if !text.is_empty() && !text.starts_with(['=', '"']) => Value::Text(text.into()),
        Err(_) => return None,
    };
    Some((symbol, value, optional, note.filter(|note| !note.is_empty())))
}

pub(super) fn read(text: &str, found: &mut ImportedText) -> Result<(), Vec<NixpkgsError>> {
    let mut errors = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            found.after.push(trimmed.to_owned());
            continue;
        }
        match request(trimmed) {
            Some((symbol, value, optional, note)) => found.push(symbol, value, optional, note),
            None => errors.push(NixpkgsError { line: index + 1, found: trimmed.to_owned() }),
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}
