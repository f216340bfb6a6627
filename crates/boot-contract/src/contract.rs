//! What each VMM asks of a kernel image.
//!
//! A [`Contract`] is data: the ways by which a VMM enters a kernel, in the VMM's order of preference, and what each
//! way needs of the image. An image keeps the contract if one way has all its needs met.
//!
//! | VMM | ELF `vmlinux` | `bzImage` |
//! |---|---|---|
//! | [`MICROVM`] | PVH note, else the 64-bit entry | protocol 2.12, 64-bit entry |
//! | [`QEMU`] (`-kernel`, x86_64) | PVH note | protocol 2.00, real-mode entry |
//! | [`BOOT_FIRMWARE`] (`-bios`, x86_64) | PVH note, without which QEMU refuses the file; 64-bit entry | protocol 2.12, 64-bit entry |
//!
//! Deliberately absent: what depends on the size of the machine's memory (the VMM says it when it loads), and how a
//! kernel is reconfigured: a [`Violation`] only names the requests that would mend it.

mod vmms;

pub use vmms::{BOOT_FIRMWARE, MICROVM, QEMU};

use std::fmt;

use crate::image::{ElfClass, Format, ImageFacts, KernelEntry, Machine, Protocol};

/// What a VMM asks of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contract {
    /// The VMM's name.
    pub vmm: &'static str,
    /// The ways that it knows, the one that it likes best first.
    pub ways: &'static [Way],
}

/// One way into a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// The container that it is for.
    pub format: Format,
    /// Where the first instruction is.
    pub entry: Entry,
    /// What it needs of the image, beyond its container.
    pub needs: &'static [Need],
    /// Where the rule is written down.
    pub source: &'static str,
}

/// How the kernel's first instruction is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Entry {
    /// 32-bit protected mode at the address in the PVH note, `hvm_start_info` in `ebx`.
    Pvh,
    /// 64-bit mode at `e_entry`, or at 0x200 in the protected-mode kernel; `boot_params` in `rsi`.
    Linux64,
    /// The real-mode code at the start of a `bzImage`.
    RealMode,
}

/// Something that a way needs of the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// The image is for this architecture.
    Machine(Machine),
    /// The ELF file has structures of this width.
    Class(ElfClass),
    /// The ELF file has a PVH note.
    PvhNote,
    /// The ELF file loads nothing below this physical address.
    LoadsAbove(u64),
    /// The boot protocol is at least this one.
    Protocol(Protocol),
    /// The `bzImage` has the 64-bit entry.
    Entry64,
}

/// Where an image falls short of a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The VMM whose contract it is.
    pub vmm: &'static str,
    /// The way that is closed by it; `None` where the VMM knows no way for the image's container.
    pub entry: Option<Entry>,
    /// What the image has.
    pub found: String,
    /// What the VMM asks for.
    pub expected: String,
    /// What would mend it.
    pub mend: Mend,
    /// Where the rule is written down.
    pub source: &'static str,
}

/// What would mend a violation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mend {
    /// Kconfig requests: symbols and values.
    Requests(&'static [(&'static str, &'static str)]),
    /// Another image of the same kernel, in one of these containers.
    Image(Vec<Format>),
    /// A kernel of another architecture or another age.
    Kernel,
}

/// Compares an image with a contract.
///
/// Empty if one way has all that it needs. Otherwise what the nearest way misses: of those for the image's container
/// the one with the fewest violations, and of equals the one that the VMM likes better.
pub fn check(facts: &ImageFacts, contract: &Contract) -> Vec<Violation> {
    contract
        .ways
        .iter()
        .filter(|way| way.format == facts.format())
        .map(|way| way.violations(facts, contract.vmm))
        .min_by_key(Vec::len)
        .unwrap_or_else(|| vec![contract.no_way(facts)])
}

impl Contract {
    /// The first way that an image has all the needs of.
    pub fn way(&self, facts: &ImageFacts) -> Option<&'static Way> {
        self.ways
            .iter()
            .find(|way| way.format == facts.format() && way.violations(facts, self.vmm).is_empty())
    }

    fn no_way(&self, facts: &ImageFacts) -> Violation {
        let mut formats: Vec<Format> = self.ways.iter().map(|way| way.format).collect();
        formats.dedup();
        let names: Vec<String> = formats.iter().map(ToString::to_string).collect();
        Violation {
            vmm: self.vmm,
            entry: None,
            found: facts.format().to_string(),
            expected: names.join(" or "),
            mend: Mend::Image(formats),
            source: self.ways.first().map_or("", |way| way.source),
        }
    }
}

impl Way {
    /// What an image lacks for this way; in another container it lacks that alone.
    pub fn violations(&self, facts: &ImageFacts, vmm: &'static str) -> Vec<Violation> {
        let violation = |found: String, expected: String, mend: Mend| Violation {
            vmm,
            entry: Some(self.entry),
            found,
            expected,
            mend,
            source: self.source,
        };
        if facts.format() != self.format {
            let mend = Mend::Image(vec![self.format]);
            return vec![violation(facts.format().to_string(), self.format.to_string(), mend)];
        }
        self.needs
            .iter()
            .filter_map(|need| {
                Some(violation(need.unmet(facts)?, need.to_string(), need.mend(facts.machine())))
            })
            .collect()
    }
}

impl Need {
    /// What the image has instead, where it does not have this.
    fn unmet(&self, facts: &ImageFacts) -> Option<String> {
        match (self, facts) {
            (Self::Machine(machine), _) => {
                (facts.machine() != *machine).then(|| format!("a kernel for {}", facts.machine()))
            }
            (Self::Class(class), ImageFacts::Elf(elf)) => {
                (elf.class != *class).then(|| format!("a {} ELF file", elf.class))
            }
            (Self::PvhNote, ImageFacts::Elf(elf)) => {
                elf.pvh_entry.is_none().then(|| "no PVH note".to_owned())
            }
            (Self::LoadsAbove(lowest), ImageFacts::Elf(elf)) => match &elf.load {
                None => Some("no segment to load".to_owned()),
                Some(load) if load.start < *lowest => Some(format!("a segment at {:#x}", load.start)),
                Some(_) => None,
            },
            (Self::Protocol(oldest), ImageFacts::BzImage(image)) => {
                (image.protocol < *oldest).then(|| format!("boot protocol {}", image.protocol))
            }
            (Self::Entry64, ImageFacts::BzImage(image)) => {
                (image.entry != KernelEntry::Bits64).then(|| "no 64-bit entry".to_owned())
            }
            // A way's needs are of its container, and only an image in that container is asked.
            (_, other) => Some(other.format().to_string()),
        }
    }

    fn mend(&self, found: Machine) -> Mend {
        match self {
            // One architecture of Kconfig's with a switch; any other is another kernel.
            Self::Machine(Machine::X86_64) if found == Machine::X86 => Mend::Requests(&[("64BIT", "y")]),
            Self::Entry64 => Mend::Requests(&[("64BIT", "y")]),
            Self::PvhNote => Mend::Requests(&[("HYPERVISOR_GUEST", "y"), ("PVH", "y")]),
            Self::LoadsAbove(_) => Mend::Requests(&[("PHYSICAL_START", "0x1000000")]),
            Self::Machine(_) | Self::Class(_) | Self::Protocol(_) => Mend::Kernel,
        }
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Machine(machine) => write!(f, "one for {machine}"),
            Self::Class(class) => write!(f, "a {class} one"),
            Self::PvhNote => {
                f.write_str("the physical address of the PVH entry (`XEN_ELFNOTE_PHYS32_ENTRY`)")
            }
            Self::LoadsAbove(lowest) => write!(f, "all of it at or above {lowest:#x}"),
            Self::Protocol(oldest) => write!(f, "{oldest} or newer"),
            Self::Entry64 => f.write_str("`XLF_KERNEL_64` in the setup header"),
        }
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pvh => "the PVH entry",
            Self::Linux64 => "the 64-bit entry",
            Self::RealMode => "the real-mode entry",
        })
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.vmm)?;
        if let Some(entry) = self.entry {
            write!(f, " by {entry}")?;
        }
        write!(f, ": found {}, expected {}", self.found, self.expected)
    }
}

impl fmt::Display for Mend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<String> = match self {
            Self::Requests(requests) => {
                requests.iter().map(|(symbol, value)| format!("`CONFIG_{symbol}={value}`")).collect()
            }
            Self::Image(formats) => formats.iter().map(ToString::to_string).collect(),
            Self::Kernel => return f.write_str("another kernel"),
        };
        f.write_str(&words.join(if matches!(self, Self::Requests(_)) { ", " } else { " or " }))
    }
}

#[cfg(test)]
mod tests;
