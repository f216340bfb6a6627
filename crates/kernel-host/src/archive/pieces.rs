//! The two threads: one reads and decodes, one writes files.

use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::tree::{Refusal, Tree, TreeError};
use super::{ArchiveError, Progress};
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

type Piece = Result<Vec<u8>, ReadError>;

/// Hands plain bytes to the writing thread.
pub(super) struct Sender<'a>(&'a SyncSender<Piece>);

impl Sender<'_> {
    /// Sends all that can be read.
    pub(super) fn send_all(&self, source: &mut dyn Read) -> Result<(), ReadError> {
        loop {
            let mut piece = Vec::with_capacity(PIECE);
            source.take(PIECE as u64).read_to_end(&mut piece)?;
            if piece.is_empty() {
                return Ok(());
            }
            self.0.send(Ok(piece)).map_err(|_| ReadError::NobodyListens)?;
        }
    }
}

/// Reads `archive` by `read` on a thread of its own, and unpacks the tar file that comes into `dest`.
pub(super) fn unpack(
    archive: &AbsPath,
    dest: &AbsPath,
    cancel: &Cancel,
    on_progress: &mut dyn FnMut(Progress),
    read: &(dyn Fn(&mut dyn Read, &Sender<'_>) -> Result<(), ReadError> + Sync),
) -> Result<(), ArchiveError> {
    let total = fs::size(archive)?;
    let file = fs::open(archive)?;
    let done = AtomicU64::new(0);
    let tree = Tree::beside(dest)?;
    let (sender, pieces) = sync_channel(QUEUE);
    let unpacked = std::thread::scope(|scope| {
        let done = &done;
        let reader = std::thread::Builder::new().name("decode".to_owned()).spawn_scoped(scope, move || {
            let mut source = Counted { file, done };
            if let Err(error) = read(&mut source, &Sender(&sender)) {
                // If nobody listens any more, the writing thread has an error of its own.
                let _ = sender.send(Err(error));
            }
        });
        if let Err(error) = reader {
            return Err(Stop::Read(ReadError::Io(error)));
        }
        let mut source = Pieces {
            pieces,
            piece: Vec::new(),
            at: 0,
            error: None,
            cancel,
            progress: &mut || {
                on_progress(Progress { done: done.load(Ordering::Relaxed), total: Some(total) })
            },
        };
        let written = tree.fill(&mut source);
        match source.error.take() {
            // What went wrong while reading is the cause of whatever the writer says.
            Some(stop) => Err(stop),
            None => written.map_err(Stop::Write),
        }
        // Dropping the receiver here lets the reading thread end.
    });
    match unpacked.map(|tree| tree.settle(dest)) {
        Ok(Ok(())) => {
            on_progress(Progress { done: total, total: Some(total) });
            Ok(())
        }
        Ok(Err(error)) => Err(explain(archive, Stop::Write(error))),
        Err(stop) => Err(explain(archive, stop)),
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
    piece: Vec<u8>,
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
