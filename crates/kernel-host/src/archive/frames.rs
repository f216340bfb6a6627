//! zstd streams of several frames, decoded side by side.
//!
//! `pzstd` and a concatenation of files make such streams; `zstd` itself makes one frame. The boundaries are found
//! without decoding: each block begins with its length. A frame that is too large to be held is decoded as it comes, and
//! so is all that follows it. Format: RFC 8878.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};
use std::thread::JoinHandle;

/// A frame whose compressed or plain bytes are more is not held.
const LARGEST: usize = 32 << 20;

/// A frame whose compressed bytes are fewer is not worth a thread.
const SMALLEST: usize = 32 << 10;

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

type Held = zstd::stream::read::Decoder<'static, BufReader<Cursor<Vec<u8>>>>;
type Flowing<R> = zstd::stream::read::Decoder<'static, Chain<Cursor<Vec<u8>>, R>>;

/// The beginning of a frame's plain bytes, and the decoder of the rest where there is more.
struct Decoded {
    bytes: Vec<u8>,
    rest: Option<Held>,
}

enum Frame {
    Waiting(JoinHandle<io::Result<Decoded>>),
    Ready(io::Result<Decoded>),
}

/// Reads the plain bytes of a stream.
pub(super) struct Frames<R: BufRead> {
    /// What is not yet cut into frames.
    input: Option<R>,
    /// Frames in their order, some of them in the making.
    queue: VecDeque<Frame>,
    threads: usize,
    front: Decoded,
    at: usize,
    /// All that follows the queue, where a frame was too large.
    flowing: Option<Flowing<R>>,
}

/// What was cut off a stream.
enum Cut {
    Frame(Vec<u8>),
    /// The frame goes on beyond these bytes.
    TooLarge(Vec<u8>),
    Skipped,
    End,
}

impl<R: BufRead> Frames<R> {
    pub(super) fn new(input: R, threads: usize) -> Self {
        let front = Decoded { bytes: Vec::new(), rest: None };
        Self { input: Some(input), queue: VecDeque::new(), threads, front, at: 0, flowing: None }
    }

    /// Cuts frames and has them decoded, until as many wait as there are threads.
    fn fill(&mut self) -> io::Result<()> {
        while self.queue.len() < self.threads {
            let Some(input) = self.input.as_mut() else { return Ok(()) };
            match cut(input)? {
                Cut::Skipped => {}
                Cut::End => self.input = None,
                Cut::Frame(bytes) if bytes.len() < SMALLEST => {
                    self.queue.push_back(Frame::Ready(decode(bytes)))
                }
                Cut::Frame(bytes) => {
                    let thread = std::thread::Builder::new().name("decode frame".to_owned());
                    self.queue.push_back(Frame::Waiting(thread.spawn(|| decode(bytes))?));
                }
                Cut::TooLarge(bytes) => {
                    if let Some(input) = self.input.take() {
                        let whole = Cursor::new(bytes).chain(input);
                        self.flowing = Some(zstd::stream::read::Decoder::with_buffer(whole)?);
                    }
                }
            }
        }
        Ok(())
    }
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let bytes = &self.front.bytes[self.at..];
            if !bytes.is_empty() {
                let count = bytes.len().min(buffer.len());
                buffer[..count].copy_from_slice(&bytes[..count]);
                self.at += count;
                return Ok(count);
            }
            if let Some(rest) = self.front.rest.as_mut() {
                let read = rest.read(buffer)?;
                if read > 0 {
                    return Ok(read);
                }
                self.front.rest = None;
            }
            self.fill()?;
            match self.queue.pop_front() {
                Some(Frame::Ready(decoded)) => (self.front, self.at) = (decoded?, 0),
                Some(Frame::Waiting(thread)) => {
                    let decoded =
                        thread.join().map_err(|_| io::Error::other("the decoder of a frame failed"))?;
                    (self.front, self.at) = (decoded?, 0);
                }
                None => return self.flowing.as_mut().map_or(Ok(0), |flowing| flowing.read(buffer)),
            }
        }
    }
}

/// Decodes a whole frame, but no more than may be held of it.
fn decode(frame: Vec<u8>) -> io::Result<Decoded> {
    let mut decoder = zstd::stream::read::Decoder::new(Cursor::new(frame))?;
    let mut bytes = Vec::new();
    decoder.by_ref().take(LARGEST as u64).read_to_end(&mut bytes)?;
    let rest = (bytes.len() == LARGEST).then_some(decoder);
    Ok(Decoded { bytes, rest })
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
            return Ok(Cut::TooLarge(frame));
        }
    }
    if descriptor & 4 != 0 {
        take(input, &mut frame, 4)?;
    }
    Ok(Cut::Frame(frame))
}

/// Appends exactly that many bytes.
fn take(input: &mut dyn BufRead, to: &mut Vec<u8>, count: usize) -> io::Result<()> {
    let read = input.take(count as u64).read_to_end(to)?;
    if read == count { Ok(()) } else { Err(short()) }
}

fn short() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the zstd stream ends too early")
}
