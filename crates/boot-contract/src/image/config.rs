//! The `.config` in a kernel with `CONFIG_IKCONFIG=y`.
//!
//! `kernel/configs.c` puts it, packed by gzip, between two marks; `scripts/extract-ikconfig` finds it by them.

const START: &[u8] = b"IKCFG_ST\x1f\x8b\x08";
const END: &[u8] = b"IKCFG_ED";
const MARK: usize = 8;

/// The packed `.config` in an image that is not compressed as a whole; the caller unpacks it (gzip).
///
/// `None` where the kernel has none inside (`CONFIG_IKCONFIG` is `n`, or `m`: then it is in a module), and in a `bzImage`,
/// where it is packed together with everything else.
pub fn embedded_config(image: &[u8]) -> Option<&[u8]> {
    let packed = image.get(memchr::memmem::find(image, START)? + MARK..)?;
    let end = memchr::memmem::find(packed, END)?;
    packed.get(..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_between_the_marks_is_found() {
        let image = b"..IKCFG_ST is a string..IKCFG_ST\x1f\x8b\x08packedIKCFG_ED..";
        assert_eq!(embedded_config(image), Some(&b"\x1f\x8b\x08packed"[..]));
        assert_eq!(embedded_config(b"IKCFG_ST\x1f\x8b\x08cut"), None);
        assert_eq!(embedded_config(b"IKCFG_ED IKCFG_ST"), None);
    }
}
