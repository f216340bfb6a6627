//! Decompression, by the first bytes of what is to be decoded.

use std::io::{self, BufRead, BufReader, Read};

use liblzma::stream::{Action, MtStreamBuilder, Status, Stream};

use super::blocks::{self, Blocks};
use super::frames::{self, Frames};
use super::parts::Parts;
use super::pieces::ReadError;

/// How much one read of compressed bytes asks for.
const INPUT: usize = 256 * 1024;

/// Beyond this, fewer blocks of an xz stream are decoded at once. A block of Debian's kernel tarballs takes 60 MiB.
const XZ_MEMORY: u64 = 1 << 30;

/// More threads than this do not help: the tar file is taken apart by one.
const MOST_THREADS: usize = 16;

/// How long the xz decoder may stay in one call.
const XZ_PATIENCE_MS: u32 = 100;

/// What becomes of the sums that a compressed stream brings along.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sums {
    Compared,
    /// The whole is compared with a digest, and they take a tenth of the time.
    Ignored,
}

/// Finds out how `source` is compressed and hands its plain bytes to `then`.
///
/// A stream that has ended is followed by the end, or by another stream of its kind.
pub(super) fn with_decoded(
    source: &mut dyn Read,
    sums: Sums,
    then: &mut dyn FnMut(&mut dyn Read) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    let mut head = Vec::with_capacity(512);
    source.take(512).read_to_end(&mut head)?;
    let whole = BufReader::with_capacity(INPUT, head.as_slice().chain(source));
    if head.starts_with(b"\xfd7zXZ\0") {
        match sums {
            Sums::Ignored => then(&mut Parts::new(Blocks::default(), whole, threads())),
            Sums::Compared => then(&mut Xz::new(whole)),
        }
    } else if head.starts_with(b"\x1f\x8b") {
        then(&mut flate2::bufread::MultiGzDecoder::new(whole))
    } else if frames::is_stream(&head) {
        then(&mut Parts::new(Frames, whole, threads()))
    } else if head.starts_with(b"BZh") {
        then(&mut bzip2::bufread::MultiBzDecoder::new(whole))
    } else if head.get(257..262) == Some(b"ustar") {
        let mut whole = whole;
        then(&mut whole)
    } else {
        let shown: Vec<String> = head.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let found =
            if shown.is_empty() { "no bytes".to_owned() } else { format!("bytes `{}`", shown.join(" ")) };
        Err(ReadError::UnknownFormat(found))
    }
}

/// Decodes xz streams, blocks side by side where the headers tell their sizes (as `xz -T` writes them).
///
/// The crate's own reader is not used: it does not follow concatenated streams when it decodes in parallel, and it takes
/// a call that returns early for a damaged stream. File format: the `.xz` file format 1.2.1, sections 2 and 2.2.
pub(super) struct Xz<R> {
    input: R,
    stream: Option<Stream>,
}

impl<R: BufRead> Xz<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, stream: None }
    }
}

impl<R: BufRead> Read for Xz<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            if self.stream.is_none() {
                if !blocks::skip_padding(&mut self.input)? {
                    return Ok(0);
                }
                self.stream = Some(decoder()?);
            }
            let Some(stream) = self.stream.as_mut() else { continue };
            let input = self.input.fill_buf()?;
            let at_end = input.is_empty();
            let (in_before, out_before) = (stream.total_in(), stream.total_out());
            let action = if at_end { Action::Finish } else { Action::Run };
            let status = stream.process(input, buffer, action)?;
            // Both differences are bounded by the lengths of the slices.
            let consumed = usize::try_from(stream.total_in() - in_before).unwrap_or(usize::MAX);
            let decoded = usize::try_from(stream.total_out() - out_before).unwrap_or(usize::MAX);
            self.input.consume(consumed);
            match status {
                Status::StreamEnd => self.stream = None,
                // What the library calls a buffer error: no progress is possible.
                Status::MemNeeded if at_end => {
                    return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the xz stream ends too early"));
                }
                Status::MemNeeded => {
                    return Err(io::Error::new(io::ErrorKind::InvalidData, "the xz stream is damaged"));
                }
                _ => {}
            }
            if decoded > 0 {
                return Ok(decoded);
            }
        }
    }
}

fn threads() -> usize {
    crate::env::available_cpus().min(MOST_THREADS)
}

fn decoder() -> io::Result<Stream> {
    let mut builder = MtStreamBuilder::new();
    builder
        .threads(u32::try_from(threads()).unwrap_or(1))
        .memlimit_threading(XZ_MEMORY)
        .memlimit_stop(u64::MAX)
        .timeout_ms(XZ_PATIENCE_MS);
    Ok(builder.decoder()?)
}
