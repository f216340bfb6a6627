//! What a configuration comes to where nobody judges it, and the part of it that a compiler does not change.

use std::collections::HashSet;

use kconfig::layers::Need;
use kconfig::{DotConfig, Miss, Symbol};
use kernel_host::digest::sha256;
use kernel_spec::Sha256;

use super::{ConfigureError, Configurer};
use crate::outlook::Survey;

impl Configurer<'_> {
    /// What the configuration comes to, not judged; nothing is written.
    pub(crate) fn survey(&self) -> Result<Survey, ConfigureError> {
        let configuration = self.configuration()?;
        let (config, merged) = (configuration.resolved(), configuration.merged());
        let names = configuration.names();
        let version = self.source.version.kernelversion.clone();
        let missed = kconfig::misses(merged, &config, Some(&names));
        let missed: Vec<Miss> =
            missed.into_iter().filter(|miss| miss.request.need != Need::Optional).collect();
        let words = configuration.explain_misses(&missed, &version)?;
        let misses = missed.iter().map(|miss| miss.request.symbol.clone()).zip(words).collect();
        let release = self.release(&config, merged).map(|release| release.text);
        Ok(Survey {
            kernelversion: version,
            release: release.map_err(|error| error.to_string()),
            config,
            names,
            misses,
            patches: Vec::new(),
        })
    }
}

/// The digest of a resolved config without these symbols; comments are no part of it.
pub(super) fn stable_digest(config: &DotConfig, but: &HashSet<Symbol>) -> Sha256 {
    let kept = config.iter().filter(|(symbol, _)| !but.contains(symbol));
    let text: String = kept.map(|(symbol, value)| format!("{symbol}={value}\n")).collect();
    Sha256(sha256(text.as_bytes()))
}
