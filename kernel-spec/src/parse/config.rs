//! `[kernel.NAME.config]`: typed requests.

use std::collections::BTreeMap;

use kconfig::{Symbol, Value};
use toml::de::DeValue;

use crate::reader::{Fields, Reader, type_name};
use crate::{Diagnostic, Location, Spanned};

/// The requests, in the order in which they are written.
pub(super) fn parse(reader: &mut Reader, kernel: &Fields<'_>) -> Vec<Spanned<(Symbol, Value)>> {
    let Some((_, table)) = kernel.table("config") else { return Vec::new() };
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    let mut requests = Vec::new();
    let mut seen: BTreeMap<Symbol, Location> = BTreeMap::new();
    for (key, value) in entries {
        let (name, place) = (key.get_ref(), reader.location(key.span()));
        let symbol = match Symbol::new(name) {
            Ok(symbol) => symbol,
            Err(error) => {
                reader.report(Diagnostic::new(error.to_string()).at(place));
                continue;
            }
        };
        if let Some(first) = seen.get(&symbol) {
            let message = format!("`CONFIG_{symbol}` twice in the `config` of {}", kernel.header);
            reader.report(Diagnostic::new(message).at(place).with_label(format!("first at {first}")));
            continue;
        }
        seen.insert(symbol.clone(), place.clone());
        if symbol.as_str() == "LOCALVERSION" && kernel.has("local-version") {
            let message = format!("`CONFIG_LOCALVERSION` beside `local-version` in {}", kernel.header);
            let hint = "delete one of them: `local-version` is the request for CONFIG_LOCALVERSION";
            reader.report(Diagnostic::new(message).at(place).with_hint(hint));
            continue;
        }
        let location = reader.location(value.span());
        match parse_value(&symbol, value.get_ref(), &location) {
            Ok(value) => requests.push(Spanned { value: (symbol, value), location: Some(location) }),
            Err(diagnostic) => reader.report(diagnostic.at(location)),
        }
    }
    requests
}

fn parse_value(symbol: &Symbol, value: &DeValue<'_>, location: &Location) -> Result<Value, Diagnostic> {
    match value {
        DeValue::Boolean(true) => Ok(Value::Y),
        DeValue::Boolean(false) => Ok(Value::N),
        DeValue::String(text) => match text.as_ref() {
            "y" => Ok(Value::Y),
            "m" => Ok(Value::M),
            "n" => Ok(Value::N),
            text if text.contains(char::is_control) => {
                let message = format!(
                    "a control character in the value of `CONFIG_{symbol}`: expected one line of text"
                );
                Err(Diagnostic::new(message))
            }
            text => Ok(Value::Text(text.into())),
        },
        DeValue::Integer(_) => {
            let written = location.source.text.get(location.span.clone()).unwrap_or_default();
            let digits = written.replace('_', "");
            match Value::parse(digits.trim_start_matches('+')) {
                Ok(number @ Value::Number(_)) => Ok(number),
                _ => {
                    let message =
                        format!("`{written}` for `CONFIG_{symbol}`: expected a decimal or `0x…` number");
                    Err(Diagnostic::new(message))
                }
            }
        }
        other => {
            let expected = "`\"y\"`, `\"m\"`, `\"n\"`, a boolean, an integer or a string";
            let message =
                format!("the value of `CONFIG_{symbol}` is {}, expected {expected}", type_name(other));
            Err(Diagnostic::new(message))
        }
    }
}
