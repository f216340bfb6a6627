//! xz streams of several blocks, as `xz -T` makes them.
//!
//! liblzma decodes the blocks; what is done here is to find where they end, which each one's header tells, and to hand
//! each block over behind its stream's header, as if it were the only one. So the sums that the blocks bear need not be
//! compared, which takes a sixth of the time: this is for archives whose plain bytes are compared with a digest. Nor are
//! the index and the footer compared with more than the count of the blocks.
//!
//! Streams whose first block does not tell its sizes, or is too large to be held, are left to liblzma as a whole. Format:
//! the `.xz` file format 1.2.1, sections 2 to 4.

use std::io::{self, BufRead, Read};

use liblzma::bufread::XzDecoder;
use liblzma::stream::{IGNORE_CHECK, Stream};

use super::decode::Xz;
use super::parts::{Cut, Decoded, Format, LARGEST, take};
use super::space::number;

const MAGIC: [u8; 6] = *b"\xfd7zXZ\0";

/// The length of a stream's header, and of its footer.
const HEADER: usize = 12;

/// Cuts streams into their blocks.
#[derive(Default)]
pub(super) struct Blocks {
    /// The stream that is being cut.
    stream: Option<Cutting>,
}

/// A stream, up to where it was cut.
struct Cutting {
    header: Vec<u8>,
    blocks: u64,
}

impl Cutting {
    /// How many bytes follow each block's data (section 2.1.1.2).
    fn check_size(&self) -> usize {
        match self.header[7] & 0x0f {
            0 => 0,
            1..=3 => 4,
            4..=6 => 8,
            7..=9 => 16,
            10..=12 => 32,
            _ => 64,
        }
    }
}

impl Format for Blocks {
    type Flow<R: BufRead> = Xz<R>;

    fn cut(&mut self, input: &mut dyn BufRead) -> io::Result<Cut> {
        let Some(stream) = self.stream.as_mut() else {
            if !skip_padding(input)? {
                return Ok(Cut::End);
            }
            let mut header = Vec::with_capacity(HEADER);
            take(input, &mut header, HEADER)?;
            if !header.starts_with(&MAGIC) {
                return Err(damaged("no xz stream begins where one should"));
            }
            self.stream = Some(Cutting { header, blocks: 0 });
            return Ok(Cut::Skipped);
        };
        let mut part = stream.header.clone();
        take(input, &mut part, 1)?;
        let first = part[HEADER];
        if first == 0 {
            let told = pass_index(input)?;
            if told != stream.blocks {
                return Err(damaged("an xz index tells of other blocks than there are"));
            }
            self.stream = None;
            return Ok(Cut::Skipped);
        }
        // Section 3.1.1.
        take(input, &mut part, (usize::from(first) + 1) * 4 - 1)?;
        let Some(sizes) = Sizes::of(&part[HEADER..]).filter(|sizes| sizes.plain <= LARGEST as u64) else {
            if stream.blocks > 0 {
                return Err(damaged("only some of an xz stream's blocks tell their sizes, or are small"));
            }
            return Ok(Cut::Flows(part));
        };
        let data = usize::try_from(sizes.compressed).ok().filter(|length| *length <= 2 * LARGEST);
        let data = data.ok_or_else(|| damaged("an xz block is longer compressed than plain"))?;
        take(input, &mut part, data.next_multiple_of(4) + stream.check_size())?;
        stream.blocks += 1;
        Ok(Cut::Part(part))
    }

    fn decode(part: Vec<u8>) -> io::Result<Decoded> {
        let sizes =
            Sizes::of(&part[HEADER..]).ok_or_else(|| damaged("an xz block does not tell its sizes"))?;
        let stream = Stream::new_stream_decoder(u64::MAX, IGNORE_CHECK)?;
        let mut bytes = Vec::with_capacity(usize::try_from(sizes.plain).unwrap_or(0));
        // No further: the decoder would miss the stream's index.
        let read =
            XzDecoder::new_stream(part.as_slice(), stream).take(sizes.plain).read_to_end(&mut bytes)?;
        if read as u64 != sizes.plain {
            return Err(damaged("an xz block is shorter than it tells"));
        }
        Ok(Decoded { bytes, rest: None })
    }

    fn flow<R: BufRead>(stream: R) -> io::Result<Self::Flow<R>> {
        Ok(Xz::new(stream))
    }
}

/// What a block's header tells of its length.
struct Sizes {
    compressed: u64,
    plain: u64,
}

impl Sizes {
    /// Reads a header, where it tells both (section 3.1).
    fn of(header: &[u8]) -> Option<Self> {
        const BOTH: u8 = 0xc0;
        let (flags, rest) = header.get(1..)?.split_first()?;
        if flags & BOTH != BOTH {
            return None;
        }
        let mut bytes = rest.iter().copied();
        Some(Self { compressed: number(&mut bytes)?, plain: number(&mut bytes)? })
    }
}

/// Skips what may stand between two streams; says whether there is another one.
pub(super) fn skip_padding(input: &mut dyn BufRead) -> io::Result<bool> {
    loop {
        let bytes = input.fill_buf()?;
        if bytes.is_empty() {
            return Ok(false);
        }
        let padding = bytes.iter().take_while(|byte| **byte == 0).count();
        let is_more = padding < bytes.len();
        input.consume(padding);
        if is_more {
            return Ok(true);
        }
    }
}

/// Reads a stream's index from behind its first byte, and its footer; returns how many blocks it tells of (section 4).
fn pass_index(input: &mut dyn BufRead) -> io::Result<u64> {
    let mut length = 1_u64;
    let mut next = || {
        let mut bytes = input.bytes().map_while(Result::ok).inspect(|_| length += 1);
        number(&mut bytes).ok_or(io::Error::from(io::ErrorKind::UnexpectedEof))
    };
    let blocks = next()?;
    for _ in 0..blocks {
        next()?;
        next()?;
    }
    // Up to a multiple of four, and its sum.
    let rest = (length.next_multiple_of(4) - length) + 4;
    let mut end = Vec::new();
    take(input, &mut end, usize::try_from(rest).unwrap_or(0) + HEADER)?;
    if end.ends_with(b"YZ") { Ok(blocks) } else { Err(damaged("an xz stream has no footer")) }
}

fn damaged(how: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, how)
}
