//! The kernelrelease that is computed against the one that the tree's own make prints.
//!
//! A real tree is not needed whole: `make kernelrelease` reads the top Makefile, `scripts/`, the architecture's Makefile
//! and the object tree's `auto.conf`. They are copied from an unpacked tree, so that the copy can be a git repository,
//! and each state of it is asked both ways.
#![allow(clippy::unwrap_used, reason = "a failure of a fixture is a panic")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use kernel_build::makefile::TreeVersion;
use kernel_build::release::{LocalVersionAuto, ReleaseInputs, compute};
use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::env::Env;
use tests::needs;

#[test]
fn as_make_prints_it_in_6_12() {
    differential("6_12");
}

#[test]
fn as_make_prints_it_in_6_1() {
    differential("6_1");
}

/// What brings the copy's repository into a state; git is run in the source tree, `above` in the folder around it.
type State = fn(&Copy);

const STATES: &[(&str, State)] = &[
    ("no repository", |_| {}),
    ("somebody else's repository around it", |tree| {
        tree.git_in(&tree.root, "init -q");
        tree.git_in(&tree.root, "add src/Kbuild");
        tree.git_in(&tree.root, "commit -qm around");
    }),
    ("a repository without a commit", |tree| tree.git("init -q")),
    ("clean", |tree| tree.commit()),
    ("dirty", |tree| {
        tree.commit();
        tree.edit();
    }),
    ("a tag without annotation", |tree| {
        tree.commit();
        tree.git(&format!("tag {}", tree.tag("")));
    }),
    ("the version's tag", |tree| {
        tree.commit();
        tree.annotate(&tree.tag(""));
    }),
    ("the version's tag, dirty", |tree| {
        tree.commit();
        tree.annotate(&tree.tag(""));
        tree.edit();
    }),
    ("two commits ahead, dirty", |tree| {
        tree.commit();
        tree.annotate(&tree.tag(""));
        tree.another();
        tree.another();
        tree.edit();
    }),
    ("the version's tag on another branch", |tree| {
        tree.commit();
        tree.git("checkout -qb side");
        tree.another();
        tree.annotate(&tree.tag(""));
        tree.git("checkout -q -");
    }),
    ("another annotated tag", |tree| {
        tree.commit();
        tree.annotate("v0.1");
    }),
    ("ahead of another annotated tag", |tree| {
        tree.commit();
        tree.annotate("v0.1");
        tree.another();
    }),
    ("tagged after the files, ahead of the version's tag", |tree| {
        tree.commit();
        tree.annotate(&tree.tag(""));
        tree.another();
        tree.annotate(&tree.tag("-rt5"));
    }),
    ("ahead of a tag that is the files' text", |tree| {
        tree.commit();
        tree.annotate("rt5");
        tree.another();
    }),
];

/// `localversion*` files: path and content.
const FILES: &[&[(&str, &str)]] = &[
    &[],
    &[("src/localversion-rt", "-rt5\n")],
    &[("obj/localversion", "-obj\n\n"), ("src/localversion.a", "-a"), ("src/localversion-B", "-B\n")],
    &[
        ("obj/localversion-1~", "-no"),
        ("src/localversion~", "-no"),
        ("src/localversion2", ""),
        ("src/localversion10", "-10"),
    ],
];

fn differential(series: &str) {
    let Some(from) = needs::srctree(series) else { return };
    if !["make", "git", "gcc"].into_iter().all(needs::program) {
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let tree = Copy::of(&from, temp.path());
    let env = Env::capture().unwrap();
    let mut compared = 0;
    for (state, bring) in STATES {
        fs::remove_dir_all(tree.root.join(".git")).ok();
        fs::remove_dir_all(tree.src().join(".git")).ok();
        fs::write(tree.src().join("Kbuild"), "# unchanged\n").unwrap();
        bring(&tree);
        for files in FILES {
            for (path, text) in *files {
                fs::write(tree.root.join(path), text).unwrap();
            }
            let settings: &[(&str, LocalVersionAuto)] = match *state {
                "no repository" | "two commits ahead, dirty" => &[
                    ("", LocalVersionAuto::Off),
                    ("-guest", LocalVersionAuto::Off),
                    ("-a.b_c+1~2", LocalVersionAuto::On),
                ],
                _ => &[("-guest", LocalVersionAuto::On)],
            };
            for (local_version, auto) in settings {
                tree.configure(local_version, *auto);
                let expect = tree.make_kernelrelease();
                let found = tree.compute(local_version, *auto, &env);
                assert_eq!(found, expect, "{series}, {state}, {files:?}, {local_version:?}, {auto:?}");
                compared += 1;
            }
            for (path, _) in *files {
                fs::remove_file(tree.root.join(path)).unwrap();
            }
        }
    }
    assert!(compared > 60, "{compared}");
}

/// What `make kernelrelease` needs of a tree, as `src`, and an object tree, as `obj`.
struct Copy {
    root: PathBuf,
    version: TreeVersion,
}

impl Copy {
    fn of(from: &Path, root: &Path) -> Self {
        for (folder, prefix) in [("", "Makefile"), ("scripts", ""), ("arch/x86", "Makefile")] {
            let to = root.join("src").join(folder);
            fs::create_dir_all(&to).unwrap();
            for entry in fs::read_dir(from.join(folder)).unwrap() {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap();
                if path.is_file() && name.to_string_lossy().starts_with(prefix) {
                    fs::copy(&path, to.join(name)).unwrap();
                }
            }
        }
        for folder in ["config", "generated"] {
            fs::create_dir_all(root.join("obj/include").join(folder)).unwrap();
        }
        fs::write(root.join("obj/include/generated/autoconf.h"), "").unwrap();
        fs::write(root.join("obj/.config"), "CONFIG_X86_64=y\n").unwrap();
        let makefile = fs::read_to_string(root.join("src/Makefile")).unwrap();
        Self { root: root.to_owned(), version: TreeVersion::parse(&makefile).unwrap() }
    }

    fn src(&self) -> PathBuf {
        self.root.join("src")
    }

    /// The tag of this version, as the kernel's maintainers name it.
    fn tag(&self, suffix: &str) -> String {
        format!("v{}{suffix}", self.version.kernelversion)
    }

    /// What `syncconfig` leaves for make; since 5.17 strings stand there without quotes.
    fn configure(&self, local_version: &str, auto: LocalVersionAuto) {
        let mut text = format!("CONFIG_X86_64=y\nCONFIG_64BIT=y\nCONFIG_LOCALVERSION={local_version}\n");
        if auto == LocalVersionAuto::On {
            text.push_str("CONFIG_LOCALVERSION_AUTO=y\n");
        }
        fs::write(self.root.join("obj/include/config/auto.conf"), text).unwrap();
    }

    fn make_kernelrelease(&self) -> String {
        let mut make = Command::new("make");
        make.args(["-s", "ARCH=x86_64", "kernelrelease"])
            .arg(format!("O={}", self.root.join("obj").display()));
        make.current_dir(self.src()).env("LOCALVERSION", "").env("LANG", "C");
        output(&mut make)
    }

    fn compute(&self, local_version: &str, auto: LocalVersionAuto, env: &Env) -> String {
        let (srctree, objtree) =
            (AbsPath::new(self.src()).unwrap(), AbsPath::new(self.root.join("obj")).unwrap());
        let version = &self.version;
        let inputs = ReleaseInputs { srctree: &srctree, objtree: &objtree, version, local_version, auto };
        let release = compute(&inputs, env, &Cancel::new()).unwrap();
        let joined: String = release.parts.iter().map(|part| part.text.as_str()).collect();
        assert_eq!(joined, release.text);
        release.text
    }

    fn git(&self, arguments: &str) {
        self.git_in(&self.src(), arguments);
    }

    fn git_in(&self, folder: &Path, arguments: &str) {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=t", "-c", "user.email=t@localhost", "-c", "init.defaultBranch=main"]);
        git.args(arguments.split(' ')).current_dir(folder).env("GIT_CONFIG_GLOBAL", "/dev/null");
        output(&mut git);
    }

    fn commit(&self) {
        self.git("init -q");
        self.git("add .");
        self.git("commit -qm first");
    }

    fn another(&self) {
        self.git("commit -q --allow-empty -m another");
    }

    fn annotate(&self, tag: &str) {
        self.git(&format!("tag -a -m tagged {tag}"));
    }

    fn edit(&self) {
        fs::write(self.src().join("Kbuild"), "# changed\n").unwrap();
    }
}

/// Runs a command as kbuild is run, without what a make or a git around the test left in the environment.
fn output(command: &mut Command) -> String {
    for name in
        ["MAKEFLAGS", "MFLAGS", "MAKELEVEL", "GNUMAKEFLAGS", "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"]
    {
        command.env_remove(name);
    }
    let output = command.output().unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {stdout}{stderr}");
    stdout.trim_end_matches('\n').to_owned()
}
