//! What a session does with sources and patches, without building.

use kernel_host::AbsPath;
use kernel_spec::{KernelName, LockMode, SourceName};

use super::Session;
use crate::error::BuildError;
use crate::event::Task;
use crate::load::Loaded;
use crate::lock::{Locked, Locker, Repin, Standing, Update, needed_sources};
use crate::options::{Network, Options, Selection};
use crate::outlook::KernelOutlook;
use crate::patch::{PatchPart, PatchReport, Refreshed};
use crate::pipeline::{Means, Pipeline};
use crate::source::{Fetcher, Repair, SourceError, VerifiedSource};

impl Session {
    /// Asks for the newest pins of these sources (none: all) that the manifest allows, or for one version; nothing is
    /// written yet.
    ///
    /// # Errors
    /// Where an origin cannot be asked, or Kernel.lock would change and must not.
    pub fn update(
        &self,
        loaded: &Loaded,
        sources: &[SourceName],
        precise: Option<&str>,
    ) -> Result<Update, BuildError> {
        let task = Task::Session;
        let locker = Locker { precise, ..self.locker(&task) };
        self.unless_stopped(|| Ok(locker.update(loaded, sources)?))
    }

    /// What an update does to each kernel whose source is pinned anew; both trees are fetched for that.
    ///
    /// A kernel that cannot be looked at is told by a warning, and is no error.
    ///
    /// # Errors
    /// Where somebody wished to stop.
    pub fn outlook(&self, loaded: &Loaded, update: &Update) -> Result<Vec<KernelOutlook>, BuildError> {
        let Some(new) = &update.new else { return Ok(Vec::new()) };
        let moved = |pin: &&Repin| pin.old.as_ref().is_some_and(|old| old.to_string() != pin.new.to_string());
        let moved: Vec<&SourceName> = update.pins.iter().filter(moved).map(|pin| &pin.source).collect();
        // What is learned of a tree belongs to pins that are not in the lockfile yet.
        let options = Options { lock_mode: LockMode::Locked, ..self.options.clone() };
        let old = update.old.as_ref().map(|old| Locked::with(loaded, old));
        let new = Locked::with(loaded, new);
        let mut outlooks = Vec::new();
        for (name, kernel) in &loaded.spec().kernels {
            let source = &kernel.source.value;
            if !moved.contains(&source) || loaded.overridden(source).is_some() {
                continue;
            }
            let task = Task::Kernel(name.clone());
            let voice = self.voice(&task);
            let survey = |locked: &Locked, place: &str| {
                let means = Means { options: &options, ..self.means(&self.cancel) };
                Pipeline::new(locked, name, means, voice)?.survey(place)
            };
            let before = old.as_ref().map(|old| survey(old, name.as_str())).transpose();
            let after = survey(&new, &format!("{name}.next"));
            let unless = |error: BuildError| {
                if self.cancel.requested() {
                    return Err(BuildError::Interrupted);
                }
                let details = error.details().into_iter().map(|line| format!("\n  {}", line.trim_start()));
                let what = format!("what changes for kernel `{name}` is not known: {error}");
                voice.warning(std::iter::once(what).chain(details).collect::<String>(), error.hint());
                Ok(None)
            };
            let before = before.or_else(&unless)?;
            if let Some(after) = after.map(Some).or_else(&unless)? {
                outlooks.push(KernelOutlook::between(name, before.as_ref(), &after));
            }
        }
        Ok(outlooks)
    }

    /// Writes an update down, where it changes something.
    ///
    /// # Errors
    /// Where Kernel.lock cannot be written.
    pub fn write_update(&self, loaded: &Loaded, update: &Update) -> Result<(), BuildError> {
        Ok(self.locker(&Task::Session).write(loaded, update)?)
    }

    pub(super) fn locker<'a>(&'a self, task: &'a Task) -> Locker<'a> {
        let (env, cancel, options) = (&self.env, &self.cancel, &self.options);
        Locker { env, cancel, options, voice: self.voice(task), precise: None }
    }

    /// Makes the source trees of a selection be on disk: verified, unpacked, of the right version.
    ///
    /// # Errors
    /// The first source that cannot be had.
    pub fn fetch(
        &self,
        locked: &Locked,
        selection: &Selection,
    ) -> Result<Vec<(SourceName, AbsPath)>, BuildError> {
        let mut trees = Vec::new();
        let names = needed_sources(locked.loaded(), selection)?;
        if self.options.network == Network::Offline {
            let sources = names.iter().map(|name| locked.pin(name)).collect::<Result<Vec<_>, _>>()?;
            let patches = self.fetched_patches(locked, selection)?;
            let what = self.fetcher(locked, &Task::Session).missing(&sources, &patches)?;
            if !what.is_empty() {
                return Err(SourceError::Offline { what }.into());
            }
        }
        for name in names {
            let (source, pin) = locked.pin(&name)?;
            let fetcher = self.fetcher(locked, &Task::Session);
            let tree = self.unless_stopped(|| Ok(fetcher.obtain(source, &pin, None)?))?.path;
            trees.push((name, tree));
        }
        for part in self.fetched_patches(locked, selection)? {
            let fetcher = self.fetcher(locked, &Task::Session);
            self.unless_stopped(|| Ok(fetcher.patch_file(part)?))?;
        }
        Ok(trees)
    }

    /// The patches of the kernels that the sources of a selection are for.
    fn fetched_patches<'l>(
        &self,
        locked: &'l Locked,
        selection: &Selection,
    ) -> Result<Vec<&'l PatchPart>, BuildError> {
        let (loaded, sources) = (locked.loaded(), needed_sources(locked.loaded(), selection)?);
        let kernels = loaded.spec().kernels.values().filter(|kernel| sources.contains(&kernel.source.value));
        Ok(kernels.flat_map(|kernel| loaded.patches(&kernel.name.value)).collect())
    }

    /// Tries a kernel's patches on its pristine tree, each upon those before it that apply.
    ///
    /// # Errors
    /// Where the source or a patch cannot be had; that one does not apply is told in its report.
    pub fn check_patches(
        &self,
        locked: &Locked,
        kernel: &KernelName,
    ) -> Result<Vec<PatchReport>, BuildError> {
        let task = Task::Kernel(kernel.clone());
        self.unless_stopped(|| Ok(self.pipeline(locked, kernel, &task)?.try_patches(false)?.0))
    }

    /// Rewrites those of a kernel's patches that apply with an offset, so that they apply without.
    ///
    /// # Errors
    /// Where the source or a patch cannot be had, or a patch cannot be written.
    pub fn refresh_patches(
        &self,
        locked: &Locked,
        kernel: &KernelName,
    ) -> Result<Vec<Refreshed>, BuildError> {
        let task = Task::Kernel(kernel.clone());
        self.unless_stopped(|| Ok(self.pipeline(locked, kernel, &task)?.try_patches(true)?.1))
    }

    /// Copies what the sources of a selection are unpacked from to a folder, which then stands in for every origin;
    /// returns the sources that are in it.
    ///
    /// # Errors
    /// The first source that cannot be had.
    pub fn vendor(
        &self,
        locked: &Locked,
        selection: &Selection,
        to: &AbsPath,
    ) -> Result<Vec<SourceName>, BuildError> {
        let mut vendored = Vec::new();
        for name in needed_sources(locked.loaded(), selection)? {
            let (source, pin) = locked.pin(&name)?;
            let fetcher = self.fetcher(locked, &Task::Session);
            if self.unless_stopped(|| Ok(fetcher.vendor_to(source, &pin, to)?))? {
                vendored.push(name);
            }
        }
        for part in self.fetched_patches(locked, selection)? {
            let fetcher = self.fetcher(locked, &Task::Session);
            self.unless_stopped(|| Ok(fetcher.vendor_patch(part, to)?))?;
        }
        Ok(vendored)
    }

    /// Compares the trees of a selection with what they were unpacked from, byte for byte.
    ///
    /// A tree that is not in the cache, or that is the user's own, is passed over.
    ///
    /// # Errors
    /// Where a tree cannot be read, or is repaired and cannot be had again.
    pub fn verify_sources(
        &self,
        locked: &Locked,
        selection: &Selection,
        repair: Repair,
    ) -> Result<Vec<VerifiedSource>, BuildError> {
        let mut verified = Vec::new();
        for name in needed_sources(locked.loaded(), selection)? {
            let (source, pin) = locked.pin(&name)?;
            let fetcher = self.fetcher(locked, &Task::Session);
            let found = self.unless_stopped(|| Ok(fetcher.verify(source, &pin, repair)?))?;
            verified.extend(found);
        }
        Ok(verified)
    }

    /// Asks the origins of these sources (none: all) for what is newest; changes nothing.
    ///
    /// # Errors
    /// Where the lockfile has errors; an origin that does not answer is told with its source.
    pub fn standing(&self, loaded: &Loaded, sources: &[SourceName]) -> Result<Vec<Standing>, BuildError> {
        self.unless_stopped(|| Ok(self.locker(&Task::Session).standing(loaded, sources)?))
    }

    fn fetcher<'a>(&'a self, locked: &'a Locked, task: &'a Task) -> Fetcher<'a> {
        let (env, cancel, options) = (&self.env, &self.cancel, &self.options);
        Fetcher { locked, env, cancel, options, voice: self.voice(task) }
    }
}
