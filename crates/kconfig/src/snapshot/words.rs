//! Words and texts, and how values are made of them.

use std::sync::Arc;

use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::syntax::Text;

/// How much room a kernel tree takes: growing would copy it all, several times.
const WORDS: usize = 8 << 20;
const TEXTS: usize = 3 << 20;
const PLACES: usize = 1 << 16;

/// What has been written so far.
pub(crate) struct Writer {
    pub(super) words: Vec<u8>,
    pub(super) texts: Vec<u8>,
    /// Where each text stands that has been written.
    places: FxHashMap<Text, u32>,
}

impl Writer {
    pub(super) fn new() -> Self {
        let (words, texts) = (Vec::with_capacity(WORDS), Vec::with_capacity(TEXTS));
        Self { words, texts, places: FxHashMap::with_capacity_and_hasher(PLACES, FxBuildHasher) }
    }

    pub(crate) fn word(&mut self, word: u32) {
        self.words.extend_from_slice(&word.to_le_bytes());
    }

    /// Where a text stands, and its length.
    pub(super) fn text(&mut self, text: &Text) -> (u32, u32) {
        let length = text.as_bytes().len() as u32;
        if let Some(start) = self.places.get(text) {
            return (*start, length);
        }
        let start = self.texts.len() as u32;
        self.texts.extend_from_slice(text.as_bytes());
        self.places.insert(text.clone(), start);
        (start, length)
    }
}

/// What is still to be read.
pub(crate) struct Reader<'b> {
    words: &'b [u8],
    texts: Arc<[u8]>,
}

impl<'b> Reader<'b> {
    pub(super) fn new(words: &'b [u8], texts: Arc<[u8]>) -> Self {
        Self { words, texts }
    }

    pub(crate) fn word(&mut self) -> Option<u32> {
        let (word, rest) = self.words.split_first_chunk()?;
        self.words = rest;
        Some(u32::from_le_bytes(*word))
    }

    pub(super) fn text(&self, start: u32, length: u32) -> Option<Text> {
        Text::part(&self.texts, start, length)
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.words.is_empty()
    }
}

/// A value that is made of words.
pub(crate) trait Stored: Sized {
    /// Writes it.
    fn put(&self, writer: &mut Writer);
    /// Reads it; `None` where the words are not one.
    fn take(reader: &mut Reader<'_>) -> Option<Self>;
}

impl Stored for u32 {
    fn put(&self, writer: &mut Writer) {
        writer.word(*self);
    }

    fn take(reader: &mut Reader<'_>) -> Option<Self> {
        reader.word()
    }
}

impl Stored for bool {
    fn put(&self, writer: &mut Writer) {
        writer.word(u32::from(*self));
    }

    fn take(reader: &mut Reader<'_>) -> Option<Self> {
        match reader.word()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

impl Stored for String {
    fn put(&self, writer: &mut Writer) {
        Text::from(self.as_str()).put(writer);
    }

    fn take(reader: &mut Reader<'_>) -> Option<Self> {
        Text::take(reader)?.as_str().map(str::to_owned)
    }
}

impl<T: Stored> Stored for Option<T> {
    fn put(&self, writer: &mut Writer) {
        self.is_some().put(writer);
        if let Some(value) = self {
            value.put(writer);
        }
    }

    fn take(reader: &mut Reader<'_>) -> Option<Self> {
        Some(if bool::take(reader)? { Some(T::take(reader)?) } else { None })
    }
}

impl<A: Stored, B: Stored> Stored for (A, B) {
    fn put(&self, writer: &mut Writer) {
        self.0.put(writer);
        self.1.put(writer);
    }

    fn take(reader: &mut Reader<'_>) -> Option<Self> {
        Some((A::take(reader)?, B::take(reader)?))
    }
}

impl<T: Stored> Stored for Vec<T> {
    fn put(&self, writer: &mut Writer) {
        writer.word(self.len() as u32);
        self.iter().for_each(|value| value.put(writer));
    }

    fn take(reader: &mut Reader<'_>) -> Option<Self> {
        let length = reader.word()? as usize;
        // Each element takes a word at least, so a wrong length cannot ask for more memory than there are words.
        if length > reader.words.len() / 4 {
            return None;
        }
        let mut values = Self::with_capacity(length);
        for _ in 0..length {
            values.push(T::take(reader)?);
        }
        Some(values)
    }
}

/// Says how a type is made of words: all fields of a struct in a row, the number of an id, the position of a variant.
///
/// A field that is forgotten here does not compile.
macro_rules! stored {
    (struct $name:ident { $($field:ident),+ $(,)? }) => {
        impl $crate::snapshot::Stored for $name {
            fn put(&self, writer: &mut $crate::snapshot::Writer) {
                let Self { $($field),+ } = self;
                $($crate::snapshot::Stored::put($field, writer);)+
            }

            fn take(reader: &mut $crate::snapshot::Reader<'_>) -> Option<Self> {
                Some(Self { $($field: $crate::snapshot::Stored::take(reader)?),+ })
            }
        }
    };
    (enum $name:ident { $($variant:ident),+ $(,)? }) => {
        impl $crate::snapshot::Stored for $name {
            fn put(&self, writer: &mut $crate::snapshot::Writer) {
                writer.word(match self { $(Self::$variant => Self::$variant as u32),+ });
            }

            fn take(reader: &mut $crate::snapshot::Reader<'_>) -> Option<Self> {
                let word = reader.word()?;
                $(if word == Self::$variant as u32 {
                    return Some(Self::$variant);
                })+
                None
            }
        }
    };
    (id $($name:ident),+ $(,)?) => {
        $(impl $crate::snapshot::Stored for $name {
            fn put(&self, writer: &mut $crate::snapshot::Writer) {
                writer.word(self.0);
            }

            fn take(reader: &mut $crate::snapshot::Reader<'_>) -> Option<Self> {
                reader.word().map(Self)
            }
        })+
    };
}

pub(crate) use stored;
