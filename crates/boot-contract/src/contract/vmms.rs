//! The contracts of the VMMs that are known.

use super::{Contract, Entry, Need, Way};
use crate::image::{ElfClass, Format, Machine, Protocol};

const HIGH_MEMORY: u64 = 0x10_0000;
const PVH_SOURCE: &str = "arch/x86/platform/pvh/head.S, include/xen/interface/hvm/start_info.h";
const LINUX64_SOURCE: &str = "Documentation/arch/x86/boot.rst, 64-bit Boot Protocol";

const LINUX64_BZIMAGE: Way = Way {
    format: Format::BzImage,
    entry: Entry::Linux64,
    // The field that tells of the 64-bit entry came with 2.12.
    needs: &[Need::Protocol(Protocol(0x020c)), Need::Entry64],
    source: LINUX64_SOURCE,
};

/// This workspace's VMM, `crates/microvm`.
pub const MICROVM: Contract = Contract {
    vmm: "microvm",
    ways: &[
        Way {
            format: Format::Elf,
            entry: Entry::Pvh,
            needs: &[
                Need::Machine(Machine::X86_64),
                Need::Class(ElfClass::Elf64),
                Need::LoadsAbove(HIGH_MEMORY),
                Need::PvhNote,
            ],
            source: PVH_SOURCE,
        },
        Way {
            format: Format::Elf,
            entry: Entry::Linux64,
            needs: &[
                Need::Machine(Machine::X86_64),
                Need::Class(ElfClass::Elf64),
                Need::LoadsAbove(HIGH_MEMORY),
            ],
            source: LINUX64_SOURCE,
        },
        LINUX64_BZIMAGE,
    ],
};

/// QEMU's `-kernel` on its x86_64 machines.
pub const QEMU: Contract = Contract {
    vmm: "qemu-system-x86_64",
    ways: &[
        Way {
            format: Format::Elf,
            entry: Entry::Pvh,
            needs: &[Need::Machine(Machine::X86_64), Need::PvhNote],
            source: "QEMU hw/i386/x86.c, load_elfboot",
        },
        Way {
            format: Format::BzImage,
            entry: Entry::RealMode,
            // Older ones boot as well, but without an initramfs.
            needs: &[Need::Protocol(Protocol(0x0200))],
            source: "QEMU hw/i386/x86.c, x86_load_linux",
        },
    ],
};

/// This workspace's firmware, `crates/boot-firmware`, which gets its kernel through QEMU's fw_cfg.
pub const BOOT_FIRMWARE: Contract = Contract {
    vmm: "boot-firmware",
    ways: &[
        LINUX64_BZIMAGE,
        Way {
            format: Format::Elf,
            entry: Entry::Linux64,
            needs: &[
                Need::Machine(Machine::X86_64),
                Need::Class(ElfClass::Elf64),
                Need::LoadsAbove(HIGH_MEMORY),
                // Not the firmware's need: QEMU loads the file and refuses one without.
                Need::PvhNote,
            ],
            source: "QEMU hw/i386/x86.c, load_elfboot; crates/boot-firmware",
        },
    ],
};
