//! The kernelrelease against `mod-dir-version`, and what to write when they differ.

use kernel_spec::{KernelName, ModDirVersion};

use super::{LocalVersionAuto, Part, PartOrigin, Release};
use crate::makefile::TreeVersion;

/// Whether a source tree's content is fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// By a digest in the lockfile.
    Pinned,
    /// It is a path that somebody edits.
    Path,
}

/// A kernelrelease that must not be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PromiseError {
    /// It is another than promised.
    #[error(transparent)]
    Mismatch(Box<ReleaseMismatch>),
    /// It depends on the surroundings of a tree that is meant to be the same everywhere.
    #[error(transparent)]
    PinnedAuto(PinnedAuto),
}

/// A kernelrelease that is not what `mod-dir-version` says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("kernel `{kernel}` reports release `{}`, but `mod-dir-version` is `{promised}`", .release.text)]
pub struct ReleaseMismatch {
    /// The kernel.
    pub kernel: KernelName,
    /// What it will report, and why.
    pub release: Release,
    /// What `mod-dir-version` promises for this kernelversion.
    pub promised: String,
    /// What to write as `mod-dir-version` for the release as it is.
    pub suggestion: String,
    /// Where `CONFIG_LOCALVERSION` was asked for, the request that won first: `configs/debug.config:7`.
    pub local_version_places: Vec<String>,
}

/// `CONFIG_LOCALVERSION_AUTO=y` on a pinned source, without a promise.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "kernel `{kernel}` sets CONFIG_LOCALVERSION_AUTO=y, but its source is pinned: there is no git state to report"
)]
pub struct PinnedAuto {
    /// The kernel.
    pub kernel: KernelName,
    /// What it reports here.
    pub release: String,
}

impl PromiseError {
    /// What the release is made of, one line each.
    pub fn causes(&self) -> Vec<String> {
        match self {
            Self::Mismatch(mismatch) => mismatch.causes(),
            Self::PinnedAuto(_) => Vec::new(),
        }
    }

    /// What to write instead.
    pub fn hint(&self) -> String {
        match self {
            Self::Mismatch(mismatch) => mismatch.hint(),
            Self::PinnedAuto(error) => format!(
                "set `LOCALVERSION_AUTO = \"n\"` in `[kernel.{}.config]`, or state `mod-dir-version = \"{}\"`",
                error.kernel, error.release
            ),
        }
    }
}

impl ReleaseMismatch {
    /// The parts that the promise does not have, and where each comes from.
    pub fn causes(&self) -> Vec<String> {
        let mut at = 0;
        let mut causes = Vec::new();
        for part in &self.release.parts {
            let kept = self.promised.get(at..).is_some_and(|rest| rest.starts_with(&part.text));
            at += part.text.len();
            if !kept {
                causes.push(self.cause(part));
            }
        }
        if causes.is_empty() {
            let missing = self.promised.get(at..).unwrap_or_default();
            causes.push(format!(
                "nothing adds `{missing}`: no `localversion*` file and no CONFIG_LOCALVERSION"
            ));
        }
        causes
    }

    fn cause(&self, part: &Part) -> String {
        let mut text = part.to_string();
        if part.origin == PartOrigin::LocalVersion {
            let mut places = self.local_version_places.iter();
            if let Some(winner) = places.next() {
                text.push_str(&format!(" set at {winner}"));
            }
            for (index, loser) in places.enumerate() {
                text.push_str(if index == 0 { ", overriding " } else { " and " });
                text.push_str(loser);
            }
        }
        text
    }

    /// What to write.
    pub fn hint(&self) -> String {
        let write = format!("set `mod-dir-version = \"{}\"` in Kernel.toml", self.suggestion);
        let has =
            |wanted: &dyn Fn(&PartOrigin) -> bool| self.release.parts.iter().any(|part| wanted(&part.origin));
        let missing = self.promised.strip_prefix(&self.release.text);
        if let Some(missing) = missing.filter(|text| text.starts_with('-')) {
            return format!("set `local-version = \"{missing}\"`, or {write}");
        }
        if !self.promised.starts_with(&self.release.parts[0].text) {
            return format!("the source is another version than `mod-dir-version` expects: {write}");
        }
        if has(&|origin| matches!(origin, PartOrigin::Git(_))) {
            return format!("set `LOCALVERSION_AUTO = \"n\"`, or {write}");
        }
        if has(&|origin| *origin == PartOrigin::LocalVersion) {
            return format!("drop that line, or {write}");
        }
        write
    }
}

/// Compares a kernelrelease with the manifest's promise.
///
/// `local_version_places` is where CONFIG_LOCALVERSION was asked for, the request that won first.
///
/// # Errors
/// [`PromiseError::Mismatch`] where they differ; [`PromiseError::PinnedAuto`] where nothing is promised and
/// CONFIG_LOCALVERSION_AUTO asks git about a tree that is pinned.
pub fn check_promise(
    kernel: &KernelName,
    release: &Release,
    version: &TreeVersion,
    auto: LocalVersionAuto,
    promise: Option<&ModDirVersion>,
    source: SourceKind,
    local_version_places: &[String],
) -> Result<(), PromiseError> {
    let Some(promise) = promise else {
        if auto == LocalVersionAuto::On && source == SourceKind::Pinned {
            let (kernel, release) = (kernel.clone(), release.text.clone());
            return Err(PromiseError::PinnedAuto(PinnedAuto { kernel, release }));
        }
        return Ok(());
    };
    let promised = promise.expect(&version.kernelversion);
    if promised == release.text {
        return Ok(());
    }
    // Who wrote `{version}` wants it in the suggestion too.
    let suggestion = match release.text.strip_prefix(&version.kernelversion) {
        Some(tail) if promise.0.contains("{version}") => format!("{{version}}{tail}"),
        _ => release.text.clone(),
    };
    Err(PromiseError::Mismatch(Box::new(ReleaseMismatch {
        kernel: kernel.clone(),
        release: release.clone(),
        promised,
        suggestion,
        local_version_places: local_version_places.to_vec(),
    })))
}
