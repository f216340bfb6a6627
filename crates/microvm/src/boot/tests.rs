//! Loading without KVM: the guest's memory is all that it touches.

use super::*;
use crate::samples::{bzimage, elf, memory};

const START: u64 = 0x100_0000;

fn payload(kernel: &[u8]) -> Payload<'_> {
    Payload { kernel, entry: EntryChoice::Auto, initrd: None, cmdline: "console=ttyS0" }
}

fn boot(mib: u64, payload: &Payload<'_>) -> Result<Start, String> {
    let (memory, ram) = memory(mib);
    Plan::new(&ram, *payload).and_then(|plan| plan.load(&memory)).map_err(|error| error.to_string())
}

fn text(memory: &GuestMemoryMmap, address: u64, length: usize) -> String {
    let mut bytes = vec![0; length];
    memory.read_slice(&mut bytes, GuestAddress(address)).expect("in memory");
    bytes.escape_ascii().to_string()
}

#[test]
fn each_image_is_entered_by_its_best_way() {
    let with_note = elf(START, Some(0x100_0370));
    let without = elf(START, None);
    let bzimage = bzimage();
    let start = |kernel, entry| boot(64, &Payload { entry, ..payload(kernel) });
    let pvh = Ok(Start::Pvh { address: 0x100_0370 });
    let linux64 = Ok(Start::Linux64 { address: START });
    assert_eq!(start(&with_note, EntryChoice::Auto), pvh);
    assert_eq!(start(&with_note, EntryChoice::Pvh), pvh);
    assert_eq!(start(&with_note, EntryChoice::Linux64), linux64);
    assert_eq!(start(&without, EntryChoice::Auto), linux64);
    assert_eq!(start(&bzimage, EntryChoice::Auto), Ok(Start::Linux64 { address: 0x10_0200 }));
    assert_eq!(start(&bzimage, EntryChoice::Linux64), Ok(Start::Linux64 { address: 0x10_0200 }));
    insta::assert_snapshot!(start(&without, EntryChoice::Pvh).expect_err("no note"), @"`microvm` by the PVH entry: found no PVH note, expected the physical address of the PVH entry (`XEN_ELFNOTE_PHYS32_ENTRY`) (mended by `CONFIG_HYPERVISOR_GUEST=y`, `CONFIG_PVH=y`)");
    insta::assert_snapshot!(start(&bzimage, EntryChoice::Pvh).expect_err("no ELF"), @"`microvm` by the PVH entry: found `bzImage`, expected ELF `vmlinux` (mended by ELF `vmlinux`)");
}

#[test]
fn everything_lies_where_the_layout_says() {
    let (memory, ram) = memory(64);
    let initrd = vec![b'i'; 5000];
    let kernel = elf(START, None);
    let plan = Plan::new(&ram, Payload { initrd: Some(&initrd), ..payload(&kernel) }).expect("fits");
    plan.load(&memory).expect("loads");
    assert_eq!(text(&memory, START, 5), r"text\x00");
    assert_eq!(text(&memory, layout::CMDLINE, 14), r"console=ttyS0\x00");
    let top = (64 << 20) - 0x2000;
    assert_eq!(text(&memory, top, 4), "iiii");
    assert_eq!(text(&memory, top + 4998, 4), r"ii\x00\x00");

    let kernel = bzimage();
    Plan::new(&ram, payload(&kernel)).and_then(|plan| plan.load(&memory)).expect("loads");
    assert_eq!(text(&memory, layout::HIGH_MEMORY, 4), "kkkk");
    assert_eq!(text(&memory, layout::ZERO_PAGE + 0x202, 4), "HdrS");
}

#[test]
fn what_cannot_be_booted_is_said() {
    let error = |mib, payload: &Payload<'_>| boot(mib, payload).expect_err("does not boot");
    let kernel = elf(START, None);
    let bzimage = bzimage();
    let big = vec![0u8; 50 << 20];
    let long = "x".repeat(2048);
    let long_for_bzimage = "x".repeat(100);

    insta::assert_snapshot!(error(64, &payload(b"# just some words\n")), @r"kernel: not a kernel image: it starts with `# just s`, expected an ELF file, `HdrS` at 0x202 (bzImage), `ARM\x64` at 0x38 (arm64) or `RSC\x05` at 0x38 (RISC-V)");
    insta::assert_snapshot!(error(64, &payload(&kernel[..190])), @"kernel: ELF `vmlinux` of 190 bytes is cut short: a segment ends at 200");
    insta::assert_snapshot!(error(64, &payload(&elf(0x1000, None))), @"`microvm` by the 64-bit entry: found a segment at 0x1000, expected all of it from 0x100000 to 0xc0000000 (mended by `CONFIG_PHYSICAL_START=0x1000000`)");
    insta::assert_snapshot!(error(16, &payload(&kernel)), @"the memory ends at 0x1000000, expected at least 0x1200000: the kernel takes 0x1000000-0x1200000");
    insta::assert_snapshot!(error(18, &payload(&bzimage)), @"the memory ends at 0x1200000, expected at least 0x1300000: the kernel takes 0x100000-0x1300000");
    insta::assert_snapshot!(error(64, &Payload { initrd: Some(&big), ..payload(&kernel) }), @"the initramfs has 52428800 bytes, expected at most the 48234496 between 0x1200000 and 0x4000000");
    insta::assert_snapshot!(error(64, &Payload { cmdline: &long, ..payload(&kernel) }), @"the command line has 2048 bytes, expected at most 2047");
    insta::assert_snapshot!(error(64, &Payload { cmdline: &long_for_bzimage, ..payload(&bzimage) }), @"the command line has 100 bytes, expected at most 99");
    insta::assert_snapshot!(error(64, &Payload { cmdline: "a\0b", ..payload(&kernel) }), @"the command line has a NUL byte at 1, expected none");
    assert!(boot(64, &Payload { cmdline: &long[..2047], ..payload(&kernel) }).is_ok());
}

proptest::proptest! {
    #[test]
    fn an_initramfs_never_touches_the_kernel(
        mib in 1u64..8192,
        kernel_end in 0x10_0000u64..0x1000_0000,
        limit in 0x10_0000u64..layout::HOLE_END,
        size in 0u64..0x2000_0000,
    ) {
        let ram = Ram::from_mib(mib).expect("memory");
        if let Ok(stretch) = place_initrd(&ram, kernel_end, limit, size) {
            proptest::prop_assert_eq!(stretch.size(), size);
            proptest::prop_assert_eq!(stretch.start % layout::PAGE, 0);
            proptest::prop_assert!(stretch.start >= kernel_end);
            proptest::prop_assert!(size == 0 || stretch.end <= limit.min(ram.below_hole_end()));
        }
    }

    #[test]
    fn damaged_kernels_are_errors_not_panics(
        pick in 0..2,
        damage in proptest::collection::vec((0..0x300usize, proptest::num::u8::ANY), 1..6),
    ) {
        let mut kernel = if pick == 0 { elf(START, Some(0x100_0370)) } else { bzimage() };
        for (at, byte) in damage {
            let at = at % kernel.len();
            kernel[at] = byte;
        }
        let _ = boot(32, &payload(&kernel));
    }
}
