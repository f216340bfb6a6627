//! Whether a `.config` stands as it is.

use crate::eval::Evaluator;

use super::read::{Form, Reader};

/// Whether a `.config` says just what it amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Every line that would be written is there, and no other one.
    Kept,
    /// Something is missing, unknown, refused or turned into another value.
    Changed,
}

/// What came of reading a `.config`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answers {
    /// As `conf` prints them.
    pub warnings: Vec<u8>,
    /// Whether the file stands.
    pub standing: Standing,
}

impl Reader<'_> {
    /// Forgets what the user asked for, reads it anew and computes what it amounts to.
    ///
    /// Where the file stands, `conf` evaluates everything once more before it writes, and its warnings come a second
    /// time: that is the caller's to do, by [`Evaluator::forget`].
    pub fn read_and_settle(&self, text: &[u8], evaluator: &mut Evaluator<'_>) -> Answers {
        let read = self.read_as(Form::DotConfig, text, evaluator);
        let clean = read.warnings.is_empty() && read.unknown.is_empty();
        let as_answered = evaluator.settle_and_compare();
        let mut warnings = read.warnings;
        warnings.extend(evaluator.take_warnings());
        let standing = if clean && as_answered { Standing::Kept } else { Standing::Changed };
        Answers { warnings, standing }
    }
}
