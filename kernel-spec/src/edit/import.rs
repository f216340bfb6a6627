//! Imported requests, fragments and a base, put into a kernel's tables.

use toml_edit::{Array, DocumentMut, InlineTable, Item, Value as TomlValue, value};

use super::{EditError, ManifestPlace, kernel_table, written};
use crate::import::{ImportedRequest, ImportedText};
use crate::{Arch, KernelName};

/// Why a request may be missed that says so itself.
const OPTIONAL: &str = "optional where it was imported from";

/// Adds requests, with their comments, to `[kernel.NAME.config]`; what stands there already with the same value stays.
///
/// # Errors
/// [`EditError`] where the text is no manifest, or says otherwise.
pub fn add_requests(
    text: &str,
    place: ManifestPlace,
    kernel: &KernelName,
    imported: &ImportedText,
) -> Result<String, EditError> {
    let mut document: DocumentMut = text.parse()?;
    let table = kernel_table(&mut document, place, &["kernel", kernel.as_str(), "config"])?;
    let mut last = None;
    for request in &imported.requests {
        let (short, long) = (request.symbol.as_str(), request.symbol.config_name());
        if let Some(standing) = table.get(&long).or_else(|| table.get(short)) {
            if !says(standing, request) {
                let standing = standing.to_string().trim().to_owned();
                return Err(EditError::Otherwise {
                    symbol: long,
                    standing,
                    imported: request.value.to_string(),
                });
            }
            continue;
        }
        table.insert(short, value(entry(request)));
        if let Some(mut key) = table.key_mut(short) {
            key.leaf_decor_mut().set_prefix(lines(&request.before));
        }
        last = Some(short);
    }
    if let (Some(item), false) = (last.and_then(|key| table.get_mut(key)), imported.after.is_empty())
        && let Some(value) = item.as_value_mut()
    {
        let before = value.decor().suffix().and_then(|text| text.as_str()).unwrap_or_default().to_owned();
        value.decor_mut().set_suffix(format!("{before}\n{}", imported.after.join("\n")));
    }
    Ok(document.to_string())
}

/// Adds elements to `fragments` of `[kernel.NAME]`, each for one architecture or for any.
///
/// # Errors
/// [`EditError`] where the text is no manifest.
pub fn add_fragments(
    text: &str,
    place: ManifestPlace,
    kernel: &KernelName,
    globs: &[(String, Option<Arch>)],
) -> Result<String, EditError> {
    let mut document: DocumentMut = text.parse()?;
    let table = kernel_table(&mut document, place, &["kernel", kernel.as_str()])?;
    let item = table.entry("fragments").or_insert_with(|| value(Array::new()));
    let found = item.type_name();
    let array = item.as_array_mut().ok_or(EditError::NoArray { key: "fragments".to_owned(), found })?;
    for (glob, arch) in globs {
        match arch {
            None => array.push(glob),
            Some(arch) => {
                let mut when = InlineTable::new();
                when.insert("arch", arch.rust_name().into());
                let mut element = InlineTable::new();
                element.insert("path", glob.as_str().into());
                element.insert("when", TomlValue::InlineTable(when));
                array.push(element);
            }
        }
    }
    Ok(document.to_string())
}

/// Lets `[kernel.NAME]` begin with the tree's own defaults: what a minimal configuration is laid on.
///
/// # Errors
/// [`EditError`] where the text is no manifest.
pub fn set_tree_defaults(text: &str, place: ManifestPlace, kernel: &KernelName) -> Result<String, EditError> {
    let mut document: DocumentMut = text.parse()?;
    let table = kernel_table(&mut document, place, &["kernel", kernel.as_str()])?;
    // `unlisted` says nothing else where it is not written.
    for (key, word, needed) in [("base", "alldefconfig", true), ("unlisted", "default", false)] {
        match table.get_mut(key).and_then(Item::as_value_mut) {
            Some(old) => {
                let decor = old.decor().clone();
                *old = word.into();
                *old.decor_mut() = decor;
            }
            None if needed => {
                table.insert(key, value(word));
            }
            None => {}
        }
    }
    Ok(document.to_string())
}

fn entry(request: &ImportedRequest) -> TomlValue {
    let mut entry = written(&request.value);
    if request.optional {
        let mut table = InlineTable::new();
        table.insert("value", entry);
        table.insert("optional", true.into());
        table.insert("reason", request.note.as_deref().unwrap_or(OPTIONAL).into());
        entry = TomlValue::InlineTable(table);
    }
    if let Some(note) = request.note.as_deref().filter(|_| !request.optional) {
        entry.decor_mut().set_suffix(format!(" # {note}"));
    }
    entry
}

/// Whether an entry asks for what a request asks for.
fn says(standing: &Item, request: &ImportedRequest) -> bool {
    let standing = match standing.as_value() {
        Some(TomlValue::InlineTable(table)) => table.get("value"),
        standing => standing,
    };
    let asked = match standing {
        Some(TomlValue::Boolean(on)) => if *on.value() { "y" } else { "n" }.to_owned(),
        Some(TomlValue::String(text)) => text.value().clone(),
        Some(other) => other.clone().decorated("", "").to_string(),
        None => return false,
    };
    let wanted = match written(&request.value) {
        TomlValue::String(text) => text.value().clone(),
        other => other.to_string(),
    };
    asked == wanted
}

fn lines(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}
