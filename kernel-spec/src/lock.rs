//! Manifest + lockfile → [`LockedSpec`].
//!
//! ```text
//! spec.lock(existing, no answers, mode) ─┬─▶ Locked(LockedSpec)
//!                                        ├─▶ Needs(requests) ── the caller asks the origins ─▶ spec.lock(existing, answers, mode)
//!                                        └─▶ LockError
//! ```
//!
//! A pin that still fits the manifest is kept: a newer package alone changes nothing. To have one anew, the caller
//! answers for it without being asked.

use std::collections::BTreeMap;

mod change;

pub use change::{LockChange, LockError, PatchChange, PinReason};

use crate::version::VersionReq;
use crate::{
    Diagnostic, KernelLock, KernelName, KernelSpec, Lockfile, Origin, PatchPin, SourceEntry, SourceName,
    SourcePin,
};

/// What may happen to the lockfile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockMode {
    /// It is changed where the manifest asks for it.
    Update,
    /// `--locked`: it must not change.
    Locked,
    /// `--frozen`: it must not change, and nothing is fetched.
    Frozen,
}

impl LockMode {
    /// The option that chose it; `None` for the default.
    pub fn option(self) -> Option<&'static str> {
        match self {
            Self::Update => None,
            Self::Locked => Some("--locked"),
            Self::Frozen => Some("--frozen"),
        }
    }
}

/// What locking comes to.
#[derive(Clone, Debug)]
pub enum LockOutcome {
    /// Every source is pinned.
    Locked(Box<LockedSpec>),
    /// The origins have to be asked first.
    Needs(Vec<PinRequest>),
}

/// A question to origins: what is the file of this source?
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinRequest {
    /// The source.
    pub source: SourceName,
    /// Where it may come from, in the order in which they are asked.
    pub origins: Vec<Origin>,
    /// What its version must be.
    pub version: Option<VersionReq>,
    /// Why it is asked.
    pub reason: PinReason,
}

/// A spec whose sources are pinned: what a plan is made of.
///
/// There is no other way to one than [`KernelSpec::lock`].
#[derive(Clone, Debug)]
pub struct LockedSpec {
    spec: KernelSpec,
    lockfile: Lockfile,
    changes: Vec<LockChange>,
}

impl LockedSpec {
    /// The manifest.
    pub fn spec(&self) -> &KernelSpec {
        &self.spec
    }

    /// The lockfile as it should be.
    pub fn lockfile(&self) -> &Lockfile {
        &self.lockfile
    }

    /// The pin of a source; `None` for one at a `path`.
    pub fn pin(&self, source: &SourceName) -> Option<&SourcePin> {
        self.lockfile.sources.get(source)
    }

    /// How the lockfile differs from the one that was there; where it does not, it need not be written.
    pub fn changes(&self) -> &[LockChange] {
        &self.changes
    }

    /// Whether the lockfile has to be written.
    pub fn is_changed(&self) -> bool {
        !self.changes.is_empty()
    }
}

impl KernelSpec {
    /// Pins every source, and the patches of every kernel.
    ///
    /// `patches` holds the files of each kernel's patches as they are now. `answers` holds what the origins said: to the [`PinRequest`]s of an earlier call, or unasked, to replace a pin
    /// that fits.
    ///
    /// # Errors
    /// [`LockError`] where the lockfile must not change and would, or where an answer does not satisfy the manifest.
    pub fn lock(
        &self,
        existing: Option<&Lockfile>,
        answers: &BTreeMap<SourceName, SourcePin>,
        patches: &BTreeMap<KernelName, Vec<PatchPin>>,
        mode: LockMode,
    ) -> Result<LockOutcome, LockError> {
        let nothing = Lockfile::default();
        let existing = existing.unwrap_or(&nothing);
        let (mut lockfile, mut changes, mut requests) = (Lockfile::default(), Vec::new(), Vec::new());
        for (name, entry) in &self.sources {
            let old = existing.sources.get(name);
            let reason = old.map_or(Some(PinReason::New), |pin| misfit(entry, pin));
            let new = match (answers.get(name), old) {
                _ if matches!(entry.origin.value, Origin::Path { .. }) => continue,
                (Some(answer), _) => {
                    check_answer(entry, answer)?;
                    Some(answer.clone())
                }
                (None, Some(old)) if reason.is_none() => Some(old.clone()),
                (None, _) => said_by_the_manifest(&entry.origin.value),
            };
            match (old, &new) {
                (Some(old), Some(new)) if old == new => {}
                (Some(old), to) => {
                    let (source, from) = (name.clone(), old.to_string());
                    let to = to.as_ref().map(SourcePin::to_string);
                    changes.push(LockChange::Replace { source, from, to, reason: reason.clone() });
                }
                (None, pin) => {
                    let pin = pin.as_ref().map(SourcePin::to_string);
                    changes.push(LockChange::Add { source: name.clone(), pin });
                }
            }
            match new {
                Some(new) => drop(lockfile.sources.insert(name.clone(), new)),
                None => requests.push(PinRequest {
                    source: name.clone(),
                    origins: entry.origins().cloned().collect(),
                    version: entry.version.as_ref().map(|version| version.value.clone()),
                    reason: reason.unwrap_or(PinReason::New),
                }),
            }
        }
        let gone = existing.sources.iter().filter(|(name, _)| {
            self.sources.get(name).is_none_or(|entry| matches!(entry.origin.value, Origin::Path { .. }))
        });
        changes.extend(
            gone.map(|(name, pin)| LockChange::Remove { source: name.clone(), pin: pin.to_string() }),
        );
        for name in self.kernels.keys() {
            let old = existing.kernels.get(name).cloned().unwrap_or_default();
            let new = patches.get(name).cloned().unwrap_or_default();
            changes.extend(patch_changes(name, &old.patches, &new));
            lockfile.kernels.insert(name.clone(), KernelLock { patches: new, resolved: old.resolved });
        }
        let gone = existing.kernels.iter().filter(|(name, _)| !self.kernels.contains_key(*name));
        changes.extend(gone.map(|(name, _)| LockChange::Forget { kernel: name.clone() }));
        if let (Some(option), false) = (mode.option(), changes.is_empty()) {
            return Err(LockError::OutOfDate { option, changes });
        }
        Ok(if requests.is_empty() {
            LockOutcome::Locked(Box::new(LockedSpec { spec: self.clone(), lockfile, changes }))
        } else {
            LockOutcome::Needs(requests)
        })
    }
}

/// How the patches of a kernel differ from the lockfile's.
fn patch_changes(kernel: &KernelName, old: &[PatchPin], new: &[PatchPin]) -> Vec<LockChange> {
    let find = |pins: &[PatchPin], like: &PatchPin| {
        pins.iter().find(|pin| pin.name == like.name && pin.file == like.file).cloned()
    };
    let change = |pin: &PatchPin, what| LockChange::Patch {
        kernel: kernel.clone(),
        patch: pin.name.clone(),
        file: pin.file.clone(),
        what,
    };
    let mut changes = Vec::new();
    for pin in new {
        match find(old, pin) {
            None => changes.push(change(pin, PatchChange::Added)),
            Some(was) if was.sha256 != pin.sha256 => changes.push(change(pin, PatchChange::Changed)),
            Some(_) => {}
        }
    }
    changes.extend(
        old.iter().filter(|pin| find(new, pin).is_none()).map(|pin| change(pin, PatchChange::Removed)),
    );
    if changes.is_empty() && old != new {
        changes.extend(new.first().map(|pin| change(pin, PatchChange::Moved)));
    }
    changes
}

/// The pin of an origin that nobody has to ask.
fn said_by_the_manifest(origin: &Origin) -> Option<SourcePin> {
    match origin {
        Origin::Url { url, sha256, tar_sha256, .. } => Some(SourcePin::Url {
            url: url.clone(),
            sha256: *sha256,
            tar_sha256: *tar_sha256,
            verified: Vec::new(),
        }),
        _ => None,
    }
}

/// Why a pin does not do for a source.
fn misfit(entry: &SourceEntry, pin: &SourcePin) -> Option<PinReason> {
    let mut reasons = entry.origins().map(|origin| differs(origin, pin));
    let first = reasons.next().flatten();
    if first.is_some() && reasons.all(|reason| reason.is_some()) {
        return first;
    }
    let (found, required) = (pin.kernelversion()?, &entry.version.as_ref()?.value);
    (!required.matches(found))
        .then(|| PinReason::Version { found: found.clone(), required: required.clone() })
}

/// How a pin's origin is another one.
fn differs(origin: &Origin, pin: &SourcePin) -> Option<PinReason> {
    let differ = |from: String, to: String| (from != to).then_some(PinReason::Origin { from, to });
    match (origin, pin) {
        (Origin::Deb { package: to }, SourcePin::Deb { package: from, .. }) => {
            differ(from.clone(), to.clone())
        }
        (Origin::KernelOrg { .. }, SourcePin::KernelOrg { .. }) => None,
        (
            Origin::Url { url: to, sha256, tar_sha256, .. },
            SourcePin::Url { url: from, sha256: file, tar_sha256: tar, .. },
        ) => {
            // What the manifest does not say, the lockfile may have learned.
            let digests = [(sha256, file), (tar_sha256, tar)].into_iter().find_map(|(to, from)| {
                let from = from.map_or_else(|| "no digest".to_owned(), |from| from.to_string());
                differ(from, to.as_ref()?.to_string())
            });
            differ(from.clone(), to.clone()).or(digests)
        }
        (Origin::Git { git: to, reference }, SourcePin::Git { git: from, reference: locked, .. }) => {
            differ(from.clone(), to.clone()).or_else(|| differ(locked.to_string(), reference.to_string()))
        }
        (origin, pin) => differ(pin.to_string(), origin.to_string()),
    }
}

fn check_answer(entry: &SourceEntry, answer: &SourcePin) -> Result<(), LockError> {
    let name = &entry.name.value;
    let unfit = |message: String, location: &Option<crate::Location>, hint: Option<String>| {
        Err(LockError::Unfit(Diagnostic { location: location.clone(), hint, ..Diagnostic::new(message) }))
    };
    match misfit(entry, answer) {
        None => Ok(()),
        Some(PinReason::Version { found, required }) => {
            let location = entry.version.as_ref().and_then(|version| version.location.clone());
            let (major, minor) = found.series();
            let hint = format!("write `version = \"{major}.{minor}\"`, or name another origin");
            unfit(
                format!("source `{name}` has version `{found}`, expected `{required}`"),
                &location,
                Some(hint),
            )
        }
        Some(reason) => unfit(
            format!("the answer for source `{name}` is for another: {reason}"),
            &entry.origin.location,
            None,
        ),
    }
}

#[cfg(test)]
mod tests;
