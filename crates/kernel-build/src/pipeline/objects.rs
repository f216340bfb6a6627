//! What make is not told: which objects are not to be believed, and what stands in front of the compilers.

use std::collections::BTreeSet;

use super::Pipeline;
use crate::error::BuildError;
use crate::launcher::{Launcher, Wanted};
use crate::objtree;
use crate::source::SourceTree;
use crate::source::contents::Contents;
use crate::state::State;
use crate::toolchain::Toolchain;

impl Pipeline<'_> {
    /// make goes by time stamps: a file that was put back, or came with its old time, is not newer than its object. So the
    /// objects go that were made of what has changed since the artifact was built.
    pub(super) fn distrust(&self, tree: &SourceTree, state: &mut State) -> Result<(), BuildError> {
        if self.pin.is_pinned() {
            return Ok(());
        }
        let before = Contents::read(&self.work.contents_built);
        let changed = before.changed_in(&Contents::read(&self.work.contents));
        let suspects: BTreeSet<String> = state.suspects.drain(..).chain(changed).collect();
        if suspects.is_empty() {
            return Ok(());
        }
        // For as long as no build has ended well, they stay suspects.
        state.suspects = suspects.iter().cloned().collect();
        state.write(&self.work.state)?;
        let gone = objtree::remove_made_of(&self.work.objtree, &tree.path, &suspects)?;
        self.voice
            .note(format!("{} changed; {gone} made of them are made again", count_files(suspects.len())));
        Ok(())
    }

    /// What the manifest, or the person, wants in front of the compilers.
    pub(super) fn launcher(&self, toolchain: &Toolchain) -> Result<Option<Launcher>, BuildError> {
        let spec = self.locked.loaded().spec();
        let in_manifest = spec.compiler_cache.as_ref().map(|cache| cache.value);
        let wanted = Wanted {
            cache: self.options.compiler_cache.or(in_manifest),
            launcher: spec.compiler_launcher.as_ref().map(|launcher| launcher.value.clone()),
        };
        let places = (&self.work.directory, self.locked.loaded().workspace().root());
        Ok(Launcher::prepare(&wanted, toolchain, places, self.env, self.cancel)?)
    }
}

fn count_files(count: usize) -> String {
    if count == 1 { "1 file of the tree".to_owned() } else { format!("{count} files of the tree") }
}
