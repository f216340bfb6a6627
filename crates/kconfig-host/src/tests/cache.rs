//! What is kept between runs, and what makes it void. Compiler and linker are the machine's own.

use kernel_host::process::Command;

use super::*;
use crate::{Origin, ProbeRecord};

/// A place with programs of its own in front of the machine's.
struct Machine {
    place: Place,
    bin: AbsPath,
    cache: AbsPath,
}

fn machine(kconfig: &str, files: &[(&str, &str)]) -> Machine {
    let mut all = vec![("Kconfig", kconfig)];
    all.extend_from_slice(files);
    let place = place(&all);
    let (bin, cache) = (place.srctree.join("../bin"), place.srctree.join("../cache"));
    fs::create_dir_all(&bin).unwrap();
    for (path, _) in files {
        fs::set_executable(&place.srctree.join(path)).unwrap();
    }
    Machine { place, bin, cache }
}

impl Machine {
    fn env(&self) -> Env {
        Env::capture().unwrap()
    }

    /// Puts a copy of one of the machine's programs in front.
    fn copy(&self, program: &str, name: &str) {
        let from = fs::canonicalize(&self.env().find_program(program).unwrap()).unwrap();
        // By another process: a file that one of this process's children has open for writing cannot be run.
        let mut cp = Command::new("cp");
        cp.arg("--remove-destination").arg(&from).arg(self.bin.join(name));
        cp.checked_output(&Cancel::new()).unwrap();
    }

    /// One run: each probe's answer, and where it came from.
    fn run_with(&self, variables: &[(&str, &str)]) -> Vec<(String, Origin)> {
        let path = format!("{}:{}", self.bin, self.env().get("PATH").unwrap());
        let mut variables = variables.to_vec();
        variables.push(("PATH", path.as_str()));
        let tree = self.place.tree_with(&variables, &ProbeCache::Use(self.cache.clone()));
        load(&tree, "Kconfig").unwrap();
        tree.finish().unwrap();
        let told = |probe: ProbeRecord| {
            (String::from_utf8_lossy(&probe.answer.stdout).trim_end().to_owned(), probe.origin)
        };
        tree.probes().into_iter().map(told).collect()
    }

    fn run(&self) -> Vec<(String, Origin)> {
        self.run_with(&[])
    }
}

/// Where the rest of the compiler is: a copy of it does not know.
fn compiler_parts() -> String {
    let cc1 = Command::new("gcc").arg("-print-prog-name=cc1").checked_output(&Cancel::new()).unwrap().stdout;
    let cc1 = AbsPath::new(cc1.trim()).unwrap();
    format!("{}/", std::iter::successors(Some(cc1), AbsPath::parent).nth(3).unwrap())
}

fn config(command: &str) -> String {
    format!("config A\n\tdef_bool $(shell,{{ {command}; }} >/dev/null 2>&1 && echo y || echo n)\n")
}

const CC_OPTION: &str =
    "trap \"rm -rf .tmp_$$\" EXIT; mkdir .tmp_$$; gcc -Werror -fno-common -c -x c /dev/null -o .tmp_$$/tmp.o";

fn once(answer: &str, origin: Origin) -> Vec<(String, Origin)> {
    vec![(answer.to_owned(), origin)]
}

/// The files that a test has just made count by their text; a moment later, by their times.
fn settle() {
    kernel_host::clock::sleep(std::time::Duration::from_millis(2100));
}

#[test]
fn another_compiler_behind_the_same_path_is_asked_anew() {
    let machine = machine(&config(CC_OPTION), &[]);
    let parts = compiler_parts();
    let variables = [("GCC_EXEC_PREFIX", parts.as_str())];
    machine.copy("gcc", "gcc");
    assert_eq!(machine.run_with(&variables), once("y", Origin::RanFirst));
    assert_eq!(machine.run_with(&variables), once("y", Origin::Cached));
    machine.copy("false", "gcc");
    let [(answer, origin)] = &machine.run_with(&variables)[..] else { panic!() };
    assert_eq!(answer, "n");
    assert!(matches!(origin, Origin::RanAlways { .. }), "{origin:?}");
    machine.copy("gcc", "gcc");
    assert_eq!(machine.run_with(&variables), once("y", Origin::RanFirst));
    settle();
    machine.run_with(&variables);
    assert_eq!(machine.run_with(&variables), once("y", Origin::Cached));
    // A script could be anything.
    fs::write_atomic(&machine.bin.join("gcc"), b"#!/bin/sh\nexit 1\n").unwrap();
    let reason = "`gcc` is a script, and not of the tree".to_owned();
    assert_eq!(machine.run_with(&variables), once("n", Origin::RanAlways { reason }));
}

#[test]
fn a_program_behind_the_compiler_is_noticed() {
    let machine = machine(&config(CC_OPTION), &[]);
    let behind = machine.place.srctree.join("../behind");
    fs::create_dir_all(&behind).unwrap();
    let variables = [("COMPILER_PATH", &behind.to_string()[..])];
    assert_eq!(machine.run_with(&variables), once("y", Origin::RanFirst));
    assert_eq!(machine.run_with(&variables), once("y", Origin::Cached));
    fs::write_atomic(&behind.join("cc1"), b"#!/bin/sh\nexit 1\n").unwrap();
    fs::set_executable(&behind.join("cc1")).unwrap();
    let [(answer, _)] = &machine.run_with(&variables)[..] else { panic!() };
    assert_eq!(answer, "n");
    fs::remove_file(&behind.join("cc1")).unwrap();
    assert_eq!(machine.run_with(&variables), once("y", Origin::Cached));
    // The environment counts.
    assert_eq!(machine.run_with(&[variables[0], ("LANG", "xx")]), once("y", Origin::RanFirst));
    assert_eq!(machine.run_with(&[variables[0], ("SHLVL", "7")]), once("y", Origin::Cached));
}

#[test]
fn another_linker_and_one_that_comes_first_are_asked_anew() {
    let machine = machine(&config("ld -v --gc-sections"), &[]);
    let origin = &machine.run()[0].1.clone();
    assert_eq!(*origin, Origin::RanFirst);
    assert_eq!(machine.run(), once("y", Origin::Cached));
    machine.copy("false", "ld");
    assert_eq!(machine.run(), once("n", Origin::RanFirst));
    assert_eq!(machine.run(), once("n", Origin::Cached));
    machine.copy("true", "ld");
    assert_eq!(machine.run(), once("y", Origin::RanFirst));
    fs::remove_file(&machine.bin.join("ld")).unwrap();
    assert_eq!(machine.run(), once("y", Origin::Cached));
}

#[test]
fn a_script_of_the_tree_counts_with_its_text_and_with_those_that_it_calls() {
    let scripts = [
        ("scripts/outer.sh", "#!/bin/sh\n$(dirname $0)/inner.sh $1\n"),
        ("scripts/inner.sh", "#!/bin/sh\necho one $1\n"),
    ];
    let kconfig = "config A\n\tstring\n\tdefault \"$(shell,$(srctree)/scripts/outer.sh x)\"\n";
    let machine = machine(kconfig, &scripts);
    let tree = machine.place.srctree.to_string();
    let variables = [("srctree", tree.as_str())];
    assert_eq!(machine.run_with(&variables), once("one x", Origin::RanFirst));
    assert_eq!(machine.run_with(&variables), once("one x", Origin::Cached));
    fs::write_atomic(&machine.place.srctree.join("scripts/inner.sh"), b"#!/bin/sh\necho two $1\n").unwrap();
    assert_eq!(machine.run_with(&variables), once("two x", Origin::RanFirst));
    assert_eq!(machine.run_with(&variables), once("two x", Origin::Cached));
}

#[test]
fn a_file_that_a_probe_looks_at_counts_also_where_it_is_not_there() {
    let machine = machine(&config("test -e there"), &[]);
    let there = machine.place.objtree.join("there");
    assert_eq!(machine.run(), once("n", Origin::RanFirst));
    assert_eq!(machine.run(), once("n", Origin::Cached));
    fs::write_atomic(&there, b"").unwrap();
    assert_eq!(machine.run(), once("y", Origin::RanFirst));
    fs::remove_file(&there).unwrap();
    assert_eq!(machine.run(), once("n", Origin::Cached));
}

#[test]
fn another_directory_with_the_same_files_is_the_same() {
    let machine = machine(&config("python3 -c 'import absent_module'; test -e there"), &[]);
    let run = |name: &str| {
        let directory = machine.place.srctree.join("..").join(name);
        fs::create_dir_all(&directory).unwrap();
        let env = Env::from_vars([("PATH", machine.env().get("PATH").unwrap())], directory.clone());
        let cache = ProbeCache::Use(machine.cache.clone());
        let srctree = Some(machine.place.srctree.clone());
        let tree = HostTree::new(srctree, env, Stdin::Null, &cache, &Cancel::new());
        load(&tree, "Kconfig").unwrap();
        tree.finish().unwrap();
        (directory, tree.probes().remove(0).origin)
    };
    let (_, first) = run("one");
    if matches!(first, Origin::RanAlways { .. }) {
        return; // a `python3` of an unknown kind
    }
    assert_eq!(first, Origin::RanFirst);
    let (two, origin) = run("two");
    assert_eq!(origin, Origin::Cached);
    // What appears there counts there, also where Python alone looks for it.
    fs::write_atomic(&two.join("absent_module.py"), b"").unwrap();
    assert_eq!(run("two").1, Origin::RanFirst);
    assert_eq!(run("one").1, Origin::Cached);
    fs::write_atomic(&two.join("there"), b"").unwrap();
    assert_eq!(run("two").1, Origin::RanFirst);
}

#[test]
fn an_import_is_run_once_and_its_answer_follows_the_module() {
    let machine = machine(&config("python3 -c \"import own_module\""), &[]);
    let module = machine.place.objtree.join("own_module.py");
    let [(answer, origin)] = &machine.run()[..] else { panic!() };
    assert_eq!(answer, "n");
    if matches!(origin, Origin::RanAlways { .. }) {
        return; // a `python3` of an unknown kind
    }
    assert_eq!(machine.run(), once("n", Origin::Cached));
    // What was listed before is not what is the case now.
    fs::write_atomic(&module, b"").unwrap();
    assert_eq!(machine.run(), once("y", Origin::RanFirst));
    assert_eq!(machine.run(), once("y", Origin::Cached));
    // Python itself takes a file of the same length and second for the same file.
    fs::write_atomic(&module, b"raise SystemExit(3)\n").unwrap();
    assert_eq!(machine.run()[0].0, "n");
    fs::write_atomic(&module, b"raise SystemExit(0) # well\n").unwrap();
    assert_eq!(machine.run()[0].0, "y");
    fs::remove_file(&module).unwrap();
    assert_eq!(machine.run()[0].0, "n");
}

#[test]
fn a_module_that_ends_the_interpreter_is_imported_each_time() {
    let machine = machine(&config("python3 -c \"import own_module\""), &[]);
    fs::write_atomic(&machine.place.objtree.join("own_module.py"), b"raise SystemExit(0)\n").unwrap();
    let [(answer, Origin::RanAlways { reason })] = &machine.run()[..] else { panic!() };
    assert_eq!(answer, "y");
    // Or it is an interpreter of an unknown kind.
    assert!(reason.contains("own_module") || reason.contains("python3"), "{reason}");
}

#[test]
fn what_a_program_says_is_asked_anew_once_it_changes() {
    let machine = machine("", &[]);
    machine.copy("true", "ld");
    let ask = || {
        let path = format!("{}:{}", machine.bin, machine.env().get("PATH").unwrap());
        let env = Env::from_vars([("PATH", path)], machine.place.objtree.clone());
        let programs = crate::Programs::new(env, &ProbeCache::Use(machine.cache.clone()), &Cancel::new());
        assert_eq!(programs.ask(&["ld", "$(x)"]), None);
        programs.ask(&["ld", "--version"]).unwrap()
    };
    let first = ask();
    assert_eq!(first, ask());
    machine.copy("ld", "ld");
    let second = ask();
    assert_ne!(second.stdout, first.stdout);
    fs::write_atomic(&machine.bin.join("ld"), b"#!/bin/sh\necho three\n").unwrap();
    assert_eq!(ask().stdout, b"three\n");
}

#[test]
fn an_answer_that_a_signal_cut_off_is_not_kept() {
    let machine = machine("config A\n\tstring\n\tdefault \"$(shell,echo x; kill -9 $$)\"\n", &[]);
    let [(answer, Origin::RanAlways { reason })] = &machine.run()[..] else { panic!() };
    assert_eq!(answer, "x");
    assert_eq!(reason, "it runs `kill`, and what that reads is not known");
}

#[test]
fn verifying_runs_all_and_tells_both_answers() {
    let machine = machine(&config("test -e there"), &[]);
    machine.run();
    let tree = |cache| machine.place.tree_with(&[], &cache);
    let verify = tree(ProbeCache::Verify(machine.cache.clone()));
    load(&verify, "Kconfig").unwrap();
    verify.finish().unwrap();

    // A false answer under the true key.
    let verify = tree(ProbeCache::Verify(machine.cache.clone()));
    let command = b"{ test -e there; } >/dev/null 2>&1 && echo y || echo n";
    verify.keep_falsely(command, "maybe\n");
    load(&verify, "Kconfig").unwrap();
    let mismatches = verify.finish().unwrap_err();
    let told: Vec<_> = mismatches.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "the probe `{ test -e there; } >/dev/null 2>&1 && echo y || echo n` answered `n`, but `maybe` was kept"
        ]
    );
}

#[test]
fn a_header_that_appears_where_the_compiler_looks_first_is_noticed() {
    let script = "#!/bin/sh\ncat << END | $@ -x c - -o /dev/null >/dev/null 2>&1\n#include <stdio.h>\nint main(void)\n{\n\
                  \treturn 0;\n}\nEND\n";
    let kconfig = config("$(srctree)/scripts/link.sh gcc");
    let machine = machine(&kconfig, &[("scripts/link.sh", script)]);
    let (tree, headers) = (machine.place.srctree.to_string(), machine.place.srctree.join("../include"));
    fs::create_dir_all(&headers).unwrap();
    let path = headers.to_string();
    let variables = [("srctree", tree.as_str()), ("C_INCLUDE_PATH", path.as_str())];
    assert_eq!(machine.run_with(&variables), once("y", Origin::RanFirst));
    assert_eq!(machine.run_with(&variables), once("y", Origin::Cached));
    fs::write_atomic(&headers.join("stdio.h"), b"#error none\n").unwrap();
    assert_eq!(machine.run_with(&variables), once("n", Origin::RanFirst));
    assert_eq!(machine.run_with(&variables), once("n", Origin::Cached));
    fs::remove_file(&headers.join("stdio.h")).unwrap();
    assert_eq!(machine.run_with(&variables), once("y", Origin::Cached));
}
