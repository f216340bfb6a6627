//! The places of a pinned source in the cache.

use kernel_host::AbsPath;
use kernel_host::env::Env;
use kernel_host::fs;
use kernel_host::signature::Keyring;
use kernel_spec::Sha256;

use super::{DOWNLOADS, SOURCES, SourceError};
use crate::pin::Pin;

/// The places of a pinned source in the cache.
pub(super) struct Cached {
    pub(super) tree: AbsPath,
    pub(super) marker: AbsPath,
    pub(super) seal: AbsPath,
    pub(super) lock: AbsPath,
    pub(super) partial: AbsPath,
    /// What it can be unpacked from, one for each address.
    pub(super) files: Vec<File>,
    cache: AbsPath,
}

/// A file that a source can be unpacked from.
#[derive(Clone, Debug)]
pub(super) struct File {
    /// Where it is fetched from; apt says it for a package.
    pub(super) address: Option<String>,
    /// Where it is kept.
    pub(super) path: AbsPath,
    /// The same, relative to the folder of downloads.
    pub(super) below: String,
    /// Its digest, where it is known; else that of the tar file in it is.
    pub(super) sha256: Option<Sha256>,
}

/// What a tarball's name may end with.
const ENDINGS: [&str; 9] =
    [".deb", ".tar.xz", ".txz", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.zst", ".tar"];

/// A file's name without what says how it is compressed, and that.
pub(super) fn split(file: &str) -> (&str, &str) {
    let split = ENDINGS.iter().find_map(|end| Some((file.strip_suffix(end)?, *end)));
    split.unwrap_or((file, ""))
}

/// The last part of an address.
pub(super) fn file_of(address: &str) -> &str {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    path.rsplit('/').next().unwrap_or_default()
}

impl Cached {
    pub(super) fn of(pin: &Pin, env: &Env) -> Result<Self, SourceError> {
        let cache = env.cache_dir().ok_or(SourceError::NoCache)?;
        let (stem, digest) = match pin {
            Pin::Deb { package, version, sha256, .. } => (format!("{package}_{version}"), sha256.to_string()),
            Pin::Tarball { file, sha256, tar_sha256, .. } => {
                let digest = sha256.or(*tar_sha256).map(|digest| digest.to_string()).unwrap_or_default();
                (split(file).0.to_owned(), digest)
            }
            Pin::Git { repository, tree, .. } => {
                let name = repository.trim_end_matches('/').rsplit(['/', ':']).next().unwrap_or_default();
                (name.trim_end_matches(".git").to_owned(), tree.clone())
            }
            Pin::Path { path } => return Ok(Self::own(path)),
        };
        let name = format!("{}-{}", plain(&stem), digest.get(..12).unwrap_or(&digest));
        let sources = cache.join(SOURCES);
        Ok(Self {
            tree: sources.join(&name),
            marker: sources.join(format!("{name}.ok")),
            seal: sources.join(format!("{name}.files")),
            lock: sources.join(format!("{name}.lock")),
            partial: sources.join(format!("{name}.partial")),
            files: files(pin, &cache),
            cache,
        })
    }

    fn own(path: &AbsPath) -> Self {
        let same = || path.clone();
        Self {
            tree: same(),
            marker: same(),
            seal: same(),
            lock: same(),
            partial: same(),
            files: Vec::new(),
            cache: same(),
        }
    }

    pub(super) fn is_whole(&self) -> bool {
        self.marker().is_some()
    }

    /// What was written when the tree was whole.
    pub(super) fn marker(&self) -> Option<Marker> {
        if !fs::is_dir(&self.tree) || !fs::is_file(&self.seal) {
            return None;
        }
        Marker::parse(&fs::read_to_string(&self.marker).ok()?)
    }

    /// Notes that the tree is used now.
    pub(super) fn touch(&self) {
        // The cache may be one that this user cannot write.
        let _ = fs::touch(&self.marker);
    }

    /// Says clearly what is wrong with the place, before anything is attempted.
    pub(super) fn check_place(&self) -> Result<(), SourceError> {
        let cache = &self.cache;
        fs::create_dir_all(cache).map_err(SourceError::cache)?;
        if let Some(owner) = fs::foreign_owner(cache)? {
            return Err(SourceError::ForeignCache { cache: cache.clone(), owner });
        }
        if fs::ignores_case(cache).map_err(SourceError::cache)? {
            return Err(SourceError::IgnoresCase { cache: cache.clone() });
        }
        Ok(())
    }
}

fn files(pin: &Pin, cache: &AbsPath) -> Vec<File> {
    let make = |address: Option<String>, name: &str, sha256: Option<Sha256>, tar: Option<Sha256>| {
        let folder = match (sha256, tar) {
            (Some(digest), _) => digest.to_string(),
            (None, Some(digest)) => format!("tar-{digest}"),
            // Nothing would prove it.
            (None, None) => return None,
        };
        let below = format!("{folder}/{}", plain(name));
        Some(File { address, path: cache.join(DOWNLOADS).join(&below), below, sha256 })
    };
    match pin {
        Pin::Deb { package, version, sha256, .. } => {
            make(None, &format!("{package}_{version}.deb"), Some(*sha256), None).into_iter().collect()
        }
        Pin::Tarball { file, addresses, sha256, tar_sha256, .. } => addresses
            .iter()
            .filter_map(|address| {
                let name = file_of(address);
                // The digest of the file is that of one compression.
                let digest = sha256.filter(|_| split(name).1 == split(file).1);
                make(Some(address.clone()), name, digest, *tar_sha256)
            })
            .collect(),
        Pin::Git { .. } | Pin::Path { .. } => Vec::new(),
    }
}

/// A file's name that no file system minds.
pub(super) fn plain(name: &str) -> String {
    let good = |c: char| c.is_ascii_alphanumeric() || "-._+".contains(c);
    name.chars().map(|c| if good(c) { c } else { '-' }).collect()
}

/// What is written when a tree is whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marker {
    pub(super) identity: String,
    pub(super) tar_sha256: Option<Sha256>,
    /// `linux-6.12.30.tar.sign by 647F…`.
    pub(super) signed: Vec<String>,
}

impl Marker {
    pub(super) fn render(&self) -> String {
        let mut text = format!("{}\n", self.identity);
        if let Some(digest) = self.tar_sha256 {
            text += &format!("uncompressed {digest}\n");
        }
        for signed in &self.signed {
            text += &format!("signed {signed}\n");
        }
        text
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let mut marker = Self { identity: lines.next()?.to_owned(), ..Self::default() };
        for line in lines {
            match line.split_once(' ')? {
                ("uncompressed", digest) => marker.tar_sha256 = Some(Sha256::from_hex(digest)?),
                ("signed", signed) => marker.signed.push(signed.to_owned()),
                _ => return None,
            }
        }
        Some(marker)
    }

    /// Whether one of the keys has signed; without keys nobody need.
    pub(super) fn is_signed_by(&self, keyring: &Keyring) -> bool {
        let signer = |print: &String| self.signed.iter().any(|signed| signed.ends_with(print.as_str()));
        keyring.is_empty() || keyring.fingerprints().iter().any(signer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_round_trips() {
        let whole = Marker {
            identity: "sha256 ab".into(),
            tar_sha256: Some(Sha256([7; 32])),
            signed: vec!["linux.tar.sign by AB".into()],
        };
        for marker in [whole, Marker { identity: "tree 12".into(), ..Marker::default() }] {
            assert_eq!(Marker::parse(&marker.render()), Some(marker));
        }
        assert_eq!(Marker::parse(""), None);
        assert_eq!(Marker::parse("x\nnew line\n"), None);
    }

    #[test]
    fn one_file_for_each_address_that_something_proves() {
        let tarball = |tar_sha256| Pin::Tarball {
            label: "linux".into(),
            file: "linux-6.12.tar.xz".into(),
            addresses: [
                "https://a/linux-6.12.tar.xz",
                "https://b/c/linux-6.12.tar.gz",
                "https://d/other.tar.xz?x=1",
            ]
            .map(str::to_owned)
            .to_vec(),
            sha256: Some(Sha256([1; 32])),
            tar_sha256,
        };
        let below = |pin| {
            let files = files(&pin, &AbsPath::new("/cache").expect("absolute"));
            files.into_iter().map(|file| file.below).collect::<Vec<_>>()
        };
        let (one, two) = ("01".repeat(32), "02".repeat(32));
        let xz = [format!("{one}/linux-6.12.tar.xz"), format!("{one}/other.tar.xz")];
        assert_eq!(below(tarball(None)), xz);
        let [first, last] = xz;
        assert_eq!(
            below(tarball(Some(Sha256([2; 32])))),
            [first, format!("tar-{two}/linux-6.12.tar.gz"), last]
        );
    }
}
