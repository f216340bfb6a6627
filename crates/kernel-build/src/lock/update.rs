//! Pins sources anew: the newest file that each origin has and that the manifest allows.

use std::collections::BTreeMap;

use kernel_host::fs;
use kernel_spec::{LockOutcome, Origin, SourceName, SourcePin};

use super::{LockError, Locker, read_lockfile};
use crate::load::Loaded;
use crate::options::Setup;

/// A source and its pins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repin {
    /// The source.
    pub source: SourceName,
    /// The former pin; absent where there was none.
    pub old: Option<SourcePin>,
    /// The pin now.
    pub new: SourcePin,
}

impl Locker<'_> {
    /// Pins these sources anew (none: all) and writes Kernel.lock where that changes it.
    ///
    /// A source that is not named and has no pin yet stays without one. A `path` has nothing to pin.
    pub(crate) fn update(&self, loaded: &Loaded, sources: &[SourceName]) -> Result<Vec<Repin>, LockError> {
        let path = loaded.workspace().lockfile();
        let old = read_lockfile(loaded, &path)?.unwrap_or_default();
        let is_named = |name: &SourceName| sources.is_empty() || sources.contains(name);
        let mut spec = loaded.spec().clone();
        let mut answers = BTreeMap::new();
        let mut lists_are_fresh = false;
        for (name, source) in &loaded.spec().sources {
            let origin = &source.origin.value;
            if !matches!(origin, Origin::Deb { .. }) {
                continue;
            }
            if !is_named(name) {
                if !old.sources.contains_key(name) {
                    spec.sources.remove(name);
                }
                continue;
            }
            // What is newest, only fresh lists know.
            if self.options.setup == Setup::Yes && !lists_are_fresh {
                self.refresh().map_err(|source| LockError::Apt { name: name.clone(), source })?;
                lists_are_fresh = true;
            }
            answers.extend(self.ask(name, origin)?.map(|pin| (name.clone(), pin)));
        }
        let mut outcome = spec.lock(Some(&old), &answers, self.options.lock_mode)?;
        if let LockOutcome::Needs(requests) = outcome {
            // Their pins no longer fit the manifest: they are as good as without one.
            requests.iter().for_each(|request| drop(spec.sources.remove(&request.source)));
            outcome = spec.lock(Some(&old), &answers, self.options.lock_mode)?;
        }
        let LockOutcome::Locked(locked) = outcome else { return Ok(Vec::new()) };
        if locked.is_changed() {
            fs::write_atomic(&path, locked.lockfile().render().as_bytes())?;
        }
        let named = locked.lockfile().sources.iter().filter(|(name, _)| is_named(name));
        Ok(named
            .map(|(source, new)| Repin {
                source: source.clone(),
                old: old.sources.get(source).cloned(),
                new: new.clone(),
            })
            .collect())
    }
}
