//! RISC-V: what each VMM asks of an `Image`.

use super::{Contract, Entry, Need, Way};
use crate::image::{Format, Machine};

const RISCV: Need = Need::Machine(Machine::Riscv);

const fn contract(vmm: &'static str, ways: &'static [Way]) -> Contract {
    Contract { vmm, machine: Machine::Riscv, ways }
}

const fn image(needs: &'static [Need], source: &'static str) -> Way {
    Way { format: Format::Flat, entry: Entry::Start, needs, source }
}

pub(super) const CONTRACTS: &[Contract] = &[
    contract("qemu", &[image(&[RISCV], "QEMU hw/riscv/boot.c, riscv_load_kernel")]),
    contract("cloud-hypervisor", &[image(&[RISCV], "linux-loader src/loader/pe/mod.rs")]),
    contract("crosvm", &[image(&[RISCV], "crosvm riscv64/src/lib.rs, build_vm: the bytes as they are")]),
    contract("libkrun", &[image(&[RISCV], "libkrun src/vmm/src/builder.rs, load_external_kernel")]),
];
