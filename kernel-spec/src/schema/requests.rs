//! The keys of requests: how each is made, what may be missed, what one run asks for.

use super::Presence::{Default, Optional, Required};
use super::{ARCHES, Key, Kind, PRIORITIES, TOOLCHAINS, TableSchema, key};

pub(super) const WHEN_KEY: Key = key("when", Kind::Table, Optional, "the conditions under which it holds");
const PRIORITY: Key = key(
    "priority",
    Kind::OneOf(PRIORITIES),
    Default("normal"),
    "what goes before the order of layers: `default` loses to anything, `force` wins",
);
const OPTIONAL: Key =
    key("optional", Kind::Boolean, Default("false"), "it may be missed, for a `reason`; that is told");
const REASON: Key = key("reason", Kind::Text, Optional, "why, for people");

/// A symbol of a `config` whose value is a table.
pub const REQUEST: TableSchema = TableSchema {
    header: "kernel.NAME.config.SYMBOL",
    doc: "a request with more than a value",
    keys: &[
        key("value", Kind::Scalar, Optional, "the value; `\"enabled\"` is `y` or `m`"),
        key("unset", Kind::Boolean, Default("false"), "return the symbol to its default"),
        PRIORITY,
        OPTIONAL,
        REASON,
        WHEN_KEY,
    ],
};

/// An element of `profiles` that is a table.
pub const PROFILE: TableSchema = TableSchema {
    header: "kernel.NAME.profiles",
    doc: "a profile, and where it holds",
    keys: &[
        key(
            "name",
            Kind::Text,
            Required,
            "a built-in profile, or a glob of fragments that ends in `.config`",
        ),
        WHEN_KEY,
    ],
};

/// An element of `fragments` that is a table.
pub const FRAGMENT: TableSchema = TableSchema {
    header: "kernel.NAME.fragments",
    doc: "fragments, and how their requests are made",
    keys: &[
        key("path", Kind::Text, Required, "a glob, relative to the manifest, or `tree:NAME.config`"),
        PRIORITY,
        OPTIONAL,
        REASON,
        WHEN_KEY,
    ],
};

/// One `[[kernel.NAME.may-miss]]`.
pub const MAY_MISS: TableSchema = TableSchema {
    header: "kernel.NAME.may-miss",
    doc: "a request that need not land; one that does not need this is an error",
    keys: &[
        key("symbol", Kind::Text, Required, "the symbol, exactly"),
        key("reason", Kind::Text, Required, "why it may be missed"),
        key(
            "until",
            Kind::VersionOrDate,
            Optional,
            "the version from which this holds no longer, or the last day on which it holds",
        ),
        WHEN_KEY,
    ],
};

/// `when` of a request, a fragment, a patch.
pub const WHEN: TableSchema = TableSchema {
    header: "when",
    doc: "conditions, which must all hold",
    keys: &[
        key("version", Kind::Text, Optional, "the tree's version, as a source's `version`: `>=6.6, <6.13`"),
        key("arch", Kind::OneOrSomeOf(ARCHES), Optional, "the kernel's architecture"),
        key("toolchain", Kind::OneOf(TOOLCHAINS), Optional, "the compiler's family"),
    ],
};

/// The top of what `--config` says.
pub const ONE_OFF: TableSchema = TableSchema {
    header: "",
    doc: "what one run asks for",
    keys: &[key("kernel", Kind::Named, Optional, "kernels of the manifest")],
};

/// One `[kernel.NAME]` of what `--config` says.
pub const ONE_OFF_KERNEL: TableSchema = TableSchema {
    header: "kernel.NAME",
    doc: "what one run asks of a kernel",
    keys: &[key("config", Kind::Symbols, Optional, "requests, stronger than those of the manifest")],
};
