//! The text of a lockfile.

use std::fmt::Write as _;

use sha2::{Digest, Sha256 as Hasher};
use toml::Value;

use super::{Lockfile, SourcePin};
use crate::SourceName;
use crate::schema::SCHEMA;

const HEADER: &str = "# This file is written by `cargo xtask kernel`: pins of what Kernel.toml names.\n\
                      # It belongs under version control. It is not meant to be edited by hand.\n";

impl Lockfile {
    /// The text of the file.
    pub fn render(&self) -> String {
        let mut text = format!("{HEADER}schema = {SCHEMA}\n");
        for (name, pin) in &self.sources {
            text += &format!("\n[source.{name}]\n{}check = \"{}\"\n", pin.lines(), pin.check(name));
        }
        for (name, kernel) in self.kernels.iter().filter(|(_, kernel)| !kernel.is_empty()) {
            text += &kernel.render(name.as_str());
        }
        text
    }
}

impl SourcePin {
    /// What `check` of its entry must be.
    pub(super) fn check(&self, name: &SourceName) -> String {
        let digest = Hasher::digest(format!("{name}\n{}", self.lines()));
        digest.iter().take(8).fold(String::new(), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// The lines of its entry.
    fn lines(&self) -> String {
        let mut text = String::new();
        let mut line = |key: &str, value: &str| {
            text += &format!("{key} = {}\n", Value::String(value.to_owned()));
        };
        match self {
            Self::Deb { package, version, file, .. } => {
                line("deb", package);
                line("version", version);
                if let Some(kernelversion) = self.kernelversion() {
                    line("kernelversion", &kernelversion.to_string());
                }
                line("file", file);
            }
            Self::KernelOrg { release, file, url, .. } => {
                line("kernel-org", &release.to_string());
                line("file", file);
                if let Some(url) = url {
                    line("url", url);
                }
            }
            Self::Url { url, .. } => line("url", url),
            Self::Git { git, reference, commit, tree, kernelversion } => {
                line("git", git);
                if let Some((key, value)) = reference.key() {
                    line(key, value);
                }
                line("commit", commit);
                line("tree", tree);
                if let Some(kernelversion) = kernelversion {
                    line("kernelversion", &kernelversion.to_string());
                }
            }
        }
        if let Self::Deb { size, .. } = self {
            text += &format!("size = {size}\n");
        }
        for (key, digest) in [("sha256", self.sha256()), ("tar-sha256", self.tar_sha256())] {
            if let Some(digest) = digest {
                text += &format!("{key} = \"{digest}\"\n");
            }
        }
        if !self.verified().is_empty() {
            let signed = self.verified().iter().cloned().map(Value::String).collect();
            text += &format!("verified = {}\n", Value::Array(signed));
        }
        text
    }
}
