//! The words between a guest's init and whoever judges the boot.
//!
//! To the guest, on the kernel command line (`Documentation/admin-guide/kernel-parameters.rst`: a parameter with a dot
//! belongs to a module, so the kernel passes over it in silence and `/proc/cmdline` keeps it):
//!
//! | parameter | meaning |
//! |---|---|
//! | `guest-init.run=WORD,WORD…` | the command to run; words are percent-encoded |
//! | `guest-init.mount=TYPE,TAG,PLACE,ro` | a folder of the host to mount, by `9p` or `virtiofs`; `rw` to write to it; again for each |
//! | `guest-init.name=NAME` | the machine's name; each line that it says then starts with `guest-init/NAME: ` |
//! | `guest-init.tell` | say what the guest's kernel has |
//!
//! A console can carry the words of two machines, one inside the other: the outer one has a name, so that
//! neither is taken for the other.
//!
//! From the guest, on the console, each on a line of its own:
//!
//! | line | when |
//! |---|---|
//! | `guest-init: ready release=6.12.117-guest` | file systems are mounted |
//! | `guest-init: cmdline …` | next; the command line as `/proc/cmdline` has it |
//! | `guest-init: has WHAT VALUE` | next, where it was asked for: a `file-system`, a `device`, a piece of `/proc/config.gz` (`config`), the `clock` and the `memory` at `ready`; percent-encoded |
//! | `guest-init: terminal` | the command of a [`Job`] has a terminal: what is [typed](Typed) reaches it from now on |
//! | `guest-init: out TEXT`, `guest-init: err TEXT` | the command of a [`Job`] wrote to its standard output or error; percent-encoded |
//! | `guest-init: run status=0` | the command ended; absent where there was none |
//! | `guest-init: error …` | something failed |

mod job;
mod mount;
mod typed;

pub use job::{JOB_FILE, Job, JobTerminal, TerminalNeed, TerminalSize};
pub use mount::{HostFolder, host_folders, mount_parameter};
pub use typed::{LONGEST_PIECE, Typed};

/// What every line of the init starts with, where its machine has no name.
pub const PREFIX: &str = "guest-init: ";

/// The parameter that holds the machine's name.
pub const NAME_PARAMETER: &str = "guest-init.name";

/// The parameter that holds the command to run.
pub const RUN_PARAMETER: &str = "guest-init.run";

/// The parameter that asks the init what its kernel has.
pub const TELL_PARAMETER: &str = "guest-init.tell";

/// Whether a kernel command line asks for that.
pub fn asks_to_tell(cmdline: &str) -> bool {
    cmdline.split_ascii_whitespace().any(|word| word == TELL_PARAMETER)
}

/// Something that the guest said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GuestLine {
    /// The init runs; the kernelrelease that it sees.
    Ready {
        /// `uname -r`.
        release: String,
    },
    /// The kernel command line.
    Cmdline(String),
    /// The guest's kernel has this.
    Has {
        /// What sort of thing it is.
        what: String,
        /// Its name, or a piece of it.
        value: Vec<u8>,
    },
    /// The command has a terminal, to which all of its output goes.
    Terminal,
    /// The command wrote this to its standard output.
    Out(Vec<u8>),
    /// The command wrote this to its standard error.
    Err(Vec<u8>),
    /// The command ended with this status; a signal counts as 128 + its number.
    RunStatus(i32),
    /// The init failed.
    Error(String),
}

impl std::fmt::Display for GuestLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.said_by(None))
    }
}

impl GuestLine {
    /// Reads a console line; anything may stand before the prefix (a kernel message that was cut), and a carriage
    /// return behind.
    ///
    /// Reads the lines of the machine without a name; see [`GuestLine::parse_from`].
    pub fn parse(line: &str) -> Option<Self> {
        Self::parse_from(None, line)
    }

    /// Reads a console line that the machine of that name said; the words of other machines are passed over.
    pub fn parse_from(name: Option<&str>, line: &str) -> Option<Self> {
        let (_, said) = line.trim_end_matches(['\r', '\n']).split_once(&prefix(name))?;
        let (word, rest) = said.split_once(' ').unwrap_or((said, ""));
        match word {
            "terminal" if rest.is_empty() => Some(Self::Terminal),
            "ready" => Some(Self::Ready { release: rest.strip_prefix("release=")?.to_owned() }),
            "cmdline" => Some(Self::Cmdline(rest.to_owned())),
            "has" => {
                let (what, value) = rest.split_once(' ')?;
                Some(Self::Has { what: what.to_owned(), value: decode_bytes(value) })
            }
            "out" => Some(Self::Out(decode_bytes(rest))),
            "err" => Some(Self::Err(decode_bytes(rest))),
            "run" => Some(Self::RunStatus(rest.strip_prefix("status=")?.parse().ok()?)),
            "error" => Some(Self::Error(rest.to_owned())),
            _ => None,
        }
    }

    /// The line as the machine of that name says it, without the line's end.
    pub fn said_by(&self, name: Option<&str>) -> String {
        let prefix = prefix(name);
        match self {
            Self::Ready { release } => format!("{prefix}ready release={release}"),
            Self::Cmdline(text) => format!("{prefix}cmdline {text}"),
            Self::Has { what, value } => format!("{prefix}has {what} {}", encode(value)),
            Self::Terminal => format!("{prefix}terminal"),
            Self::Out(bytes) => format!("{prefix}out {}", encode(bytes)),
            Self::Err(bytes) => format!("{prefix}err {}", encode(bytes)),
            Self::RunStatus(status) => format!("{prefix}run status={status}"),
            Self::Error(text) => format!("{prefix}error {text}"),
        }
    }
}

fn prefix(name: Option<&str>) -> String {
    match name {
        None => PREFIX.to_owned(),
        Some(name) => format!("guest-init/{name}: "),
    }
}

/// The name that a kernel command line gives to its machine; the last one wins.
pub fn machine_name(cmdline: &str) -> Option<&str> {
    cmdline
        .split_ascii_whitespace()
        .filter_map(|word| word.strip_prefix(NAME_PARAMETER)?.strip_prefix('='))
        .next_back()
        .filter(|name| !name.is_empty())
}

/// The parameter that makes the init run a command: `guest-init.run=/bin/vmm,--cmdline,console%3DttyS0`.
pub fn run_parameter<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<String> = words.into_iter().map(|word| encode(word.as_bytes())).collect();
    format!("{RUN_PARAMETER}={}", words.join(","))
}

/// The command that a kernel command line asks for; empty where it asks for none.
pub fn run_words(cmdline: &str) -> Vec<String> {
    cmdline
        .split_ascii_whitespace()
        .filter_map(|word| word.strip_prefix(RUN_PARAMETER)?.strip_prefix('='))
        .next_back()
        .map(|words| words.split(',').map(decode).collect())
        .unwrap_or_default()
}

fn encode(bytes: &[u8]) -> String {
    let mut text = String::new();
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-_./:".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

fn decode(word: &str) -> String {
    String::from_utf8_lossy(&decode_bytes(word)).into_owned()
}

fn decode_bytes(word: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = word.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let hex = tail.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        match hex.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(byte) if first == b'%' => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            _ => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_round_trip() {
        for line in [
            GuestLine::Ready { release: "6.12.117-guest".into() },
            GuestLine::Cmdline("console=ttyS0 panic=-1".into()),
            GuestLine::Has { what: "config".into(), value: vec![0x1f, 0x8b, 0, b' ', b'%'] },
            GuestLine::Terminal,
            GuestLine::RunStatus(-3),
            GuestLine::Out(b"two words\r\n".into()),
            GuestLine::Err(vec![0, 255, b'%', b'\t']),
            GuestLine::Error("no /proc: errno 2".into()),
        ] {
            assert_eq!(GuestLine::parse(&format!("[    0.1] {line}\r\n")), Some(line));
        }
        assert_eq!(GuestLine::parse("guest-init: "), None);
        assert_eq!(GuestLine::parse("Kernel panic"), None);
    }

    #[test]
    fn machines_are_told_apart() {
        let name = machine_name("quiet guest-init.name=host guest-init.run=/vmm");
        assert_eq!(name, Some("host"));
        let line = GuestLine::RunStatus(0).said_by(name);
        assert_eq!(line, "guest-init/host: run status=0");
        assert_eq!(GuestLine::parse_from(name, &line), Some(GuestLine::RunStatus(0)));
        assert_eq!(GuestLine::parse(&line), None);
        assert_eq!(GuestLine::parse_from(name, "guest-init: run status=0"), None);
        assert_eq!(machine_name("guest-init.name= quiet"), None);
    }

    proptest::proptest! {
        #[test]
        fn commands_round_trip(words in proptest::collection::vec(".+", 1..5)) {
            let parameter = run_parameter(words.iter().map(String::as_str));
            proptest::prop_assert!(parameter.is_ascii() && !parameter.contains([' ', '"', '\'']));
            proptest::prop_assert_eq!(run_words(&format!("console=ttyS0 {parameter} quiet")), words);
        }
    }
}
