//! A kernel with many requests: what its layers come to is what the tree's `merge_config.sh` makes of the same files.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use kconfig::{DotConfig, Value};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use tests::{Project, needs};

const REQUESTS: usize = 600;
const FRAGMENTS: usize = 40;

/// What the script writes; its object tree is kept, with the `conf` in it.
fn by_script(tree: &Path, project: &Project, options: &[&str]) {
    let out = project.path("script");
    fs::create_dir_all(&out).unwrap();
    let fragments = (0..FRAGMENTS).map(|number| project.path(&format!("fragments/{number:02}.config")));
    let output = Command::new("sh")
        .arg(tree.join("scripts/kconfig/merge_config.sh"))
        .args(options)
        .arg("-O")
        .arg(&out)
        .arg(project.path("base.config"))
        .args(fragments)
        .current_dir(tree)
        .env_remove("MAKEFLAGS")
        .envs([("ARCH", "x86_64"), ("LOCALVERSION", "")])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Requests for other values than the base has, in fragments; a tenth is asked for twice, otherwise at first.
fn write(project: &Project, requests: &BTreeMap<String, Value>, random: &mut StdRng) {
    let mut lines: Vec<String> = requests.iter().map(|(symbol, value)| line(symbol, value)).collect();
    lines.shuffle(random);
    for number in 0..FRAGMENTS {
        let own = lines.iter().skip(number).step_by(FRAGMENTS);
        let mut text: String = own.cloned().collect();
        // What a later fragment asks for otherwise.
        if let Some(later) = lines.get(number + 1).filter(|line| number % 4 == 0 && line.ends_with("=y\n")) {
            text = later.replace("=y", "=m") + &text;
        }
        project.write(&format!("fragments/{number:02}.config"), &text);
    }
}

fn line(symbol: &str, value: &Value) -> String {
    match value {
        value if *value == Value::N => format!("# CONFIG_{symbol} is not set\n"),
        value => format!("CONFIG_{symbol}={value}\n"),
    }
}

/// The base lacks what the fragments ask for, so that nothing comes of it by itself.
fn compare(tree: &Path) {
    let project = Project::empty();
    let place = tree.to_string_lossy().into_owned();
    let base = ["config", "resolve", "--tree", &place, "--arch", "x86_64", "--config", "defconfig"];
    project.kernel(&[&base[..], &["-o", "whole.config"]].concat()).success();
    let resolved = DotConfig::parse(&project.read("whole.config")).unwrap();
    let mut random = StdRng::seed_from_u64(600);
    let mut all: Vec<(String, Value)> =
        resolved.iter().map(|(symbol, value)| (symbol.to_string(), value.clone())).collect();
    all.shuffle(&mut random);
    let (requests, rest) = all.split_at(REQUESTS);
    project.write("base.config", &rest.iter().map(|(symbol, value)| line(symbol, value)).collect::<String>());
    write(&project, &requests.iter().cloned().collect(), &mut random);
    for (unlisted, options) in [("default", &[][..]), ("n", &["-n"][..])] {
        by_script(tree, &project, options);
        project.write(
            "Kernel.toml",
            &format!(
                "schema = 1\n[source.linux]\npath = {place:?}\n[kernel.k]\nsource = \"linux\"\narch = \"x86_64\"\n\
                 base = \"./base.config\"\nunlisted = \"{unlisted}\"\nmodules = true\non-conflict = \"last\"\n\
                 fragments = [\"fragments/*.config\"]\n"
            ),
        );
        project.kernel(&["check"]).success();
        let ours = project.read("target/kernel/.work/k/resolved.config");
        assert!(ours == project.read("script/.config"), "unlisted {unlisted}: the results differ");
    }
}

#[test]
fn many_fragments_come_to_what_the_script_makes_of_them() {
    if let Some(tree) = needs::srctree("6_12") {
        compare(&tree);
    }
}

/// A tree of the other kind of choice, whose script is another one.
#[test]
fn many_fragments_come_to_what_an_older_script_makes_of_them() {
    if let Some(tree) = needs::srctree("6_1") {
        compare(&tree);
    }
}
