//! From events to lines.
//!
//! | Event | Person | Program |
//! |---|---|---|
//! | a step began or ended | status line | – |
//! | progress | bar, or a line now and then | – |
//! | warning | `warning:`, `hint:` | `warning` |
//! | note | below the last status line, at its verbosity | – |
//! | words of cargo and rustc | as they are | – |
//! | a VM's console | stdout; with [`Consoles::OfCommands`], what a command in the guest wrote, as it is | `console` |
//! | words of a VMM | stderr | `console` |
//!
//! Deliberately absent: results. A command presents what it got when it is done, once.

use std::sync::{Arc, Mutex, PoisonError};

use boot_contract::guest::GuestLine;
use kernel::{Event, Reporter};
use kernel_boot::{BootEvent, CmdlineWord, Stream};
use kernel_build::{Event as BuildEvent, Task, Unit, Verbosity};
use kernel_spec::VmName;

use crate::bars::{Counted, Step};
use crate::message::Message;
use crate::shell::{Level, Shell};
use crate::terminal::{HINT, WARNING};
use crate::text;

/// What of a guest's console is for stdout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Consoles {
    /// Each line.
    #[default]
    Whole,
    /// What a command in the guest wrote to its standard output, as it is; to its standard error, for stderr. The rest is
    /// told to those who ask for more words.
    OfCommands,
}

/// Shows events on a shell.
pub(crate) struct Presenter {
    shell: Arc<Shell>,
    consoles: Consoles,
    /// Whom the last status line was about: a note about somebody else says whose it is.
    last: Mutex<Option<Task>>,
}

impl Reporter for Presenter {
    fn report(&self, event: Event<'_>) {
        match event {
            Event::Build(event) => self.build(event),
            Event::Boot { vm, event } => self.boot(vm, event),
        }
    }
}

impl Presenter {
    /// One on a shell.
    pub(crate) fn new(shell: Arc<Shell>, consoles: Consoles) -> Self {
        Self { shell, consoles, last: Mutex::default() }
    }

    /// `guest: ` where the last status line was about another kernel, or cargo.
    fn whose(&self, task: &Task) -> String {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match (last.replace(task.clone()), task) {
            (Some(last @ (Task::Kernel(_) | Task::Cargo)), Task::Kernel(name)) if last != *task => {
                format!("{name}: ")
            }
            _ => String::new(),
        }
    }

    fn build(&self, event: &BuildEvent) {
        let shell = &self.shell;
        if let BuildEvent::Started { task, .. } | BuildEvent::Finished { task, .. } = event {
            self.last.lock().unwrap_or_else(PoisonError::into_inner).replace(task.clone());
        }
        match event {
            BuildEvent::Started { verb, what, .. } => shell.status(verb, what),
            BuildEvent::Progress { task, verb, what, done, total, pace, unit, current } => {
                let counted = match unit {
                    Unit::Bytes => Counted::Bytes,
                    Unit::Objects => Counted::Things,
                };
                let (done, total, pace) = (*done, *total, *pace);
                shell.progress(&Step { key: &key(task), verb, what, done, total, pace, counted, current });
            }
            BuildEvent::ProgressEnded { task } => shell.progress_ended(&key(task)),
            BuildEvent::Warning { message, hint, .. } => warn(shell, message, hint.as_deref()),
            BuildEvent::Note { task, verbosity, text } => {
                let level = match verbosity {
                    Verbosity::Quiet => Level::Warnings,
                    Verbosity::Normal => Level::Normal,
                    Verbosity::Verbose => Level::Verbose,
                };
                if shell.level >= level {
                    note(shell, level, &format!("{}{text}", self.whose(task)));
                }
            }
            BuildEvent::Rendered { text, .. } => shell.say(&shell.paint.foreign(text)),
            BuildEvent::Finished { verb: verb @ "Fresh", what, .. } => shell.status(verb, what),
            BuildEvent::Finished { verb, what, duration, .. } => {
                shell.status(verb, &format!("{what} in {}", text::duration(*duration)));
            }
        }
    }

    fn boot(&self, vm: &VmName, event: &BootEvent<'_>) {
        let shell = &self.shell;
        match event {
            BootEvent::Chosen { accelerator, vmm, why } => {
                shell.status("Booting", &format!("{vm}: {vmm} ({accelerator})"));
                if let Some(why) = why {
                    note(shell, Level::Verbose, &format!("{accelerator}, for {why}"));
                }
            }
            BootEvent::Started { command, cmdline, host_cmdline, .. } => {
                shell.status_from(Level::Everything, "Running", command);
                note(shell, Level::Verbose, &format!("cmdline {}", words(cmdline)));
                if let Some(host) = host_cmdline {
                    note(shell, Level::Everything, &format!("cmdline of the nested host {}", words(host)));
                }
            }
            BootEvent::Line(line) => {
                let stream = match line.stream {
                    Stream::Console if self.consoles == Consoles::OfCommands => {
                        match GuestLine::parse(&line.text) {
                            Some(GuestLine::Out(bytes)) => shell.raw_data(&bytes),
                            Some(GuestLine::Err(bytes)) => shell.raw_words(&bytes),
                            _ => note(shell, Level::Verbose, &format!("{vm}: {}", line.text)),
                        }
                        "console"
                    }
                    Stream::Console => {
                        shell.data(&line.text);
                        "console"
                    }
                    Stream::Vmm => {
                        if shell.level >= Level::Normal {
                            shell.say(&shell.paint.foreign(&line.text));
                        }
                        "vmm"
                    }
                };
                let (vm, at_ms) = (vm.as_str(), line.at.as_millis());
                shell.message(&Message::Console { vm, at_ms, stream, text: &line.text });
            }
            BootEvent::Ready { release, after } => {
                let what = format!("{vm} runs {release} after {}", text::duration(*after));
                shell.status_from(Level::Verbose, "Ready", &what);
            }
            // The verdict says it.
            BootEvent::Ended { .. } => {}
        }
    }
}

fn key(task: &Task) -> String {
    match task {
        Task::Session => "session".into(),
        Task::Kernel(name) => format!("kernel {name}"),
        Task::Cargo => "cargo".into(),
    }
}

fn words(cmdline: &[CmdlineWord]) -> String {
    cmdline.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
}

/// `warning: …`, and a hint below it.
pub(crate) fn warn(shell: &Shell, message: &str, hint: Option<&str>) {
    if shell.level >= Level::Warnings {
        let mut text = format!("{} {message}", shell.paint.paint(WARNING, "warning:"));
        if let Some(hint) = hint {
            text += &format!("\n{} {hint}", shell.paint.paint(HINT, "hint:"));
        }
        shell.say(&text);
    }
    shell.message(&Message::Warning { message, hint });
}

/// Lines below a status line, each as far in as what it says.
pub(crate) fn note(shell: &Shell, level: Level, text: &str) {
    if shell.level >= level {
        let lines: Vec<String> =
            text.lines().map(|line| format!("{:13}{line}", "").trim_end().to_owned()).collect();
        shell.say(&lines.join("\n"));
    }
}

#[cfg(test)]
mod tests;
