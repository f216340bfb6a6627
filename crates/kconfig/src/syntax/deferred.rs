//! Answers that a parse does not wait for.
//!
//! A probe that a [`Tree`](crate::tree::Tree) puts off yields a mark in place of its answer. Where a mark is all of a word
//! of an expression, a symbol stands in for the answer, and the values find out whether it matters. Anywhere else (in a
//! command, a text, a comparison, beside other letters) the answer is needed at once, and the probe runs.
//!
//! ```text
//! depends on $(success,…)     a stand-in
//! default "a $(success,…)"    answered
//! $(error-if,$(success,…),…)  answered
//! ```
//!
//! Invariant: no text that is kept has a mark in it, save the names of stand-ins. Files do not have a mark's first byte;
//! from one on that has it, nothing is put off.

use std::borrow::Cow;
use std::ops::Range;

use super::probes::ProbeId;
use super::session::Session;

/// What a mark begins and ends with; between stands the number of the probe.
pub(super) const BEGIN: u8 = 0x01;
const END: u8 = 0x02;

/// The mark of a probe.
pub(super) fn mark(id: ProbeId) -> Vec<u8> {
    let mut text = vec![BEGIN];
    text.extend_from_slice(id.0.to_string().as_bytes());
    text.push(END);
    text
}

impl Session<'_> {
    /// The first mark of a text.
    fn first_mark(&self, text: &[u8]) -> Option<(Range<usize>, ProbeId)> {
        if !self.marked {
            return None;
        }
        let begin = text.iter().position(|byte| *byte == BEGIN)?;
        let length = text[begin..].iter().position(|byte| *byte == END)?;
        let number = std::str::from_utf8(&text[begin + 1..begin + length]).ok()?;
        let id = ProbeId(number.parse().ok()?);
        self.probes.has(id).then_some((begin..begin + length + 1, id))
    }

    /// The probe whose mark a text is, if it is nothing else.
    pub(super) fn lone_mark(&self, text: &[u8]) -> Option<ProbeId> {
        let (range, id) = self.first_mark(text)?;
        (range.len() == text.len()).then_some(id)
    }

    /// A text with the answers in it for which there were marks.
    pub(super) fn answered<'t>(&mut self, text: &'t [u8]) -> Cow<'t, [u8]> {
        if self.first_mark(text).is_none() {
            return Cow::Borrowed(text);
        }
        let mut text = text.to_vec();
        self.answer_in(&mut text);
        Cow::Owned(text)
    }

    /// Puts the answers into a text for which there are marks.
    pub(super) fn answer_in(&mut self, text: &mut Vec<u8>) {
        while let Some((range, id)) = self.first_mark(text) {
            text.splice(range, self.answer(id));
        }
    }
}
