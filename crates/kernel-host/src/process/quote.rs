//! Words of a command line, quoted for a shell.

use std::ffi::OsStr;

/// Renders one word so that a POSIX shell reads it back unchanged.
pub(super) fn word(word: &OsStr) -> String {
    let text = word.to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.into_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}
