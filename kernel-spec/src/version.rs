//! Kernel versions, and requirements on them.
//!
//! Kernel versions are not semver: `6.12` is a release, `6.12-rc3` comes before it, `6.12.30-rt11` after `6.12.30`, and a
//! tree's `EXTRAVERSION` may add anything. The form is that of the top-level Makefile:
//! `VERSION.PATCHLEVEL[.SUBLEVEL][EXTRAVERSION]`.
//!
//! Deliberately absent: where a version comes from, and which ones exist.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

mod req;

pub use req::{VersionReq, VersionReqError};

/// A kernel version, kept exactly as it was written.
///
/// Ordering is total: by the numbers, then release candidates before their release, then `-rtN` after it, then the text
/// of what else `EXTRAVERSION` says. `6.12` and `6.12.0` are one version in two spellings: not equal, but neighbours.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KernelVersion {
    major: u32,
    minor: u32,
    patch: Option<u32>,
    rc: Option<u32>,
    rt: Option<u32>,
    rest: Box<str>,
}

/// A text that is not a kernel version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a kernel version: expected `6.12`, `6.12-rc3`, `6.12.30` or `6.12.30-rt11`")]
pub struct VersionError(pub String);

/// What is wrong with a Makefile that should state a version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MakefileError {
    /// A variable is not there.
    #[error("the Makefile does not set `{0}`")]
    Missing(&'static str),
    /// The variables do not make a version.
    #[error(transparent)]
    Version(#[from] VersionError),
}

impl KernelVersion {
    /// The version that the variables of a top-level Makefile make; an empty `SUBLEVEL` counts as absent.
    ///
    /// # Errors
    /// [`VersionError`] where they make none.
    pub fn from_makefile_variables(
        version: &str,
        patchlevel: &str,
        sublevel: &str,
        extraversion: &str,
    ) -> Result<Self, VersionError> {
        let dot = if sublevel.is_empty() { "" } else { "." };
        format!("{version}.{patchlevel}{dot}{sublevel}{extraversion}").parse()
    }

    /// The version that the text of a top-level Makefile states.
    ///
    /// # Errors
    /// [`MakefileError`] where a variable is missing, or the text is no version.
    pub fn from_makefile(text: &str) -> Result<Self, MakefileError> {
        let variable = |name: &'static str| {
            text.lines()
                .filter_map(|line| line.strip_prefix(name)?.trim_start().strip_prefix('='))
                .map(|value| value.split('#').next().unwrap_or_default().trim())
                .next()
                .ok_or(MakefileError::Missing(name))
        };
        Ok(Self::from_makefile_variables(
            variable("VERSION")?,
            variable("PATCHLEVEL")?,
            variable("SUBLEVEL")?,
            variable("EXTRAVERSION").unwrap_or_default(),
        )?)
    }

    /// What `make kernelversion` says: always three numbers, then the suffix (`6.12` → `6.12.0`).
    pub fn kernelversion(&self) -> String {
        format!("{}.{}.{}{}", self.major, self.minor, self.patch.unwrap_or(0), self.suffix())
    }

    /// Major and minor number: what `6.12` names.
    pub fn series(&self) -> (u32, u32) {
        (self.major, self.minor)
    }

    /// The third number; `None` where it was not written, as in `6.12`.
    pub fn patch(&self) -> Option<u32> {
        self.patch
    }

    /// The number of a release candidate.
    pub fn rc(&self) -> Option<u32> {
        self.rc
    }

    /// The number of a PREEMPT_RT release.
    pub fn rt(&self) -> Option<u32> {
        self.rt
    }

    /// What is behind the numbers: `-rc3`, `-rt11`, or whatever `EXTRAVERSION` says.
    pub fn suffix(&self) -> String {
        let number = |prefix, n: Option<u32>| n.map(|n| format!("{prefix}{n}")).unwrap_or_default();
        format!("{}{}{}", number("-rc", self.rc), number("-rt", self.rt), self.rest)
    }

    /// The numbers alone, without any suffix.
    pub(crate) fn without_suffix(&self) -> Self {
        Self { rc: None, rt: None, rest: "".into(), ..self.clone() }
    }

    /// Numbers and release candidate, without `-rtN` and what follows.
    pub(crate) fn without_local(&self) -> Self {
        Self { rt: None, rest: "".into(), ..self.clone() }
    }

    /// What orders versions; two spellings of one version are equal here.
    fn rank(&self) -> ((u32, u32, u32), u64, Option<u32>, &str) {
        let candidate = self.rc.map_or(u64::MAX, u64::from);
        ((self.major, self.minor, self.patch.unwrap_or(0)), candidate, self.rt, &self.rest)
    }
}

impl Ord for KernelVersion {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank().cmp(&other.rank()).then_with(|| self.patch.is_some().cmp(&other.patch.is_some()))
    }
}

impl PartialOrd for KernelVersion {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for KernelVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)?;
        if let Some(patch) = self.patch {
            write!(f, ".{patch}")?;
        }
        f.write_str(&self.suffix())
    }
}

impl FromStr for KernelVersion {
    type Err = VersionError;

    /// Parses a version so that `Display` gives the same text back.
    fn from_str(text: &str) -> Result<Self, VersionError> {
        parse_version(text).ok_or_else(|| VersionError(text.to_owned()))
    }
}

fn parse_version(text: &str) -> Option<KernelVersion> {
    let (major, rest) = take_number(text)?;
    let (minor, rest) = take_number(rest.strip_prefix('.')?)?;
    let (patch, rest) = take_component(rest, ".");
    let (rc, rest) = take_component(rest, "-rc");
    let (rt, rest) = take_component(rest, "-rt");
    let dotted_number =
        rest.strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let misread = rest.starts_with(|c: char| c.is_ascii_digit()) || (patch.is_none() && dotted_number);
    let printable = rest.bytes().all(|b| b.is_ascii_graphic());
    // A lone dot or dash is a number that somebody forgot.
    (printable && !misread && !rest.ends_with('.') && rest != "-").then(|| KernelVersion {
        major,
        minor,
        patch,
        rc,
        rt,
        rest: rest.into(),
    })
}

/// A decimal number without leading zeros (they would not survive a round trip), and what is behind it.
fn take_number(text: &str) -> Option<(u32, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let canonical = digits == "0" || !digits.starts_with('0');
    canonical.then(|| digits.parse().ok().map(|number| (number, rest)))?
}

/// `prefix` and a number, or nothing taken.
fn take_component<'a>(text: &'a str, prefix: &str) -> (Option<u32>, &'a str) {
    match text.strip_prefix(prefix).and_then(take_number) {
        Some((number, rest)) => (Some(number), rest),
        None => (None, text),
    }
}

#[cfg(test)]
mod tests;
