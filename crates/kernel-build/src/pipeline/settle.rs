//! The toolchain and the resolved config, held against what is pinned.

use kernel_spec::{Resolved, Sha256};

use super::{Pipeline, Ready};
use crate::error::BuildError;
use crate::state::State;
use crate::toolchain::Toolchain;

impl Pipeline<'_> {
    /// The toolchain, of the versions that the manifest asks for.
    pub(super) fn toolchain(&self) -> Result<Toolchain, BuildError> {
        let (arch, probes) = (self.kernel.arch.value, self.options.probes);
        let name = self.kernel.compilers.as_ref().map(|name| &name.value);
        let toolchain = Toolchain::recall(arch, name, (self.env, self.cancel), probes)?;
        toolchain.check_pins(self.kernel)?;
        Ok(toolchain)
    }

    /// What was just configured.
    pub(super) fn settle(&self, ready: &Ready) -> Result<(), BuildError> {
        let configured = &ready.configured;
        ready.toolchain.check_found(self.kernel, &configured.config)?;
        let identity = ready.toolchain.identity.to_string();
        self.settle_with(configured.stable, &configured.release.text, &identity)
    }

    /// What was configured by an earlier run.
    pub(super) fn settle_memo(&self, state: &State) -> Result<(), BuildError> {
        let Some(memo) = &state.configured else { return Ok(()) };
        let stable = memo.stable.as_deref().and_then(Sha256::from_hex);
        let identity = state.toolchain.as_ref().map(|memo| memo.identity.clone()).unwrap_or_default();
        self.settle_with(stable, &memo.release, &identity)
    }

    fn settle_with(&self, stable: Option<Sha256>, release: &str, identity: &str) -> Result<(), BuildError> {
        // What one run asked for beside the manifest, or a matrix varies, is not what the manifest resolves to.
        let is_manifests = self.options.one_off.is_empty() && self.kernel.varies.is_none();
        let Some(config) = stable.filter(|_| self.pin.is_pinned() && is_manifests) else { return Ok(()) };
        let toolchain = identity.lines().map(str::to_owned).collect();
        let now = Resolved { kernelrelease: release.to_owned(), config, toolchain };
        Ok(self.locked.settle(&self.kernel.name.value, now, self.options.lock_mode, self.voice)?)
    }
}
