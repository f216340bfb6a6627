//! `[[kernel.NAME.may-miss]]`.

use kconfig::Symbol;
use toml::de::DeValue;

use super::{config, parsed};
use crate::reader::{Fields, Reader};
use crate::schema::MAY_MISS;
use crate::{Day, Diagnostic, MayMiss, Spanned, Until};

/// The entries, in order.
pub(super) fn parse(reader: &mut Reader, kernel: &Fields<'_>, path: &str) -> Vec<MayMiss> {
    let mut entries: Vec<MayMiss> = Vec::new();
    for (location, table) in kernel.tables("may-miss") {
        let fields = reader.table(&MAY_MISS, &format!("{path}.may-miss"), location, table);
        let symbol = parsed(reader, fields.text("symbol"), symbol, |text| {
            text.contains(['*', '?', '[']).then(|| "name each symbol: there are no wildcards".to_owned())
        });
        let reason = fields.string("reason");
        if let Some(Spanned { value, location: Some(location) }) = &reason
            && value.trim().is_empty()
        {
            let message =
                format!("an empty `reason` in {}: expected why the request may be missed", fields.header);
            reader.report(Diagnostic::new(message).at(location.clone()));
        }
        let until = until(reader, &fields);
        let when = match fields.table("when") {
            Some((place, table)) => config::guard(reader, &format!("{path}.may-miss.when"), place, table),
            None => None,
        };
        let (Some(symbol), Some(reason), Some(until)) = (symbol, reason, until) else { continue };
        if let Some(first) = entries.iter().find(|entry| entry.symbol.value == symbol.value)
            && let (Some(place), Some(first)) = (&symbol.location, &first.symbol.location)
        {
            let message = format!("`CONFIG_{}` twice in `may-miss` of {}", symbol.value, kernel.header);
            reader.report(Diagnostic::new(message).at(place.clone()).with_label(format!("first at {first}")));
            continue;
        }
        entries.push(MayMiss { symbol, reason: reason.value, until, when });
    }
    entries
}

fn symbol(text: &str) -> Result<Symbol, String> {
    Symbol::new(text).map_err(|error| error.to_string())
}

/// `until`; the outer `None` where it is wrong.
#[allow(clippy::option_option, reason = "absent and wrong are two things, and both are said")]
fn until(reader: &mut Reader, fields: &Fields<'_>) -> Option<Option<Until>> {
    let Some((value, location)) = fields.value("until") else {
        return (!fields.is_wrong("until")).then_some(None);
    };
    let found = match value {
        DeValue::String(text) => Until::version(text),
        DeValue::Datetime(when) => {
            let day = match (when.date, when.time) {
                (Some(date), None) => Day::from_date(date.year, date.month, date.day),
                _ => None,
            };
            let text = when.to_string();
            day.map(|last| Until::Date { text: text.as_str().into(), last })
                .ok_or_else(|| format!("`{text}` is no day: expected a date alone, such as `2027-01-31`"))
        }
        _ => return None,
    };
    match found {
        Ok(until) => Some(Some(until)),
        Err(message) => {
            reader.report(Diagnostic::new(message).at(location));
            None
        }
    }
}
