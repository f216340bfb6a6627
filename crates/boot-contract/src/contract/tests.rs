//! Contracts against images that keep and break them.

use super::*;
use crate::image::inspect;
use crate::samples::{Arm64Sample, BzImageSample, ElfSample};

fn facts(image: &[u8]) -> ImageFacts {
    inspect(image).expect("a kernel image")
}

#[test]
fn good_images_are_taken_by_the_preferred_way() {
    let vmlinux = facts(&ElfSample::default().bytes());
    let without_pvh = facts(&ElfSample { pvh_entry: None, ..Default::default() }.bytes());
    let bzimage = facts(&BzImageSample::default().bytes());
    let entry = |contract: &Contract, facts| contract.way(facts).map(|way| way.entry);
    assert_eq!(entry(&MICROVM, &vmlinux), Some(Entry::Pvh));
    assert_eq!(entry(&MICROVM, &without_pvh), Some(Entry::Linux64));
    assert_eq!(entry(&MICROVM, &bzimage), Some(Entry::Linux64));
    assert_eq!(entry(&QEMU, &vmlinux), Some(Entry::Pvh));
    assert_eq!(entry(&QEMU, &without_pvh), None);
    assert_eq!(entry(&QEMU, &bzimage), Some(Entry::RealMode));
    assert_eq!(entry(&BOOT_FIRMWARE, &vmlinux), Some(Entry::Linux64));
    assert_eq!(entry(&BOOT_FIRMWARE, &without_pvh), None);
    assert_eq!(entry(&BOOT_FIRMWARE, &bzimage), Some(Entry::Linux64));
    assert_eq!(check(&vmlinux, &MICROVM), []);
}

#[test]
fn violations_say_what_would_mend_them() {
    let lines = |image: &[u8], contract: &Contract| {
        let line = |violation: &Violation| format!("{violation}; {} [{}]", violation.mend, violation.source);
        check(&facts(image), contract).iter().map(line).collect::<Vec<_>>().join("\n")
    };
    let without_pvh = ElfSample { pvh_entry: None, ..Default::default() }.bytes();
    insta::assert_snapshot!(lines(&without_pvh, &QEMU), @"`qemu` by the PVH entry: found no PVH note, expected the physical address of the PVH entry (`XEN_ELFNOTE_PHYS32_ENTRY`); `CONFIG_HYPERVISOR_GUEST=y`, `CONFIG_PVH=y` [QEMU hw/i386/x86.c, load_elfboot]");
    let foreign = ElfSample { machine: 183, address: 0, pvh_entry: None }.bytes();
    insta::assert_snapshot!(lines(&foreign, &MICROVM), @r"
    `microvm` by the 64-bit entry: found a kernel for aarch64, expected one for x86_64; another kernel [Documentation/arch/x86/boot.rst, 64-bit Boot Protocol]
    `microvm` by the 64-bit entry: found a segment at 0x0, expected all of it from 0x100000 to 0xc0000000; `CONFIG_PHYSICAL_START=0x1000000` [Documentation/arch/x86/boot.rst, 64-bit Boot Protocol]
    ");
    let old = BzImageSample { protocol: 0x020a, ..Default::default() }.bytes();
    insta::assert_snapshot!(lines(&old, &MICROVM), @r"
    `microvm` by the 64-bit entry: found boot protocol 2.10, expected 2.12 or newer; another kernel [Documentation/arch/x86/boot.rst, 64-bit Boot Protocol]
    `microvm` by the 64-bit entry: found no 64-bit entry, expected `XLF_KERNEL_64` in the setup header; `CONFIG_64BIT=y` [Documentation/arch/x86/boot.rst, 64-bit Boot Protocol]
    ");
    let narrow = BzImageSample { xloadflags: 0, ..Default::default() }.bytes();
    insta::assert_snapshot!(lines(&narrow, &BOOT_FIRMWARE), @"`boot-firmware` by the 64-bit entry: found no 64-bit entry, expected `XLF_KERNEL_64` in the setup header; `CONFIG_64BIT=y` [Documentation/arch/x86/boot.rst, 64-bit Boot Protocol]");
    let arm64 = Arm64Sample::default().bytes();
    insta::assert_snapshot!(lines(&arm64, &QEMU), @"`qemu`: found `Image`, expected ELF `vmlinux` or `bzImage`; ELF `vmlinux` or `bzImage` [QEMU hw/i386/x86.c, load_elfboot]");
}

/// What each VMM says to one image, where it does not take it.
fn refusals(image: &[u8]) -> String {
    let facts = facts(image);
    let contracts = CONTRACTS.iter().copied().flatten();
    let here = contracts.filter(|contract| contract.machine == facts.machine());
    let refused = here.flat_map(|contract| check(&facts, contract));
    refused.map(|violation| format!("{violation}; {}\n", violation.mend)).collect()
}

#[test]
fn what_a_kernel_lacks_shuts_some_vmms_and_not_others() {
    assert_eq!(refusals(&ElfSample::default().bytes()), "");
    assert_eq!(refusals(&Arm64Sample::default().bytes()), "");
    insta::assert_snapshot!(refusals(&BzImageSample::default().bytes()), @"`dragonball`: found `bzImage`, expected ELF `vmlinux`; ELF `vmlinux`");
    insta::assert_snapshot!(refusals(&ElfSample { pvh_entry: None, ..Default::default() }.bytes()), @r"
    `qemu` by the PVH entry: found no PVH note, expected the physical address of the PVH entry (`XEN_ELFNOTE_PHYS32_ENTRY`); `CONFIG_HYPERVISOR_GUEST=y`, `CONFIG_PVH=y`
    `boot-firmware` by the 64-bit entry: found no PVH note, expected the physical address of the PVH entry (`XEN_ELFNOTE_PHYS32_ENTRY`); `CONFIG_HYPERVISOR_GUEST=y`, `CONFIG_PVH=y`
    `cloud-hypervisor` by the PVH entry: found no PVH note, expected the physical address of the PVH entry (`XEN_ELFNOTE_PHYS32_ENTRY`); `CONFIG_HYPERVISOR_GUEST=y`, `CONFIG_PVH=y`
    `alioth` by the PVH entry: found no PVH note, expected the physical address of the PVH entry (`XEN_ELFNOTE_PHYS32_ENTRY`); `CONFIG_HYPERVISOR_GUEST=y`, `CONFIG_PVH=y`
    ");
    insta::assert_snapshot!(refusals(&ElfSample { address: 0, ..Default::default() }.bytes()), @r"
    `microvm` by the PVH entry: found a segment at 0x0, expected all of it from 0x100000 to 0xc0000000; `CONFIG_PHYSICAL_START=0x1000000`
    `boot-firmware` by the 64-bit entry: found a segment at 0x0, expected all of it from 0x100000 to 0xc0000000; `CONFIG_PHYSICAL_START=0x1000000`
    `firecracker` by the PVH entry: found a segment at 0x0, expected all of it from 0x100000 to 0xc0000000; `CONFIG_PHYSICAL_START=0x1000000`
    `cloud-hypervisor` by the PVH entry: found a segment at 0x0, expected all of it from 0x100000 to 0xc0000000; `CONFIG_PHYSICAL_START=0x1000000`
    `dragonball` by the 64-bit entry: found a segment at 0x0, expected all of it from 0x100000 to 0xc0000000; `CONFIG_PHYSICAL_START=0x1000000`
    ");
    insta::assert_snapshot!(refusals(&ElfSample { address: 0xc000_0000, ..Default::default() }.bytes()), @r"
    `microvm` by the PVH entry: found a segment up to 0xc0200000, expected all of it from 0x100000 to 0xc0000000; `CONFIG_PHYSICAL_START=0x1000000`
    `boot-firmware` by the 64-bit entry: found a segment up to 0xc0200000, expected all of it from 0x100000 to 0xc0000000; `CONFIG_PHYSICAL_START=0x1000000`
    `firecracker` by the PVH entry: found a segment up to 0xc0200000, expected all of it from 0x100000 to 0xc0000000; `CONFIG_PHYSICAL_START=0x1000000`
    `cloud-hypervisor` by the PVH entry: found a segment up to 0xc0200000, expected all of it from 0x100000 to 0xc0000000; `CONFIG_PHYSICAL_START=0x1000000`
    `dragonball` by the 64-bit entry: found a segment up to 0xc0200000, expected all of it from 0x100000 to 0xc0000000; `CONFIG_PHYSICAL_START=0x1000000`
    ");
    insta::assert_snapshot!(refusals(&BzImageSample { relocatable: 0, ..Default::default() }.bytes()), @r"
    `alioth` by the 64-bit entry: found a kernel that runs at one address, expected one that runs where it is loaded (`relocatable_kernel`); `CONFIG_RELOCATABLE=y`
    `dragonball`: found `bzImage`, expected ELF `vmlinux`; ELF `vmlinux`
    ");
    insta::assert_snapshot!(refusals(&BzImageSample { payload: b"\xfd7zXZ\0", ..Default::default() }.bytes()), @r"
    `libkrun` by the `vmlinux` inside: found a kernel packed by xz, expected one packed by gzip, bzip2, zstd; `CONFIG_KERNEL_GZIP=y`
    `dragonball`: found `bzImage`, expected ELF `vmlinux`; ELF `vmlinux`
    ");
    insta::assert_snapshot!(refusals(&BzImageSample { payload: b"", ..Default::default() }.bytes()), @r"
    `libkrun` by the `vmlinux` inside: found a kernel packed in an unknown way, expected one packed by gzip, bzip2, zstd; `CONFIG_KERNEL_GZIP=y`
    `dragonball`: found `bzImage`, expected ELF `vmlinux`; ELF `vmlinux`
    ");
    insta::assert_snapshot!(refusals(&Arm64Sample { flags: 0b0111 }.bytes()), @r"
    `crosvm` by its start: found a big-endian kernel, expected a little-endian one; `CONFIG_CPU_BIG_ENDIAN=n`
    `openvmm` by its start: found a big-endian kernel, expected a little-endian one; `CONFIG_CPU_BIG_ENDIAN=n`
    `openvmm` by its start: found pages of 64 KiB, expected pages of 4 KiB; `CONFIG_ARM64_4K_PAGES=y`
    `openvmm` by its start: found a kernel that must lie at the start of memory, expected one that may lie anywhere (flag 3 of the header); another kernel
    ");
    insta::assert_snapshot!(refusals(&Arm64Sample { flags: 0 }.bytes()), @r"
    `openvmm` by its start: found a header that does not say the size of pages, expected pages of 4 KiB; `CONFIG_ARM64_4K_PAGES=y`
    `openvmm` by its start: found a kernel that must lie at the start of memory, expected one that may lie anywhere (flag 3 of the header); another kernel
    ");
}

#[test]
fn a_kernel_needs_the_memory_that_it_starts_in() {
    let bzimage = facts(&BzImageSample::default().bytes());
    assert_eq!(check_memory(&bzimage, &QEMU, 19 << 20), None);
    let small = check_memory(&bzimage, &QEMU, 16 << 20).expect("too small");
    insta::assert_snapshot!(format!("{small}; {}", small.mend), @r#"`qemu`: found 16 MiB of memory, expected 19 MiB, where the kernel ends that it starts with; `memory = "19MiB"`"#);
    assert_eq!(check_memory(&facts(&ElfSample::default().bytes()), &QEMU, 18 << 20), None);
    assert_eq!(check_memory(&facts(&Arm64Sample::default().bytes()), &QEMU, 1), None, "not said where");
}

#[test]
fn every_rule_has_its_source() {
    for contract in CONTRACTS.iter().copied().flatten() {
        assert!(!contract.ways.is_empty(), "{}", contract.vmm);
        assert_eq!(of(contract.vmm, contract.machine), Some(contract));
        assert!(contract.ways.iter().all(|way| !way.source.is_empty()), "{}", contract.vmm);
    }
    assert_eq!(of("firecracker", Machine::Riscv), None);
}
