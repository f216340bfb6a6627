//! What a kernel resolved to, in the lockfile.
//!
//! Written after a configure that passed every check; under `--locked` compared, and not written. What only the machine's
//! answers decide is no part of the digest, so that another compiler alone is no change; the toolchain stands there for
//! people. A kernel of a tree that the user edits has none: nothing pins that tree.

use kernel_host::fs;
use kernel_spec::{KernelName, LockChange, LockError as SpecLockError, LockMode, Resolved};

use super::{LockError, Locked, read_lockfile, writing};
use crate::event::Voice;

impl Locked {
    /// Holds what a kernel resolved to against the lockfile, and writes it down where that may be.
    pub(crate) fn settle(
        &self,
        kernel: &KernelName,
        now: Resolved,
        mode: LockMode,
        voice: Voice<'_>,
    ) -> Result<(), LockError> {
        // A lockfile is about the kernels of the manifest, and not about variations of them.
        if self.loaded().kernel(kernel).is_ok_and(|entry| entry.varies.is_some()) {
            return Ok(());
        }
        let path = self.loaded().workspace().lockfile();
        let read = || read_lockfile(self.loaded(), &path);
        let Some(lockfile) = read()? else { return Ok(()) };
        let known = lockfile.kernels.get(kernel).and_then(|locked| locked.resolved.as_ref());
        let changes = known.map(|old| differences(kernel, old, &now)).unwrap_or_default();
        match mode.option() {
            Some(option) if !changes.is_empty() => {
                return Err(SpecLockError::OutOfDate { option, changes }.into());
            }
            Some(_) => return Ok(()),
            None if changes.is_empty() && known.is_some() => return Ok(()),
            None => {}
        }
        for change in changes {
            voice.started("Locking", change.to_string());
        }
        // Read again: another kernel may just have been written.
        let _alone = writing(self.loaded())?;
        let Some(mut lockfile) = read()? else { return Ok(()) };
        lockfile.kernels.entry(kernel.clone()).or_default().resolved = Some(now);
        Ok(fs::write_atomic(&path, lockfile.render().as_bytes())?)
    }
}

fn differences(kernel: &KernelName, old: &Resolved, now: &Resolved) -> Vec<LockChange> {
    let change = |what: &str, from: String, to: String| {
        let (kernel, what) = (kernel.clone(), what.to_owned());
        (from != to).then_some(LockChange::Resolved { kernel, what, from, to })
    };
    let short = |resolved: &Resolved| resolved.config.to_string()[..12].to_owned();
    let mut changes: Vec<LockChange> =
        change("kernelrelease", old.kernelrelease.clone(), now.kernelrelease.clone()).into_iter().collect();
    if old.config != now.config {
        changes.extend(change("resolved config", short(old), short(now)));
    }
    changes
}
