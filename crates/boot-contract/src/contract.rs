//! What each VMM asks of a kernel image.
//!
//! A [`Contract`] is data: the ways by which a VMM enters a kernel, in the VMM's order of preference, and what each
//! way needs of the image. An image keeps the contract if one way has all its needs met. [`CONTRACTS`] has all of them,
//! each rule with its source; a VMM has one for each architecture of guests that it runs.
//!
//! ```text
//! inspect ─▶ ImageFacts ─check(facts, contract)─▶ []                      some way is open
//!                                               └▶ [Violation, …]          what the nearest way misses, and what mends it
//! ```
//!
//! Deliberately absent: devices, transports and consoles, which are a matter of what is configured and not of the image
//! (the built-in profiles have them); how a kernel is reconfigured: a [`Violation`] only names the requests that would
//! mend it.

mod arm64;
mod need;
mod riscv64;
mod x86_64;

pub use need::Need;
pub use x86_64::{BOOT_FIRMWARE, MICROVM, QEMU};

use std::fmt;

use crate::image::{Format, ImageFacts, Machine};

/// What a VMM asks of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contract {
    /// The VMM's name.
    pub vmm: &'static str,
    /// The guests that it is about.
    pub machine: Machine,
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
    /// 32-bit protected mode at the start of the protected-mode kernel; `boot_params` in `esi`.
    Linux32,
    /// The real-mode code at the start of a `bzImage`.
    RealMode,
    /// The `vmlinux` that is packed in a `bzImage`, unpacked by the VMM, in 64-bit mode.
    Payload,
    /// The first byte of an `Image`, or `e_entry`; the device tree in a register.
    Start,
}

/// Every contract.
pub const CONTRACTS: &[&[Contract]] = &[x86_64::CONTRACTS, arm64::CONTRACTS, riscv64::CONTRACTS];

/// The contract of a VMM for guests of an architecture; `None` where it runs none.
pub fn of(vmm: &str, machine: Machine) -> Option<&'static Contract> {
    CONTRACTS.iter().copied().flatten().find(|contract| contract.vmm == vmm && contract.machine == machine)
}

/// The name of every VMM that has a contract, each once, in the alphabet's order.
pub fn vmms() -> Vec<&'static str> {
    let mut names: Vec<_> = CONTRACTS.iter().copied().flatten().map(|contract| contract.vmm).collect();
    names.sort_unstable();
    names.dedup();
    names
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
    /// More memory for the VM: at least so many MiB.
    Memory(u64),
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

/// Compares the memory that a kernel takes while it starts with a machine's.
///
/// `init_size` of a `bzImage` and the segments of `vmlinux` have to fit; a machine that is smaller resets before the
/// kernel says a word.
pub fn check_memory(facts: &ImageFacts, contract: &Contract, memory: u64) -> Option<Violation> {
    const MIB: u64 = 1 << 20;
    let end = facts.window()?.end;
    (end > memory).then(|| Violation {
        vmm: contract.vmm,
        entry: None,
        found: format!("{} MiB of memory", memory / MIB),
        expected: format!("{} MiB, where the kernel ends that it starts with", end.div_ceil(MIB)),
        mend: Mend::Memory(end.div_ceil(MIB)),
        source: MEMORY_SOURCE,
    })
}

const MEMORY_SOURCE: &str = "Documentation/arch/x86/boot.rst, init_size; the program headers of vmlinux";

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

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pvh => "the PVH entry",
            Self::Linux64 => "the 64-bit entry",
            Self::Linux32 => "the 32-bit entry",
            Self::Payload => "the `vmlinux` inside",
            Self::Start => "its start",
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
            Self::Memory(mib) => return write!(f, "`memory = \"{mib}MiB\"`"),
            Self::Kernel => return f.write_str("another kernel"),
        };
        f.write_str(&words.join(if matches!(self, Self::Requests(_)) { ", " } else { " or " }))
    }
}

#[cfg(test)]
mod tests;
