//! A compiler cache in front of the compilers, and make none the wiser.

use std::fs;

use tests::{Project, Run, needs};

fn build(project: &Project, args: &[&str]) -> Run {
    let mut command = project.command(&[&["build"], args].concat());
    Run::new(&command.env("CCACHE_DIR", project.path("ccache")).output().unwrap())
}

/// What was compiled once is found again when the object tree is gone; C and assembler are counted apart.
#[test]
fn a_clean_build_hits() {
    if !needs::program("ccache") {
        return;
    }
    let project = Project::toy();
    project.replace("Kernel.toml", "schema = 1\n", "schema = 1\ncompiler-cache = \"ccache\"\n");
    let first = build(&project, &[]).success();
    assert!(first.stderr.contains("ccache: 0 of 2 C files, 0 of 1 assembler files"), "{}", first.stderr);
    let image = fs::read(project.path("target/kernel/guest/vmlinux")).unwrap();

    project.kernel(&["clean"]).success();
    let second = build(&project, &[]).success();
    assert!(second.stderr.contains("ccache: 2 of 2 C files, 1 of 1 assembler files"), "{}", second.stderr);
    assert!(fs::read(project.path("target/kernel/guest/vmlinux")).unwrap() == image, "the images differ");
}

/// With or without a cache it is the same kernel: switching compiles nothing.
#[test]
fn a_cache_is_no_input() {
    if !needs::program("ccache") {
        return;
    }
    let project = Project::toy();
    build(&project, &[]).success();
    let run = build(&project, &["--compiler-cache", "ccache"]).success();
    assert!(run.stderr.contains("Fresh"), "{}", run.stderr);

    project.kernel(&["clean"]).success();
    project.replace("Kernel.toml", "schema = 1\n", "schema = 1\ncompiler-cache = \"auto\"\n");
    let run = build(&project, &["--compiler-cache", "none"]).success();
    assert!(!run.stderr.contains("ccache"), "{}", run.stderr);
    assert!(!project.path("target/kernel/.work/guest/launcher").exists());
}

/// Whatever takes a compiler's command line can launch it.
#[test]
fn a_launcher_runs_the_compilers() {
    let project = Project::toy();
    let script = project.path("launch");
    fs::write(&script, "#!/bin/sh\necho \"$1\" >> \"$(dirname \"$0\")/launched\"\nexec \"$@\"\n").unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&script, mode).unwrap();
    let launcher = format!("schema = 1\ncompiler-launcher = \"{}\"\n", script.display());
    project.replace("Kernel.toml", "schema = 1\n", &launcher);
    build(&project, &[]).success();
    let launched = project.read("launched");
    assert!(launched.lines().filter(|line| line.ends_with("/gcc")).count() >= 3, "{launched}");
}

/// Debugging information names neither the source tree's place nor the object tree's; what is compared knows nothing of it.
#[test]
fn debugging_information_names_no_place() {
    let debug = |project: &Project| {
        let kconfig = project.read("toy/Kconfig");
        project.write(
            "toy/Kconfig",
            &format!("{kconfig}\nconfig DEBUG_INFO\n\tbool \"Debugging information\"\n"),
        );
        project.replace("toy/Makefile", "-ffreestanding -DRELEASE", "-ffreestanding -g -DRELEASE");
        project.replace("toy/Makefile", "$(CC) -c -DRELEASE", "$(CC) -c -g -DRELEASE");
    };
    let places = |project: &Project| {
        let image = fs::read(project.path("target/kernel/guest/vmlinux")).unwrap();
        let root = project.root().to_string_lossy().into_owned();
        (image.windows(root.len()).filter(|bytes| *bytes == root.as_bytes()).count(), image)
    };
    let (one, other) = (Project::toy(), Project::toy());
    for project in [&one, &other] {
        debug(project);
        project.kernel(&["build"]).success();
    }
    assert!(
        places(&one).0 > 0,
        "the toy has debugging information, and nobody asked to keep places out of it"
    );

    for project in [&one, &other] {
        project.write("kernel/debug.config", "CONFIG_DEBUG_INFO=y\n");
        project.kernel(&["clean"]).success();
        let run = project.kernel(&["build", "-v"]).success();
        assert!(!run.stderr.contains("in front of the compilers"), "{}", run.stderr);
    }
    let (one, other) = (places(&one), places(&other));
    assert_eq!((one.0, other.0), (0, 0));
    assert!(one.1 == other.1, "the images differ");
}

/// What is asked for and is not there, and what does not go together.
#[test]
fn what_cannot_stand_there_is_told() {
    let project = Project::toy();
    project.replace(
        "Kernel.toml",
        "schema = 1\n",
        "schema = 1\ncompiler-launcher = \"no-such-launcher -j\"\n",
    );
    let run = build(&project, &[]).exit(1);
    insta::assert_snapshot!(last_words(&project, &run), @"error: cannot find `no-such-launcher`, which `compiler-launcher` asks for");

    project.replace("Kernel.toml", "compiler-launcher", "compiler-cache = \"sccache\"\ncompiler-launcher");
    let run = build(&project, &[]).exit(1);
    insta::assert_snapshot!(last_words(&project, &run), @r#"
    error: `compiler-launcher` does not go with `compiler-cache = "sccache"`, which starts compilers itself
     --> Kernel.toml:3:21
    3 | compiler-launcher = "no-such-launcher -j"
      |                     ^^^^^^^^^^^^^^^^^^^^^
    hint: use `compiler-cache = "ccache"`, or leave one of the two out
    "#);

    project.replace("Kernel.toml", "\"sccache\"", "\"scache\"");
    project.replace("Kernel.toml", "no-such-launcher -j", "");
    let run = build(&project, &[]).exit(1);
    insta::assert_snapshot!(last_words(&project, &run), @r#"
    error: `compiler-cache` in `Kernel.toml` is `scache`, expected `auto`, `ccache`, `sccache` or `none`
     --> Kernel.toml:2:18
    2 | compiler-cache = "scache"
      |                  ^^^^^^^^
    hint: did you mean `ccache`?

    error: `compiler-launcher` is empty: expected a program, such as `distcc`
     --> Kernel.toml:3:21
    3 | compiler-launcher = ""
      |                     ^^
    "#);
}

/// The error, without the steps before it.
fn last_words(project: &Project, run: &Run) -> String {
    let said = project.said(run);
    said[said.find("error:").expect("an error")..].to_owned()
}
