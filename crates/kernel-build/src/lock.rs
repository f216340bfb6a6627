//! From a spec to a locked one: every source that is needed is pinned, and `Kernel.lock` says so.
//!
//! An origin is asked only where the lockfile has no pin that fits. A pin that its origin does not have any more is an
//! error when it is fetched, and not replaced: what is built changes only where somebody asks for it (`kernel update`).
//!
//! What the first unpacking tells, the digest of the uncompressed tar file and who signed it, is added to the entry then
//! ([`learn`]); it is no change that `--locked` forbids, and under `--locked` it is not written.

mod resolved;
mod update;

use std::collections::{BTreeMap, BTreeSet};

use kernel_host::AbsPath;
use kernel_host::apt::{self, AptError, DebPackage};
use kernel_host::cancel::Cancel;
use kernel_host::env::Env;
use kernel_host::fs::{self, FsError};
use kernel_host::lock::FileLock;
use kernel_host::signature::Keyring;
use kernel_spec::lockfile::deb_kernelversion;
use kernel_spec::{
    Diagnostic, KernelName, LockError as SpecLockError, LockOutcome, LockedSpec, Lockfile, Origin, Point,
    Sha256, SourceEntry, SourceName, SourcePin, SourceText,
};

use crate::event::Voice;
use crate::load::{LoadError, Loaded};
use crate::options::{Network, Options, Selection, Setup};
use crate::origin::git::{self, Repository};
use crate::origin::kernel_org::{KernelOrg, Newest};
use crate::origin::{GitError, KernelOrgError, Life};
use crate::pin::{Pin, kernel_org_bases};
use crate::source::{self, SourceError};

pub use update::{Repin, Standing, Update};

/// Why a spec cannot be locked.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// The lockfile must not change, or an origin has what the manifest does not want.
    #[error(transparent)]
    Spec(#[from] SpecLockError),
    /// The lockfile's text has errors.
    #[error("{} {} in Kernel.lock", .0.len(), if .0.len() == 1 { "error" } else { "errors" })]
    Diagnostics(Vec<Diagnostic>),
    /// The origin cannot be asked.
    #[error("source `{name}` has no pin in Kernel.lock, and `--offline` forbids to ask its origin")]
    Offline {
        /// The source.
        name: SourceName,
    },
    /// apt did not answer.
    #[error("could not pin source `{name}`")]
    Apt {
        /// The source.
        name: SourceName,
        /// Why.
        source: AptError,
    },
    /// kernel.org did not answer, or has no such release.
    #[error("could not pin source `{name}`")]
    KernelOrg {
        /// The source.
        name: SourceName,
        /// Why.
        source: KernelOrgError,
    },
    /// A repository did not answer, or has no such commit.
    #[error("could not pin source `{name}`")]
    Git {
        /// The source.
        name: SourceName,
        /// Why.
        source: GitError,
    },
    /// The keys cannot be read, or there is no cache.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// `--precise` names nothing that the origin could have.
    #[error("`{text}` is no version of source `{name}`")]
    Imprecise {
        /// The source.
        name: SourceName,
        /// What was asked for.
        text: String,
    },
    /// Somebody else wrote the lockfile while an update looked at what it does.
    #[error("`Kernel.lock` was changed by somebody else meanwhile, and is left as it is")]
    Changed,
    /// A kernel of another selection than was locked.
    #[error("source `{name}` is not pinned")]
    NotPinned {
        /// The source.
        name: SourceName,
    },
    /// A name that the manifest does not have.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A file.
    #[error(transparent)]
    Fs(#[from] FsError),
}

impl LockError {
    /// What to do about it.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Spec(error) => error.hint(),
            Self::Offline { .. } => {
                Some("run `kernel fetch` with a network first, and keep Kernel.lock".into())
            }
            Self::Apt { source: AptError::NoApt, .. } => {
                Some("`deb` sources need a Debian-like machine: name the source by `url` and `sha256`".into())
            }
            Self::Apt { .. } => Some("refresh the package lists: `--setup` does it".into()),
            Self::KernelOrg { source: KernelOrgError::NoRelease { .. }, .. } => {
                Some("change `version`, or name another origin".into())
            }
            Self::KernelOrg { source: KernelOrgError::Download(_), .. } => {
                Some("name a mirror by `kernel-org` or `mirrors`, or another origin by `origins`".into())
            }
            Self::Git { source: GitError::Absent { said, .. }, .. } => {
                Some(format!("git says: {}", said.trim()))
            }
            Self::Source(error) => error.hint(),
            Self::Imprecise { .. } => Some(
                "`--precise` takes a release of kernel.org (`6.12.30`) or the version of a package; a commit is named by \
                 `rev` in the manifest"
                    .into(),
            ),
            Self::Changed => Some("run `kernel update` again".into()),
            Self::KernelOrg { .. } | Self::Git { .. } => None,
            Self::Load(error) => error.hint(),
            Self::Diagnostics(_) | Self::NotPinned { .. } | Self::Fs(_) => None,
        }
    }
}

/// A loaded workspace whose needed sources are pinned.
#[derive(Clone, Debug)]
pub struct Locked {
    loaded: Loaded,
    locked: LockedSpec,
}

impl Locked {
    /// A workspace with other pins than its lockfile has.
    pub(crate) fn with(loaded: &Loaded, locked: &LockedSpec) -> Self {
        Self { loaded: loaded.clone(), locked: locked.clone() }
    }

    /// The same pins, with the points of a matrix as kernels too.
    pub(crate) fn with_points(self, points: &[Point]) -> Result<Self, LoadError> {
        Ok(Self { loaded: self.loaded.with_points(points)?, ..self })
    }

    /// The workspace.
    pub fn loaded(&self) -> &Loaded {
        &self.loaded
    }

    /// A source and where exactly it comes from.
    ///
    /// # Errors
    /// [`LockError::NotPinned`] for a source outside of the selection that was locked.
    pub fn pin(&self, name: &SourceName) -> Result<(&SourceEntry, Pin), LockError> {
        let not_pinned = || LockError::NotPinned { name: name.clone() };
        let entry = self.loaded.spec().sources.get(name).ok_or_else(not_pinned)?;
        if let Some(path) = self.loaded.overridden(name) {
            return Ok((entry, Pin::Path { path: path.clone() }));
        }
        if let Origin::Path { path } = &entry.origin.value {
            return Ok((entry, Pin::Path { path: self.loaded.workspace().root().join(path) }));
        }
        Ok((entry, Pin::of(&self.loaded, entry, self.locked.pin(name).ok_or_else(not_pinned)?)))
    }
}

/// Everything that locking needs.
pub(crate) struct Locker<'a> {
    pub(crate) env: &'a Env,
    pub(crate) cancel: &'a Cancel,
    pub(crate) options: &'a Options,
    pub(crate) voice: Voice<'a>,
    /// The one version that is asked for, instead of the newest.
    pub(crate) precise: Option<&'a str>,
}

impl Locker<'_> {
    pub(crate) fn lock(&self, loaded: Loaded, selection: &Selection) -> Result<Locked, LockError> {
        // Origins take their time: who finds that the file was changed meanwhile begins anew, and loses nobody's pins.
        loop {
            if let Some(locked) = self.attempt(&loaded, selection)? {
                return Ok(Locked { loaded, locked });
            }
        }
    }

    /// Pins what has no pin; nothing where the lockfile is another one by the time that all is known.
    fn attempt(&self, loaded: &Loaded, selection: &Selection) -> Result<Option<LockedSpec>, LockError> {
        let path = loaded.workspace().lockfile();
        let existing = read_lockfile(loaded, &path)?;
        // What is taken from elsewhere needs no pin now, and keeps the one that it has.
        let mut needed = needed_sources(loaded, selection)?;
        needed.retain(|name| loaded.overridden(name).is_none());
        let mode = self.options.lock_mode;
        let mut spec = loaded.spec().clone();
        let without =
            |name: &SourceName| existing.as_ref().is_none_or(|lock| !lock.sources.contains_key(name));
        spec.sources.retain(|name, _| loaded.overridden(name).is_none() || !without(name));
        let mut answers = BTreeMap::new();
        let patches = loaded.patch_pins();
        let outcome = match spec.lock(existing.as_ref(), &answers, &patches, mode)? {
            LockOutcome::Locked(locked) => LockOutcome::Locked(locked),
            LockOutcome::Needs(requests) => {
                for request in requests {
                    let Some(entry) = loaded.spec().sources.get(&request.source) else { continue };
                    match self.ask(loaded, entry) {
                        Ok(Some(Newest { pin, .. })) => drop(answers.insert(request.source, pin)),
                        Ok(None) => {}
                        Err(error) if needed.contains(&request.source) => return Err(error),
                        // Nobody needs it now; whoever does will hear why.
                        Err(error) => {
                            self.voice.note(format!("source `{}` is not pinned: {error}", request.source));
                            spec.sources.remove(&request.source);
                        }
                    }
                }
                spec.lock(existing.as_ref(), &answers, &patches, mode)?
            }
        };
        let LockOutcome::Locked(locked) = outcome else {
            let name = needed.into_iter().next().or_else(|| spec.sources.into_keys().next());
            // Every question was answered or its source taken away.
            return Err(
                name.map_or_else(|| LockError::Diagnostics(Vec::new()), |name| LockError::NotPinned { name })
            );
        };
        if locked.is_changed() {
            let _alone = writing(loaded)?;
            if read_lockfile(loaded, &path)? != existing {
                return Ok(None);
            }
            for change in locked.changes() {
                self.voice.started("Locking", change.to_string());
            }
            fs::write_atomic(&path, locked.lockfile().render().as_bytes())?;
        }
        Ok(Some(*locked))
    }

    fn refresh(&self) -> Result<(), AptError> {
        self.voice.started("Refreshing", "the package lists");
        apt::refresh(self.env, self.cancel)
    }

    /// Asks the origins of a source in order what its file is; `None` for one that has nothing to ask.
    fn ask(&self, loaded: &Loaded, source: &SourceEntry) -> Result<Option<Newest>, LockError> {
        let name = &source.name.value;
        let mut failed = None;
        for origin in source.origins() {
            match self.ask_one(loaded, source, origin) {
                Err(error) if self.cancel.requested() => return Err(error),
                Err(error) => {
                    if !source.others.is_empty() {
                        self.voice.warning(
                            format!("source `{name}`: `{origin}` has no answer: {}", chain(&error)),
                            None,
                        );
                    }
                    // What is wanted most is in the first; the others are there for when it fails.
                    failed = failed.or(Some(error));
                }
                answer => return answer,
            }
        }
        failed.map_or(Ok(None), Err)
    }

    fn ask_one(
        &self,
        loaded: &Loaded,
        source: &SourceEntry,
        origin: &Origin,
    ) -> Result<Option<Newest>, LockError> {
        let name = || source.name.value.clone();
        if self.options.network == Network::Offline
            && !matches!(origin, Origin::Path { .. } | Origin::Url { .. })
        {
            return Err(LockError::Offline { name: name() });
        }
        let maintained = |pin: SourcePin| Newest { pin, life: Life::Maintained };
        match origin {
            Origin::Path { .. } => Ok(None),
            Origin::Url { url, sha256, tar_sha256, .. } => Ok(Some(maintained(SourcePin::Url {
                url: url.clone(),
                sha256: *sha256,
                tar_sha256: *tar_sha256,
                verified: Vec::new(),
            }))),
            Origin::Deb { package } => {
                self.ask_apt(&name(), package, self.precise).map(|pin| Some(maintained(pin)))
            }
            Origin::KernelOrg { .. } => {
                let Some(newest) = self.ask_kernel_org(loaded, source)? else { return Ok(None) };
                if newest.life == Life::Ended {
                    let message = format!(
                        "the series of {} is at its end: there will be no fixes any more",
                        newest.pin
                    );
                    self.voice.warning(message, Some("`kernel outdated` lists sources that trail".into()));
                }
                Ok(Some(newest))
            }
            Origin::Git { git, reference } => {
                if let Some(text) = self.precise {
                    return Err(self.imprecise(&name(), text));
                }
                let address = git::repository(loaded.workspace().root(), git);
                let cache = self.env.cache_dir().ok_or(SourceError::NoCache)?;
                let repository = Repository::of(&address, &cache, self.cancel, self.voice);
                let pin = repository.pin(git, reference);
                pin.map(|pin| Some(maintained(pin))).map_err(|source| LockError::Git { name: name(), source })
            }
        }
    }

    fn ask_kernel_org(&self, loaded: &Loaded, source: &SourceEntry) -> Result<Option<Newest>, LockError> {
        // The manifest's parser sees to it that there is one.
        let Some(requirement) = &source.version else { return Ok(None) };
        let keyring: Keyring = source::keyring(loaded, source)?;
        let (env, cancel, voice) = (self.env, self.cancel, self.voice);
        let bases = kernel_org_bases(loaded, source);
        let name = source.name.value.clone();
        let precise = match self.precise {
            None => None,
            Some(text) => Some(format!("={text}").parse().map_err(|_| self.imprecise(&name, text))?),
        };
        let requirement = precise.as_ref().unwrap_or(&requirement.value);
        let newest = KernelOrg { env, cancel, voice, keyring: &keyring }.newest(&bases, requirement);
        newest.map(Some).map_err(|source| LockError::KernelOrg { name, source })
    }

    fn imprecise(&self, name: &SourceName, text: &str) -> LockError {
        LockError::Imprecise { name: name.clone(), text: text.to_owned() }
    }

    fn ask_apt(
        &self,
        name: &SourceName,
        package: &str,
        version: Option<&str>,
    ) -> Result<SourcePin, LockError> {
        let resolve = || apt::resolve(package, version, self.env, self.cancel);
        let answer = match resolve() {
            Err(AptError::NoLists | AptError::UnknownPackage { .. }) if self.options.setup == Setup::Yes => {
                self.refresh().and_then(|()| resolve())
            }
            answer => answer,
        };
        let DebPackage { package, version, file_name, size, sha256, .. } =
            answer.map_err(|source| LockError::Apt { name: name.clone(), source })?;
        Ok(SourcePin::Deb {
            kernelversion: deb_kernelversion(&version),
            package,
            version,
            file: file_name,
            size,
            sha256: Sha256(sha256),
            tar_sha256: None,
        })
    }
}

/// An error and its causes, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(this) = cause {
        text += &format!(": {this}");
        cause = this.source();
    }
    text
}

/// Adds to a source's entry in Kernel.lock what its first unpacking told.
pub(crate) fn learn(
    loaded: &Loaded,
    name: &SourceName,
    tar_sha256: Sha256,
    signed: &[String],
) -> Result<(), FsError> {
    let path = loaded.workspace().lockfile();
    let _alone = writing(loaded)?;
    // Where somebody else has just changed or broken it, the next run learns the same.
    let Ok(Some(mut lockfile)) = read_lockfile(loaded, &path) else { return Ok(()) };
    let Some(pin) = lockfile.sources.get(name) else { return Ok(()) };
    let learned = pin.clone().with_learned(tar_sha256, signed);
    if learned != *pin {
        lockfile.sources.insert(name.clone(), learned);
        fs::write_atomic(&path, lockfile.render().as_bytes())?;
    }
    Ok(())
}

/// Makes whoever reads Kernel.lock to write it again be alone: kernels that are built side by side tell what they learned.
fn writing(loaded: &Loaded) -> Result<FileLock, FsError> {
    FileLock::briefly(&loaded.workspace().output_dir().join(".work/.lockfile"))
}

/// What `Kernel.lock` of a workspace says; `None` where there is none.
///
/// # Errors
/// Where it cannot be read.
pub(crate) fn lockfile_of(loaded: &Loaded) -> Result<Option<Lockfile>, LockError> {
    read_lockfile(loaded, &loaded.workspace().lockfile())
}

fn read_lockfile(loaded: &Loaded, path: &AbsPath) -> Result<Option<Lockfile>, LockError> {
    if !fs::is_file(path) {
        return Ok(None);
    }
    let text = SourceText { path: loaded.workspace().show(path), text: fs::read_to_string(path)? };
    Lockfile::parse(text).map(Some).map_err(LockError::Diagnostics)
}

/// The kernels of a selection, each once, a VM's own before the one that it may run under.
pub(crate) fn selected_kernels(loaded: &Loaded, selection: &Selection) -> Result<Vec<KernelName>, LoadError> {
    Ok(match selection {
        Selection::All => loaded.spec().kernels.keys().cloned().collect(),
        Selection::Kernels(names) => names.clone(),
        Selection::Sources(_) => Vec::new(),
        Selection::Vm(name) => {
            let vm = loaded.vm(name)?;
            let host = vm.nested_host.as_ref().map(|host| host.value.clone());
            std::iter::once(vm.kernel.value.clone()).chain(host).collect()
        }
    })
}

/// The sources of a selection, each once.
pub(crate) fn needed_sources(
    loaded: &Loaded,
    selection: &Selection,
) -> Result<BTreeSet<SourceName>, LoadError> {
    if let Selection::Sources(names) = selection {
        return Ok(names.iter().cloned().collect());
    }
    let kernels = selected_kernels(loaded, selection)?;
    kernels.iter().map(|name| Ok(loaded.kernel(name)?.source.value.clone())).collect()
}
