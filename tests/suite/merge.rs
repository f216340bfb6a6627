//! `kernel config merge` and `kconf merge` against the trees' own `scripts/kconfig/merge_config.sh`: the same `.config`, and
//! of `kconf` the same words.

use std::fs;
use std::path::Path;
use std::process::Command;

use tests::{Project, kconf, needs};

const BASE: &str = "CONFIG_SMP=y\nCONFIG_NET=y\n# CONFIG_MODULES is not set\nCONFIG_NR_CPUS=64\nCONFIG_HZ_1000=y\n\
                    CONFIG_64BIT=y\nCONFIG_XZ_DEC=y\n";

const FRAGMENTS: [&str; 3] = [
    "# What a guest has.\nCONFIG_MODULES=y\nCONFIG_VIRTIO_MENU=y\nCONFIG_VIRTIO_PCI=y\nCONFIG_PCI=y\nCONFIG_XZ_DEC=m\n",
    "CONFIG_HZ_250=y\nCONFIG_NR_CPUS=8\nCONFIG_VIRTIO_PCI=m\nCONFIG_NO_SUCH_SYMBOL=y\n# CONFIG_NET is not set\n",
    "CONFIG_NET=y\nCONFIG_LOCALVERSION=\"-merged\"\nCONFIG_MODULES=y",
];

/// What the script writes, run in the folder of the project.
fn by_script(tree: &Path, project: &Project, options: &[&str]) -> String {
    let out = project.path("script");
    let _ = fs::remove_dir_all(&out);
    fs::create_dir_all(&out).unwrap();
    let output = Command::new("sh")
        .arg(tree.join("scripts/kconfig/merge_config.sh"))
        .args(options)
        .arg("-O")
        .arg(&out)
        .args(["base.config", "0.config", "1.config", "2.config"].map(|name| project.path(name)))
        // The script runs `make` where it stands.
        .current_dir(tree)
        .env_remove("MAKEFLAGS")
        .envs([("ARCH", "x86_64"), ("LOCALVERSION", "")])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::read_to_string(out.join(".config")).unwrap()
}

#[test]
fn merges_as_the_script_does() {
    for series in ["6_12", "6_1"] {
        let Some(tree) = needs::srctree(series) else { continue };
        let project = Project::empty();
        project.write("base.config", BASE);
        for (number, text) in FRAGMENTS.iter().enumerate() {
            project.write(&format!("{number}.config"), text);
        }
        let place = tree.to_string_lossy().into_owned();
        for options in [&["-m"][..], &["-m", "-y"], &["-m", "-r"], &[], &["-n"], &["-y"]] {
            let mut args = vec!["config", "merge", "--tree", &place, "--arch", "x86_64", "-O", "ours"];
            args.extend(options);
            args.extend(["base.config", "0.config", "1.config", "2.config"]);
            fs::create_dir_all(project.path("ours")).unwrap();
            project.kernel(&args).success();
            let (ours, theirs) = (project.read("ours/.config"), by_script(&tree, &project, options));
            assert!(ours == theirs, "{options:?} on {series}: the results differ");
        }
    }
}

/// `-s` refuses a fragment that changes a value, and writes nothing.
#[test]
fn strict_refuses_a_changed_value() {
    let project = Project::empty();
    project.write("base.config", BASE);
    project.write("a.config", FRAGMENTS[1]);
    let run =
        project.kernel(&["config", "merge", "-m", "-s", "-o", "out", "base.config", "a.config"]).exit(1);
    insta::assert_snapshot!(run.stderr, @"
    a.config: CONFIG_NR_CPUS was `CONFIG_NR_CPUS=64`, is `CONFIG_NR_CPUS=8`
    a.config: CONFIG_NET was `CONFIG_NET=y`, is `# CONFIG_NET is not set`
    error: 2 values changed by a fragment, and `--strict` forbids it
    ");
    assert!(!project.path("out").exists());
}

/// Files that `kconf merge` and the script are given; there are also the fragments of above.
const ODD: [(&str, &str); 6] = [
    ("a", "# base\nCONFIG_A=y\nCONFIG_B=m\nCONFIG_C=\"x  y\"\n# CONFIG_D is not set\nCONFIG_S=3\n"),
    ("b", "CONFIG_A=n\nCONFIG_B=m\nCONFIG_C=\"z\"\n# why\nCONFIG_N=y\n"),
    ("c", "CONFIG_A=m\nCONFIG_A=y\nCONFIG_D=y"),
    ("d", "CONFIG_A=m\nCONFIG_S=3\n"),
    ("x", "X_A=y\nX_S=4\nCONFIG_A=n\n"),
    ("x2", "X_A=n\nX_S=4\n# X_B is not set\nCONFIG_A=y\n"),
];

/// What a run left and said, with what differs from run to run taken away.
#[derive(Debug, PartialEq)]
struct Merged {
    code: Option<i32>,
    stdout: String,
    stderr: String,
    files: Vec<(String, Vec<u8>)>,
}

/// Runs the script or `kconf merge` in a folder of its own with [`ODD`] files.
fn merged(mut command: Command, args: &[&str], env: &[(&str, &str)]) -> Merged {
    let project = Project::empty();
    ODD.iter().for_each(|(name, text)| project.write(name, text));
    project.write("folder/f", "CONFIG_Q=y\n");
    command.args(args).current_dir(project.root()).env_remove("MAKEFLAGS").envs(env.iter().copied());
    let output = command.output().unwrap();
    let root = fs::canonicalize(project.root()).unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(&*root.to_string_lossy(), "[ROOT]");
    let name = |path: &Path| path.strip_prefix(project.root()).unwrap().to_string_lossy().into_owned();
    Merged {
        code: output.status.code(),
        stdout: text(&output.stdout),
        stderr: text(&output.stderr),
        files: project.snapshot("").into_iter().map(|(path, text)| (name(&path), text)).collect(),
    }
}

fn script(tree: &Path) -> Command {
    let mut script = Command::new("sh");
    script.arg(tree.join("scripts/kconfig/merge_config.sh"));
    script
}

fn kconf_merge() -> Command {
    let mut merge = Command::new(kconf());
    merge.arg("merge");
    merge
}

/// `kconf merge -m` has the script's command line, words, exit codes and bytes.
#[test]
fn kconf_merges_text_in_the_words_of_the_script() {
    for series in ["6_12", "6_1"] {
        let Some(tree) = needs::srctree(series) else { continue };
        let check = |args: &str, env: &[(&str, &str)]| {
            let args: Vec<&str> = args.split(' ').collect();
            let theirs = merged(script(&tree), &args, env);
            assert_eq!(merged(kconf_merge(), &args, env), theirs, "{args:?} {env:?} on {series}");
        };
        for args in [
            "-m a b c",
            "-m -r a b c d",
            "-m -y a d",
            "-m -y -r a d",
            "-m -s a b",
            "-m -s a c folder/f",
            "-m -s -r a folder/f",
            "-m -s -y a d",
            "-m -n a b",
            "-m a",
            "-m -O folder a b",
            "-m -O folder/ a b",
            "-m -O absent a",
            "-m a absent",
            "-m absent a",
            "-m ./a folder/f",
            "-m a b -r",
        ] {
            check(args, &[]);
        }
        // Behind the script of 6.1.
        if series != "6_1" {
            for args in ["-m -Q a b c", "-m -Q -r a d", "-m -Q -y a d", "-m -Q -s a b"] {
                check(args, &[]);
            }
        }
        check("-m a b", &[("KCONFIG_CONFIG", "mine")]);
        check("-m a b", &[("KCONFIG_CONFIG", "")]);
        check("-m -O folder a b", &[("KCONFIG_CONFIG", "folder/mine")]);
        check("-m x x2", &[("CONFIG_", "X_")]);
        check("-m a b", &[("CONFIG_", "")]);
    }
}

/// A text without the name of the merged text, with which warnings begin.
fn unnamed(text: &str) -> String {
    let behind = |line: &str| match line.split_once(".config") {
        Some((_, rest)) if rest.contains(":warning: ") => {
            rest.split_once(':').map(|(_, rest)| rest.to_owned())
        }
        _ => None,
    };
    text.lines().map(|line| behind(line).unwrap_or_else(|| line.to_owned()) + "\n").collect()
}

/// Without `-m` make resolves the merge, and what did not land is told as the script tells it.
#[test]
fn kconf_has_make_resolve_as_the_script_does() {
    let series: &[&str] = if needs::full() { &["6_12", "6_1"] } else { &["6_12"] };
    for series in series {
        let Some(tree) = needs::srctree(series) else { continue };
        if !["make", "flex", "bison", "gcc"].iter().all(|name| needs::program(name)) {
            return;
        }
        let project = Project::empty();
        project.write("base.config", BASE);
        FRAGMENTS.iter().enumerate().for_each(|(at, text)| project.write(&format!("{at}.config"), text));
        let out = project.path("out");
        fs::create_dir_all(&out).unwrap();
        let run = |mut command: Command, options: &[&str]| {
            let _ = fs::remove_file(out.join(".config"));
            command.args(options).arg("-O").arg(&out);
            command.args(["base", "0", "1", "2"].map(|name| project.path(&format!("{name}.config"))));
            // The script runs `make` where it stands.
            command
                .current_dir(&tree)
                .env_remove("MAKEFLAGS")
                .envs([("ARCH", "x86_64"), ("LOCALVERSION", "")]);
            let output = command.output().unwrap();
            let text = |bytes: &[u8]| unnamed(&String::from_utf8_lossy(bytes));
            (
                output.status.code(),
                text(&output.stdout),
                text(&output.stderr),
                fs::read(out.join(".config")).ok(),
            )
        };
        // The first run builds `conf`.
        run(script(&tree), &[]);
        let options: &[&[&str]] = if needs::full() { &[&[], &["-n", "-r"], &["-y"]] } else { &[&["-r"]] };
        for options in options {
            let (theirs, ours) = (run(script(&tree), options), run(kconf_merge(), options));
            assert!(theirs.1.contains("Value requested for CONFIG_NO_SUCH_SYMBOL"), "{}", theirs.1);
            assert_eq!(ours, theirs, "{options:?} on {series}");
        }
    }
}
