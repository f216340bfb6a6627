//! The machine: ports, COM1, fw_cfg's registers, memory by address, the ways out.
//!
//! | port | what |
//! |---|---|
//! | `0x3f8` … `0x3ff` | COM1, an 8250 |
//! | `0x510`, `0x511` | fw_cfg: selector (16 bit), data (8 bit) |
//! | `0x514`, `0x518` | fw_cfg: address of a DMA request, upper and lower half, big-endian; the lower one starts it |
//!
//! Whoever calls this runs in ring 0 with memory mapped one to one (`start.S`), or dies of it.

use core::arch::asm;
use core::fmt;
use core::hint::spin_loop;

use crate::error::Error;
use crate::fw_cfg::{self, DMA_ERROR, DmaRequest, ID_DMA, Registers};

const COM1: u16 = 0x3f8;
const FW_CFG_SELECTOR: u16 = 0x510;
const FW_CFG_DATA: u16 = 0x511;
const FW_CFG_DMA_HIGH: u16 = 0x514;
const FW_CFG_DMA_LOW: u16 = 0x518;

#[allow(unsafe_code, reason = "port I/O")]
fn out8(port: u16, value: u8) {
    // SAFETY: only the ports above are written; none makes the machine write to memory.
    unsafe { asm!("out dx, al", in("dx") port, in("al") value, options(nomem, nostack, preserves_flags)) };
}

#[allow(unsafe_code, reason = "port I/O")]
fn out16(port: u16, value: u16) {
    // SAFETY: as above.
    unsafe { asm!("out dx, ax", in("dx") port, in("ax") value, options(nomem, nostack, preserves_flags)) };
}

#[allow(unsafe_code, reason = "port I/O")]
fn in8(port: u16) -> u8 {
    let value;
    // SAFETY: reading the ports above changes only the devices behind them.
    unsafe { asm!("in al, dx", in("dx") port, out("al") value, options(nomem, nostack, preserves_flags)) };
    value
}

/// The first serial port: 115200 baud, 8 bits, no parity, one stop bit.
#[derive(Debug)]
pub struct Com1(());

impl Com1 {
    /// Sets the port up, without interrupts.
    pub fn open() -> Self {
        for (register, value) in [(1, 0x00), (3, 0x80), (0, 0x01), (1, 0x00), (3, 0x03), (2, 0x07), (4, 0x03)]
        {
            out8(COM1 + register, value);
        }
        Self(())
    }

    /// Writes bytes as they are.
    pub fn write_bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.wait_until_empty();
            out8(COM1, *byte);
        }
    }

    /// Waits until everything is sent, but not for ever: a port that is not there reads as 0xff, a broken one as 0.
    pub fn wait_until_empty(&mut self) {
        for _ in 0..1_000_000 {
            if in8(COM1 + 5) & 0x60 == 0x60 {
                return;
            }
            spin_loop();
        }
    }
}

impl fmt::Write for Com1 {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for line in text.split_inclusive('\n') {
            match line.strip_suffix('\n') {
                Some(line) => {
                    self.write_bytes(line.as_bytes());
                    self.write_bytes(b"\r\n");
                }
                None => self.write_bytes(line.as_bytes()),
            }
        }
        Ok(())
    }
}

/// fw_cfg's registers on a PC.
#[derive(Debug)]
pub struct FwCfgPorts {
    transfer: Transfer,
    key: u16,
}

/// How bytes come from the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transfer {
    /// One by one, through the data port.
    Port,
    /// All at once.
    Dma,
}

impl FwCfgPorts {
    /// Looks for the device, and takes DMA where it is offered.
    pub fn open() -> Result<Self, Error> {
        let mut ports = Self { transfer: Transfer::Port, key: 0 };
        if fw_cfg::probe(&mut ports)? & ID_DMA != 0 {
            ports.transfer = Transfer::Dma;
        }
        Ok(ports)
    }

    /// How bytes come.
    pub fn transfer(&self) -> Transfer {
        self.transfer
    }

    #[allow(unsafe_code, reason = "port I/O, and a device that writes to memory")]
    fn dma(&mut self, request: DmaRequest, into: &mut [u8]) -> Result<(), Error> {
        let failed = Error::ReadFailed { key: self.key };
        let length = u32::try_from(into.len()).map_err(|_| failed)?;
        let target = into.as_mut_ptr().expose_provenance() as u64;
        let mut request = request.encode(length, target);
        let address = (&raw mut request).expose_provenance() as u64;
        // SAFETY: the device reads the request, and writes to its control word and to `into`, which the caller lends
        // for that; both addresses are physical ones. The compiler takes it that the instructions write to memory.
        unsafe {
            asm!("out dx, eax", in("dx") FW_CFG_DMA_HIGH, in("eax") ((address >> 32) as u32).to_be(), options(nostack));
            asm!("out dx, eax", in("dx") FW_CFG_DMA_LOW, in("eax") (address as u32).to_be(), options(nostack));
        }
        loop {
            // SAFETY: a local variable; volatile, because the device changes it.
            let request = unsafe { (&raw const request).read_volatile() };
            match request.first_chunk().map_or(0, |control| u32::from_be_bytes(*control)) {
                0 => return Ok(()),
                control if control & DMA_ERROR != 0 => return Err(failed),
                _ => spin_loop(),
            }
        }
    }
}

impl Registers for FwCfgPorts {
    fn select(&mut self, key: u16) -> Result<(), Error> {
        self.key = key;
        match self.transfer {
            Transfer::Dma => self.dma(DmaRequest::Select(key), &mut []),
            Transfer::Port => {
                out16(FW_CFG_SELECTOR, key);
                Ok(())
            }
        }
    }

    fn read(&mut self, into: &mut [u8]) -> Result<(), Error> {
        match self.transfer {
            Transfer::Dma => self.dma(DmaRequest::Read, into),
            Transfer::Port => {
                into.fill_with(|| in8(FW_CFG_DATA));
                Ok(())
            }
        }
    }
}

/// Borrows memory by its physical address.
///
/// # Safety
///
/// It is RAM below 4 GiB, mapped one to one, and nobody else has it: not the program, its stack, the page tables or
/// another such borrow.
#[allow(unsafe_code, reason = "memory by address")]
pub unsafe fn physical(address: u64, size: usize) -> &'static mut [u8] {
    let start = core::ptr::with_exposed_provenance_mut(address as usize);
    // SAFETY: the caller's promise.
    unsafe { core::slice::from_raw_parts_mut(start, size) }
}

/// Enters a kernel's 64-bit code; never returns.
///
/// # Safety
///
/// A kernel lies there, a zero page here, and segments, paging and interrupts are as its boot protocol asks.
#[allow(unsafe_code, reason = "leaves this program")]
pub unsafe fn enter(entry: u64, zero_page: u64) -> ! {
    // SAFETY: the caller's promise.
    unsafe {
        asm!("cli", "cld", "jmp {entry}", entry = in(reg) entry, in("rsi") zero_page, options(noreturn))
    }
}

/// Resets the machine.
///
/// By a triple fault: every virtual machine knows it as a reset, while ports for that differ from machine to machine.
#[allow(unsafe_code, reason = "ends this program")]
pub fn reset() -> ! {
    let no_interrupts = [0u8; 10];
    // SAFETY: without an interrupt table an exception cannot be delivered, nor can the one that follows from that.
    unsafe { asm!("lidt [{}]", "ud2", in(reg) &raw const no_interrupts, options(noreturn)) }
}
