//! What the kernel is told of its machine: `boot_params` for the 64-bit entry, `hvm_start_info` for the PVH one.
//!
//! Sources: `Documentation/arch/x86/boot.rst`, `Documentation/arch/x86/zero-page.rst`,
//! `include/xen/interface/hvm/start_info.h`.

use linux_loader::configurator::{
    BootConfigurator, BootParams, linux::LinuxBootConfigurator, pvh::PvhBootConfigurator,
};
use linux_loader::loader::bootparam::{boot_e820_entry, boot_params, setup_header};
use linux_loader::loader::elf::start_info::{hvm_memmap_table_entry, hvm_modlist_entry, hvm_start_info};
use vm_memory::{GuestAddress, GuestMemoryMmap};

use crate::layout::{self, Ram, Stretch};

const E820_RAM: u32 = 1;
const BOOT_FLAG: u16 = 0xaa55;
const HEADER_MAGIC: u32 = u32::from_le_bytes(*b"HdrS");
const PROTOCOL: u16 = 0x020c;
/// "Undefined": this loader has no number of its own.
const LOADER_TYPE: u8 = 0xff;
const KERNEL_ALIGNMENT: u32 = 0x100_0000;
const START_INFO_MAGIC: u32 = 0x336e_c578;

/// Writes `boot_params`.
///
/// A `bzImage` brings its own setup header. A `vmlinux` has none, so what the kernel reads of it is filled in here.
///
/// # Errors
/// The memory ends before the tables do.
pub fn write_zero_page(
    memory: &GuestMemoryMmap,
    ram: &Ram,
    header: Option<setup_header>,
    initrd: Option<Stretch>,
) -> Result<(), linux_loader::configurator::Error> {
    let params = zero_page(ram, header, initrd);
    let params = BootParams::new::<boot_params>(&params, GuestAddress(layout::ZERO_PAGE));
    LinuxBootConfigurator::write_bootparams(&params, memory)
}

fn zero_page(ram: &Ram, header: Option<setup_header>, initrd: Option<Stretch>) -> boot_params {
    let mut params = boot_params {
        hdr: header.unwrap_or(setup_header {
            boot_flag: BOOT_FLAG,
            header: HEADER_MAGIC,
            version: PROTOCOL,
            kernel_alignment: KERNEL_ALIGNMENT,
            cmdline_size: layout::CMDLINE_SIZE as u32 - 1,
            ..Default::default()
        }),
        ..Default::default()
    };
    params.hdr.type_of_loader = LOADER_TYPE;
    params.hdr.cmd_line_ptr = layout::CMDLINE as u32;
    if let Some(initrd) = initrd {
        // Both lie below the hole, so 32 bits hold them.
        params.hdr.ramdisk_image = initrd.start as u32;
        params.hdr.ramdisk_size = initrd.size() as u32;
    }
    let usable = ram.usable();
    params.e820_entries = usable.len() as u8;
    for (slot, stretch) in usable.iter().enumerate() {
        params.e820_table[slot] =
            boot_e820_entry { addr: stretch.start, size: stretch.size(), r#type: E820_RAM };
    }
    params
}

/// Writes `hvm_start_info`, the module list and the memory map.
///
/// # Errors
/// The memory ends before the tables do.
pub fn write_start_info(
    memory: &GuestMemoryMmap,
    ram: &Ram,
    initrd: Option<Stretch>,
) -> Result<(), linux_loader::configurator::Error> {
    let usable = ram.usable();
    let info = hvm_start_info {
        magic: START_INFO_MAGIC,
        version: 1,
        cmdline_paddr: layout::CMDLINE,
        memmap_paddr: layout::MEMORY_MAP,
        memmap_entries: usable.len() as u32,
        nr_modules: u32::from(initrd.is_some()),
        modlist_paddr: if initrd.is_some() { layout::MODULES } else { 0 },
        ..Default::default()
    };
    let entry = |stretch: &Stretch| hvm_memmap_table_entry {
        addr: stretch.start,
        size: stretch.size(),
        type_: E820_RAM,
        reserved: 0,
    };
    let memory_map: Vec<hvm_memmap_table_entry> = usable.iter().map(entry).collect();
    let mut params = BootParams::new::<hvm_start_info>(&info, GuestAddress(layout::START_INFO));
    params.set_sections::<hvm_memmap_table_entry>(&memory_map, GuestAddress(layout::MEMORY_MAP));
    if let Some(initrd) = initrd {
        let module = hvm_modlist_entry { paddr: initrd.start, size: initrd.size(), ..Default::default() };
        params.set_modules::<hvm_modlist_entry>(&[module], GuestAddress(layout::MODULES));
    }
    PvhBootConfigurator::write_bootparams(&params, memory)
}

#[cfg(test)]
mod tests {
    use vm_memory::Bytes;

    use super::*;
    use crate::samples::memory;

    fn field<const N: usize>(memory: &GuestMemoryMmap, address: u64) -> [u8; N] {
        let mut bytes = [0; N];
        memory.read_slice(&mut bytes, GuestAddress(address)).expect("in memory");
        bytes
    }

    fn words(memory: &GuestMemoryMmap, address: u64, count: u64) -> Vec<u64> {
        (0..count).map(|word| u64::from_le_bytes(field(memory, address + 8 * word))).collect()
    }

    #[test]
    fn the_zero_page_is_laid_out_as_the_protocol_has_it() {
        let (memory, ram) = memory(128);
        let initrd = Stretch { start: 0x7ff_0000, end: 0x7ff_1234 };
        write_zero_page(&memory, &ram, None, Some(initrd)).expect("written");
        let at = |offset| layout::ZERO_PAGE + offset;
        assert_eq!(field(&memory, at(0x1fe)), [0x55, 0xaa]);
        assert_eq!(&field(&memory, at(0x202)), b"HdrS");
        assert_eq!(field(&memory, at(0x210)), [0xff]);
        assert_eq!(u32::from_le_bytes(field(&memory, at(0x218))), 0x7ff_0000);
        assert_eq!(u32::from_le_bytes(field(&memory, at(0x21c))), 0x1234);
        assert_eq!(u32::from_le_bytes(field(&memory, at(0x228))), 0x2_0000);
        assert_eq!(u32::from_le_bytes(field(&memory, at(0x238))), 2047);
        // e820: a count, then entries of 8 + 8 + 4 bytes.
        assert_eq!(field(&memory, at(0x1e8)), [2]);
        assert_eq!(words(&memory, at(0x2d0), 2), [0, 0x9_fc00]);
        assert_eq!(words(&memory, at(0x2d0 + 20), 2), [0x10_0000, 127 << 20]);
        assert_eq!(u32::from_le_bytes(field(&memory, at(0x2d0 + 36))), 1);
    }

    #[test]
    fn the_start_info_is_laid_out_as_the_header_has_it() {
        let (memory, ram) = memory(128);
        let initrd = Stretch { start: 0x7ff_0000, end: 0x7ff_1234 };
        write_start_info(&memory, &ram, Some(initrd)).expect("written");
        let half = |offset| u32::from_le_bytes(field(&memory, layout::START_INFO + offset));
        assert_eq!([half(0), half(4), half(8), half(12)], [0x336e_c578, 1, 0, 1]);
        assert_eq!(words(&memory, layout::START_INFO + 16, 4), [0x6040, 0x2_0000, 0, 0x6080]);
        assert_eq!(half(48), 2);
        assert_eq!(words(&memory, layout::MODULES, 2), [0x7ff_0000, 0x1234]);
        assert_eq!(words(&memory, layout::MEMORY_MAP, 6), [0, 0x9_fc00, 1, 0x10_0000, 127 << 20, 1]);
    }

    #[test]
    fn a_machine_without_initramfs_announces_none() {
        let (memory, ram) = memory(16);
        write_start_info(&memory, &ram, None).expect("written");
        assert_eq!(u32::from_le_bytes(field(&memory, layout::START_INFO + 12)), 0);
        write_zero_page(&memory, &ram, None, None).expect("written");
        assert_eq!(words(&memory, layout::ZERO_PAGE + 0x218, 1), [0]);
    }
}
