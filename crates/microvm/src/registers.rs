//! The vCPU's state at the kernel's first instruction, and the tables that it points to.
//!
//! | entry | mode | registers |
//! |---|---|---|
//! | PVH | 32-bit protected, no paging | `ebx` = `hvm_start_info` |
//! | 64-bit | long, the first 4 GiB mapped to themselves | `rsi` = `boot_params` |
//!
//! Both have flat segments with the selectors that the 64-bit boot protocol asks for (`__BOOT_CS` 0x10, `__BOOT_DS`
//! 0x18) and interrupts off. Sources: `Documentation/arch/x86/boot.rst`; the PVH document of Xen
//! (`docs/misc/pvh.pandoc` there).

use kvm_bindings::{kvm_dtable, kvm_regs, kvm_segment, kvm_sregs};
use vm_memory::{Bytes, GuestAddress, GuestMemoryError, GuestMemoryMmap};

use crate::boot::Start;
use crate::layout;

const CODE_SELECTOR: u16 = 0x10;
const DATA_SELECTOR: u16 = 0x18;
const TASK_SELECTOR: u16 = 0x20;

const CR0_PROTECTED: u64 = 1;
const CR0_EXTENSION_TYPE: u64 = 1 << 4;
const CR0_PAGING: u64 = 1 << 31;
const CR4_PAE: u64 = 1 << 5;
const EFER_LONG_ENABLED: u64 = 1 << 8;
const EFER_LONG_ACTIVE: u64 = 1 << 10;

/// `rflags` with nothing set; bit 1 is always one.
const FLAGS: u64 = 2;

const TABLE_ENTRIES: u64 = 512;
const TABLE_FLAGS: u64 = 0b11;
const LARGE_PAGE: u64 = 1 << 7;
const LARGE_PAGE_SIZE: u64 = 2 << 20;
const DIRECTORIES: u64 = 4;

/// Returns the general registers for a start.
pub fn general(start: Start) -> kvm_regs {
    match start {
        Start::Pvh { address } => {
            kvm_regs { rip: address, rbx: layout::START_INFO, rflags: FLAGS, ..Default::default() }
        }
        Start::Linux64 { address } => {
            kvm_regs { rip: address, rsi: layout::ZERO_PAGE, rflags: FLAGS, ..Default::default() }
        }
    }
}

/// Sets the special registers for a start, over the vCPU's reset state.
pub fn special(start: Start, sregs: &mut kvm_sregs) {
    let width = Width::of(start);
    let data = segment(DATA_SELECTOR, DATA);
    sregs.cs = segment(CODE_SELECTOR, width.code());
    for register in [&mut sregs.ds, &mut sregs.es, &mut sregs.fs, &mut sregs.gs, &mut sregs.ss] {
        *register = data;
    }
    sregs.tr = segment(TASK_SELECTOR, TASK);
    sregs.gdt = kvm_dtable { base: layout::GDT, limit: (gdt(width).len() * 8 - 1) as u16, padding: [0; 3] };
    sregs.idt = kvm_dtable::default();
    sregs.cr0 = CR0_PROTECTED | CR0_EXTENSION_TYPE;
    sregs.cr4 = 0;
    sregs.efer = 0;
    if width == Width::Bits64 {
        sregs.cr3 = layout::PAGE_TABLES;
        sregs.cr4 = CR4_PAE;
        sregs.cr0 |= CR0_PAGING;
        sregs.efer = EFER_LONG_ENABLED | EFER_LONG_ACTIVE;
    }
}

/// Writes the tables that the registers point to.
///
/// # Errors
/// The memory ends before them.
pub fn write_tables(memory: &GuestMemoryMmap, start: Start) -> Result<(), GuestMemoryError> {
    for (index, entry) in gdt(Width::of(start)).into_iter().enumerate() {
        memory.write_obj(entry, GuestAddress(layout::GDT + 8 * index as u64))?;
    }
    if Width::of(start) == Width::Bits64 {
        write_page_tables(memory)?;
    }
    Ok(())
}

/// Maps the first 4 GiB to themselves, in pages of 2 MiB.
fn write_page_tables(memory: &GuestMemoryMmap) -> Result<(), GuestMemoryError> {
    let table = |number: u64| layout::PAGE_TABLES + number * layout::PAGE;
    let put = |table: u64, entry: u64, value: u64| memory.write_obj(value, GuestAddress(table + 8 * entry));
    let (level4, pointers, first_directory) = (table(0), table(1), table(2));
    put(level4, 0, pointers | TABLE_FLAGS)?;
    for directory in 0..DIRECTORIES {
        put(pointers, directory, table(2 + directory) | TABLE_FLAGS)?;
    }
    for page in 0..DIRECTORIES * TABLE_ENTRIES {
        // The directories lie one behind the other, so that their entries can be counted through.
        put(first_directory, page, (page * LARGE_PAGE_SIZE) | LARGE_PAGE | TABLE_FLAGS)?;
    }
    Ok(())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Width {
    Bits32,
    Bits64,
}

impl Width {
    fn of(start: Start) -> Self {
        match start {
            Start::Pvh { .. } => Self::Bits32,
            Start::Linux64 { .. } => Self::Bits64,
        }
    }

    fn code(self) -> u16 {
        match self {
            Self::Bits32 => CODE_32,
            Self::Bits64 => CODE_64,
        }
    }
}

/// Bits 8-23 of a descriptor's high word: type, S, DPL, P, a gap of 4, AVL, L, D/B, G.
const CODE_64: u16 = 0xa09b;
const CODE_32: u16 = 0xc09b;
const DATA: u16 = 0xc093;
const TASK: u16 = 0x008b;

const PAGE_GRANULAR: u16 = 1 << 15;

/// The segment's size less one, in units of its granularity: everything, or the task state segment's minimum.
fn limit(flags: u16) -> u32 {
    if flags & PAGE_GRANULAR == 0 { 0x67 } else { 0xf_ffff }
}

/// A descriptor with base 0.
fn descriptor(flags: u16) -> u64 {
    let limit = u64::from(limit(flags));
    u64::from(flags) << 40 | (limit & 0xf_0000) << 32 | limit & 0xffff
}

fn gdt(width: Width) -> [u64; 5] {
    [0, 0, descriptor(width.code()), descriptor(DATA), descriptor(TASK)]
}

fn segment(selector: u16, flags: u16) -> kvm_segment {
    let bit = |number: u16| (flags >> number & 1) as u8;
    kvm_segment {
        base: 0,
        // KVM counts bytes, whatever the granularity.
        limit: if flags & PAGE_GRANULAR == 0 { limit(flags) } else { u32::MAX },
        selector,
        type_: (flags & 0xf) as u8,
        s: bit(4),
        dpl: (flags >> 5 & 3) as u8,
        present: bit(7),
        avl: bit(12),
        l: bit(13),
        db: bit(14),
        g: bit(15),
        unusable: 0,
        padding: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::memory;

    const PVH: Start = Start::Pvh { address: 0x100_0370 };
    const LINUX64: Start = Start::Linux64 { address: 0x10_0200 };

    fn word(memory: &GuestMemoryMmap, address: u64) -> u64 {
        memory.read_obj(GuestAddress(address)).expect("in memory")
    }

    #[test]
    fn descriptors_are_flat() {
        // Intel SDM volume 3, 3.4.5: limit 0xfffff pages, base 0.
        assert_eq!(
            gdt(Width::Bits64),
            [0, 0, 0x00af_9b00_0000_ffff, 0x00cf_9300_0000_ffff, 0x0000_8b00_0000_0067]
        );
        assert_eq!(gdt(Width::Bits32)[2], 0x00cf_9b00_0000_ffff);
    }

    #[test]
    fn pvh_starts_in_protected_mode() {
        let mut sregs = kvm_sregs { cr0: 0x6000_0010, cr3: 7, cr4: 7, efer: 7, ..Default::default() };
        special(PVH, &mut sregs);
        assert_eq!((sregs.cr0, sregs.cr4, sregs.efer), (0x11, 0, 0));
        assert_eq!((sregs.cs.selector, sregs.cs.db, sregs.cs.l, sregs.cs.limit), (0x10, 1, 0, u32::MAX));
        assert_eq!((sregs.ss.selector, sregs.ss.type_, sregs.tr.limit), (0x18, 3, 0x67));
        let regs = general(PVH);
        assert_eq!((regs.rip, regs.rbx, regs.rflags), (0x100_0370, 0x6000, 2));
    }

    #[test]
    fn linux64_starts_in_long_mode_on_identity_mapped_pages() {
        let mut sregs = kvm_sregs::default();
        special(LINUX64, &mut sregs);
        assert_eq!((sregs.cr0, sregs.cr3, sregs.cr4, sregs.efer), (0x8000_0011, 0x9000, 0x20, 0x500));
        assert_eq!((sregs.cs.selector, sregs.cs.db, sregs.cs.l), (0x10, 0, 1));
        assert_eq!(general(LINUX64).rsi, 0x7000);

        let (memory, _) = memory(1);
        write_tables(&memory, LINUX64).expect("written");
        assert_eq!(word(&memory, 0x9000), 0xa003);
        assert_eq!(
            [0, 1, 2, 3].map(|slot| word(&memory, 0xa000 + 8 * slot)),
            [0xb003, 0xc003, 0xd003, 0xe003]
        );
        for address in [0, 2 << 20, 1 << 30, (4 << 30) - (2 << 20)] {
            assert_eq!(word(&memory, 0xb000 + 8 * (address >> 21)), address | 0x83);
        }
        assert_eq!(word(&memory, layout::GDT + 0x10), 0x00af_9b00_0000_ffff);
    }
}
