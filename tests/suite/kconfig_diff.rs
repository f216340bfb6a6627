//! The engine against the trees' own `conf`, a few cases of each kind: every byte that both write and say.

use std::path::PathBuf;
use std::process::Command;

use tests::{kconf, needs, target_dir};

/// Cases that differed once: a series, an architecture, kinds, seeds.
const PINNED: [(&str, &str, &str, &str); 6] = [
    (
        "6_1",
        "x86_64",
        "small",
        "68,93,126,136,149,168,177,193,228,265,267,268,281,295,312,326,359,366,399,425,458,480,482,513,549,550,\
         551,564,572,587,640,1268",
    ),
    ("6_1", "x86_64", "fuzz", "1017,30001"),
    ("6_1", "arm", "empty", "2002"),
    ("6_12", "x86_64", "small", "265,275,276,361,405,491,538,565,581,1058,1331,1403,1673"),
    ("6_12", "x86_64", "rand,merge", "111"),
    ("6_12", "x86_64", "fuzz", "70409"),
];

fn ready() -> bool {
    ["flex", "bison", "cc", "make"].iter().all(|name| needs::program(name))
}

fn no_difference(trees: &[PathBuf], arch: &str, kinds: &str, seeds: &str) {
    let mut harness = Command::new(kconf());
    harness.args(["kconfig-diff", "--arch", arch, "--kinds", kinds, "--seeds", seeds]);
    harness.arg("--folder").arg(target_dir().join("kconfig-diff-test"));
    for tree in trees {
        harness.arg("--tree").arg(tree);
    }
    let output = harness.output().unwrap();
    let (said, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{said}{errors}");
    assert!(said.ends_with("differences: 0\n"), "{said}");
}

/// No difference, on a tree of each kind of choice; nor where there once was one.
#[test]
fn engine_and_conf_agree_on_real_trees() {
    let trees: Vec<_> = ["6_12", "6_1"].into_iter().filter_map(needs::srctree).collect();
    if trees.is_empty() || !ready() {
        return;
    }
    let [few, small] = if needs::full() { ["0..100", "0..1000"] } else { ["0..4", "0..60"] };
    no_difference(&trees, "x86_64", "defconfig,all,rand,fuzz,empty,merge,ask,unusual", few);
    no_difference(&trees, "x86_64", "small", small);
    for (series, arch, kinds, seeds) in PINNED {
        let Some(tree) = needs::srctree(series) else { continue };
        if arch != "arm" || needs::extra_programs(&["arm-linux-gnueabi-gcc"]) {
            no_difference(&[tree], arch, kinds, seeds);
        }
    }
}
