//! Contracts against images that keep and break them.

use super::*;
use crate::image::inspect;
use crate::samples::{BzImageSample, ElfSample};

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
    insta::assert_snapshot!(lines(&without_pvh, &QEMU), @"`qemu-system-x86_64` by the PVH entry: found no PVH note, expected the physical address of the PVH entry (`XEN_ELFNOTE_PHYS32_ENTRY`); `CONFIG_HYPERVISOR_GUEST=y`, `CONFIG_PVH=y` [QEMU hw/i386/x86.c, load_elfboot]");
    let foreign = ElfSample { machine: 183, address: 0, pvh_entry: None }.bytes();
    insta::assert_snapshot!(lines(&foreign, &MICROVM), @r"
    `microvm` by the 64-bit entry: found a kernel for aarch64, expected one for x86_64; another kernel [Documentation/arch/x86/boot.rst, 64-bit Boot Protocol]
    `microvm` by the 64-bit entry: found a segment at 0x0, expected all of it at or above 0x100000; `CONFIG_PHYSICAL_START=0x1000000` [Documentation/arch/x86/boot.rst, 64-bit Boot Protocol]
    ");
    let old = BzImageSample { protocol: 0x020a, ..Default::default() }.bytes();
    insta::assert_snapshot!(lines(&old, &MICROVM), @r"
    `microvm` by the 64-bit entry: found boot protocol 2.10, expected 2.12 or newer; another kernel [Documentation/arch/x86/boot.rst, 64-bit Boot Protocol]
    `microvm` by the 64-bit entry: found no 64-bit entry, expected `XLF_KERNEL_64` in the setup header; `CONFIG_64BIT=y` [Documentation/arch/x86/boot.rst, 64-bit Boot Protocol]
    ");
    let narrow = BzImageSample { xloadflags: 0, ..Default::default() }.bytes();
    insta::assert_snapshot!(lines(&narrow, &BOOT_FIRMWARE), @"`boot-firmware` by the 64-bit entry: found no 64-bit entry, expected `XLF_KERNEL_64` in the setup header; `CONFIG_64BIT=y` [Documentation/arch/x86/boot.rst, 64-bit Boot Protocol]");
    let mut arm64 = vec![0; 64];
    arm64[0x38..0x3c].copy_from_slice(b"ARM\x64");
    insta::assert_snapshot!(lines(&arm64, &QEMU), @"`qemu-system-x86_64`: found `Image`, expected ELF `vmlinux` or `bzImage`; ELF `vmlinux` or `bzImage` [QEMU hw/i386/x86.c, load_elfboot]");
}
