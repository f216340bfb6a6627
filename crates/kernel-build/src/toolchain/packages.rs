//! The packages that have make, compilers and binutils.

use kernel_spec::Arch;

use super::host_arch;
use crate::host_tools::Packages;

pub(super) const MAKE: Packages = Packages::same(&["make"]);

const NATIVE: Packages = Packages {
    apt: &["gcc", "libc6-dev", "binutils"],
    dnf: &["gcc", "binutils"],
    pacman: &["gcc", "binutils"],
    apk: &["gcc", "musl-dev", "linux-headers", "binutils"],
};

/// gcc for aarch64, on a machine of another kind.
pub(crate) const AARCH64: Packages = Packages {
    apt: &["gcc-aarch64-linux-gnu"],
    dnf: &["gcc-aarch64-linux-gnu"],
    pacman: &["aarch64-linux-gnu-gcc"],
    apk: &[],
};

/// gcc for riscv64, on a machine of another kind.
pub(crate) const RISCV64: Packages = Packages {
    apt: &["gcc-riscv64-linux-gnu"],
    dnf: &["gcc-riscv64-linux-gnu"],
    pacman: &["riscv64-linux-gnu-gcc"],
    apk: &[],
};

/// The packages with a compiler for an architecture, and its binutils.
pub(super) fn compiler_packages(arch: Arch) -> &'static Packages {
    match arch {
        _ if host_arch() == Some(arch) => &NATIVE,
        Arch::X86_64 => &Packages {
            apt: &["gcc-x86-64-linux-gnu"],
            dnf: &["gcc-x86_64-linux-gnu"],
            pacman: &[],
            apk: &[],
        },
        Arch::Aarch64 => &AARCH64,
        Arch::Riscv64 => &RISCV64,
        Arch::Arm => &Packages {
            apt: &["gcc-arm-linux-gnueabihf"],
            dnf: &["gcc-arm-linux-gnu"],
            pacman: &[],
            apk: &[],
        },
    }
}

pub(super) fn binutils(arch: Arch) -> &'static Packages {
    if host_arch() == Some(arch) { &const { Packages::same(&["binutils"]) } } else { compiler_packages(arch) }
}
