//! Makes a flat ROM of a firmware's ELF file.
//!
//! A PC starts at the reset vector, 16 bytes below 4 GiB, and QEMU's `-bios` maps a raw file so that it ends there. A
//! firmware crate yields an ELF file; what of it belongs into the ROM is said by the *physical* addresses of its
//! loadable segments (the virtual ones say where its code runs, which may be RAM):
//!
//! ```text
//!   4 GiB - size   ┌──────────────────────┐  size = a power of two, at least 64 KiB: the smallest that
//!                  │ 0xff                 │         reaches down to the lowest segment
//!                  ├──────────────────────┤  <- p_paddr of a segment, p_filesz bytes
//!                  │ segment              │
//!                  ├──────────────────────┤
//!                  │ 0xff                 │
//!   0xffff_fff0    ├──────────────────────┤  <- the reset vector: must lie in a segment
//!                  │ segment              │
//!   4 GiB          └──────────────────────┘
//! ```
//!
//! Segments without bytes in the file (`.bss`) are passed over: a ROM cannot hold them, the firmware clears them.
//!
//! Deliberately absent: files, the choice of a firmware, and what the firmware does.

use std::ops::Range;

use object::elf::{EM_386, EM_X86_64, FileHeader32, FileHeader64, PT_LOAD};
use object::read::elf::{FileHeader, ProgramHeader};
use object::{Endianness, FileKind};

/// Where a ROM ends.
const FOUR_GIB: u64 = 1 << 32;

/// Where the processor starts; Intel's manual, volume 3, "First Instruction Executed".
const RESET_VECTOR: u64 = FOUR_GIB - 16;

/// What QEMU asks of a ROM: a multiple of this.
const GRANULE: u64 = 64 << 10;

/// The largest ROM; chipsets decode no more below 4 GiB.
const LARGEST: u64 = 16 << 20;

/// What an erased flash cell reads as.
const FILL: u8 = 0xff;

/// Why an ELF file makes no ROM.
#[derive(Debug, thiserror::Error)]
pub enum RomError {
    /// The bytes are no ELF file.
    #[error("the firmware is not an ELF file")]
    NotElf,
    /// The headers are cut off or wrong.
    #[error("the firmware's ELF headers are damaged")]
    Damaged(#[source] object::Error),
    /// The file ends before a segment does.
    #[error("the firmware's ELF file ends within the segment at {start:#x} of {size} bytes")]
    CutOff {
        /// The physical address.
        start: u64,
        /// The bytes that the file should have.
        size: u64,
    },
    /// The code is for another machine.
    #[error("the firmware is for ELF machine {found}, not for x86 ({EM_386}) or x86_64 ({EM_X86_64})")]
    OtherMachine {
        /// `e_machine`.
        found: u16,
    },
    /// A segment does not lie in the last 16 MiB below 4 GiB.
    #[error(
        "the firmware's segment at {start:#x} of {size} bytes is not within the ROM, which is {:#x} to {FOUR_GIB:#x}",
        FOUR_GIB - LARGEST
    )]
    OutsideRom {
        /// The physical address.
        start: u64,
        /// The bytes in the file.
        size: u64,
    },
    /// Two segments claim the same bytes.
    #[error("the firmware's segments at {first:#x} and {second:#x} overlap")]
    Overlap {
        /// The physical address of the lower one.
        first: u64,
        /// The physical address of the upper one.
        second: u64,
    },
    /// Nothing stands where the processor starts.
    #[error("the firmware has no segment at the reset vector {RESET_VECTOR:#x}")]
    NoResetVector,
}

/// Makes the raw image that QEMU's `-bios` takes.
///
/// The image ends at 4 GiB. Its size is a power of two and at least 64 KiB. The layout is in the [module's
/// documentation](self). The same ELF file always gives the same image.
///
/// # Errors
///
/// What the file is instead of a firmware for x86: see [`RomError`].
pub fn flat_rom(elf: &[u8]) -> Result<Vec<u8>, RomError> {
    let mut segments = match FileKind::parse(elf) {
        Ok(FileKind::Elf64) => segments::<FileHeader64<Endianness>>(elf)?,
        Ok(FileKind::Elf32) => segments::<FileHeader32<Endianness>>(elf)?,
        _ => return Err(RomError::NotElf),
    };
    segments.sort_by_key(|segment| segment.at.start);
    if let Some(pair) = segments.windows(2).find(|pair| pair[0].at.end > pair[1].at.start) {
        return Err(RomError::Overlap { first: pair[0].at.start, second: pair[1].at.start });
    }
    if !segments.iter().any(|segment| segment.at.contains(&RESET_VECTOR)) {
        return Err(RomError::NoResetVector);
    }
    let lowest = segments.first().map_or(RESET_VECTOR, |segment| segment.at.start);
    let size = (FOUR_GIB - lowest).next_power_of_two().max(GRANULE);
    let base = FOUR_GIB - size;
    let mut rom = Vec::new();
    for segment in segments {
        // The bounds check in `segments` keeps every difference below 16 MiB.
        rom.resize((segment.at.start - base) as usize, FILL);
        rom.extend_from_slice(segment.bytes);
    }
    rom.resize(size as usize, FILL);
    Ok(rom)
}

/// Bytes that belong at a place below 4 GiB.
struct Segment<'a> {
    at: Range<u64>,
    bytes: &'a [u8],
}

/// Reads the segments that have bytes; each lies within the largest ROM.
fn segments<'a, Elf: FileHeader<Endian = Endianness>>(elf: &'a [u8]) -> Result<Vec<Segment<'a>>, RomError> {
    let header = Elf::parse(elf).map_err(RomError::Damaged)?;
    let endian = header.endian().map_err(RomError::Damaged)?;
    let found = header.e_machine(endian);
    if ![EM_386, EM_X86_64].contains(&found) {
        return Err(RomError::OtherMachine { found: found.0 });
    }
    let mut segments = Vec::new();
    for program in header.program_headers(endian, elf).map_err(RomError::Damaged)? {
        let (start, size) = (program.p_paddr(endian).into(), program.p_filesz(endian).into());
        if program.p_type(endian) != PT_LOAD || size == 0 {
            continue;
        }
        let end = start.checked_add(size).filter(|end| *end <= FOUR_GIB && start >= FOUR_GIB - LARGEST);
        let end = end.ok_or(RomError::OutsideRom { start, size })?;
        let bytes = program.data(endian, elf).map_err(|()| RomError::CutOff { start, size })?;
        segments.push(Segment { at: start..end, bytes });
    }
    Ok(segments)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes an ELF file whose loadable segments have these physical addresses and bytes; the last size is `p_memsz`.
    fn elf64(machine: u16, segments: &[(u64, &[u8], u64)]) -> Vec<u8> {
        let mut file = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
        file.extend(2u16.to_le_bytes()); // ET_EXEC
        file.extend(machine.to_le_bytes());
        file.extend(1u32.to_le_bytes());
        for word in [0xffff_fff0, 64, 0u64] {
            file.extend(word.to_le_bytes());
        }
        file.extend(0u32.to_le_bytes());
        for half in [64, 56, segments.len() as u16, 64, 0, 0] {
            file.extend(half.to_le_bytes());
        }
        let mut offset = (64 + 56 * segments.len()) as u64;
        for (address, bytes, in_memory) in segments {
            file.extend([1u32.to_le_bytes(), 5u32.to_le_bytes()].concat()); // PT_LOAD, readable and executable
            for word in [offset, 0x10000, *address, bytes.len() as u64, *in_memory, 1] {
                file.extend(word.to_le_bytes());
            }
            offset += bytes.len() as u64;
        }
        for (_, bytes, _) in segments {
            file.extend(*bytes);
        }
        file
    }

    const X86_64: u16 = 62;
    const VECTOR: (u64, &[u8], u64) = (RESET_VECTOR, &[0xe9; 16], 16);

    #[test]
    fn segments_lie_where_their_physical_addresses_say() {
        let rom =
            flat_rom(&elf64(X86_64, &[VECTOR, (0xffff_0100, b"image", 5), (0x20000, b"", 4096)])).unwrap();
        assert_eq!(rom.len(), 0x10000);
        assert_eq!(&rom[0xff..0x106], b"\xffimage\xff");
        assert_eq!(&rom[0xffef..0xfff1], b"\xff\xe9");
        assert_eq!(rom[0x106..0xfff0].iter().filter(|byte| **byte != FILL).count(), 0);
    }

    #[test]
    fn the_size_is_the_next_power_of_two() {
        for (lowest, size) in [(0xffff_0000, 64 << 10), (0xfffe_ffff, 128 << 10), (0xfffc_8000, 256 << 10)] {
            let rom = flat_rom(&elf64(X86_64, &[(lowest, b"x", 1), VECTOR])).unwrap();
            assert_eq!(rom.len(), size);
            assert_eq!(rom[rom.len() - (FOUR_GIB - lowest) as usize], b'x');
        }
    }

    #[test]
    fn each_fault_has_its_words() {
        let cut = elf64(X86_64, &[VECTOR]);
        let words: Vec<String> = [
            b"#!/bin/sh\n".to_vec(),
            cut[..40].to_vec(),
            cut[..cut.len() - 1].to_vec(),
            elf64(183, &[VECTOR]),
            elf64(X86_64, &[VECTOR, (0x10_0000, b"a kernel", 8)]),
            elf64(X86_64, &[(u64::MAX, b"xy", 2), VECTOR]),
            elf64(X86_64, &[VECTOR, (0xffff_0000, &[0; 0xfff1], 0xfff1)]),
            elf64(X86_64, &[(0xffff_0000, b"image", 5)]),
            elf64(X86_64, &[]),
        ]
        .iter()
        .map(|file| flat_rom(file).unwrap_err().to_string())
        .collect();
        insta::assert_snapshot!(words.join("\n"), @r"
        the firmware is not an ELF file
        the firmware's ELF headers are damaged
        the firmware's ELF file ends within the segment at 0xfffffff0 of 16 bytes
        the firmware is for ELF machine 183, not for x86 (3) or x86_64 (62)
        the firmware's segment at 0x100000 of 8 bytes is not within the ROM, which is 0xff000000 to 0x100000000
        the firmware's segment at 0xffffffffffffffff of 2 bytes is not within the ROM, which is 0xff000000 to 0x100000000
        the firmware's segments at 0xffff0000 and 0xfffffff0 overlap
        the firmware has no segment at the reset vector 0xfffffff0
        the firmware has no segment at the reset vector 0xfffffff0
        ");
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(junk: Vec<u8>, flips in proptest::collection::vec((0usize..200, 0u8..), 0..6)) {
            let _ = flat_rom(&junk);
            let mut file = elf64(X86_64, &[(0xffff_0000, b"image", 5), VECTOR]);
            for (at, byte) in flips {
                let at = at % file.len();
                file[at] = byte;
            }
            if let Ok(rom) = flat_rom(&file) {
                proptest::prop_assert!(rom.len().is_power_of_two() && rom.len() >= 64 << 10);
            }
        }

        #[test]
        fn every_segment_is_found_again(
            parts in proptest::collection::vec((0xfffc_0000u64..0xffff_ff00, proptest::collection::vec(0u8.., 1..200)), 0..8),
        ) {
            let mut segments: Vec<_> = parts.iter().map(|(at, bytes)| (*at, bytes.as_slice(), 0)).collect();
            segments.push(VECTOR);
            match flat_rom(&elf64(X86_64, &segments)) {
                Ok(rom) => for (at, bytes, _) in segments {
                    let start = rom.len() - (FOUR_GIB - at) as usize;
                    proptest::prop_assert_eq!(&rom[start..start + bytes.len()], bytes);
                },
                Err(error) => proptest::prop_assert!(matches!(error, RomError::Overlap { .. }), "{error}"),
            }
        }
    }
}
