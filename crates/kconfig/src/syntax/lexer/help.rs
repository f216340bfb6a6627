//! Help texts: the one part of the language that ends by indentation.

use super::{Assignment, Lexer};

/// How many columns a tab fills.
const TAB: usize = 8;

impl Lexer<'_> {
    /// Reads the help text that begins on this line.
    ///
    /// The first indented line sets the indentation; a line with less ends the text, and so does a line without any
    /// (except the very first). Blanks at the end of lines go, blank lines at the end stay; the newline before a line
    /// without indentation does not belong to the text.
    pub(in crate::syntax) fn help(&mut self) -> Vec<u8> {
        let bytes = self.source.bytes.clone();
        let mut text = Vec::new();
        let mut indent = 0;
        let mut first = true;
        while let Some(rest) = bytes.get(self.source.pos..).filter(|rest| !rest.is_empty()) {
            let blanks = rest.iter().take_while(|b| is_blank(**b)).count();
            let length = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
            if blanks < length {
                if blanks == 0 && !first {
                    text.pop();
                    break;
                }
                let columns = width(&rest[..blanks]);
                if columns < indent {
                    break;
                }
                if indent == 0 {
                    indent = columns;
                }
                text.extend(std::iter::repeat_n(b' ', columns - indent));
                let kept = rest[..length].iter().rposition(|b| !is_blank(*b)).map_or(blanks, |last| last + 1);
                text.extend_from_slice(&rest[blanks..kept]);
            }
            self.source.pos += length;
            if length < rest.len() {
                text.push(b'\n');
                self.source.newline();
            }
            first = false;
        }
        self.fresh = true;
        self.assignment = Assignment::Barred;
        text
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn width(blanks: &[u8]) -> usize {
    blanks.iter().fold(0, |column, b| if *b == b'\t' { (column / TAB + 1) * TAB } else { column + 1 })
}
