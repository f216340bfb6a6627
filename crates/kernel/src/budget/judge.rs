//! The judgement: pure, from what was measured and what was accepted to a verdict for each figure.

use std::collections::BTreeMap;

use kernel_spec::{Budget, Figure, Limit};

use super::{Clock, Measured, Samples};

/// How many symbols and folders are told of what changed.
const TOLD: usize = 12;

/// What of a VM's budget came of a measurement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// A line for each figure that has a limit.
    pub lines: Vec<Line>,
    /// What changed since the values were accepted; told where something is over its limit.
    pub changes: Vec<String>,
    /// What else there is to know of the measurement.
    pub notes: Vec<String>,
}

/// One figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// Which.
    pub figure: Figure,
    /// What was measured; absent where the guest does not tell.
    pub found: Option<Samples>,
    /// What was accepted, where that can be compared.
    pub accepted: Option<u64>,
    /// How much there may be.
    pub limit: Limit,
    /// What comes of it.
    pub verdict: Verdict,
}

/// What comes of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is within its limit.
    Within,
    /// There is more than there may be: at most so much.
    Over(u64),
    /// Nothing was accepted yet that it could be compared with.
    Unaccepted,
    /// What was accepted was measured elsewhere.
    Elsewhere,
    /// It could not be measured.
    Unmeasured,
}

impl Verdict {
    /// Its name for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Within => "within",
            Self::Over(_) => "over",
            Self::Unaccepted => "unaccepted",
            Self::Elsewhere => "elsewhere",
            Self::Unmeasured => "unmeasured",
        }
    }
}

impl Judged {
    /// The figures that are over their limits.
    pub fn over(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| matches!(line.verdict, Verdict::Over(_)))
    }
}

/// Judges what was measured of a VM.
pub fn judge(budget: &Budget, accepted: Option<&Measured>, measured: &Measured) -> Judged {
    let lines: Vec<Line> =
        budget.limits.iter().map(|(figure, limit)| line(*figure, limit.value, accepted, measured)).collect();
    let is_over = lines.iter().any(|line| matches!(line.verdict, Verdict::Over(_)));
    let changes =
        accepted.filter(|_| is_over).map(|accepted| changes(accepted, measured)).unwrap_or_default();
    Judged { lines, changes, notes: notes(accepted, measured) }
}

fn of(figure: Figure, measured: &Measured) -> Option<Samples> {
    let once = |value| Some(Samples { median: value, low: value, high: value, runs: 1 });
    match figure {
        Figure::BootTime => Some(measured.boot_time),
        Figure::ImageSize => once(measured.image_size),
        Figure::Memory => measured.memory,
        Figure::Symbols => once(measured.enabled()),
    }
}

fn line(figure: Figure, limit: Limit, accepted: Option<&Measured>, measured: &Measured) -> Line {
    let found = of(figure, measured);
    let is_here =
        accepted.is_none_or(|accepted| figure != Figure::BootTime || place(accepted) == place(measured));
    let before =
        accepted.filter(|_| is_here).and_then(|accepted| of(figure, accepted)).map(|before| before.median);
    let verdict = match (found, limit.most(before)) {
        (None, _) => Verdict::Unmeasured,
        (Some(_), None) if !is_here => Verdict::Elsewhere,
        (Some(_), None) => Verdict::Unaccepted,
        (Some(found), Some(most)) => {
            let is_slower = before.is_none_or(|before| found.low > before);
            if found.median > most && (is_slower || matches!(limit, Limit::AtMost(_))) {
                Verdict::Over(most)
            } else {
                Verdict::Within
            }
        }
    };
    Line { figure, found, accepted: before, limit, verdict }
}

/// What times depend on beside the kernel.
fn place(measured: &Measured) -> (&str, &str, &str, Clock) {
    (&measured.vmm, &measured.accelerator, &measured.machine, measured.clock)
}

fn notes(accepted: Option<&Measured>, measured: &Measured) -> Vec<String> {
    let time = |micros| Figure::BootTime.show(micros);
    let Samples { median, low, high, runs } = measured.vmm_time;
    let mut notes = vec![format!(
        "{} by {}: ready after {} ({} to {}, {runs} boots) from its start",
        measured.vmm,
        measured.accelerator,
        time(median),
        time(low),
        time(high)
    )];
    let bytes = measured.serial.bytes;
    notes.push(match measured.serial.micros {
        Some(micros) => {
            format!("the serial console costs {} of it: {bytes} bytes before the init", time(micros))
        }
        None => format!("the serial console had {bytes} bytes before the init: the kernel is quiet"),
    });
    if measured.clock == Clock::Host {
        notes.push("the guest does not tell its clock: `boot-time` is the VMM's".into());
    }
    if let Some(accepted) = accepted.filter(|accepted| place(accepted) != place(measured)) {
        notes.push(format!(
            "`boot-time` was accepted with {} by {} on {}: not compared",
            accepted.vmm, accepted.accelerator, accepted.machine
        ));
    }
    notes
}

/// What differs: kernelrelease, symbols, sizes by folder.
fn changes(accepted: &Measured, measured: &Measured) -> Vec<String> {
    let mut changes = Vec::new();
    if accepted.release != measured.release {
        changes.push(format!("kernelrelease {} -> {}", accepted.release, measured.release));
    }
    let (old, new) = (&accepted.symbols, &measured.symbols);
    let came = new.iter().filter(|(name, _)| !old.contains_key(*name));
    let mut symbols: Vec<String> = came.map(|(name, value)| format!("+ CONFIG_{name}={value}")).collect();
    let went = old.iter().filter(|(name, _)| !new.contains_key(*name));
    symbols.extend(went.map(|(name, value)| format!("- CONFIG_{name}={value}")));
    symbols.extend(old.iter().filter_map(|(name, before)| {
        let after = new.get(name).filter(|after| *after != before)?;
        Some(format!("  CONFIG_{name}={before} -> {after}"))
    }));
    told(&mut changes, symbols, "symbol");
    if accepted.folders.is_empty() || measured.folders.is_empty() {
        changes.push("sizes by folder are not known: the kernel was not compiled in this workspace".into());
    } else {
        told(&mut changes, folders(&accepted.folders, &measured.folders), "folder");
    }
    changes
}

fn told(changes: &mut Vec<String>, lines: Vec<String>, thing: &str) {
    let more = lines.len().saturating_sub(TOLD);
    changes.extend(lines.into_iter().take(TOLD));
    if more > 0 {
        changes.push(format!("and {more} more {thing}{}", if more == 1 { "" } else { "s" }));
    }
}

/// The folders whose objects have another size, those that grew most first.
fn folders(old: &BTreeMap<String, u64>, new: &BTreeMap<String, u64>) -> Vec<String> {
    let names: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let size = |sizes: &BTreeMap<String, u64>, name: &String| sizes.get(name).copied().unwrap_or_default();
    let mut grown: Vec<(i128, &String)> = names
        .into_iter()
        .map(|name| (i128::from(size(new, name)) - i128::from(size(old, name)), name))
        .filter(|(growth, _)| *growth != 0)
        .collect();
    grown.sort_by_key(|(growth, name)| (std::cmp::Reverse(*growth), *name));
    let shown = |(growth, name): (i128, &String)| {
        let sign = if growth < 0 { '-' } else { '+' };
        let by = u64::try_from(growth.unsigned_abs()).unwrap_or(u64::MAX);
        format!(
            "{sign} {name}: {}, now {}",
            Figure::ImageSize.show(by),
            Figure::ImageSize.show(size(new, name))
        )
    };
    grown.into_iter().map(shown).collect()
}
