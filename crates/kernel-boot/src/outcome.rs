//! How a boot turned out, in words.
//!
//! A verdict's text is one line; what was last said on the console stands apart ([`Outcome::last_lines`]), and so does
//! what to do about it ([`Outcome::hint`]).

use std::fmt;
use std::time::Duration;

use crate::judge::Ended;

/// What begins the line in which a VMM, asked at the end, says how its machine stands.
pub(crate) const MACHINE_IS: &str = "the VMM says that its machine is ";

/// Which of two machines, one inside the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Machine {
    /// The one whose kernel is on trial.
    Guest,
    /// The one that a VMM runs in where it runs nested.
    NestedHost,
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Guest => "the guest",
            Self::NestedHost => "the nested host",
        })
    }
}

/// How a VMM ended that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VmmEnd {
    /// With this status.
    Status(i32),
    /// By this signal.
    Signal(i32),
    /// It stood still after an error of its own, and was ended.
    Stuck,
    /// The machine that it ran in ended before it did.
    HostGone,
}

impl fmt::Display for VmmEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "the VMM ended with status {status}"),
            Self::Signal(signal) => write!(f, "the VMM was ended by signal {signal}"),
            Self::Stuck => f.write_str("the VMM stopped the guest on an error of its own"),
            Self::HostGone => f.write_str("the nested host ended before the VMM did"),
        }
    }
}

/// How a machine ended whose boot is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuestEnd {
    /// Its kernel powered it off.
    PoweredOff,
    /// Its kernel reset it.
    Reset,
    /// Its kernel halted, and its VMM took that for the end.
    Halted,
    /// By itself, and its kernel did not say how.
    Untold,
    /// It was ended, for its marker had appeared.
    AtMarker,
}

impl fmt::Display for GuestEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PoweredOff => "powered off",
            Self::Reset => "reset",
            Self::Halted => "halted",
            Self::Untold => "ended",
            Self::AtMarker => "stopped at its marker",
        })
    }
}

/// The verdict on a boot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The guest said what it had to, and ended.
    Passed {
        /// The kernelrelease that it runs.
        release: String,
        /// How the machine ended.
        end: GuestEnd,
        /// From the start of the process to the init's first line, or to the marker.
        ready_after: Duration,
        /// From the start of the process to its end.
        total: Duration,
    },
    /// Another kernel than the one promised.
    WrongRelease {
        /// What the guest says.
        found: String,
        /// What was promised.
        expected: String,
    },
    /// The machine ended before its init said that it was ready.
    NoMarker {
        /// Which machine.
        machine: Machine,
        /// How it ended.
        ended: Ended,
        /// What was last said.
        last: Vec<String>,
    },
    /// A kernel panicked.
    Panicked {
        /// Whose kernel.
        machine: Machine,
        /// Its message.
        line: String,
        /// What was last said.
        last: Vec<String>,
    },
    /// Nothing was said for too long.
    Hung {
        /// For how long.
        silence: Duration,
        /// When the guest's init was ready, if it was.
        ready_after: Option<Duration>,
        /// What was last said.
        last: Vec<String>,
    },
    /// The time limit passed.
    TimedOut {
        /// The limit.
        limit: Duration,
        /// When the guest's init was ready, if it was.
        ready_after: Option<Duration>,
        /// What was last said.
        last: Vec<String>,
    },
    /// The init reported an error.
    InitFailed {
        /// In which machine.
        machine: Machine,
        /// Its message.
        text: String,
    },
    /// The command in the guest failed.
    RunFailed {
        /// Its status.
        status: i32,
        /// The status that it should have.
        expected: i32,
        /// What was last said.
        last: Vec<String>,
    },
    /// The machine ended before the command in it did.
    RunUnfinished {
        /// How it ended.
        ended: Ended,
        /// What was last said.
        last: Vec<String>,
    },
    /// The VMM failed.
    VmmFailed {
        /// How.
        end: VmmEnd,
        /// What it said.
        said: Vec<String>,
    },
}

impl Outcome {
    /// The outcome's name, for programs: what stands here, and is promised.
    ///
    /// | name | |
    /// |---|---|
    /// | `power-off`, `reset`, `halt`, `ended`, `marker` | the boot is good, and how the machine ended |
    /// | `panic` | a kernel panicked |
    /// | `hang` | nothing was said for the VM's `silence` |
    /// | `time-out` | the VM's `timeout` passed |
    /// | `vmm-error` | the VMM failed |
    /// | `wrong-release` | another kernel than the one that was built |
    /// | `no-marker` | the machine ended before its init was ready |
    /// | `init-failed`, `command-failed`, `command-unfinished` | the init or its command failed |
    pub fn name(&self) -> &'static str {
        match self {
            Self::Passed { end: GuestEnd::PoweredOff, .. } => "power-off",
            Self::Passed { end: GuestEnd::Reset, .. } => "reset",
            Self::Passed { end: GuestEnd::Halted, .. } => "halt",
            Self::Passed { end: GuestEnd::Untold, .. } => "ended",
            Self::Passed { end: GuestEnd::AtMarker, .. } => "marker",
            Self::Panicked { .. } => "panic",
            Self::Hung { .. } => "hang",
            Self::TimedOut { .. } => "time-out",
            Self::VmmFailed { .. } => "vmm-error",
            Self::WrongRelease { .. } => "wrong-release",
            Self::NoMarker { .. } => "no-marker",
            Self::InitFailed { .. } => "init-failed",
            Self::RunFailed { .. } => "command-failed",
            Self::RunUnfinished { .. } => "command-unfinished",
        }
    }

    /// From the start of the process to the init's first line, or to the marker, where it came to that.
    pub fn ready_after(&self) -> Option<Duration> {
        match self {
            Self::Passed { ready_after, .. } => Some(*ready_after),
            Self::Hung { ready_after, .. } | Self::TimedOut { ready_after, .. } => *ready_after,
            _ => None,
        }
    }

    /// Whether the boot is good.
    pub fn passed(&self) -> bool {
        matches!(self, Self::Passed { .. })
    }

    /// What was last said on the console, or by a VMM that failed; empty for verdicts that need no such context.
    pub fn last_lines(&self) -> &[String] {
        match self {
            Self::NoMarker { last, .. }
            | Self::Panicked { last, .. }
            | Self::Hung { last, .. }
            | Self::TimedOut { last, .. }
            | Self::RunFailed { last, .. }
            | Self::RunUnfinished { last, .. }
            | Self::VmmFailed { said: last, .. } => last,
            Self::Passed { .. } | Self::WrongRelease { .. } | Self::InitFailed { .. } => &[],
        }
    }

    /// What to do about it, where that can be said.
    pub fn hint(&self) -> Option<String> {
        // What a VMM says of its machine is no word of the guest's.
        let silent = |last: &[String]| last.iter().all(|line| line.starts_with(MACHINE_IS));
        match self {
            Self::WrongRelease { .. } => {
                Some("the VMM did not boot the image that it was given: check that its `args` have `{image}`".into())
            }
            Self::NoMarker { last, .. }
            | Self::Hung { last, ready_after: None, .. }
            | Self::TimedOut { last, ready_after: None, .. }
                if silent(last) =>
            Some(
                "the console is silent: ask for `CONFIG_SERIAL_8250_CONSOLE=y`, put `console=ttyS0 earlyprintk=ttyS0` on the \
                 `cmdline`, and leave out `quiet`"
                    .into(),
            ),
            Self::Panicked { line, .. } if line.contains("unknown-block") || line.contains("No working init") => Some(
                "the kernel found no init: it needs `CONFIG_BLK_DEV_INITRD=y` and `CONFIG_BINFMT_ELF=y`, and the VMM's \
                 `args` need `{initramfs}`"
                    .into(),
            ),
            Self::Hung { ready_after: Some(_), .. } | Self::TimedOut { ready_after: Some(_), .. } => Some(
                "the guest does not end: without `CONFIG_ACPI` a machine cannot power off, so put `reboot=t` or \
                 `reboot=k` on the `cmdline`; or raise `timeout`"
                    .into(),
            ),
            Self::Hung { .. } => Some(
                "the last line says how far it came; `initcall_debug` on the `cmdline`, without `quiet`, says more; a guest that \
                 only needs longer needs a longer `silence`"
                    .into(),
            ),
            Self::TimedOut { .. } => Some("raise `timeout` if the guest only needs longer".into()),
            _ => None,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed { release, end, ready_after, total } => write!(
                f,
                "the guest runs `{release}`: ready after {}, {end} after {}",
                Seconds(*ready_after),
                Seconds(*total)
            ),
            Self::WrongRelease { found, expected } => {
                write!(f, "the guest runs `{found}`, but `{expected}` was promised")
            }
            Self::NoMarker { machine, ended, .. } => {
                write!(f, "{machine} {ended} before its init was ready")
            }
            Self::Panicked { machine, line, .. } => write!(f, "the kernel of {machine} panicked: `{line}`"),
            Self::Hung { silence, ready_after, .. } => {
                write!(f, "the guest hangs: it said nothing for {}", Seconds(*silence))?;
                readiness(f, *ready_after)
            }
            Self::TimedOut { limit, ready_after, .. } => {
                write!(f, "the guest did not end within {}", Seconds(*limit))?;
                readiness(f, *ready_after)
            }
            Self::InitFailed { machine, text } => write!(f, "the init of {machine} failed: {text}"),
            Self::RunFailed { status, expected, .. } => {
                write!(f, "the command in the guest ended with status {status}, expected {expected}")
            }
            Self::RunUnfinished { ended, .. } => {
                write!(f, "the guest {ended} before its command had ended")
            }
            Self::VmmFailed { end, .. } => write!(f, "{end}"),
        }
    }
}

fn readiness(f: &mut fmt::Formatter<'_>, ready_after: Option<Duration>) -> fmt::Result {
    match ready_after {
        Some(after) => write!(f, "; its init was ready after {}", Seconds(after)),
        None => f.write_str(", and its init was never ready"),
    }
}

/// A duration as a person reads it: `1.93 s`.
pub(crate) struct Seconds(pub(crate) Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.subsec_nanos() == 0 {
            write!(f, "{} s", self.0.as_secs())
        } else {
            write!(f, "{:.2} s", self.0.as_secs_f64())
        }
    }
}
