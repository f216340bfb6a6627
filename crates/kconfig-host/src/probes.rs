//! Probes: commands that a tree's macros run.
//!
//! Each command is answered once per run. [`Probes::foresee`] has some answered in the background; [`Probes::answer`]
//! takes what is there, waits for what is under way, and answers what is neither; [`Probes::look`] takes what is there,
//! and begins what is not.
//!
//! Between runs, an answer is kept where it can be told what it depends on; see [`crate::inputs`], [`crate::identity`],
//! [`crate::store`].

mod builtin;
mod direct;
mod shell;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;

use kconfig::tree::ShellAnswer;
use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::env::Env;
use kernel_host::fs;
use kernel_host::process::Stdin;
use rayon::{ThreadPool, ThreadPoolBuilder};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::identity::{Identities, Memo};
use crate::inputs::Unlisted;
use crate::store::{Key, Store};
use direct::Direct;
use shell::Run;

/// What becomes of probes' answers between runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProbeCache {
    /// Every probe is run, and nothing is kept.
    Off,
    /// Answers are kept in, and taken from, the tool's per-user cache directory.
    Use(AbsPath),
    /// Every probe is run, and compared with the answer that would have been taken.
    Verify(AbsPath),
}

/// A probe, its answer, and where that came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeRecord {
    /// What `/bin/sh -c` was given.
    pub command: Vec<u8>,
    /// What it said.
    pub answer: ShellAnswer,
    /// Where the answer came from.
    pub origin: Origin,
}

/// Where a probe's answer came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It was run, since answers are not kept.
    RanUncached,
    /// It was run, since the answer was not known for the present state of what it depends on.
    RanFirst,
    /// It was run, since it cannot be told what it depends on.
    RanAlways {
        /// Why not, as a sentence about the probe: `it includes headers`.
        reason: String,
    },
    /// It was known from an earlier run.
    Cached,
}

/// A kept answer that is not the true one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the probe `{}` answered {}, but {} was kept",
    String::from_utf8_lossy(.command), shown(.ran), shown(.kept)
)]
pub struct ProbeMismatch {
    /// The probe.
    pub command: Vec<u8>,
    /// What it says now.
    pub ran: ShellAnswer,
    /// What the cache says.
    pub kept: ShellAnswer,
}

fn shown(answer: &ShellAnswer) -> String {
    let mut text = format!("`{}`", String::from_utf8_lossy(&answer.stdout).trim_end());
    if answer.status != 0 {
        text.push_str(&format!(" with status {}", answer.status));
    }
    if !answer.stderr.is_empty() {
        text.push_str(&format!(" and `{}`", String::from_utf8_lossy(&answer.stderr).trim_end()));
    }
    text
}

/// Whether a command answers `y` or `n` and writes nothing else, whatever the world is like.
pub(crate) fn is_yes_or_no(command: &[u8]) -> bool {
    direct::is_yes_or_no(command)
}

/// The probes of one tree.
pub(crate) struct Probes {
    shared: Arc<Shared>,
    /// The commands in the order in which they were asked for.
    asked: Mutex<Vec<Vec<u8>>>,
    /// The commands that were begun for those who look, and that nobody has waited for.
    begun: Mutex<Vec<Vec<u8>>>,
    /// Made when the first probe is foreseen.
    workers: OnceLock<Option<ThreadPool>>,
    /// Who writes answers down, while others go on.
    saver: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    env: Env,
    stdin: Stdin,
    cancel: Cancel,
    policy: Policy,
    store: Store,
    memo: Memo,
    /// Nobody will ask any more: what was foreseen and has not begun need not.
    over: AtomicBool,
    known: Mutex<FxHashMap<Vec<u8>, Arc<OnceLock<Answered>>>>,
    mismatches: Mutex<Vec<ProbeMismatch>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Policy {
    Off,
    Use,
    Verify,
}

#[derive(Clone)]
struct Answered {
    answer: ShellAnswer,
    origin: Origin,
}

impl Probes {
    /// Probes of a srctree, in the environment's directory; the tree's answers are kept apart from those of others.
    pub(crate) fn new(tree: &AbsPath, env: Env, stdin: Stdin, cancel: Cancel, cache: &ProbeCache) -> Self {
        let (policy, store) = match cache {
            ProbeCache::Off => (Policy::Off, Store::default()),
            ProbeCache::Use(cache) => (Policy::Use, Store::open(cache, tree)),
            ProbeCache::Verify(cache) => (Policy::Verify, Store::open(cache, tree)),
        };
        let shared = Shared {
            env,
            stdin,
            cancel,
            policy,
            store,
            memo: Memo::default(),
            over: AtomicBool::new(false),
            known: Mutex::default(),
            mismatches: Mutex::default(),
        };
        let (asked, begun, saver) = (Mutex::default(), Mutex::default(), Mutex::default());
        Self { shared: Arc::new(shared), asked, begun, workers: OnceLock::new(), saver }
    }

    /// Has commands answered on all cores, without waiting for them.
    pub(crate) fn foresee(&self, commands: impl IntoIterator<Item = Vec<u8>>) {
        for command in commands {
            let shared = Arc::clone(&self.shared);
            let job = move || {
                if !shared.over.load(Ordering::Relaxed) {
                    shared.answer(&command);
                }
            };
            // First come, first served: the true parse asks in this order.
            match self.workers() {
                Some(workers) => workers.spawn_fifo(job),
                None => rayon::spawn_fifo(job),
            }
        }
    }

    /// Threads of their own, one more than there are cores: most of the time each waits for a program, which is in turn
    /// being started or has just ended. Only foreseen probes are run there.
    fn workers(&self) -> Option<&ThreadPool> {
        let make = || ThreadPoolBuilder::new().num_threads(rayon::current_num_threads() + 1).build().ok();
        self.workers.get_or_init(make).as_ref()
    }

    /// Whether every probe is run, and compared.
    pub(crate) fn verify(&self) -> bool {
        self.shared.policy == Policy::Verify
    }

    /// A command's answer.
    pub(crate) fn answer(&self, command: &[u8]) -> ShellAnswer {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(command.to_vec());
        self.shared.answer(command).answer
    }

    /// A command's answer where it is known without running it; else it is begun, and [`Probes::wait`] waits for it.
    pub(crate) fn look(&self, command: &[u8]) -> Option<ShellAnswer> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(command.to_vec());
        let found = self.shared.look(command);
        if found.is_none() && self.begin(command) {
            self.foresee([command.to_vec()]);
        }
        found
    }

    /// Notes a command as begun, unless it is.
    fn begin(&self, command: &[u8]) -> bool {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = begun.iter().all(|other| other != command);
        if is_new {
            begun.push(command.to_vec());
        }
        is_new
    }

    /// Waits for what was begun.
    pub(crate) fn wait(&self) {
        let begun = std::mem::take(&mut *self.begun.lock().unwrap_or_else(PoisonError::into_inner));
        for command in begun {
            self.shared.answer(&command);
        }
    }

    /// Every command that was asked for, once, in that order.
    pub(crate) fn records(&self) -> Vec<ProbeRecord> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let mut told = FxHashSet::default();
        let first = asked.iter().filter(|command| told.insert(command.as_slice()));
        let record = |command: &Vec<u8>| {
            let Answered { answer, origin } = self.shared.answer(command);
            ProbeRecord { command: command.clone(), answer, origin }
        };
        first.map(record).collect()
    }

    /// Keeps what was found for later runs, beside what is done with it and at the latest when the probes are let go; gives
    /// what was kept and is not true.
    pub(crate) fn finish(&self) -> Vec<ProbeMismatch> {
        let shared = &self.shared;
        shared.over.store(true, Ordering::Relaxed);
        let has_news = shared.policy != Policy::Off && shared.store.has_news();
        if has_news && !shared.cancel.requested() && shared.can_compile() {
            let saving = Arc::clone(shared);
            let saver = std::thread::spawn(move || saving.store.save());
            let earlier = self
                .saver
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .replace(saver)
                .map(JoinHandle::join);
            // What could not be kept is found again.
            drop(earlier);
        }
        shared.mismatches.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
impl Probes {
    pub(crate) fn keep_falsely(&self, command: &[u8], stdout: &str) {
        let Shared { env, store, cancel, memo, .. } = &*self.shared;
        let key = Identities::new(env, store, cancel, memo).key(command).unwrap();
        store.put(key, ShellAnswer { stdout: stdout.into(), ..ShellAnswer::default() });
    }
}

impl Drop for Probes {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Relaxed);
        if let Some(saver) = self.saver.get_mut().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = saver.join();
        }
    }
}

impl Shared {
    /// Whether answers are those of compilers at work: where one cannot write its temporary files, every answer is no.
    fn can_compile(&self) -> bool {
        let temporary = self.env.get_filled("TMPDIR").unwrap_or("/tmp");
        let places = [self.env.current_dir().clone(), self.env.current_dir().join(temporary)];
        places.iter().all(|place| fs::temp_dir_in(place, ".tmp-").is_ok())
    }

    fn answer(&self, command: &[u8]) -> Answered {
        let cell = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            match known.get(command) {
                Some(cell) => Arc::clone(cell),
                None => Arc::clone(known.entry(command.to_owned()).or_default()),
            }
        };
        cell.get_or_init(|| self.find(command)).clone()
    }

    /// An answer that this run has found, or an earlier one.
    fn look(&self, command: &[u8]) -> Option<ShellAnswer> {
        let cell = {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.get(command).map(Arc::clone)
        };
        if let Some(cell) = cell {
            return cell.get().map(|answered| answered.answer.clone());
        }
        // Where nothing is kept, it need not be found out what the answer depends on.
        if self.policy != Policy::Use || self.store.is_new() {
            return None;
        }
        let key = Identities::new(&self.env, &self.store, &self.cancel, &self.memo).key(command).ok()?;
        let answered = Answered { answer: self.store.get(&key)?, origin: Origin::Cached };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let cell =
            known.entry(command.to_owned()).or_insert_with(|| Arc::new(OnceLock::from(answered.clone())));
        Some(cell.get().unwrap_or(&answered).answer.clone())
    }

    fn find(&self, command: &[u8]) -> Answered {
        if self.policy == Policy::Off {
            return Answered { answer: self.run(command).answer, origin: Origin::RanUncached };
        }
        let identities = Identities::new(&self.env, &self.store, &self.cancel, &self.memo);
        let key = match identities.key(command) {
            Ok(key) => key,
            Err(Unlisted(reason)) => {
                return Answered { answer: self.run(command).answer, origin: Origin::RanAlways { reason } };
            }
        };
        let kept = self.store.get(&key);
        if kept.is_none() && self.policy == Policy::Use {
            let known = |python: &str, module: &str| identities.has_imported(python, module);
            if let Some(answer) = direct::imported(command, known) {
                self.store.put(key, answer.clone());
                return Answered { answer, origin: Origin::RanFirst };
            }
        }
        match (kept, self.policy) {
            (Some(answer), Policy::Use) => Answered { answer, origin: Origin::Cached },
            (kept, _) => self.find_first(command, key, kept),
        }
    }

    fn find_first(&self, command: &[u8], key: Key, kept: Option<ShellAnswer>) -> Answered {
        let Run { answer, whole } = self.run(command);
        match kept {
            Some(kept) if kept != answer => {
                let mismatch = ProbeMismatch { command: command.to_vec(), ran: answer.clone(), kept };
                self.mismatches.lock().unwrap_or_else(PoisonError::into_inner).push(mismatch);
            }
            Some(_) => {}
            None if whole => self.store.put(key, answer.clone()),
            // What a signal ended, or what could not be started, has not answered.
            None => {}
        }
        Answered { answer, origin: Origin::RanFirst }
    }

    fn run(&self, command: &[u8]) -> Run {
        // Whoever verifies hears the shell.
        if self.policy == Policy::Verify {
            return shell::run(command, &self.env, self.stdin, &self.cancel);
        }
        if let Some(answer) = builtin::answer(command, &self.env) {
            return Run { answer, whole: true };
        }
        let direct = Direct::of(command);
        if let Some(answer) = direct.and_then(|direct| direct.run(&self.env, self.stdin, &self.cancel)) {
            return Run { answer, whole: true };
        }
        shell::run(command, &self.env, self.stdin, &self.cancel)
    }
}
