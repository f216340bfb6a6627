//! The keys of `Kernel.override.toml`.

use super::Presence::{Optional, Required};
use super::{Kind, TableSchema, key};

/// The top of a `Kernel.override.toml`.
pub const OVERRIDE: TableSchema = TableSchema {
    header: "",
    doc: "where sources are taken from on this machine, whatever the manifest says",
    keys: &[
        key("schema", Kind::Integer, Required, "the version of this file's format: `1`"),
        key("kernel-org", Kind::Text, Optional, "a base address that is tried before that of the manifest"),
        key("source", Kind::Named, Optional, "sources that are replaced"),
    ],
};

/// One `[source.NAME]` of a `Kernel.override.toml`.
pub const OVERRIDE_SOURCE: TableSchema = TableSchema {
    header: "source.NAME",
    doc: "a source that is replaced",
    keys: &[key("path", Kind::Text, Required, "a tree on this machine, relative to the file")],
};
