//! What the program says of itself to other programs: completions, manual pages, exit codes.

use std::process::Command;

use tests::{Project, Run, cargo_kernel, needs};

/// What a shell gets for a line that ends here.
fn completed(project: &Project, words: &[&str]) -> Vec<String> {
    let mut command = project.command(&[]);
    let clean: Vec<_> =
        command.get_envs().map(|(name, value)| (name.to_owned(), value.map(Into::into))).collect();
    command = Command::new(cargo_kernel());
    for (name, value) in clean {
        let value: Option<std::ffi::OsString> = value;
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.current_dir(project.root()).env("KERNEL_COMPLETE", "bash").arg("--").args(words);
    command.env("_CLAP_COMPLETE_INDEX", (words.len() - 1).to_string()).env("_CLAP_IFS", "\n");
    let run = Run::new(&command.output().unwrap()).success();
    run.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn names_of_the_manifest_are_completed() {
    let project = Project::toy();
    let manifest = project.read("Kernel.toml");
    let more = "\n[kernel.other]\ninherits = \"guest\"\nsource = \"toy\"\n\n[vm.demo]\nkernel = \"guest\"\ncmdline = \"quiet\"\n";
    project.write("Kernel.toml", &format!("{manifest}{more}"));
    let is =
        |words: &[&str], expected: &[&str]| assert_eq!(completed(&project, words), expected, "{words:?}");
    is(&["cargo-kernel", "build", "gu"], &["guest"]);
    is(&["cargo-kernel", "check", "ot"], &["other"]);
    is(&["cargo-kernel", "build", "--vm", ""], &["demo"]);
    is(&["cargo-kernel", "boot", "d"], &["demo"]);
    is(&["cargo-kernel", "update", "t"], &["toy"]);
    is(&["cargo-kernel", "meta"], &["metadata"]);
    is(&["cargo-kernel", "config", "explain", "gu"], &["guest"]);
    project.write("Kernel.toml", "schema = 9\n");
    is(&["cargo-kernel", "build", "gu"], &[]);
}

#[test]
fn completion_scripts_and_manual_pages_are_of_their_kind() {
    let project = Project::empty();
    for (shell, word) in [("bash", "complete "), ("zsh", "#compdef"), ("fish", "complete --")] {
        let run = project.kernel(&["completions", shell]).success();
        assert!(run.stdout.contains(word) && run.stdout.contains("KERNEL_COMPLETE"), "{}", run.stdout);
    }
    let bash = project.kernel(&["completions", "bash"]).success().stdout;
    let checked = Command::new("bash").args(["-n", "-c", &bash]).status().unwrap();
    assert!(checked.success(), "bash does not read it");

    let pages = project.kernel(&["man", "--dir", "man1"]).success();
    assert!(pages.stdout.lines().count() > 25, "{}", pages.stdout);
    let build = project.read("man1/cargo-kernel-build.1");
    assert!(build.starts_with(".ie") || build.contains(".TH cargo"), "{build}");
    assert!(build.contains("Examples:") && build.contains("jobserver") || build.contains("jobs"), "{build}");
    if needs::program("man") {
        let mut man = Command::new("man");
        man.args(["--warnings", "-E", "UTF-8", "-l"]).arg(project.path("man1/cargo-kernel-build.1"));
        let shown = Run::new(&man.env("MANWIDTH", "100").output().unwrap());
        assert!(shown.stdout.contains("cargo kernel build"), "{}", shown.stdout);
    }
}
