//! What is run: the cases of each kind, made from a seed.
//!
//! | kind | a case |
//! |---|---|
//! | `defconfig` | a defconfig of the tree: taken, reduced, listed, synced twice, and read as `.config` |
//! | `all` | one of `all*config`, its answers turned between `m`, `y` and `n`, reduced, synced |
//! | `rand` | `randconfig` of one seed and probability, reduced, turned, synced |
//! | `fuzz` | a `.config` from one of the above, damaged; then one more mode on it |
//! | `empty` | no `.config`: lines at random that come by one of the ways in which a file is read |
//! | `ask` | `oldconfig`, `oldaskconfig` or `syncconfig` on a damaged `.config` or on none, with answers that may end early |
//! | `merge` | a base and fragments, one behind the other, in `KCONFIG_ALLCONFIG` |
//! | `unusual` | a tree that is wrong in one way |

use std::cell::RefCell;

use fastrand::Rng;

use super::inputs::{self, Known};
use super::options::Kind;
use super::step::{Step, given_defconfig};
use super::unusual;

/// Makes cases; needs a tree's `conf` for the configurations that they begin with.
pub(super) struct Maker<'a> {
    symbols: &'a [Known],
    defconfigs: &'a [Vec<u8>],
    /// What a mode of the tree's own `conf` writes.
    config: &'a dyn Fn(Step) -> Option<Vec<u8>>,
    /// What neighbours damage, and the numbers that it was made from.
    shared: RefCell<(Option<Rng>, Vec<u8>)>,
}

/// Modes that begin without a `.config`.
const ALL: [&str; 4] = ["allnoconfig", "allyesconfig", "allmodconfig", "alldefconfig"];
const AUTO_CONF: &str = "include/config/auto.conf";
const TURNS: [&str; 3] = ["yes2modconfig", "mod2yesconfig", "mod2noconfig"];
const PROBABILITIES: [&str; 6] = ["", "10", "90", "20:40", "5:90", "30:30:60"];

impl<'a> Maker<'a> {
    pub(super) fn new(
        symbols: &'a [Known],
        defconfigs: &'a [Vec<u8>],
        config: &'a dyn Fn(Step) -> Option<Vec<u8>>,
    ) -> Self {
        Self { symbols, defconfigs, config, shared: RefCell::default() }
    }

    /// How many cases of a kind there are where seeds do not count.
    pub(super) fn count(&self, kind: Kind) -> Option<u64> {
        match kind {
            Kind::Defconfig => Some(self.defconfigs.len() as u64),
            Kind::All => Some(ALL.len() as u64),
            Kind::Unusual => Some(unusual::count()),
            _ => None,
        }
    }

    /// The steps of a case; what neighbours begin with is made from numbers of its own, where they share it.
    pub(super) fn steps(&self, kind: Kind, seed: u64, rng: &mut Rng, shared: Option<Rng>) -> Vec<Step> {
        let steps = match shared {
            Some(shared) if kind == Kind::Fuzz => {
                let base = self.shared_base(shared);
                self.fuzz(&base, rng)
            }
            _ => self.bare_steps(kind, seed, rng),
        };
        steps.into_iter().enumerate().map(|(at, step)| if at == 0 { settled(step) } else { step }).collect()
    }

    fn bare_steps(&self, kind: Kind, seed: u64, rng: &mut Rng) -> Vec<Step> {
        match kind {
            Kind::Defconfig => {
                let text = &self.defconfigs[seed as usize];
                let mut steps = vec![Step::new("defconfig").with(given_defconfig(), text.clone())];
                steps.extend(["savedefconfig", "listnewconfig", "syncconfig"].map(Step::new));
                steps.push(Step::new("olddefconfig").with(".config", text.clone()));
                steps.push(Step::new("syncconfig"));
                steps
            }
            Kind::All => {
                let mut steps = vec![Step::new(ALL[seed as usize])];
                steps
                    .extend(["savedefconfig", "listnewconfig", "syncconfig", "helpnewconfig"].map(Step::new));
                steps.extend(TURNS.map(Step::new));
                steps.push(Step::new("syncconfig"));
                steps
            }
            Kind::Rand => self.random(rng),
            Kind::Fuzz => {
                let base = self.base(rng);
                self.fuzz(&base, rng)
            }
            Kind::Empty => self.empty(rng),
            Kind::Merge => {
                let base = self.base(rng);
                let mut text = inputs::damage(rng, &base, self.symbols);
                for _ in 0..rng.usize(1..4) {
                    text.extend(inputs::lines(rng, self.symbols, 120));
                }
                let mode = if rng.u8(..8) == 0 { "randconfig" } else { ALL[rng.usize(..4)] };
                let step = Step::new(mode).with("merged", text).env("KCONFIG_ALLCONFIG", "merged");
                vec![seeded(step, rng), Step::new("savedefconfig")]
            }
            Kind::Ask => self.ask(rng),
            Kind::Small => Vec::new(),
            Kind::Unusual => unusual::steps(seed),
        }
    }

    fn random(&self, rng: &mut Rng) -> Vec<Step> {
        let step = seeded(settled(Step::new("randconfig")), rng);
        // Where kconf has no randconfig, both sides begin with conf's.
        let start = (self.config)(step.clone()).unwrap_or_default();
        let mut steps = vec![step, Step::new("savedefconfig").with(".config", start.clone())];
        match rng.u8(..4) {
            0 => steps.extend(["syncconfig", "mod2yesconfig", "syncconfig"].map(Step::new)),
            _ => steps.push(Step::new(TURNS[rng.usize(..3)])),
        }
        steps
    }

    /// Some whole or minimal configuration.
    fn base(&self, rng: &mut Rng) -> Vec<u8> {
        match rng.u8(..8) {
            0 if !self.defconfigs.is_empty() => self.defconfigs[rng.usize(..self.defconfigs.len())].clone(),
            1 => (self.config)(settled(Step::new(ALL[rng.usize(..4)]))).unwrap_or_default(),
            _ => (self.config)(seeded(settled(Step::new("randconfig")), rng)).unwrap_or_default(),
        }
    }

    fn shared_base(&self, from: Rng) -> Vec<u8> {
        let mut shared = self.shared.borrow_mut();
        if shared.0.as_ref() != Some(&from) {
            *shared = (Some(from.clone()), self.base(&mut from.clone()));
        }
        shared.1.clone()
    }

    fn fuzz(&self, base: &[u8], rng: &mut Rng) -> Vec<Step> {
        let text = inputs::damage(rng, base, self.symbols);
        let first = self.circumstances(Step::new("olddefconfig").with(".config", text.clone()), rng);
        let again = |mode| Step::new(mode).with(".config", text.clone());
        let second = match rng.u8(..16) {
            0 => again("oldconfig"),
            1 => again("syncconfig"),
            2 => again("helpnewconfig"),
            3..5 => again("listnewconfig"),
            5..8 => again(TURNS[rng.usize(..3)]),
            8..10 => Step::new("syncconfig"),
            10 => {
                let answers: String = (0..rng.usize(..400)).map(|_| answer(rng)).collect();
                Step { stdin: Some(answers.into_bytes()), ..again("oldconfig") }
            }
            _ => Step::new("savedefconfig"),
        };
        vec![first, second]
    }

    /// Questions; where answers end, `conf` takes what there is. Each answer that changes something costs it a whole
    /// evaluation.
    fn ask(&self, rng: &mut Rng) -> Vec<Step> {
        let mode = ["oldconfig", "oldconfig", "oldaskconfig", "syncconfig"][rng.usize(..4)];
        let most = [20, 100, 400, 1500][rng.usize(..4)];
        let kept = [0, 50, 90, 99][rng.usize(..4)];
        let answers = (0..rng.usize(..most)).map(|_| {
            // An empty answer takes what stands there.
            if rng.u32(..100) < kept { "\n".to_owned() } else { answer(rng) }
        });
        let stdin = Some(String::from_iter(answers).into_bytes());
        let text = match rng.u8(..4) {
            0 => Vec::new(),
            1 => inputs::lines(rng, self.symbols, 3000),
            _ => {
                let base = self.base(rng);
                inputs::damage(rng, &base, self.symbols)
            }
        };
        let step = Step { stdin, ..Step::new(mode).with(".config", text) };
        vec![self.circumstances(step, rng), Step::new("savedefconfig")]
    }

    fn empty(&self, rng: &mut Rng) -> Vec<Step> {
        let most = [3, 40, 400, 3000][rng.usize(..4)];
        let text = inputs::lines(rng, self.symbols, most);
        let step = match rng.u8(..4) {
            0 => Step::new("defconfig").with(given_defconfig(), text),
            1 => Step::new("olddefconfig").with("lines", text).env("KCONFIG_DEFCONFIG_LIST", "nowhere lines"),
            2 => {
                let step = Step::new(ALL[rng.usize(..4)]);
                if rng.bool() {
                    step.with("all.config", text).env("KCONFIG_ALLCONFIG", "1")
                } else {
                    step.with("lines", text).env("KCONFIG_ALLCONFIG", "lines")
                }
            }
            _ => Step::new("olddefconfig").with(".config", text),
        };
        vec![self.circumstances(step, rng), Step::new("savedefconfig")]
    }

    /// Variables that change what is said, or where it is written.
    fn circumstances(&self, mut step: Step, rng: &mut Rng) -> Step {
        if rng.u8(..5) == 0 {
            step = step.env("KCONFIG_WARN_UNKNOWN_SYMBOLS", "1");
        }
        if rng.u8(..10) == 0 {
            step = step.env("KCONFIG_WERROR", "1");
        }
        if rng.u8(..20) == 0 {
            step = step.env("KCONFIG_OVERWRITECONFIG", "1");
        }
        step
    }
}

/// Where there is no `auto.conf`, every mode that writes a `.config` writes that too, and thousands of empty files.
pub(super) fn settled(step: Step) -> Step {
    step.with(AUTO_CONF, Vec::new())
}

fn seeded(step: Step, rng: &mut Rng) -> Step {
    if step.mode != "randconfig" {
        return step;
    }
    let step = step.env("KCONFIG_SEED", rng.u32(1..).to_string());
    match PROBABILITIES[rng.usize(..PROBABILITIES.len())] {
        "" => step,
        probability => step.env("KCONFIG_PROBABILITY", probability),
    }
}

fn answer(rng: &mut Rng) -> String {
    const ANSWERS: [&str; 14] =
        ["", "y", "n", "m", "?", "1", "2", "3", "0x10", "some text", "yes", "Y", "4096", "12abc"];
    format!("{}\n", ANSWERS[rng.usize(..ANSWERS.len())])
}
