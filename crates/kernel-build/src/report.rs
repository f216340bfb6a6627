//! What is said about a build: its record, why it was due, its last line.

use kconfig::layers::Conflict;
use kconfig::{Demand, DotConfig, Request, Value, difference};
use kernel_host::AbsPath;
use kernel_host::fs;
use kernel_plan::{DirtyReason, Fingerprint};
use kernel_spec::{KernelEntry, Origin, SourceEntry};

use crate::configure::{Configured, base_words};
use crate::pin::Pin;
use crate::prepare::unlisted_word;
use crate::record::{
    ConfigRecord, Durations, FingerprintRecord, LICENCE, OverrideRecord, PartRecord, PatchRecord, Record,
    RequestRecord, SCHEMA, SourceRecord, ToolchainRecord,
};
use crate::source::SourceTree;
use crate::toolchain::Toolchain;

/// What a record is made from.
pub(crate) struct Inputs<'a> {
    pub(crate) kernel: &'a KernelEntry,
    pub(crate) source: &'a SourceEntry,
    pub(crate) pin: &'a Pin,
    /// Whether an override file put a tree in the place of the source.
    pub(crate) is_override: bool,
    pub(crate) tree: &'a SourceTree,
    pub(crate) configured: &'a Configured,
    pub(crate) toolchain: &'a Toolchain,
    pub(crate) fingerprint: &'a Fingerprint,
    pub(crate) durations: Durations,
    pub(crate) objects: u64,
}

/// The record of a build, but for its files.
pub(crate) fn record(inputs: &Inputs<'_>) -> Record {
    let version = match inputs.pin {
        Pin::Deb { version, .. } => Some(version.clone()),
        Pin::Git { commit, .. } => Some(commit.clone()),
        Pin::Tarball { .. } | Pin::Path { .. } => None,
    };
    let origin = match (inputs.pin, &inputs.source.origin.value) {
        (Pin::Deb { package, .. }, _) => format!("deb {package}"),
        (Pin::Tarball { label, .. }, _) => label.clone(),
        (Pin::Git { written, .. }, _) => format!("git {written}"),
        (Pin::Path { .. }, Origin::Path { path }) if !inputs.is_override => format!("path {path}"),
        (Pin::Path { path }, _) => format!("path {path}"),
    };
    let fingerprint = inputs.fingerprint;
    Record {
        schema: SCHEMA,
        name: inputs.kernel.name.value.to_string(),
        arch: inputs.kernel.arch.value.to_string(),
        kernelversion: inputs.tree.version.kernelversion.clone(),
        kernelrelease: inputs.configured.release.text.clone(),
        licence: LICENCE.to_owned(),
        source: SourceRecord {
            name: inputs.source.name.value.to_string(),
            origin,
            version,
            sha256: inputs.pin.sha256().map(|digest| digest.to_string()),
            unpinned: !inputs.pin.is_pinned(),
            verified: inputs.tree.verified.clone(),
            patches: inputs
                .tree
                .patches
                .iter()
                .map(|part| PatchRecord {
                    name: part.name.clone(),
                    file: part.file.clone(),
                    sha256: part.digest.to_string(),
                })
                .collect(),
        },
        features: inputs.configured.features.clone(),
        config: config(inputs.kernel, inputs.configured),
        toolchain: ToolchainRecord {
            identity: inputs.toolchain.identity.to_string(),
            compiler: inputs.toolchain.identity.compiler.clone(),
        },
        files: Vec::new(),
        durations: inputs.durations,
        objects: inputs.objects,
        fingerprint: FingerprintRecord {
            sha256: fingerprint.hash().to_string(),
            parts: fingerprint.parts().iter().map(PartRecord::from).collect(),
        },
    }
}

/// The record of a build that is what other requests come to as well.
pub(crate) fn refresh(record: Record, kernel: &KernelEntry, configured: &Configured) -> Record {
    Record { features: configured.features.clone(), config: config(kernel, configured), ..record }
}

fn config(kernel: &KernelEntry, configured: &Configured) -> ConfigRecord {
    let merged = &configured.merged;
    ConfigRecord {
        base: base_words(&kernel.base.value),
        unlisted: unlisted_word(kernel.unlisted).to_owned(),
        sha256: configured.digest.to_string(),
        requests: merged.requests.iter().map(|request| landed(request, configured)).collect(),
        one_off: configured.one_off.clone(),
        new_symbols: configured.new_symbols.clone(),
        overridden: merged.replaced().map(lost).collect(),
    }
}

fn landed(request: &Request, configured: &Configured) -> RequestRecord {
    let config = &configured.config;
    let missed = configured.missed.iter().any(|miss| miss.request.symbol == request.symbol);
    RequestRecord {
        symbol: request.symbol.config_name(),
        asked: match request.demand {
            Demand::Exactly => request.value.to_string(),
            Demand::Enabled => "enabled".to_owned(),
        },
        got: config.get(&request.symbol).unwrap_or(&Value::N).to_string(),
        origin: request.origin.to_string(),
        missed,
    }
}

fn lost(pair: &Conflict) -> OverrideRecord {
    OverrideRecord {
        symbol: pair.lost.symbol.config_name(),
        earlier: pair.lost.ask.to_string(),
        earlier_origin: pair.lost.origin.to_string(),
        later: pair.won.ask.to_string(),
        later_origin: pair.won.origin.to_string(),
    }
}

/// A reason to build; where it is the config, with the symbols that differ from the artifact's.
pub(crate) fn explain(reason: DirtyReason, artifact: &AbsPath, configured: &Configured) -> DirtyReason {
    let old =
        fs::read_to_string(&artifact.join(".config")).ok().and_then(|text| DotConfig::parse(&text).ok());
    match old {
        Some(old) => reason.with_config_changes(difference(&old, &configured.config)),
        None => reason,
    }
}

/// `guest 6.12.117-guest`.
pub(crate) fn summary(record: &Record) -> String {
    format!("{} {}", record.name, record.kernelrelease)
}
