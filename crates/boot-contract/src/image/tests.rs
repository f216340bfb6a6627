//! Headers made byte by byte, whole, cut and damaged.

use super::*;
use crate::contract;
use crate::samples::{Arm64Sample, BzImageSample, ElfSample};

#[test]
fn what_is_no_kernel_is_named() {
    let message = |bytes: &[u8]| inspect(bytes).expect_err("no kernel").to_string();
    insta::assert_snapshot!(message(b""), @"the image is empty");
    insta::assert_snapshot!(message(b"#!/bin/sh\nexit 0\n"), @r"not a kernel image: it starts with `#!/bin/s`, expected an ELF file, `HdrS` at 0x202 (bzImage), `ARM\x64` at 0x38 (arm64) or `RSC\x05` at 0x38 (RISC-V)");
    insta::assert_snapshot!(message(b"\x1f\x8b\x08\0\0"), @"a gzip file, not a kernel image: it has to be unpacked first");
    insta::assert_snapshot!(message(b"\x7fELF"), @"ELF `vmlinux` of 4 bytes is cut short: the identification ends at 16");
    insta::assert_snapshot!(message(b"\x7fELF\x09"), @"broken ELF file: class 9, expected 1 (32-bit) or 2 (64-bit)");
}

#[test]
fn headers_are_read() {
    let elf = inspect(&ElfSample::default().bytes()).expect("an ELF kernel");
    assert_eq!(
        elf,
        ImageFacts::Elf(ElfFacts {
            class: ElfClass::Elf64,
            byte_order: ByteOrder::Little,
            machine: Machine::X86_64,
            entry: 0x100_0000,
            load: Some(0x100_0000..0x120_0000),
            pvh_entry: Some(0x100_0370),
            release: Some("6.12.30-sample".to_owned()),
        })
    );
    let bzimage = inspect(&BzImageSample::default().bytes()).expect("a bzImage");
    assert_eq!(
        bzimage,
        ImageFacts::BzImage(BzImageFacts {
            protocol: Protocol(0x020f),
            entry: KernelEntry::Bits64,
            kernel_offset: 1024,
            loaded_high: true,
            packing: Some("gzip"),
            relocatable: true,
            kernel_alignment: 0x20_0000,
            pref_address: 0x100_0000,
            init_size: 0x30_0000,
            initrd_addr_max: 0x7fff_ffff,
            cmdline_size: 2047,
            release: Some("6.12.30-sample".to_owned()),
        })
    );
    let flat = FlatFacts {
        machine: Machine::Aarch64,
        text_offset: 0,
        image_size: 0x20_0000,
        byte_order: ByteOrder::Little,
        page_size: Some(PageSize::Kib4),
        anywhere: true,
        release: None,
    };
    assert_eq!(inspect(&Arm64Sample::default().bytes()), Ok(ImageFacts::Flat(flat)));
}

#[test]
fn a_kernel_takes_the_window_that_the_protocol_says() {
    let window = |relocatable, load_address| {
        let image = BzImageSample { relocatable, ..Default::default() }.bytes();
        match inspect(&image) {
            Ok(ImageFacts::BzImage(facts)) => facts.window(load_address),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(window(1, 0x10_0000), Some(0x100_0000..0x130_0000), "not below the preferred address");
    assert_eq!(window(1, 0x101_0000), Some(0x120_0000..0x150_0000), "aligned");
    assert_eq!(window(0, 0x200_0000), Some(0x100_0000..0x130_0000), "not relocatable");
    assert_eq!(window(1, u64::MAX), None);
}

#[test]
fn every_cut_of_an_image_is_an_error() {
    for whole in [ElfSample::default().bytes(), BzImageSample::default().bytes()] {
        for length in 0..whole.len() {
            assert!(inspect(&whole[..length]).is_err(), "{length} of {} bytes", whole.len());
        }
    }
    let cut = &ElfSample::default().bytes()[..240];
    insta::assert_snapshot!(inspect(cut).expect_err("cut"), @"ELF `vmlinux` of 240 bytes is cut short: a segment ends at 257");
    let cut = &BzImageSample::default().bytes()[..1500];
    insta::assert_snapshot!(inspect(cut).expect_err("cut"), @"`bzImage` of 1500 bytes is cut short: the protected-mode kernel ends at 1536");
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..0x400)) {
        let _ = inspect(&bytes);
    }

    #[test]
    fn no_damage_makes_it_panic(
        pick in 0..3,
        damage in proptest::collection::vec((0..0x400usize, proptest::num::u8::ANY), 1..8),
        cut in 0..0x600usize,
    ) {
        let mut image = match pick {
            0 => ElfSample::default().bytes(),
            1 => Arm64Sample::default().bytes(),
            _ => BzImageSample::default().bytes(),
        };
        for (at, byte) in damage {
            let at = at % image.len();
            image[at] = byte;
        }
        image.truncate(cut.max(1));
        if let Ok(facts) = inspect(&image) {
            for contract in contract::CONTRACTS.iter().copied().flatten() {
                let violations = contract::check(&facts, contract);
                proptest::prop_assert_eq!(violations.is_empty(), contract.way(&facts).is_some());
                let _ = contract::check_memory(&facts, contract, 1 << 20);
            }
        }
    }
}
