//! Why there is no boot.

use core::fmt;

use crate::size::ByteSize;

/// What the firmware says on COM1, behind `boot-firmware: error `, before it resets the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// The fw_cfg device does not answer.
    NoFwCfg {
        /// What was read instead of its signature.
        found: [u8; 4],
    },
    /// The fw_cfg device reported a failed transfer.
    ReadFailed {
        /// The item's key.
        key: u16,
    },
    /// There is no memory map.
    NoMemoryMap,
    /// The memory map has more entries than a zero page has room for.
    LongMemoryMap {
        /// The entries that the zero page holds.
        limit: usize,
    },
    /// No kernel is offered.
    NoKernel,
    /// What is offered is neither bzImage nor vmlinux.
    NotAKernel {
        /// The bytes where a bzImage says `HdrS`.
        found: [u8; 4],
    },
    /// The kernel's boot protocol has no 64-bit entry.
    OldProtocol {
        /// Major and minor number.
        found: u16,
    },
    /// The kernel is a 32-bit one.
    No64BitEntry,
    /// The ELF file is for another machine.
    OtherElf {
        /// `e_machine`.
        machine: u16,
    },
    /// The command line is longer than the kernel, or the firmware, takes.
    LongCmdline {
        /// Bytes, without the end mark.
        found: u32,
        /// Bytes, without the end mark.
        limit: u32,
    },
    /// The kernel wants memory that the firmware uses.
    LowKernel {
        /// Where it wants to be.
        start: u64,
    },
    /// There is no memory where the kernel has to be.
    KernelDoesNotFit {
        /// Where it has to be.
        start: u64,
        /// What it needs there.
        size: u64,
        /// What the machine has in all.
        memory: u64,
    },
    /// There is no memory for the initramfs.
    InitramfsDoesNotFit {
        /// Its size.
        size: u64,
        /// What the machine has in all.
        memory: u64,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NoFwCfg { found } => {
                write!(f, "no fw_cfg device: found `{}` in place of `QEMU`", found.escape_ascii())
            }
            Self::ReadFailed { key } => write!(f, "fw_cfg failed to transfer item {key:#x}"),
            Self::NoMemoryMap => f.write_str("fw_cfg has no memory map `etc/e820`"),
            Self::LongMemoryMap { limit } => {
                write!(f, "the memory map has more than the {limit} entries that the zero page holds")
            }
            Self::NoKernel => f.write_str("fw_cfg has no kernel; give QEMU one with `-kernel`"),
            Self::NotAKernel { found } => {
                write!(f, "the kernel is no bzImage: found `{}` in place of `HdrS`", found.escape_ascii())
            }
            Self::OldProtocol { found } => {
                let (major, minor) = (found >> 8, found & 0xff);
                write!(f, "the kernel speaks boot protocol {major}.{minor:02}, 2.12 or newer is needed")
            }
            Self::No64BitEntry => f.write_str("the kernel has no 64-bit entry; is it built for 32 bits?"),
            Self::OtherElf { machine } => {
                write!(f, "the kernel's ELF file is for machine {machine}, not for x86_64 (62)")
            }
            Self::LongCmdline { found, limit } => {
                write!(f, "the command line has {found} bytes, the kernel takes {limit}")
            }
            Self::LowKernel { start } => {
                write!(f, "the kernel wants to be at {start:#x}, which is below 1 MiB")
            }
            Self::KernelDoesNotFit { start, size, memory } => {
                let (size, memory) = (ByteSize(size), ByteSize(memory));
                write!(
                    f,
                    "too little memory: the kernel needs {size} at {start:#x}, the machine has {memory}"
                )
            }
            Self::InitramfsDoesNotFit { size, memory } => {
                let (size, memory) = (ByteSize(size), ByteSize(memory));
                write!(f, "too little memory: no room for an initramfs of {size}, the machine has {memory}")
            }
        }
    }
}

impl core::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::Error;

    #[test]
    fn each_error_has_its_words() {
        let errors = [
            Error::NoFwCfg { found: [0xff; 4] },
            Error::ReadFailed { key: 0x11 },
            Error::NoMemoryMap,
            Error::LongMemoryMap { limit: 128 },
            Error::NoKernel,
            Error::NotAKernel { found: *b"\x7fEL\0" },
            Error::OldProtocol { found: 0x206 },
            Error::No64BitEntry,
            Error::OtherElf { machine: 183 },
            Error::LongCmdline { found: 3000, limit: 2047 },
            Error::LowKernel { start: 0x10000 },
            Error::KernelDoesNotFit { start: 0x100_0000, size: 9_000_000, memory: 16 << 20 },
            Error::InitramfsDoesNotFit { size: 200 << 20, memory: 128 << 20 },
        ];
        let words = errors.map(|error| error.to_string()).join("\n");
        insta::assert_snapshot!(words, @r"
        no fw_cfg device: found `\xff\xff\xff\xff` in place of `QEMU`
        fw_cfg failed to transfer item 0x11
        fw_cfg has no memory map `etc/e820`
        the memory map has more than the 128 entries that the zero page holds
        fw_cfg has no kernel; give QEMU one with `-kernel`
        the kernel is no bzImage: found `\x7fEL\x00` in place of `HdrS`
        the kernel speaks boot protocol 2.06, 2.12 or newer is needed
        the kernel has no 64-bit entry; is it built for 32 bits?
        the kernel's ELF file is for machine 183, not for x86_64 (62)
        the command line has 3000 bytes, the kernel takes 2047
        the kernel wants to be at 0x10000, which is below 1 MiB
        too little memory: the kernel needs 8.6 MiB at 0x1000000, the machine has 16 MiB
        too little memory: no room for an initramfs of 200 MiB, the machine has 128 MiB
        ");
    }
}
