//! A kernel looked at on its tree, beside whatever is under way; nothing is kept.

use super::{Pipeline, Which};
use crate::error::BuildError;
use crate::outlook::Survey;
use crate::patch::PatchReport;
use crate::session::Glance;

impl Pipeline<'_> {
    /// Resolves and judges, and says what it came to.
    pub(crate) fn glance(&self) -> Result<Glance, BuildError> {
        self.aside(|configurer| {
            let configured = configurer.foresee()?;
            Ok(Glance {
                kernelversion: configurer.source.version.kernelversion.clone(),
                release: configured.release.text,
                requests: configured.merged.requests.len() - configured.missed.len(),
                features: configured.features,
            })
        })
    }

    /// Resolves on the patched tree, or on the pristine one where a patch does not apply.
    ///
    /// The patched tree is made at a `place` of its own: that of the kernel is for building.
    pub(crate) fn survey(&self, place: &str) -> Result<Survey, BuildError> {
        let (patches, _) = self.try_patches(false)?;
        let good = |report: &PatchReport| report.outcome.is_good();
        let which = if patches.iter().all(good) { Which::Patched(place) } else { Which::Pristine };
        let mut survey = self.aside_on(which, |configurer| Ok(configurer.survey()?))?;
        survey.patches = patches;
        Ok(survey)
    }
}
