//! `toolchain` of a kernel: which programs build it, and which versions of them may.

use std::fmt;

use semver::{Version, VersionReq};

use crate::{Spanned, ToolchainFamily};

/// A toolchain by its name: `gcc`, `gcc-13`, `llvm`, `llvm-17`.
///
/// The number is that of the programs' names: `gcc-13`, `clang-17` with `ld.lld-17`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToolchainName {
    /// Whose programs.
    pub family: ToolchainFamily,
    /// The number behind their names, where one is asked for.
    pub suffix: Option<u32>,
}

impl fmt::Display for ToolchainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.family.as_str())?;
        self.suffix.map_or(Ok(()), |suffix| write!(f, "-{suffix}"))
    }
}

impl std::str::FromStr for ToolchainName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (word, suffix) = match text.split_once('-') {
            Some((word, suffix)) => (word, Some(suffix.parse())),
            None => (text, None),
        };
        let family = [ToolchainFamily::Gcc, ToolchainFamily::Llvm].into_iter().find(|f| f.as_str() == word);
        match (family, suffix.transpose()) {
            (Some(family), Ok(suffix)) => Ok(Self { family, suffix }),
            _ => Err(format!(
                "`{text}` is no toolchain: expected `gcc`, `llvm`, or one with a number: `gcc-13`, `llvm-17`"
            )),
        }
    }
}

/// A program whose version can be pinned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tool {
    /// GCC.
    Gcc,
    /// clang.
    Clang,
    /// The linker and its kin.
    Binutils,
    /// make.
    Make,
}

impl Tool {
    /// Every program.
    pub const ALL: [Self; 4] = [Self::Gcc, Self::Clang, Self::Binutils, Self::Make];

    /// Its key.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gcc => "gcc",
            Self::Clang => "clang",
            Self::Binutils => "binutils",
            Self::Make => "make",
        }
    }
}

/// A requirement on the version of a program, as semver has them. Displays as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolReq {
    text: String,
    parsed: VersionReq,
}

impl ToolReq {
    /// Whether a version such as `12.2.0` or `2.40` satisfies it; missing numbers are zeros.
    pub fn matches(&self, version: &str) -> bool {
        let end = version.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(version.len());
        let mut numbers = version[..end].split('.').map(|number| number.parse().unwrap_or(0));
        let mut next = || numbers.next().unwrap_or(0);
        self.parsed.matches(&Version::new(next(), next(), next()))
    }
}

impl fmt::Display for ToolReq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::str::FromStr for ToolReq {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let error =
            |_| format!("`{text}` is not a version requirement: expected one like `=12.2.0` or `>=12, <15`");
        let parsed = text.parse().map_err(error)?;
        Ok(Self { text: text.to_owned(), parsed })
    }
}

/// The pins of a kernel's toolchain, in the order of [`Tool::ALL`].
pub type ToolchainPins = Vec<(Tool, Spanned<ToolReq>)>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_toolchains() {
        for text in ["gcc", "gcc-13", "llvm", "llvm-17"] {
            assert_eq!(text.parse::<ToolchainName>().expect("a name").to_string(), text);
        }
        insta::assert_snapshot!("clang".parse::<ToolchainName>().unwrap_err(), @"`clang` is no toolchain: expected `gcc`, `llvm`, or one with a number: `gcc-13`, `llvm-17`");
        assert!("gcc-".parse::<ToolchainName>().is_err() && "gcc-x".parse::<ToolchainName>().is_err());
    }

    #[test]
    fn versions_of_programs() {
        for (requirement, version, fits) in [
            ("=12.2.0", "12.2.0", true),
            ("=12.2.0", "12.2.1", false),
            ("=12", "12.3.0", true),
            (">=12, <15", "14.1.0", true),
            (">=12, <15", "15.0.1", false),
            ("2.40", "2.40", true),
            ("=2.40", "2.40.50.20230119", true),
            ("=4.3", "4.3", true),
        ] {
            let requirement: ToolReq = requirement.parse().expect("a requirement");
            assert_eq!(requirement.matches(version), fits, "{requirement} {version}");
        }
        assert!("12.x.y.z".parse::<ToolReq>().is_err());
    }
}
