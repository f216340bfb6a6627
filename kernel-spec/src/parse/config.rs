//! A `config` table: requests of one kernel, or of one of its patches.

use std::collections::BTreeMap;

use kconfig::layers::{Ask, Need, Priority};
use kconfig::{Symbol, Value};
use toml::de::{DeTable, DeValue};

use crate::layer::{ConfigEntry, Manner};
use crate::reader::{Fields, Reader, type_name};
use crate::schema::{REQUEST, WHEN};
use crate::version::VersionReq;
use crate::{Arch, Diagnostic, Guard, Location, ToolchainFamily};

/// The requests, in the order in which they are written.
///
/// `owner` is the table that has the key `config`, `path` what stands in its header.
pub(super) fn parse(reader: &mut Reader, owner: &Fields<'_>, path: &str) -> Vec<ConfigEntry> {
    let Some((_, table)) = owner.table("config") else { return Vec::new() };
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
            let message = format!("`CONFIG_{symbol}` twice in the `config` of {}", owner.header);
            reader.report(Diagnostic::new(message).at(place).with_label(format!("first at {first}")));
            continue;
        }
        seen.insert(symbol.clone(), place.clone());
        let keys = [("LOCALVERSION", "local-version"), ("MODULES", "modules")];
        let twin = keys.into_iter().find(|(name, key)| symbol.as_str() == *name && owner.has(key));
        if let Some((name, key)) = twin {
            let message = format!("`CONFIG_{name}` beside `{key}` in {}", owner.header);
            let hint = format!("delete one of them: `{key}` is the request for CONFIG_{name}");
            reader.report(Diagnostic::new(message).at(place).with_hint(hint));
            continue;
        }
        let location = reader.location(value.span());
        let parsed = match value.get_ref() {
            DeValue::Table(table) => {
                let path = format!("{path}.config.{name}");
                request(reader, &symbol, &path, place, table)
            }
            value => plain(reader, &symbol, value, location),
        };
        requests.extend(parsed);
    }
    requests
}

fn plain(
    reader: &mut Reader,
    symbol: &Symbol,
    value: &DeValue<'_>,
    location: Location,
) -> Option<ConfigEntry> {
    match parse_value(symbol, value, &location) {
        Ok(ask) => {
            let (symbol, location) = (symbol.clone(), Some(location));
            Some(ConfigEntry { symbol, ask, location, manner: Manner::default() })
        }
        Err(diagnostic) => {
            reader.report(diagnostic.at(location));
            None
        }
    }
}

/// `FOO = { value = "y", … }`.
fn request(
    reader: &mut Reader,
    symbol: &Symbol,
    path: &str,
    place: Location,
    table: &DeTable<'_>,
) -> Option<ConfigEntry> {
    let fields = reader.table(&REQUEST, path, place.clone(), table);
    let manner = manner(reader, &fields, path);
    let is_unset = fields.boolean("unset") == Some(true);
    let ask = match (fields.value("value"), is_unset) {
        (Some((value, location)), false) => match parse_value(symbol, value, &location) {
            Ok(ask) => Some((ask, location)),
            Err(diagnostic) => {
                reader.report(diagnostic.at(location));
                None
            }
        },
        (None, true) => Some((Ask::Unset, fields.key("unset"))),
        (Some(_), true) => {
            let message = format!("both `value` and `unset` in {}", fields.header);
            let hint = "delete one of them: `unset` returns the symbol to its default";
            reader.report(Diagnostic::new(message).at(fields.key("unset")).with_hint(hint));
            None
        }
        (None, false) => {
            if !fields.is_wrong("value") && !fields.is_wrong("unset") {
                let message = format!("no `value` in {}", fields.header);
                let hint = "write `value = \"y\"`, or `unset = true` for the symbol's default";
                reader.report(Diagnostic::new(message).at(place).with_hint(hint));
            }
            None
        }
    };
    let (ask, location) = ask?;
    Some(ConfigEntry { symbol: symbol.clone(), ask, location: Some(location), manner: manner? })
}

/// `priority`, `optional`, `reason` and `when` of a table that has them.
pub(super) fn manner(reader: &mut Reader, fields: &Fields<'_>, path: &str) -> Option<Manner> {
    let reason = fields.text("reason").map(|reason| reason.value);
    let need = match fields.boolean("optional") {
        Some(true) => Need::Optional,
        _ => Need::Mandatory,
    };
    if need == Need::Optional
        && reason.is_none_or(|reason| reason.trim().is_empty())
        && !fields.is_wrong("reason")
    {
        let message = format!("`optional` without a `reason` in {}", fields.header);
        let hint = "say why it may be missed: `reason = \"…\"`";
        reader.report(Diagnostic::new(message).at(fields.key("optional")).with_hint(hint));
        return None;
    }
    let priority = fields
        .text("priority")
        .and_then(|text| Priority::ALL.into_iter().find(|priority| priority.as_str() == text.value));
    let when = match fields.table("when") {
        Some((place, table)) => Some(guard(reader, &format!("{path}.when"), place, table)?),
        None => None,
    };
    Some(Manner { priority: priority.unwrap_or_default(), need, reason: reason.map(Into::into), when })
}

/// `when = { … }`.
pub(super) fn guard(reader: &mut Reader, path: &str, place: Location, table: &DeTable<'_>) -> Option<Guard> {
    let fields = reader.table(&WHEN, path, place, table);
    let text = fields.text("version");
    let has_version = text.is_some();
    let version = super::parsed(reader, text, str::parse::<VersionReq>, |_| None);
    let arches = fields.strings("arch").iter().filter_map(|name| Arch::from_rust_name(&name.value)).collect();
    let family = |text: &str| ToolchainFamily::ALL.into_iter().find(|family| family.as_str() == text);
    let toolchain = fields.text("toolchain").and_then(|text| family(text.value));
    if has_version && version.is_none() {
        return None;
    }
    Some(Guard { version: version.map(|version| version.value), arches, toolchain })
}

fn parse_value(symbol: &Symbol, value: &DeValue<'_>, location: &Location) -> Result<Ask, Diagnostic> {
    match value {
        DeValue::Boolean(true) => Ok(Ask::Value(Value::Y)),
        DeValue::Boolean(false) => Ok(Ask::Value(Value::N)),
        DeValue::String(text) if text.contains(char::is_control) => {
            let message =
                format!("a control character in the value of `CONFIG_{symbol}`: expected one line of text");
            Err(Diagnostic::new(message))
        }
        DeValue::String(text) => Ok(Ask::Word(text.as_ref().into())),
        DeValue::Integer(_) => {
            let written = location.source.text.get(location.span.clone()).unwrap_or_default();
            let digits = written.replace('_', "");
            match Value::parse(digits.trim_start_matches('+')) {
                Ok(Value::Number(digits)) => Ok(Ask::Number(digits)),
                _ => {
                    let message =
                        format!("`{written}` for `CONFIG_{symbol}`: expected a decimal or `0x…` number");
                    Err(Diagnostic::new(message))
                }
            }
        }
        other => {
            let expected = "`\"y\"`, `\"m\"`, `\"n\"`, a boolean, an integer, a string or a table";
            let message =
                format!("the value of `CONFIG_{symbol}` is {}, expected {expected}", type_name(other));
            Err(Diagnostic::new(message))
        }
    }
}
