//! `kernel.json`: what an artifact is, and how it came about.
//!
//! ```text
//! {
//!   "schema": 1,
//!   "name": "guest", "arch": "x86_64",
//!   "kernelversion": "6.12.117", "kernelrelease": "6.12.117-guest",
//!   "licence": "GPL-2.0-only WITH Linux-syscall-note",
//!   "source": { "name", "origin", "version", "sha256", "unpinned", "verified": [ … ],
//!               "patches": [ { "name", "file", "sha256" } ] },
//!   "features": [ "vsock", … ],
//!   "config": { "base", "unlisted", "sha256", "requests": [ { "symbol", "asked", "got", "origin" } ], "one-off": [ … ], "overridden": [ … ] },
//!   "toolchain": { "identity", "compiler" },
//!   "files": [ { "name": "vmlinux", "kind": "image", "sha256", "size", "load": { "entry", "start", "end", "pvh-entry" } } ],
//!   "durations": { "source-ms", "configure-ms", "compile-ms" },
//!   "objects": 1234,
//!   "fingerprint": { "sha256", "parts": [ { "name", "value" } ] }
//! }
//! ```
//!
//! Invariants: written last into a directory that takes its place whole, so that where it is, the files that it names
//! are. No absolute path, no date: of two builds of the same inputs only `durations` differ.

use boot_contract::image::ImageFacts;
use kernel_plan::Part;
use serde::{Deserialize, Serialize};

/// The file's name in an artifact.
pub const RECORD: &str = "kernel.json";

/// The licence of every kernel: `COPYING` of its tree.
pub const LICENCE: &str = "GPL-2.0-only WITH Linux-syscall-note";

/// The version of the file's shape.
pub const SCHEMA: u32 = 1;

/// The whole file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Record {
    /// The version of the file's shape: 1, which is [`SCHEMA`].
    pub schema: u32,
    /// The kernel's name in the manifest.
    pub name: String,
    /// Rust's name of the architecture.
    pub arch: String,
    /// What `make kernelversion` says.
    pub kernelversion: String,
    /// What `uname -r` will say.
    pub kernelrelease: String,
    /// An SPDX expression.
    pub licence: String,
    /// What it was made from.
    pub source: SourceRecord,
    /// What it has, by name; of every feature that the workspace knows.
    #[serde(default)]
    pub features: Vec<String>,
    /// How it was configured.
    pub config: ConfigRecord,
    /// What it was made with.
    pub toolchain: ToolchainRecord,
    /// Its files, images first.
    pub files: Vec<FileRecord>,
    /// How long it took.
    pub durations: Durations,
    /// How many lines make said about objects; the next build's estimate.
    pub objects: u64,
    /// What decides whether it is fresh.
    pub fingerprint: FingerprintRecord,
}

/// What a kernel was made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SourceRecord {
    /// The source's name in the manifest.
    pub name: String,
    /// `deb linux-source-6.12`, `linux 6.12.30`, an address, `git …`, `path …`.
    pub origin: String,
    /// The version of the origin's package, or the commit; absent for other origins.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub version: Option<String>,
    /// The digest of what was fetched; absent for a path.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sha256: Option<String>,
    /// Whether nothing says that the same bytes come the next time: a tree of the user's own.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub unpinned: bool,
    /// What was signed, and by whose key: `linux-6.12.30.tar.sign by 647F…`; absent where nothing was.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub verified: Vec<String>,
    /// The files of the patches that were applied, in order.
    pub patches: Vec<PatchRecord>,
}

/// One file of a patch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PatchRecord {
    /// The patch's name in the manifest.
    pub name: String,
    /// The file, relative to the manifest, or its address.
    pub file: String,
    /// The file's digest.
    pub sha256: String,
}

/// How a kernel was configured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ConfigRecord {
    /// The base.
    pub base: String,
    /// `n` or `default`.
    pub unlisted: String,
    /// The digest of the resolved `.config`.
    pub sha256: String,
    /// The requests that counted; each of them landed that is not marked.
    pub requests: Vec<RequestRecord>,
    /// What one run asked for beside the manifest: `CONFIG_DEBUG_INFO=y`; absent where nothing was.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub one_off: Vec<String>,
    /// What a strict base does not name and could, with its default: `CONFIG_X=n`; absent where nothing is.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub new_symbols: Vec<String>,
    /// The requests that a stronger one changed.
    pub overridden: Vec<OverrideRecord>,
}

/// One request and its result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RequestRecord {
    /// `CONFIG_X`.
    pub symbol: String,
    /// The value that was asked for, as `.config` writes it; `enabled` for `y` or `m`.
    pub asked: String,
    /// The value in the resolved `.config`; `n` where it is absent.
    pub got: String,
    /// `kernel/virtio.config:12`.
    pub origin: String,
    /// Whether it did not land, which the manifest allows.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub missed: bool,
}

/// One request that lost to a later one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct OverrideRecord {
    /// `CONFIG_X`.
    pub symbol: String,
    /// What was asked for first.
    pub earlier: String,
    /// Where.
    pub earlier_origin: String,
    /// What was asked for next.
    pub later: String,
    /// Where.
    pub later_origin: String,
}

/// What a kernel was made with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ToolchainRecord {
    /// Compiler, linker and make, as both keys hold them.
    pub identity: String,
    /// The compiler's first line about itself.
    pub compiler: String,
}

/// One file of an artifact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FileRecord {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: FileKind,
    /// Its digest.
    pub sha256: String,
    /// Its length in bytes.
    pub size: u64,
    /// What whoever loads it has to know; absent for what is no image, and for one that is compressed as a whole.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub load: Option<LoadRecord>,
}

/// What the header of an image says to whoever loads it; what its format does not have is absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LoadRecord {
    /// `vmlinux`: the address of the first instruction.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub entry: Option<u64>,
    /// `vmlinux`: the lowest physical address that it takes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub start: Option<u64>,
    /// `vmlinux`: the first physical address behind it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub end: Option<u64>,
    /// `vmlinux`: the physical address of the PVH entry.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pvh_entry: Option<u64>,
    /// `bzImage`: where the protected-mode kernel starts in the file.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub kernel_offset: Option<u64>,
    /// `bzImage`: the physical address that the kernel likes best.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pref_address: Option<u64>,
    /// `bzImage`: the memory from its start that it takes before it reads its memory map.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub init_size: Option<u64>,
    /// `bzImage`: the longest command line.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cmdline_size: Option<u64>,
    /// `Image`: the distance from a 2 MiB boundary to load it at.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub text_offset: Option<u64>,
    /// `Image`: the memory that it takes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub memory_size: Option<u64>,
}

impl From<&ImageFacts> for LoadRecord {
    fn from(facts: &ImageFacts) -> Self {
        match facts {
            ImageFacts::Elf(elf) => Self {
                entry: Some(elf.entry),
                start: elf.load.as_ref().map(|load| load.start),
                end: elf.load.as_ref().map(|load| load.end),
                pvh_entry: elf.pvh_entry,
                ..Self::default()
            },
            ImageFacts::BzImage(setup) => Self {
                kernel_offset: Some(setup.kernel_offset),
                pref_address: Some(setup.pref_address),
                init_size: Some(setup.init_size.into()),
                cmdline_size: Some(setup.cmdline_size.into()),
                ..Self::default()
            },
            ImageFacts::Flat(flat) => Self {
                text_offset: Some(flat.text_offset),
                memory_size: Some(flat.image_size),
                ..Self::default()
            },
        }
    }
}

/// What a file of an artifact is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum FileKind {
    /// Something that can be booted.
    Image,
    /// `System.map`: the addresses of symbols.
    SystemMap,
    /// The resolved `.config`.
    Config,
}

/// How long the parts of a build took, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Durations {
    /// Fetching, verifying, unpacking; near zero where the tree was there.
    pub source_ms: u64,
    /// Resolving the `.config`.
    pub configure_ms: u64,
    /// make.
    pub compile_ms: u64,
}

/// A fingerprint and its parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FingerprintRecord {
    /// The digest of the parts.
    pub sha256: String,
    /// The parts.
    pub parts: Vec<PartRecord>,
}

/// One part of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PartRecord {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

impl From<&Part> for PartRecord {
    fn from(part: &Part) -> Self {
        Self { name: part.name.clone(), value: part.value.clone() }
    }
}

impl From<&PartRecord> for Part {
    fn from(part: &PartRecord) -> Self {
        Self::new(&part.name, &part.value)
    }
}

impl Record {
    /// Reads the file's text; `None` where a tool of another format wrote it.
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str::<Self>(text).ok().filter(|record| record.schema == SCHEMA)
    }

    /// The file's text, with a line feed at its end.
    pub fn render(&self) -> String {
        // A value of plain strings and numbers always has a JSON form.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// The images, in the manifest's order.
    pub fn images(&self) -> impl Iterator<Item = &FileRecord> {
        self.files.iter().filter(|file| file.kind == FileKind::Image)
    }
}

#[cfg(test)]
mod tests {
    mod schema;

    use super::*;

    fn record() -> Record {
        Record {
            schema: SCHEMA,
            name: "guest".into(),
            arch: "x86_64".into(),
            kernelversion: "6.12.117".into(),
            kernelrelease: "6.12.117-guest".into(),
            licence: LICENCE.into(),
            source: SourceRecord {
                name: "linux-6_12".into(),
                origin: "path ../linux".into(),
                version: None,
                sha256: None,
                unpinned: true,
                verified: Vec::new(),
                patches: vec![PatchRecord {
                    name: "tsi".into(),
                    file: "patches/tsi.patch".into(),
                    sha256: "ab".into(),
                }],
            },
            features: vec!["vsock".into()],
            config: ConfigRecord {
                base: "tinyconfig".into(),
                unlisted: "n".into(),
                sha256: "cc".into(),
                requests: vec![RequestRecord {
                    symbol: "CONFIG_CMDLINE".into(),
                    asked: "\"a \\\"b\\\"\"".into(),
                    got: "\"a \\\"b\\\"\"".into(),
                    origin: "Kernel.toml:22".into(),
                    missed: false,
                }],
                one_off: Vec::new(),
                new_symbols: Vec::new(),
                overridden: Vec::new(),
            },
            toolchain: ToolchainRecord { identity: "gcc 12.2".into(), compiler: "gcc 12.2".into() },
            files: vec![FileRecord {
                name: "vmlinux".into(),
                kind: FileKind::Image,
                sha256: "dd".into(),
                size: 10_600_000,
                load: Some(LoadRecord {
                    entry: Some(0x0100_0000),
                    pvh_entry: Some(0x0100_01a0),
                    ..LoadRecord::default()
                }),
            }],
            durations: Durations { source_ms: 1, configure_ms: 2, compile_ms: 3 },
            objects: 900,
            fingerprint: FingerprintRecord {
                sha256: "ee".into(),
                parts: vec![PartRecord { name: "format".into(), value: "1".into() }],
            },
        }
    }

    #[test]
    fn round_trips() {
        assert_eq!(Record::parse(&record().render()), Some(record()));
        let other = Record { schema: SCHEMA + 1, ..record() };
        assert_eq!(Record::parse(&other.render()), None);
        assert_eq!(Record::parse("{}"), None);
    }

    #[test]
    fn the_shape_is_public() {
        let text = record().render();
        let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(value["kernelrelease"], "6.12.117-guest");
        assert_eq!(value["files"][0]["kind"], "image");
        assert_eq!(value["files"][0]["name"], "vmlinux");
        assert_eq!(
            value["files"][0]["load"],
            serde_json::json!({ "entry": 0x0100_0000, "pvh-entry": 0x0100_01a0 })
        );
        assert!(value["source"].get("sha256").is_none());
    }
}
