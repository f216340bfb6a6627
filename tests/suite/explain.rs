//! `explain` and `fix` on real trees.

use std::fs;
use std::path::Path;
use std::process::Command;

use kconfig::config_file::{Reader, UnknownSymbols, config};
use kconfig::eval::Evaluator;
use kconfig::explain::{Elsewhere, Explanation, Reason, Standing, Verdict, explain};
use kconfig::fix::{FactKind, Outcome, Planner};
use kconfig::model::{ChoiceRules, Model};
use kconfig::modes::{Fill, fill};
use kconfig::{RENAMES, Request, Symbol, Tristate, Value, fragment};
use kernel_spec::Arch;
use tests::{kconf, needs};

use crate::trees::{on_tree, variables};

/// The tree's defconfig for x86_64, with requests behind it.
fn defconfig<'m>(tree: &Path, model: &'m Model, requests: &str) -> (Evaluator<'m>, Vec<Request>) {
    let base = fs::read_to_string(tree.join("arch/x86/configs/x86_64_defconfig")).unwrap();
    let evaluator = read(model, &format!("{base}{requests}"));
    let lines = fragment::parse(requests).unwrap();
    (evaluator, lines.into_iter().map(|line| Request::from_assignment(line, "guest.config")).collect())
}

fn read<'m>(model: &'m Model, text: &str) -> Evaluator<'m> {
    let mut evaluator = Evaluator::new(model);
    let reader = Reader { file: ".config", prefix: "CONFIG_", unknown: UnknownSymbols::Ignored };
    reader.read(text.as_bytes(), &mut evaluator);
    evaluator.settle();
    evaluator
}

fn symbol(name: &str) -> Symbol {
    Symbol::new(name).unwrap()
}

/// What stands in the way of each of several requests, in a few words.
fn in_the_way(found: &Explanation) -> Vec<String> {
    let mut words = Vec::new();
    for reason in &found.reasons {
        match reason {
            Reason::Hidden { prompts } | Reason::Capped { prompts } => {
                for term in prompts.iter().flat_map(|prompt| &prompt.terms) {
                    words.push(format!("{} is {}", term.text, term.value));
                }
            }
            Reason::Unknown { renamed: Some((to, rename)), .. } => {
                words.push(format!("{to} since {}", rename.release));
            }
            Reason::Unknown { elsewhere, .. } if !elsewhere.is_empty() => {
                words.push(format!("in {}", elsewhere[0].path));
            }
            Reason::Unknown { nearest: Some(nearest), .. } => words.push(format!("like {nearest}")),
            Reason::Forced { selects } => {
                words.push(format!("selected by {}", selects[0].symbol));
            }
            Reason::LostChoice(choice) => {
                words.push(format!("{} was taken", choice.taken.as_ref().map_or("none", Symbol::as_str)));
            }
            Reason::Probe { probes, .. } => {
                words.push(format!("a probe said {}", probes[probes.len() - 1].answer))
            }
            Reason::OutOfRange { range, .. } => words.push(format!("up to {}", range.high)),
            Reason::WrongType { kind, .. } => words.push(format!("{kind:?}")),
            other => words.push(format!("{other:?}").split([' ', '(']).next().unwrap().to_owned()),
        }
    }
    words
}

#[test]
fn requests_that_are_lost_on_a_real_tree_are_explained() {
    on_tree("6_12", Arch::X86_64, |tree, model| {
        let requests = "CONFIG_VIRTIO_FS=y\nCONFIG_RETPOLINE=y\nCONFIG_AEABI=y\nCONFIG_VIRTIO_BLKK=y\n# CONFIG_CRC32 is not set\n\
                        CONFIG_PREEMPT_NONE=y\nCONFIG_PREEMPT=y\nCONFIG_NR_CPUS=100000\nCONFIG_SMP=m\nCONFIG_CC_IS_CLANG=y\n\
                        CONFIG_NET=y\n# CONFIG_NOWHERE is not set\n";
        let (mut evaluator, requests) = defconfig(tree, model, requests);
        let mut elsewhere = Elsewhere::default();
        elsewhere.note("arch/arm/Kconfig", &fs::read_to_string(tree.join("arch/arm/Kconfig")).unwrap());
        let mut explained = |name: &str| explain(&mut evaluator, &symbol(name), &requests, &elsewhere);
        let check = |found: &Explanation, expected: &[&str]| {
            assert_eq!(found.verdict, Verdict::Missed, "{}", found.symbol);
            assert_eq!(in_the_way(found), expected, "{}", found.symbol);
        };
        check(&explained("VIRTIO_FS"), &["FUSE_FS is n"]);
        check(&explained("RETPOLINE"), &["MITIGATION_RETPOLINE since 6.9"]);
        check(&explained("AEABI"), &["in arch/arm/Kconfig"]);
        check(&explained("VIRTIO_BLKK"), &["like VIRTIO_BLK"]);
        check(&explained("PREEMPT_NONE"), &["PREEMPT was taken"]);
        check(&explained("SMP"), &["Bool"]);
        let forced = explained("CRC32");
        assert!(in_the_way(&forced)[0].starts_with("selected by "), "{:?}", in_the_way(&forced));
        let probed = explained("CC_IS_CLANG");
        assert_eq!(in_the_way(&probed).last().unwrap(), "a probe said n");
        let range = explained("NR_CPUS");
        assert!(in_the_way(&range)[0].starts_with("up to "), "{:?}", in_the_way(&range));
        assert_eq!(explained("NET").verdict, Verdict::Landed);
        assert_eq!(explained("NOWHERE").verdict, Verdict::Harmless);
        // A condition that is a probe's answer names the command; a symbol in one, who decides on it.
        let terms = |found: &Explanation| match &found.reasons[..] {
            [Reason::Hidden { prompts }] => prompts[0].terms.clone(),
            other => panic!("{other:?}"),
        };
        let cfi = terms(&explained("CFI_CLANG"));
        assert!(cfi[0].probes[0].command.contains("-fsanitize=kcfi") && cfi[0].probes[0].answer == "n");
        assert_eq!(terms(&explained("VIRTIO_FS"))[0].operands[0].standing, Standing::Settable);
    });
}

#[test]
fn lost_requests_are_fixed_or_refused_on_a_real_tree() {
    on_tree("6_12", Arch::X86_64, |tree, model| {
        let (evaluator, _) = defconfig(tree, model, "");
        let mut planner = Planner::new(&evaluator);
        let mut asked = |name: &str| match planner.fix(&symbol(name), &Value::Y) {
            Outcome::Fixed(fix) => {
                fix.settings.iter().map(|s| format!("{}={}", s.symbol, s.value)).collect::<Vec<_>>()
            }
            Outcome::Refused(refusal) => {
                let kind = |kind: &FactKind| format!("{kind:?}").split([' ', '(']).next().unwrap().to_owned();
                refusal.facts.iter().map(|fact| format!("{}: {}", fact.symbol, kind(&fact.kind))).collect()
            }
            Outcome::GaveUp => vec!["gave up".to_owned()],
        };
        assert_eq!(asked("FUSE_FS"), [""; 0]);
        assert_eq!(asked("VIRTIO_FS"), ["FUSE_FS=y"]);
        let memory = ["MEMORY_HOTPLUG=y", "MEMORY_HOTREMOVE=y", "ZONE_DEVICE=y", "FS_DAX=y"];
        assert_eq!(asked("FUSE_DAX"), [&["FUSE_FS=m", "VIRTIO_FS=m"], &memory[..]].concat());
        assert_eq!(asked("CFI_CLANG"), ["CFI_CLANG: Probe"]);
        assert_eq!(asked("SERIAL_8250_ACORN"), ["ARCH_ACORN: Undefined"]);
        assert_eq!(asked("MITIGATION_RETPOLINE"), [""; 0]);
    });
}

/// The parts of a condition, each with its place, amount to the condition that the engine evaluates.
#[test]
fn a_prompt_is_worth_its_smallest_part() {
    for series in ["6_12", "6_1"] {
        on_tree(series, Arch::X86_64, |tree, model| {
            let (base, _) = defconfig(tree, model, "");
            let mut compared = 0;
            for how in [Fill::Default, Fill::No, Fill::Yes, Fill::Module] {
                let mut evaluator = base.clone();
                fill(&mut evaluator, how);
                evaluator.forget();
                for entry in &model.symbols {
                    if entry.member_of.is_some() && model.rules.choice == ChoiceRules::Symbol {
                        continue;
                    }
                    for (whole, source) in entry.prompts.iter().zip(&entry.prompt_sources) {
                        let parts = model.prompt_conjuncts(source);
                        let parts = parts.iter().map(|part| evaluator.value(part.expr)).min();
                        let whole = evaluator.value(*whole);
                        assert_eq!(parts.unwrap_or(Tristate::Y), whole, "{} {how:?}", entry.name);
                        compared += 1;
                    }
                }
            }
            assert!(compared > 40_000, "{compared}");
        });
    }
}

/// A name that was given up is gone, and the new one is there, if both trees are on the right side of the release.
#[test]
fn renames_are_true_of_the_trees() {
    let (Some(older), Some(newer)) = (needs::srctree("6_1"), needs::srctree("6_12")) else { return };
    let (older, newer) = (defined(&older), defined(&newer));
    let mut seen = 0;
    for rename in RENAMES {
        let (old, new) = (rename.old, rename.new);
        let release: Vec<u32> = rename.release.split('.').map(|part| part.parse().unwrap()).collect();
        let tree = if release <= vec![6, 12] { &newer } else { &older };
        if release > vec![6, 12] {
            assert!(!tree.contains(new), "{new} is older than {}", rename.release);
            continue;
        }
        assert!(!newer.contains(old), "{old} is still there");
        if release > vec![6, 1] {
            // A stable series may have taken the new name over, but then for the old one.
            assert!(!(older.contains(old) && older.contains(new)), "{new} is older than {}", rename.release);
            seen += usize::from(older.contains(old) && newer.contains(new));
        }
    }
    assert!(seen >= 11, "only {seen} renames lie between the trees");
}

/// The names in every Kconfig file of a tree.
fn defined(tree: &Path) -> std::collections::BTreeSet<String> {
    let mut names = std::collections::BTreeSet::new();
    let mut folders = vec![tree.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else if name.starts_with("Kconfig") {
                let text = String::from_utf8_lossy(&fs::read(entry.path()).unwrap()).into_owned();
                names.extend(kconfig::defined_symbols(&text).map(|symbol| symbol.to_string()));
            }
        }
    }
    names
}

/// A small survey: most requests for hidden symbols are fixed, nearly all others are refused with facts.
#[test]
fn a_survey_is_answered() {
    let Some(tree) = needs::srctree("6_12").filter(|_| needs::program("gcc")) else { return };
    let folder = tempfile::tempdir().unwrap();
    let tiny = folder.path().join("tiny.config");
    on_tree("6_12", Arch::X86_64, |tree, model| {
        let parts =
            ["kernel/configs/tiny-base.config", "kernel/configs/tiny.config", "arch/x86/configs/tiny.config"];
        let text: String = parts.iter().map(|part| fs::read_to_string(tree.join(part)).unwrap()).collect();
        let mut evaluator = read(model, &text);
        fill(&mut evaluator, Fill::No);
        fs::write(&tiny, config(&mut evaluator, "CONFIG_")).unwrap();
    });
    for base in [tiny, tree.join("arch/x86/configs/x86_64_defconfig")] {
        let mut command = Command::new(kconf());
        command.args(["survey", "--seed", "7", "--count", "60", "--config"]).arg(&base).arg("Kconfig");
        let output =
            command.envs(variables(&tree, Arch::X86_64)).current_dir(folder.path()).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
        let count = |head: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(head)).unwrap();
            line.split_whitespace().next().unwrap().parse::<usize>().unwrap()
        };
        assert_eq!(count("asked"), 60, "{text}");
        assert!(count("fixed") >= 42 && count("neither") <= 3, "{text}");
    }
}
