//! The engine against the trees' own `conf`, a few cases of each kind: every byte that both write and say.

use std::process::Command;

use tests::{kconf, needs, target_dir};

/// No difference, on a tree of each kind of choice.
#[test]
fn engine_and_conf_agree_on_real_trees() {
    let trees: Vec<_> = ["6_12", "6_1"].into_iter().filter_map(needs::srctree).collect();
    if trees.is_empty() || !["flex", "bison", "cc", "make"].iter().all(|name| needs::program(name)) {
        return;
    }
    let seeds = if needs::full() { "0..100" } else { "0..6" };
    let mut harness = Command::new(kconf());
    harness.args(["kconfig-diff", "--kinds", "defconfig,all,rand,fuzz,empty,merge", "--seeds", seeds]);
    harness.arg("--folder").arg(target_dir().join("kconfig-diff-test"));
    for tree in trees {
        harness.arg("--tree").arg(tree);
    }
    let output = harness.output().unwrap();
    let (said, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{said}{errors}");
    assert!(said.ends_with("differences: 0\n"), "{said}");
}
