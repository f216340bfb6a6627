//! Compressed streams that can be cut into parts without decoding them, and the parts decoded side by side.
//!
//! Shape: the thread that reads cuts; each part is decoded by a thread of its own, a few at once; their bytes come in
//! the stream's order. A part that is too large to be held is decoded as it comes, and so is all that follows it.

use std::collections::VecDeque;
use std::io::{self, BufRead, Chain, Cursor, Read};
use std::thread::JoinHandle;

/// A part whose compressed or plain bytes are more is not held.
pub(super) const LARGEST: usize = 32 << 20;

/// A part whose compressed bytes are fewer is not worth a thread.
const SMALLEST: usize = 32 << 10;

/// How a kind of stream is cut and decoded.
pub(super) trait Format {
    /// Decodes what is not held.
    type Flow<R: BufRead>: Read;

    /// Cuts one part off.
    fn cut(&mut self, input: &mut dyn BufRead) -> io::Result<Cut>;

    /// Decodes one part.
    fn decode(part: Vec<u8>) -> io::Result<Decoded>;

    /// Decodes a stream as it comes.
    fn flow<R: BufRead>(stream: R) -> io::Result<Self::Flow<R>>;
}

/// What was cut off a stream.
pub(super) enum Cut {
    Part(Vec<u8>),
    /// The part goes on beyond these bytes, or nobody can tell where it ends.
    Flows(Vec<u8>),
    /// It holds no plain bytes.
    Skipped,
    End,
}

/// The beginning of a part's plain bytes, and the decoder of the rest where there is more.
pub(super) struct Decoded {
    pub(super) bytes: Vec<u8>,
    pub(super) rest: Option<Box<dyn Read + Send>>,
}

enum Part {
    Waiting(JoinHandle<io::Result<Decoded>>),
    Ready(io::Result<Decoded>),
}

/// What was cut off last, and what is not yet cut.
type Rest<R> = Chain<Cursor<Vec<u8>>, R>;

/// Reads the plain bytes of a stream.
pub(super) struct Parts<F: Format, R: BufRead> {
    format: F,
    /// What is not yet cut.
    input: Option<R>,
    /// Parts in their order, some of them in the making.
    queue: VecDeque<Part>,
    threads: usize,
    front: Decoded,
    at: usize,
    /// All that follows the queue, where a part was too large.
    flowing: Option<F::Flow<Rest<R>>>,
}

impl<F: Format, R: BufRead> Parts<F, R> {
    pub(super) fn new(format: F, input: R, threads: usize) -> Self {
        let front = Decoded { bytes: Vec::new(), rest: None };
        let queue = VecDeque::new();
        Self { format, input: Some(input), queue, threads, front, at: 0, flowing: None }
    }

    /// Cuts parts and has them decoded, until as many wait as there are threads.
    fn fill(&mut self) -> io::Result<()> {
        while self.queue.len() < self.threads {
            let Some(input) = self.input.as_mut() else { return Ok(()) };
            match self.format.cut(input)? {
                Cut::Skipped => {}
                Cut::End => self.input = None,
                Cut::Part(bytes) if bytes.len() < SMALLEST => {
                    self.queue.push_back(Part::Ready(F::decode(bytes)));
                }
                Cut::Part(bytes) => {
                    let thread = std::thread::Builder::new().name("decode part".to_owned());
                    self.queue.push_back(Part::Waiting(thread.spawn(|| F::decode(bytes))?));
                }
                Cut::Flows(bytes) => {
                    if let Some(input) = self.input.take() {
                        self.flowing = Some(F::flow(Cursor::new(bytes).chain(input))?);
                    }
                }
            }
        }
        Ok(())
    }
}

impl<F: Format, R: BufRead> Read for Parts<F, R> {
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
            let decoded = match self.queue.pop_front() {
                Some(Part::Ready(decoded)) => decoded,
                Some(Part::Waiting(thread)) => {
                    thread.join().map_err(|_| io::Error::other("the decoder of a part failed"))?
                }
                None => return self.flowing.as_mut().map_or(Ok(0), |flowing| flowing.read(buffer)),
            };
            (self.front, self.at) = (decoded?, 0);
            // While these bytes are taken, all threads have something to do.
            self.fill()?;
        }
    }
}

/// Appends exactly that many bytes.
pub(super) fn take(input: &mut dyn BufRead, to: &mut Vec<u8>, count: usize) -> io::Result<()> {
    let read = input.take(count as u64).read_to_end(to)?;
    if read == count { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}
