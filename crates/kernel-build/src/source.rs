//! From a pin to a source tree on disk.
//!
//! ```text
//! <cache>/downloads-v1/<sha256>/<file>          what was fetched; verified before it has this name
//! <cache>/sources-v1/<name>-<digest>/           the unpacked tree
//! <cache>/sources-v1/<name>-<digest>.ok         written last: the tree is whole
//! <cache>/sources-v1/<name>-<digest>.lock       held by whoever makes it
//! ```
//!
//! The cache belongs to the user, not to a workspace. A tree without its marker is what a killed run left; it is removed
//! and made again. A tree of the user's own (`path`) is used where it is and never written to.
//!
//! Invariants: a [`SourceTree`] is whole, its version satisfies the manifest, and kbuild can build out of it.

mod error;
mod own;

use kernel_host::AbsPath;
use kernel_host::apt;
use kernel_host::archive::{self, Limits, Order};
use kernel_host::cancel::Cancel;
use kernel_host::download;
use kernel_host::env::Env;
use kernel_host::fs;
use kernel_host::lock::FileLock;
use kernel_host::{Progress, digest};
use kernel_spec::{Arch, Sha256, SourceEntry};

use crate::event::{Unit, Voice};
use crate::lock::Pin;
use crate::makefile::TreeVersion;
use crate::options::Network;

pub use error::SourceError;
pub(crate) use own::identity as own_tree_identity;

const DOWNLOADS: &str = "downloads-v1";
const SOURCES: &str = "sources-v1";

/// A source tree that can be built out of.
#[derive(Clone, Debug)]
pub(crate) struct SourceTree {
    pub(crate) path: AbsPath,
    pub(crate) version: TreeVersion,
}

/// Everything that fetching needs.
#[derive(Clone, Copy)]
pub(crate) struct Fetcher<'a> {
    pub(crate) env: &'a Env,
    pub(crate) cancel: &'a Cancel,
    pub(crate) network: Network,
    pub(crate) voice: Voice<'a>,
}

/// The place of a pinned source in the cache.
struct Cached {
    tree: AbsPath,
    marker: AbsPath,
    lock: AbsPath,
    partial: AbsPath,
    download: AbsPath,
}

impl Cached {
    fn of(pin: &Pin, env: &Env) -> Result<Self, SourceError> {
        let cache = env.cache_dir().ok_or(SourceError::NoCache)?;
        let (file, sha256) = match pin {
            Pin::Deb { package, version, sha256, .. } => (format!("{package}_{version}.deb"), sha256),
            Pin::Url { url, sha256 } => (url.rsplit('/').next().unwrap_or(url).to_owned(), sha256),
            Pin::Path { path } => return Ok(Self::own(path)),
        };
        let file = plain(&file);
        let stem = [".deb", ".tar.xz", ".tar.gz", ".tar.zst", ".tgz", ".tar"]
            .iter()
            .find_map(|end| file.strip_suffix(end));
        let name = format!("{}-{}", stem.unwrap_or(&file), &sha256.to_string()[..12]);
        let sources = cache.join(SOURCES);
        Ok(Self {
            tree: sources.join(&name),
            marker: sources.join(format!("{name}.ok")),
            lock: sources.join(format!("{name}.lock")),
            partial: sources.join(format!("{name}.partial")),
            download: cache.join(DOWNLOADS).join(sha256.to_string()).join(file),
        })
    }

    fn own(path: &AbsPath) -> Self {
        let same = || path.clone();
        Self { tree: same(), marker: same(), lock: same(), partial: same(), download: same() }
    }

    fn is_whole(&self) -> bool {
        fs::is_file(&self.marker) && fs::is_dir(&self.tree)
    }
}

/// A file's name that no file system minds.
fn plain(name: &str) -> String {
    let good = |c: char| c.is_ascii_alphanumeric() || "-._+".contains(c);
    name.chars().map(|c| if good(c) { c } else { '-' }).collect()
}

/// What is known of a source without fetching it.
pub(crate) struct Known {
    pub(crate) tree: AbsPath,
    pub(crate) state: kernel_plan::SourceState,
    pub(crate) kernelversion: Option<String>,
}

/// Looks at the cache, and at nothing else.
pub(crate) fn known(pin: &Pin, env: &Env) -> Result<Known, SourceError> {
    use kernel_plan::SourceState as State;
    let cached = Cached::of(pin, env)?;
    let state = match pin {
        Pin::Path { .. } => State::Own,
        _ if cached.is_whole() => State::Unpacked,
        _ if fs::is_file(&cached.download) => State::Fetched,
        _ => State::Absent,
    };
    let there = matches!(state, State::Own | State::Unpacked);
    let version =
        if there { tree_version(&cached.tree).ok().map(|version| version.kernelversion) } else { None };
    Ok(Known { tree: cached.tree, state, kernelversion: version })
}

impl Fetcher<'_> {
    /// Makes the tree be there: fetched, verified, unpacked, of the right version, fit to build out of.
    pub(crate) fn obtain(
        self,
        source: &SourceEntry,
        pin: &Pin,
        arch: Option<Arch>,
    ) -> Result<SourceTree, SourceError> {
        let name = source.name.value.to_string();
        let cached = Cached::of(pin, self.env)?;
        let tree = match pin {
            Pin::Path { path } if !fs::is_dir(path) => {
                return Err(SourceError::NoDirectory { name, path: path.clone() });
            }
            Pin::Path { path } => path.clone(),
            _ => {
                self.make(pin, &cached)?;
                cached.tree
            }
        };
        let version = tree_version(&tree)?;
        let found = &version.kernelversion;
        if let Some(requirement) = &source.version
            && !requirement.value.matches(&version.version)
        {
            let found = found.clone();
            let place = requirement.location.as_ref().map(ToString::to_string).unwrap_or_default();
            let requirement = requirement.value.as_str().to_owned();
            return Err(SourceError::WrongVersion { name, found, requirement, place });
        }
        if let Some(arch) = arch {
            check_clean(&tree, arch)?;
        }
        Ok(SourceTree { path: tree, version })
    }

    fn make(self, pin: &Pin, cached: &Cached) -> Result<(), SourceError> {
        if cached.is_whole() {
            return Ok(());
        }
        let what = pin.label();
        let mut on_wait =
            || self.voice.started("Waiting", format!("for {what}, which another process unpacks"));
        let _lock = FileLock::exclusive(&cached.lock, self.cancel, &mut on_wait)?;
        if cached.is_whole() {
            return Ok(());
        }
        self.download(pin, cached, &what)?;
        // What a killed run left.
        fs::remove_file(&cached.marker)?;
        fs::remove_dir_all(&cached.tree)?;
        fs::remove_dir_all(&cached.partial)?;
        self.voice.started("Unpacking", what.clone());
        {
            let bar = self.voice.bar("Unpacking", what, Unit::Bytes);
            let mut progress = |progress: Progress| bar.at(progress.done, progress.total, "");
            let order = Order {
                archive: &cached.download,
                dest: &cached.partial,
                deb_member: matches!(pin, Pin::Deb { .. }).then_some(".tar.xz"),
                tar_sha256: None,
                witness: None,
                limits: Limits::default(),
            };
            let unpacked = archive::unpack(order, self.cancel, &mut progress);
            if unpacked.is_err() {
                fs::remove_dir_all(&cached.partial)?;
            }
            unpacked?;
        }
        fs::rename(&cached.partial, &cached.tree)?;
        fs::write_atomic(&cached.marker, format!("{}\n", pin.identity()).as_bytes())?;
        Ok(())
    }

    fn download(self, pin: &Pin, cached: &Cached, what: &str) -> Result<(), SourceError> {
        let Some(expected) = pin.sha256() else { return Ok(()) };
        if fs::is_file(&cached.download) {
            if digest::sha256_file(&cached.download)? == expected.0 {
                return Ok(());
            }
            let message = format!("`{}` is not what was downloaded: it is fetched again", cached.download);
            self.voice.warning(message, None);
            fs::remove_file(&cached.download)?;
        }
        if self.network == Network::Offline {
            return Err(SourceError::Offline { what: what.to_owned() });
        }
        let (url, size) = match pin {
            Pin::Url { url, .. } => (url.clone(), None),
            Pin::Deb { package, version, .. } => {
                let answer = apt::resolve(package, Some(version), self.env, self.cancel)?;
                if answer.sha256 != expected.0 {
                    let (what, found) = (what.to_owned(), Sha256(answer.sha256));
                    return Err(SourceError::Repinned { what, found, expected });
                }
                (answer.url, Some(answer.size))
            }
            Pin::Path { .. } => return Ok(()),
        };
        self.voice.started("Fetching", what);
        let bar = self.voice.bar("Fetching", what, Unit::Bytes);
        let request =
            download::Request { url, dest: cached.download.clone(), size, sha256: Some(expected.0) };
        let mut progress = |progress: Progress| bar.at(progress.done, progress.total, "");
        download::fetch(&request, self.env, self.cancel, &mut progress)?;
        Ok(())
    }
}

/// What a tree's top Makefile says.
fn tree_version(tree: &AbsPath) -> Result<TreeVersion, SourceError> {
    let makefile = tree.join("Makefile");
    if !fs::is_file(&makefile) {
        return Err(SourceError::NoTree { tree: tree.clone() });
    }
    let text = fs::read_to_string(&makefile)?;
    TreeVersion::parse(&text).map_err(|source| SourceError::Makefile { tree: tree.clone(), source })
}

/// The three things that make the kernel's own `outputmakefile` rule refuse a tree.
fn check_clean(tree: &AbsPath, arch: Arch) -> Result<(), SourceError> {
    let generated = format!("arch/{}/include/generated", arch.src_arch());
    for found in [".config", "include/config", &generated] {
        if fs::exists(&tree.join(found)) {
            let command = format!("make -C {tree} ARCH={} mrproper", arch.kernel_name());
            return Err(SourceError::NotClean { tree: tree.clone(), found: found.to_owned(), command });
        }
    }
    Ok(())
}
