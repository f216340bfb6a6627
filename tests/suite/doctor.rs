//! What a machine has, looked at: `kernel doctor`.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use tests::{Project, Run};

/// The programs of this machine without one of them.
fn path_without(project: &Project, missing: &str) -> PathBuf {
    let folder = project.path("programs");
    fs::create_dir_all(&folder).unwrap();
    for from in std::env::split_paths(&std::env::var_os("PATH").unwrap()) {
        for entry in fs::read_dir(from).into_iter().flatten().flatten() {
            if entry.file_name() != missing {
                // The first on the path counts.
                let _ = symlink(entry.path(), folder.join(entry.file_name()));
            }
        }
    }
    folder
}

fn findings(run: &Run) -> Vec<serde_json::Value> {
    let lines = run.stdout.lines().map(|line| serde_json::from_str(line).unwrap());
    lines.filter(|line: &serde_json::Value| line["reason"] == "doctor-finding").collect()
}

fn doctor(project: &Project, path: Option<&Path>, args: &[&str]) -> Run {
    let mut command = project.command(&[&["doctor"], args].concat());
    if let Some(path) = path {
        command.env("PATH", path);
    }
    Run::new(&command.output().unwrap())
}

#[test]
fn every_part_of_the_machine_is_looked_at() {
    let project = Project::toy();
    let run = doctor(&project, None, &["--message-format", "json"]);
    let found = findings(&run);
    for area in ["tool", "compiler", "kvm", "runner", "disk", "cache"] {
        assert!(found.iter().any(|finding| finding["area"] == area), "nothing of {area}: {}", run.stdout);
    }
    let compiler = found.iter().find(|finding| finding["area"] == "compiler").unwrap();
    assert_eq!(compiler["name"], "guest (x86_64)");
    assert_eq!(compiler["health"], "good");
    assert!(!project.path("Kernel.lock").exists() && !project.path("target").exists(), "it only looks");
}

#[test]
fn what_is_missing_is_named_with_the_package_that_brings_it() {
    let project = Project::toy();
    let path = path_without(&project, "bc");
    let run = doctor(&project, Some(&path), &["--message-format", "json"]).exit(1);
    let found = findings(&run);
    let bc = found.iter().find(|finding| finding["name"] == "bc").unwrap();
    assert_eq!(bc["health"], "bad");
    assert_eq!(bc["packages"], serde_json::json!(["bc"]));
    assert!(bc["hint"].as_str().unwrap().contains("bc"), "{bc}");
    let shown = doctor(&project, Some(&path), &[]).exit(1);
    assert!(shown.stdout.contains("  BAD  bc "), "{}", shown.stdout);
}

/// A compiler is held against the manifest's own pin, and against what the tree says.
#[test]
fn a_compiler_that_will_not_do_is_told() {
    let project = Project::toy();
    project.write(
        "toy/Documentation/process/changes.rst",
        "GNU C                  99.1             gcc --version\nGNU make               3.82             make --version\n\
         bc                     1.06.95          bc --version\n",
    );
    let run = doctor(&project, None, &["--message-format", "json"]).exit(1);
    let found = findings(&run);
    let compiler = found.iter().find(|finding| finding["area"] == "compiler").unwrap();
    assert_eq!(compiler["wanted"], "at least gcc 99.1, make 3.82");
    assert!(compiler["found"].as_str().unwrap().contains("expected 99.1 or newer"), "{compiler}");
    let least = |name: &str| found.iter().find(|finding| finding["name"] == name).unwrap()["least"].clone();
    assert_eq!(
        (least("make"), least("bc"), least("sed")),
        ("3.82".into(), "1.06.95".into(), serde_json::Value::Null)
    );
    let shown = doctor(&project, None, &[]).exit(1);
    assert!(shown.stdout.contains("(at least 3.82)"), "{}", shown.stdout);
}

/// A VM that could not be started is told before anybody has built it.
#[test]
fn a_vm_without_what_it_runs_on_is_told() {
    let project = Project::toy();
    let manifest = project.read("Kernel.toml");
    let vm = "\n[vm.demo]\nkernel = \"guest\"\nrunner = \"qemu\"\ncmdline = \"quiet\"\n";
    project.write("Kernel.toml", &format!("{manifest}{vm}"));
    let path = path_without(&project, "qemu-system-x86_64");
    let run = doctor(&project, Some(&path), &["--message-format", "json"]).exit(1);
    let found = findings(&run);
    let demo = found.iter().find(|finding| finding["name"] == "VM demo").unwrap();
    assert_eq!(
        (&demo["health"], &demo["found"]),
        (&"bad".into(), &"it runs in QEMU, which is not found".into())
    );
    let emulator = path.join("qemu-system-x86_64");
    symlink("/bin/true", emulator).unwrap();
    let run = doctor(&project, Some(&path), &["--message-format", "json"]).success();
    let found = findings(&run);
    let demo = found.iter().find(|finding| finding["name"] == "VM demo").unwrap();
    assert_eq!(demo["health"], "good");
}

/// A machine can be looked at before there is a manifest, but not by one that is wrong.
#[test]
fn it_needs_no_manifest() {
    let project = Project::empty();
    let run = doctor(&project, None, &["--message-format", "json"]);
    assert!(findings(&run).iter().all(|finding| finding["area"] != "compiler"));
    project.write("Kernel.toml", "schema = 9\n");
    let run = doctor(&project, None, &[]).exit(1);
    assert!(run.stderr.contains("schema"), "{}", run.stderr);
}
