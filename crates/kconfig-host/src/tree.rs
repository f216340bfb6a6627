//! The tree on disk.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use kconfig::eval;
use kconfig::model::Rules;
use kconfig::snapshot::Parsed;
use kconfig::syntax::Dialect;
use kconfig::tree::{ShellAnswer, Tree};
use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::clock;
use kernel_host::digest::hex;
use kernel_host::env::Env;
use kernel_host::fs;
use kernel_host::process::Stdin;

use crate::ahead;
use crate::files::{Files, Sighting};
use crate::identity::{Parts, SETTLED_NS, passes};
use crate::probes::{ProbeCache, ProbeMismatch, ProbeRecord, Probes};
use crate::recorder::Patience;
use crate::snapshot::{self, Answers, Kept};
use crate::store::name_of;

/// Files of a directory or else of a srctree, one environment, probes that are run by `/bin/sh`.
///
/// What has been read or answered once stays as it was: a tree that has changed on disk needs a new `HostTree`.
pub struct HostTree {
    files: Arc<Files>,
    probes: Probes,
    env: Env,
    srctree: AbsPath,
    cache: Option<AbsPath>,
    /// Whether the tree's meaning was taken from a snapshot.
    restored: AtomicBool,
    /// Whether an answer was neither `y` nor `n` where nothing else could be.
    odd: AtomicBool,
    /// Who writes a snapshot down, while others go on.
    keeper: Mutex<Option<JoinHandle<()>>>,
    /// When the first file could have been looked at.
    opened_ns: i64,
}

impl HostTree {
    /// A tree whose files are looked for in `env`'s current directory, then in `srctree`; probes run in that directory
    /// and see `env` and nothing else.
    ///
    /// `stdin` is what probes read.
    #[must_use]
    pub fn new(
        srctree: Option<AbsPath>,
        env: Env,
        stdin: Stdin,
        cache: &ProbeCache,
        cancel: &Cancel,
    ) -> Self {
        let reading = Reading::new(srctree, env.current_dir().clone());
        Self::of(&reading, env, stdin, cache, cancel)
    }

    /// The same for a tree that is being read.
    #[must_use]
    pub fn of(reading: &Reading, env: Env, stdin: Stdin, cache: &ProbeCache, cancel: &Cancel) -> Self {
        let Reading { files, srctree, opened_ns } = reading;
        let named = srctree.clone().unwrap_or_else(|| env.current_dir().clone());
        let probes = Probes::new(&named, env.clone(), stdin, cancel.clone(), cache);
        let cache = match cache {
            ProbeCache::Off => None,
            ProbeCache::Use(cache) | ProbeCache::Verify(cache) => Some(cache.clone()),
        };
        let (restored, odd, keeper) = (AtomicBool::new(false), AtomicBool::new(false), Mutex::default());
        let (files, opened_ns) = (Arc::clone(files), *opened_ns);
        Self { files, probes, env, srctree: named, cache, restored, odd, keeper, opened_ns }
    }

    /// Gets ready what a parse from `kconfig` will ask for and wait for: reads files and starts probes, on all cores.
    pub(crate) fn look_ahead(&self, kconfig: &str, dialect: Dialect, patience: Patience) {
        rayon::in_place_scope(|scope| {
            scope.spawn(|_| self.files.read_all(kconfig, &|name| self.env(name)));
            ahead::commands(self, kconfig, dialect, &|command| {
                if !patience.defers(&command) {
                    self.probes.foresee([command]);
                }
            });
        });
    }

    /// Waits for the answers that values have asked for and that were not there yet.
    pub fn wait_for_answers(&self) {
        self.probes.wait();
    }

    /// Whether an answer that was put off is not what every answer of its kind is, such as where a program was killed and
    /// the shell said so: the tree has to be loaded whole.
    #[must_use]
    pub fn has_surprised(&self) -> bool {
        self.odd.load(Ordering::Relaxed)
    }

    /// Keeps the probes' answers for later runs, as far as that is asked for and makes sense.
    ///
    /// # Errors
    /// Every kept answer that is not the one that the probe gives now; only [`ProbeCache::Verify`] looks.
    pub fn finish(&self) -> Result<(), Vec<ProbeMismatch>> {
        let mismatches = self.probes.finish();
        if mismatches.is_empty() { Ok(()) } else { Err(mismatches) }
    }

    /// Whether what the tree means was known from an earlier run.
    #[must_use]
    pub fn was_restored(&self) -> bool {
        self.restored.load(Ordering::Relaxed)
    }

    /// Whether every probe is to be run, and compared with what was kept.
    pub(crate) fn verifies(&self) -> bool {
        self.probes.verify()
    }

    /// Every probe that has been asked for, in that order.
    #[must_use]
    pub fn probes(&self) -> Vec<ProbeRecord> {
        self.probes.records()
    }
}

impl eval::Answers for HostTree {
    fn answer(&self, command: &[u8]) -> Option<bool> {
        let ShellAnswer { stdout, stderr, .. } = self.probes.look(command)?;
        let yes = stdout == b"y\n";
        if !stderr.is_empty() || !yes && stdout != b"n\n" {
            self.odd.store(true, Ordering::Relaxed);
        }
        Some(yes)
    }
}

/// The files of a tree, perhaps read already while its environment is still being found out.
pub struct Reading {
    files: Arc<Files>,
    srctree: Option<AbsPath>,
    /// When the first file could have been looked at.
    opened_ns: i64,
}

impl Reading {
    /// Files that are looked for in a directory, then in a srctree, once they are asked for.
    #[must_use]
    pub fn new(srctree: Option<AbsPath>, directory: AbsPath) -> Self {
        let files = Arc::new(Files::new(directory, srctree.clone()));
        Self { files, srctree, opened_ns: clock::unix_nanos() }
    }

    /// Begins to read what a parse from `kconfig` will ask for, in the background; unless a snapshot of the srctree is
    /// kept, which may spare that. Names hold no variables but these.
    pub fn begin(&self, kconfig: &str, variables: Vec<(&'static str, String)>, cache: &ProbeCache) {
        let kept = match (cache, &self.srctree) {
            (ProbeCache::Use(cache) | ProbeCache::Verify(cache), Some(srctree)) => {
                fs::is_dir(&snapshots(cache, srctree))
            }
            _ => false,
        };
        if !kept {
            let (files, kconfig) = (Arc::clone(&self.files), kconfig.to_owned());
            rayon::spawn(move || {
                let value = |name: &str| variables.iter().find(|(known, _)| *known == name);
                files.read_all(&kconfig, &|name| value(name).map(|(_, value)| value.clone()));
            });
        }
    }
}

/// Where the snapshots of a srctree lie.
fn snapshots(cache: &AbsPath, srctree: &AbsPath) -> AbsPath {
    cache.join("models-v1").join(name_of(srctree))
}

/// Snapshots.
impl HostTree {
    /// Where a snapshot of what this tree means lies, if one is kept at all.
    pub(crate) fn snapshot(
        &self,
        kconfig: &str,
        (dialect, rules): (Dialect, Rules),
        patience: Patience,
    ) -> Option<AbsPath> {
        let cache = self.cache.as_ref()?;
        // Another program may understand the same files otherwise.
        let program = fs::stat(&AbsPath::new("/proc/self/exe").ok()?).ok()?;
        let mut parts = Parts::new("snapshot");
        parts.add(format!("{program:?} {dialect:?} {rules:?} {patience:?}").as_bytes());
        parts.add(kconfig.as_bytes());
        for (name, value) in self.env.vars().filter(|(name, _)| !passes(name)) {
            parts.add(name.as_encoded_bytes());
            parts.add(value.as_encoded_bytes());
        }
        let name = &hex(&parts.digest())[..16];
        Some(snapshots(cache, &self.srctree).join(name))
    }

    /// What a snapshot says, if the tree would say the same now.
    pub(crate) fn restore(&self, file: &AbsPath) -> Option<Parsed> {
        let kept = Kept::open(file)?;
        let Answers { files, variables, probes } = &kept.answers;
        if variables.iter().any(|(name, value)| self.env(name) != *value) {
            return None;
        }
        self.probes.foresee(probes.iter().map(|(command, _)| command.clone()));
        let mut still = false;
        let parsed = rayon::in_place_scope(|scope| {
            scope.spawn(|_| still = self.files.still(files));
            kept.parsed()
        })?;
        let answered = |(command, answer): &(Vec<u8>, ShellAnswer)| self.shell(command) == *answer;
        let holds = still && probes.iter().all(answered);
        self.restored.store(holds, Ordering::Relaxed);
        holds.then_some(parsed)
    }

    /// Keeps what was found, if its times tell whether it is still true: beside what is done with it, and at the latest
    /// when the tree is let go.
    pub(crate) fn keep(&self, file: AbsPath, mut answers: Answers, parsed: &Arc<Parsed>) {
        let settled = |(_, sighting): &(String, Sighting)| match sighting {
            Sighting::Absent => true,
            Sighting::Found(_, stat) => stat.mtime_ns.max(stat.ctime_ns) < self.opened_ns - SETTLED_NS,
        };
        if answers.files.iter().all(settled) {
            answers.files.sort_by(|(a, _), (b, _)| a.cmp(b));
            answers.files.dedup();
            let parsed = Arc::clone(parsed);
            let keeper = std::thread::spawn(move || snapshot::keep(&file, &answers, &parsed));
            *self.keeper.lock().unwrap_or_else(PoisonError::into_inner) = Some(keeper);
        }
    }

    /// What was seen of a path when it was read.
    pub(crate) fn sighting(&self, path: &str) -> Sighting {
        self.files.sighting(path)
    }
}

impl Drop for HostTree {
    fn drop(&mut self) {
        if let Some(keeper) = self.keeper.get_mut().unwrap_or_else(PoisonError::into_inner).take() {
            // What could not be kept is found again.
            let _ = keeper.join();
        }
    }
}

#[cfg(test)]
impl HostTree {
    /// Has the store hold an answer for a command, whatever the command says.
    pub(crate) fn keep_falsely(&self, command: &[u8], stdout: &str) {
        self.probes.keep_falsely(command, stdout);
    }
}

impl Tree for HostTree {
    fn read(&self, path: &str) -> Result<Option<Arc<[u8]>>, String> {
        self.files.read(path)
    }

    fn shell(&self, command: &[u8]) -> ShellAnswer {
        self.probes.answer(command)
    }

    fn env(&self, name: &str) -> Option<String> {
        self.env.get(name).map(str::to_owned)
    }
}
