//! What is behind the ports: a serial line, a keyboard controller that can only reset, and nothing.
//!
//! | port | device |
//! |---|---|
//! | `0x3f8`-`0x3ff` | 8250 (COM1), interrupt line 4 |
//! | `0x60`, `0x64` | i8042: reads as 0; command 0xfe resets |
//! | `0x70`, `0x71` | CMOS: reads as 0 |
//! | `0xcf9` | the chipset's reset register: bit 2 resets |
//! | all others | reads as ones, as a bus without a device does |
//!
//! Two ports must not read as ones although nothing is there. In register A of the CMOS that is "update in progress",
//! and a kernel polls it 20 000 times. In the i8042's status it is "input buffer full", and a kernel waits before it
//! sends the reset.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use vm_superio::serial::NoEvents;
use vm_superio::{I8042Device, Serial, Trigger};

/// The serial line's interrupt.
pub const SERIAL_IRQ: u32 = 4;

const SERIAL: u16 = 0x3f8;
const SERIAL_LAST: u16 = SERIAL + 7;
const I8042: u16 = 0x60;
const I8042_COMMAND: u16 = 0x64;
const CMOS_INDEX: u16 = 0x70;
const CMOS_DATA: u16 = 0x71;
const RESET_CONTROL: u16 = 0xcf9;
const RESET_NOW: u8 = 1 << 2;
const NOBODY: u8 = 0xff;

/// The ports of a machine whose serial interrupt is `T` and whose console is `W`.
pub struct PortBus<T: Trigger, W: Write> {
    serial: Serial<T, NoEvents, LineWriter<W>>,
    i8042: I8042Device<ResetLine>,
    reset: ResetLine,
}

/// What a write to a port means for the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The guest goes on.
    None,
    /// The guest asks for a reset.
    Reset,
}

/// The guest's output cannot be written, or its interrupt not be raised.
#[derive(Debug, thiserror::Error)]
pub enum PortError<E> {
    /// The console.
    #[error(transparent)]
    Console(io::Error),
    /// The interrupt.
    #[error("the serial interrupt is not raised: {0}")]
    Interrupt(E),
}

impl<T: Trigger, W: Write> PortBus<T, W> {
    /// Ports whose serial line writes to `console`.
    pub fn new(interrupt: T, console: W) -> Self {
        let reset = ResetLine::default();
        Self {
            serial: Serial::new(interrupt, LineWriter { to: console, line: Vec::new() }),
            i8042: I8042Device::new(reset.clone()),
            reset,
        }
    }

    /// The guest reads a port.
    pub fn read(&mut self, port: u16, data: &mut [u8]) {
        data.fill(NOBODY);
        let Some(first) = data.first_mut() else { return };
        *first = match port {
            SERIAL..=SERIAL_LAST => self.serial.read((port - SERIAL) as u8),
            I8042 | I8042_COMMAND => self.i8042.read((port - I8042) as u8),
            CMOS_INDEX | CMOS_DATA => 0,
            _ => NOBODY,
        };
    }

    /// The guest writes a port.
    ///
    /// # Errors
    /// What the write stands for cannot be done on this side.
    pub fn write(&mut self, port: u16, data: &[u8]) -> Result<Effect, PortError<T::E>> {
        let Some(&first) = data.first() else { return Ok(Effect::None) };
        match port {
            SERIAL..=SERIAL_LAST => {
                self.serial.write((port - SERIAL) as u8, first).map_err(|error| match error {
                    vm_superio::serial::Error::Trigger(error) => PortError::Interrupt(error),
                    vm_superio::serial::Error::IOError(error) => PortError::Console(error),
                    vm_superio::serial::Error::FullFifo => {
                        PortError::Console(io::ErrorKind::WriteZero.into())
                    }
                })?;
            }
            I8042 | I8042_COMMAND => {
                let Ok(()) = self.i8042.write((port - I8042) as u8, first);
            }
            RESET_CONTROL if first & RESET_NOW != 0 => self.reset.0.store(true, Ordering::Relaxed),
            _ => {}
        }
        Ok(if self.reset.0.load(Ordering::Relaxed) { Effect::Reset } else { Effect::None })
    }

    /// Writes what the guest said since its last line break.
    ///
    /// # Errors
    /// The console is gone.
    pub fn flush(&mut self) -> io::Result<()> {
        self.serial.writer_mut().write_out()
    }
}

#[derive(Clone, Debug, Default)]
struct ResetLine(Arc<AtomicBool>);

impl Trigger for ResetLine {
    type E = std::convert::Infallible;

    fn trigger(&self) -> Result<(), Self::E> {
        self.0.store(true, Ordering::Relaxed);
        Ok(())
    }
}

/// Collects a line before it writes.
///
/// The serial device flushes after each byte, and a system call for each byte is dear where this VMM is itself in a
/// virtual machine; so a flush does nothing here before the line is complete.
struct LineWriter<W: Write> {
    to: W,
    line: Vec<u8>,
}

/// A line is written in parts of this size at most.
const LONGEST_PART: usize = 1024;

impl<W: Write> LineWriter<W> {
    fn write_out(&mut self) -> io::Result<()> {
        self.to.write_all(&self.line)?;
        self.line.clear();
        self.to.flush()
    }
}

impl<W: Write> Write for LineWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.line.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let complete = self.line.last() == Some(&b'\n') || self.line.len() >= LONGEST_PART;
        if complete { self.write_out() } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct NoInterrupt;

    impl Trigger for NoInterrupt {
        type E = std::convert::Infallible;

        fn trigger(&self) -> Result<(), Self::E> {
            Ok(())
        }
    }

    fn bus(console: &mut Vec<u8>) -> PortBus<NoInterrupt, &mut Vec<u8>> {
        PortBus::new(NoInterrupt, console)
    }

    fn read(port: u16) -> u8 {
        let mut data = [0x5a];
        bus(&mut Vec::new()).read(port, &mut data);
        data[0]
    }

    #[test]
    fn nothing_reads_as_ones_but_where_that_would_be_a_lie() {
        assert_eq!(read(0x2f8), 0xff);
        assert_eq!(read(0xcfc), 0xff);
        assert_eq!((read(0x60), read(0x64), read(0x70), read(0x71)), (0, 0, 0, 0));
        assert_eq!(read(0x3fd), 0x60, "the transmitter is empty");
        let mut wide = [0u8; 4];
        bus(&mut Vec::new()).read(0xcf8, &mut wide);
        assert_eq!(wide, [0xff; 4]);
    }

    #[test]
    fn the_guest_can_ask_for_a_reset_in_two_ways() {
        let effect = |port, byte| bus(&mut Vec::new()).write(port, &[byte]).expect("written");
        assert_eq!(effect(0x64, 0xfe), Effect::Reset);
        assert_eq!(effect(0x64, 0xd1), Effect::None);
        assert_eq!(effect(0x60, 0xfe), Effect::None);
        assert_eq!(effect(0xcf9, 0x02), Effect::None);
        assert_eq!(effect(0xcf9, 0x06), Effect::Reset);
    }

    #[test]
    fn the_console_gets_lines_and_at_the_end_the_rest() {
        let mut console = Vec::new();
        let mut ports = bus(&mut console);
        for byte in b"one\ntw" {
            ports.write(0x3f8, &[*byte]).expect("written");
        }
        assert_eq!(ports.serial.writer().to.as_slice(), b"one\n");
        ports.flush().expect("written");
        assert_eq!(console, b"one\ntw");
    }
}
