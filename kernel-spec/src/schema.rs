//! The keys of `Kernel.toml` and `Kernel.lock`, as data.
//!
//! The parser checks names, types and presence against these tables, and the reference documentation is made from them,
//! so that neither can know a key that the other does not.
//!
//! Deliberately absent: what a value means together with others; that is the parser's.

mod lock;

pub use lock::LOCK_TABLES;
pub(crate) use lock::{LOCK, LOCK_KERNEL, LOCK_PATCH, LOCK_RESOLVED, LOCK_SOURCE};

/// One table of a file.
#[derive(Clone, Copy, Debug)]
pub struct TableSchema {
    /// Its header, `NAME` standing for a name that the user gives: `kernel.NAME`; empty for the top of the file.
    pub header: &'static str,
    /// One line on what it is.
    pub doc: &'static str,
    /// Its keys, in the order in which they are documented.
    pub keys: &'static [Key],
}

/// One key of a table.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What its value is.
    pub kind: Kind,
    /// Whether it may be left out.
    pub presence: Presence,
    /// One line on what it means.
    pub doc: &'static str,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A string.
    Text,
    /// An array of strings.
    Texts,
    /// A string that is one of these.
    OneOf(&'static [&'static str]),
    /// An array of strings that are each one of these.
    SomeOf(&'static [&'static str]),
    /// A whole number that is not negative.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// A string such as `"128MiB"`, or a number of bytes.
    Size,
    /// A string that is one of these, or a table with a schema of its own.
    OneOfOrTable(&'static [&'static str]),
    /// A table of tables, each under a name that the user gives.
    Named,
    /// A table with a schema of its own.
    Table,
    /// A string, or a table with a schema of its own.
    TextOrTable,
    /// An array of tables, each with that schema.
    Tables,
    /// A table from Kconfig symbols to `y`, `m`, `n`, booleans, numbers, strings, and tables of a request.
    Symbols,
    /// An array of strings, and of tables with a schema of their own.
    TextsOrTables,
    /// A string that is one of these, or an array of them.
    OneOrSomeOf(&'static [&'static str]),
    /// What a symbol can be given: a string, an integer or a boolean.
    Scalar,
    /// A table from names to conditions over a resolved `.config`.
    Conditions,
    /// A string, or a date.
    VersionOrDate,
}

/// Whether a key may be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It must be there.
    Required,
    /// It may be left out; then nothing stands in for it.
    Optional,
    /// It may be left out; then this holds.
    Default(&'static str),
}

impl Kind {
    /// What is expected, as a part of an error message.
    pub fn expected(self) -> String {
        match self {
            Self::Text => "a string".to_owned(),
            Self::Texts => "an array of strings".to_owned(),
            Self::OneOf(names) => alternatives(names),
            Self::OneOfOrTable(names) => format!("{}, or a table", alternatives(names)),
            Self::SomeOf(names) => format!("an array of {}", alternatives(names)),
            Self::Integer => "a whole number".to_owned(),
            Self::Boolean => "`true` or `false`".to_owned(),
            Self::Size => "a size such as `\"128MiB\"`".to_owned(),
            Self::Named | Self::Table | Self::Symbols | Self::Conditions => "a table".to_owned(),
            Self::TextOrTable => "a string or a table".to_owned(),
            Self::Tables => "an array of tables".to_owned(),
            Self::TextsOrTables => "an array of strings and tables".to_owned(),
            Self::OneOrSomeOf(names) => format!("{}, or an array of them", alternatives(names)),
            Self::VersionOrDate => "a version as a string, or a date".to_owned(),
            Self::Scalar => "a string, an integer or a boolean".to_owned(),
        }
    }
}

/// `a`, `b` or `c`, each in backticks.
pub(crate) fn alternatives(names: &[&str]) -> String {
    joined(names, "or")
}

/// `a`, `b` and `c`, each in backticks.
pub(crate) fn listing(names: &[&str]) -> String {
    joined(names, "and")
}

fn joined(names: &[&str], word: &str) -> String {
    match names {
        [] => String::new(),
        [only] => format!("`{only}`"),
        [first @ .., last] => format!("`{}` {word} `{last}`", first.join("`, `")),
    }
}

const fn key(name: &'static str, kind: Kind, presence: Presence, doc: &'static str) -> Key {
    Key { name, kind, presence, doc }
}

mod device;
mod matrix;
mod overrides;
mod requests;
mod vm;

use Presence::{Default, Optional, Required};
pub use device::{DISK, SHARE};
pub use matrix::{MATRIX, MATRIX_EXCLUDE};
pub use overrides::{OVERRIDE, OVERRIDE_SOURCE};
use requests::WHEN_KEY;
pub use requests::{FRAGMENT, MAY_MISS, ONE_OFF, ONE_OFF_KERNEL, PROFILE, REQUEST, WHEN};
pub use vm::{BUDGET, FIRMWARE, INIT, PACKAGE, RUNNER, TEST, VM, VMM};

/// The version of both files that this crate reads and writes.
pub const SCHEMA: u64 = 1;

/// Rust's names of the architectures.
pub const ARCHES: &[&str] = &["x86_64", "aarch64", "riscv64", "arm"];
/// The images that can be asked for.
pub const IMAGES: &[&str] = &["vmlinux", "bzImage", "Image", "Image.gz", "zImage"];
/// What can run a VM.
pub const RUNNERS: &[&str] =
    &["workspace", "qemu", "firmware", "firecracker", "cloud-hypervisor", "crosvm", "alioth"];
/// The VMMs whose boot contracts are known.
pub const VMMS: &[&str] = &[
    "alioth",
    "boot-firmware",
    "cloud-hypervisor",
    "crosvm",
    "dragonball",
    "firecracker",
    "libkrun",
    "microvm",
    "openvmm",
    "qemu",
];
/// What a symbol can take that nobody asks for.
pub const UNLISTED: &[&str] = &["n", "default"];

/// What goes before the order of layers.
pub const PRIORITIES: &[&str] = &["default", "normal", "force"];
/// The families of compilers.
pub const TOOLCHAINS: &[&str] = &["gcc", "llvm"];
/// What becomes of equals that disagree.
pub const ON_CONFLICT: &[&str] = &["error", "last"];
/// How two requests for one symbol stand to each other.
pub const CONFLICTS: &[&str] = &["contradictory", "redefined", "overridden", "redundant"];
/// What can remember the objects of earlier compiles.
pub const COMPILER_CACHES: &[&str] = &["auto", "ccache", "sccache", "none"];

/// The top of `Kernel.toml`.
pub const MANIFEST: TableSchema = TableSchema {
    header: "",
    doc: "the kernels and virtual machines of a workspace",
    keys: &[
        key("schema", Kind::Integer, Required, "the version of this file's format: `1`"),
        key(
            "vendor",
            Kind::Text,
            Optional,
            "the folder that `kernel vendor` made; sources are taken from it",
        ),
        key(
            "compiler-cache",
            Kind::OneOf(COMPILER_CACHES),
            Default("`none`"),
            "what remembers the objects of earlier compiles; `auto`: ccache where it is on the machine, else sccache",
        ),
        key(
            "compiler-launcher",
            Kind::Text,
            Optional,
            "what runs the compilers, such as `distcc` or `icecc`; behind ccache where there is that too",
        ),
        key(
            "features",
            Kind::Conditions,
            Optional,
            "features beside the built-in ones: names, each with a condition such as `\"VIRTIO_FS && FUSE_FS\"`",
        ),
        key("source", Kind::Named, Optional, "source trees, shared by kernels"),
        key("kernel", Kind::Named, Optional, "kernels to build"),
        key(
            "matrix",
            Kind::Table,
            Optional,
            "what kernels are checked with besides their own: sources, arches, variants",
        ),
        key(
            "vm",
            Kind::Named,
            Optional,
            "virtual machines: a kernel, what it is built alongside, how it is booted",
        ),
    ],
};

const DEB: Key =
    key("deb", Kind::Text, Optional, "a package of this machine's distribution that holds the tree");
const ORG: Key = key(
    "kernel-org",
    Kind::Text,
    Default("`https://cdn.kernel.org/pub/linux/kernel`, where nothing else says where the tree comes from"),
    "the base address of releases in kernel.org's layout",
);
const URL: Key = key("url", Kind::Text, Optional, "the address of a tarball");
const SHA256: Key = key("sha256", Kind::Text, Optional, "the digest of the file at `url`");
const TAR_SHA256: Key = key(
    "tar-sha256",
    Kind::Text,
    Optional,
    "the digest of the uncompressed tar file, the same at every mirror",
);
const MIRRORS: Key =
    key("mirrors", Kind::Texts, Default("[]"), "other addresses of `url` or base addresses, tried in order");
const GIT: Key = key("git", Kind::Text, Optional, "the address or the path of a git repository");
const REV: Key = key("rev", Kind::Text, Optional, "a commit of `git`, by its whole name");
const TAG: Key = key("tag", Kind::Text, Optional, "a tag of `git`");
const BRANCH: Key = key("branch", Kind::Text, Optional, "a branch of `git`");

/// One `[source.NAME]`.
pub const SOURCE: TableSchema = TableSchema {
    header: "source.NAME",
    doc: "a source tree; `deb`, `kernel-org`, `url`, `git`, `path` or `origins` says where it comes from; with \
          `version` alone, kernel.org",
    keys: &[
        key("version", Kind::Text, Optional, "what the tree's version must be; `6.12` is the series"),
        DEB,
        ORG,
        URL,
        SHA256,
        TAR_SHA256,
        MIRRORS,
        GIT,
        REV,
        TAG,
        BRANCH,
        key(
            "path",
            Kind::Text,
            Optional,
            "a tree on this machine, relative to the manifest; never written to",
        ),
        key("origins", Kind::Tables, Optional, "several origins, asked in order"),
        key(
            "keys",
            Kind::Texts,
            Default("[]"),
            "globs of OpenPGP certificates, relative to the manifest; with any, a signature must be good",
        ),
    ],
};

/// One element of `origins` of a `[source.NAME]`.
pub const ORIGIN: TableSchema = TableSchema {
    header: "source.NAME.origins",
    doc: "one of several origins",
    keys: &[DEB, ORG, URL, SHA256, TAR_SHA256, MIRRORS, GIT, REV, TAG, BRANCH],
};

/// One `[kernel.NAME]`.
pub const KERNEL: TableSchema = TableSchema {
    header: "kernel.NAME",
    doc: "a kernel to build",
    keys: &[
        key("inherits", Kind::Text, Optional, "a kernel on whose table this one is laid"),
        key("source", Kind::Text, Required, "the name of a `[source.NAME]`"),
        key("arch", Kind::OneOf(ARCHES), Default("the host's"), "the architecture, by Rust's name for it"),
        key(
            "base",
            Kind::Text,
            Default("defconfig"),
            "what the fragments are laid on: `allnoconfig`, `alldefconfig`, `tinyconfig`, `defconfig`, \
             `<name>_defconfig`, or the path of a complete `.config`",
        ),
        key(
            "unlisted",
            Kind::OneOf(UNLISTED),
            Default("`n` for allnoconfig and tinyconfig, else `default`"),
            "what a symbol takes that nobody asks for: `n`, or its Kconfig default",
        ),
        key(
            "profiles",
            Kind::TextsOrTables,
            Default("[]"),
            "built-in profiles by name, or globs of fragments that end in `.config`; weaker than fragments; each a \
             string, or a table with `name` and `when`",
        ),
        key(
            "fragments",
            Kind::TextsOrTables,
            Default("[]"),
            "globs of fragments, relative to the manifest, or `tree:NAME.config` for those of the source tree itself; each a \
             string, or a table with `path`",
        ),
        key("local-version", Kind::Text, Optional, "the request CONFIG_LOCALVERSION"),
        key(
            "mod-dir-version",
            Kind::Text,
            Optional,
            "the kernelrelease to insist on, exact or with `{version}`; checked before anything is compiled",
        ),
        key("images", Kind::SomeOf(IMAGES), Default("what the architecture boots"), "the images to build"),
        key(
            "contracts",
            Kind::SomeOf(VMMS),
            Default("the VMMs among `profiles`"),
            "the VMMs that must take one of the images; looked at after the build",
        ),
        key(
            "strict",
            Kind::Boolean,
            Default("false"),
            "with a complete `.config` as `base`: each of its lines must survive, and what it does not name is told",
        ),
        key(
            "modules",
            Kind::Boolean,
            Optional,
            "the request CONFIG_MODULES; where it is `true`, symbols may be `m`, and none of those is built",
        ),
        key(
            "mod2yes",
            Kind::Boolean,
            Default("`true` with `modules = false`, else `false`"),
            "ask for `y` where a layer asks for `m`",
        ),
        key(
            "auto-modules",
            Kind::Boolean,
            Default("false"),
            "every tristate that nobody names and that can be `m` is; with `mod2yes`, `y`",
        ),
        key("prefer-builtin", Kind::Boolean, Default("false"), "of those, what is `y` by itself stays `y`"),
        key(
            "config",
            Kind::Symbols,
            Optional,
            "requests, stronger than those of the fragments; `CONFIG_` may be left out; each a value, or a table",
        ),
        key("patch", Kind::Tables, Optional, "patches of the tree, applied in order"),
        key(
            "toolchain",
            Kind::TextOrTable,
            Optional,
            "the programs that build it: `gcc`, `llvm`, `gcc-13`, `llvm-17`; or a table with `name` and versions",
        ),
        key(
            "features",
            Kind::Texts,
            Default("[]"),
            "what it promises to have; the resolved `.config` must bear it out",
        ),
        key("may-miss", Kind::Tables, Default("[]"), "requests that need not land"),
        key(
            "on-conflict",
            Kind::OneOf(ON_CONFLICT),
            Default("error"),
            "what becomes of equals that disagree: `error`, or the `last` one counts",
        ),
        key(
            "deny-conflicts",
            Kind::SomeOf(CONFLICTS),
            Default("`[\"contradictory\", \"redefined\"]`, or `[]` with `on-conflict = \"last\"`"),
            "which pairs of requests for one symbol are errors",
        ),
    ],
};

/// `toolchain` of a `[kernel.NAME]`.
pub const TOOLCHAIN: TableSchema = TableSchema {
    header: "kernel.NAME.toolchain",
    doc: "requirements on versions, as Cargo has them: `\"=12.2.0\"`; looked at before anything is fetched",
    keys: &[
        key(
            "name",
            Kind::Text,
            Optional,
            "the programs, as without a table: `gcc`, `llvm`, `gcc-13`, `llvm-17`",
        ),
        key("gcc", Kind::Text, Optional, "GCC, where that compiles"),
        key("clang", Kind::Text, Optional, "clang, where that compiles"),
        key("binutils", Kind::Text, Optional, "the linker"),
        key("make", Kind::Text, Optional, "make"),
    ],
};

/// One `[[kernel.NAME.patch]]`.
pub const PATCH: TableSchema = TableSchema {
    header: "kernel.NAME.patch",
    doc: "a patch of the kernel's tree: one by `path` or `url`, or requests alone",
    keys: &[
        key("name", Kind::Text, Required, "how it is called in messages, in Kernel.lock and in kernel.json"),
        key(
            "path",
            Kind::Text,
            Optional,
            "a file, a folder with or without a `series`, or a glob, relative to the manifest; also compressed",
        ),
        key("url", Kind::Text, Optional, "the address of a file"),
        key("sha256", Kind::Text, Optional, "the digest of the file at `url`"),
        key(
            "features",
            Kind::Texts,
            Default("[]"),
            "what it brings, by name; a name that has a condition must be borne out",
        ),
        WHEN_KEY,
        key("config", Kind::Symbols, Optional, "requests that come with it, stronger than the kernel's own"),
    ],
};

/// Every table of `Kernel.toml`.
pub const TABLES: &[TableSchema] = &[
    MANIFEST,
    SOURCE,
    ORIGIN,
    KERNEL,
    MATRIX,
    MATRIX_EXCLUDE,
    TOOLCHAIN,
    PATCH,
    PROFILE,
    FRAGMENT,
    REQUEST,
    MAY_MISS,
    WHEN,
    VM,
    DISK,
    SHARE,
    RUNNER,
    TEST,
    BUDGET,
    VMM,
    FIRMWARE,
    INIT,
];

#[cfg(test)]
mod tests {
    use super::*;
    use kconfig::layers::{ConflictKind, Priority};

    use crate::{Arch, CompilerCache, Format, Image, Network, Runner, ToolchainFamily, Transport, Vmm};

    #[test]
    fn names_are_those_of_the_types() {
        assert_eq!(ARCHES, Arch::ALL.map(Arch::rust_name));
        assert_eq!(IMAGES, Image::ALL.map(Image::as_str));
        assert_eq!(COMPILER_CACHES, CompilerCache::ALL.map(CompilerCache::as_str));
        assert_eq!(device::FORMATS, Format::ALL.map(Format::as_str));
        assert_eq!(device::TRANSPORTS, Transport::ALL.map(Transport::as_str));
        assert_eq!(device::NETWORKS, [Network::User.as_str()]);
        assert_eq!(VMMS, Vmm::ALL.map(Vmm::as_str));
        let named = Runner::ALL.into_iter().filter(|runner| *runner != Runner::Command);
        assert_eq!(RUNNERS, named.map(Runner::as_str).collect::<Vec<_>>());
        assert_eq!(PRIORITIES, Priority::ALL.map(Priority::as_str));
        assert_eq!(TOOLCHAINS, ToolchainFamily::ALL.map(ToolchainFamily::as_str));
        assert_eq!(CONFLICTS, ConflictKind::ALL.map(ConflictKind::as_str));
    }
}
