//! A recorded run: the environment of `conf`, and what each of its probes answered.
//!
//! The format is text with lengths in bytes, so that a few lines of C can read it:
//!
//! ```text
//! kconfig probes 1
//! env LENGTH
//! NAME=VALUE
//! probe STATUS COMMAND-LENGTH STDOUT-LENGTH STDERR-LENGTH
//! COMMAND
//! STDOUT
//! STDERR
//! ```
//!
//! Answers stand in the order of the questions. Written by `oracle.c`.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::Path;

use kconfig::tree::ShellAnswer;

/// What a log says.
#[derive(Clone, Debug, Default)]
pub(crate) struct ProbeLog {
    pub(crate) environment: BTreeMap<String, String>,
    answers: HashMap<Vec<u8>, ShellAnswer>,
}

/// Variables of the recording that a replay does not see: those of make, of the preloaded library, and those that a
/// case sets itself.
const LEFT_OUT: [&str; 7] = ["MAKE", "MFLAGS", "KCONFIG_", "LD_PRELOAD", "ORACLE_", "PWD", "OLDPWD"];

impl ProbeLog {
    /// Reads a log from disk.
    pub(crate) fn load(path: &Path) -> io::Result<Self> {
        let text = std::fs::read(path)?;
        Self::parse(&text).ok_or_else(|| {
            let what = format!("`{}` is not a log of probes", path.display());
            io::Error::new(io::ErrorKind::InvalidData, what)
        })
    }

    /// What was answered, if it was asked.
    pub(crate) fn answer(&self, command: &[u8]) -> Option<&ShellAnswer> {
        self.answers.get(command)
    }

    fn parse(text: &[u8]) -> Option<Self> {
        let mut log = Self::default();
        let mut rest = text.strip_prefix(b"kconfig probes 1\n")?;
        while !rest.is_empty() {
            let end = rest.iter().position(|byte| *byte == b'\n')?;
            let head = std::str::from_utf8(&rest[..end]).ok()?;
            rest = &rest[end + 1..];
            let words: Vec<&str> = head.split(' ').collect();
            match words[..] {
                ["env", length] => {
                    let entry = String::from_utf8_lossy(take(&mut rest, length)?).into_owned();
                    let (name, value) = entry.split_once('=')?;
                    if !LEFT_OUT.iter().any(|left_out| name.starts_with(left_out)) {
                        log.environment.insert(name.to_owned(), value.to_owned());
                    }
                }
                ["probe", status, command, stdout, stderr] => {
                    let command = take(&mut rest, command)?.to_vec();
                    let stdout = take(&mut rest, stdout)?.to_vec();
                    let stderr = take(&mut rest, stderr)?.to_vec();
                    let answer = ShellAnswer { stdout, status: status.parse().ok()?, stderr };
                    log.answers.entry(command).or_insert(answer);
                }
                _ => return None,
            }
        }
        Some(log)
    }
}

/// A part of a given length, and the newline behind it.
fn take<'t>(rest: &mut &'t [u8], length: &str) -> Option<&'t [u8]> {
    let length: usize = length.parse().ok()?;
    if rest.get(length) != Some(&b'\n') {
        return None;
    }
    let (part, behind) = rest.split_at(length);
    *rest = &behind[1..];
    Some(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_gives_back_what_was_answered() {
        let text = b"kconfig probes 1\nenv 6\nCC=gcc\nenv 9\nMAKEFLAGS\nprobe 1 4 3 0\na\nb \nx\ny\n\n";
        assert!(ProbeLog::parse(text).is_none(), "an environment entry without `=`");
        let text = b"kconfig probes 1\nenv 6\nCC=gcc\nenv 11\nMAKEFLAGS=k\nprobe 1 4 3 0\na\nb \nx\ny\n\n";
        let log = ProbeLog::parse(text).expect("a log");
        assert_eq!(log.environment, BTreeMap::from([("CC".to_owned(), "gcc".to_owned())]));
        let answer = ShellAnswer { stdout: b"x\ny".to_vec(), status: 1, stderr: Vec::new() };
        assert_eq!(log.answer(b"a\nb "), Some(&answer));
        assert_eq!(log.answer(b"a"), None);
        for cut in 17..text.len() - 1 {
            let _ = ProbeLog::parse(&text[..cut]);
        }
        assert!(ProbeLog::parse(b"kconfig probes 2\n").is_none());
    }
}
