//! The end of a kernel's way: judged, in its place, and where the user's other workspaces find it.

use kernel_host::AbsPath;
use kernel_host::fs;
use kernel_plan::Fingerprint;
use kernel_spec::Conditions;

use super::{Pipeline, Ready};
use crate::configure::Demands;
use crate::contracts::{self, Taker};
use crate::error::BuildError;
use crate::launcher::TIMES;
use crate::options::Artifacts;
use crate::record::Record;
use crate::shared::Shared;
use crate::state::State;
use crate::timings::{self, Timings};
use crate::verify::{Promise, Verified, VerifyError, verify_stored, verify_takers};
use crate::{report, store};

impl Pipeline<'_> {
    fn takers(&self) -> Vec<Taker> {
        contracts::of_kernel(self.locked.loaded().spec(), &self.kernel.name.value)
    }

    /// Judges an artifact that is fresh, where the manifest names other VMMs than those that it was judged for.
    pub(super) fn judge_again(&self, state: &mut State) -> Result<(), BuildError> {
        let takers = self.takers();
        let memo = memo(&takers);
        if state.judged.as_ref() == Some(&memo) {
            return Ok(());
        }
        let images: Vec<_> = self.kernel.images.iter().map(|image| image.value).collect();
        verify_takers(&self.place(), self.kernel.arch.value, &images, &takers)?;
        state.judged = Some(memo);
        Ok(state.write(&self.work.state)?)
    }

    /// What is in a folder, judged by a rule for such folders.
    pub(super) fn verified(
        &self,
        ready: &Ready,
        folder: &AbsPath,
        judge: impl FnOnce(&Promise<'_>) -> Result<Verified, VerifyError>,
    ) -> Result<Verified, VerifyError> {
        let images = self.images();
        let loaded = self.locked.loaded();
        let (name, features) = (&self.kernel.name.value, &loaded.spec().features);
        let conditions = Conditions {
            version: ready.tree.version.version.clone(),
            arch: self.kernel.arch.value,
            toolchain: ready.toolchain.family(),
        };
        let demands = Demands::new(self.kernel, features, loaded.required(name), &conditions);
        let takers = self.takers();
        judge(&Promise {
            objtree: folder,
            arch: self.kernel.arch.value,
            release: &ready.configured.release,
            config: &ready.configured.text,
            images: &images,
            demands: &demands,
            takers: &takers,
        })
    }

    /// Puts what was verified in a folder in the artifact's place.
    pub(super) fn store(
        &self,
        ready: &Ready,
        state: &mut State,
        verified: &Verified,
        folder: &AbsPath,
        objects: u64,
    ) -> Result<Record, BuildError> {
        let record = report::record(&report::Inputs {
            kernel: self.kernel,
            source: self.source,
            pin: &self.pin,
            is_override: self.locked.loaded().overridden(&self.source.name.value).is_some(),
            tree: &ready.tree,
            configured: &ready.configured,
            toolchain: &ready.toolchain,
            fingerprint: &ready.fingerprint,
            durations: ready.durations,
            objects,
        });
        let (record, stored) = store::store(verified, folder, &self.work.directory, &self.place(), record)?;
        state.stored = stored;
        state.judged = Some(memo(&self.takers()));
        state.write(&self.work.state)?;
        Ok(record)
    }

    /// The artifact of the same fingerprint that the user has elsewhere, in its place here.
    pub(super) fn copy(&self, ready: &Ready, state: &mut State) -> Result<Option<Record>, BuildError> {
        let found = self.shared().and_then(|shared| shared.find(&ready.fingerprint, self.cancel));
        let Some(found) = found else { return Ok(None) };
        // This workspace's VMMs may ask for more than those of the one that built it.
        let verified = self.verified(ready, &found.directory, verify_stored)?;
        self.store(ready, state, &verified, &found.directory, found.record.objects).map(Some)
    }

    /// Writes what of the build took how long.
    pub(super) fn write_timings(
        &self,
        record: &Record,
        before: Option<&Record>,
        reason: &str,
    ) -> Result<(), BuildError> {
        let log = fs::read_to_string(&self.work.directory.join("launcher").join(TIMES)).unwrap_or_default();
        let folders = timings::folders(&self.work.objtree)?;
        let page = Timings { record, before, log: &log, reason, folders }.page();
        let workspace = self.locked.loaded().workspace();
        let folder = workspace.output_dir().join(".timings");
        fs::create_dir_all(&folder)?;
        let path = folder.join(format!("{}.html", self.kernel.name.value));
        fs::write_atomic(&path, page.as_bytes())?;
        self.voice.started("Timings", workspace.show(&path));
        Ok(())
    }

    /// Keeps an artifact for the user's other workspaces; that it cannot be kept is no failure of the build.
    pub(super) fn keep(&self, record: &Record, fingerprint: &Fingerprint) {
        let kept = self.shared().map_or(Ok(()), |shared| shared.keep(&self.place(), record, fingerprint));
        if let Err(error) = kept {
            self.voice.warning(format!("the artifact could not be kept for other workspaces: {error}"), None);
        }
    }

    /// The user's artifacts, where this kernel's may be among them: of the state of a tree that somebody edits, nobody
    /// else knows.
    pub(super) fn shared(&self) -> Option<Shared> {
        let may = self.options.artifacts == Artifacts::Shared && self.pin.is_pinned();
        may.then(|| Shared::of(self.env)).flatten()
    }
}

fn memo(takers: &[Taker]) -> Vec<String> {
    takers.iter().map(Taker::memo).collect()
}
