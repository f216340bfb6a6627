//! The kernel command line, each word with where it comes from.
//!
//! Invariants: the VM's own words come first and are never changed; a runner adds a word only where the VM has none
//! with the same key; the whole fits into [`MAX_CMDLINE`].

use std::fmt;

/// The longest command line, in bytes.
///
/// `COMMAND_LINE_SIZE` of `arch/x86/include/asm/setup.h` is 2048, with the NUL at the end; what is longer is cut off
/// by the kernel in silence.
pub const MAX_CMDLINE: usize = 2047;

/// Who asked for a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WordFrom {
    /// The VM's own `cmdline`.
    Vm,
    /// A runner, and what for.
    Runner {
        /// The runner's name.
        runner: &'static str,
        /// Why it needs the word.
        why: &'static str,
    },
    /// A device of the VM, and what for.
    Device {
        /// The manifest's key for it.
        device: &'static str,
        /// Why it needs the word.
        why: &'static str,
    },
}

/// One word of a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CmdlineWord {
    /// The word; spaces only where it is quoted.
    pub text: String,
    /// Who asked for it.
    pub from: WordFrom,
}

/// A kernel command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KernelCmdline {
    words: Vec<CmdlineWord>,
}

/// A command line that no kernel can take.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CmdlineError {
    /// Longer than [`MAX_CMDLINE`].
    #[error(
        "the kernel command line has {length} bytes: expected at most {MAX_CMDLINE}; its longest word is `{longest}…`"
    )]
    TooLong {
        /// Its length in bytes.
        length: usize,
        /// The first 60 characters of its longest word.
        longest: String,
    },
    /// A character that ends or breaks the line.
    #[error("the kernel command line has the control character `{}` after `{before}`", .found.escape_default())]
    Control {
        /// The character.
        found: char,
        /// What stands before it.
        before: String,
    },
}

impl KernelCmdline {
    /// Takes a VM's own command line apart: at spaces that are not inside double quotes, as the kernel's `next_arg`
    /// does (`lib/cmdline.c`).
    pub fn of_vm(text: &str) -> Self {
        let mut words = Vec::new();
        let mut word = String::new();
        let mut quoted = false;
        for c in text.chars() {
            quoted ^= c == '"';
            if c.is_ascii_whitespace() && !quoted {
                words.push(std::mem::take(&mut word));
            } else {
                word.push(c);
            }
        }
        words.push(word);
        let words = words.into_iter().filter(|word| !word.is_empty());
        Self { words: words.map(|text| CmdlineWord { text, from: WordFrom::Vm }).collect() }
    }

    /// Adds a runner's word, unless a word with the same key (what stands before `=`) is there.
    pub fn need(&mut self, runner: &'static str, text: impl Into<String>, why: &'static str) {
        self.need_from(text.into(), WordFrom::Runner { runner, why });
    }

    /// Adds a device's word, unless a word with the same key is there.
    pub fn need_device(&mut self, device: &'static str, text: impl Into<String>, why: &'static str) {
        self.need_from(text.into(), WordFrom::Device { device, why });
    }

    /// Adds a device's word beside others with the same key.
    pub fn add_device(&mut self, device: &'static str, text: impl Into<String>, why: &'static str) {
        self.words.push(CmdlineWord { text: text.into(), from: WordFrom::Device { device, why } });
    }

    /// Whether there is a word with that key.
    pub fn has(&self, name: &str) -> bool {
        self.words.iter().any(|word| key(&word.text) == name)
    }

    fn need_from(&mut self, text: String, from: WordFrom) {
        if !self.has(key(&text)) {
            self.words.push(CmdlineWord { text, from });
        }
    }

    /// Its words, in order.
    pub fn words(&self) -> &[CmdlineWord] {
        &self.words
    }

    /// Checks what the kernel would cut off or misread.
    ///
    /// # Errors
    /// [`CmdlineError`] where it is too long or has a control character.
    pub fn checked(self) -> Result<Self, CmdlineError> {
        let text = self.to_string();
        if let Some((at, found)) = text.char_indices().find(|(_, c)| c.is_ascii_control()) {
            return Err(CmdlineError::Control { found, before: text[..at].to_owned() });
        }
        let length = text.len();
        if length > MAX_CMDLINE {
            let longest = self.words.iter().map(|word| word.text.as_str()).max_by_key(|text| text.len());
            let longest = longest.unwrap_or_default().chars().take(60).collect();
            return Err(CmdlineError::TooLong { length, longest });
        }
        Ok(self)
    }
}

impl fmt::Display for KernelCmdline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, word) in self.words.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            f.write_str(&word.text)?;
        }
        Ok(())
    }
}

fn key(word: &str) -> &str {
    word.split_once('=').map_or(word, |(key, _)| key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runner_adds_only_what_the_vm_does_not_say() {
        let mut line = KernelCmdline::of_vm(" console=ttyS0  reboot=k dyndbg=\"file a.c +p\" ");
        line.need("qemu", "reboot=t", "a reset ends QEMU");
        line.need("nested", "tsc_early_khz=1000", "no calibration under emulation");
        assert_eq!(line.to_string(), "console=ttyS0 reboot=k dyndbg=\"file a.c +p\" tsc_early_khz=1000");
        let from: Vec<_> = line.words().iter().map(|word| word.from == WordFrom::Vm).collect();
        assert_eq!(from, [true, true, true, false]);
    }

    #[test]
    fn the_limit_is_the_kernels() {
        assert!(KernelCmdline::of_vm(&"x".repeat(MAX_CMDLINE)).checked().is_ok());
        let error = KernelCmdline::of_vm(&format!("quiet {}", "y".repeat(MAX_CMDLINE))).checked();
        insta::assert_snapshot!(error.expect_err("too long"), @"the kernel command line has 2053 bytes: expected at most 2047; its longest word is `yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy…`");
        let error = KernelCmdline::of_vm("quiet init=\"/a\nb\"").checked();
        insta::assert_snapshot!(error.expect_err("a newline"), @r#"the kernel command line has the control character `\n` after `quiet init="/a`"#);
    }
}
