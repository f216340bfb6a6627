//! What keeps a kernel from booting, of all that it differs in from one that boots.
//!
//! ```text
//! good, bad ──▶ what they differ in: symbols of the resolved configs, patches ──▶ Deltas
//! some of the deltas ──▶ a kernel beside those of the manifest: resolved, built by way of its own object tree, booted
//!                    ──▶ Verdict, remembered by what the kernel is made of
//! search ──▶ the fewest deltas that, laid on the good one, break the boot
//! ```
//!
//! | a side is | |
//! |---|---|
//! | a kernel of the manifest | its resolved config, and its patches |
//! | a complete `.config` | laid on the VM's own kernel |
//!
//! Invariants: both ends are booted before anything is searched for, so that what is found is a difference that matters;
//! verdicts are written down as they come, so that a search that was stopped goes on where it was.
//!
//! Deliberately absent: whether two different failures are the same one; the verdict of each step is told.

mod memo;
mod search;
mod sides;

use std::fmt;

use kconfig::{Symbol, Value};
use kernel_host::AbsPath;
use kernel_spec::KernelName;

pub(crate) use memo::Memo;
pub(crate) use search::{Answer, search};
pub(crate) use sides::{Ends, Given};

/// One end of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Side {
    /// A kernel of the manifest.
    Kernel(KernelName),
    /// A complete `.config`.
    Config(AbsPath),
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kernel(name) => name.fmt(f),
            Self::Config(path) => path.fmt(f),
        }
    }
}

/// One thing that the ends differ in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delta {
    /// A symbol has another value.
    Symbol {
        /// The symbol.
        symbol: Symbol,
        /// What the good one has; absent where it does not name it.
        good: Option<Value>,
        /// What the bad one has.
        bad: Option<Value>,
    },
    /// A patch that only the bad one has.
    Patched(String),
    /// A patch that only the good one has.
    Unpatched(String),
}

impl fmt::Display for Delta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |value: &Option<Value>| value.as_ref().map_or_else(|| "n".to_owned(), Value::to_string);
        match self {
            Self::Symbol { symbol, good, bad } => {
                write!(f, "CONFIG_{symbol}: {} -> {}", shown(good), shown(bad))
            }
            Self::Patched(name) => write!(f, "patch `{name}`"),
            Self::Unpatched(name) => write!(f, "no patch `{name}`"),
        }
    }
}

/// What came of a kernel with some of the deltas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It boots.
    Good,
    /// It does not, and how that looks.
    Bad(String),
    /// It cannot be resolved or built, and why.
    Untestable(String),
}

impl Verdict {
    /// Its name for programs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Bad(_) => "bad",
            Self::Untestable(_) => "untestable",
        }
    }
}

/// A kernel that was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Which one, from 1.
    pub number: usize,
    /// The deltas that it has.
    pub deltas: Vec<Delta>,
    /// How many there are that may be what is looked for.
    pub suspects: usize,
    /// What came of it.
    pub verdict: Verdict,
    /// Whether that was known already: by an earlier search, or because the same kernel was tried before.
    pub known: bool,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Culprits {
    /// The fewest deltas that break the boot together.
    pub deltas: Vec<Delta>,
    /// How that looks.
    pub outcome: String,
    /// How many deltas there are.
    pub differences: usize,
    /// How many kernels were tried.
    pub steps: usize,
}

/// Why nothing can be searched for.
#[derive(Debug, thiserror::Error)]
pub enum BisectError {
    /// The good one is not.
    #[error("`{good}` does not boot: {what}")]
    GoodFails {
        /// The side.
        good: Side,
        /// How.
        what: String,
    },
    /// The bad one boots.
    #[error("`{bad}` boots: there is nothing to find")]
    BadBoots {
        /// The side.
        bad: Side,
    },
    /// A side cannot be tried.
    #[error("`{side}` cannot be tried: {why}")]
    Untestable {
        /// The side.
        side: Side,
        /// Why.
        why: String,
    },
    /// They are the same.
    #[error("`{good}` and `{bad}` come to the same configuration and the same patches")]
    Same {
        /// The good one.
        good: Side,
        /// The bad one.
        bad: Side,
    },
    /// Their trees are not the same, so that their configurations cannot be mixed.
    #[error(
        "`{good}` is built from `{of_good}`, and `{bad}` from `{of_bad}`: expected one source and one architecture"
    )]
    Apart {
        /// The good one.
        good: Side,
        /// Its source and architecture.
        of_good: String,
        /// The bad one.
        bad: Side,
        /// Its source and architecture.
        of_bad: String,
    },
    /// A side is no kernel and no file.
    #[error("`{0}` is no kernel of the manifest, and no file")]
    Unknown(String),
    /// A file is no configuration.
    #[error("`{path}` is no `.config`: {reason}")]
    NoConfig {
        /// The file.
        path: AbsPath,
        /// The first thing that is wrong with it.
        reason: String,
    },
}

impl BisectError {
    /// What to do about it.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::GoodFails { .. } => {
                Some("choose a `--good` that boots in this VM: `kernel test` says".into())
            }
            Self::BadBoots { .. } => Some(
                "what fails now and then cannot be searched for; choose a `--bad` that always fails".into(),
            ),
            Self::Apart { .. } => {
                Some("give the `.config` of one of them as a file, to try it on the other's tree".into())
            }
            Self::Unknown(_) => Some("name a `[kernel.NAME]`, or the path of a complete `.config`".into()),
            Self::Untestable { .. } | Self::Same { .. } | Self::NoConfig { .. } => None,
        }
    }
}
