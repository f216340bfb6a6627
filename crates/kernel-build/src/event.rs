//! What a session says while it works.
//!
//! Order, for each [`Task`]: `Started` opens a step; `Progress` may follow, each replacing the one before, and then
//! `ProgressEnded` before any other event of that task; `Finished` is the last word about a kernel or about cargo's
//! builds. `Warning`, `Note` and `Rendered` may come between. Events of two tasks may alternate.
//!
//! Deliberately absent: printing, colours, the width of a terminal.

mod pace;

use std::cell::{Cell, RefCell};
use std::time::Duration;

use kernel_host::clock::Stopwatch;
use kernel_spec::KernelName;

pub use pace::Pace;
use pace::Pacer;

/// Receives events; called from several threads.
pub trait Reporter: Send + Sync {
    /// Takes one event.
    fn report(&self, event: &Event);
}

/// A reporter that says nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Reporter for Silent {
    fn report(&self, _: &Event) {}
}

/// Who an event is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Task {
    /// The session itself: manifest, lockfile, tools.
    Session,
    /// One kernel.
    Kernel(KernelName),
    /// cargo's builds.
    Cargo,
}

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Bytes.
    Bytes,
    /// Objects that make has made.
    Objects,
}

/// How much is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Errors and warnings.
    Quiet,
    /// Status lines too.
    #[default]
    Normal,
    /// What the tools say, and which request overrides which.
    Verbose,
}

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// A step began.
    Started {
        /// Who.
        task: Task,
        /// One word of at most 12 columns: `Fetching`.
        verb: &'static str,
        /// The rest of the line.
        what: String,
    },
    /// How far a step is.
    Progress {
        /// Who.
        task: Task,
        /// As in `Started`.
        verb: &'static str,
        /// As in `Started`.
        what: String,
        /// How many units are done.
        done: u64,
        /// How many there are, where that is known or has been estimated; never less than `done`.
        total: Option<u64>,
        /// How fast it goes, where bytes are counted and that can be told yet.
        pace: Option<Pace>,
        /// What is counted.
        unit: Unit,
        /// What is being worked on: `init/main.o`; often empty.
        current: String,
    },
    /// The step that had progress ended.
    ProgressEnded {
        /// Who.
        task: Task,
    },
    /// Something that a person should know and that stops nothing.
    Warning {
        /// Who.
        task: Task,
        /// A lowercase fragment.
        message: String,
        /// What to do about it.
        hint: Option<String>,
    },
    /// Something for those who asked for more.
    Note {
        /// Who.
        task: Task,
        /// Shown from this verbosity on.
        verbosity: Verbosity,
        /// One or more lines.
        text: String,
    },
    /// Words of cargo or rustc, with the colours that they have; printed as they are.
    Rendered {
        /// Who.
        task: Task,
        /// One or more lines.
        text: String,
    },
    /// A kernel or cargo's builds are done.
    Finished {
        /// Who.
        task: Task,
        /// `Finished`, or `Fresh`.
        verb: &'static str,
        /// The rest of the line.
        what: String,
        /// How long it took.
        duration: Duration,
    },
}

/// A reporter and the task that it is about.
#[derive(Clone, Copy)]
pub(crate) struct Voice<'a> {
    reporter: &'a dyn Reporter,
    task: &'a Task,
}

impl<'a> Voice<'a> {
    pub(crate) fn new(reporter: &'a dyn Reporter, task: &'a Task) -> Self {
        Self { reporter, task }
    }

    pub(crate) fn started(self, verb: &'static str, what: impl Into<String>) {
        self.reporter.report(&Event::Started { task: self.task.clone(), verb, what: what.into() });
    }

    pub(crate) fn warning(self, message: impl Into<String>, hint: Option<String>) {
        self.reporter.report(&Event::Warning { task: self.task.clone(), message: message.into(), hint });
    }

    pub(crate) fn note(self, text: impl Into<String>) {
        let (verbosity, text) = (Verbosity::Verbose, text.into());
        self.reporter.report(&Event::Note { task: self.task.clone(), verbosity, text });
    }

    pub(crate) fn rendered(self, text: impl Into<String>) {
        self.reporter.report(&Event::Rendered { task: self.task.clone(), text: text.into() });
    }

    pub(crate) fn finished(self, verb: &'static str, what: impl Into<String>, duration: Duration) {
        self.reporter.report(&Event::Finished { task: self.task.clone(), verb, what: what.into(), duration });
    }

    /// A bar; it ends when the guard is dropped.
    pub(crate) fn bar(self, verb: &'static str, what: impl Into<String>, unit: Unit) -> Bar<'a> {
        Bar {
            voice: self,
            verb,
            what: what.into(),
            unit,
            said: Cell::new(None),
            watch: Stopwatch::start(),
            pacer: RefCell::default(),
        }
    }
}

/// A step that has progress.
pub(crate) struct Bar<'a> {
    voice: Voice<'a>,
    verb: &'static str,
    what: String,
    unit: Unit,
    /// What was told the last time, and when.
    said: Cell<Option<(u64, Duration)>>,
    watch: Stopwatch,
    pacer: RefCell<Pacer>,
}

/// Fewer bytes than these...
const STEP: u64 = 256 << 10;

/// ...within such a time are not worth an event; of a slow line, what came is told all the same.
const SOON: Duration = Duration::from_millis(250);

impl Bar<'_> {
    pub(crate) fn at(&self, done: u64, total: Option<u64>, current: &str) {
        let now = self.watch.elapsed();
        let near = |(said, then): (u64, Duration)| {
            said.abs_diff(done) < STEP && Some(done) != total && now.saturating_sub(then) < SOON
        };
        if self.unit == Unit::Bytes && self.said.get().is_some_and(near) {
            return;
        }
        self.said.set(Some((done, now)));
        let pace = match self.unit {
            Unit::Bytes => self.pacer.borrow_mut().at(now, done, total),
            Unit::Objects => None,
        };
        self.voice.reporter.report(&Event::Progress {
            task: self.voice.task.clone(),
            verb: self.verb,
            what: self.what.clone(),
            done,
            total: total.map(|total| total.max(done)),
            pace,
            unit: self.unit,
            current: current.to_owned(),
        });
    }
}

impl Drop for Bar<'_> {
    fn drop(&mut self) {
        self.voice.reporter.report(&Event::ProgressEnded { task: self.voice.task.clone() });
    }
}
