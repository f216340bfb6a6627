//! x86_64: what each VMM asks of `vmlinux` and `bzImage`.
//!
//! | VMM | ELF `vmlinux` | `bzImage` |
//! |---|---|---|
//! | [`MICROVM`] | PVH note, else the 64-bit entry | protocol 2.12, 64-bit entry |
//! | [`QEMU`] (`-kernel`) | PVH note | protocol 2.00, real-mode entry |
//! | [`BOOT_FIRMWARE`] (`-bios`) | PVH note, without which QEMU refuses the file; 64-bit entry | protocol 2.12, 64-bit entry |
//! | Firecracker | PVH note, else the 64-bit entry | since 1.17: 64-bit entry |
//! | Cloud Hypervisor | PVH note | loaded high, 32-bit entry |
//! | crosvm | the entry of either width | 64-bit entry, else the 32-bit one |
//! | libkrun | PVH note, else the 64-bit entry | none of its own: the `vmlinux` in it, packed by gzip, bzip2 or zstd |
//! | Alioth | PVH note (`--pvh`) | protocol 2.12, 64-bit entry, relocatable |
//! | Dragonball | the 64-bit entry | – |
//! | OpenVMM | the 64-bit entry | protocol 2.12, loaded high, 64-bit entry |
//!
//! What an ELF file loads must lie in memory that the VMM has: from 1 MiB, where each keeps its tables below, to the
//! hole for devices.

use super::{Contract, Entry, Need, Way};
use crate::image::{ByteOrder, ElfClass, Format, Machine, Protocol};

const HIGH_MEMORY: u64 = 0x10_0000;
/// Where devices begin that are mapped below 4 GiB: 3 GiB in each of these VMMs.
const HOLE: u64 = 0xc000_0000;
const X86_64: Need = Need::Machine(Machine::X86_64);
const ELF64: Need = Need::Class(ElfClass::Elf64);
const LITTLE: Need = Need::Order(ByteOrder::Little);
const LOADS: Need = Need::LoadsWithin(HIGH_MEMORY, HOLE);
/// The field that tells of the 64-bit entry came with it.
const PROTOCOL_12: Need = Need::Protocol(Protocol(0x020c));
const PROTOCOL_0: Need = Need::Protocol(Protocol(0x0200));

const PVH_SOURCE: &str = "arch/x86/platform/pvh/head.S, include/xen/interface/hvm/start_info.h";
const LINUX64_SOURCE: &str = "Documentation/arch/x86/boot.rst, 64-bit Boot Protocol";
const FIRECRACKER_SOURCE: &str = "Firecracker src/vmm/src/arch/x86_64/mod.rs, load_kernel";
const CLOUD_HYPERVISOR_SOURCE: &str = "Cloud Hypervisor vmm/src/vm.rs, load_kernel";
const CROSVM_SOURCE: &str = "crosvm x86_64/src/lib.rs, load_kernel; x86_64/src/bzimage.rs";
const LIBKRUN_SOURCE: &str = "libkrun src/vmm/src/builder.rs, load_external_kernel";
const ALIOTH_BZIMAGE_SOURCE: &str = "Alioth alioth/src/loader/linux/linux_amd64.rs";
const ALIOTH_PVH_SOURCE: &str = "Alioth alioth/src/loader/xen/xen.rs";
const DRAGONBALL_SOURCE: &str = "Kata Containers src/dragonball/src/vm/mod.rs, load_kernel";
const OPENVMM_ELF_SOURCE: &str = "OpenVMM vm/loader/src/linux.rs";
const OPENVMM_BZIMAGE_SOURCE: &str = "OpenVMM vm/loader/src/bzimage.rs";

const fn way(format: Format, entry: Entry, needs: &'static [Need], source: &'static str) -> Way {
    Way { format, entry, needs, source }
}

const fn contract(vmm: &'static str, ways: &'static [Way]) -> Contract {
    Contract { vmm, machine: Machine::X86_64, ways }
}

const LINUX64_BZIMAGE: Way =
    way(Format::BzImage, Entry::Linux64, &[PROTOCOL_12, Need::Entry64], LINUX64_SOURCE);

/// This workspace's VMM, `crates/microvm`.
pub const MICROVM: Contract = contract(
    "microvm",
    &[
        way(Format::Elf, Entry::Pvh, &[X86_64, ELF64, LOADS, Need::PvhNote], PVH_SOURCE),
        way(Format::Elf, Entry::Linux64, &[X86_64, ELF64, LOADS], LINUX64_SOURCE),
        LINUX64_BZIMAGE,
    ],
);

/// QEMU's `-kernel` on its x86_64 machines.
pub const QEMU: Contract = contract(
    "qemu",
    &[
        way(Format::Elf, Entry::Pvh, &[X86_64, Need::PvhNote], "QEMU hw/i386/x86.c, load_elfboot"),
        // Older ones boot as well, but without an initramfs.
        way(Format::BzImage, Entry::RealMode, &[PROTOCOL_0], "QEMU hw/i386/x86.c, x86_load_linux"),
    ],
);

/// This workspace's firmware, `crates/boot-firmware`, which gets its kernel through QEMU's fw_cfg.
pub const BOOT_FIRMWARE: Contract = contract(
    "boot-firmware",
    &[
        LINUX64_BZIMAGE,
        way(
            Format::Elf,
            Entry::Linux64,
            // The note is not the firmware's need: QEMU loads the file and refuses one without.
            &[X86_64, ELF64, LOADS, Need::PvhNote],
            "QEMU hw/i386/x86.c, load_elfboot; crates/boot-firmware",
        ),
    ],
);

const FIRECRACKER: Contract = contract(
    "firecracker",
    &[
        way(Format::Elf, Entry::Pvh, &[X86_64, ELF64, LITTLE, LOADS, Need::PvhNote], FIRECRACKER_SOURCE),
        way(Format::Elf, Entry::Linux64, &[X86_64, ELF64, LITTLE, LOADS], FIRECRACKER_SOURCE),
        way(
            Format::BzImage,
            Entry::Linux64,
            &[PROTOCOL_0, Need::LoadedHigh, Need::Entry64],
            FIRECRACKER_SOURCE,
        ),
    ],
);

const CLOUD_HYPERVISOR: Contract = contract(
    "cloud-hypervisor",
    &[
        way(Format::Elf, Entry::Pvh, &[X86_64, ELF64, LITTLE, LOADS, Need::PvhNote], CLOUD_HYPERVISOR_SOURCE),
        way(Format::BzImage, Entry::Linux32, &[PROTOCOL_0, Need::LoadedHigh], CLOUD_HYPERVISOR_SOURCE),
    ],
);

const CROSVM: Contract = contract(
    "crosvm",
    &[
        way(Format::Elf, Entry::Linux64, &[X86_64, ELF64, LITTLE], CROSVM_SOURCE),
        way(
            Format::Elf,
            Entry::Linux32,
            &[Need::Machine(Machine::X86), Need::Class(ElfClass::Elf32), LITTLE],
            CROSVM_SOURCE,
        ),
        way(Format::BzImage, Entry::Linux64, &[Need::Entry64], CROSVM_SOURCE),
        way(Format::BzImage, Entry::Linux32, &[], CROSVM_SOURCE),
    ],
);

const LIBKRUN: Contract = contract(
    "libkrun",
    &[
        way(Format::Elf, Entry::Pvh, &[X86_64, ELF64, LITTLE, Need::PvhNote], LIBKRUN_SOURCE),
        way(Format::Elf, Entry::Linux64, &[X86_64, ELF64, LITTLE], LIBKRUN_SOURCE),
        way(
            Format::BzImage,
            Entry::Payload,
            &[X86_64, Need::Packing(&["gzip", "bzip2", "zstd"])],
            LIBKRUN_SOURCE,
        ),
    ],
);

const ALIOTH: Contract = contract(
    "alioth",
    &[
        way(Format::Elf, Entry::Pvh, &[X86_64, ELF64, LITTLE, Need::PvhNote], ALIOTH_PVH_SOURCE),
        way(
            Format::BzImage,
            Entry::Linux64,
            &[PROTOCOL_12, Need::Entry64, Need::Relocatable],
            ALIOTH_BZIMAGE_SOURCE,
        ),
    ],
);

const DRAGONBALL: Contract = contract(
    "dragonball",
    &[way(Format::Elf, Entry::Linux64, &[X86_64, ELF64, LITTLE, LOADS], DRAGONBALL_SOURCE)],
);

const OPENVMM: Contract = contract(
    "openvmm",
    &[
        way(Format::Elf, Entry::Linux64, &[X86_64, ELF64, LITTLE], OPENVMM_ELF_SOURCE),
        way(
            Format::BzImage,
            Entry::Linux64,
            &[PROTOCOL_12, Need::LoadedHigh, Need::Entry64],
            OPENVMM_BZIMAGE_SOURCE,
        ),
    ],
);

pub(super) const CONTRACTS: &[Contract] = &[
    MICROVM,
    QEMU,
    BOOT_FIRMWARE,
    FIRECRACKER,
    CLOUD_HYPERVISOR,
    CROSVM,
    LIBKRUN,
    ALIOTH,
    DRAGONBALL,
    OPENVMM,
];
