//! What the header of a kernel image says.
//!
//! ```text
//! bytes ─▶ inspect ─▶ ImageFacts ─┬─ Elf      vmlinux: program headers, notes      elf
//!                                 ├─ BzImage  x86: the setup header at 0x1f1       bzimage
//!                                 └─ Flat     arm64, riscv: the header at 0        flat
//! ```
//!
//! Facts are read, not judged: whether a VMM takes an image is for [`crate::contract`]. No input makes a parser
//! panic, and no field is believed further than the file reaches.
//!
//! Deliberately absent: files (the caller has the bytes), decompression, loading.

mod bzimage;
mod config;
mod elf;
mod flat;
mod release;

pub use config::embedded_config;

pub use bzimage::{BzImageFacts, KernelEntry, Protocol};
pub use elf::{ElfClass, ElfFacts};
pub use flat::{FlatFacts, PageSize};

use std::fmt;

/// What an image is, and what its header says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageFacts {
    /// An ELF file: `vmlinux`.
    Elf(ElfFacts),
    /// An x86 boot image: `bzImage`.
    BzImage(BzImageFacts),
    /// An arm64 or RISC-V boot image: `Image`.
    Flat(FlatFacts),
}

/// The container that a kernel comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// `vmlinux`.
    Elf,
    /// `bzImage`.
    BzImage,
    /// `Image`.
    Flat,
}

/// The architecture that an image says it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Machine {
    /// 64-bit x86.
    X86_64,
    /// 32-bit x86.
    X86,
    /// 64-bit Arm.
    Aarch64,
    /// 32-bit Arm.
    Arm,
    /// RISC-V of either width; [`ElfFacts::class`] tells which.
    Riscv,
    /// Anything else, by its ELF number (`e_machine`).
    Other(u16),
}

/// The order of the bytes of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ByteOrder {
    /// The least significant byte first.
    Little,
    /// The most significant byte first.
    Big,
}

impl fmt::Display for ByteOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Little => "little-endian",
            Self::Big => "big-endian",
        })
    }
}

/// The size of an image as it counts: of a 64-bit ELF file the bytes that are loaded, for its symbols and its debugging
/// information stay behind; of any other the whole file.
pub fn size(image: &[u8]) -> u64 {
    elf::loaded_bytes(image).unwrap_or(image.len() as u64)
}

/// Why bytes are no kernel image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// There are no bytes.
    #[error("the image is empty")]
    Empty,
    /// No known magic number is where it should be.
    #[error(
        "not a kernel image: it starts with {start}, expected an ELF file, `HdrS` at 0x202 (bzImage), `ARM\\x64` at \
         0x38 (arm64) or `RSC\\x05` at 0x38 (RISC-V)"
    )]
    Unknown {
        /// The first bytes; what is not printable is escaped.
        start: String,
    },
    /// The image is compressed as a whole, so that its header cannot be seen.
    #[error("a {packing} file, not a kernel image: it has to be unpacked first")]
    Packed {
        /// The compression's name.
        packing: &'static str,
    },
    /// The file ends before its header does.
    #[error("{format} of {length} bytes is cut short: {what} ends at {needed}")]
    Truncated {
        /// What the image claims to be.
        format: Format,
        /// The length found, in bytes.
        length: u64,
        /// What does not fit.
        what: &'static str,
        /// Where it would end, in bytes.
        needed: u64,
    },
    /// The ELF structures contradict each other.
    #[error("broken ELF file: {0}")]
    Elf(String),
}

/// Reads the header of a kernel image.
///
/// The whole file is wanted, not its first bytes: the program headers of `vmlinux` point into all of it, and its
/// release is found in its data.
///
/// # Errors
/// The bytes are no kernel image, or a broken one.
pub fn inspect(image: &[u8]) -> Result<ImageFacts, ImageError> {
    if image.is_empty() {
        return Err(ImageError::Empty);
    }
    if elf::is_elf(image) {
        return elf::inspect(image).map(ImageFacts::Elf);
    }
    if bzimage::is_bzimage(image) {
        return bzimage::inspect(image).map(ImageFacts::BzImage);
    }
    if let Some(machine) = flat::machine(image) {
        return flat::inspect(image, machine).map(ImageFacts::Flat);
    }
    match packing(image) {
        Some(packing) => Err(ImageError::Packed { packing }),
        None => Err(ImageError::Unknown { start: start(image) }),
    }
}

impl ImageFacts {
    /// The container that the image comes in.
    pub fn format(&self) -> Format {
        match self {
            Self::Elf(_) => Format::Elf,
            Self::BzImage(_) => Format::BzImage,
            Self::Flat(_) => Format::Flat,
        }
    }

    /// The architecture that the image says it is for.
    pub fn machine(&self) -> Machine {
        match self {
            Self::Elf(facts) => facts.machine,
            Self::BzImage(facts) => facts.machine(),
            Self::Flat(facts) => facts.machine,
        }
    }

    /// The physical memory that the kernel takes, from its first to behind its last byte, if it is loaded as low as it
    /// may be; `None` for an image that says nothing of it, and for one that can be anywhere.
    pub fn window(&self) -> Option<std::ops::Range<u64>> {
        match self {
            Self::Elf(facts) => facts.load.clone(),
            Self::BzImage(facts) => facts.window(bzimage::LOADED_HIGH_AT).filter(|_| facts.init_size > 0),
            Self::Flat(_) => None,
        }
    }

    /// The kernelrelease that is compiled in, where it can be found.
    pub fn release(&self) -> Option<&str> {
        match self {
            Self::Elf(facts) => facts.release.as_deref(),
            Self::BzImage(facts) => facts.release.as_deref(),
            Self::Flat(facts) => facts.release.as_deref(),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Elf => "ELF `vmlinux`",
            Self::BzImage => "`bzImage`",
            Self::Flat => "`Image`",
        })
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::X86_64 => f.write_str("x86_64"),
            Self::X86 => f.write_str("x86"),
            Self::Aarch64 => f.write_str("aarch64"),
            Self::Arm => f.write_str("arm"),
            Self::Riscv => f.write_str("riscv"),
            Self::Other(number) => write!(f, "e_machine {number}"),
        }
    }
}

/// The compressions that kernels are shipped in (`Documentation/arch/x86/boot.rst`, `payload_offset`).
fn packing(image: &[u8]) -> Option<&'static str> {
    const MAGICS: [(&[u8], &str); 7] = [
        (b"\x1f\x8b\x08", "gzip"),
        (b"\xfd7zXZ\0", "xz"),
        (b"BZh", "bzip2"),
        (b"\x5d\0\0", "lzma"),
        (b"\x89LZO\0\r\n", "lzo"),
        (b"\x02\x21\x4c\x18", "lz4"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
    ];
    MAGICS.iter().find(|(magic, _)| image.starts_with(magic)).map(|&(_, name)| name)
}

fn start(image: &[u8]) -> String {
    const SHOWN: usize = 8;
    format!("`{}`", image[..image.len().min(SHOWN)].escape_ascii())
}

/// The little-endian number of `N` bytes at an offset, where the image reaches so far.
fn bytes_at<const N: usize>(image: &[u8], offset: usize) -> Option<[u8; N]> {
    image.get(offset..offset.checked_add(N)?)?.try_into().ok()
}

#[cfg(test)]
mod tests;
