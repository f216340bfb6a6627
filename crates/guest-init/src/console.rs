//! The one way out of the guest: `/dev/console`.

use std::io::{self, Write};

use boot_contract::guest::GuestLine;
use rustix::fs::{Mode, OFlags, open};
use rustix::io::Errno;
use rustix::stdio::{dup2_stderr, dup2_stdin, dup2_stdout};
use rustix::termios::isatty;

/// The console cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("/dev/console does not open: {0}")]
pub(crate) struct NoConsole(Errno);

/// The machine's voice on its console.
#[derive(Clone, Debug, Default)]
pub(crate) struct Voice {
    name: Option<String>,
}

impl Voice {
    /// Takes the machine's name, and puts `/dev/console` on stdin, stdout and stderr unless a terminal is there.
    ///
    /// The kernel gives PID 1 its console where the initramfs has the node. Where it has not, Rust's runtime puts
    /// `/dev/null` on the closed descriptors before `main`; so what is asked here is not "is it open" but "is it a
    /// terminal".
    pub(crate) fn find(&mut self, name: Option<&str>) -> Result<(), NoConsole> {
        self.name = name.map(str::to_owned);
        if isatty(io::stdout()) {
            return Ok(());
        }
        let console =
            open("/dev/console", OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).map_err(NoConsole)?;
        dup2_stdin(&console)
            .and_then(|()| dup2_stdout(&console))
            .and_then(|()| dup2_stderr(&console))
            .map_err(NoConsole)
    }

    /// Says a line, in one write, so that no message of the kernel comes between its bytes.
    ///
    /// There is nobody to tell that the console is gone; the machine ends all the same.
    pub(crate) fn say(&self, line: &GuestLine) {
        let _ = write_line(io::stdout().lock(), &line.said_by(self.name.as_deref()));
    }
}

/// Says why the program does not run at all.
pub(crate) fn complain(text: &str) {
    let _ = write_line(io::stderr().lock(), text);
}

fn write_line(mut to: impl Write, text: &str) -> io::Result<()> {
    // A line break inside would cut the line for its reader.
    let line = text.replace(['\r', '\n'], " ") + "\n";
    to.write_all(line.as_bytes())?;
    to.flush()
}
