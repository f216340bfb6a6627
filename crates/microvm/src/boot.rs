//! Puts a kernel, its initramfs and its command line into guest memory, and says where the vCPU starts.

use std::fmt;
use std::io::Cursor;

use boot_contract::contract::{Entry, MICROVM, Violation, Way, check};
use boot_contract::image::{Format, ImageError, ImageFacts, inspect};
use linux_loader::loader::{BzImage, Elf, KernelLoader, KernelLoaderResult};
use vm_memory::{Bytes, GuestAddress, GuestMemoryMmap};

use crate::layout::{self, Ram, Stretch};
use crate::params;

/// What a machine boots: the files' contents.
#[derive(Clone, Copy, Debug)]
pub struct Payload<'a> {
    /// The kernel image.
    pub kernel: &'a [u8],
    /// The way into it that was asked for.
    pub entry: EntryChoice,
    /// The initramfs.
    pub initrd: Option<&'a [u8]>,
    /// The kernel command line.
    pub cmdline: &'a str,
}

/// The way into the kernel that was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EntryChoice {
    /// The first that the image has all the needs of.
    #[default]
    Auto,
    /// The PVH entry.
    Pvh,
    /// The 64-bit entry.
    Linux64,
}

/// Where and how the vCPU starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// In 32-bit protected mode without paging, `ebx` at `hvm_start_info`.
    Pvh {
        /// The first instruction.
        address: u64,
    },
    /// In 64-bit mode on identity-mapped pages, `rsi` at `boot_params`.
    Linux64 {
        /// The first instruction.
        address: u64,
    },
}

/// Why a kernel was not loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The bytes are no kernel image.
    #[error("kernel: {0}")]
    Image(#[from] ImageError),
    /// There is no way into the image, or not the one that was asked for.
    #[error("{}", Violations(.0))]
    NoWay(Vec<Violation>),
    /// The memory ends before the kernel does.
    #[error("the memory ends at {memory_end:#x}, expected at least {:#x}: the kernel takes {:#x}-{:#x}", .needed.end, .needed.start, .needed.end)]
    KernelTooLarge {
        /// What the kernel takes.
        needed: Stretch,
        /// Where the memory below the hole ends.
        memory_end: u64,
    },
    /// There is no room for the initramfs behind the kernel.
    #[error("the initramfs has {size} bytes, expected at most the {} between {:#x} and {:#x}", .free.size(), .free.start, .free.end)]
    InitrdTooLarge {
        /// Its size in bytes.
        size: u64,
        /// The memory that is left for it.
        free: Stretch,
    },
    /// The kernel would cut the command line.
    #[error("the command line has {length} bytes, expected at most {limit}")]
    CmdlineTooLong {
        /// Its length in bytes, without the NUL.
        length: usize,
        /// The kernel's limit, without the NUL.
        limit: usize,
    },
    /// The command line would end too early.
    #[error("the command line has a NUL byte at {at}, expected none")]
    CmdlineNul {
        /// Its place.
        at: usize,
    },
    /// The loader does not read what the parser read.
    #[error("the kernel does not load: {0}")]
    Loader(linux_loader::loader::Error),
    /// The tables do not fit.
    #[error("the boot parameters are not written: {0}")]
    Parameters(#[from] linux_loader::configurator::Error),
    /// Memory that was checked is not there.
    #[error("guest memory: {0}")]
    Memory(#[from] vm_memory::GuestMemoryError),
}

/// Where everything of a payload goes: checked against the memory, not loaded yet.
#[derive(Debug)]
pub struct Plan<'a> {
    payload: Payload<'a>,
    ram: Ram,
    facts: ImageFacts,
    way: &'static Way,
    initrd: Option<Stretch>,
}

impl<'a> Plan<'a> {
    /// Reads the image, chooses the way into it and finds a place for everything.
    ///
    /// # Errors
    /// The image is none, has no way that this VMM knows, or something does not fit.
    pub fn new(ram: &Ram, payload: Payload<'a>) -> Result<Self, LoadError> {
        let facts = inspect(payload.kernel)?;
        let way = choose(&facts, payload.entry)?;
        check_cmdline(payload.cmdline, cmdline_limit(&facts))?;
        let needed = kernel_stretch(&facts, payload.kernel.len() as u64);
        let memory_end = ram.below_hole_end();
        if needed.end > memory_end {
            return Err(LoadError::KernelTooLarge { needed, memory_end });
        }
        let initrd = match payload.initrd {
            Some(bytes) => Some(place_initrd(ram, needed.end, initrd_limit(&facts), bytes.len() as u64)?),
            None => None,
        };
        Ok(Self { payload, ram: *ram, facts, way, initrd })
    }

    /// Puts it into the memory that it was made for.
    ///
    /// # Errors
    /// The loader does not read what the parser read, or the memory is another one.
    pub fn load(&self, memory: &GuestMemoryMmap) -> Result<Start, LoadError> {
        let loaded = load_kernel(memory, self.way.format, self.payload.kernel)?;
        if let (Some(bytes), Some(stretch)) = (self.payload.initrd, self.initrd) {
            memory.write_slice(bytes, GuestAddress(stretch.start))?;
        }
        let cmdline = self.payload.cmdline.as_bytes();
        memory.write_slice(cmdline, GuestAddress(layout::CMDLINE))?;
        memory.write_obj(0u8, GuestAddress(layout::CMDLINE + cmdline.len() as u64))?;
        match (self.way.entry, &self.facts) {
            (Entry::Pvh, ImageFacts::Elf(elf)) => {
                params::write_start_info(memory, &self.ram, self.initrd)?;
                // The way's needs include the note.
                Ok(Start::Pvh { address: elf.pvh_entry.unwrap_or(elf.entry) })
            }
            _ => {
                params::write_zero_page(memory, &self.ram, loaded.setup_header, self.initrd)?;
                Ok(Start::Linux64 { address: loaded.kernel_load.0 + entry_offset(self.way.format) })
            }
        }
    }
}

fn choose(facts: &ImageFacts, choice: EntryChoice) -> Result<&'static Way, LoadError> {
    let wanted = match choice {
        EntryChoice::Auto => {
            return MICROVM.way(facts).ok_or_else(|| LoadError::NoWay(check(facts, &MICROVM)));
        }
        EntryChoice::Pvh => Entry::Pvh,
        EntryChoice::Linux64 => Entry::Linux64,
    };
    let violations = |way: &Way| way.violations(facts, MICROVM.vmm);
    let ways = || MICROVM.ways.iter().filter(|way| way.entry == wanted);
    match ways().find(|way| violations(way).is_empty()) {
        Some(way) => Ok(way),
        None => Err(LoadError::NoWay(ways().map(violations).min_by_key(Vec::len).unwrap_or_default())),
    }
}

fn load_kernel(
    memory: &GuestMemoryMmap,
    format: Format,
    kernel: &[u8],
) -> Result<KernelLoaderResult, LoadError> {
    let mut image = Cursor::new(kernel);
    let high_memory = Some(GuestAddress(layout::HIGH_MEMORY));
    // With an offset the loader would pass over the PVH note, and a vmlinux is linked for its address anyway.
    match format {
        Format::BzImage => BzImage::load(memory, high_memory, &mut image, None),
        Format::Elf | Format::Flat => Elf::load(memory, None, &mut image, None),
    }
    .map_err(LoadError::Loader)
}

/// From the loaded kernel to its 64-bit entry ("the start address of loaded 64-bit kernel plus 0x200").
fn entry_offset(format: Format) -> u64 {
    if format == Format::BzImage { 0x200 } else { 0 }
}

/// The memory that the kernel takes, from its first byte until it has read its memory map.
fn kernel_stretch(facts: &ImageFacts, file_size: u64) -> Stretch {
    match facts {
        ImageFacts::Elf(elf) => {
            let load = elf.load.clone().unwrap_or_default();
            Stretch { start: load.start, end: load.end }
        }
        ImageFacts::BzImage(image) => {
            let loaded_end = layout::HIGH_MEMORY + file_size.saturating_sub(image.kernel_offset);
            let window_end = image.window(layout::HIGH_MEMORY).map_or(u64::MAX, |window| window.end);
            Stretch { start: layout::HIGH_MEMORY, end: loaded_end.max(window_end) }
        }
        ImageFacts::Flat(image) => Stretch { start: 0, end: image.image_size },
    }
}

/// Places the initramfs at the top: a `bzImage` unpacks itself upwards from its load address.
fn place_initrd(ram: &Ram, kernel_end: u64, limit: u64, size: u64) -> Result<Stretch, LoadError> {
    let start = kernel_end.next_multiple_of(layout::PAGE);
    let free = Stretch { start, end: ram.below_hole_end().min(limit).max(start) };
    if size > free.size() {
        return Err(LoadError::InitrdTooLarge { size, free });
    }
    let start = (free.end - size) / layout::PAGE * layout::PAGE;
    Ok(Stretch { start, end: start + size })
}

fn initrd_limit(facts: &ImageFacts) -> u64 {
    match facts {
        ImageFacts::BzImage(image) => u64::from(image.initrd_addr_max) + 1,
        ImageFacts::Elf(_) | ImageFacts::Flat(_) => layout::HOLE,
    }
}

fn cmdline_limit(facts: &ImageFacts) -> usize {
    let ours = layout::CMDLINE_SIZE - 1;
    match facts {
        ImageFacts::BzImage(image) => ours.min(image.cmdline_size as usize),
        ImageFacts::Elf(_) | ImageFacts::Flat(_) => ours,
    }
}

fn check_cmdline(cmdline: &str, limit: usize) -> Result<(), LoadError> {
    if let Some(at) = cmdline.bytes().position(|byte| byte == 0) {
        return Err(LoadError::CmdlineNul { at });
    }
    if cmdline.len() > limit {
        return Err(LoadError::CmdlineTooLong { length: cmdline.len(), limit });
    }
    Ok(())
}

/// Violations for a reader: each with what would mend it.
struct Violations<'a>(&'a [Violation]);

impl fmt::Display for Violations<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, violation) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{violation} (mended by {})", violation.mend)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
