//! The judgement of a boot: from what was said and how it ended to an [`Outcome`].
//!
//! Pure. The guest's own words decide ([`boot_contract::guest`]); where a VMM runs nested, two machines talk on one
//! console, and the outer one has the name [`NESTED_HOST`], so that its init is never taken for the guest's.
//!
//! The first of these that holds is the verdict:
//!
//! 1. a kernel panicked
//! 2. the guest runs another kernel than promised
//! 3. an init reported an error
//! 4. the command in the guest failed
//! 5. the console was silent for too long, or the time limit passed
//! 6. the VMM failed
//! 7. a machine ended before its init was ready, or before the command in it ended
//! 8. passed
//!
//! A guest whose words are not those of an init of this tool has a marker: a text whose appearance is the end and the proof.

use std::fmt;
use std::time::Duration;

use boot_contract::guest::GuestLine;

use crate::control::Told;
use crate::diagnosis::{PANIC, said};
use crate::outcome::{GuestEnd, Machine, Outcome, Seconds, VmmEnd};

/// The name of the outer machine of a nested run.
pub(crate) const NESTED_HOST: &str = "host";

/// How many lines a verdict keeps.
const LAST_LINES: usize = 12;

/// What the guest must say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expectation {
    /// The kernelrelease; absent: any.
    pub release: Option<String>,
    /// The status of the command in the guest; absent: 0 where the cmdline asks for a command.
    pub run_status: Option<i32>,
    /// A text whose appearance on the console makes the boot good and ends it; absent: an init says that it is ready.
    pub marker: Option<String>,
}

/// Where a line came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// The process's standard output: the serial console.
    Console,
    /// The process's standard error: the VMM itself.
    Vmm,
}

/// A line, as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsoleLine {
    /// Since the start of the process.
    pub at: Duration,
    /// Where it came from.
    pub stream: Stream,
    /// The line, without its end.
    pub text: String,
}

/// How the process ended. Displays as what is said of the machine: `reset or powered off`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// By itself, with this status.
    Status(i32),
    /// By a signal that this tool did not send.
    Signal(i32),
    /// Ended by this tool at the time limit.
    TimeLimit(Duration),
    /// Ended by this tool, for nothing had been said for this long.
    Silence(Duration),
    /// Ended by this tool, for its marker had appeared.
    AtMarker,
    /// Ended by this tool, for nothing more was to come: the kernel had panicked.
    AfterPanic,
    /// Ended by this tool, for nothing more was to come: the VMM had reported an error and stood still.
    VmmStuck,
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(0) => f.write_str("reset or powered off"),
            Self::Status(status) => write!(f, "ended with status {status}"),
            Self::Signal(signal) => write!(f, "was ended by signal {signal}"),
            Self::TimeLimit(limit) => write!(f, "was stopped at the time limit of {}", Seconds(*limit)),
            Self::Silence(silence) => write!(f, "was stopped after {} of silence", Seconds(*silence)),
            Self::AtMarker => f.write_str("was stopped at its marker"),
            Self::AfterPanic => f.write_str("was stopped after a panic"),
            Self::VmmStuck => f.write_str("was stopped by its VMM"),
        }
    }
}

/// How many machines talk on the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layers {
    /// The guest alone.
    Direct,
    /// The guest, and the machine that its VMM runs in.
    Nested,
}

/// Everything that a judgement rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Who talked.
    pub layers: Layers,
    /// What was said, in order.
    pub lines: Vec<ConsoleLine>,
    /// How the process ended.
    pub ended: Ended,
    /// From its start to its end.
    pub total: Duration,
    /// What the VMM said of its machine: nested, that is the outer one.
    pub told: Vec<Told>,
}

/// What one machine's init said.
#[derive(Default)]
struct Said {
    ready: Option<(String, Duration)>,
    run: Option<i32>,
    error: Option<String>,
}

impl Said {
    fn read(lines: &[ConsoleLine], name: Option<&str>) -> Self {
        let mut said = Self::default();
        for line in lines.iter().filter(|line| line.stream == Stream::Console) {
            match GuestLine::parse_from(name, &line.text) {
                Some(GuestLine::Ready { release }) => {
                    said.ready.get_or_insert((release, line.at));
                }
                Some(GuestLine::RunStatus(status)) => said.run = Some(status),
                Some(GuestLine::Error(text)) => {
                    said.error.get_or_insert(text);
                }
                Some(
                    GuestLine::Cmdline(_)
                    | GuestLine::Has { .. }
                    | GuestLine::Terminal
                    | GuestLine::Out(_)
                    | GuestLine::Err(_),
                )
                | None => {}
            }
        }
        said
    }
}

/// Judges a boot.
pub fn judge(evidence: &Evidence, expect: &Expectation) -> Outcome {
    let lines = &evidence.lines;
    let guest = Said::read(lines, None);
    let host = match evidence.layers {
        Layers::Direct => None,
        Layers::Nested => Some(Said::read(lines, Some(NESTED_HOST))),
    };
    if let Some((machine, line)) = panic(lines, evidence.layers) {
        return Outcome::Panicked { machine, line, last: last(lines) };
    }
    if evidence.layers == Layers::Direct && evidence.told.contains(&Told::Panicked) {
        let line = format!("{PANIC}: the VMM says so, and the console does not");
        return Outcome::Panicked { machine: Machine::Guest, line, last: last(lines) };
    }
    if let (Some((found, _)), Some(expected)) = (&guest.ready, &expect.release)
        && found != expected
    {
        return Outcome::WrongRelease { found: found.clone(), expected: expected.clone() };
    }
    for (machine, said) in [(Machine::Guest, Some(&guest)), (Machine::NestedHost, host.as_ref())] {
        if let Some(text) = said.and_then(|said| said.error.clone()) {
            return Outcome::InitFailed { machine, text };
        }
    }
    if let (Some(status), Some(expected)) = (guest.run, expect.run_status)
        && status != expected
    {
        return Outcome::RunFailed { status, expected, last: last(lines) };
    }
    let ready_after = guest.ready.as_ref().map(|(_, at)| *at);
    match evidence.ended {
        Ended::Silence(silence) => return Outcome::Hung { silence, ready_after, last: last(lines) },
        Ended::TimeLimit(limit) => return Outcome::TimedOut { limit, ready_after, last: last(lines) },
        Ended::AtMarker => return at_marker(evidence, expect),
        _ => {}
    }
    if let Some(end) = vmm_failure(evidence.ended, host.as_ref()) {
        return Outcome::VmmFailed { end, said: vmm_words(evidence) };
    }
    let ended = evidence.ended;
    if host.is_some_and(|host| host.ready.is_none()) {
        return Outcome::NoMarker { machine: Machine::NestedHost, ended, last: last(lines) };
    }
    let Some((release, ready_after)) = guest.ready else {
        return Outcome::NoMarker { machine: Machine::Guest, ended, last: last(lines) };
    };
    if expect.run_status.is_some() && guest.run.is_none() {
        return Outcome::RunUnfinished { ended, last: last(lines) };
    }
    let end = match (guest_end(of_guest(lines, evidence.layers)), evidence.layers) {
        (GuestEnd::Untold, Layers::Direct) => end_told(&evidence.told),
        (end, _) => end,
    };
    Outcome::Passed { release, end, ready_after, total: evidence.total }
}

/// A machine that was ended at its marker: its kernel's banner says what it runs, where the console has it.
fn at_marker(evidence: &Evidence, expect: &Expectation) -> Outcome {
    let guest = of_guest(&evidence.lines, evidence.layers);
    let banner = guest
        .iter()
        .find_map(|line| said(&line.text).strip_prefix("Linux version ")?.split_ascii_whitespace().next());
    let ready_after = guest.last().map_or(evidence.total, |line| line.at);
    match (banner, &expect.release) {
        (Some(found), Some(expected)) if found != expected => {
            Outcome::WrongRelease { found: found.to_owned(), expected: expected.clone() }
        }
        (Some(release), _) => Outcome::Passed {
            release: release.to_owned(),
            end: GuestEnd::AtMarker,
            ready_after,
            total: evidence.total,
        },
        (None, release) => Outcome::Passed {
            release: release.clone().unwrap_or_default(),
            end: GuestEnd::AtMarker,
            ready_after,
            total: evidence.total,
        },
    }
}

/// How a kernel says that its machine ends (`kernel/reboot.c`).
fn guest_end(lines: &[ConsoleLine]) -> GuestEnd {
    let end = |line: &ConsoleLine| {
        let text = said(&line.text).strip_prefix("reboot: ")?;
        let ends = [
            ("Power down", GuestEnd::PoweredOff),
            ("Restarting system", GuestEnd::Reset),
            ("System halted", GuestEnd::Halted),
        ];
        ends.into_iter().find(|(start, _)| text.starts_with(start)).map(|(_, end)| end)
    };
    let console = lines.iter().rev().filter(|line| line.stream == Stream::Console);
    console.filter_map(end).next().unwrap_or(GuestEnd::Untold)
}

/// The same by its VMM.
fn end_told(told: &[Told]) -> GuestEnd {
    let end = |told: &Told| match told {
        Told::Reset => Some(GuestEnd::Reset),
        Told::PoweredOff => Some(GuestEnd::PoweredOff),
        Told::Panicked | Told::InternalError => None,
    };
    told.iter().find_map(end).unwrap_or(GuestEnd::Untold)
}

/// What the guest said: nested, what came between the start of its VMM and the end of it.
pub(crate) fn of_guest(lines: &[ConsoleLine], layers: Layers) -> &[ConsoleLine] {
    if layers == Layers::Direct {
        return lines;
    }
    let of_host = |line: &ConsoleLine| match GuestLine::parse_from(Some(NESTED_HOST), &line.text) {
        _ if line.stream == Stream::Vmm => None,
        other => other,
    };
    let start = lines.iter().position(|line| matches!(of_host(line), Some(GuestLine::Ready { .. })));
    let end = lines.iter().position(|line| matches!(of_host(line), Some(GuestLine::RunStatus(_))));
    start.map_or(&[], |start| &lines[start..end.filter(|end| *end >= start).unwrap_or(lines.len())])
}

/// Whether a line says that a kernel panicked.
pub(crate) fn is_panic(line: &ConsoleLine) -> bool {
    line.stream == Stream::Console && line.text.contains(PANIC)
}

/// The first panic, and whose: the guest's from the moment that the nested host starts the VMM.
fn panic(lines: &[ConsoleLine], layers: Layers) -> Option<(Machine, String)> {
    let index = lines.iter().position(is_panic)?;
    let text = &lines[index].text;
    let line = text.find(PANIC).map_or(text.as_str(), |start| &text[start..]).trim_end().to_owned();
    let host = Said::read(&lines[..index], Some(NESTED_HOST));
    let machine = match layers {
        Layers::Nested if host.ready.is_none() || host.run.is_some() => Machine::NestedHost,
        Layers::Nested | Layers::Direct => Machine::Guest,
    };
    Some((machine, line))
}

fn vmm_failure(ended: Ended, host: Option<&Said>) -> Option<VmmEnd> {
    match (ended, host) {
        (Ended::VmmStuck, _) => Some(VmmEnd::Stuck),
        (Ended::Signal(signal), _) => Some(VmmEnd::Signal(signal)),
        (Ended::Status(status), _) if status != 0 => Some(VmmEnd::Status(status)),
        (_, Some(Said { run: Some(status), .. })) if *status != 0 => Some(VmmEnd::Status(*status)),
        (_, Some(Said { run: None, ready: Some(_), .. })) => Some(VmmEnd::HostGone),
        _ => None,
    }
}

/// What a VMM said: its standard error; nested, that is on the console, after the nested host's init was ready.
fn vmm_words(evidence: &Evidence) -> Vec<String> {
    let lines = &evidence.lines;
    let said = |stream| lines.iter().filter(move |line: &&ConsoleLine| line.stream == stream);
    match evidence.layers {
        Layers::Direct if said(Stream::Vmm).next().is_some() => tail(said(Stream::Vmm)),
        Layers::Direct | Layers::Nested => last(lines),
    }
}

fn last(lines: &[ConsoleLine]) -> Vec<String> {
    tail(lines.iter())
}

/// The last lines that say something, in order.
fn tail<'a>(lines: impl DoubleEndedIterator<Item = &'a ConsoleLine>) -> Vec<String> {
    let said = lines.rev().map(|line| line.text.trim_end()).filter(|text| !text.is_empty());
    let mut tail: Vec<String> = said.take(LAST_LINES).map(str::to_owned).collect();
    tail.reverse();
    tail
}

#[cfg(test)]
mod tests;
