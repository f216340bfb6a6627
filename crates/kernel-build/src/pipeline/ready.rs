//! From a plan to a configured kernel, while its tree is being looked at.

use std::sync::PoisonError;

use kernel_host::clock::Stopwatch;
use kernel_host::jobserver::Jobserver;
use kernel_plan::Outlook;

use super::patched::identity_of;
use super::{Pipeline, Ready, milliseconds};
use crate::configure::{Configured, Route};
use crate::error::BuildError;
use crate::objtree;
use crate::options::{Kconfig, Probes};
use crate::prepare::Planned;
use crate::record::Durations;
use crate::resolve::Resolver;
use crate::source::{Begun, SourceTree};
use crate::state::{ConfiguredMemo, State};
use crate::toolchain::{Minima, Toolchain};

impl Pipeline<'_> {
    /// From a plan to a configured kernel.
    pub(super) fn ready(
        &self,
        planned: Planned,
        state: &mut State,
        jobserver: &Jobserver,
        begun: Option<Begun>,
    ) -> Result<Ready, BuildError> {
        let toolchain = self.toolchain()?;
        // The tree's own word counts, and may be an hour of downloading away.
        let version = planned.facts.source.kernelversion.as_deref();
        let version = version.or(planned.facts.source.requirement.as_deref()).unwrap_or_default();
        toolchain.check(&Minima::of_version(version))?;
        let watch = Stopwatch::start();
        self.over(self.own_tree(), &toolchain, begun, |tree| {
            let source_ms = milliseconds(watch);
            toolchain.check(&Minima::of_tree(&tree.path).unwrap_or_default())?;
            let watch = Stopwatch::start();
            let (configured, resolver) = self.configured(&planned, &toolchain, tree, state, jobserver)?;
            let durations = Durations { source_ms, configure_ms: milliseconds(watch), compile_ms: 0 };
            let fingerprint = self.preparer().fingerprint(
                &planned.facts,
                configured.digest,
                &configured.release.text,
                &tree.patches.iter().collect::<Vec<_>>(),
            );
            let (toolchain, tree) = (toolchain.clone(), tree.clone());
            Ok(Ready { toolchain, tree, configured, resolver, fingerprint, durations })
        })
    }

    /// The resolved config: an earlier run's where it is still good.
    fn configured(
        &self,
        planned: &Planned,
        toolchain: &Toolchain,
        tree: &SourceTree,
        state: &mut State,
        jobserver: &Jobserver,
    ) -> Result<(Configured, Option<Resolver>), BuildError> {
        objtree::prepare(&self.work.objtree, &self.work.directory, &tree.origin, state, self.voice)?;
        let route = match self.options.kconfig {
            Kconfig::Engine => Route::Engine,
            Kconfig::Tree => Route::Tree(self.make(toolchain, tree, jobserver)),
        };
        let identity = identity_of(&planned.facts.source.identity, tree);
        let configurer = self.configurer(toolchain, tree, &identity, &self.work.objtree, route)?;
        let recalled = match (&planned.outlook, &state.configured) {
            (Outlook::Undecided(_), _) | (_, None) => None,
            // Whoever wants the answers verified wants them asked for.
            _ if self.options.probes == Probes::Verify => None,
            (_, Some(memo)) => configurer.recall(memo)?,
        };
        if let Some(configured) = recalled {
            return Ok((configured, None));
        }
        // What it stands for is about to be overwritten.
        state.configured = None;
        state.write(&self.work.state)?;
        let (configured, resolver) = {
            let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
            configurer.configure(state)?
        };
        state.configured = Some(ConfiguredMemo::new(&planned.key, &configured, tree));
        state.write(&self.work.state)?;
        Ok((configured, resolver))
    }
}
