//! What a program without an operating system must bring along: an entry and a panic handler.
//!
//! Compiled only by `build.rs` (`--cfg freestanding`): a program with the standard library has a panic handler already.

use core::fmt::Write as _;
use core::panic::PanicInfo;

use crate::hardware::{self, Com1};

/// Is called by `start.S` in 64-bit mode, on the firmware's stack, with the first 4 GiB mapped one to one.
#[allow(unsafe_code, reason = "called by name from assembly")]
#[unsafe(no_mangle)]
extern "C" fn firmware_main() -> ! {
    // SAFETY: `start.S` calls this once, and has made the machine what `boot` asks for.
    unsafe { crate::boot::boot() }
}

/// Says where, and gives up.
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    let _ = writeln!(Com1::open(), "boot-firmware: error {info}");
    hardware::reset()
}
