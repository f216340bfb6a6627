//! Probes that run only where a value asks for their answers.

use kconfig::config_file::{Reader, UnknownSymbols};

use super::*;
use crate::{Origin, load_patiently};

const KCONFIG: &str = "\
success = $(shell,{ $(1); } >/dev/null 2>&1 && echo \"y\" || echo \"n\")
config NET
\tbool \"Networking\"
config FAST
\tbool \"Fast\"
\tdepends on NET && $(success,$(srctree)/scripts/is.sh fast)
config SURE
\tdef_bool $(success,$(srctree)/scripts/is.sh sure)
config SHELL
\tdef_bool $(success,test -e Kconfig && true)
";

/// Succeeds for what is there.
const SCRIPT: &str = "#!/bin/sh\ntest -e $1\n";

fn tree_of(kconfig: &str) -> Place {
    let place = place(&[("Kconfig", kconfig), ("scripts/is.sh", SCRIPT)]);
    fs::set_executable(&place.srctree.join("scripts/is.sh")).unwrap();
    fs::write_atomic(&place.objtree.join("sure"), b"").unwrap();
    fs::write_atomic(&place.objtree.join("fast"), b"").unwrap();
    place
}

fn open(place: &Place, cache: &ProbeCache) -> HostTree {
    let srctree = place.srctree.to_string();
    place.tree_with(&[("srctree", &srctree)], cache)
}

/// The symbols that are not `n`, and how often the answers had to be waited for.
fn resolve(tree: &HostTree, loaded: &Loaded, text: &str) -> (String, u32) {
    let reader = Reader { file: ".config", prefix: "CONFIG_", unknown: UnknownSymbols::Ignored };
    for waits in 0.. {
        let mut evaluator = Evaluator::with_answers(&loaded.model, tree);
        reader.read(text.as_bytes(), &mut evaluator);
        evaluator.settle();
        let config = kconfig::config_file::config(&mut evaluator, "CONFIG_");
        if evaluator.missing_answers() == 0 {
            let config = String::from_utf8(config).unwrap();
            let set = config.lines().filter(|line| line.ends_with("=y"));
            assert!(!tree.has_surprised());
            return (set.collect::<Vec<_>>().join(" "), waits);
        }
        tree.wait_for_answers();
    }
    unreachable!()
}

/// What each probe was asked of, and where its answer came from.
fn asked(tree: &HostTree) -> Vec<(String, Origin)> {
    let word = |command: &[u8]| {
        let text = String::from_utf8_lossy(command).into_owned();
        text.split(';').next().and_then(|body| body.rsplit(' ').next()).unwrap_or_default().to_owned()
    };
    tree.probes().into_iter().map(|probe| (word(&probe.command), probe.origin)).collect()
}

#[test]
fn a_probe_that_does_not_matter_does_not_run() {
    let place = tree_of(KCONFIG);
    let tree = open(&place, &ProbeCache::Off);
    let loaded = load_patiently(&tree, "Kconfig").unwrap();
    assert_eq!(loaded.model.deferred.len(), 2, "what a shell has to read is not put off");
    let (set, waits) = resolve(&tree, &loaded, "");
    assert_eq!((set.as_str(), waits), ("CONFIG_SURE=y", 1));
    let ran = |names: &[&str]| {
        names.iter().map(|name| ((*name).to_owned(), Origin::RanUncached)).collect::<Vec<_>>()
    };
    assert_eq!(asked(&tree), ran(&["true", "sure"]));
    let (set, waits) = resolve(&tree, &loaded, "CONFIG_NET=y\nCONFIG_FAST=y\n");
    assert_eq!((set.as_str(), waits), ("CONFIG_NET=y CONFIG_FAST=y CONFIG_SURE=y", 1));
    assert_eq!(asked(&tree), ran(&["true", "sure", "fast"]));
}

#[test]
fn what_was_asked_for_is_known_to_the_next_run() {
    let place = tree_of(KCONFIG);
    let cache = ProbeCache::Use(place.srctree.join("../cache"));
    kernel_host::clock::sleep(std::time::Duration::from_millis(2100));
    let run = |text: &str| {
        let tree = open(&place, &cache);
        let loaded = load_patiently(&tree, "Kconfig").unwrap();
        let (set, waits) = resolve(&tree, &loaded, text);
        tree.finish().unwrap();
        let cached = asked(&tree).into_iter().filter(|(_, origin)| *origin == Origin::Cached).count();
        (set, waits, tree.was_restored(), cached)
    };
    assert_eq!(run(""), ("CONFIG_SURE=y".to_owned(), 1, false, 0));
    assert_eq!(run(""), ("CONFIG_SURE=y".to_owned(), 0, true, 2));
    let more = ("CONFIG_NET=y CONFIG_SURE=y".to_owned(), 1, true, 2);
    assert_eq!(run("CONFIG_NET=y\n"), more);
    assert_eq!(run("CONFIG_NET=y\n"), (more.0, 0, true, 3));
    // A script that says otherwise is heard, whoever asked for it before.
    fs::remove_file(&place.objtree.join("sure")).unwrap();
    assert_eq!(run("").0, "");
}

#[test]
fn a_tree_of_which_there_is_something_to_say_is_asked_everything() {
    for more in ["config A\n\tdef_bool B\nconfig B\n\tdef_bool A\n", "config NO_TYPE\n", "config\n"] {
        let place = tree_of(&format!("{KCONFIG}{more}"));
        let (patient, whole) = (open(&place, &ProbeCache::Off), open(&place, &ProbeCache::Off));
        match (load_patiently(&patient, "Kconfig"), load(&whole, "Kconfig")) {
            (Ok(patient), Ok(whole)) => {
                assert_eq!(patient.model.deferred, []);
                assert_eq!(patient.messages, whole.messages);
            }
            (Err(patient), Err(whole)) => assert_eq!(patient.to_string(), whole.to_string()),
            _ => panic!("{more}"),
        }
    }
}

#[test]
fn who_verifies_runs_everything() {
    let place = tree_of(KCONFIG);
    let tree = open(&place, &ProbeCache::Verify(place.srctree.join("../cache")));
    let loaded = load_patiently(&tree, "Kconfig").unwrap();
    assert_eq!(loaded.model.deferred, []);
    assert_eq!(tree.probes().len(), 3);
}
