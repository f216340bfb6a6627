//! What kernel.org publishes about its releases: `releases.json`, and the checksum file of a folder.

use kernel_spec::Sha256;
use kernel_spec::version::KernelVersion;
use serde::Deserialize;

/// The part of `releases.json` that is of use here.
#[derive(Debug, Deserialize)]
struct File {
    releases: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    version: String,
    #[serde(default)]
    iseol: bool,
    #[serde(default)]
    source: Option<String>,
}

/// One release of the list: the newest of its series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Release {
    pub(super) version: KernelVersion,
    pub(super) is_eol: bool,
    /// The address of its tarball; that of a release candidate lies outside of the layout.
    pub(super) source: Option<String>,
}

/// Whether a series still gets releases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    /// It does, or nobody said.
    Maintained,
    /// It does not.
    Ended,
}

/// Reads `releases.json`; versions that are none of a kernel (`next-20241127`) are passed over.
pub(super) fn parse_list(text: &str) -> Result<Vec<Release>, String> {
    let file: File = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let release = |entry: Entry| {
        let version = entry.version.parse().ok()?;
        Some(Release { version, is_eol: entry.iseol, source: entry.source })
    };
    Ok(file.releases.into_iter().filter_map(release).collect())
}

/// Says whether the series of a version still gets releases.
///
/// The list names a series for some time after its end, and then no more.
pub(super) fn life(list: &[Release], version: &KernelVersion) -> Life {
    let newest = list.iter().map(|release| release.version.series()).max();
    match list.iter().find(|release| release.version.series() == version.series()) {
        Some(release) if release.is_eol => Life::Ended,
        Some(_) => Life::Maintained,
        None if newest.is_some_and(|newest| version.series() < newest) => Life::Ended,
        None => Life::Maintained,
    }
}

/// A tarball in a checksum file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tarball {
    pub(super) version: KernelVersion,
    pub(super) file: String,
    pub(super) sha256: Sha256,
}

/// The compressions of one release, the best first.
const ENDINGS: [&str; 3] = [".tar.xz", ".tar.gz", ".tar.bz2"];

/// Reads a checksum file: `<64 digits>  linux-6.12.30.tar.xz` a line; of each release, the best compression.
pub(super) fn parse_sums(text: &str) -> Vec<Tarball> {
    let mut found: Vec<(usize, Tarball)> = Vec::new();
    for line in text.lines() {
        let mut words = line.split_whitespace();
        let (Some(digest), Some(file)) = (words.next(), words.next()) else { continue };
        let (Some(sha256), Some(name)) = (Sha256::from_hex(digest), file.strip_prefix("linux-")) else {
            continue;
        };
        let ending = ENDINGS.iter().enumerate().find_map(|(rank, end)| Some((rank, name.strip_suffix(end)?)));
        let Some((rank, version)) = ending else { continue };
        let Ok(version) = version.parse::<KernelVersion>() else { continue };
        let tarball = Tarball { version, file: file.to_owned(), sha256 };
        match found.iter_mut().find(|(_, known)| known.version == tarball.version) {
            Some(known) if known.0 <= rank => {}
            Some(known) => *known = (rank, tarball),
            None => found.push((rank, tarball)),
        }
    }
    found.into_iter().map(|(_, tarball)| tarball).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_tells_what_is_maintained() {
        let list = parse_list(
            r#"{ "latest_stable": { "version": "6.17.9" }, "releases": [
                { "moniker": "mainline", "version": "6.18-rc7", "iseol": false, "source": "https://git/linux-6.18-rc7.tar.gz" },
                { "moniker": "stable", "version": "6.17.9", "iseol": false, "source": null },
                { "moniker": "stable", "version": "6.16.12", "iseol": true },
                { "moniker": "longterm", "version": "6.12.59", "iseol": false },
                { "moniker": "linux-next", "version": "next-20251127", "iseol": false } ] }"#,
        )
        .expect("a list");
        assert_eq!(list.len(), 4);
        let life = |version: &str| life(&list, &version.parse().expect("a version"));
        let lives = ["6.12.1", "6.16.12", "6.11.11", "6.18-rc7", "6.19"].map(life);
        assert_eq!(lives, [Life::Maintained, Life::Ended, Life::Ended, Life::Maintained, Life::Maintained]);
        assert!(parse_list("<html>").is_err());
    }

    #[test]
    fn checksums_are_those_of_tarballs() {
        let digest = |byte: &str| byte.repeat(32);
        let text = format!(
            "{}  linux-6.12.tar.gz\n{}  linux-6.12.tar.xz\n{}  patch-6.12.xz\n{}  linux-6.12.30.tar.gz\nnonsense\n\
             xyz  linux-6.1.tar.xz\n{}  linux-next.tar.xz\n",
            digest("01"),
            digest("02"),
            digest("03"),
            digest("04"),
            digest("05"),
        );
        let found: Vec<String> = parse_sums(&text)
            .into_iter()
            .map(|one| format!("{} {} {}", one.version, one.file, &one.sha256.to_string()[..2]))
            .collect();
        assert_eq!(found, ["6.12 linux-6.12.tar.xz 02", "6.12.30 linux-6.12.30.tar.gz 04"]);
    }
}
