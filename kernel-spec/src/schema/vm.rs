//! The keys of virtual machines, and of the crates that are their parts.

use super::Presence::{Default, Optional, Required};
use super::device::NETWORKS;
use super::{IMAGES, Kind, RUNNERS, TableSchema, VMMS, key};

/// One `[vm.NAME]`.
pub const VM: TableSchema = TableSchema {
    header: "vm.NAME",
    doc: "a virtual machine",
    keys: &[
        key("kernel", Kind::Text, Required, "the name of a `[kernel.NAME]`"),
        key(
            "image",
            Kind::OneOf(IMAGES),
            Default("the kernel's first"),
            "which of the kernel's images boots",
        ),
        key("vmm", Kind::Table, Optional, "the workspace's package that is the virtual machine monitor"),
        key("firmware", Kind::Table, Optional, "the workspace's package that is the firmware"),
        key("init", Kind::Table, Optional, "the workspace's package that becomes `/init` of the initramfs"),
        key(
            "runner",
            Kind::OneOfOrTable(RUNNERS),
            Default("`workspace` with a `vmm`, `firmware` with a `firmware`, else `qemu`"),
            "what runs it: the `vmm` package, QEMU, QEMU with the `firmware` package as its BIOS, or a VMM that is installed",
        ),
        key(
            "contract",
            Kind::OneOf(VMMS),
            Default("the runner's, where it is one of these"),
            "the VMM that must take the image; looked at after the build",
        ),
        key("cmdline", Kind::Text, Required, "the kernel command line"),
        key("memory", Kind::Size, Default("128MiB"), "the size of its memory"),
        key("timeout", Kind::Integer, Default("60"), "the time that a boot may take, in seconds"),
        key(
            "silence",
            Kind::Integer,
            Default("30"),
            "the time without a word on the console after which the guest counts as hung, in seconds",
        ),
        key(
            "marker",
            Kind::Text,
            Default("an init says that it is ready"),
            "a text on the console that makes a boot good, and ends it",
        ),
        key(
            "requires",
            Kind::Texts,
            Default("[]"),
            "what its kernel must have: features, and symbols such as `CONFIG_EXT4_FS=y`",
        ),
        key("disk", Kind::Tables, Optional, "its disks, in order: `/dev/vda`, `/dev/vdb`, …"),
        key("share", Kind::Tables, Optional, "folders of this machine that the guest sees"),
        key(
            "network",
            Kind::OneOf(NETWORKS),
            Optional,
            "`user`: the guest reaches out by a virtio network, without privileges here",
        ),
        key(
            "vsock",
            Kind::Integer,
            Optional,
            "its context identifier for sockets between it and this machine",
        ),
        key("nested-host", Kind::Text, Optional, "the kernel under which a VMM runs where KVM cannot"),
        key("test", Kind::Table, Optional, "what else `kernel test` tries it with"),
        key("budget", Kind::Table, Optional, "what it may take; `kernel test` measures it"),
    ],
};

/// `runner` of a `[vm.NAME]`, where it is a table.
pub const RUNNER: TableSchema = TableSchema {
    header: "vm.NAME.runner",
    doc: "what runs it; one of `name` and `command`",
    keys: &[
        key("name", Kind::OneOf(RUNNERS), Optional, "as the string alone"),
        key(
            "path",
            Kind::Text,
            Default("the VMM's usual name"),
            "its program: a name on `PATH`, or a path relative to the manifest",
        ),
        key(
            "command",
            Kind::Texts,
            Optional,
            "any program and its arguments, with the placeholders of a `vmm`'s `args`",
        ),
    ],
};

/// `test` of a `[vm.NAME]`.
pub const TEST: TableSchema = TableSchema {
    header: "vm.NAME.test",
    doc: "what `kernel test` tries it with beside its own kernel and its own runner: each kernel with each runner",
    keys: &[
        key("kernels", Kind::Texts, Default("[]"), "names of kernels that build the VM's `image`"),
        key("runners", Kind::SomeOf(RUNNERS), Default("[]"), "what else runs it"),
    ],
};

/// `budget` of a `[vm.NAME]`.
pub const BUDGET: TableSchema = TableSchema {
    header: "vm.NAME.budget",
    doc: "how much more than in `kernel-budget.json` there may be, `\"10%\"`, or the most",
    keys: &[
        key("boot-time", Kind::Text, Optional, "until the init is ready: `\"10%\"` or `\"400ms\"`"),
        key("image-size", Kind::Text, Optional, "what of the image is loaded: `\"2%\"` or `\"12MiB\"`"),
        key(
            "memory",
            Kind::Text,
            Optional,
            "what is not available when the init is ready: `\"5%\"` or `\"40MiB\"`",
        ),
        key("symbols", Kind::Text, Optional, "symbols that are `y` or `m`: `\"0%\"` or `\"800\"`"),
        key("runs", Kind::Integer, Default("5"), "how many boots are measured"),
    ],
};

/// `vmm` of a `[vm.NAME]`.
pub const VMM: TableSchema = TableSchema {
    header: "vm.NAME.vmm",
    doc: "the virtual machine monitor",
    keys: &[
        key("package", Kind::Text, Required, "the name of a package of the workspace"),
        key("bin", Kind::Text, Default("the package's name"), "its binary"),
        key(
            "args",
            Kind::Texts,
            Default("[]"),
            "its arguments, with `{image}`, `{initramfs}`, `{cmdline}`, `{memory-mib}`, `{firmware}`",
        ),
        key("static", Kind::Boolean, Default("true"), "link it without shared libraries"),
    ],
};

/// `firmware` of a `[vm.NAME]`.
pub const FIRMWARE: TableSchema = TableSchema {
    header: "vm.NAME.firmware",
    doc: "the firmware",
    keys: &[
        key("package", Kind::Text, Required, "the name of a package of the workspace"),
        key("bin", Kind::Text, Default("the package's name"), "its binary"),
    ],
};

/// `init` of a `[vm.NAME]`.
pub const INIT: TableSchema = TableSchema {
    header: "vm.NAME.init",
    doc: "the init; linked without shared libraries, for the initramfs has none",
    keys: &[
        key("package", Kind::Text, Required, "the name of a package of the workspace"),
        key("bin", Kind::Text, Default("the package's name"), "its binary"),
        key(
            "embed",
            Kind::Boolean,
            Default("false"),
            "build it into the kernel, which then boots without an initramfs beside it",
        ),
    ],
};

/// `[package.metadata.kernel]` of a crate's `Cargo.toml`.
pub const PACKAGE: TableSchema = TableSchema {
    header: "package.metadata.kernel",
    doc: "what a crate needs of the kernel of each VM that it is a part of",
    keys: &[key("requires", Kind::Texts, Default("[]"), "features, and symbols such as `CONFIG_EXT4_FS=y`")],
};
