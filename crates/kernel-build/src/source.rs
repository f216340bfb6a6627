//! From a pin to a source tree on disk.
//!
//! ```text
//! <cache>/downloads-v1/<digest>/<file>          what was fetched; verified before it has this name
//! <cache>/git-v1/<repository>.git               commits that were fetched
//! <cache>/sources-v2/<name>-<digest>/           the unpacked tree
//! <cache>/sources-v2/<name>-<digest>.files      every file of it, with its digest
//! <cache>/sources-v2/<name>-<digest>.ok         written last: the tree is whole, and what was verified
//! <cache>/sources-v2/<name>-<digest>.lock       held by whoever makes it, shared by whoever uses it
//! ```
//!
//! The cache belongs to the user, not to a workspace. A folder that `kernel vendor` made has the same layout and is looked
//! into first. A tree without its marker is what a killed run left; it is removed and made again. A tree of the user's own
//! (`path`) is used where it is and never written to.
//!
//! Invariants: a [`SourceTree`] is whole, its version satisfies the manifest, where the manifest names keys a signature by one
//! of them is over it, and kbuild can build out of it. That it was not touched since it was unpacked is known once
//! [`SourceTree::untouched`] has said so, which whoever says or keeps something of it asks first.

mod cached;
pub(crate) mod contents;
mod error;
mod fetch;
mod look;
mod own;
mod patch;
pub(crate) mod patched;
pub(crate) mod seal;
mod signed;
mod vendor;

use std::sync::Arc;

use kernel_host::AbsPath;
use kernel_host::Progress;
use kernel_host::archive::{self, Limits, Order, Witness};
use kernel_host::cancel::Cancel;
use kernel_host::env::Env;
use kernel_host::fs::{self, FsError, TempDir};
use kernel_host::lock::FileLock;
use kernel_host::signature::Keyring;
use kernel_spec::{Arch, LockMode, Sha256, SourceEntry, SourceName};

use crate::event::{Unit, Voice};
use crate::lock::{Locked, learn};
use crate::makefile::TreeVersion;
use crate::options::Options;
use crate::origin::git::Repository;
use crate::patch::PatchPart;
use crate::pin::Pin;

use cached::{Cached, Marker};
pub use error::SourceError;
pub(crate) use look::Begun;
use look::Look;
pub(crate) use own::identity as own_tree_identity;
pub use seal::{Change, ChangeKind};
pub(crate) use signed::keyring;

/// The folder of what was fetched.
pub(crate) const DOWNLOADS: &str = "downloads-v1";
/// The folder of what was unpacked.
pub(crate) const SOURCES: &str = "sources-v2";

/// A source tree that can be built out of.
#[derive(Clone, Debug)]
pub(crate) struct SourceTree {
    pub(crate) path: AbsPath,
    pub(crate) version: TreeVersion,
    /// What was signed, and by whom.
    pub(crate) verified: Vec<String>,
    /// The patches that were applied, in order.
    pub(crate) patches: Vec<PatchPart>,
    /// What objects were made from: with another one, none of them is good any more.
    pub(crate) origin: String,
    /// Keeps others from removing the tree while it is used.
    in_use: Vec<Arc<FileLock>>,
    /// Whether it was touched, of a pinned one.
    look: Option<Arc<Look>>,
}

impl SourceTree {
    /// Waits for the look at it.
    ///
    /// # Errors
    /// Where a pinned tree was touched since it was unpacked: then nothing counts that came out of it.
    pub(crate) fn untouched(&self) -> Result<(), SourceError> {
        self.look.as_ref().map_or(Ok(()), |look| look.verdict())
    }
}

/// Everything that fetching needs.
#[derive(Clone, Copy)]
pub(crate) struct Fetcher<'a> {
    pub(crate) locked: &'a Locked,
    pub(crate) env: &'a Env,
    pub(crate) cancel: &'a Cancel,
    pub(crate) options: &'a Options,
    pub(crate) voice: Voice<'a>,
}

/// What is known of a source without fetching it.
pub(crate) struct Known {
    pub(crate) tree: AbsPath,
    pub(crate) state: kernel_plan::SourceState,
    pub(crate) kernelversion: Option<String>,
}

/// What happens to a tree that was touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repair {
    /// It is told.
    No,
    /// It is unpacked again.
    Yes,
}

/// A tree that was compared with what it was unpacked from.
#[derive(Clone, Debug)]
pub struct VerifiedSource {
    /// The source.
    pub name: SourceName,
    /// Its tree.
    pub tree: AbsPath,
    /// How many files and links it has.
    pub members: usize,
    /// How it differs.
    pub changes: Vec<Change>,
}

/// Looks at the cache, and at nothing else.
pub(crate) fn known(pin: &Pin, env: &Env) -> Result<Known, SourceError> {
    use kernel_plan::SourceState as State;
    let cached = Cached::of(pin, env)?;
    let state = match pin {
        Pin::Path { .. } => State::Own,
        _ if cached.is_whole() => State::Unpacked,
        _ if cached.files.iter().any(|file| fs::is_file(&file.path)) => State::Fetched,
        _ => State::Absent,
    };
    let there = matches!(state, State::Own | State::Unpacked);
    let version =
        if there { tree_version(&cached.tree).ok().map(|version| version.kernelversion) } else { None };
    Ok(Known { tree: cached.tree, state, kernelversion: version })
}

/// A folder of the cache for what is gone when it is no longer needed.
pub(crate) fn scratch(env: &Env) -> Result<TempDir, FsError> {
    match env.cache_dir() {
        Some(cache) => fs::temp_dir_in(&cache.join("scratch"), "run-"),
        None => fs::temp_dir_in(&env.current_dir().join("target"), ".scratch-"),
    }
}

impl Fetcher<'_> {
    /// Makes the tree be there: fetched, verified, unpacked, untouched, of the right version, fit to build out of.
    pub(crate) fn obtain(
        self,
        source: &SourceEntry,
        pin: &Pin,
        arch: Option<Arch>,
    ) -> Result<SourceTree, SourceError> {
        let tree = self.take(source, pin, arch, None)?;
        tree.untouched()?;
        Ok(tree)
    }

    /// The same, while it is still being looked at; where that was begun before, it goes on.
    pub(crate) fn take(
        self,
        source: &SourceEntry,
        pin: &Pin,
        arch: Option<Arch>,
        begun: Option<Begun>,
    ) -> Result<SourceTree, SourceError> {
        let name = source.name.value.to_string();
        let cached = Cached::of(pin, self.env)?;
        let mut verified = Vec::new();
        let (path, in_use, look) = match pin {
            Pin::Path { path } if !fs::is_dir(path) => {
                return Err(SourceError::NoDirectory { name, path: path.clone() });
            }
            Pin::Path { path } => {
                if self.locked.loaded().overridden(&source.name.value).is_some() {
                    self.voice.started("Using", format!("{path} in place of source `{name}`, unpinned"));
                }
                (path.clone(), None, None)
            }
            _ => {
                let Begun { marker, in_use, look } = self.make(source, pin, &cached, begun)?;
                cached.touch();
                if self.options.lock_mode == LockMode::Update
                    && let Some(digest) = marker.tar_sha256
                {
                    learn(self.locked.loaded(), &source.name.value, digest, &marker.signed)?;
                }
                verified = marker.signed;
                (cached.tree.clone(), in_use, Some(look))
            }
        };
        let fit = fit(source, &path, arch);
        if let (Err(_), Some(look)) = (&fit, &look) {
            look.verdict()?;
        }
        let version = fit?;
        // Elsewhere it is another tree, with the same contents too: its paths are in every object's `.cmd` file.
        let origin = format!("{path} {}", pin.identity());
        let in_use = in_use.into_iter().collect();
        Ok(SourceTree { path, version, verified, patches: Vec::new(), origin, in_use, look })
    }

    /// Makes the tree in the cache, or finds it there, and begins to look at it.
    fn make(
        self,
        source: &SourceEntry,
        pin: &Pin,
        cached: &Cached,
        begun: Option<Begun>,
    ) -> Result<Begun, SourceError> {
        let (keyring, name) = (keyring(self.locked.loaded(), source)?, name_of(source));
        if let Some(begun) = begun.filter(|begun| begun.marker.is_signed_by(&keyring)) {
            return check(pin, begun);
        }
        let what = pin.label();
        let mut on_wait = || self.voice.started("Waiting", format!("for {what}, which is being unpacked"));
        for attempt in 0.. {
            // Where the cache cannot be written, nobody removes anything from it either.
            let in_use = FileLock::shared(&cached.lock, self.cancel, &mut on_wait).ok().map(Arc::new);
            if let Some(marker) = cached.marker().filter(|marker| marker.is_signed_by(&keyring)) {
                return check(pin, Begun::new(name, cached, marker, in_use));
            }
            drop(in_use);
            if attempt > 0 {
                break;
            }
            cached.check_place()?;
            let _lock = FileLock::exclusive(&cached.lock, self.cancel, &mut on_wait)?;
            if cached.marker().is_none_or(|marker| !marker.is_signed_by(&keyring)) {
                self.unpack(source, pin, cached, &keyring)?;
            }
        }
        Err(SourceError::Vanished {
            what,
            cause: "it was removed while it was being unpacked".to_owned(),
            name,
        })
    }

    /// Makes the tree; the caller holds its lock.
    fn unpack(
        self,
        source: &SourceEntry,
        pin: &Pin,
        cached: &Cached,
        keyring: &Keyring,
    ) -> Result<(), SourceError> {
        // What a killed run left.
        fs::remove_file(&cached.marker)?;
        fs::remove_file(&cached.seal)?;
        fs::remove_dir_all(&cached.tree)?;
        fs::remove_dir_all(&cached.partial)?;
        let what = pin.label();
        let temp;
        let (archive, deb_member) = match pin {
            Pin::Git { repository, commit, .. } => {
                temp = scratch(self.env)?;
                let to = temp.path().join("tree.tar");
                self.git(source, repository, commit)?.archive(commit, &to)?;
                (to, None)
            }
            _ => (self.archive(source, pin, cached)?, matches!(pin, Pin::Deb { .. }).then_some(".tar.xz")),
        };
        let signature = if keyring.is_empty() { None } else { Some(self.signature(pin, cached, keyring)?) };
        self.voice.started("Unpacking", what.clone());
        let unpacked = {
            let bar = self.voice.bar("Unpacking", fetch::short(&what), Unit::Bytes);
            let mut progress = |progress: Progress| bar.at(progress.done, progress.total, "");
            let order = Order {
                archive: &archive,
                dest: &cached.partial,
                deb_member,
                tar_sha256: pin.tar_sha256().map(|digest| digest.0),
                witness: signature.as_ref().map(|signature| signature as &dyn Witness),
                limits: Limits::default(),
            };
            archive::unpack(order, self.cancel, &mut progress)?
        };
        seal::write(&cached.seal, &unpacked.members)?;
        fs::rename(&cached.partial, &cached.tree)?;
        let marker = Marker {
            identity: pin.identity(),
            // The tar file of a commit is made here, and nobody else has it.
            tar_sha256: (!matches!(pin, Pin::Git { .. })).then_some(Sha256(unpacked.tar_sha256)),
            signed: signature.into_iter().filter_map(|signature| signature.signed()).collect(),
        };
        fs::write_atomic(&cached.marker, marker.render().as_bytes())?;
        Ok(())
    }

    /// Compares a tree of the cache byte for byte; `None` where there is none.
    pub(crate) fn verify(
        self,
        source: &SourceEntry,
        pin: &Pin,
        repair: Repair,
    ) -> Result<Option<VerifiedSource>, SourceError> {
        let cached = Cached::of(pin, self.env)?;
        if !pin.is_pinned() || !cached.is_whole() {
            return Ok(None);
        }
        self.voice.started("Verifying", pin.label());
        let changes = seal::thorough(&cached.tree, &cached.seal, self.cancel)?;
        let members = fs::read_to_string(&cached.seal)?.lines().count();
        if !changes.is_empty() && repair == Repair::Yes {
            let mut on_wait = || self.voice.started("Waiting", "for others who use the tree");
            let _lock = FileLock::exclusive(&cached.lock, self.cancel, &mut on_wait)?;
            self.unpack(source, pin, &cached, &keyring(self.locked.loaded(), source)?)?;
        }
        let (name, tree) = (source.name.value.clone(), cached.tree.clone());
        Ok(Some(VerifiedSource { name, tree, members, changes }))
    }

    /// The repository on this machine that has a commit: the vendored one, or that of the cache.
    fn local_git<'r>(self, address: &'r str, commit: &str) -> Result<Option<Repository<'r>>, SourceError>
    where
        Self: 'r,
    {
        let cache = self.env.cache_dir().ok_or(SourceError::NoCache)?;
        let places = self.vendor().into_iter().chain([cache]);
        let mut repositories = places.map(|place| Repository::of(address, &place, self.cancel, self.voice));
        Ok(repositories.find(|repository| repository.has(commit)))
    }

    /// The repository that has a commit, which is fetched if need be.
    fn git<'r>(
        self,
        source: &SourceEntry,
        address: &'r str,
        commit: &str,
    ) -> Result<Repository<'r>, SourceError>
    where
        Self: 'r,
    {
        if let Some(repository) = self.local_git(address, commit)? {
            return Ok(repository);
        }
        self.need_network(&format!("{address} {commit}"))?;
        let cache = self.env.cache_dir().ok_or(SourceError::NoCache)?;
        let repository = Repository::of(address, &cache, self.cancel, self.voice);
        self.voice.started("Fetching", format!("{address} {commit}"));
        repository.ensure(commit).map_err(|error| SourceError::of_git(error, &name_of(source)))?;
        Ok(repository)
    }
}

/// A tree that is whole: is it the one that is pinned?
fn check(pin: &Pin, begun: Begun) -> Result<Begun, SourceError> {
    match (pin.tar_sha256(), begun.marker.tar_sha256) {
        (Some(expected), Some(found)) if expected != found => {
            Err(SourceError::OtherTar { what: pin.label(), found, expected })
        }
        _ => Ok(begun),
    }
}

/// The version of a tree, where it is the one that is asked for and kbuild can build out of the tree.
fn fit(source: &SourceEntry, tree: &AbsPath, arch: Option<Arch>) -> Result<TreeVersion, SourceError> {
    let version = tree_version(tree)?;
    if let Some(requirement) = &source.version
        && !requirement.value.matches(&version.version)
    {
        let found = version.kernelversion;
        let place = requirement.location.as_ref().map(ToString::to_string).unwrap_or_default();
        let requirement = requirement.value.as_str().to_owned();
        return Err(SourceError::WrongVersion { name: name_of(source), found, requirement, place });
    }
    if let Some(arch) = arch {
        check_clean(tree, arch)?;
    }
    Ok(version)
}

fn name_of(source: &SourceEntry) -> String {
    source.name.value.to_string()
}

/// What a tree's top Makefile says.
pub(crate) fn tree_version(tree: &AbsPath) -> Result<TreeVersion, SourceError> {
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
