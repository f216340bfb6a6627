//! `vmlinux`: an ELF file whose program headers say where the kernel lies in physical memory.
//!
//! A PVH kernel (`CONFIG_PVH=y`) carries a note with the physical address of its 32-bit entry: owner `Xen`, type
//! `XEN_ELFNOTE_PHYS32_ENTRY` (`include/xen/interface/elfnote.h`, `arch/x86/platform/pvh/head.S`).

use std::fmt;
use std::ops::Range;

use object::Endianness;
use object::elf::{self, FileHeader32, FileHeader64};
use object::read::elf::{FileHeader, ProgramHeader};

use super::{ByteOrder, Format, ImageError, Machine, release};

const XEN_ELFNOTE_PHYS32_ENTRY: u32 = 18;
const XEN: &[u8] = b"Xen";

/// What an ELF kernel says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElfFacts {
    /// The width of its structures.
    pub class: ElfClass,
    /// The order of its bytes.
    pub byte_order: ByteOrder,
    /// The architecture.
    pub machine: Machine,
    /// The address of the first instruction (`e_entry`); physical on x86_64.
    pub entry: u64,
    /// The physical memory that its `PT_LOAD` segments take, from the lowest byte to behind the highest; `None` where
    /// there is nothing to load.
    pub load: Option<Range<u64>>,
    /// The physical address of the PVH entry, where it has one.
    pub pvh_entry: Option<u64>,
    /// The kernelrelease.
    pub release: Option<String>,
}

/// The width of an ELF file's structures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ElfClass {
    /// `ELFCLASS32`.
    Elf32,
    /// `ELFCLASS64`.
    Elf64,
}

impl fmt::Display for ElfClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Elf32 => "32-bit",
            Self::Elf64 => "64-bit",
        })
    }
}

pub(super) fn is_elf(image: &[u8]) -> bool {
    image.starts_with(&elf::ELFMAG)
}

pub(super) fn inspect(image: &[u8]) -> Result<ElfFacts, ImageError> {
    /// `e_ident[EI_CLASS]`.
    const CLASS_OFFSET: usize = 4;
    match image.get(CLASS_OFFSET).map(|&class| elf::FileClass(class)) {
        Some(elf::ELFCLASS32) => read::<FileHeader32<Endianness>>(image, ElfClass::Elf32),
        Some(elf::ELFCLASS64) => read::<FileHeader64<Endianness>>(image, ElfClass::Elf64),
        Some(class) => Err(ImageError::Elf(format!("class {}, expected 1 (32-bit) or 2 (64-bit)", class.0))),
        None => Err(truncated(image, "the identification", 16)),
    }
}

/// The bytes of an ELF file that are loaded: what is left when it is stripped, without its headers.
pub(super) fn loaded_bytes(image: &[u8]) -> Option<u64> {
    let header = FileHeader64::<Endianness>::parse(image).ok()?;
    let endian = header.endian().ok()?;
    let segments = header.program_headers(endian, image).ok()?.iter();
    let loaded = segments.filter(|segment| segment.p_type(endian) == elf::PT_LOAD);
    Some(loaded.map(|segment| segment.p_filesz(endian)).fold(0, u64::saturating_add))
}

fn read<Elf: FileHeader<Endian = Endianness>>(image: &[u8], class: ElfClass) -> Result<ElfFacts, ImageError> {
    if image.len() < size_of::<Elf>() {
        return Err(truncated(image, "the file header", size_of::<Elf>()));
    }
    let broken = |error: object::read::Error| ImageError::Elf(error.to_string());
    let header = Elf::parse(image).map_err(broken)?;
    let endian = header.endian().map_err(broken)?;

    let mut load: Option<Range<u64>> = None;
    let mut pvh_entry = None;
    for segment in header.program_headers(endian, image).map_err(broken)? {
        let kind = segment.p_type(endian);
        if kind == elf::PT_LOAD {
            let (start, size) = (segment.p_paddr(endian).into(), segment.p_memsz(endian).into());
            let end = start.checked_add(size).ok_or_else(|| {
                ImageError::Elf(format!(
                    "a segment at {start:#x} of {size:#x} bytes ends beyond the last address"
                ))
            })?;
            segment.data(endian, image).map_err(|()| {
                let file_end =
                    u64::saturating_add(segment.p_offset(endian).into(), segment.p_filesz(endian).into());
                truncated(image, "a segment", usize::try_from(file_end).unwrap_or(usize::MAX))
            })?;
            load = Some(load.map_or(start..end, |sum| sum.start.min(start)..sum.end.max(end)));
        }
        if kind == elf::PT_NOTE && pvh_entry.is_none() {
            pvh_entry = pvh_note::<Elf>(segment, endian, image).map_err(broken)?;
        }
    }
    Ok(ElfFacts {
        class,
        byte_order: if header.is_big_endian() { ByteOrder::Big } else { ByteOrder::Little },
        machine: machine(header.e_machine(endian)),
        entry: header.e_entry(endian).into(),
        load,
        pvh_entry,
        release: release::in_banner(image),
    })
}

fn pvh_note<Elf: FileHeader<Endian = Endianness>>(
    segment: &Elf::ProgramHeader,
    endian: Endianness,
    image: &[u8],
) -> object::read::Result<Option<u64>> {
    let Some(mut notes) = segment.notes(endian, image)? else { return Ok(None) };
    while let Some(note) = notes.next()? {
        if note.name() == XEN && note.n_type(endian).0 == XEN_ELFNOTE_PHYS32_ENTRY {
            // The description is a `.long` in older kernels and a `.quad` in newer ones.
            let entry = match *note.desc() {
                [a, b, c, d] => u64::from(u32::from_le_bytes([a, b, c, d])),
                [a, b, c, d, e, f, g, h] => u64::from_le_bytes([a, b, c, d, e, f, g, h]),
                _ => continue,
            };
            return Ok(Some(entry));
        }
    }
    Ok(None)
}

fn machine(number: elf::Machine) -> Machine {
    match number {
        elf::EM_X86_64 => Machine::X86_64,
        elf::EM_386 => Machine::X86,
        elf::EM_AARCH64 => Machine::Aarch64,
        elf::EM_ARM => Machine::Arm,
        elf::EM_RISCV => Machine::Riscv,
        other => Machine::Other(other.0),
    }
}

fn truncated(image: &[u8], what: &'static str, needed: usize) -> ImageError {
    ImageError::Truncated { format: Format::Elf, length: image.len() as u64, what, needed: needed as u64 }
}
