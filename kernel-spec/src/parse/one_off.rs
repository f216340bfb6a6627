//! `--config`: what one run asks for beside the manifest.
//!
//! ```text
//! kernel.guest.config.DEBUG_INFO=y       a key and a value, in TOML; a value may be a bare word
//! debug.toml                             a file with `[kernel.guest.config]`
//! ```

use std::sync::Arc;

use kconfig::layers::LayerKind;

use super::config;
use crate::diagnostic::nearest;
use crate::layer::{ConfigEntry, Layer, Line};
use crate::reader::{Reader, parse_toml};
use crate::schema::{ONE_OFF, ONE_OFF_KERNEL, listing};
use crate::{Diagnostic, KernelName, KernelSpec, Location, SourceText};

/// How a key and a value are shown where they stand.
const SHOWN: &str = "--config";

impl KernelSpec {
    /// The layers that a key and a value, or a file's text, is: one for each kernel that it names.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn one_off(
        &self,
        source: impl Into<Arc<SourceText>>,
    ) -> Result<Vec<(KernelName, Layer)>, Vec<Diagnostic>> {
        let source = source.into();
        let table = parse_toml(&source)?;
        let mut reader = Reader::new(source.clone(), "");
        let fields = reader.table(&ONE_OFF, "", Location { source: source.clone(), span: 0..0 }, &table);
        let mut layers = Vec::new();
        for (name, location, table) in reader.named(&fields, "kernel") {
            let path = format!("kernel.{name}");
            let fields = reader.table(&ONE_OFF_KERNEL, &path, location.clone(), table);
            let known = self.kernels.keys().find(|known| known.as_str() == name);
            let lines = config::parse(&mut reader, &fields, &path);
            match known {
                Some(kernel) => {
                    let mut lines: Vec<Line> = lines.iter().map(ConfigEntry::line).collect();
                    if source.path.starts_with(SHOWN) {
                        // An argument has no lines.
                        lines.iter_mut().for_each(|line| line.entry.origin.line = 0);
                    }
                    let name = source.path.clone();
                    let layer =
                        Layer { kind: LayerKind::CommandLine, name, generation: u32::MAX, when: None, lines };
                    layers.push((kernel.clone(), layer));
                }
                None => {
                    let names: Vec<&str> = self.kernels.keys().map(KernelName::as_str).collect();
                    let hint = match nearest(name, names.iter().copied()) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("the manifest has {}", listing(&names)),
                    };
                    let message = format!("no kernel `{name}` in the manifest");
                    reader.report(Diagnostic::new(message).at(location).with_hint(hint));
                }
            }
        }
        match reader.finish() {
            diagnostics if diagnostics.is_empty() => Ok(layers),
            diagnostics => Err(diagnostics),
        }
    }
}

/// The text of an argument that is a key and a value; `None` where it has no `=` and names a file.
///
/// `number` says which of several `--config` it is.
pub fn one_off_text(argument: &str, number: Option<usize>) -> Option<SourceText> {
    let (key, value) = argument.split_once('=')?;
    let is_toml = |value: &str| toml::de::DeTable::parse(&format!("x={value}")).is_ok();
    let text = if is_toml(value) {
        argument.to_owned()
    } else {
        let word = value.replace('\\', "\\\\").replace('"', "\\\"");
        format!("{key}=\"{word}\"")
    };
    let path = number.map_or_else(|| SHOWN.to_owned(), |number| format!("{SHOWN} #{number}"));
    Some(SourceText { path, text })
}
