//! A command for the guest, in a file of its initramfs: with an environment and a folder, longer than a command line may be.
//!
//! ```text
//! word /vmm/target/debug/deps/suite-1f2e
//! word --nocapture
//! env RUST_BACKTRACE=1
//! directory /work
//! terminal wanted 40 120
//! ```
//!
//! What stands behind the first space is percent-encoded, so that a line is a line whatever is in it.

use super::{decode, encode};

/// Where the file is in the guest.
pub const JOB_FILE: &str = "/guest-init.job";

/// A command for the guest.
///
/// Its standard output and error come as [`super::GuestLine::Out`] and [`super::GuestLine::Err`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Job {
    /// The program and its arguments.
    pub words: Vec<String>,
    /// Its whole environment.
    pub env: Vec<(String, String)>,
    /// The folder that it runs in; made where it is not there.
    pub directory: Option<String>,
    /// The terminal that it has; absent: pipes, and nothing on its standard input.
    pub terminal: Option<JobTerminal>,
}

/// A terminal for a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobTerminal {
    /// What becomes of the command where the guest's kernel has no terminals.
    pub need: TerminalNeed,
    /// Its size, at first.
    pub size: TerminalSize,
}

/// What becomes of a command where the guest's kernel has no terminals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TerminalNeed {
    /// It is run with pipes.
    Wanted,
    /// It is not run.
    Needed,
}

/// The size of a terminal, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TerminalSize {
    /// How many lines.
    pub rows: u16,
    /// How many characters in each.
    pub columns: u16,
}

impl Job {
    /// The file's text.
    pub fn to_text(&self) -> String {
        let words = self.words.iter().map(|word| format!("word {}\n", encode(word.as_bytes())));
        let env = self
            .env
            .iter()
            .map(|(name, value)| format!("env {}={}\n", encode(name.as_bytes()), encode(value.as_bytes())));
        let directory = self.directory.iter().map(|path| format!("directory {}\n", encode(path.as_bytes())));
        let terminal = self.terminal.iter().map(|JobTerminal { need, size }| {
            let need = match need {
                TerminalNeed::Wanted => "wanted",
                TerminalNeed::Needed => "needed",
            };
            format!("terminal {need} {} {}\n", size.rows, size.columns)
        });
        words.chain(env).chain(directory).chain(terminal).collect()
    }

    /// Reads the file's text; a line of a kind that is not known is an error, and said.
    ///
    /// # Errors
    /// The line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut job = Self::default();
        for line in text.lines() {
            match line.split_once(' ') {
                Some(("word", word)) => job.words.push(decode(word)),
                Some(("directory", path)) => job.directory = Some(decode(path)),
                Some(("env", assignment)) => {
                    let (name, value) = assignment.split_once('=').ok_or_else(|| line.to_owned())?;
                    job.env.push((decode(name), decode(value)));
                }
                Some(("terminal", terminal)) => {
                    job.terminal = Some(JobTerminal::parse(terminal).ok_or_else(|| line.to_owned())?);
                }
                _ => return Err(line.to_owned()),
            }
        }
        Ok(job)
    }
}

impl JobTerminal {
    fn parse(text: &str) -> Option<Self> {
        let (need, size) = text.split_once(' ')?;
        let need = match need {
            "wanted" => TerminalNeed::Wanted,
            "needed" => TerminalNeed::Needed,
            _ => return None,
        };
        Some(Self { need, size: TerminalSize::parse(size)? })
    }
}

impl TerminalSize {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (rows, columns) = text.split_once(' ')?;
        Some(Self { rows: rows.parse().ok()?, columns: columns.parse().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_are_none_are_told() {
        assert_eq!(Job::parse("word a\nwrod b"), Err("wrod b".to_owned()));
        assert_eq!(Job::parse("env A"), Err("env A".to_owned()));
        assert_eq!(Job::parse("terminal maybe 1 2"), Err("terminal maybe 1 2".to_owned()));
    }

    proptest::proptest! {
        #[test]
        fn jobs_round_trip(
            words in proptest::collection::vec(".*", 0..4),
            env in proptest::collection::vec(("[A-Z=]{1,3}", ".*"), 0..3),
            directory in proptest::option::of("/.*"),
            size in proptest::option::of((0..u16::MAX, 0..u16::MAX)),
        ) {
            let terminal = size.map(|(rows, columns)| JobTerminal {
                need: if rows % 2 == 0 { TerminalNeed::Wanted } else { TerminalNeed::Needed },
                size: TerminalSize { rows, columns },
            });
            let job = Job { words, env, directory, terminal };
            proptest::prop_assert_eq!(Job::parse(&job.to_text()), Ok(job));
        }
    }
}
