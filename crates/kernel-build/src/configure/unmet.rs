//! What a kernel must have and has not: features that it promises, and what its VMs and their packages require.
//!
//! ```text
//!   vsock   Kernel.toml:31   required by [vm.demo]: VSOCKETS && VIRTIO_VSOCKETS, and VIRTIO_VSOCKETS is n
//!     holds with `NET = "y"`, `VSOCKETS = "y"`, `VIRTIO_VSOCKETS = "y"` in `[kernel.guest.config]`
//! ```
//!
//! Of the ways to make a condition hold the first is proposed with which everything that was proposed before still holds;
//! each was verified by resolving with it.

use kconfig::explain;
use kconfig::fix::{Outcome, Setting};
use kconfig::{DotConfig, Symbol, Value};
use kernel_spec::{Conditions, Feature, Features, KernelEntry, PatchEntry, Requirement, Want};

use super::ConfigureError;
use crate::configuration::{Configuration, Others, Proposal};

/// Something that a kernel must have and has not.
#[derive(Clone, Debug)]
pub struct Unmet {
    /// What, where it is written, and by whom.
    pub requirement: Requirement,
    /// Whether the kernel itself says that it has it, or somebody needs it.
    pub claim: Claim,
    /// The condition that the feature stands for.
    pub condition: Option<String>,
    /// The symbols that stand in its way, each with its value and what is known of it.
    pub because: Vec<String>,
    /// The settings with which it holds, verified.
    pub settings: Option<Vec<Setting>>,
}

/// Who says that a kernel has something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The kernel, or one of its patches.
    Promised,
    /// A VM, or a package of one.
    Required,
}

impl Claim {
    /// As people are shown it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Promised => "promised",
            Self::Required => "required",
        }
    }
}

/// Everything that a kernel must have.
#[derive(Clone, Debug)]
pub struct Demands<'a> {
    features: &'a Features,
    /// The features that the patches bring which are applied.
    brought: Vec<&'a str>,
    demanded: Vec<(Claim, Requirement)>,
}

impl<'a> Demands<'a> {
    /// What a kernel promises, what its patches promise that are applied under these conditions, and what others require.
    pub(crate) fn new(
        kernel: &'a KernelEntry,
        features: &'a Features,
        required: impl IntoIterator<Item = &'a Requirement>,
        under: &Conditions,
    ) -> Self {
        let holds = |patch: &&PatchEntry| patch.when.as_ref().is_none_or(|when| when.holds(under));
        let promised = kernel.features.iter().map(|requirement| (Claim::Promised, requirement.clone()));
        let of_patches = kernel.patches.iter().filter(holds).flat_map(|patch| {
            patch.features.iter().map(|name| {
                let (want, location) = (Want::Feature(name.value.clone()), name.location.clone());
                (Claim::Promised, Requirement { want, location, by: format!("patch `{}`", patch.name.value) })
            })
        });
        let required = required.into_iter().map(|requirement| (Claim::Required, requirement.clone()));
        let applied = kernel.patches.iter().filter(holds).flat_map(|patch| &patch.features);
        Self {
            features,
            brought: applied.map(|name| name.value.as_str()).collect(),
            demanded: promised.chain(of_patches).chain(required).collect(),
        }
    }

    /// The features of a resolved config, by name.
    pub(crate) fn features(&self, config: &DotConfig) -> Vec<String> {
        self.features.of(config, &self.brought)
    }

    /// What a config has not.
    pub(crate) fn unmet_by(&self, config: &DotConfig) -> impl Iterator<Item = &(Claim, Requirement)> {
        self.demanded
            .iter()
            .filter(|(_, required)| !self.features.meet(&required.want, config, &self.brought))
    }
}

/// What a resolved config has not; where the engine resolved, with what to do.
///
/// `wanted` are the settings that are proposed already.
pub(super) fn unmet(
    demands: &Demands<'_>,
    config: &DotConfig,
    configuration: Option<&Configuration>,
    mut wanted: Vec<(Symbol, Value)>,
) -> Result<Vec<Unmet>, ConfigureError> {
    let mut found = Vec::new();
    for (claim, requirement) in demands.unmet_by(config) {
        let feature = match &requirement.want {
            Want::Feature(name) => demands.features.get(name),
            Want::Symbol { .. } => None,
        };
        let ways = ways(&requirement.want, feature);
        let missing = |way: &[(Symbol, Value)]| -> Vec<(Symbol, Value)> {
            way.iter().filter(|(symbol, value)| !config.has(symbol, value)).cloned().collect()
        };
        let first = ways.first().map(|way| missing(way)).unwrap_or_default();
        let because = match (&requirement.want, feature) {
            (Want::Feature(_), None) => vec!["no patch that is applied brings it".to_owned()],
            _ => because(&first, feature, config, configuration)?,
        };
        let mut settings = None;
        for way in configuration.iter().flat_map(|_| &ways) {
            let Some(proposed) = proposed(configuration, &wanted, &missing(way))? else { continue };
            wanted.extend(missing(way));
            settings = Some(proposed);
            break;
        }
        let condition = feature.map(|feature| feature.condition.to_string());
        found.push(Unmet { requirement: requirement.clone(), claim: *claim, condition, because, settings });
    }
    Ok(found)
}

/// What could be asked for so that something is there.
fn ways(want: &Want, feature: Option<&Feature>) -> Vec<Vec<(Symbol, Value)>> {
    match (want, feature) {
        (Want::Feature(_), Some(feature)) => feature.condition.ways(),
        (Want::Feature(_), None) => Vec::new(),
        (Want::Symbol { symbol, value }, _) => {
            vec![vec![(symbol.clone(), value.clone().unwrap_or(Value::Y))]]
        }
    }
}

/// The settings that bring these about, on top of what is wanted before; `None` where they do not.
fn proposed(
    configuration: Option<&Configuration>,
    before: &[(Symbol, Value)],
    missing: &[(Symbol, Value)],
) -> Result<Option<Vec<Setting>>, ConfigureError> {
    let Some(configuration) = configuration.filter(|_| !missing.is_empty()) else { return Ok(None) };
    let proposals = configuration.fix(&[before, missing].concat(), Others::Kept)?;
    let mut settings: Vec<Setting> = Vec::new();
    let own = proposals.get(before.len()..).unwrap_or_default();
    for Proposal { symbol, value, outcome } in own {
        let Outcome::Fixed(fix) = outcome else { return Ok(None) };
        let asked = Setting { symbol: symbol.clone(), value: value.clone() };
        for setting in fix.settings.iter().chain([&asked]) {
            if !settings.iter().any(|known| known.symbol == setting.symbol) {
                settings.push(setting.clone());
            }
        }
    }
    Ok(Some(settings))
}

/// `VIRTIO_VSOCKETS is n: depends on VSOCKETS, which is n (net/vmw_vsock/Kconfig:40)`.
fn because(
    missing: &[(Symbol, Value)],
    feature: Option<&Feature>,
    config: &DotConfig,
    configuration: Option<&Configuration>,
) -> Result<Vec<String>, ConfigureError> {
    let value = |symbol: &Symbol| config.get(symbol).map_or_else(|| "n".to_owned(), ToString::to_string);
    if missing.is_empty() {
        let symbols = feature.map(|feature| feature.condition.symbols()).unwrap_or_default();
        return Ok(symbols.into_iter().map(|symbol| format!("{symbol} is {}", value(symbol))).collect());
    }
    let explanations =
        configuration.map(|configuration| configuration.explain_wanted(missing)).transpose()?;
    let mut lines = Vec::new();
    for (at, (symbol, _)) in missing.iter().enumerate() {
        let explanation = explanations.as_ref().and_then(|explanations| explanations.get(at));
        let is_defined = configuration.is_none_or(|configuration| configuration.defines(symbol));
        let why = match explanation.map(explain::brief) {
            _ if !is_defined => ", which the tree does not define".to_owned(),
            Some(why) if !why.is_empty() => format!(": {why}"),
            _ => String::new(),
        };
        lines.push(format!("{symbol} is {}{why}", value(symbol)));
    }
    Ok(lines)
}
