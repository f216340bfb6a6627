//! Why a kernel cannot be configured as asked.

use std::collections::HashSet;

use kconfig::layers::{Conflict, ConflictKind, LayerKind};
use kconfig::{Miss, Symbol};
use kernel_host::AbsPath;
use kernel_host::fs::FsError;
use kernel_host::process::ProcessError;
use kernel_spec::KernelName;

use crate::make::MakeFailure;
use crate::release::{PromiseError, ReleaseError};
use crate::resolve::ResolveError;

/// Why a kernel cannot be configured as asked.
#[derive(Debug, thiserror::Error)]
pub enum ConfigureError {
    /// Requests did not land.
    #[error("{} did not land for kernel `{kernel}`", count(.misses.len(), "request"))]
    Misses {
        /// The kernel.
        kernel: KernelName,
        /// All of them.
        misses: Vec<Miss>,
        /// What to show: each with what became of it, and why.
        details: Vec<String>,
    },
    /// Requests disagree, or are repeated, where the manifest forbids it.
    #[error("requests for kernel `{kernel}` conflict over {}", count(symbols(.conflicts), "symbol"))]
    Conflicts {
        /// The kernel.
        kernel: KernelName,
        /// All of them.
        conflicts: Vec<Conflict>,
    },
    /// What the manifest asks for only the engine can find out, and it cannot read this tree.
    #[error("{what} needs the engine, which cannot read this tree")]
    NeedsEngine {
        /// What is asked for.
        what: &'static str,
    },
    /// Symbols are `m`, and modules are not built.
    #[error("{} of kernel `{kernel}` resolved to `m`, and modules are not built", count(.modules.len(), "symbol"))]
    Modules {
        /// The kernel.
        kernel: KernelName,
        /// Each symbol, and where it was asked for.
        modules: Vec<(Symbol, Option<String>)>,
        /// Whether `mod2yes` is on.
        mod2yes: bool,
    },
    /// The kernelrelease is not as promised.
    #[error(transparent)]
    Promise(#[from] PromiseError),
    /// The kernelrelease cannot be computed, or cannot be one.
    #[error(transparent)]
    Release(#[from] ReleaseError),
    /// The engine cannot resolve.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// make failed.
    #[error("`make {target}` failed: {}", .failure.status)]
    Make {
        /// The target.
        target: String,
        /// What it said.
        failure: Box<MakeFailure>,
    },
    /// What `conf` wrote cannot be read.
    #[error("`{path}` cannot be read: {first}")]
    Unreadable {
        /// The file.
        path: AbsPath,
        /// The first line that is wrong.
        first: String,
    },
    /// make could not be run.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// A file.
    #[error(transparent)]
    Fs(#[from] FsError),
}

fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// How many modules are named before the rest is counted.
const NAMED: usize = 20;

fn symbols(conflicts: &[Conflict]) -> usize {
    conflicts.iter().map(|conflict| &conflict.won.symbol).collect::<HashSet<_>>().len()
}

/// Two lines for each pair: what both say, and where.
fn conflict_lines(conflicts: &[Conflict]) -> Vec<String> {
    let sides = |conflict: &Conflict| [&conflict.lost, &conflict.won].map(ToString::to_string);
    let width = conflicts.iter().flat_map(sides).map(|side| side.chars().count()).max().unwrap_or_default();
    let lines = |conflict: &Conflict| {
        let [lost, won] = sides(conflict);
        let Conflict { kind, lost: loser, won: winner, .. } = conflict;
        let (kind, second) = (kind.as_str(), winner.origin.to_string());
        [format!("  {lost:width$}   {}", loser.origin), format!("  {won:width$}   {second}   {kind}")]
    };
    conflicts.iter().flat_map(lines).collect()
}

/// What to write so that a pair is settled.
fn settle(kernel: &KernelName, conflict: &Conflict) -> String {
    let line = conflict.won.manifest_line();
    match (conflict.kind, conflict.layer) {
        (ConflictKind::Redundant, _) => format!("delete one of the two at {}", conflict.won.origin),
        (ConflictKind::Overridden, _) => format!("delete the line at {}", conflict.lost.origin),
        (_, LayerKind::Profiles | LayerKind::Fragments) => format!(
            "write `{line}` into `[kernel.{kernel}.config]` if that is meant, or `on-conflict = \"last\"` into \
             `[kernel.{kernel}]`"
        ),
        (_, LayerKind::Config | LayerKind::Patches) => {
            let (symbol, value) = (&conflict.won.symbol, conflict.won.ask.in_manifest());
            format!(
                "write `{symbol} = {{ value = {value}, priority = \"force\" }}` into `[kernel.{kernel}.config]` if that \
                 is meant"
            )
        }
        (_, LayerKind::CommandLine) => "leave one of them out".to_owned(),
    }
}

impl ConfigureError {
    /// Lines to show below the message.
    pub(crate) fn details(&self) -> Vec<String> {
        match self {
            Self::Misses { details, .. } => details.clone(),
            Self::Modules { modules, .. } => {
                let line = |(symbol, origin): &(Symbol, Option<String>)| {
                    let name = symbol.config_name();
                    origin
                        .as_ref()
                        .map_or_else(|| format!("  {name}"), |origin| format!("  {name}   {origin}"))
                };
                let mut lines: Vec<String> = modules.iter().take(NAMED).map(line).collect();
                if modules.len() > NAMED {
                    lines.push(format!("  and {} more", modules.len() - NAMED));
                }
                lines
            }
            Self::Conflicts { conflicts, .. } => conflict_lines(conflicts),
            Self::Promise(error) => error.causes(),
            Self::Make { failure, .. } => failure.words.clone(),
            Self::Release(_)
            | Self::NeedsEngine { .. }
            | Self::Resolve(_)
            | Self::Unreadable { .. }
            | Self::Process(_)
            | Self::Fs(_) => Vec::new(),
        }
    }

    /// What to do about it.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Misses { kernel, misses, .. } => misses.iter().find_map(Miss::hint).or_else(|| {
                let request = &misses.first()?.request;
                let (symbol, value) = (&request.symbol, &request.value);
                Some(format!("`kernel config fix {kernel} {symbol}={value}` looks for what else to set, `config explain` says more"))
            }),
            Self::Modules { mod2yes: true, .. } => Some("ask for `y` or `n` where the default is `m`".into()),
            Self::Modules { kernel, .. } => {
                Some(format!("ask for `y`, or set `mod2yes = true` in `[kernel.{kernel}]`, which does it for all"))
            }
            Self::Promise(error) => Some(error.hint()),
            Self::Resolve(error) => error.hint(),
            Self::Release(error) => error.hint(),
            Self::Make { failure, .. } => {
                Some(failure.hint.map_or_else(|| format!("everything that make said is in {}", failure.log), str::to_owned))
            }
            Self::Conflicts { kernel, conflicts } => conflicts.first().map(|first| settle(kernel, first)),
            Self::NeedsEngine { .. } => Some("resolve without `--kconfig=tree` to see why".into()),
            Self::Unreadable { .. } | Self::Process(_) | Self::Fs(_) => None,
        }
    }
}
