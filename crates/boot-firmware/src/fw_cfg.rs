//! QEMU's fw_cfg device: items by key, files by name.
//!
//! The formats are those of QEMU's `docs/specs/fw_cfg`. Items that QEMU always had are little-endian and have fixed
//! keys; the file directory is big-endian, each entry 64 bytes:
//!
//! | offset | size | what |
//! |---|---|---|
//! | 0 | 4 | size of the file |
//! | 4 | 2 | its key |
//! | 6 | 2 | reserved |
//! | 8 | 56 | its name, filled with NUL |
//!
//! Deliberately absent: writing to the device, and its registers on other machines than PCs.

use crate::error::Error;

/// The keys of the items that a boot needs.
pub mod key {
    /// The four letters that every such device says.
    pub const SIGNATURE: u16 = 0x00;
    /// What the device can do; bit 1 is DMA.
    pub const ID: u16 = 0x01;
    /// Where QEMU put a kernel that it loaded itself.
    pub const KERNEL_ADDRESS: u16 = 0x07;
    /// Size of the kernel without its setup part.
    pub const KERNEL_SIZE: u16 = 0x08;
    /// Size of the initramfs.
    pub const INITRAMFS_SIZE: u16 = 0x0b;
    /// The kernel without its setup part.
    pub const KERNEL_DATA: u16 = 0x11;
    /// The initramfs.
    pub const INITRAMFS_DATA: u16 = 0x12;
    /// Size of the command line, with its end mark.
    pub const CMDLINE_SIZE: u16 = 0x14;
    /// The command line.
    pub const CMDLINE_DATA: u16 = 0x15;
    /// Size of the kernel's setup part.
    pub const SETUP_SIZE: u16 = 0x17;
    /// The kernel's setup part.
    pub const SETUP_DATA: u16 = 0x18;
    /// The directory of files.
    pub const FILE_DIRECTORY: u16 = 0x19;
}

/// The bit of [`key::ID`] that offers DMA.
pub const ID_DMA: u32 = 1 << 1;

/// The bit of a DMA request's control word, and of its answer, that says that the transfer failed.
pub const DMA_ERROR: u32 = 1 << 0;

/// What a DMA request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DmaRequest {
    /// Goes to the start of an item.
    Select(u16),
    /// Reads on from where the last one ended.
    Read,
}

impl DmaRequest {
    /// Makes the structure that the device reads: control, length, address, all big-endian.
    ///
    /// The device clears the control word when it is done, or sets [`DMA_ERROR`] in it.
    pub fn encode(self, length: u32, address: u64) -> [u8; 16] {
        let control = match self {
            Self::Select(key) => u32::from(key) << 16 | 1 << 3,
            Self::Read => 1 << 1,
        };
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&control.to_be_bytes());
        bytes[4..8].copy_from_slice(&length.to_be_bytes());
        bytes[8..].copy_from_slice(&address.to_be_bytes());
        bytes
    }
}

/// The device's registers, or something that behaves like them.
pub trait Registers {
    /// Goes to the start of an item; one that does not exist reads as zeros.
    fn select(&mut self, key: u16) -> Result<(), Error>;

    /// Reads on; behind an item's end come zeros.
    fn read(&mut self, into: &mut [u8]) -> Result<(), Error>;
}

/// A file of the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct File {
    /// The key of its item.
    pub key: u16,
    /// Bytes.
    pub size: u32,
}

/// Checks that the device is there; says what it can do.
pub fn probe(device: &mut impl Registers) -> Result<u32, Error> {
    let mut found = [0; 4];
    read(device, key::SIGNATURE, &mut found)?;
    if found != *b"QEMU" {
        return Err(Error::NoFwCfg { found });
    }
    number(device, key::ID)
}

/// Reads the start of an item.
pub fn read(device: &mut impl Registers, key: u16, into: &mut [u8]) -> Result<(), Error> {
    device.select(key)?;
    device.read(into)
}

/// Reads an item that is a 32-bit number; 0 where there is none.
pub fn number(device: &mut impl Registers, key: u16) -> Result<u32, Error> {
    let mut bytes = [0; 4];
    read(device, key, &mut bytes)?;
    Ok(u32::from_le_bytes(bytes))
}

/// Looks a file up.
pub fn find_file(device: &mut impl Registers, name: &str) -> Result<Option<File>, Error> {
    let mut count = [0; 4];
    read(device, key::FILE_DIRECTORY, &mut count)?;
    for _ in 0..u32::from_be_bytes(count) {
        let mut entry = [0; 64];
        device.read(&mut entry)?;
        let [size @ .., key_high, key_low, _, _] = *entry.first_chunk::<8>().unwrap_or(&[0; 8]);
        let letters = entry[8..].split(|byte| *byte == 0).next().unwrap_or_default();
        if letters == name.as_bytes() {
            let key = u16::from_be_bytes([key_high, key_low]);
            return Ok(Some(File { key, size: u32::from_be_bytes(size) }));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A device with these items.
    struct Items {
        items: Vec<(u16, Vec<u8>)>,
        rest: Vec<u8>,
    }

    impl Items {
        fn new(items: &[(u16, &[u8])]) -> Self {
            Self { items: items.iter().map(|(key, bytes)| (*key, bytes.to_vec())).collect(), rest: vec![] }
        }
    }

    impl Registers for Items {
        fn select(&mut self, key: u16) -> Result<(), Error> {
            let item = self.items.iter().find(|(found, _)| *found == key);
            self.rest = item.map(|(_, bytes)| bytes.clone()).unwrap_or_default();
            Ok(())
        }

        fn read(&mut self, into: &mut [u8]) -> Result<(), Error> {
            for byte in into {
                *byte = if self.rest.is_empty() { 0 } else { self.rest.remove(0) };
            }
            Ok(())
        }
    }

    fn directory(files: &[(&str, u16, u32)]) -> Vec<u8> {
        let mut bytes = (files.len() as u32).to_be_bytes().to_vec();
        for (name, key, size) in files {
            bytes.extend(size.to_be_bytes());
            bytes.extend(key.to_be_bytes());
            bytes.extend([0; 2]);
            bytes.extend(name.bytes().chain(std::iter::repeat(0)).take(56));
        }
        bytes
    }

    #[test]
    fn the_signature_comes_first() {
        let mut device = Items::new(&[(key::SIGNATURE, b"QEMU"), (key::ID, &[3, 0, 0, 0])]);
        assert_eq!(probe(&mut device), Ok(3));
        assert_eq!(probe(&mut Items::new(&[])), Err(Error::NoFwCfg { found: [0; 4] }));
    }

    #[test]
    fn items_without_value_are_zero() {
        let mut device = Items::new(&[(key::KERNEL_SIZE, &[1, 2, 0, 0, 9])]);
        assert_eq!(number(&mut device, key::KERNEL_SIZE), Ok(0x201));
        assert_eq!(number(&mut device, key::INITRAMFS_SIZE), Ok(0));
    }

    #[test]
    fn files_are_found_by_their_whole_name() {
        let longest = "genroms/".to_owned() + &"x".repeat(48);
        let files = [("etc/e820-x", 0x21, 5), ("etc/e820", 0x22, 60), (&longest, 0x23, 1 << 20)];
        let mut device = Items::new(&[(key::FILE_DIRECTORY, &directory(&files))]);
        assert_eq!(find_file(&mut device, "etc/e820"), Ok(Some(File { key: 0x22, size: 60 })));
        assert_eq!(find_file(&mut device, &longest), Ok(Some(File { key: 0x23, size: 1 << 20 })));
        assert_eq!(find_file(&mut device, "etc/e82"), Ok(None));
        assert_eq!(find_file(&mut Items::new(&[]), "etc/e820"), Ok(None));
    }

    #[test]
    fn dma_requests_are_big_endian() {
        assert_eq!(
            DmaRequest::Select(0x0019).encode(0, 0),
            [0x00, 0x19, 0x00, 0x08, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        );
        assert_eq!(
            DmaRequest::Read.encode(0x1234, 0x1_0020_0000),
            [0, 0, 0, 2, 0, 0, 0x12, 0x34, 0, 0, 0, 1, 0, 0x20, 0, 0]
        );
    }
}
