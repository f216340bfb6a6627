//! Where a boot's time went, by what its kernel said under `initcall_debug`.
//!
//! ```text
//! [    0.041200] entering initcall level: core              a level begins (before 6.11 it is not said)
//! [    0.052345] calling  foo_init+0x0/0x20 @ 1             an initcall begins
//! [    0.052999] initcall foo_init+0x0/0x20 returned 0 after 12 usecs
//! [    0.061000] probe of serial8250 returned 0 after 31 usecs
//! [    0.070000] printk: legacy console [ttyS0] enabled     from here on each line is printed as it is said
//! [    0.412345] Run /init as init process
//! ```
//!
//! The kernel does not say how long printing takes, but it does next to nothing between the end of an initcall and the
//! beginning of the next one but print the line that says so. The median of those times for each byte is the price of a byte;
//! by that price every other line is counted. What is left between two lines while no initcall runs is a gap.
//!
//! | the clock | when | a line's time is that of |
//! |---|---|---|
//! | the kernel's | it has a fine one | the beginning of its printing |
//! | this machine's, from the start of the VMM | the kernel counts ticks (its times are whole milliseconds apart) | the end of its printing |
//!
//! Linux 6.1 and 6.12 were looked at (`init/main.c`, `drivers/base/dd.c`).
//!
//! Deliberately absent: initcalls that run beside others (`async`), which the kernel names otherwise; files.

mod page;

use boot_contract::guest::GuestLine;

use crate::diagnosis::Symbols;
use crate::judge::{ConsoleLine, Stream};

pub use page::page;

/// The words of a command line that make a kernel tell.
///
/// `ignore_loglevel` holds also where there is `quiet`; the buffer keeps what is said before there is a console.
pub const CHART_PARAMETERS: &str = "initcall_debug ignore_loglevel printk.time=1 log_buf_len=1M";

/// What a line must lack to be a gap worth telling, in microseconds.
const LEAST_GAP: u64 = 500;

/// A clock whose steps are no shorter, in microseconds, counts ticks.
const LEAST_TICK: u64 = 900;

/// So many prices make one that can be believed.
const LEAST_PRICES: usize = 5;

/// A boot, drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chart {
    /// Whose clock its times are of.
    pub clock: ChartClock,
    /// Initcalls, in the order in which they began.
    pub calls: Vec<Call>,
    /// Probes of drivers, in the order in which they ended.
    pub probes: Vec<Call>,
    /// Levels of initcalls, where the kernel says them.
    pub levels: Vec<(u64, String)>,
    /// When lines were printed.
    pub console: Vec<Print>,
    /// Microseconds that a byte takes on the console; absent where that cannot be told.
    pub price: Option<f64>,
    /// Times in which nothing was said, nothing was printed and no initcall ran.
    pub gaps: Vec<Gap>,
    /// When the init said that it was ready.
    pub ready: Option<u64>,
    /// When the last was said.
    pub end: u64,
}

/// An initcall, or the probe of a driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// `foo_init`; an address where the kernel has no names and nobody else has.
    pub name: String,
    /// When it began.
    pub start: u64,
    /// When it ended.
    pub end: u64,
    /// What it returned; absent where it never did.
    pub result: Option<i64>,
}

impl Call {
    /// How long it took.
    pub fn took(&self) -> u64 {
        self.end - self.start
    }
}

/// A line on the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Print {
    /// When it began.
    pub start: u64,
    /// When it was out.
    pub end: u64,
    /// The line.
    pub text: String,
}

/// A time of which the kernel says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// When it began.
    pub start: u64,
    /// When it ended.
    pub end: u64,
    /// What was said before.
    pub before: String,
    /// What was said after.
    pub after: String,
}

/// Whose clock a chart goes by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChartClock {
    /// The kernel's own.
    #[default]
    Kernel,
    /// This machine's, from the start of the VMM.
    Host,
}

/// A line of the kernel's.
struct Said<'a> {
    /// What the kernel says of when it began to say it.
    told: u64,
    /// When it was here.
    came: u64,
    bytes: usize,
    text: &'a str,
    /// When it was printed, by the chart's clock.
    start: u64,
    end: u64,
}

impl Chart {
    /// Reads what one machine said; names of initcalls that are addresses come from `symbols`.
    pub fn of(lines: &[ConsoleLine], symbols: Option<&Symbols>) -> Self {
        let console = || lines.iter().filter(|line| line.stream == Stream::Console);
        let mut said: Vec<Said<'_>> = console().filter_map(said).collect();
        let mut chart = Self::default();
        let enabled = said.iter().position(|line| is_enabling(line.text)).unwrap_or(said.len());
        chart.clock = clock(&said[enabled..]);
        chart.price = price(&said[enabled..], chart.clock);
        print(&mut said, (enabled, chart.clock, chart.price));
        chart.read_calls(&said, symbols);
        let printed = said.iter().filter(|line| line.end > line.start);
        chart.console = printed
            .map(|line| Print { start: line.start, end: line.end, text: line.text.to_owned() })
            .collect();
        chart.ready = ready(lines, chart.clock);
        chart.end = said.last().map_or(0, |line| line.end).max(chart.ready.unwrap_or(0));
        for call in chart.calls.iter_mut().filter(|call| call.result.is_none()) {
            call.end = chart.end;
        }
        chart.read_gaps(&said, symbols);
        chart
    }

    fn read_calls(&mut self, said: &[Said<'_>], symbols: Option<&Symbols>) {
        let mut open: Vec<usize> = Vec::new();
        for line in said {
            if let Some(level) = line.text.strip_prefix("entering initcall level: ") {
                self.levels.push((line.start, level.to_owned()));
            } else if let Some(called) = line.text.strip_prefix("calling  ") {
                let place = called.split(' ').next().unwrap_or(called);
                open.push(self.calls.len());
                let (name, at) = (name(place, symbols), line.end);
                self.calls.push(Call { name, start: at, end: at, result: None });
            } else if let Some((name, result, took)) = returned(line.text, "initcall ", symbols) {
                let place = open.iter().rposition(|call| self.calls[*call].name == name);
                let Some(place) = place else { continue };
                let call = &mut self.calls[open.remove(place)];
                let start = match self.clock {
                    // What it took does not hold the printing of the line that says that it begins.
                    ChartClock::Kernel => line.start.saturating_sub(took),
                    ChartClock::Host => call.start,
                };
                (call.start, call.end) = (start.min(line.start), line.start);
                call.result = Some(result);
            } else if let Some((name, result, took)) = returned(line.text, "probe of ", None) {
                let start = line.start.saturating_sub(took);
                self.probes.push(Call { name, start, end: line.start, result: Some(result) });
            }
        }
    }

    /// Until the init is ready: what it does then is its own.
    fn read_gaps(&mut self, said: &[Said<'_>], symbols: Option<&Symbols>) {
        let first = said.first().map(|line| (0, line.start, "", line.text));
        let between = said.windows(2).filter_map(|pair| match pair {
            [line, next] => Some((line.end, next.start, line.text, next.text)),
            _ => None,
        });
        let ready = self.ready.unwrap_or(u64::MAX);
        for (start, end, before, after) in first.into_iter().chain(between) {
            let end = end.min(ready);
            let runs = self.calls.iter().any(|call| call.start < end && call.end > start);
            if end.saturating_sub(start) >= LEAST_GAP && !runs {
                let before = if before.is_empty() { "(the start)" } else { before };
                let (before, after) = (decoded(before, symbols), decoded(after, symbols));
                self.gaps.push(Gap { start, end, before, after });
            }
        }
    }

    /// Microseconds in initcalls, on the console, and in gaps: what initcalls print counts as the console's.
    pub fn totals(&self) -> (u64, u64, u64) {
        let printed = |start: u64, end: u64| -> u64 {
            let within = |print: &Print| print.end.min(end).saturating_sub(print.start.max(start));
            self.console.iter().map(within).sum()
        };
        // One that runs within another is counted with it.
        let (mut calls, mut counted_to) = (0, 0);
        for call in &self.calls {
            let start = call.start.max(counted_to);
            if call.end > start {
                calls += (call.end - start) - printed(start, call.end).min(call.end - start);
                counted_to = call.end;
            }
        }
        let console = self.console.iter().map(|print| print.end - print.start).sum();
        (calls, console, self.gaps.iter().map(|gap| gap.end - gap.start).sum())
    }
}

/// A line with the kernel's time.
fn said(line: &ConsoleLine) -> Option<Said<'_>> {
    let text = line.text.trim_end_matches('\r');
    let (time, rest) = text.strip_prefix('[')?.split_once("] ")?;
    let (seconds, micros) = time.trim_start().split_once('.')?;
    let told = seconds.parse::<u64>().ok()?.checked_mul(1_000_000)?.checked_add(micros.parse().ok()?)?;
    let came = u64::try_from(line.at.as_micros()).ok()?;
    // With carriage return and line feed.
    Some(Said { told, came, bytes: text.len() + 2, text: rest, start: told, end: told })
}

/// Whether a line says that the serial console is there: what was said before it was kept, and comes now.
fn is_enabling(text: &str) -> bool {
    text.contains("console [tty") && text.ends_with("] enabled")
}

/// The kernel's clock, unless it counts ticks.
fn clock(said: &[Said<'_>]) -> ChartClock {
    let steps = said.windows(2).filter_map(|pair| pair[1].told.checked_sub(pair[0].told));
    let least = steps.filter(|step| *step > 0).min();
    if said.len() > LEAST_PRICES && least.is_none_or(|least| least >= LEAST_TICK) {
        ChartClock::Host
    } else {
        ChartClock::Kernel
    }
}

/// Microseconds for a byte: the line after the end of an initcall says that another begins.
fn price(said: &[Said<'_>], clock: ChartClock) -> Option<f64> {
    let price = |pair: &[Said<'_>]| {
        let [line, next] = pair else { return None };
        let between_calls = line.text.starts_with("initcall ") && next.text.starts_with("calling  ");
        let (took, bytes) = match clock {
            ChartClock::Kernel => (next.told.saturating_sub(line.told), line.bytes),
            ChartClock::Host => (next.came.saturating_sub(line.came), next.bytes),
        };
        between_calls.then_some(took as f64 / bytes as f64)
    };
    let mut prices: Vec<f64> = said.windows(2).filter_map(price).collect();
    prices.sort_by(f64::total_cmp);
    (prices.len() >= LEAST_PRICES).then(|| prices[prices.len() / 2])
}

/// Finds out when each line was printed; with the line that enables the console, everything before it.
fn print(said: &mut [Said<'_>], (enabled, clock, price): (usize, ChartClock, Option<f64>)) {
    let took = |bytes: usize| (bytes as f64 * price.unwrap_or(0.0)) as u64;
    let kept: usize = said.iter().take(enabled).map(|line| line.bytes).sum();
    let told: Vec<u64> = said.iter().map(|line| line.told).collect();
    let mut before = 0;
    for (index, line) in said.iter_mut().enumerate() {
        match clock {
            ChartClock::Kernel if index < enabled => {}
            ChartClock::Kernel => {
                let bytes = if index == enabled { kept + line.bytes } else { line.bytes };
                let next = told.get(index + 1).copied().unwrap_or(u64::MAX);
                line.end = (line.start + took(bytes)).min(next.max(line.start));
            }
            ChartClock::Host => {
                line.end = line.came;
                line.start = line.came.saturating_sub(took(line.bytes)).max(before).min(line.end);
                before = line.end;
            }
        }
    }
}

/// `foo_init+0x0/0x20`, or an address.
fn name(place: &str, symbols: Option<&Symbols>) -> String {
    let address = place.strip_prefix("0x").and_then(|digits| u64::from_str_radix(digits, 16).ok());
    let known = address.zip(symbols).and_then(|(address, symbols)| symbols.at(address));
    match known {
        Some((name, _)) => name.to_owned(),
        None => place.split_once('+').map_or(place, |(name, _)| name).to_owned(),
    }
}

/// A line about an initcall whose name is an address, with its name.
fn decoded(text: &str, symbols: Option<&Symbols>) -> String {
    let place = text.split(' ').find(|word| word.starts_with("0xffff"));
    place.map_or_else(|| text.to_owned(), |place| text.replace(place, &name(place, symbols)))
}

/// `NAME returned 0 after 12 usecs` behind a word.
fn returned(text: &str, word: &str, symbols: Option<&Symbols>) -> Option<(String, i64, u64)> {
    let (place, rest) = text.strip_prefix(word)?.split_once(" returned ")?;
    let (result, rest) = rest.split_once(" after ")?;
    let took = rest.split_once(" usecs")?.0;
    Some((name(place, symbols), result.parse().ok()?, took.parse().ok()?))
}

/// When the init was ready. It has no time of its own on the console: on the kernel's clock, this machine's stands in from the
/// last line of the kernel's.
fn ready(lines: &[ConsoleLine], clock: ChartClock) -> Option<u64> {
    let is_ready = |line: &ConsoleLine| matches!(GuestLine::parse(&line.text), Some(GuestLine::Ready { .. }));
    let place = lines.iter().position(|line| line.stream == Stream::Console && is_ready(line))?;
    let came = u64::try_from(lines[place].at.as_micros()).ok()?;
    match clock {
        ChartClock::Host => Some(came),
        ChartClock::Kernel => {
            let last = lines[..place].iter().rev().find_map(said)?;
            Some(last.told.saturating_add(came.saturating_sub(last.came)))
        }
    }
}

#[cfg(test)]
mod tests;
