//! From fw_cfg to the kernel, once.

use core::fmt::Write as _;

use crate::error::Error;
use crate::fw_cfg::{self, Registers as _, key};
use crate::hardware::{self, Com1, FwCfgPorts, Transfer};
use crate::image::{Demands, Image, SETUP_LENGTH};
use crate::memory::{ENTRY_SIZE, MemoryMap, Region};
use crate::placement;
use crate::size::ByteSize;
use crate::zero_page::{self, ZeroPage};

/// Where the zero page goes; the table in the [crate's documentation](crate) has all such places.
const ZERO_PAGE: u32 = 0x7000;

/// Where the command line goes.
const CMDLINE: u32 = 0x8000;

/// The longest command line for which there is room, with its end mark.
const CMDLINE_ROOM: u32 = 0x8000;

/// Boots the kernel that fw_cfg has, or says why not and resets the machine.
///
/// # Safety
///
/// Called once, in 64-bit mode with the first 4 GiB mapped one to one and the segments of the kernel's boot protocol,
/// by a program that keeps to its part of the memory (`start.S`, `link.ld`).
#[allow(unsafe_code, reason = "the whole machine is its own")]
pub unsafe fn boot() -> ! {
    let mut com1 = Com1::open();
    // SAFETY: the caller's promise.
    match unsafe { load(&mut com1) } {
        Ok(entry) => {
            let _ = writeln!(com1, "boot-firmware: entering the kernel at {entry:#x}");
            com1.wait_until_empty();
            // SAFETY: `load` has put kernel and zero page there; the rest is the caller's promise.
            unsafe { hardware::enter(entry, ZERO_PAGE.into()) }
        }
        Err(error) => {
            let _ = writeln!(com1, "boot-firmware: error {error}");
            com1.wait_until_empty();
            hardware::reset()
        }
    }
}

/// Brings everything to its place; says where the kernel is entered.
///
/// # Safety
///
/// As for [`boot`].
#[allow(unsafe_code, reason = "writes to memory by address")]
unsafe fn load(com1: &mut Com1) -> Result<u64, Error> {
    let mut device = FwCfgPorts::open()?;
    let map = memory_map(&mut device)?;
    let transfer = match device.transfer() {
        Transfer::Dma => "DMA",
        Transfer::Port => "port I/O",
    };
    let _ = writeln!(com1, "boot-firmware: memory {}, fw_cfg with {transfer}", ByteSize(map.ram()));

    let kernel_size = fw_cfg::number(&mut device, key::KERNEL_SIZE)?;
    let initramfs_size = fw_cfg::number(&mut device, key::INITRAMFS_SIZE)?;
    if kernel_size == 0 {
        return Err(Error::NoKernel);
    }
    let mut setup = [0; SETUP_LENGTH];
    fw_cfg::read(&mut device, key::SETUP_DATA, &mut setup)?;
    let image = Image::identify(&setup)?;
    let kernel_at = fw_cfg::number(&mut device, key::KERNEL_ADDRESS)?;
    let demands = image.demands(kernel_at.into(), kernel_size.into());

    // SAFETY: the room for the command line is nobody else's, see the crate's table.
    let cmdline = unsafe { hardware::physical(CMDLINE.into(), CMDLINE_ROOM as usize) };
    let cmdline = read_cmdline(&mut device, &demands, cmdline)?;
    let _ = write!(com1, "boot-firmware: kernel {}, ", ByteSize(kernel_size.into()));
    let _ = match initramfs_size {
        0 => com1.write_str("no initramfs"),
        size => write!(com1, "initramfs {}", ByteSize(size.into())),
    };
    com1.write_bytes(if cmdline.is_empty() { b", no cmdline" } else { b", cmdline " });
    com1.write_bytes(cmdline);
    com1.write_bytes(b"\r\n");

    let initramfs_at = placement::place(&demands, initramfs_size.into(), &map)?;
    if let Image::BzImage(_) = image {
        // SAFETY: `place` says that it is RAM, from 1 MiB on, below 4 GiB.
        let target = unsafe { hardware::physical(demands.start, kernel_size as usize) };
        fw_cfg::read(&mut device, key::KERNEL_DATA, target)?;
    }
    if initramfs_size != 0 {
        // SAFETY: the same; and that it is clear of the kernel.
        let target = unsafe { hardware::physical(initramfs_at, initramfs_size as usize) };
        fw_cfg::read(&mut device, key::INITRAMFS_DATA, target)?;
    }

    let mut page = ZeroPage::new(&image);
    page.set_cmdline(CMDLINE);
    page.set_initramfs(initramfs_at as u32, initramfs_size);
    page.set_memory(&map);
    // SAFETY: the page is nobody else's, see the crate's table.
    unsafe { hardware::physical(ZERO_PAGE.into(), zero_page::SIZE) }.copy_from_slice(page.as_bytes());
    Ok(demands.entry)
}

fn memory_map(device: &mut FwCfgPorts) -> Result<MemoryMap, Error> {
    let file = fw_cfg::find_file(device, "etc/e820")?.ok_or(Error::NoMemoryMap)?;
    let mut map = MemoryMap::default();
    device.select(file.key)?;
    for _ in 0..file.size as usize / ENTRY_SIZE {
        let mut entry = [0; ENTRY_SIZE];
        device.read(&mut entry)?;
        map.add(Region::decode(&entry))?;
    }
    Ok(map)
}

/// Reads the command line to its place, with its end mark; gives it without.
fn read_cmdline<'a>(
    device: &mut FwCfgPorts,
    kernel: &Demands,
    room: &'a mut [u8],
) -> Result<&'a [u8], Error> {
    // QEMU counts the end mark.
    let found = fw_cfg::number(device, key::CMDLINE_SIZE)?.saturating_sub(1);
    let limit = kernel.cmdline_limit.min(CMDLINE_ROOM - 1);
    if found > limit {
        return Err(Error::LongCmdline { found, limit });
    }
    let (text, end) = room.split_at_mut(found as usize);
    fw_cfg::read(device, key::CMDLINE_DATA, text)?;
    end[0] = 0;
    Ok(text)
}
