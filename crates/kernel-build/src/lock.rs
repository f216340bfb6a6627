//! From a spec to a locked one: every source that is needed is pinned, and `Kernel.lock` says so.
//!
//! An origin is asked only where the lockfile has no pin that fits. There is one exception: distributions remove a
//! package when its successor comes. So, unless `--locked` forbids it, a pinned package that is neither in the cache nor
//! in the package lists any more is pinned anew, with a warning.

mod update;

use std::collections::{BTreeMap, BTreeSet};

use kernel_host::AbsPath;
use kernel_host::apt::{self, AptError, DebPackage};
use kernel_host::cancel::Cancel;
use kernel_host::env::Env;
use kernel_host::fs::{self, FsError};
use kernel_spec::lockfile::deb_kernelversion;
use kernel_spec::{
    Diagnostic, KernelName, KernelSpec, LockError as SpecLockError, LockMode, LockOutcome, LockedSpec,
    Lockfile, Origin, Sha256, SourceEntry, SourceName, SourcePin, SourceText,
};

use crate::event::Voice;
use crate::load::{LoadError, Loaded};
use crate::options::{Network, Options, Selection, Setup};
use crate::source;

pub use update::Repin;

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
            Self::Load(error) => error.hint(),
            Self::Diagnostics(_) | Self::NotPinned { .. } | Self::Fs(_) => None,
        }
    }
}

/// Where exactly a source comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pin {
    /// One file of a distribution's package.
    Deb {
        /// The package.
        package: String,
        /// Its version.
        version: String,
        /// The file's length in bytes.
        size: u64,
        /// The file's digest.
        sha256: Sha256,
    },
    /// One file at an address.
    Url {
        /// The address.
        url: String,
        /// The file's digest.
        sha256: Sha256,
    },
    /// A tree of the user's own.
    Path {
        /// The tree.
        path: AbsPath,
    },
}

impl Pin {
    /// What a person calls it.
    pub fn label(&self) -> String {
        match self {
            Self::Deb { package, version, .. } => format!("{package} {version}"),
            Self::Url { url, .. } => url.clone(),
            Self::Path { path } => path.to_string(),
        }
    }

    /// The digest of what is fetched; `None` for a tree of the user's own.
    pub fn sha256(&self) -> Option<Sha256> {
        match self {
            Self::Deb { sha256, .. } | Self::Url { sha256, .. } => Some(*sha256),
            Self::Path { .. } => None,
        }
    }

    /// The identity of its contents, where a digest gives one.
    pub(crate) fn identity(&self) -> String {
        self.sha256().map_or_else(String::new, |digest| format!("sha256 {digest}"))
    }
}

/// A loaded workspace whose needed sources are pinned.
#[derive(Clone, Debug)]
pub struct Locked {
    loaded: Loaded,
    locked: LockedSpec,
}

impl Locked {
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
        if let Origin::Path { path } = &entry.origin.value {
            return Ok((entry, Pin::Path { path: self.loaded.workspace().root().join(path) }));
        }
        Ok((entry, pin_of(self.locked.pin(name).ok_or_else(not_pinned)?)))
    }
}

fn pin_of(pin: &SourcePin) -> Pin {
    match pin.clone() {
        SourcePin::Deb { package, version, size, sha256, .. } => Pin::Deb { package, version, size, sha256 },
        SourcePin::Url { url, sha256 } => Pin::Url { url, sha256 },
    }
}

/// Everything that locking needs.
pub(crate) struct Locker<'a> {
    pub(crate) env: &'a Env,
    pub(crate) cancel: &'a Cancel,
    pub(crate) options: &'a Options,
    pub(crate) voice: Voice<'a>,
}

impl Locker<'_> {
    pub(crate) fn lock(&self, loaded: Loaded, selection: &Selection) -> Result<Locked, LockError> {
        let path = loaded.workspace().lockfile();
        let existing = read_lockfile(&loaded, &path)?;
        let needed = needed_sources(&loaded, selection)?;
        let mode = self.options.lock_mode;
        let mut spec = loaded.spec().clone();
        let mut answers = self.gone(&spec, existing.as_ref(), &needed)?;
        let outcome = match spec.lock(existing.as_ref(), &answers, mode)? {
            LockOutcome::Locked(locked) => LockOutcome::Locked(locked),
            LockOutcome::Needs(requests) => {
                for request in requests {
                    match self.ask(&request.source, &request.origin) {
                        Ok(Some(pin)) => drop(answers.insert(request.source, pin)),
                        Ok(None) => {}
                        Err(error) if needed.contains(&request.source) => return Err(error),
                        // Nobody needs it now; whoever does will hear why.
                        Err(error) => {
                            self.voice.note(format!("source `{}` is not pinned: {error}", request.source));
                            spec.sources.remove(&request.source);
                        }
                    }
                }
                spec.lock(existing.as_ref(), &answers, mode)?
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
            for change in locked.changes() {
                self.voice.started("Locking", change.to_string());
            }
            fs::write_atomic(&path, locked.lockfile().render().as_bytes())?;
        }
        Ok(Locked { loaded, locked })
    }

    /// New pins for needed packages that are not in the cache and that the package lists do not have any more.
    fn gone(
        &self,
        spec: &KernelSpec,
        existing: Option<&Lockfile>,
        needed: &BTreeSet<SourceName>,
    ) -> Result<BTreeMap<SourceName, SourcePin>, LockError> {
        let mut answers = BTreeMap::new();
        if self.options.lock_mode != LockMode::Update || self.options.network == Network::Offline {
            return Ok(answers);
        }
        for name in needed {
            let old = existing.and_then(|lock| lock.sources.get(name));
            let Some(old @ SourcePin::Deb { package, version, .. }) = old else { continue };
            let same = matches!(spec.sources.get(name).map(|entry| &entry.origin.value), Some(Origin::Deb { package: asked }) if asked == package);
            let absent = source::known(&pin_of(old), self.env)
                .is_ok_and(|known| known.state == kernel_plan::SourceState::Absent);
            if !same || !absent {
                continue;
            }
            let there = || apt::resolve(package, Some(version), self.env, self.cancel);
            let mut answer = there();
            if matches!(answer, Err(AptError::VersionGone { .. })) && self.options.setup == Setup::Yes {
                self.refresh().map_err(|source| LockError::Apt { name: name.clone(), source })?;
                answer = there();
            }
            if matches!(answer, Err(AptError::VersionGone { .. }))
                && let Ok(Some(new)) = self.ask(name, &Origin::Deb { package: package.clone() })
                // An older one: it is the lists that are behind, not the pin.
                && new.kernelversion() >= old.kernelversion()
            {
                let message = format!(
                    "the distribution has no `{package}` {version} any more: {new} is pinned instead"
                );
                self.voice.warning(message, None);
                answers.insert(name.clone(), new);
            }
        }
        Ok(answers)
    }

    fn refresh(&self) -> Result<(), AptError> {
        self.voice.started("Refreshing", "the package lists");
        apt::refresh(self.env, self.cancel)
    }

    /// Asks an origin what its file is; `None` for one that has nothing to ask.
    fn ask(&self, name: &SourceName, origin: &Origin) -> Result<Option<SourcePin>, LockError> {
        let Origin::Deb { package } = origin else { return Ok(None) };
        if self.options.network == Network::Offline {
            return Err(LockError::Offline { name: name.clone() });
        }
        let resolve = || apt::resolve(package, None, self.env, self.cancel);
        let answer = match resolve() {
            Err(AptError::NoLists | AptError::UnknownPackage { .. }) if self.options.setup == Setup::Yes => {
                self.refresh().and_then(|()| resolve())
            }
            answer => answer,
        };
        let DebPackage { package, version, file_name, size, sha256, .. } =
            answer.map_err(|source| LockError::Apt { name: name.clone(), source })?;
        Ok(Some(SourcePin::Deb {
            kernelversion: deb_kernelversion(&version),
            package,
            version,
            file: file_name,
            size,
            sha256: Sha256(sha256),
        }))
    }
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
