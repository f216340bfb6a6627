//! What has to be on the machine before anything is done.

use kernel_host::fs;

use super::Pipeline;
use crate::configure::RESOLVED;
use crate::error::BuildError;
use crate::host_tools;
use crate::prepare::Planned;
use crate::state::State;

impl Pipeline<'_> {
    /// Looks for host tools: the base set, and what the last resolved config asked for.
    pub(crate) fn check_tools(&self) -> Result<(), BuildError> {
        let mut demands = host_tools::base(self.options.kconfig);
        let config = fs::read_to_string(&self.work.directory.join(RESOLVED)).unwrap_or_default();
        demands.extend(host_tools::demanded(&kconfig::DotConfig::parse(&config).unwrap_or_default()));
        Ok(host_tools::check(&demands, "cc", self.env, self.cancel)?)
    }

    /// Looks for what every build needs. Resolving needs none of it, and a check looks where the toolchain is another one.
    pub(super) fn check_base_tools(&self) -> Result<(), BuildError> {
        let demands = host_tools::base(self.options.kconfig);
        Ok(host_tools::check(&demands, &self.toolchain()?.host_cc, self.env, self.cancel)?)
    }

    pub(super) fn prepared(&self, state: &mut State) -> Result<Planned, BuildError> {
        if !self.env.is_linux() {
            return Err(BuildError::NotLinux);
        }
        let name = self.kernel.compilers.as_ref().map(|name| &name.value);
        // Without a compiler there are no facts; then the whole base set is reported, not its first member.
        if state.toolchain.as_ref().is_none_or(|memo| !memo.holds(name, self.env)) {
            host_tools::check(&host_tools::base(self.options.kconfig), "cc", self.env, self.cancel)?;
        }
        let before = state.clone();
        let planned = self.preparer().prepare(state)?;
        if *state != before {
            state.write(&self.work.state)?;
        }
        Ok(planned)
    }
}
