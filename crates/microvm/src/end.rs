//! How a run ends.
//!
//! | exit code | meaning |
//! |---|---|
//! | 0 | the guest ended the machine: reset or triple fault; KVM is usable (`--check-kvm`) |
//! | 1 | the machine could not be made: a file, an image that does not boot, no room |
//! | 2 | the command line of this program is wrong |
//! | 3 | the time limit is over |
//! | 4 | KVM stopped the vCPU in a way that no guest asks for, or the console is gone |
//! | 5 | KVM is not usable |
//!
//! A triple fault is how `reboot=t` ends a machine, and how a kernel dies that has no handlers yet; a VMM cannot tell
//! the two apart. Whether a boot was good is for whoever reads the console.

use std::fmt;
use std::time::Duration;

/// The guest ended the machine.
pub const EXIT_ENDED: u8 = 0;
/// The machine could not be made.
pub const EXIT_NOT_STARTED: u8 = 1;
/// Wrong usage.
pub const EXIT_USAGE: u8 = 2;
/// The time limit is over.
pub const EXIT_TIMEOUT: u8 = 3;
/// KVM stopped the vCPU, or the console is gone.
pub const EXIT_STOPPED: u8 = 4;
/// KVM is not usable.
pub const EXIT_NO_KVM: u8 = 5;

/// The reason for which a machine ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The guest asked for a reset: command 0xfe to the keyboard controller, or port 0xcf9.
    Reset,
    /// A fault while a double fault was delivered, or a shutdown request: `KVM_EXIT_SHUTDOWN`.
    TripleFault,
    /// The vCPU halted in a machine without interrupt controllers; probes end so.
    Halt,
    /// The time limit is over.
    Timeout(Duration),
    /// KVM gave up: `KVM_EXIT_INTERNAL_ERROR`.
    InternalError {
        /// `KVM_INTERNAL_ERROR_*`; 1 is an instruction that it cannot emulate.
        suberror: u32,
        /// What KVM says beyond that; up to 16 words.
        data: Vec<u64>,
    },
    /// The processor refused the vCPU's state: `KVM_EXIT_FAIL_ENTRY`.
    FailEntry {
        /// The processor's reason.
        reason: u64,
    },
    /// An exit that this machine has no use for.
    Unexpected(String),
    /// `KVM_RUN` failed.
    RunFailed(kvm_ioctls::Error),
    /// The guest's output cannot be written.
    ConsoleLost(String),
}

impl End {
    /// The exit code that stands for it.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Reset | Self::TripleFault => EXIT_ENDED,
            Self::Timeout(_) => EXIT_TIMEOUT,
            Self::Halt
            | Self::InternalError { .. }
            | Self::FailEntry { .. }
            | Self::Unexpected(_)
            | Self::RunFailed(_)
            | Self::ConsoleLost(_) => EXIT_STOPPED,
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reset => f.write_str("reset"),
            Self::TripleFault => f.write_str("triple fault"),
            Self::Halt => f.write_str("halt"),
            Self::Timeout(limit) => write!(f, "timeout after {} s", limit.as_secs_f64()),
            Self::InternalError { suberror, data } => {
                write!(f, "internal error of KVM, suberror {suberror} ({})", suberror_name(*suberror))?;
                if data.is_empty() { Ok(()) } else { write!(f, ", data {data:x?}") }
            }
            Self::FailEntry { reason } => write!(f, "entry failure, hardware reason {reason:#x}"),
            Self::Unexpected(exit) => write!(f, "unexpected exit {exit}"),
            Self::RunFailed(error) => write!(f, "KVM_RUN failed: {error}"),
            Self::ConsoleLost(error) => write!(f, "console lost: {error}"),
        }
    }
}

/// The names of `KVM_INTERNAL_ERROR_*` (`include/uapi/linux/kvm.h`).
fn suberror_name(suberror: u32) -> &'static str {
    match suberror {
        1 => "emulation",
        2 => "simultaneous exceptions",
        3 => "event delivery",
        4 => "unexpected exit reason",
        _ => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_guest_ends_a_machine_well() {
        let table = [
            (End::Reset, 0, "reset"),
            (End::TripleFault, 0, "triple fault"),
            (End::Timeout(Duration::from_millis(1500)), 3, "timeout after 1.5 s"),
            (End::Halt, 4, "halt"),
            (
                End::InternalError { suberror: 1, data: vec![0xff] },
                4,
                "internal error of KVM, suberror 1 (emulation), data [ff]",
            ),
            (End::FailEntry { reason: 0x8000_0021 }, 4, "entry failure, hardware reason 0x80000021"),
            (End::Unexpected("Hlt".into()), 4, "unexpected exit Hlt"),
            (End::ConsoleLost("broken pipe".into()), 4, "console lost: broken pipe"),
        ];
        for (end, code, text) in table {
            assert_eq!((end.exit_code(), end.to_string().as_str()), (code, text));
        }
    }
}
