//! The zero page: what the kernel is told (`struct boot_params`).
//!
//! Offsets are those of `Documentation/arch/x86/zero-page.rst` and `boot.rst`:
//!
//! | offset | size | field | value |
//! |---|---|---|---|
//! | `0x1e8` | 1 | `e820_entries` | |
//! | `0x1f1` | | setup header | the kernel's own, with these changed: |
//! | `0x1fa` | 2 | `vid_mode` | `0xffff`, "normal" |
//! | `0x210` | 1 | `type_of_loader` | `0xff`, none that has a number |
//! | `0x211` | 1 | `loadflags` | only `LOADED_HIGH` is kept: there is no 16-bit heap |
//! | `0x218` | 4 + 4 | `ramdisk_image`, `ramdisk_size` | |
//! | `0x224` | 2 | `heap_end_ptr` | 0 |
//! | `0x228` | 4 | `cmd_line_ptr` | |
//! | `0x250` | 8 | `setup_data` | 0: QEMU's list has addresses of a place where this firmware does not load |
//! | `0x2d0` | 20 each | `e820_table` | |
//!
//! Everything else is 0: no screen, no disks, no EFI.

use crate::image::{HEADER_START, Image};
use crate::memory::{ENTRY_SIZE, MAX_ENTRIES, MemoryMap};

/// Bytes.
pub const SIZE: usize = 4096;

/// What a vmlinux has no header for: `boot_flag`; then `jump`, `HdrS`, version 2.15.
const VMLINUX_HEADER: [u8; 10] = *b"\x55\xaa\xeb\x6aHdrS\x0f\x02";

/// A zero page that is being filled.
#[derive(Clone, Debug)]
pub struct ZeroPage([u8; SIZE]);

impl ZeroPage {
    /// Makes one without command line, initramfs and memory.
    pub fn new(image: &Image<'_>) -> Self {
        let mut page = Self([0; SIZE]);
        match image {
            Image::BzImage(header) => page.put(HEADER_START, header.as_bytes()),
            Image::Vmlinux { .. } => {
                page.put(0x1fe, &VMLINUX_HEADER);
                page.put(0x211, &[1]);
            }
        }
        let loaded_high = page.0[0x211] & 1;
        page.put(0x1fa, &[0xff, 0xff]);
        page.put(0x210, &[0xff, loaded_high]);
        page.put(0x218, &[0; 8]);
        page.put(0x224, &[0; 8]);
        page.put(0x250, &[0; 8]);
        page
    }

    /// Says where the command line is; it ends with a NUL.
    pub fn set_cmdline(&mut self, address: u32) {
        self.put(0x228, &address.to_le_bytes());
    }

    /// Says where the initramfs is.
    pub fn set_initramfs(&mut self, address: u32, size: u32) {
        self.put(0x218, &address.to_le_bytes());
        self.put(0x21c, &size.to_le_bytes());
    }

    /// Says what memory the machine has.
    pub fn set_memory(&mut self, map: &MemoryMap) {
        for (at, region) in map.regions().iter().take(MAX_ENTRIES).enumerate() {
            self.put(0x2d0 + at * ENTRY_SIZE, &region.encode());
        }
        self.put(0x1e8, &[map.regions().len().min(MAX_ENTRIES) as u8]);
    }

    /// The page.
    pub fn as_bytes(&self) -> &[u8; SIZE] {
        &self.0
    }

    /// All offsets are constants above, within the page.
    fn put(&mut self, offset: usize, bytes: &[u8]) {
        self.0[offset..offset + bytes.len()].copy_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::tests::setup;
    use crate::memory::Region;

    /// Every run of bytes that are not 0: offset and bytes.
    fn filled(page: &ZeroPage) -> String {
        let mut lines = String::new();
        for (row, bytes) in
            page.as_bytes().chunks(16).enumerate().filter(|(_, bytes)| bytes.iter().any(|b| *b != 0))
        {
            lines += &format!("{:03x}:", row * 16);
            bytes.iter().for_each(|byte| lines += &format!(" {byte:02x}"));
            lines += "\n";
        }
        lines
    }

    #[test]
    fn a_bzimage_finds_its_header_and_the_machine() {
        let setup = setup(&[(0x211, &[0x81]), (0x224, &[0x00, 0xfe])]);
        let image = Image::identify(&setup).unwrap();
        let mut page = ZeroPage::new(&image);
        let mut map = MemoryMap::default();
        map.add(Region { start: 0, size: 128 << 20, kind: 1 }).unwrap();
        page.set_memory(&map);
        page.set_cmdline(0x8000);
        page.set_initramfs(0x7ff_e000, 5000);
        insta::assert_snapshot!(filled(&page), @"
        1e0: 00 00 00 00 00 00 00 00 02 00 00 00 00 00 00 00
        1f0: 00 00 00 00 00 00 00 00 00 00 ff ff 00 00 55 aa
        200: eb 6a 48 64 72 53 0f 02 00 00 00 00 00 00 00 00
        210: ff 01 00 00 00 00 00 00 00 e0 ff 07 88 13 00 00
        220: 00 00 00 00 00 00 00 00 00 80 00 00 ff ff ff 7f
        230: 00 00 20 00 00 00 7f 00 ff 07 00 00 00 00 00 00
        250: 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00 00
        260: 00 20 3c 00 00 00 00 00 00 00 00 00 00 00 00 00
        2d0: 00 00 00 00 00 00 00 00 00 00 0a 00 00 00 00 00
        2e0: 01 00 00 00 00 00 10 00 00 00 00 00 00 00 f0 07
        2f0: 00 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00
        ");
    }

    #[test]
    fn a_vmlinux_gets_a_header() {
        let page = ZeroPage::new(&Image::Vmlinux { entry: 0x100_0000 });
        insta::assert_snapshot!(filled(&page), @"
        1f0: 00 00 00 00 00 00 00 00 00 00 ff ff 00 00 55 aa
        200: eb 6a 48 64 72 53 0f 02 00 00 00 00 00 00 00 00
        210: ff 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00
        ");
    }

    #[test]
    fn the_largest_map_stays_within_its_table() {
        let mut map = MemoryMap::default();
        for at in 0..MAX_ENTRIES as u64 {
            map.add(Region { start: (1 + at) << 20, size: 1, kind: 2 }).unwrap();
        }
        let mut page = ZeroPage::new(&Image::Vmlinux { entry: 0 });
        page.set_memory(&map);
        assert_eq!(page.as_bytes()[0x1e8], 128);
        assert_eq!(page.as_bytes()[0x2d0 + 127 * 20..][..4], (128u32 << 20).to_le_bytes());
        assert!(page.as_bytes()[0xcd0..].iter().all(|byte| *byte == 0));
    }
}
