//! A snapshot is used while the tree would say the same, and no longer.

use std::time::Duration;

use kernel_host::process::Command;

use super::*;

const KCONFIG: &str = "source \"sub/Kconfig\"\nconfig TOP\n\tstring\n\tdefault \"$(VAR)$(NONE)\"\nconfig PROBED\n\t\
                       string\n\tdefault \"$(shell,$(srctree)/scripts/say.sh)\"\n";

/// How the tree's meaning was found.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    Parsed,
    Restored,
}
use Found::{Parsed, Restored};

struct Machine {
    place: Place,
    cache: AbsPath,
}

/// A tree whose files were made long enough ago for their times to tell.
fn settled() -> Machine {
    let script = "#!/bin/sh\necho one\n";
    let sub = "config SUB\n\tdef_bool y\n";
    let place = place(&[("Kconfig", KCONFIG), ("sub/Kconfig", sub), ("scripts/say.sh", script)]);
    fs::set_executable(&place.srctree.join("scripts/say.sh")).unwrap();
    let cache = place.srctree.join("../cache");
    settle();
    Machine { place, cache }
}

fn settle() {
    kernel_host::clock::sleep(Duration::from_millis(2100));
}

impl Machine {
    fn run_with(&self, variables: &[(&str, &str)], cache: &ProbeCache) -> (Found, String) {
        let srctree = self.place.srctree.to_string();
        let variables: Vec<_> =
            [("srctree", srctree.as_str())].into_iter().chain(variables.iter().copied()).collect();
        let tree = self.place.tree_with(&variables, cache);
        let loaded = load(&tree, "Kconfig").unwrap();
        tree.finish().unwrap();
        (if tree.was_restored() { Restored } else { Parsed }, config(&loaded))
    }

    fn run(&self) -> (Found, String) {
        self.run_with(&[("VAR", "v")], &ProbeCache::Use(self.cache.clone()))
    }

    fn write(&self, path: &str, text: &str) {
        fs::write_atomic(&self.place.srctree.join(path), text.as_bytes()).unwrap();
    }

    fn snapshots(&self) -> Vec<AbsPath> {
        let trees = fs::list_dir(&self.cache.join("models-v1")).unwrap_or_default();
        trees.iter().flat_map(|tree| fs::list_dir(tree).unwrap()).collect()
    }
}

const FIRST: &str = "CONFIG_SUB=y\nCONFIG_TOP=\"v\"\nCONFIG_PROBED=\"one\"";

/// The first run parses, the second one need not, and both say the same.
fn known() -> Machine {
    let machine = settled();
    assert_eq!(machine.run(), (Parsed, FIRST.to_owned()));
    assert_eq!(machine.run(), (Restored, FIRST.to_owned()));
    machine
}

#[test]
fn a_file_that_changes_is_read_again() {
    let machine = known();
    machine.write("sub/Kconfig", "config SUB\n\tdef_bool n\nconfig MORE\n\tdef_bool y\n");
    let second = FIRST.replace("SUB", "MORE");
    assert_eq!(machine.run(), (Parsed, second.clone()));
    // It changed a moment ago: its times do not tell yet.
    assert_eq!(machine.run(), (Parsed, second.clone()));
    settle();
    assert_eq!(machine.run(), (Parsed, second.clone()));
    assert_eq!(machine.run(), (Restored, second));
}

#[test]
fn a_file_that_changes_and_keeps_its_length_and_times_is_read_again() {
    let machine = known();
    let file = machine.place.srctree.join("sub/Kconfig");
    let before = fs::stat(&file).unwrap();
    let like = machine.place.srctree.join("like");
    let touch = |from: &AbsPath, to: &AbsPath| {
        let mut touch = Command::new("touch");
        touch.arg("-r").arg(from).arg(to).checked_output(&Cancel::new()).unwrap();
    };
    fs::write_atomic(&like, b"").unwrap();
    touch(&file, &like);
    // In place, so that it is the same file by its number, too.
    let mut writer = Command::new("sh");
    writer.arg("-c").arg(format!("printf 'config SUB\\n\\tdef_bool n\\n' > {file}"));
    writer.checked_output(&Cancel::new()).unwrap();
    touch(&like, &file);
    let after = fs::stat(&file).unwrap();
    assert_eq!((after.len, after.mtime_ns, after.inode), (before.len, before.mtime_ns, before.inode));
    let (found, text) = machine.run();
    assert_eq!((found, text.contains("SUB=y")), (Parsed, false));
}

#[test]
fn a_file_that_comes_first_is_noticed_and_so_is_its_end() {
    let machine = known();
    let first = machine.place.objtree.join("sub");
    fs::create_dir_all(&first).unwrap();
    assert_eq!(machine.run(), (Restored, FIRST.to_owned()));
    fs::write_atomic(&first.join("Kconfig"), b"config OTHER\n\tdef_bool y\n").unwrap();
    assert_eq!(machine.run(), (Parsed, FIRST.replace("SUB", "OTHER")));
    fs::remove_file(&first.join("Kconfig")).unwrap();
    assert_eq!(machine.run(), (Restored, FIRST.to_owned()));
}

#[test]
fn a_file_that_goes_away_is_missed() {
    let machine = known();
    fs::remove_file(&machine.place.srctree.join("sub/Kconfig")).unwrap();
    let tree = machine.place.tree_with(
        &[("VAR", "v"), ("srctree", &machine.place.srctree.to_string())],
        &ProbeCache::Use(machine.cache.clone()),
    );
    let Err(LoadError::Parse(failed)) = load(&tree, "Kconfig") else { panic!("it loaded") };
    assert_eq!(failed.to_string(), "Kconfig:1: can't open file \"sub/Kconfig\"");
}

#[test]
fn variables_count_whether_they_are_set_or_not() {
    let machine = known();
    let with =
        |variables: &[(&str, &str)]| machine.run_with(variables, &ProbeCache::Use(machine.cache.clone()));
    let changed = FIRST.replace("\"v\"", "\"w\"");
    assert_eq!(with(&[("VAR", "w")]), (Parsed, changed.clone()));
    assert_eq!(with(&[("VAR", "w")]), (Restored, changed));
    let set = FIRST.replace("\"v\"", "\"vx\"");
    assert_eq!(with(&[("VAR", "v"), ("NONE", "x")]), (Parsed, set.clone()));
    assert_eq!(with(&[("VAR", "v"), ("NONE", "x")]), (Restored, set));
    assert_eq!(machine.run(), (Restored, FIRST.to_owned()));
}

#[test]
fn a_variable_that_differs_from_session_to_session_counts_where_it_is_asked_for() {
    let machine = settled();
    machine.write("Kconfig", "config A\n\tstring\n\tdefault \"$(KCONFIG_X)\"\n");
    settle();
    let with =
        |value: &str| machine.run_with(&[("KCONFIG_X", value)], &ProbeCache::Use(machine.cache.clone()));
    assert_eq!(with("1"), (Parsed, "CONFIG_A=\"1\"".to_owned()));
    assert_eq!(with("1"), (Restored, "CONFIG_A=\"1\"".to_owned()));
    assert_eq!(with("2"), (Parsed, "CONFIG_A=\"2\"".to_owned()));
}

#[test]
fn a_probe_that_answers_otherwise_is_noticed() {
    let machine = known();
    machine.write("scripts/say.sh", "#!/bin/sh\necho two\n");
    fs::set_executable(&machine.place.srctree.join("scripts/say.sh")).unwrap();
    let second = FIRST.replace("one", "two");
    assert_eq!(machine.run(), (Parsed, second.clone()));
    // The script is no file that is parsed, and counts by its text.
    assert_eq!(machine.run(), (Restored, second));
    machine.write("scripts/say.sh", "#!/bin/sh\necho two\necho warned >&2\n");
    fs::set_executable(&machine.place.srctree.join("scripts/say.sh")).unwrap();
    assert_eq!(machine.run().0, Parsed);
}

#[test]
fn a_damaged_snapshot_is_none_and_is_replaced() {
    let machine = known();
    let [file] = &machine.snapshots()[..] else { panic!("{:?}", machine.snapshots()) };
    let whole = fs::read(file).unwrap();
    for at in [0, 16, 40, whole.len() / 2, whole.len() - 1] {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        fs::write_atomic(file, &damaged).unwrap();
        assert_eq!(machine.run(), (Parsed, FIRST.to_owned()), "damaged at {at}");
        assert_eq!(machine.run(), (Restored, FIRST.to_owned()));
        fs::write_atomic(file, &whole[..at]).unwrap();
        assert_eq!(machine.run(), (Parsed, FIRST.to_owned()), "cut at {at}");
        assert_eq!(fs::read(file).unwrap(), whole);
    }
}

#[test]
fn without_a_cache_nothing_is_kept_and_few_are_kept_with_one() {
    let machine = settled();
    assert_eq!(machine.run_with(&[("VAR", "v")], &ProbeCache::Off), (Parsed, FIRST.to_owned()));
    assert_eq!(machine.run_with(&[("VAR", "v")], &ProbeCache::Off), (Parsed, FIRST.to_owned()));
    assert_eq!(machine.snapshots(), []);
    for value in 0..20 {
        machine.run_with(&[("VAR", &value.to_string())], &ProbeCache::Use(machine.cache.clone()));
    }
    assert_eq!(machine.snapshots().len(), 6);
}

#[test]
fn verifying_runs_the_probes_of_a_restored_tree() {
    let machine = known();
    let verify = ProbeCache::Verify(machine.cache.clone());
    let srctree = machine.place.srctree.to_string();
    let tree = machine.place.tree_with(&[("VAR", "v"), ("srctree", &srctree)], &verify);
    load(&tree, "Kconfig").unwrap();
    assert!(tree.was_restored());
    let origins: Vec<_> = tree.probes().into_iter().map(|probe| probe.origin).collect();
    assert_eq!(origins, [crate::Origin::RanFirst]);
}
