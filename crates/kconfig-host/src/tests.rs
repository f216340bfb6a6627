//! Trees on disk, with real probes.

use kconfig::eval::Evaluator;
use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::env::Env;
use kernel_host::fs::{self, TempDir};
use kernel_host::process::Stdin;

use crate::{HostTree, LoadError, Loaded, ProbeCache, load};

mod cache;
mod patient;
mod snapshot;

struct Place {
    /// Removed with all that is in it.
    _dir: TempDir,
    srctree: AbsPath,
    objtree: AbsPath,
}

fn place(files: &[(&str, &str)]) -> Place {
    let dir = fs::temp_dir_in(&AbsPath::new(std::env::temp_dir()).unwrap(), "tree-").unwrap();
    let (srctree, objtree) = (dir.path().join("src"), dir.path().join("obj"));
    fs::create_dir_all(&objtree).unwrap();
    for (path, text) in files {
        let path = srctree.join(path);
        fs::create_dir_all(&path.parent().unwrap()).unwrap();
        fs::write_atomic(&path, text.as_bytes()).unwrap();
    }
    Place { _dir: dir, srctree, objtree }
}

impl Place {
    fn tree(&self, variables: &[(&str, &str)]) -> HostTree {
        self.tree_with(variables, &ProbeCache::Off)
    }

    /// The machine's `PATH`, unless `variables` has one.
    fn tree_with(&self, variables: &[(&str, &str)], cache: &ProbeCache) -> HostTree {
        let path = Env::capture().unwrap().get("PATH").unwrap().to_owned();
        let variables = [("PATH", path.as_str())].into_iter().chain(variables.iter().copied());
        let env = Env::from_vars(variables, self.objtree.clone());
        HostTree::new(Some(self.srctree.clone()), env, Stdin::Null, cache, &Cancel::new())
    }

    fn load(&self, variables: &[(&str, &str)]) -> (HostTree, Loaded) {
        let tree = self.tree(variables);
        let loaded = load(&tree, "Kconfig").unwrap_or_else(|error| panic!("{error}"));
        (tree, loaded)
    }
}

fn config(loaded: &Loaded) -> String {
    let text = kconfig::config_file::config(&mut Evaluator::new(&loaded.model), "CONFIG_");
    String::from_utf8_lossy(&text)
        .lines()
        .filter(|line| line.contains("CONFIG_"))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn files_of_the_directory_come_before_those_of_the_srctree_and_probes_run_there() {
    let place = place(&[
        (
            "Kconfig",
            "source \"$(SUB)/Kconfig\"\nconfig PLACE\n\tstring\n\tdefault \"$(shell,pwd; echo $SUB)\"\n",
        ),
        ("a/Kconfig", "config A\n\tdef_bool n\n"),
    ]);
    fs::create_dir_all(&place.objtree.join("a")).unwrap();
    fs::write_atomic(&place.objtree.join("a/Kconfig"), b"config A\n\tdef_bool $(shell,echo y)\n").unwrap();
    let (tree, loaded) = place.load(&[("SUB", "a")]);
    assert_eq!(config(&loaded), format!("CONFIG_A=y\nCONFIG_PLACE=\"{} a\"", place.objtree));
    assert_eq!(loaded.env_used, [("SUB".to_owned(), "a".to_owned())]);
    let commands: Vec<_> =
        tree.probes().iter().map(|probe| String::from_utf8_lossy(&probe.command).into_owned()).collect();
    assert_eq!(commands, ["echo y", "pwd; echo $SUB"]);
}

#[test]
fn a_command_runs_once_however_often_it_is_written_and_an_answer_may_be_part_of_the_next() {
    let probe = "echo x >> log; wc -l < log | tr -d ' '";
    let place = place(&[(
        "Kconfig",
        &format!(
            "one := $(shell,{probe})\nconfig A\n\tint\n\tdefault $(one)\nconfig B\n\tint\n\tdefault $(shell,{probe})\n\
             config C\n\tint\n\tdefault $(shell,expr $(one) + 41)\n"
        ),
    )]);
    let (tree, loaded) = place.load(&[]);
    assert_eq!(config(&loaded), "CONFIG_A=1\nCONFIG_B=1\nCONFIG_C=42");
    assert_eq!(tree.probes().len(), 2);
}

#[test]
fn probes_run_side_by_side() {
    // Each waits until the other has begun.
    let meet = |own: &str, other: &str| {
        format!(
            "$(shell,echo > {own}; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do [ -e {other} ] && echo y && exit; sleep 0.1; done)"
        )
    };
    let place = place(&[(
        "Kconfig",
        &format!("config A\n\tdef_bool {}\nconfig B\n\tdef_bool {}\n", meet("a", "b"), meet("b", "a")),
    )]);
    if std::thread::available_parallelism().map_or(1, std::num::NonZero::get) < 2 {
        return;
    }
    let (_, loaded) = place.load(&[]);
    assert_eq!(config(&loaded), "CONFIG_A=y\nCONFIG_B=y");
}

#[test]
fn what_probes_say_on_standard_error_is_told_in_the_order_of_the_files() {
    let place = place(&[(
        "Kconfig",
        "a := $(shell,sleep 0.2; echo first >&2)\nb := $(shell,echo second >&2)\nconfig A\n\tbool \"a\"\n",
    )]);
    let (_, loaded) = place.load(&[]);
    let said: Vec<_> = loaded.messages.iter().map(|message| message.text.to_string()).collect();
    assert_eq!(said, ["first\n", "second\n"]);
}

#[test]
fn a_tree_that_is_not_kconfig_is_told_as_conf_does() {
    let place = place(&[("Kconfig", "source \"absent\"\n")]);
    let Err(LoadError::Parse(failed)) = load(&place.tree(&[]), "Kconfig") else { panic!("it loaded") };
    assert_eq!(failed.to_string(), "Kconfig:1: can't open file \"absent\"");
}
