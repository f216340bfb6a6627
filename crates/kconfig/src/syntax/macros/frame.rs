//! Expansions under way.

use std::ops::Range;
use std::rc::Rc;

/// One level of an expansion.
pub(super) enum Frame {
    Text(Text),
    Call(Call),
}

/// A text of which a part has been expanded.
pub(super) struct Text {
    bytes: Rc<[u8]>,
    left: Range<usize>,
    /// What `$(1)` and so on mean here.
    args: Rc<[Vec<u8>]>,
    /// The variable whose value this is.
    pub(super) variable: Option<usize>,
    pub(super) out: Vec<u8>,
}

/// A reference of which some parts have been expanded: its name, then its arguments.
pub(super) struct Call {
    bytes: Rc<[u8]>,
    /// The parts that have not been expanded, in order.
    left: std::vec::IntoIter<Range<usize>>,
    /// The arguments of the text in which it stands.
    pub(super) args: Rc<[Vec<u8>]>,
    pub(super) words: Vec<Vec<u8>>,
}

/// Where a reference is cut.
pub(super) struct Parts {
    ranges: Vec<Range<usize>>,
    /// Its length, with the closing parenthesis.
    pub(super) length: usize,
}

impl Frame {
    /// Takes what the frame above has yielded.
    pub(super) fn take(&mut self, value: Vec<u8>) {
        match self {
            Self::Text(text) => text.out.extend_from_slice(&value),
            Self::Call(call) => call.words.push(value),
        }
    }
}

impl Text {
    /// A text that stands in no function.
    pub(super) fn outermost(bytes: &[u8]) -> Self {
        Self { bytes: bytes.into(), left: 0..bytes.len(), args: Rc::new([]), variable: None, out: Vec::new() }
    }

    /// The value of a variable that was referred to with these words: its name and its arguments.
    pub(super) fn body(variable: usize, value: &[u8], mut words: Vec<Vec<u8>>) -> Self {
        let args = words.drain(1..).collect();
        Self { bytes: value.into(), left: 0..value.len(), args, variable: Some(variable), out: Vec::new() }
    }

    /// What has not been expanded yet; behind `$(`, if the last reference has no end.
    pub(super) fn rest(&self) -> &[u8] {
        &self.bytes[self.left.clone()]
    }

    /// Takes what stands before the next reference, and the reference; its inside is `None` if it has no end.
    pub(super) fn next_reference(&mut self) -> Option<Option<Call>> {
        loop {
            let rest = &self.bytes[self.left.clone()];
            let Some(dollar) = rest.iter().position(|b| *b == b'$') else {
                self.out.extend_from_slice(rest);
                self.left.start = self.left.end;
                return None;
            };
            self.out.extend_from_slice(&rest[..dollar]);
            self.left.start += dollar + 1;
            if rest.get(dollar + 1) != Some(&b'(') {
                self.out.push(b'$');
                continue;
            }
            self.left.start += 1;
            let start = self.left.start;
            let Some(parts) = split(self.rest()) else { return Some(None) };
            self.left.start += parts.length;
            let ranges: Vec<_> = parts.ranges.into_iter().map(|r| start + r.start..start + r.end).collect();
            let (bytes, args) = (self.bytes.clone(), self.args.clone());
            return Some(Some(Call { bytes, left: ranges.into_iter(), args, words: Vec::new() }));
        }
    }
}

impl Call {
    /// The next part to be expanded.
    pub(super) fn next_part(&mut self) -> Option<Text> {
        let left = self.left.next()?;
        let (bytes, args) = (self.bytes.clone(), self.args.clone());
        Some(Text { bytes, left, args, variable: None, out: Vec::new() })
    }
}

/// Cuts what stands behind `$(` at its commas and its closing parenthesis, both outside of inner parentheses.
pub(super) fn split(text: &[u8]) -> Option<Parts> {
    let mut ranges = Vec::new();
    let mut nested = 0;
    let mut start = 0;
    for (index, byte) in text.iter().enumerate() {
        match byte {
            b'(' => nested += 1,
            b')' if nested > 0 => nested -= 1,
            b')' => {
                ranges.push(start..index);
                return Some(Parts { ranges, length: index + 1 });
            }
            b',' if nested == 0 => {
                ranges.push(start..index);
                start = index + 1;
            }
            _ => {}
        }
    }
    None
}
