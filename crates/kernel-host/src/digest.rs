//! SHA-256 of bytes and files.

use std::io::Read;

use sha2::{Digest, Sha256};

use crate::AbsPath;
use crate::fs::{FsError, open};

/// Returns the SHA-256 of `bytes`.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Returns the SHA-256 of a file's content, read in pieces.
pub fn sha256_file(path: &AbsPath) -> Result<[u8; 32], FsError> {
    let mut file = open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(hasher.finalize().into()),
            Ok(read) => hasher.update(&buffer[..read]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(FsError::new("read", path, error)),
        }
    }
}

/// Renders a digest as 64 lower-case hexadecimal digits.
#[must_use]
pub fn hex(digest: &[u8; 32]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value & 0x0f)]);
    digest.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

/// Reads 64 hexadecimal digits of either case.
#[must_use]
pub fn parse_hex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut digest = [0; 32];
    for (index, byte) in digest.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[index * 2..index * 2 + 2], 16).ok()?;
    }
    Some(digest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{hex, parse_hex, sha256};

    #[test]
    fn the_digest_of_nothing_is_the_known_one() {
        assert_eq!(hex(&sha256(b"")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    proptest! {
        #[test]
        fn hex_round_trips(digest: [u8; 32]) {
            prop_assert_eq!(parse_hex(&hex(&digest)), Some(digest));
        }

        #[test]
        fn no_text_makes_the_parser_panic(text: String) {
            let _ = parse_hex(&text);
        }
    }
}
