//! What would change in a lockfile, and why it must not.

use std::fmt;

use crate::version::{KernelVersion, VersionReq};
use crate::{Diagnostic, KernelName, SourceName};

/// Why a source needs another pin than the lockfile has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PinReason {
    /// The lockfile has none.
    New,
    /// The manifest names another origin.
    Origin {
        /// What the lockfile has.
        from: String,
        /// What the manifest names.
        to: String,
    },
    /// The manifest requires another version.
    Version {
        /// What the lockfile has.
        found: KernelVersion,
        /// What the manifest requires.
        required: VersionReq,
    },
}

impl fmt::Display for PinReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::New => f.write_str("it is not in the lockfile"),
            Self::Origin { from, to } => write!(f, "locked to `{from}`, but the manifest names `{to}`"),
            Self::Version { found, required } => {
                write!(f, "locked to `{found}`, but the manifest requires `{required}`")
            }
        }
    }
}

/// One difference between the lockfile and what the manifest needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LockChange {
    /// A source without a pin gets one; `None` where it is not known yet.
    Add {
        /// The source.
        source: SourceName,
        /// Its pin, as it displays.
        pin: Option<String>,
    },
    /// A pin is replaced; `to` is `None` where it is not known yet.
    Replace {
        /// The source.
        source: SourceName,
        /// The pin before, as it displays.
        from: String,
        /// The pin after, as it displays.
        to: Option<String>,
        /// Why, where it is the manifest that asks for it.
        reason: Option<PinReason>,
    },
    /// A pin of a source that the manifest does not have, or that needs none.
    Remove {
        /// The source.
        source: SourceName,
        /// The pin, as it displays.
        pin: String,
    },
    /// A file of a kernel's patches.
    Patch {
        /// The kernel.
        kernel: KernelName,
        /// The patch's name.
        patch: String,
        /// The file.
        file: String,
        /// What became of it.
        what: PatchChange,
    },
    /// What a kernel resolved to that the manifest does not have any more.
    Forget {
        /// The kernel.
        kernel: KernelName,
    },
    /// What a kernel resolves to, where that is another than the lockfile has.
    Resolved {
        /// The kernel.
        kernel: KernelName,
        /// What differs: `kernelrelease`, or words for the config.
        what: String,
        /// What the lockfile has.
        from: String,
        /// What was resolved now.
        to: String,
    },
}

/// What became of a file of a kernel's patches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatchChange {
    /// It is not in the lockfile.
    Added,
    /// It has another digest there.
    Changed,
    /// The manifest does not have it any more.
    Removed,
    /// The order is another one.
    Moved,
}

impl fmt::Display for LockChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Add { source, pin: Some(pin) } => write!(f, "add `{source}`: {pin}"),
            Self::Add { source, pin: None } => write!(f, "add `{source}`: {}", PinReason::New),
            Self::Replace { source, reason: Some(reason), .. } => write!(f, "replace `{source}`: {reason}"),
            Self::Replace { source, from, to: Some(to), .. } => {
                write!(f, "replace `{source}`: {from} by {to}")
            }
            Self::Replace { source, from, .. } => write!(f, "replace `{source}`: {from}"),
            Self::Patch { kernel, patch, file, what } => {
                let what = match what {
                    PatchChange::Added => "add",
                    PatchChange::Changed => "changed",
                    PatchChange::Removed => "remove",
                    PatchChange::Moved => "moved",
                };
                write!(f, "{what} patch `{patch}` of kernel `{kernel}`: {file}")
            }
            Self::Forget { kernel } => write!(f, "remove kernel `{kernel}`"),
            Self::Resolved { kernel, what, from, to } => {
                write!(f, "{what} of kernel `{kernel}`: locked to `{from}`, resolves to `{to}`")
            }
            Self::Remove { source, pin } => write!(f, "remove `{source}`: {pin}"),
        }
    }
}

/// Why a spec could not be locked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LockError {
    /// The lockfile would have to change, and must not.
    #[error("`Kernel.lock` does not fit the manifest, and `{option}` keeps it as it is")]
    OutOfDate {
        /// `--locked` or `--frozen`.
        option: &'static str,
        /// What would change.
        changes: Vec<LockChange>,
    },
    /// An origin has another version than the manifest requires, or answered for another package.
    #[error("{0}")]
    Unfit(Diagnostic),
}

impl LockError {
    /// What would have to change: one line each, to show under the error.
    pub fn causes(&self) -> Vec<String> {
        match self {
            Self::OutOfDate { changes, .. } => changes.iter().map(LockChange::to_string).collect(),
            Self::Unfit(_) => Vec::new(),
        }
    }

    /// What to do.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::OutOfDate { option, .. } => {
                Some(format!("run the same without `{option}`, and commit `Kernel.lock`"))
            }
            Self::Unfit(diagnostic) => diagnostic.hint.clone(),
        }
    }
}
