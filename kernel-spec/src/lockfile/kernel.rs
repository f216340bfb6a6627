//! What of a kernel is in the lockfile: its patches, and what it resolved to.
//!
//! ```toml
//! [kernel.guest.resolved]
//! kernelrelease = "6.12.117-guest"
//! config = "…"
//! toolchain = ["compiler: gcc (Debian 12.2.0-14+deb12u1) 12.2.0", …]
//!
//! [[kernel.guest.patch]]
//! name = "tsi"
//! file = "patches/tsi/0001-af_tsi.patch"
//! sha256 = "…"
//! ```
//!
//! No `check` is needed: all of it is held against the files and the configuration whenever those are at hand.

use toml::Value;

use crate::reader::{Fields, Reader};
use crate::schema::{LOCK_KERNEL, LOCK_PATCH, LOCK_RESOLVED};
use crate::{Diagnostic, Location, Sha256};

/// What is locked of a kernel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KernelLock {
    /// The files of its patches, in order.
    pub patches: Vec<PatchPin>,
    /// What it was configured to the last time.
    pub resolved: Option<Resolved>,
}

/// One file of a patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatchPin {
    /// The patch's name in the manifest.
    pub name: String,
    /// The file, relative to the manifest, or its address.
    pub file: String,
    /// The file's digest.
    pub sha256: Sha256,
}

/// What a kernel was configured to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The kernelrelease.
    pub kernelrelease: String,
    /// The digest of the resolved `.config`, without what the toolchain's answers alone decide.
    pub config: Sha256,
    /// The toolchain's identity, a line for each program: information, and no part of what is compared.
    pub toolchain: Vec<String>,
}

impl KernelLock {
    pub(super) fn parse(
        reader: &mut Reader,
        path: &str,
        location: Location,
        table: &toml::de::DeTable<'_>,
    ) -> Self {
        let fields = reader.table(&LOCK_KERNEL, path, location, table);
        let mut patches = Vec::new();
        for (location, table) in fields.tables("patch") {
            let fields = reader.table(&LOCK_PATCH, &format!("{path}.patch"), location, table);
            let sha256 = super::digest(reader, &fields, "sha256");
            let text = |key| fields.string(key).map(|text| text.value);
            patches.extend(
                text("name").zip(text("file")).zip(sha256).map(|((name, file), sha256)| PatchPin {
                    name,
                    file,
                    sha256,
                }),
            );
        }
        let resolved = fields.table("resolved").and_then(|(location, table)| {
            let fields = reader.table(&LOCK_RESOLVED, &format!("{path}.resolved"), location, table);
            resolved(reader, &fields)
        });
        Self { patches, resolved }
    }

    pub(super) fn render(&self, name: &str) -> String {
        let text = |text: &str| Value::String(text.to_owned()).to_string();
        let mut lines = String::new();
        if let Some(Resolved { kernelrelease, config, toolchain }) = &self.resolved {
            lines += &format!("\n[kernel.{name}.resolved]\nkernelrelease = {}\n", text(kernelrelease));
            lines += &format!("config = \"{config}\"\ntoolchain = [\n");
            lines.extend(toolchain.iter().map(|line| format!("    {},\n", text(line))));
            lines += "]\n";
        }
        for PatchPin { name: patch, file, sha256 } in &self.patches {
            lines += &format!(
                "\n[[kernel.{name}.patch]]\nname = {}\nfile = {}\nsha256 = \"{sha256}\"\n",
                text(patch),
                text(file)
            );
        }
        lines
    }

    pub(super) fn is_empty(&self) -> bool {
        self.patches.is_empty() && self.resolved.is_none()
    }
}

fn resolved(reader: &mut Reader, fields: &Fields<'_>) -> Option<Resolved> {
    let config = super::digest(reader, fields, "config");
    let toolchain = fields.strings("toolchain").into_iter().map(|line| line.value).collect();
    let Some(kernelrelease) = fields.string("kernelrelease") else {
        if !fields.is_wrong("kernelrelease") {
            let message = format!("no `kernelrelease` in {}", fields.header);
            reader.report(Diagnostic::new(message).at(fields.location.clone()));
        }
        return None;
    };
    Some(Resolved { kernelrelease: kernelrelease.value, config: config?, toolchain })
}
