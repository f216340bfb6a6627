//! The machine's memory map.
//!
//! QEMU's file `etc/e820` is an array of 20-byte entries, little-endian: start, size (8 bytes each), kind (4 bytes).
//! Its RAM entries run through the hole between 640 KiB and 1 MiB, where a PC has video memory and ROMs: a firmware
//! has to cut that out.

use crate::error::Error;

/// The bytes of an entry, in the file and in the zero page.
pub const ENTRY_SIZE: usize = 20;

/// The entries that a zero page holds.
pub const MAX_ENTRIES: usize = 128;

/// Where video memory starts.
const HOLE_START: u64 = 0xa_0000;

/// Where memory goes on.
pub const ONE_MIB: u64 = 0x10_0000;

/// Usable memory, as BIOS function `0xe820` numbers it.
const RAM: u32 = 1;

/// A piece of the address space.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Region {
    /// The first address.
    pub start: u64,
    /// Bytes.
    pub size: u64,
    /// The kind, as BIOS function `0xe820` numbers it; 1 is RAM.
    pub kind: u32,
}

impl Region {
    /// The first address behind it.
    pub fn end(&self) -> u64 {
        self.start.saturating_add(self.size)
    }

    /// Whether it is usable memory.
    pub fn is_ram(&self) -> bool {
        self.kind == RAM
    }

    /// Reads an entry.
    pub fn decode(entry: &[u8; ENTRY_SIZE]) -> Self {
        let [start @ .., _, _, _, _, _, _, _, _, _, _, _, _] = *entry;
        let [_, _, _, _, _, _, _, _, size @ .., _, _, _, _] = *entry;
        let [_, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, kind @ ..] = *entry;
        Self {
            start: u64::from_le_bytes(start),
            size: u64::from_le_bytes(size),
            kind: u32::from_le_bytes(kind),
        }
    }

    /// Writes an entry.
    pub fn encode(&self) -> [u8; ENTRY_SIZE] {
        let mut entry = [0; ENTRY_SIZE];
        entry[..8].copy_from_slice(&self.start.to_le_bytes());
        entry[8..16].copy_from_slice(&self.size.to_le_bytes());
        entry[16..].copy_from_slice(&self.kind.to_le_bytes());
        entry
    }
}

/// Regions in the order in which they were added; no RAM between 640 KiB and 1 MiB, no empty region.
#[derive(Clone, Debug)]
pub struct MemoryMap {
    regions: [Region; MAX_ENTRIES],
    count: usize,
}

impl Default for MemoryMap {
    fn default() -> Self {
        Self { regions: [Region::default(); MAX_ENTRIES], count: 0 }
    }
}

impl MemoryMap {
    /// Adds a region; of RAM, only what is not in the hole.
    pub fn add(&mut self, region: Region) -> Result<(), Error> {
        if !region.is_ram() || region.end() <= HOLE_START || region.start >= ONE_MIB {
            return self.push(region);
        }
        self.push(Region { size: HOLE_START.saturating_sub(region.start), ..region })?;
        self.push(Region { start: ONE_MIB, size: region.end().saturating_sub(ONE_MIB), ..region })
    }

    fn push(&mut self, region: Region) -> Result<(), Error> {
        if region.size == 0 {
            return Ok(());
        }
        let free = self.regions.get_mut(self.count).ok_or(Error::LongMemoryMap { limit: MAX_ENTRIES })?;
        *free = region;
        self.count += 1;
        Ok(())
    }

    /// All regions.
    pub fn regions(&self) -> &[Region] {
        &self.regions[..self.count]
    }

    /// The RAM of the machine, in bytes.
    pub fn ram(&self) -> u64 {
        self.regions()
            .iter()
            .filter(|region| region.is_ram())
            .fold(0, |sum, region| sum.saturating_add(region.size))
    }

    /// Whether all of a range is RAM of one region.
    pub fn has_ram(&self, start: u64, size: u64) -> bool {
        let Some(end) = start.checked_add(size) else { return false };
        self.regions().iter().any(|region| region.is_ram() && region.start <= start && end <= region.end())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ram(start: u64, end: u64) -> Region {
        Region { start, size: end - start, kind: RAM }
    }

    #[test]
    fn the_hole_is_cut_out() {
        let mut map = MemoryMap::default();
        let reserved = Region { start: 0xfeff_c000, size: 0x4000, kind: 2 };
        for region in [reserved, ram(0, 0x800_0000), ram(1 << 32, 5 << 30)] {
            map.add(region).unwrap();
        }
        assert_eq!(
            map.regions(),
            [reserved, ram(0, 0xa_0000), ram(0x10_0000, 0x800_0000), ram(1 << 32, 5 << 30)]
        );
        assert!(map.has_ram(0x10_0000, 0x7f0_0000));
        assert!(!map.has_ram(0x10_0000, 0x7f0_0001));
        assert!(
            !map.has_ram(0x9_0000, 0x2_0000) && !map.has_ram(0xfeff_c000, 1) && !map.has_ram(u64::MAX, 2)
        );
    }

    #[test]
    fn a_map_is_full_at_some_time() {
        let mut map = MemoryMap::default();
        for at in 0..MAX_ENTRIES as u64 {
            map.add(ram((at + 1) << 20, (at + 2) << 20)).unwrap();
        }
        assert_eq!(map.add(ram(0, 0)), Ok(()));
        assert_eq!(map.add(ram(1 << 40, 2 << 40)), Err(Error::LongMemoryMap { limit: 128 }));
    }

    proptest! {
        #[test]
        fn entries_round_trip(entry: [u8; ENTRY_SIZE]) {
            prop_assert_eq!(Region::decode(&entry).encode(), entry);
        }

        #[test]
        fn ram_never_lies_in_the_hole(start in 0u64..0x20_0000, size in 0u64..0x20_0000, at in 0u64..0x40_0000) {
            let mut map = MemoryMap::default();
            map.add(Region { start, size, kind: RAM }).unwrap();
            let was = start <= at && at < start + size;
            let hole = (HOLE_START..ONE_MIB).contains(&at);
            prop_assert_eq!(map.has_ram(at, 1), was && !hole);
        }
    }
}
