//! What a build script takes from `kernel.json`.
//!
//! ```text
//! { "schema": 1, "name", "arch", "kernelversion", "kernelrelease",
//!   "files": [ { "name": "vmlinux", "kind": "image", "sha256", "size", "load": { "entry", "pvh-entry", … } } ] }
//! ```

use std::path::Path;

use serde_json::Value;

use super::{Built, Error, Load};

/// The file's name in an artifact.
pub(super) const FILE: &str = "kernel.json";

/// The part of the file that matters here.
#[derive(Debug)]
pub(super) struct Record {
    value: Value,
    /// The kernel's name.
    pub(super) name: String,
    /// `kernelrelease`.
    pub(super) release: String,
    /// `kernelversion`.
    pub(super) version: String,
}

/// Both files that are read here are of the first schema.
pub(super) fn check_schema(value: &Value) -> Result<(), String> {
    match value.get("schema").and_then(Value::as_u64) {
        Some(1) => Ok(()),
        Some(other) => Err(format!("its schema is {other}, expected 1")),
        None => Err("it has no `schema`".to_owned()),
    }
}

impl Record {
    /// Reads the `kernel.json` at a path.
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let bad = |found: String| Error::Record { path: path.to_owned(), found };
        let text =
            std::fs::read_to_string(path).map_err(|source| Error::Io { path: path.to_owned(), source })?;
        let value: Value = serde_json::from_str(&text).map_err(|error| bad(error.to_string()))?;
        check_schema(&value).map_err(bad)?;
        let text = |key: &str| match value.get(key).and_then(Value::as_str) {
            Some(text) => Ok(text.to_owned()),
            None => Err(bad(format!("it has no `{key}`"))),
        };
        let (name, release, version) = (text("name")?, text("kernelrelease")?, text("kernelversion")?);
        Ok(Self { value, name, release, version })
    }

    /// What it says of the image that was found.
    pub(super) fn file(&self, built: Built) -> Built {
        let arch = self.value.get("arch").and_then(Value::as_str).unwrap_or_default().to_owned();
        let name = built.image.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        let files = self.value.get("files").and_then(Value::as_array).into_iter().flatten();
        let mut files = files.filter(|file| file.get("name").and_then(Value::as_str) == Some(&name));
        let Some(file) = files.next() else { return Built { arch, ..built } };
        let load = |key: &str| file.get("load").and_then(|load| load.get(key)?.as_u64());
        Built {
            arch,
            size: file.get("size").and_then(Value::as_u64),
            sha256: file.get("sha256").and_then(Value::as_str).map(str::to_owned),
            load: Load {
                entry: load("entry"),
                start: load("start"),
                end: load("end"),
                pvh_entry: load("pvh-entry"),
                kernel_offset: load("kernel-offset"),
                pref_address: load("pref-address"),
                init_size: load("init-size"),
                cmdline_size: load("cmdline-size"),
                text_offset: load("text-offset"),
                memory_size: load("memory-size"),
            },
            ..built
        }
    }
}
