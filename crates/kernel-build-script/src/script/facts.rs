//! What a build script takes from `facts.json`, which `kernel build` and `kernel check` leave for it.
//!
//! ```text
//! <target>/kernel/.work/<name>/facts.json
//! { "schema": 1, "name", "arch", "kernelversion", "kernelrelease", "config", "artifact", "images", "inputs",
//!   "features", "known-features", "vms": [ { "name", "kernel", "image", "cmdline" } ] }
//! ```

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Error;

/// The file's name.
const FILE: &str = "facts.json";

/// The part of the file that matters here.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) arch: String,
    pub(super) version: String,
    pub(super) release: String,
    pub(super) config: PathBuf,
    pub(super) artifact: PathBuf,
    pub(super) images: Vec<String>,
    pub(super) inputs: Vec<PathBuf>,
    pub(super) features: Vec<String>,
    pub(super) known_features: Vec<String>,
    vms: Vec<Vm>,
}

/// A `[vm.*]`.
#[derive(Debug)]
pub(super) struct Vm {
    name: String,
    kernel: String,
    pub(super) image: String,
    pub(super) cmdline: String,
}

impl Facts {
    /// Where the file of a kernel is, below `<target>/kernel`.
    pub(super) fn path(output: &Path, kernel: &str) -> PathBuf {
        output.join(".work").join(kernel).join(FILE)
    }

    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let text =
            std::fs::read_to_string(path).map_err(|source| Error::Io { path: path.to_owned(), source })?;
        Self::parse(path, &text)
    }

    fn parse(path: &Path, text: &str) -> Result<Self, Error> {
        let bad = |found: String| Error::Record { path: path.to_owned(), found };
        let value: Value = serde_json::from_str(text).map_err(|error| bad(error.to_string()))?;
        super::record::check_schema(&value).map_err(bad)?;
        let text = |value: &Value, key: &str| match value.get(key).and_then(Value::as_str) {
            Some(text) => Ok(text.to_owned()),
            None => Err(bad(format!("it has no `{key}`"))),
        };
        let list = |key: &str| value.get(key).and_then(Value::as_array).into_iter().flatten();
        let texts = |key: &str| list(key).filter_map(|entry| Some(entry.as_str()?.to_owned())).collect();
        let vm = |vm: &Value| {
            Ok(Vm {
                name: text(vm, "name")?,
                kernel: text(vm, "kernel")?,
                image: text(vm, "image")?,
                cmdline: text(vm, "cmdline")?,
            })
        };
        let inputs: Vec<String> = texts("inputs");
        Ok(Self {
            arch: text(&value, "arch")?,
            version: text(&value, "kernelversion")?,
            release: text(&value, "kernelrelease")?,
            config: text(&value, "config")?.into(),
            artifact: text(&value, "artifact")?.into(),
            images: texts("images"),
            inputs: inputs.into_iter().map(PathBuf::from).collect(),
            features: texts("features"),
            known_features: texts("known-features"),
            vms: list("vms").map(vm).collect::<Result<_, Error>>()?,
        })
    }

    /// The VM of a name, which must boot the kernel.
    pub(super) fn vm(&self, name: &str, kernel: &str) -> Result<&Vm, Error> {
        let names = || self.vms.iter().filter(|vm| vm.kernel == kernel).map(|vm| vm.name.clone());
        let found = self.vms.iter().find(|vm| vm.name == name && vm.kernel == kernel);
        found.ok_or_else(|| Error::NoVm {
            kernel: kernel.to_owned(),
            vm: name.to_owned(),
            there: names().collect::<Vec<_>>().join(", "),
        })
    }
}
