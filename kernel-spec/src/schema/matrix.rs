//! The keys of `[matrix]`.

use super::Presence::{Default, Optional};
use super::{ARCHES, Kind, TableSchema, key};

/// `[matrix]`.
pub const MATRIX: TableSchema = TableSchema {
    header: "matrix",
    doc: "kernels × sources × arches × variants, for `kernel check --matrix`",
    keys: &[
        key("kernels", Kind::Texts, Default("every kernel"), "names of `[kernel.NAME]`"),
        key("sources", Kind::Texts, Default("each kernel's own"), "names of `[source.NAME]`"),
        key("arches", Kind::SomeOf(ARCHES), Default("each kernel's own"), "architectures, by Rust's names"),
        key(
            "variants",
            Kind::Named,
            Optional,
            "names, each with keys of a kernel that are laid on it as an heir's are; beside the kernel as it is",
        ),
        key("exclude", Kind::Tables, Default("[]"), "combinations to leave out"),
    ],
};

/// One element of `exclude` of `[matrix]`.
pub const MATRIX_EXCLUDE: TableSchema = TableSchema {
    header: "matrix.exclude",
    doc: "a combination to leave out: all that has what it names",
    keys: &[
        key("kernel", Kind::Text, Optional, "the kernel"),
        key("source", Kind::Text, Optional, "the source"),
        key("arch", Kind::Text, Optional, "the architecture"),
        key("variant", Kind::Text, Optional, "the variant"),
    ],
};
