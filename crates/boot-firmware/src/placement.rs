//! Where kernel and initramfs go.
//!
//! The kernel goes where it asks to be. The initramfs goes as high as kernel and page tables allow (below 4 GiB), on a
//! page of its own and clear of the kernel: kernels unpack themselves upwards.

use crate::error::Error;
use crate::image::Demands;
use crate::memory::{MemoryMap, ONE_MIB};

/// What the firmware's page tables map.
const MAPPED: u64 = 1 << 32;

/// Where the initramfs may start: multiples of this.
const PAGE: u64 = 4096;

/// Finds a place for the initramfs, and checks that the kernel's place is memory.
///
/// An empty initramfs is at 0, as the boot protocol says "none".
pub fn place(kernel: &Demands, initramfs: u64, map: &MemoryMap) -> Result<u64, Error> {
    let Demands { start, size, .. } = *kernel;
    if start < ONE_MIB {
        return Err(Error::LowKernel { start });
    }
    if !map.has_ram(start, size) || start + size > MAPPED {
        return Err(Error::KernelDoesNotFit { start, size, memory: map.ram() });
    }
    if initramfs == 0 {
        return Ok(0);
    }
    let fits = |end: u64| {
        let at = end.checked_sub(initramfs)? & !(PAGE - 1);
        (at >= ONE_MIB && map.has_ram(at, initramfs)).then_some(at)
    };
    let limit = kernel.initramfs_below.min(MAPPED);
    map.regions()
        .iter()
        .filter_map(|region| {
            let top =
                fits(region.end().min(limit)).filter(|at| *at >= start + size || at + initramfs <= start);
            top.or_else(|| fits(region.end().min(limit).min(start)))
        })
        .max()
        .ok_or(Error::InitramfsDoesNotFit { size: initramfs, memory: map.ram() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::memory::Region;

    const MIB: u64 = 1 << 20;

    fn map(ends: &[(u64, u64)]) -> MemoryMap {
        let mut map = MemoryMap::default();
        for (start, end) in ends {
            map.add(Region { start: *start, size: end - start, kind: 1 }).unwrap();
        }
        map
    }

    fn kernel(start: u64, size: u64) -> Demands {
        Demands { start, size, entry: start, initramfs_below: 2048 * MIB, cmdline_limit: 2047 }
    }

    #[test]
    fn the_initramfs_is_high() {
        let usual = kernel(16 * MIB, 20 * MIB);
        for (memory, size, at) in [
            (128, 5000, 128 * MIB - 2 * PAGE),
            (128, 92 * MIB, 36 * MIB),
            (40, 8 * MIB, 8 * MIB), // between the kernel and the top there is too little
            (3072, MIB, 2047 * MIB), // the kernel's limit
            (4096, 0, 0),
        ] {
            assert_eq!(place(&usual, size, &map(&[(0, memory * MIB)])), Ok(at), "{memory} MiB, {size} bytes");
        }
        assert_eq!(place(&usual, MIB, &map(&[(4096 * MIB, 5000 * MIB), (0, 64 * MIB)])), Ok(63 * MIB));
    }

    #[test]
    fn too_little_memory_is_said() {
        let small = map(&[(0, 32 * MIB)]);
        for (kernel, initramfs, words) in [
            (kernel(0x1_0000, 1), 0, "the kernel wants to be at 0x10000, which is below 1 MiB"),
            (
                kernel(16 * MIB, 17 * MIB),
                0,
                "too little memory: the kernel needs 17 MiB at 0x1000000, the machine has 32 MiB",
            ),
            (
                kernel(u64::MAX, 2),
                0,
                "too little memory: the kernel needs 2 bytes at 0xffffffffffffffff, the machine has 32 MiB",
            ),
            (
                kernel(16 * MIB, 16 * MIB),
                20 * MIB,
                "too little memory: no room for an initramfs of 20 MiB, the machine has 32 MiB",
            ),
        ] {
            assert_eq!(place(&kernel, initramfs, &small).unwrap_err().to_string(), words);
        }
    }

    proptest! {
        #[test]
        fn nothing_overlaps(
            ends in proptest::collection::vec((0u64..6000, 1u64..3000), 1..5), start in 0u64..5000, size in 1u64..500,
            initramfs in 1u64..1000 * MIB,
        ) {
            let ends: Vec<_> = ends.iter().map(|(start, size)| (start * MIB, (start + size) * MIB)).collect();
            let (map, kernel) = (map(&ends), kernel(start * MIB, size * MIB));
            if let Ok(at) = place(&kernel, initramfs, &map) {
                prop_assert!(map.has_ram(kernel.start, kernel.size) && map.has_ram(at, initramfs));
                prop_assert!(at >= MIB && at + initramfs <= kernel.initramfs_below && at % PAGE == 0);
                prop_assert!(at + initramfs <= kernel.start || kernel.start + kernel.size <= at);
            }
        }
    }
}
