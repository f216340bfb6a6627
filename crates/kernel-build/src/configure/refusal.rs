//! Everything that is not as asked in a resolved config, at once.
//!
//! ```text
//!   CONFIG_VIRTIO_FS=y   kernel/fs.config:12   resolved to n: depends on FUSE_FS, which is n (fs/fuse/Kconfig:31)
//!     lands with `FUSE_FS = "y"` in `[kernel.guest.config]`
//! ```
//!
//! Deliberately absent: JSON, which is a presenter's; writing a fix.

use std::collections::HashSet;
use std::fmt;

use kconfig::explain::{self, Explanation};
use kconfig::fix::{Outcome, Setting};
use kconfig::layers::{Ask, Conflict, ConflictKind, LayerKind};
use kconfig::{Miss, MissReason, Symbol, Value};
use kernel_spec::{KernelName, Location, Until};

use super::unmet::{Claim, Unmet};
use crate::configuration::Proposal;

/// What is not as asked.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The kernel.
    pub kernel: KernelName,
    /// The kernel of the manifest whose table is meant: of a point of the matrix, the one that it varies.
    pub table: KernelName,
    /// The tree's version.
    pub version: String,
    /// Pairs of requests that the manifest forbids.
    pub conflicts: Vec<Conflict>,
    /// Requests that did not land.
    pub misses: Vec<Missed>,
    /// Entries of `may-miss` that are not needed.
    pub unneeded: Vec<Unneeded>,
    /// What the kernel must have and has not.
    pub unmet: Vec<Unmet>,
}

/// A request that did not land, and what is known about it.
#[derive(Clone, Debug)]
pub struct Missed {
    /// The request, and what became of it.
    pub miss: Miss,
    /// Why, where the engine resolved.
    pub explanation: Option<Explanation>,
    /// What to do for it, where the engine resolved and the tree has the symbol.
    pub proposal: Option<Proposal>,
    /// Where the settings belong with which it lands.
    pub into: Belongs,
    /// When it stopped being allowed, where a `may-miss` allowed it.
    pub allowed_until: Option<Until>,
}

/// Where a setting belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Belongs {
    /// Belongs `[kernel.NAME.config]`.
    Table,
    /// Belongs the fragment that asks for what misses it: others that use the fragment need it too.
    Fragment(String),
}

/// An entry of `may-miss` that is not needed.
#[derive(Clone, Debug)]
pub struct Unneeded {
    /// Its symbol.
    pub symbol: Symbol,
    /// Where it stands.
    pub location: Option<Location>,
    /// Why it is not needed.
    pub why: WhyUnneeded,
}

/// Why an entry of `may-miss` is not needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyUnneeded {
    /// The request landed.
    Landed,
    /// Nobody asks for the symbol.
    NotRequested,
    /// The request says itself that it is optional.
    Optional,
}

impl WhyUnneeded {
    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Landed => "the request landed",
            Self::NotRequested => "nobody asks for it",
            Self::Optional => "the request is optional already",
        }
    }
}

impl Missed {
    /// The settings with which it lands, verified; `None` where there are none, or none were found.
    pub fn settings(&self) -> Option<&[Setting]> {
        match &self.proposal.as_ref()?.outcome {
            Outcome::Fixed(fix) => Some(&fix.settings),
            Outcome::Refused(_) | Outcome::GaveUp => None,
        }
    }

    /// The name that the tree has for its symbol.
    pub fn renamed_to(&self) -> Option<&Symbol> {
        match &self.miss.reason {
            MissReason::Renamed { to, .. } => Some(to),
            MissReason::Resolved | MissReason::NoSuchSymbol { .. } => None,
        }
    }
}

impl Refusal {
    /// Whether nothing is wrong.
    pub(crate) fn is_empty(&self) -> bool {
        self.conflicts.is_empty()
            && self.misses.is_empty()
            && self.unneeded.is_empty()
            && self.unmet.is_empty()
    }

    /// What to add to the kernel's own table so that its misses land together; in the order of the misses, each once.
    pub fn settings(&self) -> Vec<(Symbol, Value)> {
        let mut all: Vec<(Symbol, Value)> = Vec::new();
        for (_, settings) in self.fixes() {
            all.extend(settings);
        }
        all
    }

    /// The same, by where they belong; a setting that several miss stands where the first of them does.
    pub fn fixes(&self) -> Vec<(Belongs, Vec<(Symbol, Value)>)> {
        let mut fixes: Vec<(Belongs, Vec<(Symbol, Value)>)> = Vec::new();
        let of_misses = self.misses.iter().filter_map(|missed| Some((&missed.into, missed.settings()?)));
        let of_unmet =
            self.unmet.iter().filter_map(|unmet| Some((&Belongs::Table, unmet.settings.as_deref()?)));
        for (into, settings) in of_misses.chain(of_unmet) {
            // What a weaker layer asks for is asked for again where another one's setting took it away.
            for Setting { symbol, value } in settings {
                if fixes.iter().flat_map(|(_, all)| all).any(|(known, _)| known == symbol) {
                    continue;
                }
                let setting = (symbol.clone(), value.clone());
                match fixes.iter_mut().find(|(known, _)| known == into) {
                    Some((_, all)) => all.push(setting),
                    None => fixes.push((into.clone(), vec![setting])),
                }
            }
        }
        fixes
    }

    /// The lines to show below the message.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = conflict_lines(&self.conflicts);
        let misses: Vec<Miss> = self.misses.iter().map(|missed| missed.miss.clone()).collect();
        let table = kconfig::miss_table(&misses, &self.version);
        for (row, missed) in table.lines().zip(&self.misses) {
            lines.push(match missed.explanation.as_ref().map(explain::brief) {
                Some(why) if !why.is_empty() => format!("{row}: {why}"),
                _ => row.to_owned(),
            });
            let settings = missed.settings().filter(|settings| !settings.is_empty());
            lines.extend(settings.map(|settings| self.settings_line("lands", settings, &missed.into)));
            lines.extend(
                missed.allowed_until.iter().map(|until| format!("    might be missed until {until}")),
            );
        }
        lines.extend(self.unmet_lines());
        lines.extend(self.unneeded.iter().map(|entry| {
            let place = entry.location.as_ref().map(|location| location.origin().to_string());
            let place = place.unwrap_or_default();
            format!("  CONFIG_{}   {place}   need not be in `may-miss`: {}", entry.symbol, entry.why.as_str())
        }));
        lines
    }

    /// `    lands with `NET = "y"` in `[kernel.guest.config]` `.
    fn settings_line(&self, verb: &str, settings: &[Setting], into: &Belongs) -> String {
        let line = |setting: &Setting| match into {
            Belongs::Table => format!("`{}`", manifest_line(&setting.symbol, &setting.value)),
            Belongs::Fragment(_) => format!("`{}={}`", setting.symbol.config_name(), setting.value),
        };
        let settings = settings.iter().map(line).collect::<Vec<_>>().join(", ");
        format!("    {verb} with {settings} in `{}`", self.place(into))
    }

    /// As people are shown it.
    pub fn place(&self, into: &Belongs) -> String {
        match into {
            Belongs::Table => format!("[kernel.{}.config]", self.table),
            Belongs::Fragment(path) => path.clone(),
        }
    }

    fn unmet_lines(&self) -> Vec<String> {
        let row = |unmet: &Unmet| {
            let location = unmet.requirement.location.as_ref();
            let place = location.map(|location| location.origin().to_string()).unwrap_or_default();
            (unmet.requirement.want.to_string(), place)
        };
        let rows: Vec<_> = self.unmet.iter().map(row).collect();
        let first = rows.iter().map(|row| row.0.chars().count()).max().unwrap_or_default();
        let second = rows.iter().map(|row| row.1.chars().count()).max().unwrap_or_default();
        let mut lines = Vec::new();
        for ((want, place), unmet) in rows.iter().zip(&self.unmet) {
            let mut line = format!(
                "  {want:first$}   {place:second$}   {} by {}",
                unmet.claim.as_str(),
                unmet.requirement.by
            );
            if let Some(condition) = &unmet.condition {
                line += &format!(": {condition}");
            }
            if !unmet.because.is_empty() {
                line += &format!("; {}", unmet.because.join(", "));
            }
            lines.push(line);
            lines.extend(
                unmet
                    .settings
                    .as_ref()
                    .map(|settings| self.settings_line("holds", settings, &Belongs::Table)),
            );
        }
        lines
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        let kernel = &self.table;
        if let Some(first) = self.conflicts.first() {
            return Some(settle(kernel, first));
        }
        if let Some(hint) = self.misses.iter().find_map(|missed| missed.miss.hint()) {
            return Some(hint);
        }
        if self.kernel != self.table {
            return (!self.settings().is_empty()).then(|| {
                "write what is missing where it belongs, with `when` where only a part of the matrix needs it".to_owned()
            });
        }
        if !self.settings().is_empty() {
            return Some(format!("`kernel check {kernel} --fix` writes what is missing where it belongs"));
        }
        match (self.misses.first(), self.unmet.first(), self.unneeded.first()) {
            (Some(missed), ..) => {
                let (symbol, value) = (&missed.miss.request.symbol, &missed.miss.request.value);
                Some(format!(
                    "`kernel config fix {kernel} {symbol}={value}` says what forbids it, `config explain` says more"
                ))
            }
            (None, Some(unmet), _) => Some(match unmet.claim {
                Claim::Promised => format!(
                    "delete `{}` where it is promised, or ask for what it stands for",
                    unmet.requirement.want
                ),
                Claim::Required => {
                    format!("`kernel config explain {kernel} SYMBOL` says why a symbol has its value")
                }
            }),
            (None, None, Some(_)) => Some("delete what is not needed".into()),
            (None, None, None) => None,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kernel = &self.kernel;
        let symbols =
            self.conflicts.iter().map(|conflict| &conflict.won.symbol).collect::<HashSet<_>>().len();
        let parts = [
            (symbols, format!("requests for kernel `{kernel}` conflict over {}", count(symbols, "symbol"))),
            (
                self.misses.len(),
                format!("{} did not land for kernel `{kernel}`", count(self.misses.len(), "request")),
            ),
            (
                self.unmet.len(),
                format!("kernel `{kernel}` lacks {} that it must have", count(self.unmet.len(), "thing")),
            ),
            (
                self.unneeded.len(),
                format!(
                    "`may-miss` of kernel `{kernel}` has {} that it does not need",
                    count(self.unneeded.len(), "symbol")
                ),
            ),
        ];
        let said: Vec<String> =
            parts.into_iter().filter(|(number, _)| *number > 0).map(|(_, text)| text).collect();
        f.write_str(&said.join("; "))
    }
}

impl std::error::Error for Refusal {}

pub(super) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

fn manifest_line(symbol: &Symbol, value: &Value) -> String {
    format!("{symbol} = {}", Ask::Value(value.clone()).in_manifest())
}

/// Two lines for each pair: what both say, and where.
fn conflict_lines(conflicts: &[Conflict]) -> Vec<String> {
    let sides = |conflict: &Conflict| [&conflict.lost, &conflict.won].map(ToString::to_string);
    let width = conflicts.iter().flat_map(sides).map(|side| side.chars().count()).max().unwrap_or_default();
    let lines = |conflict: &Conflict| {
        let [lost, won] = sides(conflict);
        let Conflict { kind, lost: loser, won: winner, .. } = conflict;
        let (kind, second) = (kind.as_str(), winner.origin.to_string());
        [format!("  {lost:width$}   {}", loser.origin), format!("  {won:width$}   {second}   {kind}")]
    };
    conflicts.iter().flat_map(lines).collect()
}

/// What to write so that a pair is settled.
fn settle(kernel: &KernelName, conflict: &Conflict) -> String {
    let line = conflict.won.manifest_line();
    match (conflict.kind, conflict.layer) {
        (ConflictKind::Redundant, _) => format!("delete one of the two at {}", conflict.won.origin),
        (ConflictKind::Overridden, _) => format!("delete the line at {}", conflict.lost.origin),
        (_, LayerKind::Base | LayerKind::Profiles | LayerKind::Fragments) => format!(
            "write `{line}` into `[kernel.{kernel}.config]` if that is meant, or `on-conflict = \"last\"` into \
             `[kernel.{kernel}]`"
        ),
        (_, LayerKind::Config | LayerKind::Patches) => {
            let (symbol, value) = (&conflict.won.symbol, conflict.won.ask.in_manifest());
            format!(
                "write `{symbol} = {{ value = {value}, priority = \"force\" }}` into `[kernel.{kernel}.config]` if that \
                 is meant"
            )
        }
        (_, LayerKind::CommandLine) => "leave one of them out".to_owned(),
    }
}
