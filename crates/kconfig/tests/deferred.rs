//! Probes that are put off: what is resolved is the same, and what was never asked for does not matter.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use kconfig::config_file::{Reader, UnknownSymbols, config};
use kconfig::eval::{Answers, Evaluator};
use kconfig::model::{self, Model, Rules};
use kconfig::syntax::{self, Ast, Dialect};
use kconfig::tree::{ShellAnswer, Tree};
use proptest::prelude::*;

/// A tree of one file; a probe is the number of a bit of what the machine is like.
struct Machine<'t> {
    kconfig: &'t str,
    bits: u32,
    patient: bool,
    asked: Mutex<BTreeSet<u32>>,
}

impl<'t> Machine<'t> {
    fn new(kconfig: &'t str, bits: u32, patient: bool) -> Self {
        Self { kconfig, bits, patient, asked: Mutex::default() }
    }

    fn ask(&self, command: &[u8]) -> bool {
        let bit: u32 = std::str::from_utf8(command).expect("a number").parse().expect("a number");
        self.asked.lock().expect("nobody panicked").insert(bit);
        self.bits >> bit & 1 == 1
    }

    fn asked(&self) -> BTreeSet<u32> {
        self.asked.lock().expect("nobody panicked").clone()
    }

    fn parse(&self) -> Ast {
        syntax::parse(self, "Kconfig", Dialect::NEWEST).unwrap_or_else(|failed| panic!("{failed}"))
    }

    fn model(&self) -> Model {
        let mut model = model::build(&self.parse(), Rules::NEWEST);
        model::check(&mut model);
        model::cycles(&mut model);
        model
    }
}

impl Tree for Machine<'_> {
    fn read(&self, path: &str) -> Result<Option<Arc<[u8]>>, String> {
        Ok((path == "Kconfig").then(|| self.kconfig.as_bytes().into()))
    }

    fn shell(&self, command: &[u8]) -> ShellAnswer {
        let word: &[u8] = if self.ask(command) { b"y\n" } else { b"n\n" };
        ShellAnswer { stdout: word.to_vec(), ..ShellAnswer::default() }
    }

    fn defers(&self, _command: &[u8]) -> bool {
        self.patient
    }

    fn env(&self, _name: &str) -> Option<String> {
        None
    }
}

impl Answers for Machine<'_> {
    fn answer(&self, command: &[u8]) -> Option<bool> {
        Some(self.ask(command))
    }
}

/// Knows nothing.
struct Silent;

impl Answers for Silent {
    fn answer(&self, _command: &[u8]) -> Option<bool> {
        None
    }
}

/// The `.config` and what is said on the way.
fn resolve(model: &Model, answers: &dyn Answers, text: &str) -> (String, Vec<u8>) {
    let mut evaluator = Evaluator::with_answers(model, answers);
    let reader = Reader { file: ".config", prefix: "CONFIG_", unknown: UnknownSymbols::Ignored };
    reader.read(text.as_bytes(), &mut evaluator);
    evaluator.settle();
    let text = config(&mut evaluator, "CONFIG_");
    assert_eq!(evaluator.missing_answers(), 0, "all answers were there");
    (String::from_utf8(text).expect("UTF-8"), evaluator.take_warnings())
}

/// Resolves patiently: the lines of symbols, and the probes that were asked while parsing and while resolving.
fn patiently(kconfig: &str, bits: u32, text: &str) -> (Vec<String>, BTreeSet<u32>, BTreeSet<u32>) {
    let machine = Machine::new(kconfig, bits, true);
    let model = machine.model();
    let parsing = machine.asked();
    let (config, _) = resolve(&model, &machine, text);
    let lines = config.lines().filter(|line| line.contains("CONFIG_")).map(str::to_owned).collect();
    (lines, parsing, machine.asked())
}

fn set<const N: usize>(bits: [u32; N]) -> BTreeSet<u32> {
    bits.into()
}

#[test]
fn only_what_matters_is_asked() {
    let kconfig = "\
probe = $(shell,$(1))
config NET
\tbool \"Networking\"
if NET
config FAST
\tbool \"Fast\"
\tdepends on $(probe,1)
config SLOW
\tdef_bool $(probe,2)
endif
config ARCH64
\tdef_bool y
config CAN_LINK
\tbool
\tdefault $(probe,3) if ARCH64
\tdefault $(probe,4)
config EITHER
\tdef_bool $(probe,5) || ARCH64
";
    let all = 0b11_1110;
    let (lines, parsing, asked) = patiently(kconfig, all, "");
    assert_eq!(lines, ["# CONFIG_NET is not set", "CONFIG_ARCH64=y", "CONFIG_CAN_LINK=y", "CONFIG_EITHER=y"]);
    assert_eq!((parsing, asked), (set([]), set([3])));
    let (lines, _, asked) = patiently(kconfig, all, "CONFIG_NET=y\nCONFIG_FAST=y\n");
    assert_eq!(lines[..3], ["CONFIG_NET=y", "CONFIG_FAST=y", "CONFIG_SLOW=y"]);
    assert_eq!(asked, set([1, 2, 3]));
}

#[test]
fn what_the_parse_needs_it_asks() {
    let kconfig = "\
late = $(shell,$(1))
now := $(shell,1)
$(warning-if,$(shell,2),never said)
config TEXT
\tstring
\tdefault \"is $(shell,3)\"
config WORD
\tstring
\tdefault $(late,4)
config PART_$(shell,5)
\tdef_bool y
config SAME
\tdef_bool $(shell,6) = $(now)
config NAMED
\tbool \"$(late,7)\"
config NUMBER
\tint
\trange $(late,8) 9
\tdefault 5
config LATER
\tdef_bool $(now) && $(late,9)
";
    let (lines, parsing, asked) = patiently(kconfig, 0b10_0100_1010, "");
    insta::assert_snapshot!(lines.join("\n"), @r#"
    CONFIG_TEXT="is y"
    CONFIG_WORD="n"
    CONFIG_PART_n=y
    CONFIG_SAME=y
    # CONFIG_NAMED is not set
    CONFIG_NUMBER=5
    CONFIG_LATER=y
    "#);
    assert_eq!(parsing, set([1, 2, 3, 4, 5, 6, 7, 8]));
    assert_eq!(asked, set([1, 2, 3, 4, 5, 6, 7, 8, 9]));
}

#[test]
fn an_answer_that_is_not_there_makes_a_guess_of_the_result() {
    let kconfig = "config A\n\tdef_bool $(shell,1)\nconfig B\n\tbool \"b\"\n\tdepends on A && $(shell,2)\n";
    let machine = Machine::new(kconfig, 6, true);
    let model = machine.model();
    let mut evaluator = Evaluator::with_answers(&model, &Silent);
    evaluator.compute_all();
    assert_eq!(evaluator.missing_answers(), 1, "of the second one it is not known whether it matters");
    let whole = Machine::new(kconfig, 6, false).model();
    let mut evaluator = Evaluator::with_answers(&whole, &Silent);
    evaluator.compute_all();
    assert_eq!(evaluator.missing_answers(), 0);
}

#[test]
fn a_file_that_could_be_taken_for_a_mark_has_nothing_put_off() {
    let kconfig = "config A\n\tdef_bool $(shell,1)\nconfig B\n\tstring\n\tdefault \"\u{1}0\u{2}\"\n";
    let (lines, parsing, _) = patiently(kconfig, 2, "");
    assert_eq!(lines, ["CONFIG_A=y", "CONFIG_B=\"\u{1}0\u{2}\""]);
    assert_eq!(parsing, set([1]));
}

#[test]
fn a_snapshot_keeps_what_was_put_off() {
    let kconfig = "config A\n\tdef_bool $(shell,1)\n";
    let machine = Machine::new(kconfig, 2, true);
    let parsed =
        kconfig::snapshot::Parsed { model: machine.model(), messages: Vec::new(), env_used: Vec::new() };
    let again = kconfig::snapshot::read(&kconfig::snapshot::write(&parsed)).expect("a snapshot");
    assert_eq!(again.model.deferred, parsed.model.deferred);
    assert_eq!(resolve(&again.model, &machine, "").0, resolve(&parsed.model, &machine, "").0);
}

/// How many symbols a generated tree has, and how many probes.
const SYMBOLS: usize = 9;
const PROBES: u32 = 8;

/// An expression over the symbols before one, and probes.
fn expr(before: usize) -> BoxedStrategy<String> {
    let probe = (0..PROBES).prop_map(|bit| format!("$(shell,{bit})"));
    let named = (0..before.max(1)).prop_map(|at| format!("S{at}"));
    let compared = (0..before.max(1), prop::sample::select(vec!["=", "!="]), 0..PROBES)
        .prop_map(|(at, op, bit)| format!("S{at} {op} $(shell,{bit})"));
    let constant = prop::sample::select(vec!["y", "m", "n"]).prop_map(str::to_owned);
    let leaf = prop_oneof![6 => probe, 6 => named, 1 => compared, 1 => constant];
    let grown = leaf.prop_recursive(3, 8, 2, |inner| {
        prop_oneof![
            3 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} && {b}")),
            2 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} || {b})")),
            1 => inner.prop_map(|a| format!("!({a})")),
        ]
    });
    if before == 0 { (0..PROBES).prop_map(|bit| format!("$(shell,{bit})")).boxed() } else { grown.boxed() }
}

fn maybe(word: &'static str, before: usize) -> BoxedStrategy<String> {
    prop::option::of(expr(before))
        .prop_map(move |expr| expr.map(|expr| format!("{word}{expr}")).unwrap_or_default())
        .boxed()
}

fn symbol(at: usize) -> BoxedStrategy<String> {
    let kind = prop::sample::select(vec!["bool", "bool", "tristate", "int", "string"]);
    let prompt = (any::<bool>(), maybe(" if ", at));
    let depends = prop::collection::vec(expr(at), 0..3);
    let defaults = prop::collection::vec((expr(at), 0..PROBES, maybe(" if ", at)), 0..3);
    let select = prop::option::weighted(0.3, (at + 1..SYMBOLS + 1, maybe(" if ", at), any::<bool>()));
    (kind, prompt, depends, defaults, select)
        .prop_map(move |(kind, (prompted, shown), depends, defaults, select)| {
            let truth = matches!(kind, "bool" | "tristate");
            let mut text = format!("config S{at}\n\t{kind}");
            if prompted {
                text += &format!(" \"Symbol {at}\"{shown}");
            }
            text.push('\n');
            for expr in depends {
                text += &format!("\tdepends on {expr}\n");
            }
            for (value, bit, when) in defaults {
                text += &match kind {
                    "int" => format!("\tdefault {bit}{when}\n"),
                    "string" => format!("\tdefault \"t$(shell,{bit})\"{when}\n"),
                    _ => format!("\tdefault {value}{when}\n"),
                };
            }
            if let Some((target, when, implied)) = select.filter(|_| truth) {
                text += &format!("\t{} S{target}{when}\n", if implied { "imply" } else { "select" });
            }
            text
        })
        .boxed()
}

/// Symbols, some in blocks; then a choice.
fn tree() -> BoxedStrategy<String> {
    let symbols: Vec<_> = (0..SYMBOLS).map(symbol).collect();
    let blocks = prop::collection::vec((0..SYMBOLS, 1..4_usize, expr(1), 0..3_u8), 0..3);
    let members = prop::collection::vec((maybe("\tdepends on ", SYMBOLS), maybe(" if ", SYMBOLS)), 1..4);
    (symbols, blocks, expr(SYMBOLS), members)
        .prop_map(|(symbols, blocks, chosen, members)| {
            let mut text = "config MODULES\n\tbool \"Modules\"\n\tmodules\n".to_owned();
            let mut open: Vec<(usize, &str)> = Vec::new();
            for (at, symbol) in symbols.iter().enumerate() {
                while let Some((end, word)) = open.last()
                    && *end <= at
                {
                    text += &format!("{word}\n");
                    open.pop();
                }
                if open.is_empty()
                    && let Some((_, length, expr, kind)) =
                        blocks.iter().find(|(start, ..)| *start == at && at > 0)
                {
                    let (begin, end) = match kind {
                        0 => (format!("if {expr}\n"), "endif"),
                        1 => (format!("menu \"M\"\n\tdepends on {expr}\n"), "endmenu"),
                        _ => (format!("menu \"V\"\n\tvisible if {expr}\n"), "endmenu"),
                    };
                    text += &begin;
                    open.push((at + length, end));
                }
                text += symbol;
            }
            for (_, word) in open.iter().rev() {
                text += &format!("{word}\n");
            }
            text += &format!("choice\n\tprompt \"One\" if {chosen}\n");
            for (at, (depends, shown)) in members.iter().enumerate() {
                text += &format!("config C{at}\n\tbool \"Member\"{shown}\n");
                if !depends.is_empty() {
                    text += &format!("{depends}\n");
                }
            }
            text + "endchoice\n"
        })
        .boxed()
}

fn answers() -> impl Strategy<Value = String> {
    let line =
        (0..SYMBOLS + 3, prop::sample::select(vec!["y", "m", "n", "3", "\"x\""])).prop_map(|(at, value)| {
            match at {
                at if at < SYMBOLS => format!("CONFIG_S{at}={value}\n"),
                at => format!("CONFIG_C{}={value}\n", at - SYMBOLS),
            }
        });
    (any::<bool>(), prop::collection::vec(line, 0..8)).prop_map(|(modules, lines)| {
        let modules = if modules { "CONFIG_MODULES=y\n" } else { "" };
        format!("{modules}{}", lines.concat())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever the answers are that nobody asked for.
    #[test]
    fn a_patient_resolve_is_a_resolve(kconfig in tree(), text in answers(), bits in 0..1_u32 << PROBES, other in any::<u32>()) {
        let patient = Machine::new(&kconfig, bits, true);
        let model = patient.model();
        // Where there is something to say, all is asked.
        prop_assume!(model.messages.is_empty());
        let (found, said) = resolve(&model, &patient, &text);
        let asked = patient.asked().iter().fold(0, |asked, bit| asked | 1 << bit);
        for bits in [bits, bits & asked | other & !asked] {
            let whole = Machine::new(&kconfig, bits, false);
            let (expected, warned) = resolve(&whole.model(), &whole, &text);
            prop_assert_eq!(&found, &expected, "{}", kconfig);
            prop_assert_eq!(said.is_empty(), warned.is_empty());
        }
    }
}
