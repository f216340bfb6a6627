//! The kernelrelease that is compiled into a kernel.

/// The start of `linux_banner` (`init/version-timestamp.c`): `Linux version RELEASE (USER@HOST) (COMPILER) …`.
const BANNER: &[u8] = b"Linux version ";

/// The longest kernelrelease (`__NEW_UTS_LEN`, `include/uapi/linux/utsname.h`).
const LONGEST: usize = 64;

/// Finds the banner in an uncompressed kernel and returns the release in it.
///
/// The same words also stand in format strings, so that a hit counts only if a release and ` (` follow it.
pub(super) fn in_banner(image: &[u8]) -> Option<String> {
    memchr::memmem::find_iter(image, BANNER).find_map(|at| {
        let rest = &image[at + BANNER.len()..];
        let release = first_word(rest)?;
        rest[release.len()..].starts_with(b" (").then_some(release)
    })
}

/// The release that bytes start with: up to the first space, as the setup header's version string has it.
pub(super) fn first_word(bytes: &[u8]) -> Option<String> {
    let word = bytes.iter().take(LONGEST + 1).take_while(|byte| byte.is_ascii_graphic()).count();
    let word = &bytes[..word];
    let plausible = word.len() <= LONGEST && word.first()?.is_ascii_digit() && !word.contains(&b'%');
    plausible.then(|| String::from_utf8_lossy(word).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_banner_is_told_from_format_strings() {
        let image =
            b"..Linux version %s (..Linux version 6.12.117-guest (root@host) (gcc) #1\0Linux version 9 (";
        assert_eq!(in_banner(image).as_deref(), Some("6.12.117-guest"));
        assert_eq!(in_banner(b"Linux version 6.12"), None);
        assert_eq!(in_banner(&[b"Linux version 6.12-".as_slice(), &[b'a'; 80], b" ("].concat()), None);
    }
}
