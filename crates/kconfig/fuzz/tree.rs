//! A tree of two files that runs nothing, for the fuzz targets.

use std::sync::Arc;

use kconfig::tree::{ShellAnswer, Tree};

/// `Kconfig` is what is fuzzed; `other` is the same text, so that a file can source another one.
pub struct Fuzzed<'a>(pub &'a [u8]);

impl Tree for Fuzzed<'_> {
    fn read(&self, path: &str) -> Result<Option<Arc<[u8]>>, String> {
        Ok(matches!(path, "Kconfig" | "other").then(|| self.0.into()))
    }

    fn shell(&self, command: &[u8]) -> ShellAnswer {
        ShellAnswer { stdout: command.to_vec(), ..ShellAnswer::default() }
    }

    fn env(&self, name: &str) -> Option<String> {
        (name == "ENV").then(|| "value".to_owned())
    }
}
