//! What the guest's kernel has, as it looks from inside: said where the kernel command line asks for it.
//!
//! | word | from |
//! |---|---|
//! | `file-system` | each of `/proc/filesystems` |
//! | `device` | each of `/sys/block`, `/sys/class/net`, and `/dev/vsock` |
//! | `config` | `/proc/config.gz`, in pieces; nothing where the kernel does not keep it |
//! | `clock` | the monotonic clock when the init was ready, in microseconds |
//! | `memory` | `MemAvailable` of `/proc/meminfo` then, in KiB |

use std::fs;

use boot_contract::guest::GuestLine;

use crate::console::Voice;

/// The most that one line carries, in bytes.
const CHUNK: usize = 512;

/// What is so at one moment alone.
pub(crate) struct Moment {
    clock_us: u64,
    memory_kib: Option<u64>,
}

impl Moment {
    /// Now: before anything is said, for that takes time.
    pub(crate) fn now() -> Self {
        let clock = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        let micros = clock.tv_sec.saturating_mul(1_000_000).saturating_add(clock.tv_nsec / 1000);
        let text = fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"));
        let number = line.and_then(|line| line.split_ascii_whitespace().next()?.parse().ok());
        Self { clock_us: u64::try_from(micros).unwrap_or_default(), memory_kib: number }
    }
}

/// Says all of it.
pub(crate) fn tell(voice: &Voice, moment: &Moment) {
    let say = |what: &str, value: &[u8]| {
        voice.say(&GuestLine::Has { what: what.to_owned(), value: value.to_vec() });
    };
    say("clock", moment.clock_us.to_string().as_bytes());
    if let Some(kib) = moment.memory_kib {
        say("memory", kib.to_string().as_bytes());
    }
    let file_systems = fs::read_to_string("/proc/filesystems").unwrap_or_default();
    for name in file_systems.lines().filter_map(|line| line.split_ascii_whitespace().next_back()) {
        say("file-system", name.as_bytes());
    }
    for (folder, kind) in [("/sys/block", "block"), ("/sys/class/net", "net")] {
        let mut names: Vec<String> = fs::read_dir(folder)
            .map(|entries| {
                entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
            })
            .unwrap_or_default();
        names.sort_unstable();
        for name in names {
            say("device", format!("{kind}/{name}").as_bytes());
        }
    }
    if fs::exists("/dev/vsock").unwrap_or(false) {
        say("device", b"vsock");
    }
    for piece in fs::read("/proc/config.gz").unwrap_or_default().chunks(CHUNK) {
        say("config", piece);
    }
}
