//! The kernels of one run, side by side.
//!
//! ```text
//! kernels, each once ─▶ a queue ─▶ workers, each with a token of the jobserver ─▶ artifacts, failures
//! ```
//!
//! The first worker's token and the locks of all kernels are taken before cargo is started, and that worker keeps its token
//! until no kernel waits for a worker any more; each lock goes with its kernel. Every other worker begins when it gets a
//! token, if there is still something for it to do. So whenever a kernel is not done, somebody works on kernels who has all
//! that this takes, and a `build.rs` that waits for a kernel waits for a build that is under way: at `-j1` too, where cargo
//! gets its token after the kernels. Beside cargo there is one worker less, so that cargo begins with the kernels.
//!
//! One that fails ends the others, as Ctrl-C would: make removes what it was making, and their object trees stay good. With
//! `--keep-going` it ends nothing.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use kernel_host::cancel::Cancel;
use kernel_host::clock::Stopwatch;
use kernel_host::jobserver::Token;
use kernel_host::lock::FileLock;
use kernel_spec::KernelName;

use super::Session;
use crate::artifact::Artifact;
use crate::built_in::InitArchives;
use crate::error::{BuildError, KernelsFailed};
use crate::event::{Task, Voice};
use crate::lock::Locked;
use crate::options::OnFailure;
use crate::pipeline::Pipeline;

/// What runs beside the kernels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beside {
    Nothing,
    Cargo,
}

/// A thread that starts with less would not get as far as the main one.
const STACK: usize = 8 << 20;

/// What became of a kernel; `None` while nobody knows.
type Outcome = Option<Result<Artifact, BuildError>>;

/// The kernels, and how far they are.
struct Queue<'a> {
    pipelines: &'a [Pipeline<'a>],
    voices: &'a [Voice<'a>],
    names: &'a [KernelName],
    locks: Vec<Mutex<Option<FileLock>>>,
    outcomes: Vec<Mutex<Outcome>>,
    next: AtomicUsize,
    /// Requested when one failed that ends the others.
    halt: &'a Cancel,
    /// Requested when there is nothing left to begin.
    empty: Cancel,
}

impl Session {
    /// Builds kernels; `ready` is called when the first one has all that it takes.
    pub(super) fn build_kernels(
        &self,
        locked: &Locked,
        kernels: &[KernelName],
        built_ins: &InitArchives,
        beside: Beside,
        ready: impl FnOnce(),
    ) -> Result<Vec<Artifact>, BuildError> {
        let mut names: Vec<KernelName> = Vec::new();
        for name in kernels {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        let jobserver = self.jobserver()?;
        let token = jobserver.acquire(&self.cancel)?;
        let halt = self.cancel.below();
        let tasks: Vec<Task> = names.iter().cloned().map(Task::Kernel).collect();
        let voices: Vec<Voice<'_>> = tasks.iter().map(|task| self.voice(task)).collect();
        let pipelines = names
            .iter()
            .zip(&voices)
            .map(|(name, voice)| {
                let pipeline = Pipeline::new(locked, name, self.means(&halt), *voice)?;
                Ok(pipeline.with_init(built_ins.get(name)))
            })
            .collect::<Result<Vec<_>, BuildError>>()?;
        let queue = Queue {
            pipelines: &pipelines,
            voices: &voices,
            names: &names,
            locks: take_locks(&names, &pipelines)?,
            outcomes: names.iter().map(|_| Mutex::new(None)).collect(),
            next: AtomicUsize::new(0),
            empty: halt.below(),
            halt: &halt,
        };
        ready();
        let jobs = self.jobs().get() - usize::from(beside == Beside::Cargo);
        let helpers = names.len().min(jobs).saturating_sub(1);
        let work = |token: Token| queue.work(token, |pipeline| pipeline.build(jobserver), self);
        std::thread::scope(|scope| {
            for _ in 0..helpers {
                let help = || {
                    // Without a token, the others do it alone.
                    if let Ok(token) = jobserver.acquire(&queue.empty) {
                        work(token);
                    }
                };
                let thread = std::thread::Builder::new().name("kernel".to_owned()).stack_size(STACK);
                if thread.spawn_scoped(scope, help).is_err() {
                    break;
                }
            }
            work(token);
        });
        queue.result()
    }
}

/// Takes the locks in the order of the names: two processes that take several take them in the same order.
fn take_locks(
    names: &[KernelName],
    pipelines: &[Pipeline<'_>],
) -> Result<Vec<Mutex<Option<FileLock>>>, BuildError> {
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by_key(|index| &names[*index]);
    let locks: Vec<Mutex<Option<FileLock>>> = names.iter().map(|_| Mutex::new(None)).collect();
    for index in order {
        let lock = pipelines[index].lock()?;
        locks[index].lock().unwrap_or_else(PoisonError::into_inner).replace(lock);
    }
    Ok(locks)
}

impl<'a> Queue<'a> {
    /// Takes kernels until there is none, with one token.
    fn work(
        &self,
        _token: Token,
        build: impl Fn(&Pipeline<'a>) -> Result<Artifact, BuildError>,
        session: &Session,
    ) {
        loop {
            let index = self.next.fetch_add(1, Ordering::SeqCst);
            if index + 1 >= self.names.len() {
                self.empty.request();
            }
            if index >= self.names.len() || self.halt.requested() {
                return;
            }
            let watch = Stopwatch::start();
            let result = build(&self.pipelines[index]);
            drop(self.locks[index].lock().unwrap_or_else(PoisonError::into_inner).take());
            let failed = result.is_err();
            // What ends because another one failed has not failed itself.
            if failed && self.halt.requested() {
                return;
            }
            self.outcomes[index].lock().unwrap_or_else(PoisonError::into_inner).replace(result);
            if failed && self.names.len() > 1 {
                self.voices[index].finished("Failed", self.names[index].as_str(), watch.elapsed());
                if session.options.on_failure == OnFailure::Stop {
                    self.halt.request();
                    return;
                }
            }
        }
    }

    /// What became of all of them.
    fn result(self) -> Result<Vec<Artifact>, BuildError> {
        let Self { names, outcomes, .. } = self;
        let (mut built, mut failed, mut ended) = (Vec::new(), Vec::new(), Vec::new());
        for (name, outcome) in names.iter().zip(outcomes) {
            match outcome.into_inner().unwrap_or_else(PoisonError::into_inner) {
                Some(Ok(artifact)) => built.push(artifact),
                Some(Err(error)) => failed.push((name.clone(), error)),
                None => ended.push(name.clone()),
            }
        }
        match (names.len(), failed.len()) {
            (_, 0) if ended.is_empty() => Ok(built),
            (_, 0) => Err(BuildError::Interrupted),
            (1, _) => Err(failed.remove(0).1),
            _ => Err(BuildError::Kernels(Box::new(KernelsFailed { built, failed, ended }))),
        }
    }
}
