//! What a build script takes from `kernel.json`.
//!
//! ```text
//! { "schema": 1, "name", "kernelversion", "kernelrelease",
//!   "source": { "origin": "path ../linux", "patches": [ { "file": "patches/0001-x.patch" } ] },
//!   "config": { "requests": [ { "origin": "kernel/virtio.config:12" } ], "overridden": [ { "earlier-origin", "later-origin" } ] },
//!   "files": [ { "name": "vmlinux", "kind": "image" } ] }
//! ```

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::{Error, Kernel};

/// The file's name in an artifact.
pub(crate) const FILE: &str = "kernel.json";

/// The part of the file that matters here.
#[derive(Debug)]
pub(crate) struct Record {
    path: PathBuf,
    value: Value,
    /// `kernelrelease`.
    pub(crate) release: String,
    /// `kernelversion`.
    pub(crate) version: String,
}

impl Record {
    /// Reads the `kernel.json` at a path.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let text =
            std::fs::read_to_string(path).map_err(|source| Error::Io { path: path.to_owned(), source })?;
        Self::parse(path, &text)
    }

    pub(crate) fn parse(path: &Path, text: &str) -> Result<Self, Error> {
        let bad = |found: String| Error::Record { path: path.to_owned(), found };
        let value: Value = serde_json::from_str(text).map_err(|error| bad(error.to_string()))?;
        match value.get("schema").and_then(Value::as_u64) {
            Some(1) => {}
            Some(other) => return Err(bad(format!("its schema is {other}, expected 1"))),
            None => return Err(bad("it has no `schema`".to_owned())),
        }
        let text = |key: &str| {
            value
                .get(key)
                .and_then(Value::as_str)
                .map(str::to_owned)
                .ok_or_else(|| bad(format!("it has no `{key}`")))
        };
        let (release, version) = (text("kernelrelease")?, text("kernelversion")?);
        Ok(Self { path: path.to_owned(), release, version, value })
    }

    /// The image that a kernel's user wants.
    pub(crate) fn image(&self, kernel: &Kernel) -> Result<PathBuf, Error> {
        let bad = |found: String| Error::Record { path: self.path.clone(), found };
        if self.value.get("name").and_then(Value::as_str) != Some(&kernel.name) {
            return Err(bad(format!("it is not of kernel `{}`", kernel.name)));
        }
        let is_image = |file: &&Value| file.get("kind").and_then(Value::as_str) == Some("image");
        let files = self.value.get("files").and_then(Value::as_array).into_iter().flatten().filter(is_image);
        let names: Vec<&str> = files.filter_map(|file| file.get("name")?.as_str()).collect();
        let chosen = match &kernel.image {
            None => names.first(),
            Some(wanted) => names.iter().find(|name| *name == wanted),
        };
        if let Some(name) = chosen {
            return Ok(self.path.with_file_name(name));
        }
        let (name, image) = (kernel.name.clone(), kernel.image.clone().unwrap_or_default());
        match names.is_empty() {
            true => Err(bad("it names no image".to_owned())),
            false => Err(Error::NoImage { name, image, there: names.join(", ") }),
        }
    }

    /// The files and folders that the kernel was made from, relative to the manifest.
    ///
    /// A fragment's or a patch's folder too, for a glob may match one file more; but never the manifest's own, which has `target`.
    pub(crate) fn inputs(&self) -> BTreeSet<PathBuf> {
        let config = self.value.get("config");
        let list = |key: &str| config.and_then(|c| c.get(key)?.as_array()).into_iter().flatten();
        let origins = list("requests")
            .chain(list("overridden"))
            .flat_map(|entry| ["origin", "earlier-origin", "later-origin"].map(|key| entry.get(key)))
            .filter_map(|origin| Some(without_place(origin?.as_str()?)));
        let of_source = |key: &str| self.value.get("source").and_then(|source| source.get(key));
        let patches = of_source("patches").and_then(Value::as_array).into_iter().flatten();
        let patches = patches.filter_map(|patch| patch.get("file")?.as_str());
        // Those that were fetched are no files of the workspace.
        let patches = patches.filter(|file| !file.contains("://"));
        let mut inputs = BTreeSet::new();
        for origin in origins.chain(patches) {
            let path = Path::new(origin);
            inputs.insert(path.to_owned());
            let folder = path.parent().filter(|folder| *folder != Path::new("") && !folder.ends_with(".."));
            inputs.extend(folder.map(Path::to_owned));
        }
        let source = of_source("origin").and_then(Value::as_str);
        inputs.extend(source.and_then(|origin| origin.strip_prefix("path ")).map(PathBuf::from));
        inputs
    }
}

/// `kernel/virtio.config` of `kernel/virtio.config:12` and of `kernel/virtio.config:12:3`.
fn without_place(origin: &str) -> &str {
    let mut rest = origin;
    while let Some((before, number)) = rest.rsplit_once(':') {
        if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
            break;
        }
        rest = before;
    }
    rest
}
