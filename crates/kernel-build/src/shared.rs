//! Artifacts that workspaces share: the same fingerprint anywhere on the machine is a copy, not a build.
//!
//! ```text
//! <cache>/artifacts-v1/<fingerprint>/       vmlinux, System.map, .config, kernel.json, as they were verified and stored
//!                      <fingerprint>.lock   shared by whoever copies from it, alone with whoever removes it
//!                      keep-…/              on its way to a name
//! ```
//!
//! Invariants: an entry has its name only when it is whole. Each file that is taken from it is compared with the digest in
//! its `kernel.json`, and its images are judged anew by the contracts of the workspace that takes them; so an entry that
//! was touched is a build, never an artifact. What is kept is pinned: the state of a tree that somebody edits goes by
//! time stamps, which mean nothing elsewhere.
//!
//! Deliberately absent: object trees, which hold the paths of their workspace; and what a workspace says of a kernel (its
//! name, its requests and their places), which is written anew into each copy's record.

use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::digest::{hex, sha256_file};
use kernel_host::env::Env;
use kernel_host::fs;
use kernel_host::lock::{FileLock, LockError};
use kernel_plan::{Fingerprint, Part};

use crate::record::{RECORD, Record};

/// The folder of artifacts in the user's cache.
pub(crate) const ARTIFACTS: &str = "artifacts-v1";

/// What a directory starts with that has no name yet.
const PREFIX: &str = "keep-";

/// The artifacts of a user.
pub(crate) struct Shared {
    directory: AbsPath,
}

/// An artifact that is there, whole; nobody removes it meanwhile.
pub(crate) struct Found {
    pub(crate) directory: AbsPath,
    pub(crate) record: Record,
    _lock: FileLock,
}

impl Shared {
    /// Those of the environment's user; `None` where there is no cache.
    pub(crate) fn of(env: &Env) -> Option<Self> {
        Some(Self { directory: env.cache_dir()?.join(ARTIFACTS) })
    }

    /// The artifact of a fingerprint, if it is there and as it was stored.
    ///
    /// Whatever is wrong with it costs a build and nothing else, so that no error is told.
    pub(crate) fn find(&self, fingerprint: &Fingerprint, cancel: &Cancel) -> Option<Found> {
        let directory = self.entry(fingerprint);
        if !fs::is_dir(&directory) {
            return None;
        }
        let lock = FileLock::shared(&self.lock(fingerprint), cancel, &mut || ()).ok()?;
        let record = Record::parse(&fs::read_to_string(&directory.join(RECORD)).ok()?)?;
        let parts = record.fingerprint.parts.iter().map(Part::from).collect();
        let same = |name: &str, digest: &str| {
            sha256_file(&directory.join(name)).is_ok_and(|found| hex(&found) == digest)
        };
        let is_whole = Fingerprint::from_parts(parts).hash() == fingerprint.hash()
            && record.files.iter().all(|file| same(&file.name, &file.sha256));
        if !is_whole {
            return None;
        }
        // When it was last used; a cache may be one that this user cannot write.
        let _ = fs::touch(&directory.join(RECORD));
        Some(Found { directory, record, _lock: lock })
    }

    /// Keeps a copy of an artifact, in the place of one that was not as it should be.
    pub(crate) fn keep(
        &self,
        artifact: &AbsPath,
        record: &Record,
        fingerprint: &Fingerprint,
    ) -> Result<(), LockError> {
        // Whoever copies from the one that is there found it good.
        let Some(_lock) = FileLock::try_exclusive(&self.lock(fingerprint))? else { return Ok(()) };
        let directory = fs::temp_dir_in(&self.directory, PREFIX)?;
        for name in record.files.iter().map(|file| file.name.as_str()).chain([RECORD]) {
            fs::copy(&artifact.join(name), &directory.path().join(name))?;
        }
        Ok(fs::exchange_dir(directory.path(), &self.entry(fingerprint))?)
    }

    fn entry(&self, fingerprint: &Fingerprint) -> AbsPath {
        self.directory.join(fingerprint.hash().to_string())
    }

    fn lock(&self, fingerprint: &Fingerprint) -> AbsPath {
        self.directory.join(format!("{}.lock", fingerprint.hash()))
    }
}

/// Whether a directory of [`ARTIFACTS`] was on its way to a name.
pub(crate) fn is_unnamed(name: &str) -> bool {
    name.starts_with(PREFIX)
}
