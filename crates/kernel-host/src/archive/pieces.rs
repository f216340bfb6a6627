//! The threads: one reads and decodes, one takes the tar file apart, others judge it meanwhile.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use sha2::{Digest, Sha256};

use super::tree::{Refusal, Tree, TreeError};
use super::writers::{Shared, Writers};
use super::{ArchiveError, Order, Progress, Unpacked, space};
use crate::AbsPath;
use crate::cancel::Cancel;
use crate::fs;

/// The length of a piece of plain bytes.
const PIECE: usize = 256 * 1024;

/// How many pieces may wait.
const QUEUE: usize = 32;

/// Reports what stopped the reading thread.
#[derive(Debug)]
pub(super) enum ReadError {
    Io(io::Error),
    UnknownFormat(String),
    NoMember(String),
    /// The writing thread has given up, and knows why.
    NobodyListens,
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

type Piece = Result<Arc<Vec<u8>>, ReadError>;

/// Hands plain bytes to everybody who wants them.
pub(super) struct Sender {
    tree: SyncSender<Piece>,
    judges: Vec<SyncSender<Arc<Vec<u8>>>>,
}

impl Sender {
    /// Sends all that can be read.
    pub(super) fn send_all(&self, source: &mut dyn Read) -> Result<(), ReadError> {
        loop {
            let mut piece = Vec::with_capacity(PIECE);
            source.take(PIECE as u64).read_to_end(&mut piece)?;
            if piece.is_empty() {
                return Ok(());
            }
            let piece = Arc::new(piece);
            for judge in &self.judges {
                // One that has seen enough does not listen any more.
                let _ = judge.send(Arc::clone(&piece));
            }
            self.tree.send(Ok(piece)).map_err(|_| ReadError::NobodyListens)?;
        }
    }
}

/// What the judges said.
struct Verdict {
    sha256: [u8; 32],
    witness: Result<(), String>,
}

/// Reads the archive by `read` on a thread of its own, and unpacks the tar file that comes.
pub(super) fn unpack(
    order: Order<'_>,
    cancel: &Cancel,
    on_progress: &mut dyn FnMut(Progress),
    read: &(dyn Fn(&mut dyn Read, &Sender) -> Result<(), ReadError> + Sync),
) -> Result<Unpacked, ArchiveError> {
    let Order { archive, dest, limits, .. } = order;
    let total = fs::size(archive)?;
    check_space(order)?;
    let file = fs::open(archive)?;
    let done = AtomicU64::new(0);
    let tree = Tree::beside(dest, limits)?;
    let shared = Shared::new();
    let unpacked = std::thread::scope(|scope| {
        let done = &done;
        let start = |error| Stop::Read(ReadError::Io(error));
        let (tree_sender, pieces) = sync_channel(QUEUE);
        let (digest_sender, to_digest) = sync_channel(QUEUE);
        let mut judges = vec![digest_sender];
        let digest = std::thread::Builder::new().name("digest".to_owned());
        let digest = digest
            .spawn_scoped(scope, move || {
                let mut hasher = Sha256::new();
                to_digest.iter().for_each(|piece: Arc<Vec<u8>>| hasher.update(&**piece));
                <[u8; 32]>::from(hasher.finalize())
            })
            .map_err(start)?;
        let mut witness_thread = None;
        if let Some(witness) = order.witness {
            let (sender, to_witness) = sync_channel(QUEUE);
            judges.push(sender);
            let thread = std::thread::Builder::new().name("witness".to_owned());
            let judge =
                move || witness.judge(&mut Plain { pieces: to_witness, piece: Arc::default(), at: 0 });
            witness_thread = Some(thread.spawn_scoped(scope, judge).map_err(start)?);
        }
        let sender = Sender { tree: tree_sender, judges };
        std::thread::Builder::new()
            .name("decode".to_owned())
            .spawn_scoped(scope, move || {
                let mut source = Counted { file, done };
                if let Err(error) = read(&mut source, &sender) {
                    // If nobody listens any more, the writing thread has an error of its own.
                    let _ = sender.tree.send(Err(error));
                }
            })
            .map_err(start)?;
        let writers = Writers::start(scope, &shared).map_err(start)?;
        let mut source = Pieces {
            pieces,
            piece: Arc::default(),
            at: 0,
            error: None,
            cancel,
            progress: &mut || {
                on_progress(Progress { done: done.load(Ordering::Relaxed), total: Some(total) })
            },
        };
        let written = tree.fill(&mut source, &writers);
        if let Some(stop) = source.error.take() {
            // What went wrong while reading is the cause of whatever the writer says.
            return Err(stop);
        }
        // The receiver goes, which lets the reading thread end where it has not.
        drop(source);
        let tree = written.map_err(Stop::Write)?;
        let panicked = |_| Stop::Read(ReadError::Io(io::Error::other("a thread that judges failed")));
        let sha256 = digest.join().map_err(panicked)?;
        let witness = witness_thread.map_or(Ok(Ok(())), |thread| thread.join().map_err(panicked))?;
        Ok((tree, writers.members(), Verdict { sha256, witness }))
    });
    let (tree, members, verdict) = unpacked.map_err(|stop| explain(archive, stop))?;
    if let Some(expected) = order.tar_sha256.filter(|expected| *expected != verdict.sha256) {
        return Err(ArchiveError::WrongTar { archive: archive.clone(), found: verdict.sha256, expected });
    }
    verdict.witness.map_err(|reason| ArchiveError::Rejected { archive: archive.clone(), reason })?;
    let members = tree.settle(dest, members).map_err(|error| explain(archive, Stop::Write(error)))?;
    on_progress(Progress { done: total, total: Some(total) });
    Ok(Unpacked { tar_sha256: verdict.sha256, members })
}

fn check_space(order: Order<'_>) -> Result<(), ArchiveError> {
    let Order { archive, dest, .. } = order;
    let needed = space::needed(archive, order.deb_member.is_some())?;
    match fs::available_bytes(dest) {
        Some(free) if free < needed => {
            let place = dest.parent().unwrap_or_else(|| dest.clone());
            Err(ArchiveError::NoSpace { archive: archive.clone(), place, free, needed })
        }
        _ => Ok(()),
    }
}

/// Why the unpacking ended early.
enum Stop {
    Cancelled,
    Read(ReadError),
    Write(TreeError),
}

fn explain(archive: &AbsPath, stop: Stop) -> ArchiveError {
    let archive = archive.clone();
    let damaged = |error: &io::Error| crate::io_text(error);
    match stop {
        Stop::Cancelled => ArchiveError::Cancelled { archive },
        Stop::Read(ReadError::Io(error)) | Stop::Write(TreeError::Tar(error)) => {
            ArchiveError::Damaged { archive, reason: damaged(&error) }
        }
        Stop::Read(ReadError::UnknownFormat(found)) => ArchiveError::UnknownFormat { archive, found },
        Stop::Read(ReadError::NoMember(suffix)) => ArchiveError::NoMember { archive, suffix },
        Stop::Read(ReadError::NobodyListens) => ArchiveError::Cancelled { archive },
        Stop::Write(TreeError::Refused(Refusal { member, reason })) => {
            ArchiveError::Refused { archive, member, reason }
        }
        Stop::Write(TreeError::Fs(error)) => ArchiveError::Fs(error),
    }
}

/// Counts what is read of the archive.
struct Counted<'a> {
    file: std::fs::File,
    done: &'a AtomicU64,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.done.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// Reads the pieces as one stream; looks at `cancel` and tells progress between two of them.
struct Pieces<'a> {
    pieces: Receiver<Piece>,
    piece: Arc<Vec<u8>>,
    at: usize,
    error: Option<Stop>,
    cancel: &'a Cancel,
    progress: &'a mut dyn FnMut(),
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.piece.len() {
            if self.cancel.requested() {
                self.error = Some(Stop::Cancelled);
                return Err(io::Error::other("cancelled"));
            }
            match self.pieces.recv() {
                Ok(Ok(piece)) => (self.piece, self.at) = (piece, 0),
                Ok(Err(error)) => {
                    self.error = Some(Stop::Read(error));
                    return Err(io::Error::other("the reading thread failed"));
                }
                // The reading thread is done.
                Err(_) => return Ok(0),
            }
            (self.progress)();
        }
        let count = buffer.len().min(self.piece.len() - self.at);
        buffer[..count].copy_from_slice(&self.piece[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

/// Reads the pieces as one stream, for a judge.
struct Plain {
    pieces: Receiver<Arc<Vec<u8>>>,
    piece: Arc<Vec<u8>>,
    at: usize,
}

impl Read for Plain {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.piece.len() {
            match self.pieces.recv() {
                Ok(piece) => (self.piece, self.at) = (piece, 0),
                Err(_) => return Ok(0),
            }
        }
        let count = buffer.len().min(self.piece.len() - self.at);
        buffer[..count].copy_from_slice(&self.piece[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}
