//! What is said while it runs, and at the end.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::compare;
use super::options::{Kind, Options};
use super::oracle::Target;
use super::step::{Left, Step};

/// Counts and lines of all targets.
pub(super) struct Report {
    counts: Mutex<Counts>,
    /// Where both sides of a difference are kept.
    kept: PathBuf,
    live: bool,
    share: u64,
}

#[derive(Default)]
struct Counts {
    cases: BTreeMap<&'static str, u64>,
    steps: BTreeMap<&'static str, u64>,
    absent: BTreeMap<&'static str, u64>,
    endless: u64,
    differing: u64,
}

/// A step that differs.
pub(super) struct Difference<'a> {
    pub(super) target: &'a Target,
    pub(super) kind: Kind,
    pub(super) seed: u64,
    pub(super) index: usize,
    pub(super) step: &'a Step,
    pub(super) found: &'a [String],
    pub(super) theirs: &'a Left,
    pub(super) ours: &'a Left,
}

impl Report {
    pub(super) fn new(options: &Options, kept: PathBuf) -> Self {
        Self { counts: Mutex::default(), kept, live: options.live, share: options.share }
    }

    fn counts(&self) -> std::sync::MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A step was compared.
    pub(super) fn compared(&self, mode: &'static str) {
        *self.counts().steps.entry(mode).or_default() += 1;
    }

    /// A step was not compared, because `kconf` does not have its mode.
    pub(super) fn absent(&self, mode: &'static str) {
        *self.counts().absent.entry(mode).or_default() += 1;
    }

    /// `conf` asked for ever in a step that was compared.
    pub(super) fn endless(&self) {
        self.counts().endless += 1;
    }

    /// A case has ended.
    pub(super) fn ended(&self, kind: Kind) {
        *self.counts().cases.entry(kind.name()).or_default() += 1;
    }

    /// Says that a step differs and keeps both sides.
    pub(super) fn difference(&self, difference: &Difference<'_>) -> std::io::Result<()> {
        let Difference { target, kind, seed, index, step, found, theirs, ours } = difference;
        let name =
            format!("{}-{}-{seed}-{index}-{}", target.name().replace('/', "-"), kind.name(), step.mode);
        let folder = self.kept.join(name);
        let _ = std::fs::remove_dir_all(&folder);
        keep_input(&folder, step)?;
        compare::keep(&folder, theirs, ours)?;
        let example = compare::example(theirs, ours);
        let live = if self.live { " --live" } else { "" };
        let share = if self.share > 1 { format!(" --share {}", self.share) } else { String::new() };
        let again = format!(
            "cargo xtask kconfig-diff --tree {} --arch {} --kinds {} --seeds {seed}..{}{share}{live}",
            target.oracle.srctree.display(),
            target.arch.name(),
            kind.name(),
            seed + 1
        );
        self.counts().differing += 1;
        println!(
            "difference: {} {} seed {seed} step {index} {}: {}: {example}; again: {again}; kept: {}",
            target.name(),
            kind.name(),
            step.mode,
            found.join(", "),
            folder.display()
        );
        Ok(())
    }

    /// Prints the counts; how many steps differ.
    pub(super) fn summary(&self) -> u64 {
        let counts = self.counts();
        let list = |counts: &BTreeMap<&'static str, u64>| {
            let words: Vec<String> = counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
            if words.is_empty() { "none".to_owned() } else { words.join(", ") }
        };
        println!("cases: {}", list(&counts.cases));
        println!("runs compared: {}", list(&counts.steps));
        if !counts.absent.is_empty() {
            println!("not compared, for want of the mode: {}", list(&counts.absent));
        }
        if counts.endless > 0 {
            println!("of these, conf asks for ever in: {}", counts.endless);
        }
        println!("differences: {}", counts.differing);
        counts.differing
    }
}

fn keep_input(folder: &Path, step: &Step) -> std::io::Result<()> {
    let input = folder.join("input");
    std::fs::create_dir_all(&input)?;
    for (name, text) in &step.files {
        if let Some(text) = text {
            let path = input.join(name);
            std::fs::create_dir_all(path.parent().unwrap_or(&input))?;
            std::fs::write(path, text)?;
        }
    }
    if let Some(text) = &step.stdin {
        std::fs::write(folder.join("stdin"), text)?;
    }
    let environment = step.environment.iter().map(|(name, value)| format!("{name}={value}\n"));
    std::fs::write(
        folder.join("step"),
        format!("{}\n{}", step.arguments().join(" "), String::from_iter(environment)),
    )
}
