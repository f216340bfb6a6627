//! What `apt-get` and `apt-cache` write, with `LC_ALL=C`.

use crate::digest::parse_hex;

/// What `apt-get --print-uris download` knows of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct File {
    pub(super) url: String,
    pub(super) file_name: String,
    pub(super) version: String,
    pub(super) size: u64,
    pub(super) sha256: Option<[u8; 32]>,
}

/// Says whether this can be the name of a package (Debian Policy 5.6.7).
pub(super) fn is_package_name(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "+-.".contains(c);
    text.len() >= 2 && text.chars().all(fits) && text.starts_with(|c: char| c.is_ascii_alphanumeric())
}

/// Reads the versions of `apt-cache madison PACKAGE`, in its order (newest first), each once.
///
/// ```text
/// linux-source-6.12 | 6.12.117-1~deb12u1 | http://mirror.example/… bookworm-security/main amd64 Packages
/// ```
pub(super) fn madison(package: &str, text: &str) -> Vec<String> {
    let mut versions = Vec::new();
    for line in text.lines() {
        let mut columns = line.splitn(3, '|').map(str::trim);
        let (Some(name), Some(version), Some(origin)) = (columns.next(), columns.next(), columns.next())
        else {
            continue;
        };
        // Source packages are listed by the same command.
        let is_new = !versions.iter().any(|known| known == version);
        if name == package && origin.ends_with(" Packages") && is_new {
            versions.push(version.to_owned());
        }
    }
    versions
}

/// Says whether `apt-cache policy` lists anything beside what is installed.
///
/// ```text
/// Package files:
///  100 /var/lib/dpkg/status
///      release a=now
///  500 http://mirror.example/debian bookworm/main amd64 Packages
/// ```
pub(super) fn has_lists(text: &str) -> bool {
    let files = text.lines().take_while(|line| !line.starts_with("Pinned packages"));
    files.into_iter().any(|line| line.trim_end().ends_with(" Packages"))
}

/// Reads the one line of `apt-get --print-uris download PACKAGE`.
///
/// ```text
/// 'http://…/linux-source-6.12_6.12.30-1%7ebpo12+1_all.deb' linux-source-6.12_6.12.30-1~bpo12+1_all.deb 152 SHA256:…
/// ```
///
/// The file's name is made of package, version and architecture; an epoch's colon is `%3a` in it.
pub(super) fn print_uris(package: &str, text: &str) -> Option<File> {
    let mut lines = text.lines().filter(|line| line.starts_with('\''));
    let line = lines.next()?;
    if lines.next().is_some() {
        return None;
    }
    let (url, rest) = line.strip_prefix('\'')?.split_once('\'')?;
    let mut words = rest.split_whitespace();
    let file_name = words.next()?;
    let size = words.next()?.parse().ok()?;
    let sha256 = words.next().and_then(|digest| parse_hex(digest.strip_prefix("SHA256:")?));
    let version_and_arch = file_name.strip_prefix(package)?.strip_prefix('_')?;
    let (version, _arch) = version_and_arch.rsplit_once('_')?;
    // It becomes a file below a directory of ours.
    if file_name.contains('/') || version.is_empty() {
        return None;
    }
    let version = version.replace("%3a", ":").replace("%3A", ":");
    Some(File { url: url.to_owned(), file_name: file_name.to_owned(), version, size, sha256 })
}

/// Reads the SHA-256 of one version from `apt-cache show`.
pub(super) fn show_sha256(version: &str, text: &str) -> Option<[u8; 32]> {
    let field = |paragraph: &str, name: &str| {
        let values = paragraph.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        values.map(|value| value.trim().to_owned()).next()
    };
    let mut paragraphs = text.split("\n\n");
    let paragraph = paragraphs.find(|paragraph| field(paragraph, "Version").as_deref() == Some(version))?;
    parse_hex(&field(paragraph, "SHA256")?)
}
