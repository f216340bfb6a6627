//! What messages are made of.

use std::path::Path;

use serde::Serialize;

/// A symbol that two configurations disagree on.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ConfigChange {
    /// `CONFIG_X`.
    pub(crate) symbol: String,
    /// The menus around it, the outermost first.
    pub(crate) menu: Vec<String>,
    /// `added`, `removed` or `changed`.
    pub(crate) kind: &'static str,
    /// Its value in the one; absent where it is not named.
    pub(crate) before: Option<String>,
    /// Its value in the other.
    pub(crate) after: Option<String>,
}

/// What becomes of a symbol on another tree.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct SymbolChange {
    /// `CONFIG_X`.
    pub(crate) symbol: String,
    /// `appeared`, `vanished`, `renamed` or `changed`.
    pub(crate) kind: &'static str,
    /// Its name on the new tree, where that is another one.
    pub(crate) renamed_to: Option<String>,
    /// Its value on the old tree.
    pub(crate) before: Option<String>,
    /// Its value on the new tree.
    pub(crate) after: Option<String>,
}

/// What becomes of a file of a patch on another tree.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct PatchStanding {
    /// The patch.
    pub(crate) name: String,
    /// The file.
    pub(crate) file: String,
    /// `applies`, `offset`, `inactive`, `already` or `fails`.
    pub(crate) state: &'static str,
    /// What else there is to say, in lines.
    pub(crate) details: Vec<String>,
}

/// An image of a kernel.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ImageFile<'a> {
    /// `vmlinux`, `bzImage` …
    pub(crate) kind: &'a str,
    /// Where it is.
    pub(crate) path: &'a Path,
    /// Its length in bytes.
    pub(crate) size: u64,
    /// By how many bytes it is larger than the one that was there before; nothing where there was none, or where it is fresh.
    pub(crate) grown: Option<i64>,
}

/// A place in a text that is wrong.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Place<'a> {
    /// What is wrong.
    pub(crate) message: &'a str,
    /// The text's path, relative to the workspace.
    pub(crate) path: Option<&'a str>,
    /// The line, counted from 1.
    pub(crate) line: Option<usize>,
    /// The column in characters, counted from 1.
    pub(crate) column: Option<usize>,
    /// What to write instead.
    pub(crate) hint: Option<&'a str>,
}
