//! `Image`: the 64-byte header of arm64 and RISC-V kernels.
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0x08 | 8 | `text_offset`: distance from a 2 MiB boundary |
//! | 0x10 | 8 | `image_size`: memory that the kernel takes, `.bss` included |
//! | 0x18 | 8 | `flags`: bit 0, the kernel is big-endian; arm64: bits 1 and 2, its pages (0: not said, 1: 4 KiB, 2: 16 KiB, 3: 64 KiB); bit 3, it may lie anywhere in memory |
//! | 0x38 | 4 | magic: `ARM\x64` (arm64) or `RSC\x05` (RISC-V) |
//!
//! Sources: `Documentation/arch/arm64/booting.rst`, `Documentation/arch/riscv/boot-image-header.rst`.

use std::fmt;

use super::{ByteOrder, Format, ImageError, Machine, bytes_at, release};

const HEADER_SIZE: u64 = 64;

/// What the header of an arm64 or RISC-V `Image` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlatFacts {
    /// The architecture.
    pub machine: Machine,
    /// The distance from a 2 MiB boundary to load it at, in bytes.
    pub text_offset: u64,
    /// The memory that the kernel takes, in bytes; 0 in arm64 kernels before 3.17.
    pub image_size: u64,
    /// The order of its bytes.
    pub byte_order: ByteOrder,
    /// The size of its pages; `None` where the header does not say it, as on RISC-V.
    pub page_size: Option<PageSize>,
    /// Whether it may lie anywhere in memory, and not only near its start (arm64, since 4.6).
    pub anywhere: bool,
    /// The kernelrelease.
    pub release: Option<String>,
}

/// The size of a kernel's pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PageSize {
    /// 4 KiB.
    Kib4,
    /// 16 KiB.
    Kib16,
    /// 64 KiB.
    Kib64,
}

impl fmt::Display for PageSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kib4 => "4 KiB",
            Self::Kib16 => "16 KiB",
            Self::Kib64 => "64 KiB",
        })
    }
}

pub(super) fn machine(image: &[u8]) -> Option<Machine> {
    match &bytes_at::<4>(image, 0x38)? {
        b"ARM\x64" => Some(Machine::Aarch64),
        b"RSC\x05" => Some(Machine::Riscv),
        _ => None,
    }
}

pub(super) fn inspect(image: &[u8], machine: Machine) -> Result<FlatFacts, ImageError> {
    let field = |offset| {
        bytes_at(image, offset).map(u64::from_le_bytes).ok_or(ImageError::Truncated {
            format: Format::Flat,
            length: image.len() as u64,
            what: "the header",
            needed: HEADER_SIZE,
        })
    };
    let flags = field(0x18)?;
    let arm64 = machine == Machine::Aarch64;
    Ok(FlatFacts {
        machine,
        text_offset: field(0x08)?,
        image_size: field(0x10)?,
        byte_order: if flags & 1 == 0 { ByteOrder::Little } else { ByteOrder::Big },
        page_size: match (flags >> 1) & 3 {
            1 if arm64 => Some(PageSize::Kib4),
            2 if arm64 => Some(PageSize::Kib16),
            3 if arm64 => Some(PageSize::Kib64),
            _ => None,
        },
        anywhere: !arm64 || flags & 8 != 0,
        release: release::in_banner(image),
    })
}
