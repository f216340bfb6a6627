//! Requirements on kernel versions.
//!
//! In a requirement two numbers are a series with all that counts in it, its release candidates too; three numbers, or a
//! suffix, are one version:
//!
//! | requirement | meaning | `6.12-rc3` | `6.12` | `6.12.30` | `6.12.31` | `6.13-rc1` |
//! |---|---|---|---|---|---|---|
//! | `6.12`, `~6.12`, `=6.12`, `6.12.*` | the series | yes | yes | yes | yes | no |
//! | `6.12.30`, `~6.12.30` | that one or a later one of its series | no | no | yes | yes | no |
//! | `=6.12.30` | exactly that one | no | no | yes | no | no |
//! | `=6.12.0` | exactly the release `6.12` | no | yes | no | no | no |
//! | `>=6.12` | the series or a later one | yes | yes | yes | yes | yes |
//! | `>6.12` | a later series | no | no | no | no | yes |
//! | `>=6.6, <6.13` | a series from 6.6 to 6.12 | yes | yes | yes | yes | no |
//! | `>=6.12.0` | the release or a later one | no | yes | yes | yes | yes |
//! | `^6.6`, `6.*`, `6` | as in semver: within 6 | yes | yes | yes | yes | yes |
//! | `*` | any | yes | yes | yes | yes | yes |

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use super::{KernelVersion, take_number};

/// A requirement on a kernel version, as a manifest states it. Displays as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionReq {
    text: Box<str>,
    comparators: Vec<(Op, Bound)>,
}

/// Why a text is not a requirement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VersionReqError {
    /// Nothing was written, or nothing between two commas.
    #[error("an empty version requirement: expected a series like `6.12`")]
    Empty,
    /// A part that is no version.
    #[error(
        "`{0}` is not a version requirement: expected a series like `6.12`, `=6.12.30` or `>=6.6, <6.13`"
    )]
    Part(String),
    /// A wildcard behind an operator: `>=6.*`.
    #[error("`{0}` has both an operator and `*`: expected one of them")]
    OperatorAndWildcard(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Tilde,
    Exact,
    Caret,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

/// What stands behind an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Bound {
    Any,
    Major(u32),
    Series(u32, u32),
    Version(KernelVersion),
}

impl VersionReq {
    /// `>=6.6`.
    pub fn from_series(major: u32, minor: u32) -> Self {
        Self::of_series(">=", Op::GreaterOrEqual, (major, minor))
    }

    /// `<6.13`.
    pub fn before_series(major: u32, minor: u32) -> Self {
        Self::of_series("<", Op::Less, (major, minor))
    }

    fn of_series(sign: &str, op: Op, (major, minor): (u32, u32)) -> Self {
        let text = format!("{sign}{major}.{minor}").into();
        Self { text, comparators: vec![(op, Bound::Series(major, minor))] }
    }

    /// Whether a version satisfies it.
    pub fn matches(&self, version: &KernelVersion) -> bool {
        self.comparators.iter().all(|(op, bound)| bound.admits(*op, version))
    }

    /// The major numbers that are named in it.
    pub fn majors(&self) -> Vec<u32> {
        let major = |(_, bound): &(Op, Bound)| match bound {
            Bound::Any => None,
            Bound::Major(major) | Bound::Series(major, _) => Some(*major),
            Bound::Version(version) => Some(version.major),
        };
        self.comparators.iter().filter_map(major).collect()
    }

    /// The requirement as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl Bound {
    fn admits(&self, op: Op, version: &KernelVersion) -> bool {
        // How the version lies to the bound, where a series or a major number is a range.
        let ordering = match self {
            Self::Any => Ordering::Equal,
            Self::Major(major) => version.major.cmp(major),
            Self::Series(major, minor) => version.series().cmp(&(*major, *minor)),
            Self::Version(bound) => version.rank().cmp(&bound.rank()),
        };
        match op {
            Op::Greater => ordering.is_gt(),
            Op::GreaterOrEqual => ordering.is_ge(),
            Op::LessOrEqual => ordering.is_le(),
            Op::Less => ordering.is_lt() && !self.is_release_of(version),
            Op::Exact => ordering.is_eq(),
            Op::Tilde => ordering.is_ge() && self.same_series(version),
            Op::Caret => ordering.is_ge() && self.same_major(version),
        }
    }

    /// Whether the bound is the release that a candidate is for: `<6.13.0` does not mean `6.13-rc1`.
    fn is_release_of(&self, version: &KernelVersion) -> bool {
        match self {
            Self::Version(bound) => {
                bound.rc.is_none() && version.rc.is_some() && version.without_suffix().rank() == bound.rank()
            }
            _ => false,
        }
    }

    fn same_series(&self, version: &KernelVersion) -> bool {
        match self {
            Self::Version(bound) => bound.series() == version.series(),
            Self::Series(major, minor) => (*major, *minor) == version.series(),
            _ => self.same_major(version),
        }
    }

    fn same_major(&self, version: &KernelVersion) -> bool {
        match self {
            Self::Any => true,
            Self::Major(major) | Self::Series(major, _) => *major == version.major,
            Self::Version(bound) => bound.major == version.major,
        }
    }
}

impl fmt::Display for VersionReq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for VersionReq {
    type Err = VersionReqError;

    fn from_str(text: &str) -> Result<Self, VersionReqError> {
        let comparators =
            text.split(',').map(|part| parse_comparator(part.trim())).collect::<Result<_, _>>()?;
        Ok(Self { text: text.into(), comparators })
    }
}

fn parse_comparator(part: &str) -> Result<(Op, Bound), VersionReqError> {
    const OPS: [(&str, Op); 7] = [
        (">=", Op::GreaterOrEqual),
        ("<=", Op::LessOrEqual),
        (">", Op::Greater),
        ("<", Op::Less),
        ("=", Op::Exact),
        ("~", Op::Tilde),
        ("^", Op::Caret),
    ];
    if part.is_empty() {
        return Err(VersionReqError::Empty);
    }
    let written = OPS.iter().find_map(|(sign, op)| Some((*op, part.strip_prefix(sign)?.trim_start())));
    let (op, bound) = written.unwrap_or((Op::Tilde, part));
    let numbers = bound.trim_end_matches(".*");
    if written.is_some() && bound.ends_with('*') {
        return Err(VersionReqError::OperatorAndWildcard(part.to_owned()));
    }
    let bad = || VersionReqError::Part(part.to_owned());
    let components = numbers.split('.').count();
    match components {
        _ if numbers == "*" => return Ok((op, Bound::Any)),
        1 => {
            return Ok((
                op,
                Bound::Major(take_number(numbers).filter(|(_, rest)| rest.is_empty()).ok_or_else(bad)?.0),
            ));
        }
        _ => {}
    }
    let version: KernelVersion = numbers.parse().map_err(|_| bad())?;
    let bound_is_series = version.patch.is_none() && version.suffix().is_empty();
    if numbers.len() < bound.len() && !bound_is_series {
        return Err(bad());
    }
    Ok((
        op,
        if bound_is_series { Bound::Series(version.major, version.minor) } else { Bound::Version(version) },
    ))
}
