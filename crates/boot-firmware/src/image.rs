//! Kernel images: what their headers say.
//!
//! QEMU splits a **bzImage** in two. Its setup part, which starts with the header, is item `SETUP_DATA`; the rest,
//! which is to be loaded, is `KERNEL_DATA`. The fields (`Documentation/arch/x86/boot.rst`, "The Real-Mode Kernel
//! Header"; all little-endian):
//!
//! | offset | size | field | here |
//! |---|---|---|---|
//! | `0x201` | 1 | second byte of `jump` | the header ends at `0x202` + this |
//! | `0x202` | 4 | `header` | must be `HdrS` |
//! | `0x206` | 2 | `version` | 2.12 or newer: it has `xloadflags` |
//! | `0x22c` | 4 | `initrd_addr_max` | the initramfs' last byte lies here at most |
//! | `0x236` | 2 | `xloadflags` | bit 0: has a 64-bit entry, 0x200 behind the start |
//! | `0x238` | 4 | `cmdline_size` | bytes, without the end mark |
//! | `0x258` | 8 | `pref_address` | where it is loaded |
//! | `0x260` | 4 | `init_size` | what it needs there |
//!
//! A **vmlinux** is loaded by QEMU itself, to the physical addresses that it states; `SETUP_DATA` is the start of the
//! file. Its ELF entry point is the kernel's 64-bit entry.
//!
//! Deliberately absent: 32-bit kernels, the 16-bit entry, relocation of a bzImage to another place (a kernel does not
//! run below its `pref_address`, and above it there is nothing to gain).

use crate::error::Error;

/// What of the setup part is looked at: up to the end of the longest header that a zero page has room for.
pub const SETUP_LENGTH: usize = 0x290;

/// Where the header starts, in the setup part and in the zero page.
pub const HEADER_START: usize = 0x1f1;

/// The header's oldest version with `xloadflags`.
const OLDEST: u16 = 0x020c;

/// `XLF_KERNEL_64`.
const HAS_64_BIT_ENTRY: u16 = 1 << 0;

/// From the start of a bzImage's loaded part.
const ENTRY_64_BIT: u64 = 0x200;

/// What x86 kernels take (`COMMAND_LINE_SIZE` in `arch/x86/include/asm/setup.h`), without the end mark.
const VMLINUX_CMDLINE: u32 = 2047;

/// `INITRD_ADDR_MAX` of every kernel since 2.4 (`arch/x86/boot/header.S`).
const VMLINUX_INITRAMFS_BELOW: u64 = 0x8000_0000;

/// A kernel image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Image<'a> {
    /// Compressed, to be loaded.
    BzImage(SetupHeader<'a>),
    /// Plain, in place.
    Vmlinux {
        /// Where its 64-bit code is entered.
        entry: u64,
    },
}

/// What a kernel asks of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demands {
    /// Where it is loaded.
    pub start: u64,
    /// What it needs there.
    pub size: u64,
    /// Where it is entered in 64-bit mode.
    pub entry: u64,
    /// Where the initramfs must end.
    pub initramfs_below: u64,
    /// The longest command line, in bytes without the end mark.
    pub cmdline_limit: u32,
}

/// The setup header of a bzImage that can be entered in 64-bit mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetupHeader<'a> {
    bytes: &'a [u8; SETUP_LENGTH],
    end: usize,
}

impl<'a> Image<'a> {
    /// Reads the start of what fw_cfg has as setup part.
    pub fn identify(setup: &'a [u8; SETUP_LENGTH]) -> Result<Self, Error> {
        // ELFCLASS64, ELFDATA2LSB
        if setup.starts_with(b"\x7fELF\x02\x01") {
            return match number(setup, 0x12) as u16 {
                62 => Ok(Self::Vmlinux { entry: number(setup, 0x18) }),
                machine => Err(Error::OtherElf { machine }),
            };
        }
        SetupHeader::read(setup).map(Self::BzImage)
    }

    /// What the kernel asks for; `at` and `size` are what fw_cfg says of its loaded part.
    pub fn demands(&self, at: u64, size: u64) -> Demands {
        match self {
            Self::BzImage(header) => {
                let start = header.number(0x258);
                Demands {
                    start,
                    size: u64::from(header.number(0x260) as u32).max(size),
                    entry: start.saturating_add(ENTRY_64_BIT),
                    initramfs_below: u64::from(header.number(0x22c) as u32) + 1,
                    cmdline_limit: header.number(0x238) as u32,
                }
            }
            Self::Vmlinux { entry } => Demands {
                start: at,
                size,
                entry: *entry,
                initramfs_below: VMLINUX_INITRAMFS_BELOW,
                cmdline_limit: VMLINUX_CMDLINE,
            },
        }
    }
}

impl<'a> SetupHeader<'a> {
    fn read(setup: &'a [u8; SETUP_LENGTH]) -> Result<Self, Error> {
        let found = (number(setup, 0x202) as u32).to_le_bytes();
        if found != *b"HdrS" {
            return Err(Error::NotAKernel { found });
        }
        let header = Self { bytes: setup, end: (0x202 + usize::from(setup[0x201])).min(SETUP_LENGTH) };
        let version = header.number(0x206) as u16;
        if version < OLDEST {
            return Err(Error::OldProtocol { found: version });
        }
        if header.number(0x236) as u16 & HAS_64_BIT_ENTRY == 0 {
            return Err(Error::No64BitEntry);
        }
        Ok(header)
    }

    /// The header's own bytes; the first one belongs at [`HEADER_START`] of the zero page.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(HEADER_START..self.end).unwrap_or_default()
    }

    fn number(&self, offset: usize) -> u64 {
        number(self.bytes, offset)
    }
}

/// The eight bytes at an offset; the caller cuts off what is not the field's.
fn number(bytes: &[u8; SETUP_LENGTH], offset: usize) -> u64 {
    bytes[offset..].first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The setup part of a kernel like 6.12, with some field changed.
    pub(crate) fn setup(changes: &[(usize, &[u8])]) -> [u8; SETUP_LENGTH] {
        let mut setup = [0; SETUP_LENGTH];
        let fields: &[(usize, &[u8])] = &[
            (0x1fe, &[0x55, 0xaa, 0xeb, 0x6a]),
            (0x202, b"HdrS\x0f\x02"),
            (0x210, &[0xb0, 0x01]),
            (0x22c, &0x7fff_ffffu32.to_le_bytes()),
            (0x230, &0x20_0000u32.to_le_bytes()),
            (0x236, &[0x7f, 0]),
            (0x238, &2047u32.to_le_bytes()),
            (0x250, &0x21_c000u64.to_le_bytes()),
            (0x258, &0x100_0000u64.to_le_bytes()),
            (0x260, &0x3c_2000u32.to_le_bytes()),
            (0x26c, b"not the header's"),
        ];
        for (offset, bytes) in fields.iter().chain(changes) {
            setup[*offset..offset + bytes.len()].copy_from_slice(bytes);
        }
        setup
    }

    #[test]
    fn a_bzimage_says_what_it_needs() {
        let setup = setup(&[]);
        let image = Image::identify(&setup).unwrap();
        let demands = Demands {
            start: 0x100_0000,
            size: 0x3c_2000,
            entry: 0x100_0200,
            initramfs_below: 0x8000_0000,
            cmdline_limit: 2047,
        };
        assert_eq!(image.demands(0x10_0000, 0x11_0000), demands);
        assert_eq!(image.demands(0x10_0000, 0x40_0000), Demands { size: 0x40_0000, ..demands });
        let Image::BzImage(header) = image else { panic!("{image:?}") };
        assert_eq!(header.as_bytes().len(), 0x26c - HEADER_START);
    }

    #[test]
    fn a_vmlinux_is_where_it_is() {
        let mut start = [0; SETUP_LENGTH];
        start[..20].copy_from_slice(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0");
        start[0x18..0x20].copy_from_slice(&0x100_0000u64.to_le_bytes());
        let image = Image::identify(&start).unwrap();
        assert_eq!(image, Image::Vmlinux { entry: 0x100_0000 });
        let demands = image.demands(0x100_0000, 0x90_0000);
        assert_eq!((demands.start, demands.size, demands.entry), (0x100_0000, 0x90_0000, 0x100_0000));
        start[0x12] = 183;
        assert_eq!(Image::identify(&start), Err(Error::OtherElf { machine: 183 }));
    }

    #[test]
    fn other_files_are_refused() {
        for (changes, error) in [
            (&[(0x202, b"\0\0\0\0".as_slice())], Error::NotAKernel { found: [0; 4] }),
            (&[(0x206, &[0x0b, 0x02])], Error::OldProtocol { found: 0x20b }),
            (&[(0x236, &[0x7e, 0])], Error::No64BitEntry),
        ] {
            assert_eq!(Image::identify(&setup(changes)), Err(error));
        }
    }

    #[test]
    fn a_header_never_reaches_behind_its_room() {
        let setup = setup(&[(0x201, &[0xff])]);
        let Ok(Image::BzImage(header)) = Image::identify(&setup) else { panic!("no bzImage") };
        assert_eq!(header.as_bytes().len(), SETUP_LENGTH - HEADER_START);
    }
}
