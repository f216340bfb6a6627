//! Starts a prepared boot, watches it, and makes sure that it ends.
//!
//! ```text
//! ends by itself ───────────────▶ its status
//! a kernel panicked ──1 s grace─▶ killed: a kernel without `panic=` stands still for ever
//! the VMM stands still ─1 s─────▶ killed
//! the console is silent ────────▶ killed: the guest hangs
//! its marker appears ───────────▶ killed, and all is well
//! the time limit passes ────────▶ killed
//! the user cancels ─────────────▶ killed, no verdict
//! ```
//!
//! Invariant: [`boot`] returns only when the process has ended. The log has each line as soon as it came.

use std::time::Duration;

use boot_contract::guest::{GuestLine, run_words};
use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::clock::{Stopwatch, sleep};
use kernel_host::env::Env;
use kernel_host::fs;
use kernel_host::process::{self, Child, ExitStatus, NextLine, Stdin};

use crate::accelerator::{Accelerator, KvmFault};
use crate::chart::Chart;
use crate::cmdline::CmdlineWord;
use crate::control::{Talk, Told};
use crate::diagnosis::{Diagnosis, Symbols};
use crate::error::BootError;
use crate::judge::{ConsoleLine, Ended, Evidence, Expectation, Layers, Stream, is_panic, judge, of_guest};
use crate::machine::BootRequest;
use crate::outcome::{MACHINE_IS, Outcome};
use crate::runner::{Prepared, prepare};
use crate::typing;

/// How long a machine may still talk after its end is certain: a panic's registers and stack come after its message.
const GRACE: Duration = Duration::from_secs(1);

/// The bytes of a line's end on a serial console: carriage return and line feed.
const LINE_END: u64 = 2;

/// How long what runs beside a VMM may take to come up.
const READY_WITHIN: Duration = Duration::from_secs(10);

/// How often a process is looked at that has closed its console.
const TICK: Duration = Duration::from_millis(5);

/// What happens during a boot, in this order: chosen, started, lines (with one ready among them, right after its
/// line), ended.
#[derive(Clone, Debug)]
pub enum BootEvent<'a> {
    /// What will run the guest.
    Chosen {
        /// What runs its instructions.
        accelerator: Accelerator,
        /// The VMM, with its version where it tells one.
        vmm: &'a str,
        /// Why it is not KVM alone.
        why: Option<&'a KvmFault>,
    },
    /// The process runs.
    Started {
        /// Its command line, quoted for a shell.
        command: &'a str,
        /// The guest's kernel command line.
        cmdline: &'a [CmdlineWord],
        /// That of the machine that the VMM runs in, where it runs nested.
        host_cmdline: Option<&'a [CmdlineWord]>,
    },
    /// A line, as it came.
    Line(&'a ConsoleLine),
    /// The guest's init is ready.
    Ready {
        /// The kernelrelease.
        release: &'a str,
        /// Since the start of the process.
        after: Duration,
    },
    /// The process has ended.
    Ended {
        /// How.
        ended: Ended,
        /// From its start to its end.
        total: Duration,
    },
}

/// A boot that was tried.
#[derive(Clone, Debug)]
pub struct BootReport {
    /// The verdict.
    pub outcome: Outcome,
    /// Where the kernel was and what it lacked, where it said so.
    pub diagnosis: Diagnosis,
    /// Everything that was said.
    pub lines: Vec<ConsoleLine>,
    /// How the process ended.
    pub ended: Ended,
    /// From the start of the process to its end.
    pub total: Duration,
    /// The process's command line, quoted for a shell.
    pub command: String,
    /// The guest's kernel command line, each word with where it comes from.
    pub cmdline: Vec<CmdlineWord>,
    /// That of the machine that the VMM ran in, where it ran nested.
    pub host_cmdline: Option<Vec<CmdlineWord>>,
    /// What ran the guest's instructions.
    pub accelerator: Accelerator,
    /// The VMM, with its version where it tells one.
    pub vmm: String,
    /// Where the console's text is.
    pub log: AbsPath,
}

impl BootReport {
    /// What the guest said, without the machine that its VMM ran in.
    fn of_guest(&self) -> &[ConsoleLine] {
        let layers = if self.host_cmdline.is_some() { Layers::Nested } else { Layers::Direct };
        of_guest(&self.lines, layers)
    }

    /// Where the time went, where the guest was asked to tell ([`CHART_PARAMETERS`](crate::chart::CHART_PARAMETERS)).
    pub fn chart(&self, symbols: Option<&Symbols>) -> Chart {
        Chart::of(self.of_guest(), symbols)
    }

    /// The bytes that the guest's console had before its init was ready.
    pub fn bytes_before_ready(&self) -> u64 {
        let said = self.of_guest();
        let ready = said.iter().position(|line| ready_release(line).is_some()).unwrap_or(said.len());
        let console = said[..ready].iter().filter(|line| line.stream == Stream::Console);
        console.map(|line| line.text.len() as u64 + LINE_END).sum()
    }

    /// The status of the command in the guest, if one ran to its end.
    pub fn run_status(&self) -> Option<i32> {
        self.lines.iter().rev().filter(|line| line.stream == Stream::Console).find_map(|line| {
            match GuestLine::parse(&line.text) {
                Some(GuestLine::RunStatus(status)) => Some(status),
                _ => None,
            }
        })
    }
}

/// Boots an image and judges the boot.
///
/// # Errors
/// [`BootError`] where the boot cannot be tried, or was cancelled. A guest that fails is a report, whose
/// [`Outcome`] says so.
pub fn boot(
    request: &BootRequest,
    env: &Env,
    cancel: &Cancel,
    on_event: &mut dyn FnMut(BootEvent<'_>),
) -> Result<BootReport, BootError> {
    let mut prepared = prepare(request, env, cancel)?;
    let (accelerator, vmm) = (prepared.accelerator, prepared.vmm.as_str());
    on_event(BootEvent::Chosen { accelerator, vmm, why: prepared.fault.as_ref() });
    let log = request.scratch.join("console.log");
    let Seen { lines, ended, total, told } = watch(&mut prepared, request, &log, cancel, on_event)?;
    on_event(BootEvent::Ended { ended, total });

    let evidence = Evidence { layers: prepared.layers, lines, ended, total, told };
    let outcome = judge(&evidence, &expectation(request));
    let cmdline = prepared.cmdline.to_string();
    let diagnosis = Diagnosis::of(request, &cmdline, evidence.layers, &evidence.lines);
    Ok(BootReport {
        outcome,
        diagnosis,
        lines: evidence.lines,
        ended,
        total,
        command: prepared.command.display(),
        cmdline: prepared.cmdline.words().to_vec(),
        host_cmdline: prepared.host_cmdline.map(|line| line.words().to_vec()),
        accelerator: prepared.accelerator,
        vmm: prepared.vmm,
        log,
    })
}

/// A command that the cmdline asks for must end well, unless another status was asked for.
fn expectation(request: &BootRequest) -> Expectation {
    let asked = !run_words(&request.cmdline).is_empty();
    Expectation { run_status: request.expect.run_status.or(asked.then_some(0)), ..request.expect.clone() }
}

/// What was seen of a process, from its start to its end.
struct Seen {
    lines: Vec<ConsoleLine>,
    ended: Ended,
    total: Duration,
    told: Vec<Told>,
}

/// Runs the process to its end, and keeps what it says.
fn watch(
    prepared: &mut Prepared,
    request: &BootRequest,
    log: &AbsPath,
    cancel: &Cancel,
    on_event: &mut dyn FnMut(BootEvent<'_>),
) -> Result<Seen, BootError> {
    let mut log = fs::create(log)?;
    let _beside = start_beside(prepared, cancel)?;
    if request.terminal.is_some() {
        prepared.command.stdin(Stdin::Piped);
    }
    // Whoever types can leave, too.
    let cancel = &cancel.below();
    let mut child = prepared.command.spawn(cancel)?;
    let mut typing = None;
    let clock = Stopwatch::start();
    on_event(BootEvent::Started {
        command: &prepared.command.display(),
        cmdline: prepared.cmdline.words(),
        host_cmdline: prepared.host_cmdline.as_ref().map(|line| line.words()),
    });
    let control = prepared.control.take();
    let talk = control.as_ref().map_or(Ok(None), |control| control.begin(&mut child))?;
    let mut listener = Listener { talk, looked: Duration::ZERO, told: Vec::new() };
    let mut limit = Limit { at: request.timeout, ended: Ended::TimeLimit(request.timeout) };
    let mut silence = Some(request.silence);
    let marker = request.expect.marker.as_deref();
    let has_command = request.has_job || !run_words(&request.cmdline).is_empty();
    let mut lines = Vec::new();
    let mut ready = false;
    let ended = loop {
        for (what, at, ended) in listener.hear(clock.elapsed()) {
            log.write_line(&format!("[vmm] {what}"))?;
            limit.lower(at + GRACE, ended);
        }
        let said_at = lines.last().map_or(Duration::ZERO, |line: &ConsoleLine| line.at);
        let next = match silence {
            Some(silence) if said_at + silence < limit.at => {
                Limit { at: said_at + silence, ended: Ended::Silence(silence) }
            }
            _ => limit,
        };
        let left = next.at.saturating_sub(clock.elapsed());
        if left.is_zero() {
            if let Some(state) = listener.state().filter(|_| !matches!(next.ended, Ended::AfterPanic)) {
                let text = format!("{MACHINE_IS}`{state}`");
                let line = ConsoleLine { at: clock.elapsed(), stream: Stream::Vmm, text };
                log.write_line(&log_text(&line))?;
                lines.push(line);
            }
            listener.end(&mut child)?;
            break next.ended;
        }
        let (stream, text) = match child.next_line(left.min(listener.pace())) {
            NextLine::Timeout => continue,
            // It ends the process, and says so.
            NextLine::Cancelled => break ended(child.wait()?),
            NextLine::Closed => break wait(&mut child, &limit, &clock, cancel)?,
            NextLine::Line { stream: process::Stream::Stdout, text } => (Stream::Console, text),
            NextLine::Line { stream: process::Stream::Stderr, text } => (Stream::Vmm, text),
        };
        let line = ConsoleLine { at: clock.elapsed(), stream, text };
        log.write_line(&log_text(&line))?;
        log.flush()?;
        on_event(BootEvent::Line(&line));
        if let Some(release) = ready_release(&line).filter(|_| !ready) {
            ready = true;
            on_event(BootEvent::Ready { release: &release, after: line.at });
            // A command may think for as long as it likes.
            silence = silence.filter(|_| !has_command);
        }
        if let (true, Some(terminal)) = (has_terminal(&line), &request.terminal)
            && let Some(stdin) = child.take_stdin()
        {
            typing = Some(typing::begin(terminal, stdin, cancel.clone())?);
        }
        let is_marker = line.stream == Stream::Console && marker.is_some_and(|text| line.text.contains(text));
        if is_panic(&line) {
            limit.lower(line.at + GRACE, Ended::AfterPanic);
        } else if (prepared.is_stuck)(&line) {
            limit.lower(line.at + GRACE, Ended::VmmStuck);
        }
        lines.push(line);
        if is_marker {
            listener.end(&mut child)?;
            break Ended::AtMarker;
        }
    };
    drop(typing);
    let total = clock.elapsed();
    // The last words may have come with the end.
    let _ = listener.hear(Duration::MAX);
    log.finish()?;
    Ok(Seen { lines, ended, total, told: listener.told })
}

/// Starts what has to run before the VMM, and waits until it can be spoken to; it ends where what is returned is dropped.
fn start_beside(prepared: &mut Prepared, cancel: &Cancel) -> Result<Vec<Child>, BootError> {
    let mut children = Vec::new();
    for command in &mut prepared.beside {
        children.push(command.spawn(cancel)?);
    }
    let clock = Stopwatch::start();
    for (socket, command) in prepared.sockets.iter().zip(&prepared.beside) {
        while !fs::exists(socket) {
            if clock.elapsed() > READY_WITHIN || cancel.requested() {
                return Err(BootError::NotReady { command: command.display(), socket: socket.clone() });
            }
            sleep(TICK);
        }
    }
    Ok(children)
}

/// Waits for a process that has closed its console.
fn wait(child: &mut Child, limit: &Limit, clock: &Stopwatch, cancel: &Cancel) -> Result<Ended, BootError> {
    while clock.elapsed() < limit.at && !cancel.requested() {
        if let Some(status) = child.try_wait()? {
            return Ok(ended(status));
        }
        sleep(TICK);
    }
    limit.end(child)
}

fn ended(status: ExitStatus) -> Ended {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return Ended::Signal(signal);
    }
    Ended::Status(status.code().unwrap_or(-1))
}

/// How often a VMM that can be spoken to is heard.
const PACE: Duration = Duration::from_millis(100);

/// Whoever speaks to the VMM.
struct Listener<'a> {
    talk: Option<Talk<'a>>,
    looked: Duration,
    told: Vec<Told>,
}

impl Listener<'_> {
    fn pace(&self) -> Duration {
        if self.talk.is_some() { PACE } else { Duration::MAX }
    }

    /// What the VMM says of its guest that ends the boot, and as what.
    fn hear(&mut self, now: Duration) -> Vec<(&'static str, Duration, Ended)> {
        let Some(talk) = self.talk.as_mut().filter(|_| now >= self.looked) else { return Vec::new() };
        self.looked = now.saturating_add(PACE);
        let heard = talk.heard();
        self.told.extend(heard.iter().cloned());
        let ends = heard.iter().filter_map(|told| match told {
            Told::Panicked => Some(("the guest panicked", now, Ended::AfterPanic)),
            Told::InternalError => Some(("internal error", now, Ended::VmmStuck)),
            Told::Reset | Told::PoweredOff => None,
        });
        ends.collect()
    }

    fn state(&mut self) -> Option<String> {
        self.talk.as_mut()?.state()
    }

    /// Ends the process: by its own interface, and where that does not end it, by a signal.
    fn end(&mut self, child: &mut Child) -> Result<(), BootError> {
        let ended = self.talk.as_mut().map_or(Ok(false), |talk| talk.end(child))?;
        if !ended {
            child.kill_group();
        }
        child.wait()?;
        Ok(())
    }
}

/// When the process is ended, and as what that counts.
#[derive(Clone, Copy)]
struct Limit {
    at: Duration,
    ended: Ended,
}

impl Limit {
    /// Ends the process.
    fn end(&self, child: &mut Child) -> Result<Ended, BootError> {
        child.kill_group();
        child.wait()?;
        Ok(self.ended)
    }

    fn lower(&mut self, at: Duration, ended: Ended) {
        if at < self.at {
            *self = Self { at, ended };
        }
    }
}

/// The kernelrelease, where a line says that the guest's init is ready.
fn ready_release(line: &ConsoleLine) -> Option<String> {
    match GuestLine::parse(&line.text) {
        Some(GuestLine::Ready { release }) if line.stream == Stream::Console => Some(release),
        _ => None,
    }
}

/// Whether a line says that the guest's command has a terminal.
fn has_terminal(line: &ConsoleLine) -> bool {
    line.stream == Stream::Console && GuestLine::parse(&line.text) == Some(GuestLine::Terminal)
}

/// A line of the log: as it came, the VMM's own words marked.
fn log_text(line: &ConsoleLine) -> String {
    match line.stream {
        Stream::Console => line.text.clone(),
        Stream::Vmm => format!("[vmm] {}", line.text),
    }
}

#[cfg(all(test, unix))]
mod tests;
