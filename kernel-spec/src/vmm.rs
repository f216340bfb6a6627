//! The virtual machine monitors that a manifest can name.
//!
//! Deliberately absent: what each asks of an image; `boot-contract` has that, under the same names.

use std::fmt;

/// A virtual machine monitor, or a firmware, whose boot contract is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Vmm {
    /// Alioth.
    Alioth,
    /// The firmware of this tool's own workspace, under QEMU.
    BootFirmware,
    /// Cloud Hypervisor.
    CloudHypervisor,
    /// crosvm.
    Crosvm,
    /// Dragonball, of Kata Containers.
    Dragonball,
    /// Firecracker.
    Firecracker,
    /// libkrun.
    Libkrun,
    /// The VMM of this tool's own workspace.
    Microvm,
    /// OpenVMM.
    Openvmm,
    /// QEMU, which loads the image itself.
    Qemu,
}

impl Vmm {
    /// Every one, in the alphabet's order.
    pub const ALL: [Self; 10] = [
        Self::Alioth,
        Self::BootFirmware,
        Self::CloudHypervisor,
        Self::Crosvm,
        Self::Dragonball,
        Self::Firecracker,
        Self::Libkrun,
        Self::Microvm,
        Self::Openvmm,
        Self::Qemu,
    ];

    /// Its name in a manifest.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Alioth => "alioth",
            Self::BootFirmware => "boot-firmware",
            Self::CloudHypervisor => "cloud-hypervisor",
            Self::Crosvm => "crosvm",
            Self::Dragonball => "dragonball",
            Self::Firecracker => "firecracker",
            Self::Libkrun => "libkrun",
            Self::Microvm => "microvm",
            Self::Openvmm => "openvmm",
            Self::Qemu => "qemu",
        }
    }

    /// The one of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|vmm| vmm.as_str() == name)
    }

    /// The one that a built-in profile is for.
    pub fn of_profile(name: &str) -> Option<Self> {
        match name {
            "qemu-microvm" => Some(Self::Qemu),
            name => Self::from_name(name),
        }
    }
}

impl fmt::Display for Vmm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{self, ProfileKind};

    #[test]
    fn every_profile_of_a_vmm_has_one() {
        for profile in profile::all() {
            let is_vmm = profile.kind == ProfileKind::Vmm;
            assert_eq!(Vmm::of_profile(profile.name).is_some(), is_vmm, "{}", profile.name);
        }
    }
}
