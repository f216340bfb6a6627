//! `kconf survey`: how many requests for hidden symbols `fix` answers, over a random sample of them.
//!
//! Each fix is tested once more by another way than its own: its lines are put behind the `.config`, which is read and
//! resolved anew.

use std::io::{self, Write};

use kconfig::config_file::{Reader, UnknownSymbols};
use kconfig::eval::Evaluator;
use kconfig::fix::{Outcome, Planner, Proof, Setting, text};
use kconfig::model::Model;
use kconfig::syntax::ast::{SymbolId, SymbolType};
use kconfig::{Symbol, Tristate, Value};

use crate::conf::{self, Ended};
use crate::disk::Disk;

/// What to survey.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Survey {
    /// Decides which symbols are taken.
    pub(crate) seed: u64,
    /// How many are.
    pub(crate) count: usize,
    /// The configuration; without one, everything has its default.
    pub(crate) config: Option<String>,
    /// The outermost Kconfig file.
    pub(crate) kconfig: String,
    /// Whether each answer is printed.
    pub(crate) answers: Answers,
}

/// Whether each answer is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answers {
    /// They are counted.
    Counted,
    /// They are printed too.
    Shown,
}

/// How the answers are distributed.
#[derive(Debug, Default)]
struct Tally {
    /// How many settings each fix has.
    fixed: Vec<usize>,
    no_way: usize,
    conflict: usize,
    neither: Vec<String>,
    /// Fixes that do not land when they are read from a file: none, unless something is wrong.
    wrong: Vec<String>,
}

impl Survey {
    /// Reads the words behind `survey`.
    pub(crate) fn parse(words: &[&str]) -> Option<Self> {
        let mut survey =
            Self { seed: 1, count: 600, config: None, kconfig: String::new(), answers: Answers::Counted };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match *word {
                "--seed" => survey.seed = words.next()?.parse().ok()?,
                "--count" => survey.count = words.next()?.parse().ok()?,
                "--show" => survey.answers = Answers::Shown,
                "--config" => survey.config = Some((*words.next()?).to_owned()),
                kconfig if survey.kconfig.is_empty() => survey.kconfig = kconfig.to_owned(),
                _ => return None,
            }
        }
        (!survey.kconfig.is_empty()).then_some(survey)
    }

    /// Surveys and prints; fails if a fix does not land.
    pub(crate) fn answer(&self, disk: &Disk) -> Result<(), Ended> {
        let loaded = conf::load(disk, &self.kconfig)?;
        let config = match &self.config {
            Some(file) => disk.open(file)?.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?,
            None => Vec::new(),
        };
        let tally = self.run(&loaded.model, &config);
        tally.print(&mut io::stdout().lock())?;
        if tally.wrong.is_empty() { Ok(()) } else { Err(Ended(1)) }
    }

    /// Asks for the sample, one symbol after the other.
    fn run(&self, model: &Model, config: &[u8]) -> Tally {
        let mut base = Evaluator::new(model);
        read(config, &mut base);
        let mut tally = Tally::default();
        let mut planner = Planner::new(&base);
        for id in self.sample(&mut base) {
            let Some(name) = model.symbol(id).name.as_str().and_then(|name| Symbol::new(name).ok()) else {
                continue;
            };
            let Some(value) = wanted(&mut base, id) else { continue };
            let outcome = planner.fix(&name, &value);
            if self.answers == Answers::Shown {
                let _ = writeln!(io::stdout(), "{}", text(&outcome, &name, &value));
            }
            match outcome {
                Outcome::Fixed(fix) => {
                    tally.fixed.push(fix.settings.len());
                    if !lands(model, config, id, &Setting { symbol: name.clone(), value }, &fix.settings) {
                        tally.wrong.push(name.to_string());
                    }
                }
                Outcome::Refused(refusal) => match refusal.proof {
                    Proof::NoWay => tally.no_way += 1,
                    Proof::Conflict => tally.conflict += 1,
                },
                Outcome::GaveUp => tally.neither.push(format!("{name}={value}")),
            }
        }
        tally
    }

    /// Hidden symbols that have a prompt.
    fn sample(&self, base: &mut Evaluator<'_>) -> Vec<SymbolId> {
        let model = base.model();
        let mut hidden: Vec<SymbolId> = model
            .symbol_ids()
            .filter(|id| {
                let entry = model.symbol(*id);
                entry.kind.is_some() && entry.stands_for.is_none() && !entry.prompts.is_empty()
            })
            .filter(|id| base.visible(*id) == Tristate::N)
            .collect();
        let mut state = self.seed;
        for last in (1..hidden.len()).rev() {
            let other = usize::try_from(next(&mut state) % (last as u64 + 1)).unwrap_or(0);
            hidden.swap(last, other);
        }
        hidden.truncate(self.count);
        hidden
    }
}

impl Tally {
    /// How many were asked.
    fn total(&self) -> usize {
        self.fixed.len() + self.no_way + self.conflict + self.neither.len()
    }

    /// The shares, and what was not answered.
    fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        let total = self.total().max(1);
        let share = |part: usize| format!("{part} ({:.1} %)", 100.0 * part as f64 / total as f64);
        let mut sizes = self.fixed.clone();
        sizes.sort_unstable();
        let median = sizes.get(sizes.len() / 2).copied().unwrap_or_default();
        let largest = sizes.last().copied().unwrap_or_default();
        writeln!(out, "asked    {}", self.total())?;
        writeln!(out, "fixed    {}, median {median} settings, at most {largest}", share(self.fixed.len()))?;
        writeln!(
            out,
            "refused  {}: no way {}, conflict {}",
            share(self.no_way + self.conflict),
            self.no_way,
            self.conflict
        )?;
        writeln!(out, "neither  {}", share(self.neither.len()))?;
        for (what, names) in [("neither", &self.neither), ("wrong", &self.wrong)] {
            for name in names {
                writeln!(out, "  {what}: CONFIG_{name}")?;
            }
        }
        Ok(())
    }
}

fn read(config: &[u8], evaluator: &mut Evaluator<'_>) {
    Reader { file: ".config", prefix: "CONFIG_", unknown: UnknownSymbols::Ignored }.read(config, evaluator);
    evaluator.settle();
}

/// Whether a request lands when it and the settings stand behind the `.config`.
fn lands(model: &Model, config: &[u8], id: SymbolId, request: &Setting, settings: &[Setting]) -> bool {
    let mut text = config.to_vec();
    for Setting { symbol, value } in [request].into_iter().chain(settings) {
        text.extend_from_slice(format!("\nCONFIG_{symbol}={value}\n").as_bytes());
    }
    let mut evaluator = Evaluator::new(model);
    read(&text, &mut evaluator);
    match &request.value {
        Value::Tristate(value) => evaluator.tristate(id) == *value,
        Value::Number(text) | Value::Text(text) => evaluator.text(id).as_bytes() == text.as_bytes(),
    }
}

/// What to ask for: `y`, a number within the range, a word.
fn wanted(base: &mut Evaluator<'_>, id: SymbolId) -> Option<Value> {
    let number = |base: &mut Evaluator<'_>, spare: &str| {
        let low = base.bounds(id).map(|(low, _)| low.to_string());
        Value::Number(low.unwrap_or_else(|| spare.to_owned()).into())
    };
    Some(match base.model().symbol(id).kind? {
        SymbolType::Bool | SymbolType::Tristate => Value::Y,
        SymbolType::Int => number(base, "1"),
        SymbolType::Hex => number(base, "0x1"),
        SymbolType::String => Value::Text("word".into()),
    })
}

/// SplitMix64.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
