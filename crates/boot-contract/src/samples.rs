//! The smallest images that the tests need, made byte by byte.

/// An ELF kernel of one loaded segment, with a PVH note on request.
pub(crate) struct ElfSample {
    pub(crate) machine: u16,
    pub(crate) address: u64,
    pub(crate) pvh_entry: Option<u32>,
}

impl Default for ElfSample {
    fn default() -> Self {
        Self { machine: 62, address: 0x100_0000, pvh_entry: Some(0x100_0370) }
    }
}

const BANNER: &[u8] = b"\0Linux version 6.12.30-sample (somebody@somewhere) (gcc) #1\n\0";

impl ElfSample {
    /// File header, two program headers, a note, the text.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        const HEADER: usize = 64;
        const SEGMENT: usize = 56;
        const NOTE_AT: usize = HEADER + 2 * SEGMENT;
        const NOTE_SIZE: usize = 20;
        let text_at = NOTE_AT + NOTE_SIZE;

        let mut file = b"\x7fELF\x02\x01\x01".to_vec();
        file.resize(16, 0);
        file.extend([2u16, self.machine].iter().flat_map(|half| half.to_le_bytes()));
        file.extend(1u32.to_le_bytes());
        file.extend([self.address, HEADER as u64, 0].iter().flat_map(|word| word.to_le_bytes()));
        file.extend(0u32.to_le_bytes());
        file.extend([HEADER as u16, SEGMENT as u16, 2, 0, 0, 0].iter().flat_map(|half| half.to_le_bytes()));

        segment(&mut file, 1, text_at, self.address, BANNER.len(), 0x20_0000);
        segment(&mut file, 4, NOTE_AT, 0, NOTE_SIZE, NOTE_SIZE as u64);

        let kind = if self.pvh_entry.is_some() { 18u32 } else { 5 };
        file.extend([4, 4, kind].iter().flat_map(|word: &u32| word.to_le_bytes()));
        file.extend(b"Xen\0");
        file.extend(self.pvh_entry.unwrap_or(0).to_le_bytes());
        file.extend(BANNER);
        file
    }
}

fn segment(file: &mut Vec<u8>, kind: u32, at: usize, address: u64, size: usize, in_memory: u64) {
    file.extend(kind.to_le_bytes());
    file.extend(7u32.to_le_bytes());
    let words = [at as u64, address, address, size as u64, in_memory, 4];
    file.extend(words.iter().flat_map(|word| word.to_le_bytes()));
}

/// A `bzImage` of one setup sector and one sector of kernel.
pub(crate) struct BzImageSample {
    pub(crate) protocol: u16,
    pub(crate) xloadflags: u16,
    pub(crate) relocatable: u8,
    pub(crate) payload: &'static [u8],
}

impl Default for BzImageSample {
    fn default() -> Self {
        Self { protocol: 0x020f, xloadflags: 1, relocatable: 1, payload: b"\x1f\x8b\x08" }
    }
}

impl BzImageSample {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut file = vec![0u8; 3 * 512];
        let mut put = |at: usize, bytes: &[u8]| file[at..at + bytes.len()].copy_from_slice(bytes);
        put(0x1f1, &[1]);
        put(0x1f4, &32u32.to_le_bytes());
        put(0x1fe, &[0x55, 0xaa]);
        put(0x202, b"HdrS");
        put(0x206, &self.protocol.to_le_bytes());
        put(0x211, &[1]);
        put(0x20e, &0x180u16.to_le_bytes());
        put(0x380, b"6.12.30-sample (somebody@somewhere) #1\0");
        put(0x22c, &0x7fff_ffff_u32.to_le_bytes());
        put(0x230, &0x20_0000_u32.to_le_bytes());
        put(0x234, &[self.relocatable]);
        put(0x236, &self.xloadflags.to_le_bytes());
        put(0x238, &2047u32.to_le_bytes());
        put(0x248, &0x80u32.to_le_bytes());
        put(0x480, self.payload);
        put(0x258, &0x100_0000_u64.to_le_bytes());
        put(0x260, &0x30_0000_u32.to_le_bytes());
        file
    }
}

/// The header of an arm64 `Image`, and nothing behind it.
pub(crate) struct Arm64Sample {
    pub(crate) flags: u64,
}

impl Default for Arm64Sample {
    /// Little-endian, pages of 4 KiB, anywhere.
    fn default() -> Self {
        Self { flags: 0b1010 }
    }
}

impl Arm64Sample {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut file = vec![0u8; 128];
        let mut put = |at: usize, bytes: &[u8]| file[at..at + bytes.len()].copy_from_slice(bytes);
        put(0x10, &0x20_0000_u64.to_le_bytes());
        put(0x18, &self.flags.to_le_bytes());
        put(0x38, b"ARM\x64");
        file
    }
}
