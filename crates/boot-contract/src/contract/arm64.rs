//! arm64: what each VMM asks of an `Image`.
//!
//! All look for the header's magic number; what else is asked stands in the table. `Image.gz` has no header of its own:
//! QEMU unpacks it.

use super::{Contract, Entry, Need, Way};
use crate::image::{ByteOrder, Format, Machine, PageSize};

const ARM64: Need = Need::Machine(Machine::Aarch64);
const LITTLE: Need = Need::Order(ByteOrder::Little);
const PE_SOURCE: &str = "linux-loader src/loader/pe/mod.rs";

const fn contract(vmm: &'static str, ways: &'static [Way]) -> Contract {
    Contract { vmm, machine: Machine::Aarch64, ways }
}

const fn image(needs: &'static [Need], source: &'static str) -> Way {
    Way { format: Format::Flat, entry: Entry::Start, needs, source }
}

pub(super) const CONTRACTS: &[Contract] = &[
    contract("qemu", &[image(&[ARM64], "QEMU hw/arm/boot.c, load_aarch64_image")]),
    contract("firecracker", &[image(&[ARM64], PE_SOURCE)]),
    contract("cloud-hypervisor", &[image(&[ARM64], PE_SOURCE)]),
    contract("crosvm", &[image(&[ARM64, LITTLE], "crosvm kernel_loader/src/arm64.rs")]),
    contract("libkrun", &[image(&[ARM64], "libkrun src/vmm/src/builder.rs, load_external_kernel")]),
    contract("alioth", &[image(&[ARM64], "Alioth alioth/src/loader/linux/linux_arm64.rs")]),
    contract("dragonball", &[image(&[ARM64], PE_SOURCE)]),
    contract(
        "openvmm",
        &[image(
            &[ARM64, LITTLE, Need::Pages(PageSize::Kib4), Need::Anywhere],
            "OpenVMM vm/loader/src/linux.rs, load_kernel_and_initrd_arm64",
        )],
    ),
];
