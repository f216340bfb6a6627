//! What cargo was told on its command line and does not hand on.
//!
//! `CARGO_NET_OFFLINE` reaches a build script, `--offline` does not. A script's parent is cargo, and Linux shows the command
//! line of any process of the same user; elsewhere nothing is known, and the variable is what there is.

use std::path::Path;

/// How cargo is to treat network and lockfiles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Restraint {
    /// `--offline`, `--frozen`.
    pub(super) offline: bool,
    /// `--locked`, `--frozen`.
    pub(super) locked: bool,
}

impl Restraint {
    /// What the cargo that started this script was told.
    pub(super) fn of_cargo() -> Self {
        #[cfg(target_os = "linux")]
        if let Ok(words) = std::fs::read(format!("/proc/{}/cmdline", std::os::unix::process::parent_id())) {
            return Self::of(&words);
        }
        Self::default()
    }

    #[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "nobody shows a command line"))]
    fn of(command_line: &[u8]) -> Self {
        let text = String::from_utf8_lossy(command_line);
        let mut words = text.split('\0');
        let program = words.next().map(Path::new).and_then(Path::file_name);
        let mut found = Self::default();
        if program.is_some_and(|name| name == "cargo") {
            for word in words.take_while(|word| *word != "--") {
                found.offline |= matches!(word, "--offline" | "--frozen");
                found.locked |= matches!(word, "--locked" | "--frozen");
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargos_own_words_count_and_no_others() {
        let of = |line: &str| {
            let Restraint { offline, locked } = Restraint::of(line.replace(' ', "\0").as_bytes());
            (offline, locked)
        };
        assert_eq!(of("/usr/bin/cargo build --offline"), (true, false));
        assert_eq!(of("cargo test --locked -p vmm"), (false, true));
        assert_eq!(of("cargo build --frozen"), (true, true));
        assert_eq!(of("cargo run -- --offline"), (false, false));
        assert_eq!(of("make --offline"), (false, false));
        assert_eq!(of(""), (false, false));
    }
}
