//! What a parse prints, in `conf`'s words.

use super::ast::At;
use super::text::Text;

/// Something that `conf` prints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Where it goes, and whether the run fails.
    pub kind: MessageKind,
    /// Where in the files, if anywhere.
    pub at: Option<At>,
    /// The bytes that `conf` prints, without the final newline.
    pub text: Text,
}

/// Where a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageKind {
    /// Standard output: `$(info,…)`.
    Info,
    /// Standard error; the run goes on.
    Warning,
    /// Standard error, as it is and without a newline behind it: what a probe wrote there.
    Probe,
    /// Standard error; the run fails.
    Error,
}

/// A tree that is not Kconfig: the run prints the messages and ends.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", first_error(.messages))]
pub struct ParseFailed {
    /// Everything that was to be printed, in order; at least one is an error.
    pub messages: Vec<Message>,
    /// The files that the messages' places name.
    pub files: Vec<Text>,
    /// The exit status of `conf`: 1, or 2 where a file exists and cannot be read.
    pub status: i32,
}

fn first_error(messages: &[Message]) -> String {
    let error = messages.iter().find(|m| m.kind == MessageKind::Error);
    error.map(|m| m.text.to_string()).unwrap_or_default()
}
