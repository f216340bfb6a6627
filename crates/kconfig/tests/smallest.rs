//! What `fix` proposes against every combination of settings, on small trees at random.

mod small;

use kconfig::config_file::config;
use kconfig::eval::Evaluator;
use kconfig::fix::{Fact, Outcome, Planner, Refusal, Setting};
use kconfig::model::Model;
use kconfig::{Request, Tristate, Value};
use small::{Era, build, requests, resolve};

/// How many symbols a tree has.
const SYMBOLS: u64 = 7;
/// Those of a choice, where there is one.
const MEMBERS: std::ops::Range<u64> = 2..4;
/// How many trees are tried, of each kind of choice.
const TREES: u64 = 60;

/// Numbers that look random and are the same each time (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}

/// A condition over symbols that were defined before, so that nothing goes round.
fn condition(dice: &mut Dice, before: u64) -> String {
    let operand = |dice: &mut Dice| {
        let sign = if dice.below(4) == 0 { "!" } else { "" };
        format!("{sign}S{}", dice.below(before))
    };
    let (a, b, c) = (operand(dice), operand(dice), operand(dice));
    match dice.below(6) {
        0 | 1 => a,
        2 => format!("{a} && {b}"),
        3 => format!("{a} || {b}"),
        4 => format!("({a} || {b}) && {c}"),
        _ => format!("{a} && {b} || {c}"),
    }
}

/// `bool` symbols with prompts, some of which depend on others, are selected, have defaults, or are a choice's; those
/// that are free are the user's to set, whatever else would be asked for them.
fn tree(seed: u64, free: &[u64]) -> String {
    let mut dice = Dice(seed);
    let mut entries = Vec::new();
    let chosen = dice.below(3) == 0;
    for at in 0..SYMBOLS {
        let (mut text, mut own) = (format!("config S{at}\n\tbool"), String::new());
        let within = chosen && MEMBERS.contains(&at);
        if within || dice.below(6) > 0 {
            text.push_str(&format!(" \"s{at}\""));
        }
        text.push('\n');
        if !within && at > 0 && dice.below(5) > 0 {
            text.push_str(&format!("\tdepends on {}\n", condition(&mut dice, at)));
        }
        if !within && dice.below(5) == 0 {
            own.push_str("\tdefault y\n");
        }
        if !within && at > 0 && dice.below(5) == 0 {
            let target = dice.below(at);
            let of_choice = chosen && MEMBERS.contains(&target);
            if !of_choice && !free.contains(&target) {
                own.push_str(&format!("\tselect S{target}\n"));
            }
        }
        if free.contains(&at) {
            text = format!("config S{at}\n\tbool \"free\"\n");
        }
        entries.push((at, within && !free.contains(&at), text + &own));
    }
    let mut text = String::new();
    // What is free stands outside of the choice.
    let (inside, outside): (Vec<_>, Vec<_>) = entries.into_iter().partition(|(_, within, _)| *within);
    let before = outside.iter().filter(|(at, ..)| *at < MEMBERS.end);
    text.extend(before.map(|(.., entry)| entry.as_str()));
    if !inside.is_empty() {
        text.push_str("choice\n\tprompt \"which\"\n");
        text.extend(inside.iter().map(|(.., entry)| entry.as_str()));
        text.push_str("endchoice\n");
    }
    let behind = outside.iter().filter(|(at, ..)| *at >= MEMBERS.end);
    text.extend(behind.map(|(.., entry)| entry.as_str()));
    text
}

fn request(at: u64, value: Tristate) -> Request {
    requests(&[&format!("CONFIG_S{at}={value}\n")]).remove(0)
}

/// How a request fares.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Landing {
    Not,
    /// Something is selected past what it depends on, which is warned about.
    Unmet,
    Clean,
}

fn landing(model: &Model, all: &[Request]) -> Landing {
    let id = model.names.find(all[0].symbol.as_str().as_bytes()).expect("a symbol");
    let mut evaluator = resolve(model, "", all);
    match all[0].value == Value::Tristate(evaluator.tristate(id)) {
        false => Landing::Not,
        true if is_clean(&mut evaluator) => Landing::Clean,
        true => Landing::Unmet,
    }
}

fn is_clean(evaluator: &mut Evaluator<'_>) -> bool {
    config(evaluator, "CONFIG_");
    evaluator.take_warnings().is_empty()
}

/// The least number of settings beside the request with which it lands, and with which it lands without a warning.
fn least(model: &Model, wanted: &Request) -> (usize, usize) {
    let others: Vec<u64> = (0..SYMBOLS).filter(|at| wanted.symbol.as_str() != format!("S{at}")).collect();
    let (mut least, mut clean) = (usize::MAX, usize::MAX);
    for mut code in 0..3_u32.pow(others.len() as u32) {
        let mut all = vec![wanted.clone()];
        for other in &others {
            match code % 3 {
                0 => {}
                1 => all.push(request(*other, Tristate::Y)),
                _ => all.push(request(*other, Tristate::N)),
            }
            code /= 3;
        }
        let settings = all.len() - 1;
        if settings < clean {
            match landing(model, &all) {
                Landing::Not => {}
                Landing::Unmet => least = least.min(settings),
                Landing::Clean => (least, clean) = (least.min(settings), settings),
            }
        }
    }
    (least, clean)
}

/// Where the facts are otherwise, the request lands; with any of them as it is, nothing makes it land.
fn assert_facts(seed: u64, era: Era, wanted: &Request, refusal: &Refusal, told: &str) {
    let number = |fact: &Fact| fact.symbol.as_str()[1..].parse::<u64>().expect("a number");
    let facts: Vec<u64> = refusal.facts.iter().map(number).collect();
    assert!(!facts.is_empty(), "{told}");
    let needed = refusal
        .facts
        .iter()
        .filter(|fact| fact.symbol != wanted.symbol)
        .filter_map(|fact| Some(Setting { symbol: fact.symbol.clone(), value: fact.needed.clone()? }));
    let lines = refusal.settings.iter().cloned().chain(needed);
    let lines = lines.map(|Setting { symbol, value }| format!("CONFIG_{symbol}={value}\n"));
    let mut all = vec![wanted.clone()];
    all.extend(requests(&[&lines.collect::<String>()]));
    assert!(landing(&build(&tree(seed, &facts), era), &all) != Landing::Not, "{told}");
    for fact in &facts {
        let others: Vec<u64> = facts.iter().copied().filter(|other| other != fact).collect();
        let model = build(&tree(seed, &others), era);
        assert_eq!(least(&model, wanted).0, usize::MAX, "S{fact} is needless: {told}");
    }
}

#[test]
fn no_smaller_set_does_and_what_is_refused_has_none() {
    let (mut fixed, mut refused) = (0, 0);
    for seed in 0..TREES {
        let text = tree(seed, &[]);
        for era in [Era::List, Era::Symbol] {
            let mut model = build(&text, era);
            kconfig::model::cycles(&mut model);
            if !model.messages.is_empty() {
                // It is circular: an error.
                continue;
            }
            let mut base = resolve(&model, "", &[]);
            if !is_clean(&mut base) {
                continue;
            }
            let mut planner = Planner::new(&base);
            for (at, value) in (0..SYMBOLS).flat_map(|at| [(at, Tristate::Y), (at, Tristate::N)]) {
                let wanted = request(at, value);
                let (least, clean) = least(&model, &wanted);
                let outcome = planner.fix(&wanted.symbol, &wanted.value);
                let told = || format!("seed {seed}: {wanted}: {outcome:?}\n{text}");
                match &outcome {
                    Outcome::Fixed(fix) => {
                        let settings = fix.settings.len();
                        assert!((least..=clean).contains(&settings), "{}", told());
                        fixed += 1;
                    }
                    Outcome::Refused(refusal) => {
                        assert_eq!(least, usize::MAX, "{}", told());
                        assert_facts(seed, era, &wanted, refusal, &told());
                        refused += 1;
                    }
                    Outcome::GaveUp => panic!("{}", told()),
                }
            }
        }
    }
    assert!(fixed > 500 && refused > 50, "fixed {fixed}, refused {refused}");
}
