//! What make is not told: whose objects it begins with, which are not to be believed, and what stands in front of the
//! compilers.

use std::collections::BTreeSet;

use kconfig::{Symbol, Value};
use kernel_host::fs;

use super::{Pipeline, Ready};
use crate::error::BuildError;
use crate::launcher::{Launcher, Places, Wanted};
use crate::objtree;
use crate::options::Artifacts;
use crate::prepare::CONTENTS_BUILT;
use crate::sibling::Siblings;
use crate::source::SourceTree;
use crate::source::contents::Contents;
use crate::state::State;

impl Pipeline<'_> {
    /// Has a tree in which nothing was made yet begin with what the nearest of the user's trees has.
    pub(super) fn begin_near(&self, ready: &Ready, state: &mut State) -> Result<(), BuildError> {
        let (config, origin) = (&ready.configured.config, &ready.tree.origin);
        if fs::exists(&self.work.objtree.join("include/config/auto.conf")) {
            return Ok(());
        }
        let Some(siblings) = self.siblings(ready) else { return Ok(()) };
        let Some(sibling) = siblings.nearest(origin, config, &self.work.directory) else { return Ok(()) };
        let apart =
            if sibling.apart == 1 { "1 symbol".to_owned() } else { format!("{} symbols", sibling.apart) };
        let whose = self.locked.loaded().workspace().show(&sibling.work);
        self.voice.started("Cloning", format!("the object tree of {whose}, which is {apart} apart"));
        sibling.clone_to(&self.work.objtree, &self.work.directory, self.cancel)?;
        state.objects = sibling.state.objects;
        if !self.pin.is_pinned() {
            // Its objects were made of what the tree's files were then.
            state.suspects = sibling.state.suspects.clone();
            let built = fs::read(&sibling.work.join(CONTENTS_BUILT))?;
            fs::write_atomic(&self.work.contents_built, &built)?;
        }
        Ok(state.write(&self.work.state)?)
    }

    /// The user's object trees that this kernel's could begin with.
    pub(super) fn siblings(&self, ready: &Ready) -> Option<Siblings> {
        let may = self.options.artifacts == Artifacts::Shared;
        may.then(|| Siblings::of(&ready.tree.origin, &ready.toolchain, self.env)).flatten()
    }

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

    /// What the manifest, or the person, wants in front of the compilers, and what debugging information needs there.
    pub(super) fn launcher(&self, ready: &Ready) -> Result<Option<Launcher>, BuildError> {
        let spec = self.locked.loaded().spec();
        let in_manifest = spec.compiler_cache.as_ref().map(|cache| cache.value);
        let wanted = Wanted {
            cache: self.options.compiler_cache.or(in_manifest),
            launcher: spec.compiler_launcher.as_ref().map(|launcher| launcher.value.clone()),
        };
        let is_on = |name: &str| {
            Symbol::new(name).is_ok_and(|symbol| ready.configured.config.get(&symbol) == Some(&Value::Y))
        };
        // The object tree of a tree that the user has may lie in that tree, so it is last.
        let unnamed = match is_on("DEBUG_INFO") {
            true => vec![&ready.tree.path, &self.work.objtree],
            false => Vec::new(),
        };
        let base = self.locked.loaded().workspace().root();
        let places = Places { work: &self.work.directory, base, timings: self.options.timings, unnamed };
        Ok(Launcher::prepare(&wanted, &ready.toolchain, &places, self.env, self.cancel)?)
    }
}

fn count_files(count: usize) -> String {
    if count == 1 { "1 file of the tree".to_owned() } else { format!("{count} files of the tree") }
}
