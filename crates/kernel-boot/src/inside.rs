//! What the guest's init said of its kernel, where it was asked to ([`boot_contract::guest::TELL_PARAMETER`]).

use std::time::Duration;

use boot_contract::guest::GuestLine;

use crate::judge::{ConsoleLine, Stream};

/// A kernel, as it looks from inside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inside {
    /// The names in `/proc/filesystems`; none where the init told nothing.
    pub file_systems: Vec<String>,
    /// `block/vda`, `net/eth0`, `vsock`.
    pub devices: Vec<String>,
    /// The guest's monotonic clock when its init was ready.
    pub clock: Option<Duration>,
    /// The bytes of memory that were available then.
    pub available: Option<u64>,
    /// `/proc/config.gz`, compressed as it is; absent where the kernel does not keep it.
    pub config_gz: Option<Vec<u8>>,
}

impl Inside {
    /// Gathers what was said.
    pub fn of(lines: &[ConsoleLine]) -> Self {
        let mut inside = Self::default();
        for line in lines.iter().filter(|line| line.stream == Stream::Console) {
            let Some(GuestLine::Has { what, value }) = GuestLine::parse(&line.text) else { continue };
            let text = || String::from_utf8_lossy(&value).into_owned();
            match what.as_str() {
                "file-system" => inside.file_systems.push(text()),
                "device" => inside.devices.push(text()),
                "clock" => inside.clock = text().parse().ok().map(Duration::from_micros),
                "memory" => {
                    inside.available = text().parse::<u64>().ok().and_then(|kib| kib.checked_mul(1024))
                }
                "config" => inside.config_gz.get_or_insert_default().extend(&value),
                // Of an init that knows more than this tool.
                _ => {}
            }
        }
        inside
    }

    /// Whether the init told anything.
    pub fn is_told(&self) -> bool {
        !self.file_systems.is_empty()
    }
}
