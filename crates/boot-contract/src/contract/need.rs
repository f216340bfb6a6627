//! What a way into a kernel can need, what an image has instead, and what mends it.

use std::fmt;
use std::ops::Range;

use super::Mend;
use crate::image::{ByteOrder, ElfClass, ImageFacts, KernelEntry, Machine, PageSize, Protocol};

/// Something that a way needs of the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// The image is for this architecture.
    Machine(Machine),
    /// The ELF file has structures of this width.
    Class(ElfClass),
    /// Words have their bytes in this order.
    Order(ByteOrder),
    /// The ELF file has a PVH note.
    PvhNote,
    /// What is loaded lies between these physical addresses: above what the VMM keeps for itself, below its devices.
    LoadsWithin(u64, u64),
    /// The boot protocol is at least this one.
    Protocol(Protocol),
    /// The `bzImage` has the 64-bit entry.
    Entry64,
    /// The protected-mode kernel belongs at 1 MiB.
    LoadedHigh,
    /// The kernel runs wherever it is loaded.
    Relocatable,
    /// The `vmlinux` in the `bzImage` is packed by one of these.
    Packing(&'static [&'static str]),
    /// The kernel has pages of this size.
    Pages(PageSize),
    /// The kernel may lie anywhere in memory.
    Anywhere,
}

impl Need {
    /// What the image has instead, where it does not have this.
    pub(super) fn unmet(&self, facts: &ImageFacts) -> Option<String> {
        match (self, facts) {
            (Self::Machine(machine), _) => {
                (facts.machine() != *machine).then(|| format!("a kernel for {}", facts.machine()))
            }
            (Self::Class(class), ImageFacts::Elf(elf)) => {
                (elf.class != *class).then(|| format!("a {} ELF file", elf.class))
            }
            (Self::Order(order), ImageFacts::Elf(elf)) => wrong_order(*order, elf.byte_order),
            (Self::Order(order), ImageFacts::Flat(flat)) => wrong_order(*order, flat.byte_order),
            (Self::PvhNote, ImageFacts::Elf(elf)) => {
                elf.pvh_entry.is_none().then(|| "no PVH note".to_owned())
            }
            (Self::LoadsWithin(lowest, end), ImageFacts::Elf(elf)) => match &elf.load {
                None => Some("no segment to load".to_owned()),
                Some(load) => outside(load, *lowest, *end).map(|at| format!("a segment {at}")),
            },
            (Self::LoadsWithin(lowest, end), ImageFacts::BzImage(_)) => {
                outside(&facts.window()?, *lowest, *end).map(|at| format!("a kernel {at}"))
            }
            (Self::Protocol(oldest), ImageFacts::BzImage(image)) => {
                (image.protocol < *oldest).then(|| format!("boot protocol {}", image.protocol))
            }
            (Self::Entry64, ImageFacts::BzImage(image)) => {
                (image.entry != KernelEntry::Bits64).then(|| "no 64-bit entry".to_owned())
            }
            (Self::LoadedHigh, ImageFacts::BzImage(image)) => {
                (!image.loaded_high).then(|| "a kernel that is loaded at 64 KiB".to_owned())
            }
            (Self::Relocatable, ImageFacts::BzImage(image)) => {
                (!image.relocatable).then(|| "a kernel that runs at one address".to_owned())
            }
            (Self::Packing(known), ImageFacts::BzImage(image)) => match image.packing {
                Some(packing) if known.contains(&packing) => None,
                Some(packing) => Some(format!("a kernel packed by {packing}")),
                None => Some("a kernel packed in an unknown way".to_owned()),
            },
            (Self::Pages(size), ImageFacts::Flat(flat)) => match flat.page_size {
                Some(found) if found == *size => None,
                Some(found) => Some(format!("pages of {found}")),
                None => Some("a header that does not say the size of pages".to_owned()),
            },
            (Self::Anywhere, ImageFacts::Flat(flat)) => {
                (!flat.anywhere).then(|| "a kernel that must lie at the start of memory".to_owned())
            }
            // A way's needs are of its container, and only an image in that container is asked.
            (_, other) => Some(other.format().to_string()),
        }
    }

    pub(super) fn mend(&self, found: Machine) -> Mend {
        match self {
            // One architecture of Kconfig's with a switch; any other is another kernel.
            Self::Machine(Machine::X86_64) if found == Machine::X86 => Mend::Requests(&[("64BIT", "y")]),
            Self::Entry64 => Mend::Requests(&[("64BIT", "y")]),
            Self::PvhNote => Mend::Requests(&[("HYPERVISOR_GUEST", "y"), ("PVH", "y")]),
            Self::LoadsWithin(..) => Mend::Requests(&[("PHYSICAL_START", "0x1000000")]),
            Self::Relocatable => Mend::Requests(&[("RELOCATABLE", "y")]),
            Self::Packing(_) => Mend::Requests(&[("KERNEL_GZIP", "y")]),
            Self::Order(ByteOrder::Little) => Mend::Requests(&[("CPU_BIG_ENDIAN", "n")]),
            Self::Order(ByteOrder::Big) => Mend::Requests(&[("CPU_BIG_ENDIAN", "y")]),
            Self::Pages(PageSize::Kib4) => Mend::Requests(&[("ARM64_4K_PAGES", "y")]),
            Self::Pages(PageSize::Kib16) => Mend::Requests(&[("ARM64_16K_PAGES", "y")]),
            Self::Pages(PageSize::Kib64) => Mend::Requests(&[("ARM64_64K_PAGES", "y")]),
            Self::Machine(_) | Self::Class(_) | Self::Protocol(_) | Self::LoadedHigh | Self::Anywhere => {
                Mend::Kernel
            }
        }
    }
}

fn wrong_order(wanted: ByteOrder, found: ByteOrder) -> Option<String> {
    (found != wanted).then(|| format!("a {found} kernel"))
}

/// Where memory lies that is not between two addresses.
fn outside(taken: &Range<u64>, lowest: u64, end: u64) -> Option<String> {
    if taken.start < lowest {
        return Some(format!("at {:#x}", taken.start));
    }
    (taken.end > end).then(|| format!("up to {:#x}", taken.end))
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Machine(machine) => write!(f, "one for {machine}"),
            Self::Class(class) => write!(f, "a {class} one"),
            Self::Order(order) => write!(f, "a {order} one"),
            Self::PvhNote => {
                f.write_str("the physical address of the PVH entry (`XEN_ELFNOTE_PHYS32_ENTRY`)")
            }
            Self::LoadsWithin(lowest, end) => write!(f, "all of it from {lowest:#x} to {end:#x}"),
            Self::Protocol(oldest) => write!(f, "{oldest} or newer"),
            Self::Entry64 => f.write_str("`XLF_KERNEL_64` in the setup header"),
            Self::LoadedHigh => f.write_str("`LOADED_HIGH` in the setup header"),
            Self::Relocatable => f.write_str("one that runs where it is loaded (`relocatable_kernel`)"),
            Self::Packing(known) => write!(f, "one packed by {}", known.join(", ")),
            Self::Pages(size) => write!(f, "pages of {size}"),
            Self::Anywhere => f.write_str("one that may lie anywhere (flag 3 of the header)"),
        }
    }
}
