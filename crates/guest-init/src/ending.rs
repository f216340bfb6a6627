//! The end of the machine.
//!
//! With ACPI the machine can power off. Without, `POWER_OFF` would halt for ever, so it restarts; how, the kernel
//! command line says (`reboot=t`: triple fault, `reboot=k`: the keyboard controller), and a VMM takes both for the
//! end (`Documentation/admin-guide/kernel-parameters.rst`, `reboot=`).

use std::io;
use std::path::Path;
use std::time::Duration;

use boot_contract::guest::GuestLine;
use rustix::system::{RebootCommand, reboot};
use rustix::termios::tcdrain;

use crate::console::Voice;

/// Ends the machine; returns never.
pub(crate) fn end(voice: &Voice) -> ! {
    drain();
    rustix::fs::sync();
    // The kernel makes the directory if ACPI is compiled in and was not switched off.
    let way = if Path::new("/sys/firmware/acpi").exists() {
        RebootCommand::PowerOff
    } else {
        RebootCommand::Restart
    };
    if let Err(errno) = reboot(way) {
        voice.say(&GuestLine::Error(format!("the machine does not end: {errno}")));
        drain();
    }
    loop {
        std::thread::sleep(Duration::from_secs(1));
    }
}

/// Waits until the console's last byte has left.
///
/// A serial line sends by interrupt: without the wait the machine may be gone before the last lines are.
fn drain() {
    // It fails where stdout is no terminal; then nothing is under way.
    let _ = tcdrain(io::stdout());
}
