//! A terminal for the guest's command: a pair of pseudo terminals, relayed by way of the console.
//!
//! ```text
//! host ── in TEXT, size R C ─▶ console ─▶ master ═ slave ─ the command
//! host ◀─ guest-init: out TEXT ─ console ◀─ master
//! ```
//!
//! This process leads the session that has the slave as its controlling terminal: so Ctrl-C reaches the command, and a shell
//! has jobs. Signals that the terminal sends do not end PID 1.

use std::io::{self, BufRead, BufReader};
use std::os::fd::OwnedFd;

use boot_contract::guest::{TerminalSize, Typed};
use rustix::fs::{Mode, OFlags, open};
use rustix::io::Errno;
use rustix::mount::{MountFlags, mount};
use rustix::process::setsid;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, Winsize, tcgetattr, tcsetattr, tcsetwinsize};

/// A kernel without terminals, or something else that is in the way.
#[derive(Debug, thiserror::Error)]
#[error("the guest has no terminals ({what}: {errno}): its kernel needs CONFIG_UNIX98_PTYS=y")]
pub(crate) struct NoTerminal {
    what: &'static str,
    errno: Errno,
}

/// A terminal that a command can have.
pub(crate) struct Terminal {
    /// The side of whoever types.
    pub(crate) master: OwnedFd,
    /// The command's side.
    pub(crate) slave: OwnedFd,
}

impl Terminal {
    /// Makes one; what is typed on the console is no longer the console's to edit or to echo.
    pub(crate) fn make(size: TerminalSize) -> Result<Self, NoTerminal> {
        let at = |what| move |errno| NoTerminal { what, errno };
        std::fs::create_dir_all("/dev/pts").map_err(|error| NoTerminal {
            what: "/dev/pts",
            errno: Errno::from_io_error(&error).unwrap_or(Errno::IO),
        })?;
        match mount("devpts", "/dev/pts", "devpts", MountFlags::NOSUID | MountFlags::NOEXEC, None) {
            Ok(()) | Err(Errno::BUSY) => {}
            Err(errno) => return Err(NoTerminal { what: "devpts", errno }),
        }
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).map_err(at("/dev/ptmx"))?;
        grantpt(&master).and_then(|()| unlockpt(&master)).map_err(at("a terminal"))?;
        let name = ptsname(&master, Vec::new()).map_err(at("its name"))?;
        tcsetwinsize(&master, winsize(size)).map_err(at("its size"))?;
        // A process that leads its session already is told so, which is as good.
        let _ = setsid();
        // The first terminal that a session's leader opens is the session's.
        let slave = open(&name, OFlags::RDWR, Mode::empty()).map_err(at("its other side"))?;
        if let Ok(mut console) = tcgetattr(io::stdin()) {
            console.make_raw();
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &console);
        }
        Ok(Self { master, slave })
    }
}

/// Hands on what comes from the console, until that ends.
pub(crate) fn hand_on(master: &OwnedFd) {
    for line in BufReader::new(io::stdin()).lines() {
        match line.ok().and_then(|line| Typed::parse(&line)) {
            Some(Typed::Bytes(bytes)) => {
                let mut rest = &bytes[..];
                while let Ok(written) = rustix::io::write(master, rest)
                    && written < rest.len()
                {
                    rest = &rest[written..];
                }
            }
            Some(Typed::Size(size)) => {
                let _ = tcsetwinsize(master, winsize(size));
            }
            None => {}
        }
    }
}

fn winsize(size: TerminalSize) -> Winsize {
    Winsize { ws_row: size.rows, ws_col: size.columns, ws_xpixel: 0, ws_ypixel: 0 }
}
