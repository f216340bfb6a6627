//! Guest memory and the smallest kernels for the tests, made byte by byte.

use vm_memory::{GuestAddress, GuestMemoryMmap};

use crate::layout::Ram;

/// Memory of so many MiB, as [`crate::machine`] makes it.
pub(crate) fn memory(mib: u64) -> (GuestMemoryMmap, Ram) {
    let ram = Ram::from_mib(mib).expect("memory");
    let regions: Vec<(GuestAddress, usize)> =
        ram.regions().iter().map(|region| (GuestAddress(region.start), region.size() as usize)).collect();
    (GuestMemoryMmap::from_ranges(&regions).expect("memory"), ram)
}

/// An ELF kernel of one segment: "text" in the file, 2 MiB in memory, entered at its start.
pub(crate) fn elf(address: u64, pvh_entry: Option<u32>) -> Vec<u8> {
    const TEXT: &[u8] = b"text";
    const NOTE_AT: u64 = 64 + 2 * 56;
    const NOTE_SIZE: u64 = 20;
    let mut file = b"\x7fELF\x02\x01\x01".to_vec();
    file.resize(16, 0);
    put(&mut file, &[2u16.to_le_bytes(), 62u16.to_le_bytes()].concat());
    put(&mut file, &1u32.to_le_bytes());
    put(&mut file, &[address, 64, 0].map(u64::to_le_bytes).concat());
    put(&mut file, &0u32.to_le_bytes());
    put(&mut file, &[64u16, 56, 2, 0, 0, 0].map(u16::to_le_bytes).concat());
    let mut segment = |kind: u32, words: [u64; 6]| {
        put(&mut file, &[kind, 7].map(u32::to_le_bytes).concat());
        put(&mut file, &words.map(u64::to_le_bytes).concat());
    };
    segment(1, [NOTE_AT + NOTE_SIZE, address, address, TEXT.len() as u64, 2 << 20, 0x1000]);
    segment(4, [NOTE_AT, 0, 0, NOTE_SIZE, NOTE_SIZE, 4]);
    let kind = if pvh_entry.is_some() { 18 } else { 5 };
    put(&mut file, &[4, 4, kind].map(u32::to_le_bytes).concat());
    put(&mut file, b"Xen\0");
    put(&mut file, &pvh_entry.unwrap_or(0).to_le_bytes());
    put(&mut file, TEXT);
    file
}

/// A `bzImage` of 2 KiB that takes 3 MiB from 16 MiB on, and a command line of 99 bytes.
pub(crate) fn bzimage() -> Vec<u8> {
    let mut file = vec![0u8; 1024];
    let mut put = |at: usize, bytes: &[u8]| file[at..at + bytes.len()].copy_from_slice(bytes);
    put(0x1f1, &[1]);
    put(0x1f4, &(1024u32 / 16).to_le_bytes());
    put(0x1fe, &[0x55, 0xaa]);
    put(0x202, b"HdrS");
    put(0x206, &0x020fu16.to_le_bytes());
    put(0x211, &[1]);
    put(0x214, &0x10_0000u32.to_le_bytes());
    put(0x22c, &0x7fff_ffffu32.to_le_bytes());
    put(0x230, &0x20_0000u32.to_le_bytes());
    put(0x236, &1u16.to_le_bytes());
    put(0x238, &99u32.to_le_bytes());
    put(0x258, &0x100_0000u64.to_le_bytes());
    put(0x260, &0x30_0000u32.to_le_bytes());
    file.resize(2048, b'k');
    file
}

fn put(file: &mut Vec<u8>, bytes: &[u8]) {
    file.extend_from_slice(bytes);
}
