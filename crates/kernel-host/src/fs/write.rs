//! Files that grow while something runs.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};

use super::FsError;
use crate::AbsPath;

/// Writes a file piece by piece, buffered.
///
/// For logs. What must appear whole goes through [`super::write_atomic`]. Dropping it flushes and forgets errors;
/// [`finish`](Self::finish) does not.
#[derive(Debug)]
pub struct FileWriter {
    file: BufWriter<File>,
    path: AbsPath,
}

/// Creates a file, or empties the one that is there.
pub fn create(path: &AbsPath) -> Result<FileWriter, FsError> {
    let file = File::create(path).map_err(FsError::on("create", path))?;
    Ok(FileWriter { file: BufWriter::new(file), path: path.clone() })
}

/// Opens a file to write at its end; creates it where it is absent.
pub fn append(path: &AbsPath) -> Result<FileWriter, FsError> {
    let file = OpenOptions::new().create(true).append(true).open(path).map_err(FsError::on("open", path))?;
    Ok(FileWriter { file: BufWriter::new(file), path: path.clone() })
}

impl FileWriter {
    /// Appends bytes.
    pub fn write_all(&mut self, bytes: &[u8]) -> Result<(), FsError> {
        self.file.write_all(bytes).map_err(FsError::on("write", &self.path))
    }

    /// Appends a line and its end.
    pub fn write_line(&mut self, line: &str) -> Result<(), FsError> {
        self.write_all(line.as_bytes())?;
        self.write_all(b"\n")
    }

    /// Hands what is buffered to the operating system, so that others can read it.
    pub fn flush(&mut self) -> Result<(), FsError> {
        self.file.flush().map_err(FsError::on("write", &self.path))
    }

    /// Flushes to the disk and closes.
    pub fn finish(mut self) -> Result<(), FsError> {
        self.flush()?;
        self.file.get_ref().sync_all().map_err(FsError::on("write", &self.path))
    }

    /// Returns where the file is.
    #[must_use]
    pub fn path(&self) -> &AbsPath {
        &self.path
    }
}
