//! A workspace gets its first kernel: `kernel init`.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use tests::{Project, Run, cargo_kernel, needs};

/// A Cargo workspace with a VMM, an init and an xtask, and no kernel.
fn workspace() -> Project {
    let project = Project::empty();
    project.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"my-vmm\", \"my-init\", \"xtask\", \"words\"]\n",
    );
    for (name, file) in
        [("my-vmm", "main.rs"), ("my-init", "main.rs"), ("xtask", "main.rs"), ("words", "lib.rs")]
    {
        let text = format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
        project.write(&format!("{name}/Cargo.toml"), &text);
        project.write(&format!("{name}/src/{file}"), if file == "lib.rs" { "" } else { "fn main() {}\n" });
    }
    project.write(".cargo/config.toml", "[alias]\nb = \"build\" # short\n");
    project.write(".gitignore", "target/\n");
    project
}

#[test]
fn a_workspace_gets_its_first_kernel_and_nothing_is_overwritten() {
    let project = workspace();
    let run = project
        .command_in(
            "words/src",
            &["init", "--vmm", "firecracker", "--package", "my-vmm", "--init", "my-init"],
        )
        .output()
        .unwrap();
    let run = Run::new(&run).success();
    insta::assert_snapshot!(project.said(&run), @"
    Wrote Kernel.toml: a kernel
    Wrote .cargo/config.toml: the alias `xtask`
    Wrote .gitignore: what git must not see
     Next `cargo kernel doctor`, then `cargo kernel check` and `cargo kernel build`
    ");
    assert_eq!(
        project.read(".cargo/config.toml"),
        "[alias]\nb = \"build\" # short\nxtask = \"run --quiet --package xtask --\"\n"
    );
    assert_eq!(project.read(".gitignore"), "target/\n/Kernel.override.toml\n");
    let metadata = project.kernel(&["metadata", "--message-format", "json"]).success();
    let metadata: serde_json::Value = serde_json::from_str(&metadata.stdout).unwrap();
    assert_eq!(metadata["reason"], "metadata");
    assert_eq!(metadata["metadata"]["kernels"]["guest"]["profiles"][0], "firecracker");
    assert_eq!(metadata["metadata"]["vms"]["guest"]["vmm"]["package"], "my-vmm");

    let before = project.snapshot(".");
    let again = project.kernel(&["init"]).exit(1);
    insta::assert_snapshot!(project.said(&again), @"
    error: `[ROOT]/Kernel.toml` describes kernels already
    hint: nothing is overwritten; add a `[kernel.NAME]` to it
    ");
    assert_eq!(project.snapshot("."), before, "nothing was touched");
}

/// What it writes for a VMM resolves on a real tree: every request lands.
#[test]
fn what_is_written_resolves() {
    let Some(tree) = needs::srctree("6_12") else { return };
    let project = workspace();
    project.kernel(&["init", "--vmm", "cloud-hypervisor", "--vmm", "firecracker"]).success();
    project.replace("Kernel.toml", "version = \"6.12\" ", &format!("path = {tree:?}\nversion = \"6.12\" "));
    project.kernel(&["check"]).success();
}

#[test]
fn what_cannot_be_chosen_is_told() {
    let project = workspace();
    let shown: Vec<String> = [
        &["init", "--package", "my-vm"][..],
        &["init", "--package", "words"],
        &["init", "--series", "new"],
        &["init", "--vmm", "firecraker"],
    ]
    .iter()
    .map(|args| project.said(&project.kernel(args)))
    .collect();
    insta::assert_snapshot!(shown.join("\n"), @"
    error: the workspace has no package `my-vm` with a program
    hint: did you mean `my-vmm`?

    error: the workspace has no package `words` with a program
    hint: there is `my-vmm`, `my-init`

    error: `new` is no series: expected two numbers, such as `6.12`

    error: invalid value 'firecraker' for '--vmm <NAME>'
      [possible values: firecracker, cloud-hypervisor, crosvm, libkrun, qemu-microvm, openvmm, alioth]

      tip: a similar value exists: 'firecracker'

    For more information, try '--help'.
    ");
    assert!(!project.path("Kernel.toml").exists());
    let nowhere = Project::empty();
    fs::remove_file(nowhere.path("Cargo.toml")).unwrap();
    insta::assert_snapshot!(nowhere.said(&nowhere.kernel(&["init"]).exit(1)), @"
    error: no `Cargo.toml` in `[ROOT]` or above it
    hint: `cargo init` makes one
    ");
}

/// On a terminal it asks for what is not said; an empty answer is the default.
#[test]
fn on_a_terminal_it_asks() {
    if !needs::program("script") {
        return;
    }
    let project = workspace();
    let line = format!("{} kernel init --series 6.1", cargo_kernel().display());
    let mut terminal = Command::new("script");
    terminal.args(["-qec", &line, "/dev/null"]).current_dir(project.root());
    terminal.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CARGO_")) {
        terminal.env_remove(name);
    }
    let mut child = terminal.env("TERM", "dumb").spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"firecracker, crosvm\nmy-vmm\n\n").unwrap();
    let run = Run::new(&child.wait_with_output().unwrap()).success();
    for question in ["Which VMMs", "Which package is the VMM?", "Which package becomes /init"] {
        assert!(run.stdout.contains(question), "{}", run.stdout);
    }
    let manifest = project.read("Kernel.toml");
    assert!(manifest.contains("profiles = [\"firecracker\", \"crosvm\"]"), "{manifest}");
    assert!(manifest.contains("version = \"6.1\""), "{manifest}");
    assert!(manifest.contains("vmm = { package = \"my-vmm\""), "{manifest}");
}
