//! Where everything lies in the guest's physical memory.
//!
//! | from | what |
//! |---|---|
//! | `0x0000_0500` | GDT, 5 entries |
//! | `0x0000_6000` | `hvm_start_info`, behind it the module list and the memory map (PVH) |
//! | `0x0000_7000` | `boot_params`, the zero page (64-bit entry) |
//! | `0x0000_9000` | page tables: PML4, PDPT, 4 page directories (64-bit entry) |
//! | `0x0002_0000` | command line, NUL-terminated |
//! | `0x0009_fc00` | – end of low memory: what a PC has here and up to 1 MiB is not announced |
//! | `0x0010_0000` | high memory: `bzImage` is loaded here, `vmlinux` where its program headers say |
//! | … | initramfs, at the top of the memory below the hole, on a page boundary |
//! | `0xc000_0000` | – the hole: APICs, and the pages that KVM needs for itself |
//! | `0x1_0000_0000` | the rest of the memory, where there is more than 3 GiB |
//!
//! All addresses below are guest-physical.

/// The global descriptor table.
pub const GDT: u64 = 0x500;
/// `hvm_start_info`.
pub const START_INFO: u64 = 0x6000;
/// The PVH module list, one entry.
pub const MODULES: u64 = 0x6040;
/// The PVH memory map.
pub const MEMORY_MAP: u64 = 0x6080;
/// `boot_params`.
pub const ZERO_PAGE: u64 = 0x7000;
/// The page map of level 4; the other tables follow it.
pub const PAGE_TABLES: u64 = 0x9000;
/// The command line.
pub const CMDLINE: u64 = 0x2_0000;
/// Behind the memory that is announced below 1 MiB.
pub const LOW_MEMORY_END: u64 = 0x9_fc00;
/// Where the kernel's memory starts.
pub const HIGH_MEMORY: u64 = 0x10_0000;
/// The hole's first byte.
pub const HOLE: u64 = 0xc000_0000;
/// Behind the hole.
pub const HOLE_END: u64 = 0x1_0000_0000;
/// Three pages for KVM's use on Intel processors (`KVM_SET_TSS_ADDR`).
pub const KVM_TSS: u64 = 0xfffb_d000;
/// The longest command line, with its NUL (`COMMAND_LINE_SIZE`, `arch/x86/include/asm/setup.h`).
pub const CMDLINE_SIZE: usize = 2048;
/// A page.
pub const PAGE: u64 = 0x1000;

const MIB: u64 = 1 << 20;

/// The guest's memory: a size, laid around the hole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ram {
    bytes: u64,
}

/// A stretch of memory that may be used; `start` to `end`, which is behind its last byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The first byte.
    pub start: u64,
    /// Behind the last byte.
    pub end: u64,
}

impl Stretch {
    /// Its length in bytes.
    pub fn size(&self) -> u64 {
        self.end - self.start
    }
}

impl Ram {
    /// Memory of so many MiB; `None` where that is no memory or more than 64 bits count.
    pub fn from_mib(mib: u64) -> Option<Self> {
        let bytes = mib.checked_mul(MIB).filter(|bytes| bytes.checked_add(HOLE_END).is_some())?;
        (bytes > 0).then_some(Self { bytes })
    }

    /// Its size in bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Behind the last byte below the hole.
    pub fn below_hole_end(&self) -> u64 {
        self.bytes.min(HOLE)
    }

    /// The memory as KVM gets it: with what lies between low memory and 1 MiB.
    pub fn regions(&self) -> Vec<Stretch> {
        let below = Stretch { start: 0, end: self.below_hole_end() };
        let above = Stretch { start: HOLE_END, end: HOLE_END + (self.bytes - below.end) };
        [below, above].into_iter().filter(|stretch| stretch.size() > 0).collect()
    }

    /// The memory as the guest is told of it: the usable entries of its e820 map.
    pub fn usable(&self) -> Vec<Stretch> {
        let mut usable = vec![Stretch { start: 0, end: LOW_MEMORY_END }];
        for region in self.regions() {
            let start = region.start.max(HIGH_MEMORY);
            if start < region.end {
                usable.push(Stretch { start, end: region.end });
            }
        }
        usable
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(stretches: &[Stretch]) -> Vec<(u64, u64)> {
        stretches.iter().map(|stretch| (stretch.start, stretch.end)).collect()
    }

    #[test]
    fn memory_goes_around_the_hole() {
        let ram = |mib| Ram::from_mib(mib).expect("memory");
        assert_eq!(shown(&ram(128).regions()), [(0, 128 * MIB)]);
        assert_eq!(shown(&ram(128).usable()), [(0, LOW_MEMORY_END), (MIB, 128 * MIB)]);
        assert_eq!(shown(&ram(3072).regions()), [(0, HOLE)]);
        assert_eq!(shown(&ram(4096).regions()), [(0, HOLE), (HOLE_END, HOLE_END + 1024 * MIB)]);
        assert_eq!(
            shown(&ram(4096).usable()),
            [(0, LOW_MEMORY_END), (MIB, HOLE), (HOLE_END, HOLE_END + 1024 * MIB)]
        );
        assert_eq!(shown(&ram(1).usable()), [(0, LOW_MEMORY_END)]);
        assert_eq!(Ram::from_mib(0), None);
        assert_eq!(Ram::from_mib(u64::MAX / MIB), None);
    }

    #[test]
    fn tables_do_not_overlap() {
        let page_tables_end = PAGE_TABLES + 6 * PAGE;
        let areas = [
            (GDT, GDT + 40),
            (START_INFO, START_INFO + 56),
            (MODULES, MODULES + 32),
            (MEMORY_MAP, MEMORY_MAP + 3 * 24),
            (ZERO_PAGE, ZERO_PAGE + PAGE),
            (PAGE_TABLES, page_tables_end),
            (CMDLINE, CMDLINE + CMDLINE_SIZE as u64),
            (LOW_MEMORY_END, HIGH_MEMORY),
        ];
        assert!(areas.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{areas:x?}");
    }
}
