//! The keys of `Kernel.lock`.

use super::Presence::{Optional, Required};
use super::{BRANCH, Kind, REV, TAG, TableSchema, key};

/// The top of `Kernel.lock`.
pub(crate) const LOCK: TableSchema = TableSchema {
    header: "",
    doc: "the pins of a manifest's sources",
    keys: &[
        key("schema", Kind::Integer, Required, "the version of this file's format: `1`"),
        key("source", Kind::Named, Optional, "one pin for each source that can be pinned"),
        key("kernel", Kind::Named, Optional, "what is locked of each kernel"),
    ],
};

/// One `[kernel.NAME]` of `Kernel.lock`.
pub(crate) const LOCK_KERNEL: TableSchema = TableSchema {
    header: "kernel.NAME",
    doc: "what is locked of a kernel",
    keys: &[
        key("resolved", Kind::Table, Optional, "what it was configured to"),
        key("patch", Kind::Tables, Optional, "the files of its patches, in order"),
    ],
};

/// One `[[kernel.NAME.patch]]` of `Kernel.lock`.
pub(crate) const LOCK_PATCH: TableSchema = TableSchema {
    header: "kernel.NAME.patch",
    doc: "a file of a patch",
    keys: &[
        key("name", Kind::Text, Required, "the patch's name in the manifest"),
        key("file", Kind::Text, Required, "the file, relative to the manifest, or its address"),
        key("sha256", Kind::Text, Required, "the file's digest"),
    ],
};

/// One `[kernel.NAME.resolved]` of `Kernel.lock`.
pub(crate) const LOCK_RESOLVED: TableSchema = TableSchema {
    header: "kernel.NAME.resolved",
    doc: "what a kernel was configured to",
    keys: &[
        key("kernelrelease", Kind::Text, Optional, "the kernelrelease"),
        key(
            "config",
            Kind::Text,
            Required,
            "the digest of the resolved `.config`, without the toolchain's answers",
        ),
        key("toolchain", Kind::Texts, Optional, "the toolchain's identity; information only"),
    ],
};

/// One `[source.NAME]` of `Kernel.lock`.
pub(crate) const LOCK_SOURCE: TableSchema = TableSchema {
    header: "source.NAME",
    doc: "what a source was resolved to",
    keys: &[
        key("deb", Kind::Text, Optional, "the package"),
        key("version", Kind::Text, Optional, "the package's version"),
        key("kernel-org", Kind::Text, Optional, "the release"),
        key("url", Kind::Text, Optional, "the address"),
        key("git", Kind::Text, Optional, "the repository"),
        REV,
        TAG,
        BRANCH,
        key("commit", Kind::Text, Optional, "the commit's name"),
        key("tree", Kind::Text, Optional, "the name of the commit's tree"),
        key("kernelversion", Kind::Text, Optional, "the kernel version that is known without the tree"),
        key("file", Kind::Text, Optional, "the file's name"),
        key("size", Kind::Integer, Optional, "the file's size in bytes"),
        key("sha256", Kind::Text, Optional, "the file's digest"),
        key("tar-sha256", Kind::Text, Optional, "the digest of the uncompressed tar file"),
        key("verified", Kind::Texts, Optional, "what was signed, and by whose key"),
        key("check", Kind::Text, Optional, "a digest of the lines above it"),
    ],
};

/// Every table of `Kernel.lock`.
pub const LOCK_TABLES: &[TableSchema] = &[LOCK, LOCK_SOURCE, LOCK_KERNEL, LOCK_RESOLVED, LOCK_PATCH];
