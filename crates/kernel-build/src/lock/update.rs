//! Pins sources anew: the newest file that each origin has and that the manifest allows.

use std::collections::{BTreeMap, BTreeSet};

use kernel_host::fs;
use kernel_spec::{LockMode, LockOutcome, LockedSpec, Lockfile, Origin, SourceName, SourcePin};

use super::{LockError, Locker, chain, read_lockfile, writing};
use crate::load::Loaded;
use crate::options::Setup;
use crate::origin::Life;
use crate::origin::kernel_org::Newest;

/// A source and its pins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repin {
    /// The source.
    pub source: SourceName,
    /// The former pin; absent where there was none.
    pub old: Option<SourcePin>,
    /// The pin now.
    pub new: SourcePin,
    /// Whether its series gets no releases any more; only kernel.org says that.
    pub is_ended: bool,
}

/// An update that is not written down yet.
#[derive(Debug)]
pub struct Update {
    /// Each source that was asked for, and its pins.
    pub pins: Vec<Repin>,
    /// The lockfile as it was read; empty where there was none.
    before: Lockfile,
    /// The same, locked; absent where it does not fit the manifest.
    pub(crate) old: Option<LockedSpec>,
    /// The lockfile as it is going to be; absent where nothing is pinned.
    pub(crate) new: Option<LockedSpec>,
}

/// A source and the newest that its origins have.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The source.
    pub source: SourceName,
    /// Its pin; absent where it has none.
    pub pinned: Option<SourcePin>,
    /// What an update would pin; absent where the origin did not answer.
    pub newest: Option<SourcePin>,
    /// Why the origin did not answer.
    pub error: Option<String>,
    /// Whether its series gets no releases any more.
    pub is_ended: bool,
}

impl Standing {
    /// Whether an update would change it.
    pub fn trails(&self) -> bool {
        match (&self.pinned, &self.newest) {
            (Some(pinned), Some(newest)) => pinned.to_string() != newest.to_string(),
            _ => false,
        }
    }
}

impl Locker<'_> {
    /// Asks the origin of each of these sources (none: all) for what is newest; changes nothing.
    pub(crate) fn standing(
        &self,
        loaded: &Loaded,
        sources: &[SourceName],
    ) -> Result<Vec<Standing>, LockError> {
        let lockfile = read_lockfile(loaded, &loaded.workspace().lockfile())?.unwrap_or_default();
        let mut standings = Vec::new();
        for (name, source) in &loaded.spec().sources {
            let is_path = matches!(source.origin.value, Origin::Path { .. });
            if is_path || !(sources.is_empty() || sources.contains(name)) {
                continue;
            }
            let pinned = lockfile.sources.get(name).cloned();
            let asks_kernel_org =
                source.origins().next().is_some_and(|o| matches!(o, Origin::KernelOrg { .. }));
            // What is said here of a series that has ended is said in the table, not as a warning.
            let answer = match asks_kernel_org {
                true => self.ask_kernel_org(loaded, source),
                false => self.ask(loaded, source),
            };
            let (newest, error) = match answer {
                Ok(newest) => (newest, None),
                Err(error) if self.cancel.requested() => return Err(error),
                Err(error) => (None, Some(chain(&error))),
            };
            let is_ended = newest.as_ref().is_some_and(|newest| newest.life == Life::Ended);
            let newest = newest.map(|newest| newest.pin);
            standings.push(Standing { source: name.clone(), pinned, newest, error, is_ended });
        }
        Ok(standings)
    }

    /// Pins these sources anew (none: all); nothing is written yet.
    ///
    /// A source that is not named and has no pin yet stays without one. A `path` has nothing to pin.
    pub(crate) fn update(&self, loaded: &Loaded, sources: &[SourceName]) -> Result<Update, LockError> {
        let path = loaded.workspace().lockfile();
        let old = read_lockfile(loaded, &path)?.unwrap_or_default();
        let is_named = |name: &SourceName| sources.is_empty() || sources.contains(name);
        let mut spec = loaded.spec().clone();
        let (mut answers, mut ended) = (BTreeMap::new(), BTreeSet::new());
        let mut lists_are_fresh = false;
        for (name, source) in &loaded.spec().sources {
            if matches!(source.origin.value, Origin::Path { .. }) {
                continue;
            }
            if !is_named(name) {
                if !old.sources.contains_key(name) {
                    spec.sources.remove(name);
                }
                continue;
            }
            // What is newest, only fresh lists know.
            let asks_apt = source.origins().any(|origin| matches!(origin, Origin::Deb { .. }));
            if asks_apt && self.options.setup == Setup::Yes && !lists_are_fresh {
                self.refresh().map_err(|source| LockError::Apt { name: name.clone(), source })?;
                lists_are_fresh = true;
            }
            let Some(Newest { pin: mut new, life }) = self.ask(loaded, source)? else { continue };
            if life == Life::Ended {
                ended.insert(name.clone());
            }
            // The same file again: what was learned of it stays.
            if let Some(before) = old.sources.get(name)
                && before.sha256().is_some()
                && before.sha256() == new.sha256()
                && let Some(digest) = before.tar_sha256()
            {
                new = new.with_learned(digest, before.verified());
            }
            answers.insert(name.clone(), new);
        }
        let mut outcome = spec.lock(Some(&old), &answers, &loaded.patch_pins(), self.options.lock_mode)?;
        if let LockOutcome::Needs(requests) = outcome {
            // Their pins no longer fit the manifest: they are as good as without one.
            requests.iter().for_each(|request| drop(spec.sources.remove(&request.source)));
            outcome = spec.lock(Some(&old), &answers, &loaded.patch_pins(), self.options.lock_mode)?;
        }
        let LockOutcome::Locked(locked) = outcome else {
            return Ok(Update { pins: Vec::new(), before: old, old: None, new: None });
        };
        // What the lockfile says where it fits the manifest, whatever of it would be changed.
        let kept = spec.lock(Some(&old), &BTreeMap::new(), &loaded.patch_pins(), LockMode::Update);
        let kept = match kept {
            Ok(LockOutcome::Locked(kept)) => Some(*kept),
            Ok(LockOutcome::Needs(_)) | Err(_) => None,
        };
        let named = locked.lockfile().sources.iter().filter(|(name, _)| is_named(name));
        let repin = |(source, new): (&SourceName, &SourcePin)| Repin {
            source: source.clone(),
            old: old.sources.get(source).cloned(),
            new: new.clone(),
            is_ended: ended.contains(source),
        };
        let pins = named.map(repin).collect();
        let new = Some(*locked);
        Ok(Update { pins, before: old, old: kept, new })
    }

    /// Writes an update down, where it changes something.
    pub(crate) fn write(&self, loaded: &Loaded, update: &Update) -> Result<(), LockError> {
        match &update.new {
            Some(locked) if locked.is_changed() => {
                let path = loaded.workspace().lockfile();
                let _alone = writing(loaded)?;
                if read_lockfile(loaded, &path)?.unwrap_or_default() != update.before {
                    return Err(LockError::Changed);
                }
                Ok(fs::write_atomic(&path, locked.lockfile().render().as_bytes())?)
            }
            Some(_) | None => Ok(()),
        }
    }
}
