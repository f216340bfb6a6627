//! `Kernel.override.toml`: where sources are taken from on one machine.
//!
//! It stands beside the manifest, ignored by git, or in the user's configuration directory. What it replaces is not pinned,
//! and artifacts say so; Kernel.lock is not touched by it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{check_schema, newer_schema, parsed, source};
use crate::diagnostic::nearest;
use crate::reader::{Reader, parse_toml};
use crate::schema::{OVERRIDE, OVERRIDE_SOURCE, listing};
use crate::{Diagnostic, KernelSpec, Location, SourceName, SourceText, Spanned};

/// What is taken from elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// A base address that is tried before those of the manifest.
    pub kernel_org: Option<String>,
    /// The trees, relative to the file that names them.
    pub paths: BTreeMap<SourceName, Spanned<String>>,
}

impl Overrides {
    /// Parses the text of a file.
    ///
    /// With a `spec`, a source that the manifest does not have is an error; the file of a user, who has other workspaces
    /// too, is parsed without.
    ///
    /// # Errors
    /// Everything that is wrong, in the order of the text.
    pub fn parse(
        text: impl Into<Arc<SourceText>>,
        spec: Option<&KernelSpec>,
    ) -> Result<Self, Vec<Diagnostic>> {
        let text = text.into();
        let table = parse_toml(&text)?;
        let mut reader = Reader::new(text.clone(), "");
        if let Some(newer) = newer_schema(&reader, &table) {
            return Err(vec![newer]);
        }
        let fields = reader.table(&OVERRIDE, "", Location { source: text.clone(), span: 0..0 }, &table);
        check_schema(&mut reader, &fields);
        let kernel_org = parsed(&mut reader, fields.text("kernel-org"), source::web_address, |_| None)
            .map(|base| base.value);
        let mut paths = BTreeMap::new();
        for (name, location, table) in reader.named(&fields, "source") {
            let fields = reader.table(&OVERRIDE_SOURCE, &format!("source.{name}"), location.clone(), table);
            let path = parsed(&mut reader, fields.text("path"), source::folder, |_| None);
            let known = SourceName::new(name).ok();
            if let Some(spec) = spec
                && known.as_ref().is_none_or(|name| !spec.sources.contains_key(name))
            {
                let names: Vec<&str> = spec.sources.keys().map(SourceName::as_str).collect();
                let message = format!("no source `{name}` in the manifest");
                let hint = match nearest(name, names.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("the manifest has {}", listing(&names)),
                };
                reader.report(Diagnostic::new(message).at(location).with_hint(hint));
            }
            paths.extend(known.zip(path));
        }
        match reader.finish() {
            diagnostics if diagnostics.is_empty() => Ok(Self { kernel_org, paths }),
            diagnostics => Err(diagnostics),
        }
    }
}
