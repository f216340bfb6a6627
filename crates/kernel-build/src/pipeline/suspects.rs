//! A file that does not compile, and what changed since the last good build.

use std::collections::BTreeSet;

use kconfig::{DotConfig, difference};
use kernel_host::fs;
use kernel_patch::PatchFile;

use super::{Pipeline, Ready};
use crate::compile::CompileError;
use crate::record::{RECORD, Record};
use crate::source::contents::Contents;
use crate::suspicion::{self, Changes};

impl Pipeline<'_> {
    /// The same error, which says what of the changes has to do with it; where there was a good build.
    pub(super) fn suspect(&self, mut error: CompileError, ready: &Ready) -> CompileError {
        if let CompileError::Make { failure, .. } = &mut error
            && let (Some(target), Some(changes)) = (&failure.target, self.changes(ready))
        {
            failure.since = suspicion::about(target, (&ready.tree.path, &self.work.objtree), &changes);
        }
        error
    }

    fn changes(&self, ready: &Ready) -> Option<Changes> {
        let old = fs::read_to_string(&self.place().join(".config")).ok()?;
        let merged = &ready.configured.merged;
        let asked = |symbol| merged.requests.iter().find(|request| request.symbol == symbol);
        let symbols = difference(&DotConfig::parse(&old).ok()?, &ready.configured.config)
            .into_iter()
            .map(|change| {
                let origin = asked(change.symbol.clone()).map(|request| request.origin.to_string());
                (change, origin)
            })
            .collect();
        let record = Record::parse(&fs::read_to_string(&self.place().join(RECORD)).ok()?)?;
        let is_new = |digest: &str| record.source.patches.iter().all(|known| known.sha256 != digest);
        let patches = ready
            .tree
            .patches
            .iter()
            .filter(|part| is_new(&part.digest.to_string()))
            .filter_map(|part| {
                let text = self.fetcher().patch_text(part).ok()?;
                let plain = kernel_patch::plain(&text.bytes).ok()?;
                let paths: BTreeSet<String> =
                    PatchFile::parse(&plain).ok()?.paths().map(str::to_owned).collect();
                Some((format!("`{}` ({})", part.name, part.file), paths))
            })
            .collect();
        let edited = match self.pin.is_pinned() {
            true => Vec::new(),
            false => {
                Contents::read(&self.work.contents_built).changed_in(&Contents::read(&self.work.contents))
            }
        };
        Some(Changes { symbols, patches, edited: edited.into_iter().collect() })
    }
}
