//! A command for the guest, in a file of its initramfs: with an environment and a folder, longer than a command line may be.
//!
//! ```text
//! word /vmm/target/debug/deps/suite-1f2e
//! word --nocapture
//! env RUST_BACKTRACE=1
//! directory /work
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
        words.chain(env).chain(directory).collect()
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
                _ => return Err(line.to_owned()),
            }
        }
        Ok(job)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_are_none_are_told() {
        assert_eq!(Job::parse("word a\nwrod b"), Err("wrod b".to_owned()));
        assert_eq!(Job::parse("env A"), Err("env A".to_owned()));
    }

    proptest::proptest! {
        #[test]
        fn jobs_round_trip(
            words in proptest::collection::vec(".*", 0..4),
            env in proptest::collection::vec(("[A-Z=]{1,3}", ".*"), 0..3),
            directory in proptest::option::of("/.*"),
        ) {
            let job = Job { words, env, directory };
            proptest::prop_assert_eq!(Job::parse(&job.to_text()), Ok(job));
        }
    }
}
