//! `inherits`: a kernel's table laid on that of another kernel.
//!
//! | in the heir | with the same key in the ancestor |
//! |---|---|
//! | a value | is replaced |
//! | `config`, another table | is laid on it, key by key |
//! | `{ append = […] }`, `{ replace = […] }` for a list | follows it, or replaces it |
//! | an array of tables, `[[kernel.NAME.key]]` | follows it |
//! | another list | is an error: it does not say which of the two is meant |
//!
//! Places stay where they were written, so that what is wrong with an ancestor points into the ancestor.

use std::collections::BTreeMap;
use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use crate::diagnostic::nearest;
use crate::reader::Reader;
use crate::schema::{KERNEL, Kind, listing};
use crate::{Diagnostic, KernelName, Location};

/// A kernel's name, its place, and its table as it is written.
type Declared<'t> = (&'t str, Location, &'t DeTable<'t>);

/// Who wrote what begins at a place of the manifest.
type Owners = Arc<BTreeMap<usize, KernelName>>;

/// A kernel's table with what it inherits.
pub(super) struct Heir<'t> {
    pub(super) name: &'t str,
    pub(super) location: Location,
    pub(super) table: DeTable<'t>,
    /// Its ancestors, the nearest first.
    pub(super) ancestors: Vec<&'t str>,
    /// Who wrote what begins at a place of the manifest.
    pub(super) owners: Owners,
}

/// Every kernel's table with what it inherits, ancestors before heirs; what cannot be made is reported and left out.
pub(super) fn resolve<'t>(reader: &mut Reader, tables: &[Declared<'t>]) -> Vec<Heir<'t>> {
    let index: BTreeMap<&str, usize> = tables.iter().enumerate().map(|(n, (name, ..))| (*name, n)).collect();
    let owners = Arc::new(owners(tables));
    let mut heirs: Vec<Heir<'t>> = Vec::new();
    let mut failed: Vec<usize> = Vec::new();
    for number in 0..tables.len() {
        let mut path = Vec::new();
        if make(reader, (tables, &owners), &index, number, (&mut path, &failed), &mut heirs).is_none() {
            // What stands in the way of one stands in the way of all that led there.
            failed.push(number);
            failed.extend(path);
        }
    }
    heirs
}

/// Who wrote what begins at each place.
fn owners(tables: &[(&str, Location, &DeTable<'_>)]) -> BTreeMap<usize, KernelName> {
    fn note(value: &DeValue<'_>, owner: &KernelName, owners: &mut BTreeMap<usize, KernelName>) {
        match value {
            DeValue::Table(table) => note_table(table, owner, owners),
            DeValue::Array(items) => {
                for item in items {
                    owners.insert(item.span().start, owner.clone());
                    note(item.get_ref(), owner, owners);
                }
            }
            _ => {}
        }
    }
    fn note_table(table: &DeTable<'_>, owner: &KernelName, owners: &mut BTreeMap<usize, KernelName>) {
        for (key, value) in table {
            owners.insert(key.span().start, owner.clone());
            owners.insert(value.span().start, owner.clone());
            note(value.get_ref(), owner, owners);
        }
    }
    let mut owners = BTreeMap::new();
    for (name, _, table) in tables {
        if let Ok(owner) = KernelName::new(name) {
            note_table(table, &owner, &mut owners);
        }
    }
    owners
}

/// Makes one heir, after its ancestors; gives back where it is.
fn make<'t>(
    reader: &mut Reader,
    (tables, owners): (&[Declared<'t>], &Owners),
    index: &BTreeMap<&str, usize>,
    number: usize,
    (path, failed): (&mut Vec<usize>, &[usize]),
    heirs: &mut Vec<Heir<'t>>,
) -> Option<usize> {
    if failed.contains(&number) {
        return None;
    }
    let (name, location, table) = &tables[number];
    if let Some(known) = heirs.iter().position(|heir| heir.name == *name) {
        return Some(known);
    }
    let parent = table.get("inherits").and_then(|value| Some((value.get_ref().as_str()?, value.span())));
    let (ancestors, owners_of_all) = (Vec::new(), Arc::clone(owners));
    let table = (*table).clone();
    let mut heir = Heir { name, location: location.clone(), table, ancestors, owners: owners_of_all };
    if let Some((parent, span)) = parent {
        path.push(number);
        let place = reader.location(span);
        let Some(&of_parent) = index.get(parent) else {
            let message = format!("no kernel `{parent}`, which `inherits` in `[kernel.{name}]` names");
            let names: Vec<&str> = index.keys().copied().collect();
            let hint = match nearest(parent, names.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the manifest has {}", listing(&names)),
            };
            reader.report(Diagnostic::new(message).at(place).with_hint(hint));
            return None;
        };
        if let Some(start) = path.iter().position(|seen| *seen == of_parent) {
            let names = path[start..].iter().chain([&of_parent]).map(|at| format!("`{}`", tables[*at].0));
            let names = names.collect::<Vec<_>>().join(" → ");
            let message = format!("kernels that inherit each other: {names}");
            reader.report(Diagnostic::new(message).at(place));
            return None;
        }
        let found = make(reader, (tables, owners), index, of_parent, (&mut *path, failed), heirs);
        let ancestor = &heirs[found?];
        lay(reader, name, &mut heir.table, &ancestor.table);
        path.pop();
        heir.ancestors = [&[ancestor.name], ancestor.ancestors.as_slice()].concat();
    }
    heirs.push(heir);
    Some(heirs.len() - 1)
}

/// Adds to a table what it does not say itself.
pub(super) fn lay<'t>(reader: &mut Reader, name: &str, heir: &mut DeTable<'t>, ancestor: &DeTable<'t>) {
    for (key, theirs) in ancestor {
        if key.get_ref() == "inherits" {
            continue;
        }
        let Some(own) = heir.get_mut(key.get_ref().as_ref()) else {
            heir.insert(key.clone(), theirs.clone());
            continue;
        };
        let span = own.span();
        match (own.get_mut(), theirs.get_ref()) {
            (DeValue::Table(own), DeValue::Table(theirs)) => {
                for (key, value) in theirs {
                    if !has(own, key.get_ref()) {
                        own.insert(key.clone(), value.clone());
                    }
                }
            }
            (own @ DeValue::Table(_), DeValue::Array(theirs)) => {
                let table = own.as_table();
                let list = |key: &str| table.and_then(|table| table.get(key)?.get_ref().as_array());
                let one = table.is_some_and(|table| table.len() == 1);
                let joined = match (list("append"), list("replace")) {
                    (Some(more), None) if one => theirs.iter().chain(more.iter()).cloned().collect(),
                    (None, Some(instead)) if one => instead.iter().cloned().collect(),
                    _ => {
                        let message = format!(
                            "`{}` in `[kernel.{name}]` is a table, expected `append` or `replace` with an array",
                            key.get_ref()
                        );
                        reader.report(Diagnostic::new(message).at(reader.location(span)));
                        theirs.clone()
                    }
                };
                *own = DeValue::Array(joined);
            }
            (DeValue::Array(own), DeValue::Array(theirs)) => {
                let known = KERNEL.keys.iter().find(|known| known.name == key.get_ref());
                if known.is_some_and(|known| known.kind == Kind::Tables) {
                    let both = theirs.iter().chain(own.iter()).cloned().collect();
                    *own = both;
                } else {
                    let key = key.get_ref();
                    let message = format!(
                        "`{key}` in `[kernel.{name}]` is a list, and so it is in the kernel that it inherits"
                    );
                    let hint = format!("write `{key} = {{ append = […] }}` or `{key} = {{ replace = […] }}`");
                    reader.report(Diagnostic::new(message).at(reader.location(span)).with_hint(hint));
                }
            }
            _ => {}
        }
    }
}

/// Whether a table has a key; `CONFIG_X` and `X` are the same symbol.
fn has(table: &DeTable<'_>, key: &str) -> bool {
    let short = key.strip_prefix("CONFIG_").unwrap_or(key);
    table.contains_key(short) || table.contains_key(format!("CONFIG_{short}").as_str())
}
