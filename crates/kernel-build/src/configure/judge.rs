//! Whether a resolved config is as asked.
//!
//! | judged | against |
//! |---|---|
//! | pairs of requests | `deny-conflicts` |
//! | each request | the result; `optional` and `may-miss` say which may be missed |
//! | each entry of `may-miss` | that it is needed |
//! | the features that are promised, and what VMs require | the result, by each feature's condition ([`unmet`](super::unmet)) |
//! | symbols that are `m` | that modules are not built, unless `modules = true` |
//! | the kernelrelease | `mod-dir-version` |

use kconfig::fix::Setting;
use kconfig::layers::{Conflict, LayerKind, Need};
use kconfig::{DotConfig, Merged, Miss, MissReason, Symbol, Value};
use kernel_host::digest::sha256;
use kernel_spec::{IN_TREE, MayMiss, Modules, Sha256, Strictness};

use super::refusal::{Belongs, Missed, Refusal, Unneeded, WhyUnneeded, count};
use super::{
    ConfigureError, Configured, Configurer, Found, RESOLVED, base_words, parse, stable_digest, unmet,
};
use crate::configuration::{Configuration, Others};
use crate::load::Layer;
use crate::release::{LocalVersionAuto, Release, ReleaseInputs, check_promise, compute};
use crate::resolve::Resolver;

impl Configurer<'_> {
    /// What is wrong with a configuration that the engine resolved; `None` where nothing is.
    pub(crate) fn refusal(&self, configuration: &Configuration) -> Result<Option<Refusal>, ConfigureError> {
        let (merged, config) = (configuration.merged(), configuration.resolved());
        let misses = kconfig::misses(merged, &config, Some(&configuration.names()));
        let (_, refusal) = self.allow((merged, &config), misses, Some(configuration))?;
        Ok((!refusal.is_empty()).then_some(refusal))
    }

    /// Judges a resolved config: requests, modules, kernelrelease.
    pub(super) fn judge(
        &self,
        Found { text, merged, names, configuration }: Found,
    ) -> Result<(Configured, Option<Resolver>), ConfigureError> {
        let kernel = &self.kernel.name.value;
        let config = parse(&self.work.join(RESOLVED), &text)?;
        for Conflict { lost, won, .. } in merged.replaced() {
            self.voice.note(format!("{won} at {} overrides {lost} at {}", won.origin, lost.origin));
        }
        let misses = kconfig::misses(&merged, &config, names.as_ref());
        let (missed, refusal) = self.allow((&merged, &config), misses, configuration.as_ref())?;
        if !refusal.is_empty() {
            return Err(ConfigureError::Refused(Box::new(refusal)));
        }
        let modules: Vec<Symbol> = config.modules().cloned().collect();
        if !modules.is_empty() && self.kernel.modules.value != Modules::On {
            let asked = |symbol: Symbol| (merged.request(&symbol).map(|r| r.origin.to_string()), symbol);
            let modules = modules.into_iter().map(asked).map(|(origin, symbol)| (symbol, origin)).collect();
            return Err(ConfigureError::Modules {
                kernel: kernel.clone(),
                modules,
                mod2yes: self.kernel.mod2yes,
            });
        }
        let new_symbols = match &configuration {
            Some(configuration) if self.kernel.strictness == Strictness::Strict => {
                configuration.new_symbols()?
            }
            _ => Vec::new(),
        };
        self.tell_new(&new_symbols);
        let release = self.release(&config, &merged)?;
        let digest = Sha256(sha256(text.as_bytes()));
        let resolver = configuration.map(Configuration::into_resolver);
        let one_off = self.layers.one_off(&self.conditions());
        let features = self.demands().features(&config);
        let stable = resolver.as_ref().map(|resolver| stable_digest(&config, &resolver.probed()));
        let configured = Configured {
            text,
            config,
            digest,
            merged,
            missed,
            one_off,
            new_symbols,
            features,
            release,
            stable,
        };
        Ok((configured, resolver))
    }

    /// Lists what a strict base does not name.
    fn tell_new(&self, symbols: &[String]) {
        const SHOWN: usize = 12;
        if symbols.is_empty() {
            return;
        }
        let base = base_words(&self.kernel.base.value);
        let some = symbols.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
        let more = symbols.len().saturating_sub(SHOWN);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let number = count(symbols.len(), "symbol");
        self.voice.warning(format!("`{base}` does not name {number} of this tree: {some}{more}"), None);
        if !more.is_empty() {
            self.voice.note(symbols.join("\n"));
        }
    }

    pub(super) fn release(&self, config: &DotConfig, merged: &Merged) -> Result<Release, ConfigureError> {
        let text = |name: &str| Symbol::new(name).ok().and_then(|symbol| config.get(&symbol).cloned());
        let local_version = match text("LOCALVERSION") {
            Some(Value::Text(text)) => text.into_string(),
            _ => String::new(),
        };
        let auto = match text("LOCALVERSION_AUTO") {
            Some(Value::Y) => LocalVersionAuto::On,
            _ => LocalVersionAuto::Off,
        };
        let inputs = ReleaseInputs {
            srctree: &self.source.path,
            objtree: self.objtree,
            version: &self.source.version,
            local_version: &local_version,
            auto,
        };
        let release = compute(&inputs, self.env, self.cancel)?;
        let won = merged.requests.iter().filter(|request| request.symbol.as_str() == "LOCALVERSION");
        let lost = merged.conflicts.iter().rev().map(|pair| &pair.lost);
        let lost = lost.filter(|entry| entry.symbol.as_str() == "LOCALVERSION").map(|entry| &entry.origin);
        let places: Vec<String> =
            won.map(|request| &request.origin).chain(lost).map(ToString::to_string).collect();
        let promise = self.kernel.mod_dir_version.as_ref().map(|promise| &promise.value);
        let kernel = &self.kernel.name.value;
        check_promise(kernel, &release, &self.source.version, auto, promise, self.source_kind, &places)?;
        Ok(release)
    }

    /// The files of the workspace that are layers of the kernel.
    fn fragments(&self) -> Vec<&str> {
        let is_file = |layer: &&Layer| {
            let kind = layer.layer.kind;
            let elsewhere = ["<", IN_TREE].iter().any(|start| layer.layer.name.starts_with(start));
            matches!(kind, LayerKind::Profiles | LayerKind::Fragments) && !elsewhere
        };
        self.layers.layers.iter().filter(is_file).map(|layer| layer.layer.name.as_str()).collect()
    }

    /// The misses that are allowed, and what is not.
    fn allow(
        &self,
        (merged, config): (&Merged, &DotConfig),
        misses: Vec<Miss>,
        configuration: Option<&Configuration>,
    ) -> Result<(Vec<Miss>, Refusal), ConfigureError> {
        let conditions = self.conditions();
        let entries: Vec<&MayMiss> = self
            .kernel
            .may_miss
            .iter()
            .filter(|entry| entry.when.as_ref().is_none_or(|when| when.holds(&conditions)))
            .collect();
        let holds = |entry: &MayMiss| {
            entry.until.as_ref().is_none_or(|until| until.holds(&conditions.version, self.today))
        };
        let (mut allowed, mut refused) = (Vec::new(), Vec::new());
        for miss in misses {
            let request = &miss.request;
            let entry = entries.iter().find(|entry| entry.symbol.value == request.symbol);
            let reason = match (request.need, entry) {
                (Need::Optional, _) => request.reason.as_deref(),
                (Need::Mandatory, Some(entry)) if holds(entry) => Some(entry.reason.as_str()),
                (Need::Mandatory, _) => None,
            };
            match reason {
                Some(reason) => {
                    let outcome = miss.outcome(&self.source.version.kernelversion);
                    let origin = &request.origin;
                    self.voice.note(format!("{request} at {origin} {outcome}, which is allowed: {reason}"));
                    allowed.push(miss);
                }
                None => refused.push((miss, entry.and_then(|entry| entry.until.clone()))),
            }
        }
        let missed = |symbol: &Symbol| {
            allowed
                .iter()
                .chain(refused.iter().map(|(miss, _)| miss))
                .any(|miss| miss.request.symbol == *symbol)
        };
        let unneeded = entries.iter().filter_map(|entry| {
            let symbol = &entry.symbol.value;
            let why = match merged.request(symbol) {
                None => WhyUnneeded::NotRequested,
                Some(_) if !missed(symbol) => WhyUnneeded::Landed,
                Some(request) if request.need == Need::Optional => WhyUnneeded::Optional,
                Some(_) => return None,
            };
            Some(Unneeded { symbol: symbol.clone(), location: entry.symbol.location.clone(), why })
        });
        let unneeded: Vec<Unneeded> = unneeded.collect();
        let denied = |conflict: &&Conflict| self.kernel.deny_conflicts.0.contains(&conflict.kind);
        let misses = explained(refused, (merged, &self.fragments()), configuration)?;
        let proposed = misses.iter().filter(|missed| missed.settings().is_some());
        let proposed =
            proposed.map(|missed| (missed.miss.request.symbol.clone(), missed.miss.request.value.clone()));
        let unmet = unmet::unmet(&self.demands(), config, configuration, proposed.collect())?;
        let refusal = Refusal {
            kernel: self.kernel.name.value.clone(),
            table: self.kernel.table().clone(),
            version: self.source.version.kernelversion.clone(),
            conflicts: merged.conflicts.iter().filter(denied).cloned().collect(),
            unneeded,
            misses,
            unmet,
        };
        Ok((allowed, refusal))
    }
}

/// Where the settings belong with which a request lands: where it is made, unless somebody else speaks of them.
fn belongs(missed: &Missed, merged: &Merged, fragments: &[&str]) -> Belongs {
    let path = &missed.miss.request.origin.path;
    let is_fragment = fragments.contains(&path.as_str());
    let is_free = |setting: &Setting| {
        merged.request(&setting.symbol).is_none_or(|request| request.origin.path == *path)
            && merged.unset.iter().all(|entry| entry.symbol != setting.symbol)
    };
    match missed.settings() {
        Some(settings) if is_fragment && settings.iter().all(is_free) => Belongs::Fragment(path.clone()),
        _ => Belongs::Table,
    }
}

/// Misses with why, and with what to do for each that the tree has.
fn explained(
    misses: Vec<(Miss, Option<kernel_spec::Until>)>,
    (merged, fragments): (&Merged, &[&str]),
    configuration: Option<&Configuration>,
) -> Result<Vec<Missed>, ConfigureError> {
    let Some(configuration) = configuration.filter(|_| !misses.is_empty()) else {
        let (explanation, proposal, into) = (None, None, Belongs::Table);
        let alone = |(miss, allowed_until)| {
            let (explanation, proposal, into) = (explanation.clone(), proposal.clone(), into.clone());
            Missed { miss, explanation, proposal, into, allowed_until }
        };
        return Ok(misses.into_iter().map(alone).collect());
    };
    let symbols: Vec<Symbol> = misses.iter().map(|(miss, _)| miss.request.symbol.clone()).collect();
    let explanations = configuration.explain(&symbols)?;
    let known = misses.iter().filter(|(miss, _)| miss.reason == MissReason::Resolved);
    let wanted: Vec<(Symbol, Value)> =
        known.map(|(miss, _)| (miss.request.symbol.clone(), miss.request.value.clone())).collect();
    let mut proposals = configuration.fix(&wanted, Others::Kept)?;
    let missed = misses.into_iter().zip(explanations).map(|((miss, allowed_until), explanation)| {
        let at = proposals.iter().position(|proposal| proposal.symbol == miss.request.symbol);
        let proposal = at.map(|at| proposals.remove(at));
        let missed =
            Missed { miss, explanation: Some(explanation), proposal, into: Belongs::Table, allowed_until };
        Missed { into: belongs(&missed, merged, fragments), ..missed }
    });
    Ok(missed.collect())
}
