//! `Image`: the 64-byte header of arm64 and RISC-V kernels.
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0x08 | 8 | `text_offset`: distance from a 2 MiB boundary |
//! | 0x10 | 8 | `image_size`: memory that the kernel takes, `.bss` included |
//! | 0x38 | 4 | magic: `ARM\x64` (arm64) or `RSC\x05` (RISC-V) |
//!
//! Sources: `Documentation/arch/arm64/booting.rst`, `Documentation/arch/riscv/boot-image-header.rst`.

use super::{Format, ImageError, Machine, bytes_at, release};

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
    /// The kernelrelease.
    pub release: Option<String>,
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
    Ok(FlatFacts {
        machine,
        text_offset: field(0x08)?,
        image_size: field(0x10)?,
        release: release::in_banner(image),
    })
}
