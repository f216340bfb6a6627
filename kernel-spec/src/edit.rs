//! Changes to the text of a manifest or a fragment that leave everything else as a person wrote it: order, blanks, comments.
//!
//! Deliberately absent: reading and writing the file; whether a change is wise.

mod fragment;
mod import;

use kconfig::{Symbol, Tristate, Value};
use toml_edit::{DocumentMut, Item, Table, TableLike, value};

use crate::KernelName;

pub use fragment::set_in_fragment;
pub use import::{add_fragments, add_requests, set_tree_defaults};

/// Where a manifest stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ManifestPlace {
    /// The whole of a `Kernel.toml`.
    Kernel,
    /// `[workspace.metadata.kernel]` of a `Cargo.toml`.
    Cargo,
}

/// Why a manifest's text cannot be changed.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// It is not TOML.
    #[error(transparent)]
    Toml(#[from] toml_edit::TomlError),
    /// Something else stands where a list belongs.
    #[error("`{key}` is {found}, expected an array")]
    NoArray {
        /// The key.
        key: String,
        /// What it holds.
        found: &'static str,
    },
    /// The manifest asks for another value.
    #[error("`{symbol}` is {standing} in the manifest already, and `{imported}` in what is imported")]
    Otherwise {
        /// The symbol.
        symbol: String,
        /// What the manifest has.
        standing: String,
        /// What is imported.
        imported: String,
    },
    /// Something else stands where a table belongs.
    #[error("`{key}` is {found}, expected a table")]
    NoTable {
        /// The key.
        key: String,
        /// What it holds.
        found: &'static str,
    },
}

/// Sets symbols in `[kernel.NAME.config]`; a symbol that stands there already keeps its place and its comments.
///
/// # Errors
/// [`EditError`] where the text is no manifest.
pub fn set_config(
    text: &str,
    place: ManifestPlace,
    kernel: &KernelName,
    settings: &[(Symbol, Value)],
) -> Result<String, EditError> {
    let mut document: DocumentMut = text.parse()?;
    let table = kernel_table(&mut document, place, &["kernel", kernel.as_str(), "config"])?;
    for (symbol, wanted) in settings {
        let long = symbol.config_name();
        let key = if table.contains_key(&long) { long.as_str() } else { symbol.as_str() };
        let mut new = written(wanted);
        match table.get_mut(key).and_then(Item::as_value_mut) {
            Some(old) => {
                *new.decor_mut() = old.decor().clone();
                *old = new;
            }
            None => {
                table.insert(key, value(new));
            }
        }
    }
    Ok(document.to_string())
}

/// A table below a manifest's root; made where it is absent.
fn kernel_table<'d>(
    document: &'d mut DocumentMut,
    place: ManifestPlace,
    path: &[&str],
) -> Result<&'d mut dyn TableLike, EditError> {
    let root: &[&str] = match place {
        ManifestPlace::Kernel => &[],
        ManifestPlace::Cargo => &["workspace", "metadata", "kernel"],
    };
    let path = [root, path].concat();
    let mut table: &mut dyn TableLike = document.as_table_mut();
    for (at, key) in path.iter().enumerate() {
        let new = || {
            let mut new = Table::new();
            // Tables that only hold others need no line of their own.
            new.set_implicit(at + 1 < path.len());
            Item::Table(new)
        };
        let item = table.entry(key).or_insert_with(new);
        let found = item.type_name();
        table = item.as_table_like_mut().ok_or(EditError::NoTable { key: (*key).to_owned(), found })?;
    }
    Ok(table)
}

/// Gives a symbol another name on one line, counted from 1, of a fragment or a manifest; `None` where it is not there.
pub fn rename_symbol(text: &str, line: usize, from: &Symbol, to: &Symbol) -> Option<String> {
    let (start, found) = {
        let mut start = 0;
        let mut lines = text.split_inclusive('\n');
        for skipped in lines.by_ref().take(line.checked_sub(1)?) {
            start += skipped.len();
        }
        (start, lines.next()?)
    };
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    for (at, _) in found.match_indices(from.as_str()) {
        let before = &found[..at];
        let before = before.strip_suffix("CONFIG_").unwrap_or(before);
        let behind = &found[at + from.as_str().len()..];
        if !before.ends_with(is_word) && !behind.starts_with(is_word) {
            let at = start + at;
            return Some([&text[..at], to.as_str(), &text[at + from.as_str().len()..]].concat());
        }
    }
    None
}

/// A value as a manifest has it: numbers that TOML knows are numbers, everything else is a string.
fn written(value: &Value) -> toml_edit::Value {
    match value {
        Value::Tristate(Tristate::Y) => "y".into(),
        Value::Tristate(Tristate::M) => "m".into(),
        Value::Tristate(Tristate::N) => "n".into(),
        Value::Number(digits) => {
            let number = digits.parse::<toml_edit::Value>().ok().filter(toml_edit::Value::is_integer);
            number.unwrap_or_else(|| (&**digits).into())
        }
        Value::Text(text) => (&**text).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(text: &str, place: ManifestPlace, settings: &[(&str, &str)]) -> Result<String, EditError> {
        let settings: Vec<(Symbol, Value)> = settings
            .iter()
            .map(|(symbol, value)| {
                (Symbol::new(symbol).expect("a symbol"), Value::parse(value).expect("a value"))
            })
            .collect();
        set_config(text, place, &KernelName::new("guest").expect("a name"), &settings)
    }

    #[test]
    fn only_what_is_asked_for_changes() {
        let text = "# mine\n[kernel.guest]  # the guest\nsource = \"s\"\n\n[kernel.guest.config]\nCONFIG_NET = false # later\n\
                    SMP=\"y\"\n\n# the end\n[vm.demo]\nkernel = \"guest\"\n";
        let settings =
            [("NET", "y"), ("NR_CPUS", "0x10"), ("COUNT", "010"), ("CMDLINE", "\"a \\\"b\\\"\""), ("X", "n")];
        insta::assert_snapshot!(edited(text, ManifestPlace::Kernel, &settings).expect("a manifest"), @r#"
        # mine
        [kernel.guest]  # the guest
        source = "s"

        [kernel.guest.config]
        CONFIG_NET = "y" # later
        SMP="y"
        NR_CPUS = 0x10
        COUNT = "010"
        CMDLINE = 'a "b"'
        X = "n"

        # the end
        [vm.demo]
        kernel = "guest"
        "#);
    }

    #[test]
    fn a_symbol_is_renamed_on_its_line() {
        let symbol = |name| Symbol::new(name).expect("a symbol");
        let rename = |text: &str, line| rename_symbol(text, line, &symbol("SLS"), &symbol("MITIGATION_SLS"));
        let text = "CONFIG_SLS=y\n# CONFIG_SLS is not set\nA_SLS = 1\nSLS = \"n\" # SLS\n";
        let renamed = |line, from: &str, to: &str| {
            assert_eq!(rename(text, line), Some(text.replacen(from, to, 1)), "line {line}");
        };
        renamed(1, "CONFIG_SLS=y", "CONFIG_MITIGATION_SLS=y");
        renamed(2, "# CONFIG_SLS", "# CONFIG_MITIGATION_SLS");
        renamed(4, "\nSLS", "\nMITIGATION_SLS");
        assert_eq!((rename(text, 3), rename(text, 0), rename(text, 9)), (None, None, None));
    }

    #[test]
    fn a_table_is_made_where_there_is_none() {
        let text = "[workspace]\nmembers = []\n[workspace.metadata.kernel.kernel.guest]\nsource = \"s\"\n";
        insta::assert_snapshot!(edited(text, ManifestPlace::Cargo, &[("KVM", "m")]).expect("a manifest"), @r#"
        [workspace]
        members = []
        [workspace.metadata.kernel.kernel.guest]
        source = "s"

        [workspace.metadata.kernel.kernel.guest.config]
        KVM = "m"
        "#);
        insta::assert_snapshot!(edited("[kernel]\nguest = 1\n", ManifestPlace::Kernel, &[("KVM", "m")]).expect_err("no table"), @"`guest` is integer, expected a table");
    }
}
