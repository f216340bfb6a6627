//! Small trees: each in a folder of its own, both sides as processes; what differs is made smaller first.

use std::io;
use std::path::Path;

use fastrand::Rng;

use super::cases::settled;
use super::grammar::{Era, SmallTree, grow};
use super::server::Outcome;
use super::step::{self, Side, Step};
use super::target::Bench;
use super::{compare, inputs};

/// A small tree and what is done with it.
#[derive(Clone, Debug)]
pub(super) struct SmallCase {
    pub(super) tree: SmallTree,
    pub(super) step: Step,
    /// Lines of the file that is read, if one is.
    answers: Option<Answers>,
}

#[derive(Clone, Debug)]
struct Answers {
    file: &'static str,
    lines: Vec<String>,
}

/// Modes and how often they come.
const MODES: [&str; 16] = [
    "olddefconfig",
    "olddefconfig",
    "alldefconfig",
    "allnoconfig",
    "allyesconfig",
    "allmodconfig",
    "savedefconfig",
    "listnewconfig",
    "helpnewconfig",
    "yes2modconfig",
    "mod2yesconfig",
    "mod2noconfig",
    "randconfig",
    "syncconfig",
    "oldconfig",
    "oldaskconfig",
];

impl SmallCase {
    pub(super) fn new(rng: &mut Rng, era: Era) -> Self {
        let (tree, symbols) = grow(rng, era);
        let mode = MODES[rng.usize(..MODES.len())];
        let mut step = Step::new(mode);
        match mode {
            "randconfig" => step = step.env("KCONFIG_SEED", rng.u32(1..).to_string()),
            "oldconfig" | "oldaskconfig" | "syncconfig" => {
                const WORDS: [&str; 9] = ["", "y", "n", "m", "?", "1", "2", "0x1f", "text"];
                let words = (0..rng.usize(..60)).map(|_| format!("{}\n", WORDS[rng.usize(..WORDS.len())]));
                step.stdin = Some(String::from_iter(words).into_bytes());
            }
            _ => {}
        }
        let all = mode.starts_with("all") || mode == "randconfig";
        let answers = (rng.u8(..4) > 0).then(|| Answers {
            file: if all { "seed.config" } else { ".config" },
            lines: (0..rng.usize(..=symbols.len() * 3 / 2)).map(|_| inputs::line(rng, &symbols)).collect(),
        });
        if all && answers.is_some() {
            step = step.env("KCONFIG_ALLCONFIG", "seed.config");
        }
        Self { tree, step, answers }
    }

    /// The step, with its files.
    pub(super) fn whole_step(&self) -> Step {
        let step = settled(self.step.clone()).with("Kconfig", self.tree.text());
        match &self.answers {
            Some(Answers { file, lines }) => {
                let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
                step.with(file, text.into_bytes())
            }
            None => step,
        }
    }

    /// Everything that is smaller by one part.
    fn smaller(&self) -> Vec<Self> {
        let mut smaller: Vec<Self> =
            self.tree.without().into_iter().map(|tree| Self { tree, ..self.clone() }).collect();
        if let Some(answers) = &self.answers {
            for index in 0..answers.lines.len() {
                let mut cut = self.clone();
                let mut answers = answers.clone();
                answers.lines.remove(index);
                cut.answers = Some(answers);
                smaller.push(cut);
            }
        }
        smaller
    }
}

/// What both sides left of a case, and in what they differ.
pub(super) fn run(case: &SmallCase, bench: &Bench, folder: &Path) -> io::Result<Difference> {
    let step = case.whole_step();
    let sides = [("theirs", bench.target.conf(bench.probes)), ("ours", bench.kconf()?)];
    let [theirs, ours] = sides.map(|(name, command)| {
        let folder = folder.join(name);
        let _ = std::fs::remove_dir_all(&folder);
        step::run(&step, Side::Process(command), &folder)
    });
    let (theirs, ours) = (theirs?, ours?);
    let found = if is_sound(&theirs) { compare::differences(&theirs, &ours) } else { Vec::new() };
    Ok(Difference { step, theirs, ours, found })
}

/// Whether `conf` survived: on circles it may exhaust its stack, and some of those with hashed expressions compare a
/// `bool` with `!=y` through memory that is none ("Oops! How to check").
fn is_sound(theirs: &step::Left) -> bool {
    let killed =
        !theirs.outcome.is_endless() && !matches!(theirs.outcome, Outcome::Status(status) if status < 128);
    !killed
        && !theirs.stderr.starts_with(b"Oops!")
        && !theirs.stderr.windows(6).any(|text| text == b"\nOops!")
}

/// One comparison.
pub(super) struct Difference {
    pub(super) step: Step,
    pub(super) theirs: step::Left,
    pub(super) ours: step::Left,
    pub(super) found: Vec<String>,
}

/// Takes parts away for as long as the same things differ; at most so many runs.
pub(super) fn shrink(mut case: SmallCase, bench: &Bench, folder: &Path) -> io::Result<SmallCase> {
    // What differs, and how the first difference reads, without names and numbers.
    let words = |difference: &Difference| -> Vec<String> {
        let what = difference.found.iter().map(|what| what.split(' ').next().unwrap_or_default().to_owned());
        let example = compare::example(&difference.theirs, &difference.ours);
        what.chain([example.chars().filter(|c| c.is_lowercase() || *c == '=').collect()]).collect()
    };
    let wanted = words(&run(&case, bench, folder)?);
    let mut left = 1500;
    'again: while left > 0 {
        for smaller in case.smaller() {
            left -= 1;
            if words(&run(&smaller, bench, folder)?) == wanted {
                case = smaller;
                continue 'again;
            }
        }
        break;
    }
    Ok(case)
}
