//! zstd streams of several frames.
//!
//! `pzstd` and a concatenation of files make such streams; `zstd` itself makes one frame. The boundaries are found
//! without decoding: each block begins with its length. Format: RFC 8878.

use std::io::{self, BufRead, Cursor, Read};

use super::parts::{Cut, Decoded, Format, LARGEST, take};

const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Whether a stream begins with a frame, or with one that decoders skip (`pzstd` notes lengths in such).
pub(super) fn is_stream(head: &[u8]) -> bool {
    head.starts_with(&MAGIC) || is_skippable(head)
}

fn is_skippable(head: &[u8]) -> bool {
    matches!(head, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

/// Returns the plain length of the frame that begins here, where it is told.
pub(super) fn content_size(head: &[u8]) -> Option<u64> {
    let descriptor = *head.get(4)?;
    let (before, length) = fields(descriptor);
    let bytes = head.get(5 + before..5 + before + length)?;
    let number = bytes.iter().rev().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    match length {
        0 => None,
        // RFC 8878, 3.1.1.1.4.
        2 => Some(number + 256),
        _ => Some(number),
    }
}

/// The lengths of what stands before the content size, and of the content size itself.
fn fields(descriptor: u8) -> (usize, usize) {
    let is_single = descriptor & 0x20 != 0;
    let window = usize::from(!is_single);
    let dictionary = [0, 1, 2, 4][usize::from(descriptor & 3)];
    let content = match descriptor >> 6 {
        0 => usize::from(is_single),
        1 => 2,
        2 => 4,
        _ => 8,
    };
    (window + dictionary, content)
}

/// Cuts a stream into its frames.
pub(super) struct Frames;

impl Format for Frames {
    type Flow<R: BufRead> = zstd::stream::read::Decoder<'static, R>;

    fn cut(&mut self, input: &mut dyn BufRead) -> io::Result<Cut> {
        cut(input).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => short(),
            _ => error,
        })
    }

    fn decode(frame: Vec<u8>) -> io::Result<Decoded> {
        let mut decoder = zstd::stream::read::Decoder::new(Cursor::new(frame))?;
        let mut bytes = Vec::new();
        decoder.by_ref().take(LARGEST as u64).read_to_end(&mut bytes)?;
        let rest = (bytes.len() == LARGEST).then_some(decoder);
        Ok(Decoded { bytes, rest: rest.map(|rest| Box::new(rest) as Box<dyn Read + Send>) })
    }

    fn flow<R: BufRead>(stream: R) -> io::Result<Self::Flow<R>> {
        zstd::stream::read::Decoder::with_buffer(stream)
    }
}

/// Cuts one frame off.
fn cut(input: &mut dyn BufRead) -> io::Result<Cut> {
    if input.fill_buf()?.is_empty() {
        return Ok(Cut::End);
    }
    let mut frame = Vec::new();
    take(input, &mut frame, 4)?;
    if is_skippable(&frame) {
        take(input, &mut frame, 4)?;
        let length = frame[4..].iter().rev().fold(0_u64, |length, byte| length << 8 | u64::from(*byte));
        let skipped = io::copy(&mut input.take(length), &mut io::sink())?;
        return if skipped == length { Ok(Cut::Skipped) } else { Err(short()) };
    }
    if frame != MAGIC {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "the zstd stream is damaged: no frame begins where one should",
        ));
    }
    take(input, &mut frame, 1)?;
    let descriptor = frame[4];
    let (before, content) = fields(descriptor);
    take(input, &mut frame, before + content)?;
    loop {
        let at = frame.len();
        take(input, &mut frame, 3)?;
        let header = u32::from_le_bytes([frame[at], frame[at + 1], frame[at + 2], 0]);
        // A block of one repeated byte has that byte only.
        let length = if header >> 1 & 3 == 1 { 1 } else { header >> 3 };
        take(input, &mut frame, usize::try_from(length).unwrap_or(usize::MAX))?;
        if header & 1 == 1 {
            break;
        }
        if frame.len() > LARGEST {
            return Ok(Cut::Flows(frame));
        }
    }
    if descriptor & 4 != 0 {
        take(input, &mut frame, 4)?;
    }
    Ok(Cut::Part(frame))
}

fn short() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the zstd stream ends too early")
}
