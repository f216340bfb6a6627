//! Single files that may be compressed: `.gz`, `.bz2`, `.xz`, `.lzma`, `.zst`.
//!
//! The first bytes decide, but for `.lzma`, which has none of its own: there the name does. A plain file is read as it is.
//! For texts of some megabytes, which are kept whole in memory; tarballs are [`archive`](crate::archive)'s.

use std::io::{self, Read};

use liblzma::stream::Stream;

use crate::AbsPath;
use crate::fs::{self, FsError};

/// What a file is compressed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// It is plain.
    None,
    /// gzip.
    Gzip,
    /// bzip2.
    Bzip2,
    /// xz.
    Xz,
    /// The format before xz.
    Lzma,
    /// Zstandard.
    Zstd,
}

/// Reports a compressed file that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum CompressedError {
    /// The file.
    #[error(transparent)]
    Fs(#[from] FsError),
    /// What is in it.
    #[error("could not decompress `{path}`: {reason}")]
    Damaged {
        /// The file.
        path: AbsPath,
        /// What the decoder says.
        reason: String,
    },
    /// More is in it than may be.
    #[error("`{path}` has more than {limit} bytes in it")]
    TooLong {
        /// The file.
        path: AbsPath,
        /// The most that is read.
        limit: u64,
    },
}

/// Says what a file is compressed with.
#[must_use]
pub fn compression(name: &str, bytes: &[u8]) -> Compression {
    let magics: [(&[u8], Compression); 4] = [
        (b"\x1f\x8b", Compression::Gzip),
        (b"BZh", Compression::Bzip2),
        (b"\xfd7zXZ\0", Compression::Xz),
        (b"\x28\xb5\x2f\xfd", Compression::Zstd),
    ];
    let by_magic = magics.into_iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, found)| found);
    // The first byte holds the usual parameters; no text begins with it and two zeros behind.
    let is_lzma = name.ends_with(".lzma") && bytes.first() == Some(&0x5d);
    by_magic.unwrap_or(if is_lzma { Compression::Lzma } else { Compression::None })
}

/// Reads a whole file, decompressed; at most `limit` bytes.
pub fn read(path: &AbsPath, limit: u64) -> Result<Vec<u8>, CompressedError> {
    decompress(path, &fs::read(path)?, limit)
}

/// Decompresses what was read from `path`; at most `limit` bytes.
pub fn decompress(path: &AbsPath, bytes: &[u8], limit: u64) -> Result<Vec<u8>, CompressedError> {
    let mut plain = Vec::new();
    let decoded = match compression(path.file_name().unwrap_or_default(), bytes) {
        Compression::None => take(bytes, limit, &mut plain),
        Compression::Gzip => take(flate2::bufread::MultiGzDecoder::new(bytes), limit, &mut plain),
        Compression::Bzip2 => take(bzip2::bufread::MultiBzDecoder::new(bytes), limit, &mut plain),
        Compression::Xz => take(liblzma::bufread::XzDecoder::new_multi_decoder(bytes), limit, &mut plain),
        Compression::Lzma => Stream::new_lzma_decoder(u64::MAX).map_err(io::Error::from).and_then(|stream| {
            take(liblzma::bufread::XzDecoder::new_stream(bytes, stream), limit, &mut plain)
        }),
        Compression::Zstd => {
            zstd::stream::Decoder::with_buffer(bytes).and_then(|decoder| take(decoder, limit, &mut plain))
        }
    };
    match decoded {
        Ok(true) => Ok(plain),
        Ok(false) => Err(CompressedError::TooLong { path: path.clone(), limit }),
        Err(error) => Err(CompressedError::Damaged { path: path.clone(), reason: crate::io_text(&error) }),
    }
}

/// Reads to the end, or past the limit; says whether it was the end.
fn take(source: impl Read, limit: u64, plain: &mut Vec<u8>) -> io::Result<bool> {
    source.take(limit.saturating_add(1)).read_to_end(plain)?;
    Ok(plain.len() as u64 <= limit)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::fs::tests::scratch;

    #[test]
    fn every_format_and_what_is_wrong_with_one() {
        let scratch = scratch();
        let text = b"--- a/x\n+++ b/x\n".repeat(50);
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(&text).unwrap();
        let mut bz = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        bz.write_all(&text).unwrap();
        let options = liblzma::stream::LzmaOptions::new_preset(1).unwrap();
        let lzma = Stream::new_lzma_encoder(&options).unwrap();
        let mut lzma = liblzma::write::XzEncoder::new_stream(Vec::new(), lzma);
        lzma.write_all(&text).unwrap();
        let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 1);
        xz.write_all(&text).unwrap();
        let formats = [
            ("x.patch", text.clone()),
            ("x.patch.gz", gz.finish().unwrap()),
            ("x.patch.bz2", bz.finish().unwrap()),
            ("x.patch.xz", xz.finish().unwrap()),
            ("x.patch.lzma", lzma.finish().unwrap()),
            ("x.patch.zst", zstd::encode_all(text.as_slice(), 1).unwrap()),
        ];
        for (name, bytes) in formats {
            let path = scratch.path().join(name);
            fs::write_atomic(&path, &bytes).unwrap();
            assert_eq!(read(&path, 10_000).unwrap(), text, "{name}");
            assert!(matches!(read(&path, 799), Err(CompressedError::TooLong { .. })), "{name}");
            fs::write_atomic(&path, &bytes[..bytes.len() / 2]).unwrap();
            assert!(name == "x.patch" || read(&path, 10_000).is_err(), "{name}");
        }
    }
}
