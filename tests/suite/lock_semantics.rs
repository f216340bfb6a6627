//! Kernel.lock as Cargo keeps its own: written where it is absent, changed where it must be, and not otherwise.

use std::fs;
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use tests::{Project, Run};

use crate::release_server::{Answer, KernelOrg};

/// A workspace of three sources from kernel.org, the last of which no kernel uses.
fn workspace() -> (Project, KernelOrg) {
    let project = Project::toy();
    let org = KernelOrg::start();
    let toy = project.path("toy");
    for version in ["6.12.6", "6.12.7", "6.11.10", "6.11.11", "6.6.1"] {
        org.release(version, &toy, false);
    }
    let source = |name: &str, version: &str| {
        format!("[source.{name}]\nversion = \"{version}\"\nkernel-org = \"{}\"\n\n", org.base())
    };
    let sources = source("toy", "6.12") + &source("old", "6.11") + &source("spare", "6.6");
    project.replace("Kernel.toml", "[source.toy]\nversion = \"6.12\"\npath = \"toy\"\n\n", &sources);
    project.write(
        "Kernel.toml",
        &project.read("Kernel.toml").replace("version = \"6.11\"", "version = \"=6.11.10\""),
    );
    (project, org)
}

/// The entry of a source.
fn entry(project: &Project, name: &str) -> String {
    let text = project.read("Kernel.lock");
    let entries = text.split("\n[").map(|entry| entry.trim_end().to_owned());
    entries.into_iter().find(|entry| entry.starts_with(&format!("source.{name}]"))).unwrap_or_default()
}

#[test]
fn only_what_must_change_changes() {
    let (project, org) = workspace();
    let run = project.kernel(&["check", "--locked", "-q"]).exit(3);
    insta::assert_snapshot!(project.said(&run), @"
    error: `Kernel.lock` does not fit the manifest, and `--locked` keeps it as it is
      add `old`: it is not in the lockfile
      add `spare`: it is not in the lockfile
      add `toy`: it is not in the lockfile
    hint: run the same without `--locked`, and commit `Kernel.lock`
    ");
    assert!(org.server.asked().is_empty() && !project.path("Kernel.lock").exists());
    project.kernel(&["fetch"]).success();
    let names = ["toy", "old", "spare"];
    let first = names.map(|name| entry(&project, name));
    assert!(first.iter().all(|entry| entry.contains("check = ")), "{first:?}");
    assert!(first[0].contains("6.12.7") && first[1].contains("6.11.10") && first[2].contains("6.6.1"));

    // What is newer at the origin changes nothing; a requirement that the pin does not satisfy changes that pin.
    org.release("6.12.8", &tests::workspace_root().join("tests/toy"), false);
    project.replace("Kernel.toml", "=6.11.10", "6.11.11");
    let locked = project.kernel(&["check", "--locked", "-q"]).exit(3);
    project.replace("Kernel.toml", "\"6.11.11\"", "\"=6.11.11\"");
    let exact = project.kernel(&["check", "--frozen", "-q"]).exit(3);
    insta::assert_snapshot!(format!("{}\n{}", project.said(&locked), project.said(&exact)), @"
    error: `Kernel.lock` does not fit the manifest, and `--locked` keeps it as it is
      replace `old`: locked to `6.11.10`, but the manifest requires `6.11.11`
    hint: run the same without `--locked`, and commit `Kernel.lock`

    error: `Kernel.lock` does not fit the manifest, and `--frozen` keeps it as it is
      replace `old`: locked to `6.11.10`, but the manifest requires `=6.11.11`
    hint: run the same without `--frozen`, and commit `Kernel.lock`
    ");
    assert_eq!(names.map(|name| entry(&project, name)), first, "`--locked` changes nothing");
    project.kernel(&["fetch"]).success();
    let second = names.map(|name| entry(&project, name));
    assert_eq!((&second[0], &second[2]), (&first[0], &first[2]));
    assert!(second[1].contains("6.11.11"), "{}", second[1]);

    // A source that is gone, and one that is new.
    project.replace("Kernel.toml", "[source.spare]", "[source.another]");
    let run = project.kernel(&["check", "--locked", "-q"]).exit(3);
    insta::assert_snapshot!(project.said(&run), @"
    error: `Kernel.lock` does not fit the manifest, and `--locked` keeps it as it is
      add `another`: it is not in the lockfile
      remove `spare`: kernel.org 6.6.1
    hint: run the same without `--locked`, and commit `Kernel.lock`
    ");
    project.kernel(&["fetch"]).success();
    assert_eq!(entry(&project, "toy"), first[0]);
    assert!(entry(&project, "spare").is_empty() && !entry(&project, "another").is_empty());

    // Nothing to change: not one byte is written.
    let (text, time) = (project.read("Kernel.lock"), modified(&project));
    project.kernel(&["fetch"]).success();
    project.kernel(&["fetch", "--locked"]).success();
    assert_eq!((project.read("Kernel.lock"), modified(&project)), (text, time));

    // Without the file, everything is asked for anew.
    fs::remove_file(project.path("Kernel.lock")).unwrap();
    project.kernel(&["fetch"]).success();
    assert!(entry(&project, "toy").contains("6.12.8"));
}

fn modified(project: &Project) -> std::time::SystemTime {
    fs::metadata(project.path("Kernel.lock")).unwrap().modified().unwrap()
}

/// `fetch` brings what kernels need, `fetch --all` the rest too; then neither needs a network.
#[test]
fn fetch_prepares_to_be_offline() {
    let (project, org) = workspace();
    let fetched = project.kernel(&["fetch"]).success().stdout;
    assert!(fetched.starts_with("toy\t") && fetched.lines().count() == 1, "{fetched}");
    let run = project.kernel(&["fetch", "--all", "--offline", "-q"]).exit(1);
    insta::assert_snapshot!(project.said(&run), @"
    error: `linux 6.11.10` and `linux 6.6.1` are not in the cache, and `--offline` forbids to fetch them
    hint: run `kernel fetch` with a network first
    ");
    assert_eq!(project.kernel(&["fetch", "--all"]).success().stdout.lines().count(), 3);
    org.server.asked();
    project.kernel(&["fetch", "--all", "--frozen"]).success();
    project.kernel(&["build", "--frozen"]).success();
    assert!(org.server.asked().is_empty());
}

/// A run whose origin answers only after somebody else has written the lockfile.
fn overtaken(project: &Project, org: &KernelOrg, args: &[&str], theirs: &str) -> Run {
    let lock = Arc::new(Mutex::new(()));
    let list = org.server.bytes("/releases.json");
    let held = lock.lock().unwrap();
    org.server.put("/releases.json", Answer::Held(list.clone(), Arc::clone(&lock)));
    org.server.asked();
    let mut command = project.command(args);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while org.server.asked().is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    project.write("Kernel.lock", theirs);
    drop(held);
    let run = Run::new(&child.wait_with_output().unwrap());
    org.server.put("/releases.json", Answer::File(list));
    run
}

/// What another process pinned while an origin was asked is kept; an update leaves it to whoever asked for it.
#[test]
fn pins_of_another_process_are_not_lost() {
    let (project, org) = workspace();
    project.kernel(&["update", "toy", "--precise", "6.12.6"]).success();
    let theirs = project.read("Kernel.lock");
    fs::remove_file(project.path("Kernel.lock")).unwrap();
    let fetched = overtaken(&project, &org, &["fetch"], &theirs).success();
    assert!(fetched.stdout.contains("linux-6.12.6-"), "{}", fetched.stdout);
    assert!(entry(&project, "toy").contains("6.12.6"));
    assert!(!entry(&project, "old").is_empty());

    let all = project.read("Kernel.lock");
    project.kernel(&["update"]).success();
    let update = overtaken(&project, &org, &["update", "-q", "toy", "--precise", "6.12.6"], &all).exit(1);
    insta::assert_snapshot!(project.said(&update), @"
    error: `Kernel.lock` was changed by somebody else meanwhile, and is left as it is
    hint: run `kernel update` again
    ");
    assert_eq!(project.read("Kernel.lock"), all);
}
