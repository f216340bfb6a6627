//! The engine in the product against the tree's own `conf`, on real trees: the same bytes, and nothing left for kbuild to do.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tests::{Project, Run, needs, workspace_root};

/// This workspace's kernels and two others, on one tree.
fn project(tree: &Path) -> Project {
    let project = Project::empty();
    for name in ["guest", "."] {
        for entry in fs::read_dir(workspace_root().join("kernel").join(name)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let file = path.file_name().unwrap().to_string_lossy().into_owned();
                project.write(&format!("kernel/{name}/{file}"), &fs::read_to_string(&path).unwrap());
            }
        }
    }
    project.write(
        "Kernel.toml",
        &format!(
            "schema = 1\n[source.linux]\npath = {tree:?}\n\n\
             [kernel.guest]\nsource = \"linux\"\narch = \"x86_64\"\nbase = \"tinyconfig\"\n\
             fragments = [\"kernel/guest/*.config\"]\nlocal-version = \"-guest\"\nimages = [\"vmlinux\"]\n\n\
             [kernel.nested-host]\nsource = \"linux\"\narch = \"x86_64\"\nbase = \"tinyconfig\"\n\
             fragments = [\"kernel/guest/*.config\", \"kernel/nested-host.config\"]\nimages = [\"vmlinux\"]\n\n\
             [kernel.full]\nsource = \"linux\"\narch = \"x86_64\"\nbase = \"defconfig\"\nunlisted = \"default\"\n\
             mod2yes = true\nimages = [\"vmlinux\"]\n"
        ),
    );
    project
}

fn resolved(project: &Project, kernel: &str, kconfig: &str) -> String {
    resolved_by(project, kernel, kconfig, &[])
}

fn resolved_by(project: &Project, kernel: &str, kconfig: &str, env: &[(&str, &str)]) -> String {
    let mut command = project.command(&["check", kernel, kconfig]);
    Run::new(&command.envs(env.iter().copied()).output().unwrap()).success();
    project.read(&format!("target/kernel/.work/{kernel}/resolved.config"))
}

/// Both ways to resolve, for each kernel on each tree.
#[test]
fn both_routes_resolve_to_the_same_bytes() {
    for series in ["6_12", "6_1"] {
        let Some(tree) = needs::srctree(series) else { continue };
        let project = project(&tree);
        for kernel in ["guest", "nested-host", "full"] {
            let by_engine = resolved(&project, kernel, "--kconfig=engine");
            let by_tree = resolved(&project, kernel, "--kconfig=tree");
            assert!(by_engine == by_tree, "{kernel} on {series}: the routes differ");
        }
    }
}

/// The same where clang compiles.
#[test]
fn both_routes_resolve_to_the_same_bytes_under_clang() {
    let series: &[&str] = if needs::full() { &["6_12", "6_1"] } else { &["6_12"] };
    for series in series {
        let Some(tree) = needs::srctree(series).filter(|_| needs::program("clang")) else {
            continue;
        };
        let project = project(&tree);
        let by = |kconfig| resolved_by(&project, "full", kconfig, &[("CC", "clang")]);
        let (by_engine, by_tree) = (by("--kconfig=engine"), by("--kconfig=tree"));
        assert!(by_engine == by_tree, "on {series}: the routes differ");
        assert!(by_engine.contains("CONFIG_CC_IS_CLANG=y\n"), "on {series}: not by clang");
    }
}

/// A `make` that makes `prepare` where `vmlinux` is asked for: everything that looks at the configuration, no kernel.
fn make_that_stops_early(project: &Project) -> PathBuf {
    let make = std::env::split_paths(&std::env::var_os("PATH").unwrap())
        .map(|folder| folder.join("make"))
        .find(|path| path.is_file())
        .unwrap();
    let script = format!(
        "#!/bin/sh\nfor word; do shift; [ \"$word\" = vmlinux ] && word=prepare; set -- \"$@\" \"$word\"; done\n\
         exec {} \"$@\"\n",
        make.display()
    );
    project.write("bin/make", &script);
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(project.path("bin/make"), executable).unwrap();
    project.path("bin")
}

/// What the tree's own `conf` makes of a `.config`, in an object tree of its own.
fn synced_by_the_tree(tree: &Path, config: &str, objtree: &Path) {
    fs::create_dir_all(objtree).unwrap();
    fs::write(objtree.join(".config"), config).unwrap();
    let output = Command::new("make")
        .arg("-C")
        .arg(tree)
        .arg(format!("O={}", objtree.display()))
        .args(["ARCH=x86_64", "syncconfig"])
        .env_remove("MAKEFLAGS")
        .env("LOCALVERSION", "")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// kbuild takes the engine's files as they are: it builds no `conf`, and they are what that `conf` would have written.
#[test]
fn kbuild_finds_nothing_to_do() {
    for series in ["6_12", "6_1"] {
        let Some(tree) = needs::srctree(series) else { continue };
        let project = project(&tree);
        let bin = make_that_stops_early(&project);
        let path = std::env::var_os("PATH").unwrap();
        let path = std::env::join_paths(std::iter::once(bin).chain(std::env::split_paths(&path))).unwrap();
        let build = || {
            let mut command = project.command(&["build", "guest"]);
            // There is no vmlinux to verify: that is where it ends.
            let run = Run::new(&command.env("PATH", &path).output().unwrap()).exit(6);
            assert!(run.stderr.contains("no `vmlinux`"), "{}", run.stderr);
            project.read("target/kernel/.work/guest/build.log")
        };
        let log = build();
        for word in ["SYNC", "scripts/kconfig", " LEX ", " YACC "] {
            assert!(!log.contains(word), "on {series}, make had reason for `{word}`:\n{log}");
        }
        let objtree = project.path("target/kernel/.work/guest/objtree");
        let theirs = project.path("theirs");
        synced_by_the_tree(&tree, &fs::read_to_string(objtree.join(".config")).unwrap(), &theirs);
        for file in [
            ".config",
            "include/config/auto.conf",
            "include/config/auto.conf.cmd",
            "include/generated/autoconf.h",
            "include/generated/rustc_cfg",
        ] {
            let read = |objtree: &Path| fs::read_to_string(objtree.join(file)).unwrap();
            assert!(read(&objtree) == read(&theirs), "{file} on {series} is not what conf writes");
        }
        let names = |objtree: &Path| {
            let names = fs::read_dir(objtree.join("include/config")).unwrap();
            let mut names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
            names.retain(|name| name != "kernel.release");
            names.sort();
            names
        };
        assert_eq!(names(&objtree), names(&theirs), "the touched files on {series}");

        // A second time there is nothing to write either.
        let time = || fs::metadata(objtree.join("include/config/auto.conf")).unwrap().modified().unwrap();
        let before = time();
        build();
        assert_eq!(before, time(), "written again on {series}");
    }
}
