//! `bzImage`: the setup header at 0x1f1 (`Documentation/arch/x86/boot.rst`, "The Real-Mode Kernel Header").
//!
//! | offset | size | since | field |
//! |---|---|---|---|
//! | 0x1f1 | 1 | all | `setup_sects`: sectors of real-mode code behind the first one |
//! | 0x1f4 | 4 | 2.04 | `syssize`: the protected-mode kernel, in units of 16 bytes |
//! | 0x202 | 4 | 2.00 | `header`: `HdrS` |
//! | 0x206 | 2 | 2.00 | `version`: the protocol |
//! | 0x20e | 2 | 2.00 | `kernel_version`: offset of the version string, less 0x200 |
//! | 0x211 | 1 | 2.00 | `loadflags`: bit 0 says that the protected-mode kernel belongs at 1 MiB (`LOADED_HIGH`) |
//! | 0x22c | 4 | 2.03 | `initrd_addr_max`: the last byte that an initrd may take |
//! | 0x230 | 4 | 2.05 | `kernel_alignment` |
//! | 0x234 | 1 | 2.05 | `relocatable_kernel` |
//! | 0x236 | 2 | 2.12 | `xloadflags`: bit 0 says that there is a 64-bit entry at 0x200 |
//! | 0x238 | 4 | 2.06 | `cmdline_size`: the longest command line, without its NUL |
//! | 0x248 | 4 | 2.08 | `payload_offset`: the packed `vmlinux`, from the start of the protected-mode kernel |
//! | 0x258 | 8 | 2.10 | `pref_address` |
//! | 0x260 | 4 | 2.10 | `init_size`: memory that the kernel takes before it reads its memory map |

use std::fmt;
use std::ops::Range;

use super::{Format, ImageError, Machine, bytes_at, packing, release};

/// Where a `bzImage` is loaded that is loaded high.
pub(super) const LOADED_HIGH_AT: u64 = 0x10_0000;

const MAGIC_OFFSET: usize = 0x202;
const MAGIC: &[u8; 4] = b"HdrS";
const XLF_KERNEL_64: u16 = 1;
const LOADED_HIGH: u8 = 1;
const SECTOR: u64 = 512;
const PARAGRAPH: u64 = 16;

/// What the setup header of a `bzImage` says.
///
/// A field that the image's protocol does not have yet has the value that the document gives to its absence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BzImageFacts {
    /// The version of the boot protocol.
    pub protocol: Protocol,
    /// The entries of the protected-mode kernel.
    pub entry: KernelEntry,
    /// Where the protected-mode kernel starts in the file, in bytes.
    pub kernel_offset: u64,
    /// Whether the protected-mode kernel belongs at 1 MiB and not at 64 KiB (`LOADED_HIGH`).
    pub loaded_high: bool,
    /// How the `vmlinux` in it is packed; `None` where that is not known.
    pub packing: Option<&'static str>,
    /// Whether the kernel may be loaded elsewhere than at [`BzImageFacts::pref_address`] (`CONFIG_RELOCATABLE=y`).
    pub relocatable: bool,
    /// The alignment of a relocated kernel, in bytes.
    pub kernel_alignment: u32,
    /// The physical address that the kernel likes best.
    pub pref_address: u64,
    /// The memory from its start that the kernel takes before it reads its memory map, in bytes.
    pub init_size: u32,
    /// The last physical address that an initramfs may take.
    pub initrd_addr_max: u32,
    /// The longest command line, in bytes without its NUL.
    pub cmdline_size: u32,
    /// The kernelrelease.
    pub release: Option<String>,
}

/// A version of the x86 boot protocol; `0x020f` is 2.15.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Protocol(pub u16);

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 >> 8, self.0 & 0xff)
    }
}

/// Where the protected-mode kernel of a `bzImage` can be entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KernelEntry {
    /// At its start in 32-bit mode, at 0x200 behind it in 64-bit mode (`XLF_KERNEL_64`).
    Bits64,
    /// At its start in 32-bit mode.
    Bits32,
}

impl BzImageFacts {
    /// The architecture: `bzImage` is x86, of 64 bits if it has a 64-bit entry.
    pub fn machine(&self) -> Machine {
        match self.entry {
            KernelEntry::Bits64 => Machine::X86_64,
            KernelEntry::Bits32 => Machine::X86,
        }
    }

    /// The physical memory that the kernel takes while it starts, if it is loaded at this address.
    ///
    /// The rule is `init_size`'s in the document. `None` beyond the last address.
    pub fn window(&self, load_address: u64) -> Option<Range<u64>> {
        let start = if self.relocatable {
            load_address
                .max(self.pref_address)
                .checked_next_multiple_of(u64::from(self.kernel_alignment.max(1)))?
        } else {
            self.pref_address
        };
        Some(start..start.checked_add(u64::from(self.init_size))?)
    }
}

pub(super) fn is_bzimage(image: &[u8]) -> bool {
    bytes_at(image, MAGIC_OFFSET) == Some(*MAGIC)
}

pub(super) fn inspect(image: &[u8]) -> Result<BzImageFacts, ImageError> {
    let header = Header { image };
    let protocol = Protocol(u16::from_le_bytes(header.field(0x206)?));
    let since = |minor: u8| protocol >= Protocol(0x0200 | u16::from(minor));
    // "For backwards compatibility, if the setup_sects field contains 0, the real value is 4."
    let sectors = match header.field::<1>(0x1f1)? {
        [0] => 4,
        [sectors] => u64::from(sectors),
    };
    let xloadflags = if since(12) { u16::from_le_bytes(header.field(0x236)?) } else { 0 };
    let kernel_offset = (sectors + 1) * SECTOR;
    if since(4) {
        let size = u64::from(u32::from_le_bytes(header.field(0x1f4)?)) * PARAGRAPH;
        header.reaches(kernel_offset + size, "the protected-mode kernel")?;
    }
    let version_string = usize::from(u16::from_le_bytes(header.field(0x20e)?));
    let word = |minor: u8, offset: usize, absent: u32| {
        if since(minor) { header.field(offset).map(u32::from_le_bytes) } else { Ok(absent) }
    };
    let payload = if since(8) {
        let at = kernel_offset + u64::from(u32::from_le_bytes(header.field(0x248)?));
        usize::try_from(at).ok().and_then(|at| image.get(at..))
    } else {
        None
    };
    Ok(BzImageFacts {
        protocol,
        loaded_high: header.field::<1>(0x211)?[0] & LOADED_HIGH != 0,
        packing: payload.and_then(packing),
        entry: if xloadflags & XLF_KERNEL_64 == 0 { KernelEntry::Bits32 } else { KernelEntry::Bits64 },
        kernel_offset,
        relocatable: since(5) && header.field::<1>(0x234)? != [0],
        kernel_alignment: word(5, 0x230, 1)?,
        pref_address: if since(10) { u64::from_le_bytes(header.field(0x258)?) } else { LOADED_HIGH_AT },
        init_size: word(10, 0x260, 0)?,
        initrd_addr_max: word(3, 0x22c, 0x37ff_ffff)?,
        cmdline_size: word(6, 0x238, 255)?,
        release: (version_string != 0)
            .then(|| image.get(version_string + 0x200..))
            .flatten()
            .and_then(release::first_word),
    })
}

struct Header<'a> {
    image: &'a [u8],
}

impl Header<'_> {
    fn field<const N: usize>(&self, offset: usize) -> Result<[u8; N], ImageError> {
        let end = (offset + N) as u64;
        bytes_at(self.image, offset).ok_or_else(|| self.cut("the setup header", end))
    }

    fn reaches(&self, end: u64, what: &'static str) -> Result<(), ImageError> {
        if self.image.len() as u64 >= end { Ok(()) } else { Err(self.cut(what, end)) }
    }

    fn cut(&self, what: &'static str, needed: u64) -> ImageError {
        ImageError::Truncated { format: Format::BzImage, length: self.image.len() as u64, what, needed }
    }
}
