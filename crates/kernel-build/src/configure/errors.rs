//! Why a kernel cannot be configured as asked.

use kconfig::Symbol;
use kernel_host::AbsPath;
use kernel_host::fs::FsError;
use kernel_host::process::ProcessError;
use kernel_spec::KernelName;

use super::refusal::{Refusal, count};
use crate::make::MakeFailure;
use crate::release::{PromiseError, ReleaseError};
use crate::resolve::ResolveError;
use crate::source::SourceError;

/// Why a kernel cannot be configured as asked.
#[derive(Debug, thiserror::Error)]
pub enum ConfigureError {
    /// It is not as asked.
    #[error(transparent)]
    Refused(Box<Refusal>),
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
    /// The source tree is not as it was unpacked.
    #[error(transparent)]
    Source(Box<SourceError>),
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

impl From<SourceError> for ConfigureError {
    fn from(error: SourceError) -> Self {
        Self::Source(Box::new(error))
    }
}

/// How many modules are named before the rest is counted.
const NAMED: usize = 20;

impl ConfigureError {
    /// Lines to show below the message.
    pub(crate) fn details(&self) -> Vec<String> {
        match self {
            Self::Refused(refusal) => refusal.lines(),
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
            Self::Promise(error) => error.causes(),
            Self::Make { failure, .. } => failure.words.clone(),
            Self::Release(_)
            | Self::NeedsEngine { .. }
            | Self::Source(_)
            | Self::Resolve(_)
            | Self::Unreadable { .. }
            | Self::Process(_)
            | Self::Fs(_) => Vec::new(),
        }
    }

    /// What to do about it.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Refused(refusal) => refusal.hint(),
            Self::Modules { mod2yes: true, .. } => Some("ask for `y` or `n` where the default is `m`".into()),
            Self::Modules { kernel, .. } => Some(format!(
                "ask for `y`, or set `mod2yes = true` in `[kernel.{kernel}]`, which does it for all; `modules = true` lets \
                 them be `m`"
            )),
            Self::Promise(error) => Some(error.hint()),
            Self::Source(error) => error.hint(),
            Self::Resolve(error) => error.hint(),
            Self::Release(error) => error.hint(),
            Self::Make { failure, .. } => {
                Some(failure.hint.map_or_else(
                    || format!("everything that make said is in {}", failure.log),
                    str::to_owned,
                ))
            }
            Self::NeedsEngine { .. } => Some("resolve without `--kconfig=tree` to see why".into()),
            Self::Unreadable { .. } | Self::Process(_) | Self::Fs(_) => None,
        }
    }
}
