//! What goes to a command's terminal: lines on the guest's serial port.
//!
//! | line | |
//! |---|---|
//! | `in TEXT` | was typed; percent-encoded |
//! | `size ROWS COLUMNS` | the terminal has another size |
//!
//! A line that is none of these is passed over: the port may have been written to before anybody listened.

use super::job::TerminalSize;
use super::{decode_bytes, encode};

/// The most bytes that one line carries: encoded, they are far from the 4096 that a terminal takes as a line.
pub const LONGEST_PIECE: usize = 256;

/// Something for a command's terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typed {
    /// Bytes that were typed.
    Bytes(Vec<u8>),
    /// Its size.
    Size(TerminalSize),
}

impl Typed {
    /// The line, with its end.
    pub fn to_line(&self) -> String {
        match self {
            Self::Bytes(bytes) => format!("in {}\n", encode(bytes)),
            Self::Size(TerminalSize { rows, columns }) => format!("size {rows} {columns}\n"),
        }
    }

    /// Reads a line.
    pub fn parse(line: &str) -> Option<Self> {
        match line.trim_end_matches(['\r', '\n']).split_once(' ')? {
            ("in", bytes) => Some(Self::Bytes(decode_bytes(bytes))),
            ("size", size) => TerminalSize::parse(size).map(Self::Size),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_round_trip() {
        for typed in [
            Typed::Bytes(b"ls\r\x03\x1b[A\xff %41".to_vec()),
            Typed::Size(TerminalSize { rows: 40, columns: 120 }),
        ] {
            assert_eq!(Typed::parse(&typed.to_line()), Some(typed));
        }
        assert_eq!(Typed::parse("size 40"), None);
        assert_eq!(Typed::parse("something else"), None);
    }
}
