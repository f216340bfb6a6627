//! Words and texts of Kconfig files.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A text from a Kconfig file: bytes that are nearly always, but need not be, UTF-8.
///
/// Cheap to clone; many may be parts of the same bytes. Displays lossily; what goes into a file uses
/// [`Text::as_bytes`].
#[derive(Clone, Default)]
pub struct Text {
    whole: Arc<[u8]>,
    start: u32,
    length: u32,
}

impl Text {
    /// The bytes as they were written.
    pub fn as_bytes(&self) -> &[u8] {
        &self.whole[self.start as usize..][..self.length as usize]
    }

    /// The text, where it is UTF-8.
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(self.as_bytes()).ok()
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// A part of bytes that it keeps; `None` where they are not that long.
    pub(crate) fn part(whole: &Arc<[u8]>, start: u32, length: u32) -> Option<Self> {
        let end = (start as usize).checked_add(length as usize)?;
        (end <= whole.len()).then(|| Self { whole: Arc::clone(whole), start, length })
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Text {}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

/// As bytes are hashed, for maps that are asked by bytes.
impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl std::borrow::Borrow<[u8]> for Text {
    fn borrow(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl From<&[u8]> for Text {
    /// # Panics
    /// On 4 GiB and more.
    fn from(bytes: &[u8]) -> Self {
        let length = u32::try_from(bytes.len()).expect("a text of a Kconfig file is shorter than 4 GiB");
        Self { whole: bytes.into(), start: 0, length }
    }
}

impl From<Vec<u8>> for Text {
    fn from(bytes: Vec<u8>) -> Self {
        Self::from(bytes.as_slice())
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::from(text.as_bytes())
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(self.as_bytes()))
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(self.as_bytes()))
    }
}
