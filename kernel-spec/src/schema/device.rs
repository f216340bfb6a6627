//! The keys of a virtual machine's devices.

use super::Presence::{Default, Optional, Required};
use super::{Kind, TableSchema, key};

/// Values of `format`.
pub(super) const FORMATS: &[&str] = &["ext4", "erofs", "squashfs"];
/// Values of `transport`.
pub(super) const TRANSPORTS: &[&str] = &["9p", "virtiofs"];

/// Values of `network`.
pub(super) const NETWORKS: &[&str] = &["user"];

/// One `[[vm.NAME.disk]]`.
pub const DISK: TableSchema = TableSchema {
    header: "vm.NAME.disk",
    doc: "a disk: an image by `path`, or a folder by `from`",
    keys: &[
        key("path", Kind::Text, Optional, "a raw image, relative to the manifest"),
        key("from", Kind::Text, Optional, "a folder, relative to the manifest, packed anew for each boot"),
        key("format", Kind::OneOf(FORMATS), Optional, "its file system; needed with `from`"),
        key("size", Kind::Size, Default("what the files need, and some room"), "its size, with `from`"),
        key(
            "root",
            Kind::Boolean,
            Default("false"),
            "the kernel mounts it as `/`; the VM's `init` is put into it",
        ),
        key("writable", Kind::Boolean, Default("false"), "the guest may write to it"),
    ],
};

/// One `[[vm.NAME.share]]`.
pub const SHARE: TableSchema = TableSchema {
    header: "vm.NAME.share",
    doc: "a folder of this machine that the guest sees as it is",
    keys: &[
        key("path", Kind::Text, Required, "the folder, relative to the manifest"),
        key("tag", Kind::Text, Default("`share0`, `share1`, …"), "its name for the guest's `mount`"),
        key("mount", Kind::Text, Optional, "where `guest-init` mounts it"),
        key("transport", Kind::OneOf(TRANSPORTS), Default("`9p`"), "how it is shared"),
        key("writable", Kind::Boolean, Default("false"), "the guest may write to it"),
    ],
};
