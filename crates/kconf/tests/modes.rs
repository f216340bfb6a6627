//! The built program, in a directory of its own: files, streams and exit codes as `conf`'s.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a test runs the program")]

use std::path::Path;
use std::process::{Command, Stdio};

const KCONFIG: &str = "config A\n\tbool \"a\"\n\tdefault y\nconfig B\n\tbool \"b\"\n";
const HEAD: &str = "#\n# Automatically generated file; DO NOT EDIT.\n# Main menu\n#\n";

struct Ran {
    status: i32,
    stdout: String,
    stderr: String,
}

fn kconf(directory: &Path, env: &[(&str, &str)], args: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kconf"));
    command.current_dir(directory).env_clear().envs(env.iter().copied()).args(args).stdin(Stdio::null());
    let output = command.output().expect("kconf runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    Ran {
        status: output.status.code().expect("a status"),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    for (name, text) in [("Kconfig", KCONFIG)].iter().chain(files) {
        let path = directory.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, text).expect("written");
    }
    directory
}

fn read(directory: &tempfile::TempDir, name: &str) -> String {
    std::fs::read_to_string(directory.path().join(name)).expect("a file")
}

#[test]
fn a_config_is_replaced_only_if_it_changes() {
    let tree = tree(&[(".config", "CONFIG_A=n\n")]);
    let first = kconf(tree.path(), &[], &["--olddefconfig", "Kconfig"]);
    assert_eq!((first.status, first.stderr.as_str()), (0, ""));
    assert_eq!(first.stdout, "#\n# configuration written to .config\n#\n");
    let written = format!("{HEAD}# CONFIG_A is not set\n# CONFIG_B is not set\n");
    assert_eq!((read(&tree, ".config"), read(&tree, ".config.old")), (written, "CONFIG_A=n\n".to_owned()));
    let again = kconf(tree.path(), &[], &["--olddefconfig", "Kconfig"]);
    assert_eq!(again.stdout, "#\n# No change to .config\n#\n");
    for (value, said) in
        [("1", "configuration written to"), ("0", "configuration written to"), ("", "No change to")]
    {
        let again = kconf(tree.path(), &[("KCONFIG_OVERWRITECONFIG", value)], &["--olddefconfig", "Kconfig"]);
        assert_eq!(again.stdout, format!("#\n# {said} .config\n#\n"), "{value:?}");
    }
    assert_eq!(read(&tree, ".config.old"), "CONFIG_A=n\n");
    assert_eq!(kconf(tree.path(), &[], &["-s", "--olddefconfig", "Kconfig"]).stdout, "");
}

#[test]
fn a_seed_is_named_or_looked_for() {
    let tree = tree(&[("all.config", "CONFIG_A=n\n"), ("my.config", "CONFIG_B=n\n")]);
    let resolved = |a: &str, b: &str| format!("{HEAD}{a}\n{b}\n");
    for (name, expected) in [
        ("", resolved("# CONFIG_A is not set", "CONFIG_B=y")),
        ("1", resolved("# CONFIG_A is not set", "CONFIG_B=y")),
        ("my.config", resolved("CONFIG_A=y", "# CONFIG_B is not set")),
    ] {
        let ran = kconf(tree.path(), &[("KCONFIG_ALLCONFIG", name)], &["--allyesconfig", "Kconfig"]);
        assert_eq!((ran.status, read(&tree, ".config")), (0, expected), "`{name}`");
    }
    let absent = kconf(tree.path(), &[("KCONFIG_ALLCONFIG", "nope")], &["--allyesconfig", "Kconfig"]);
    assert_eq!(absent.status, 1);
    assert_eq!(absent.stderr, "*** Can't read seed configuration \"nope\"!\n");
}

#[test]
fn files_are_looked_for_in_the_srctree_too() {
    let tree = tree(&[("some_defconfig", "CONFIG_B=y\n")]);
    let objtree = tempfile::tempdir().expect("a directory");
    let srctree = tree.path().to_str().expect("UTF-8");
    let env = [("srctree", srctree), ("KCONFIG_CONFIG", "deep/down/config")];
    let ran = kconf(objtree.path(), &env, &["--defconfig=some_defconfig", "Kconfig"]);
    assert_eq!(ran.stdout, "#\n# configuration written to deep/down/config\n#\n");
    assert_eq!(read(&objtree, "deep/down/config"), format!("{HEAD}CONFIG_A=y\nCONFIG_B=y\n"));
    let env = [("srctree", srctree), ("KCONFIG_DEFCONFIG_LIST", "nope some_defconfig")];
    let ran = kconf(objtree.path(), &env, &["--savedefconfig", "small", "Kconfig"]);
    assert_eq!(ran.stdout, "#\n# using defaults found in some_defconfig\n#\n");
    assert_eq!(read(&objtree, "small"), "CONFIG_B=y\n");
}

#[test]
fn a_warning_can_be_an_error() {
    let tree = tree(&[(".config", "CONFIG_A=what\n")]);
    let ran = kconf(tree.path(), &[("KCONFIG_WERROR", "1")], &["--olddefconfig", "Kconfig"]);
    assert_eq!(ran.status, 1);
    assert_eq!(ran.stderr, ".config:1:warning: symbol value 'what' invalid for A\n");
    assert_eq!(read(&tree, ".config"), "CONFIG_A=what\n");
    let gone = kconf(tree.path(), &[], &["--olddefconfig", "nowhere"]);
    assert_eq!((gone.status, gone.stderr.as_str()), (1, "can't find file nowhere\n"));
}

#[test]
fn questions_are_answered_from_standard_input() {
    let tree = tree(&[(".config", "CONFIG_A=y\n")]);
    let asked = |args: &[&str], answers: &str| {
        std::fs::write(tree.path().join("answers"), answers).expect("written");
        let mut command = Command::new(env!("CARGO_BIN_EXE_kconf"));
        command.current_dir(tree.path()).env_clear().args(args);
        command.stdin(std::fs::File::open(tree.path().join("answers")).expect("answers"));
        let output = command.output().expect("kconf runs");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let restart = "*\n* Restart config...\n*\n*\n* Main menu\n*\n";
    let help = asked(&["--helpnewconfig", "Kconfig"], "");
    assert!(help.1.starts_with("-----\n\nThere is no help available for this option.\nSymbol: B [=n]\n"));
    let stdout = format!(
        "{restart}a (A) [Y/n/?] y\nb (B) [N/y/?] (NEW) y\n#\n# configuration written to .config\n#\n"
    );
    assert_eq!(asked(&["--oldconfig", "Kconfig"], "y\n"), (Some(0), stdout, String::new()));
    assert_eq!(read(&tree, ".config"), format!("{HEAD}CONFIG_A=y\nCONFIG_B=y\n"));
    let (status, stdout, stderr) = asked(&["Kconfig"], "n\n");
    assert_eq!(status, Some(0));
    assert!(stdout.starts_with("*\n* Main menu\n*\na (A) [Y/n/?] n\nb (B) [Y/n/?] \n"), "{stdout}");
    assert_eq!(stderr, "\nError in reading or end of file.\n");
    assert_eq!(read(&tree, ".config"), format!("{HEAD}# CONFIG_A is not set\nCONFIG_B=y\n"));
}

#[test]
fn questions_end_where_no_answer_can_be_had() {
    let tree = tree(&[("Kconfig", "config A\n\tint \"a\"\n"), ("scripts/kconfig/parser.y", "T_OPTIONAL")]);
    let srctree = tree.path().to_str().expect("UTF-8");
    let ran = kconf(tree.path(), &[("srctree", srctree)], &["--oldconfig", "Kconfig"]);
    assert_eq!(ran.status, 1);
    assert_eq!(
        ran.stderr,
        "\nError in reading or end of file.\n\nerror: no value for new symbol 'A' at end of input\n"
    );
}

#[test]
fn what_is_new_is_asked_and_the_build_learns_what_changed() {
    let tree = tree(&[(".config", "CONFIG_A=y\n")]);
    let ran = kconf(tree.path(), &[], &["--syncconfig", "Kconfig"]);
    assert_eq!(ran.status, 0);
    assert_eq!(
        ran.stdout,
        "*\n* Restart config...\n*\n*\n* Main menu\n*\na (A) [Y/n/?] y\nb (B) [N/y/?] (NEW) \n"
    );
    assert_eq!(ran.stderr, "\nError in reading or end of file.\n");
    let head = "#\n# Automatically generated file; DO NOT EDIT.\n# Main menu\n#\n";
    assert_eq!(read(&tree, "include/config/auto.conf"), format!("{head}CONFIG_A=y\n"));
    assert_eq!(read(&tree, "include/generated/rustc_cfg"), "--cfg=CONFIG_A\n--cfg=CONFIG_A=\"y\"\n");
    assert_eq!(read(&tree, "include/config/A"), "");
    assert!(!tree.path().join("include/config/B").exists());
    std::fs::write(tree.path().join(".config"), "CONFIG_A=y\nCONFIG_B=y\n").expect("written");
    let ran = kconf(tree.path(), &[("KCONFIG_NOSILENTUPDATE", "1")], &["--syncconfig", "Kconfig"]);
    assert_eq!((ran.status, ran.stdout.as_str(), ran.stderr.as_str()), (0, "", ""));
    assert!(tree.path().join("include/config/B").exists());
    std::fs::write(tree.path().join(".config"), "CONFIG_A=y\n").expect("written");
    let ran = kconf(tree.path(), &[("KCONFIG_NOSILENTUPDATE", "1")], &["--syncconfig", "Kconfig"]);
    assert_eq!(ran.status, 1);
    assert_eq!(ran.stderr, "\n*** The configuration requires explicit update.\n\n");
}

#[test]
fn warnings_come_as_often_as_everything_is_evaluated() {
    const UNMET: &str = "config D\n\tbool\n\tdepends on n\nconfig T\n\tbool \"t\"\n\tselect D\n";
    const STANDS: &str = "CONFIG_D=y\nCONFIG_T=y\n";
    for (config, mode, times) in [
        ("CONFIG_T=y\n", "--olddefconfig", 1),
        (STANDS, "--olddefconfig", 2),
        (STANDS, "--oldconfig", 2),
        (STANDS, "--listnewconfig", 1),
        (STANDS, "--helpnewconfig", 1),
        ("CONFIG_T=y\n", "--savedefconfig=defconfig", 2),
        ("CONFIG_T=y\n", "--defconfig=.config", 2),
        (STANDS, "--defconfig=.config", 2),
    ] {
        let tree = tree(&[("Kconfig", UNMET), (".config", config)]);
        let ran = kconf(tree.path(), &[], &[mode, "Kconfig"]);
        let told = ran.stderr.matches("WARNING: unmet direct dependencies").count();
        assert_eq!((ran.status, told), (0, times), "{mode} of {config:?}");
    }
}

#[test]
fn odd_names_of_files() {
    const UNMET: &str = "config D\n\tbool\n\tdepends on n\nconfig T\n\tbool \"t\"\n\tselect D\n";
    let tree = tree(&[("Kconfig", UNMET), (".config", "CONFIG_T=y\n"), ("folder/file", "")]);
    let failed = "\n*** Error during writing of the configuration.\n\n";
    for (name, said) in [("", "config name is empty\n"), ("folder", "folder: Is a directory\n")] {
        let ran = kconf(tree.path(), &[("KCONFIG_CONFIG", name)], &["--allyesconfig", "Kconfig"]);
        assert_eq!((ran.status, ran.stderr), (1, format!("{said}{failed}")), "`{name}`");
        let ran = kconf(tree.path(), &[("KCONFIG_CONFIG", name)], &["--listnewconfig", "Kconfig"]);
        assert_eq!(
            (ran.status, ran.stdout.as_str(), ran.stderr.as_str()),
            (0, "CONFIG_T=n\n", ""),
            "`{name}`"
        );
    }
    // Nothing is evaluated for a file that cannot be opened: the warning comes once, from what was read.
    let ran = kconf(tree.path(), &[], &["--savedefconfig=no/such/file", "Kconfig"]);
    assert_eq!((ran.status, ran.stderr.matches("unmet direct").count()), (1, 1), "{}", ran.stderr);
    assert!(ran.stderr.ends_with("n*** Error while saving defconfig to: no/such/file\n\n"), "{}", ran.stderr);
    // Without a prefix, too, a file ends with its last line.
    let ran = kconf(
        tree.path(),
        &[("CONFIG_", ""), ("KCONFIG_ALLCONFIG", "seed")],
        &["-s", "--allnoconfig", "Kconfig"],
    );
    assert_eq!(ran.stderr, "*** Can't read seed configuration \"seed\"!\n");
    std::fs::write(tree.path().join("seed"), "T=y\n").expect("written");
    let ran = kconf(
        tree.path(),
        &[("CONFIG_", ""), ("KCONFIG_ALLCONFIG", "seed")],
        &["-s", "--allnoconfig", "Kconfig"],
    );
    assert_eq!(ran.stderr.matches("unexpected data").count(), 0, "{}", ran.stderr);
}

/// What is evaluated twice comes to the same: the mode of a choice that was asked for in part is kept.
#[test]
fn a_choice_that_was_asked_for_in_part_keeps_its_mode() {
    const CHOICE: &str = "config MODULES\n\tdef_bool y\n\tmodules\nchoice\n\tprompt \"c\"\nconfig A\n\ttristate \"a\"\n\
                          config B\n\ttristate \"b\"\nendchoice\n";
    for mode in ["--defconfig=given", "--olddefconfig"] {
        // The word that only trees until 6.10 have.
        let until_6_10 = ("scripts/kconfig/parser.y", "%token T_OPTIONAL");
        let asked = "CONFIG_A=y\n";
        let tree = tree(&[("Kconfig", CHOICE), until_6_10, ("given", asked), (".config", asked)]);
        let ran = kconf(tree.path(), &[], &[mode, "Kconfig"]);
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        let config = read(&tree, ".config");
        assert!(config.contains("CONFIG_A=y\n# CONFIG_B is not set\n"), "{mode}: {config}");
    }
}
