//! Debian packages: an `ar` archive of three members, the last of which is a tarball of the package's files.

use std::io::{self, Read};

use super::decode::{Sums, with_decoded};
use super::pieces::ReadError;

/// The first bytes of an `ar` archive.
const MAGIC: &[u8; 8] = b"!<arch>\n";

/// The length of a member's header: name 16, time 12, owner 6, group 6, mode 8, size 10, end 2.
const HEADER: usize = 60;

/// Finds the file of the package whose name ends in `suffix`, and hands its bytes to `then`.
pub(super) fn with_member(
    source: &mut dyn Read,
    suffix: &str,
    then: &mut dyn FnMut(&mut dyn Read) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    let mut magic = [0; MAGIC.len()];
    source.read_exact(&mut magic)?;
    if &magic != MAGIC {
        return Err(damaged("found no Debian package, expected one"));
    }
    while let Some(header) = next_header(source)? {
        if !header.name.starts_with("data.tar") {
            skip(source, header.size + header.size % 2)?;
            continue;
        }
        let mut found = false;
        with_decoded(&mut source.take(header.size), Sums::Compared, &mut |files| {
            let mut archive = tar::Archive::new(files);
            for entry in archive.entries()? {
                let mut entry = entry?;
                if entry.header().entry_type().is_file() && entry.path_bytes().ends_with(suffix.as_bytes()) {
                    found = true;
                    return then(&mut entry);
                }
            }
            Ok(())
        })?;
        return if found { Ok(()) } else { Err(ReadError::NoMember(suffix.to_owned())) };
    }
    Err(damaged("found no member `data.tar` in the package"))
}

struct Header {
    name: String,
    size: u64,
}

fn next_header(source: &mut dyn Read) -> Result<Option<Header>, ReadError> {
    let mut bytes = Vec::with_capacity(HEADER);
    source.take(HEADER as u64).read_to_end(&mut bytes)?;
    if bytes.is_empty() {
        return Ok(None);
    }
    let field = |range: std::ops::Range<usize>| {
        let text = bytes.get(range).and_then(|field| std::str::from_utf8(field).ok());
        text.map(|text| text.trim_end().trim_end_matches('/').to_owned())
    };
    let header = match (field(0..16), field(48..58), bytes.get(58..60)) {
        (Some(name), Some(size), Some(b"`\n")) => size.parse().ok().map(|size| Header { name, size }),
        _ => None,
    };
    header.map(Some).ok_or_else(|| damaged("the header of a package's member is damaged"))
}

fn skip(source: &mut dyn Read, length: u64) -> Result<(), ReadError> {
    let skipped = io::copy(&mut source.take(length), &mut io::sink())?;
    if skipped == length { Ok(()) } else { Err(damaged("the package ends too early")) }
}

fn damaged(reason: &str) -> ReadError {
    ReadError::Io(io::Error::new(io::ErrorKind::InvalidData, reason))
}
