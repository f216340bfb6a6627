//! Toolchains that a manifest names.

use std::fs;
use std::process::Command;

use tests::{Project, Run, needs};

use crate::release_server::pin_toy;

/// The toy with a toolchain.
fn project(toolchain: &str) -> Project {
    let project = Project::toy();
    project.replace(
        "Kernel.toml",
        "arch = \"x86_64\"",
        &format!("arch = \"x86_64\"\ntoolchain = {toolchain}"),
    );
    project
}

/// A compiler of another name in front of the machine's own.
fn with_gcc_99(project: &Project, args: &[&str]) -> Run {
    with_script(project, "#!/bin/sh\necho \"$@\" >> \"$(dirname \"$0\")/called\"\nexec gcc \"$@\"\n", args)
}

fn with_script(project: &Project, text: &str, args: &[&str]) -> Run {
    let folder = project.path("tools");
    fs::create_dir_all(&folder).unwrap();
    let script = folder.join("gcc-99");
    fs::write(&script, text).unwrap();
    fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    Run::new(&project.command(args).env("PATH", path).output().unwrap())
}

/// The compiler of that name compiles; another name in the manifest is another toolchain.
#[test]
fn a_compiler_by_its_name() {
    let project = project("\"gcc-99\"");
    with_gcc_99(&project, &["build"]).success();
    let called = project.read("tools/called");
    assert!(called.lines().any(|line| line.contains("init/main.c")), "{called}");
    let log = project.read("target/kernel/.work/guest/build.log");
    assert!(log.lines().next().unwrap().contains(" CC=gcc-99"), "{log}");
    assert!(with_gcc_99(&project, &["build"]).success().stderr.contains("Fresh"));

    let calls = || project.read("tools/called").lines().filter(|line| line.contains("init/main.c")).count();
    let before = calls();
    project.replace("Kernel.toml", "toolchain = \"gcc-99\"", "toolchain = { name = \"gcc\", gcc = \">=5\" }");
    with_gcc_99(&project, &["build"]).success();
    assert_eq!(calls(), before, "the other compiler compiled");
}

/// What is not there, what is no name, and what the tree does not take.
#[test]
fn what_cannot_be_had_is_told() {
    let last = |toolchain: &str| {
        let project = project(toolchain);
        let run = project.kernel(&["build"]).exit(1);
        let said = project.said(&run);
        said[said.find("error:").expect("an error")..].lines().take(5).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(last("\"gcc-99\"").lines().next().unwrap(), @r#"error: cannot find `gcc-99`, which `toolchain = "gcc-99"` asks for"#);
    insta::assert_snapshot!(last("\"llvm-99\"").lines().next().unwrap(), @r#"error: cannot find `clang-99`, which `toolchain = "llvm-99"` asks for"#);
    insta::assert_snapshot!(last("\"clang\""), @r#"
    error: `clang` is no toolchain: expected `gcc`, `llvm`, or one with a number: `gcc-13`, `llvm-17`
      --> Kernel.toml:10:13
    10 | toolchain = "clang"
       |             ^^^^^^^
    "#);
    insta::assert_snapshot!(last("17"), @"
    error: `toolchain` in `[kernel.guest]` is an integer, expected a string or a table
      --> Kernel.toml:10:13
    10 | toolchain = 17
       |             ^^
    ");
}

/// A compiler that no tree of that version takes is told before anything is downloaded.
#[test]
fn a_compiler_that_is_too_old_is_told_before_the_download() {
    let project = project("\"gcc-99\"");
    let server = pin_toy(&[&project]);
    project.kernel(&["plan"]).exit(1);
    server.asked();
    let version = "#!/bin/sh\ncase \"$1\" in -dumpfullversion) echo 4.9.2;; *) exec gcc \"$@\";; esac\n";
    let run = with_script(&project, version, &["build"]).exit(1);
    insta::assert_snapshot!(project.said(&run), @"
    error: `gcc` is version 4.9.2: expected 5.1.0 or newer
    hint: install a newer `gcc`; the rule is in Documentation/process/changes.rst of the kernel source
    ");
    assert_eq!(server.asked(), [""; 0]);
}

/// LLVM's programs on a real tree: its Kconfig finds clang and lld.
#[test]
fn llvm_is_what_a_real_tree_finds() {
    let Some(tree) = needs::srctree("6_12") else { return };
    if !needs::programs(&["clang", "ld.lld", "llvm-ar", "llvm-nm", "llvm-objcopy", "llvm-strip"]) {
        return;
    }
    let project = Project::empty();
    for arch in ["x86_64", "aarch64"] {
        project.write(
            "Kernel.toml",
            &format!(
                "schema = 1\n[source.linux]\npath = {tree:?}\n\n[kernel.guest]\nsource = \"linux\"\narch = \"{arch}\"\n\
                 base = \"tinyconfig\"\ntoolchain = \"llvm\"\n"
            ),
        );
        let run = project.kernel(&["config", "resolve", "guest"]).success();
        for symbol in ["CC_IS_CLANG", "LD_IS_LLD", "AS_IS_LLVM"] {
            assert!(
                run.stdout.contains(&format!("\nCONFIG_{symbol}=y\n")),
                "{arch}: {symbol}\n{}",
                run.stderr
            );
        }
    }
}

/// What `toolchain = "llvm"` resolves to is what the tree's own `make LLVM=1 defconfig` writes.
#[test]
fn llvm_resolves_to_what_the_tree_writes() {
    let Some(tree) = needs::srctree("6_12") else { return };
    if !needs::programs(&["clang", "ld.lld", "llvm-ar", "llvm-nm", "llvm-objcopy", "llvm-strip"]) {
        return;
    }
    let project = Project::empty();
    for (arch, make) in [("x86_64", "x86_64"), ("aarch64", "arm64")] {
        project.write(
            "Kernel.toml",
            &format!(
                "schema = 1\n[source.linux]\npath = {tree:?}\n\n[kernel.guest]\nsource = \"linux\"\narch = \"{arch}\"\n\
                 base = \"defconfig\"\nunlisted = \"default\"\ntoolchain = \"llvm\"\n"
            ),
        );
        let ours = project.kernel(&["config", "resolve", "guest"]).success().stdout;
        let objtree = project.path(&format!("theirs-{arch}"));
        fs::create_dir_all(&objtree).unwrap();
        let mut theirs = Command::new("make");
        theirs.arg("-C").arg(&tree).arg(format!("O={}", objtree.display()));
        theirs.args(["LLVM=1", &format!("ARCH={make}"), "defconfig"]).env_remove("MAKEFLAGS");
        let done = theirs.output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let theirs = fs::read_to_string(objtree.join(".config")).unwrap();
        assert!(theirs.contains("\nCONFIG_CC_IS_CLANG=y\n"), "{arch}: not by clang");
        let differs = ours.lines().zip(theirs.lines()).find(|(ours, theirs)| ours != theirs);
        assert_eq!(differs, None, "{arch}");
        assert_eq!(ours.lines().count(), theirs.lines().count(), "{arch}");
    }
}
