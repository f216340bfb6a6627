//! How much room an archive's tree takes, told before it is unpacked.
//!
//! xz files end with an index of their blocks' sizes, gzip files with the length, zstd frames may begin with it; where a
//! format does not tell, it is estimated by how well kernel trees compress. Too little is worse than nothing only by a
//! late error, so every estimate is a low one.

use crate::AbsPath;
use crate::fs::{self, FsError};

/// What a file system takes beside the bytes themselves, in percent: half a block for each file.
const OVERHEAD: u64 = 10;

/// Returns how many bytes the tree will take on disk.
pub(super) fn needed(archive: &AbsPath, is_package: bool) -> Result<u64, FsError> {
    let size = fs::size(archive)?;
    let head = fs::read_range(archive, 0, 32)?;
    let told = if is_package {
        None
    } else if head.starts_with(b"\xfd7zXZ\0") {
        xz(archive, size)?
    } else if head.starts_with(b"\x1f\x8b") {
        let tail = fs::read_range(archive, size.saturating_sub(4), 4)?;
        // Modulo 2³², and of the last member only (RFC 1952, 2.3.1).
        tail.try_into().ok().map(|bytes| u64::from(u32::from_le_bytes(bytes)))
    } else if head.starts_with(b"\x28\xb5\x2f\xfd") {
        super::frames::content_size(&head)
    } else if head.starts_with(b"BZh") {
        None
    } else {
        Some(size)
    };
    let factor = if is_package || told.is_none() { 8 } else { 1 };
    let plain = told.unwrap_or(0).max(size.saturating_mul(factor));
    Ok(plain.saturating_add(plain / 100 * OVERHEAD))
}

/// Adds up the uncompressed sizes in the index of the last stream (the `.xz` file format 1.2.1, sections 2.1.2 and 4).
fn xz(archive: &AbsPath, size: u64) -> Result<Option<u64>, FsError> {
    const FOOTER: u64 = 12;
    let footer = fs::read_range(archive, size.saturating_sub(FOOTER), 12)?;
    let Some(backward) = footer.get(4..8).and_then(|bytes| bytes.try_into().ok()).map(u32::from_le_bytes)
    else {
        return Ok(None);
    };
    let index_size = (u64::from(backward) + 1) * 4;
    let Some(start) = size.checked_sub(FOOTER + index_size).filter(|_| footer.ends_with(b"YZ")) else {
        return Ok(None);
    };
    // An index of a megabyte is one of a hundred thousand blocks.
    let Some(length) = usize::try_from(index_size).ok().filter(|length| *length <= 1 << 20) else {
        return Ok(None);
    };
    let index = fs::read_range(archive, start, length)?;
    Ok(index.strip_prefix(&[0]).and_then(|rest| {
        let mut rest = rest.iter().copied();
        let records = number(&mut rest)?;
        let mut sum = 0_u64;
        for _ in 0..records {
            number(&mut rest)?;
            sum = sum.checked_add(number(&mut rest)?)?;
        }
        Some(sum)
    }))
}

/// Takes a variable-length number (section 1.2).
pub(super) fn number(bytes: &mut impl Iterator<Item = u8>) -> Option<u64> {
    let mut value = 0;
    for shift in (0..63).step_by(7) {
        let byte = bytes.next()?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}
