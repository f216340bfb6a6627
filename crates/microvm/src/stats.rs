//! How often the vCPU left the guest, and for what.

use std::collections::BTreeMap;
use std::fmt;

/// A histogram of exits.
#[derive(Clone, Debug, Default)]
pub struct Stats {
    counts: BTreeMap<ExitKind, u64>,
}

/// What an exit was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExitKind {
    /// A read from a port.
    PortIn(u16),
    /// A write to a port.
    PortOut(u16),
    /// A read where no memory is.
    MmioRead,
    /// A write where no memory is.
    MmioWrite,
    /// A signal to this process.
    Interrupted,
    /// Anything else; it ends the run.
    Other,
}

impl Stats {
    /// Counts one exit.
    pub fn count(&mut self, kind: ExitKind) {
        *self.counts.entry(kind).or_default() += 1;
    }
}

impl fmt::Display for ExitKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PortIn(port) => write!(f, "in {port:#06x}"),
            Self::PortOut(port) => write!(f, "out {port:#06x}"),
            Self::MmioRead => f.write_str("mmio read"),
            Self::MmioWrite => f.write_str("mmio write"),
            Self::Interrupted => f.write_str("interrupted"),
            Self::Other => f.write_str("other"),
        }
    }
}

/// A line for the sum, then one for each kind, the most frequent first.
impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut counts: Vec<(&ExitKind, &u64)> = self.counts.iter().collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        write!(f, "{:>8} exits", self.counts.values().sum::<u64>())?;
        for (kind, count) in counts {
            write!(f, "\n{count:>8} {kind}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_comes_first() {
        let mut stats = Stats::default();
        for kind in [ExitKind::MmioRead, ExitKind::PortOut(0x3f8), ExitKind::PortOut(0x3f8)] {
            stats.count(kind);
        }
        insta::assert_snapshot!(stats.to_string(), @r"
        3 exits
        2 out 0x03f8
        1 mmio read
        ");
    }
}
