//! `when`: under which conditions something of a manifest holds.
//!
//! | key | holds where |
//! |---|---|
//! | `version` | the tree's kernelversion satisfies it, as a source's `version` is matched |
//! | `arch` | the kernel's architecture is it, or one of them |
//! | `toolchain` | the kernel's compiler is of that family |
//!
//! All keys that are there must hold.

use std::fmt;

use crate::Arch;
use crate::version::{KernelVersion, VersionReq};

/// The family of the compiler that a kernel is compiled with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ToolchainFamily {
    /// GCC and binutils.
    Gcc,
    /// clang.
    Llvm,
}

impl ToolchainFamily {
    /// Every family.
    pub const ALL: [Self; 2] = [Self::Gcc, Self::Llvm];

    /// Its name in a manifest.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gcc => "gcc",
            Self::Llvm => "llvm",
        }
    }
}

/// What a guard is held against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conditions {
    /// The tree's version.
    pub version: KernelVersion,
    /// The kernel's architecture.
    pub arch: Arch,
    /// The kernel's compiler.
    pub toolchain: ToolchainFamily,
}

/// A `when`; one without keys always holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guard {
    /// `version`.
    pub version: Option<VersionReq>,
    /// `arch`; none means any.
    pub arches: Vec<Arch>,
    /// `toolchain`.
    pub toolchain: Option<ToolchainFamily>,
}

impl Guard {
    /// Whether it holds.
    pub fn holds(&self, under: &Conditions) -> bool {
        self.version.as_ref().is_none_or(|version| version.matches(&under.version))
            && (self.arches.is_empty() || self.arches.contains(&under.arch))
            && self.toolchain.is_none_or(|toolchain| toolchain == under.toolchain)
    }
}

impl fmt::Display for Guard {
    /// `version >=6.6, <6.13; arch x86_64 or aarch64; toolchain llvm`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let arches: Vec<&str> = self.arches.iter().map(|arch| arch.rust_name()).collect();
        let arches = (!arches.is_empty()).then(|| format!("arch {}", arches.join(" or ")));
        let version = self.version.as_ref().map(|version| format!("version {version}"));
        let toolchain = self.toolchain.map(|toolchain| format!("toolchain {}", toolchain.as_str()));
        let parts: Vec<String> = [version, arches, toolchain].into_iter().flatten().collect();
        f.write_str(&parts.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_keys_must_hold() {
        let under = Conditions {
            version: "6.12.7".parse().expect("a version"),
            arch: Arch::X86_64,
            toolchain: ToolchainFamily::Gcc,
        };
        let guard = |version: &str, arches: &[Arch], toolchain| Guard {
            version: (!version.is_empty()).then(|| version.parse().expect("a requirement")),
            arches: arches.to_vec(),
            toolchain,
        };
        for (guard, holds, shown) in [
            (guard("", &[], None), true, ""),
            (
                guard(">=6.6, <6.13", &[Arch::Arm, Arch::X86_64], None),
                true,
                "version >=6.6, <6.13; arch arm or x86_64",
            ),
            (guard("<6.12", &[], None), false, "version <6.12"),
            (guard("6.12", &[Arch::Arm], None), false, "version 6.12; arch arm"),
            (guard("", &[], Some(ToolchainFamily::Llvm)), false, "toolchain llvm"),
            (guard("", &[], Some(ToolchainFamily::Gcc)), true, "toolchain gcc"),
        ] {
            assert_eq!((guard.holds(&under), guard.to_string().as_str()), (holds, shown));
        }
    }
}
