//! Killed where it hurts: at each name that the tool gives to something.
//!
//! A run under `strace` tells what is put in place: a download, a tree and its marker, a patched tree, the lockfile, a
//! `.config`, an artifact. For each of them a run from nothing is killed right after it is there, and before anything
//! follows: `strace` holds the thread that gave the name. The next run has to make the same artifact of what it finds.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tests::{Project, needs};

use crate::patches::{comment, pinned};
use crate::release_server::sha256;

const RENAMES: &str = "rename,renameat,renameat2";

/// The tool under `strace`, in a process group of its own.
fn traced(project: &Project, how: &[&str]) -> Command {
    let build = project.command(&["build", "-q"]);
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "--seccomp-bpf", "-s", "4096", "-e", &format!("trace={RENAMES}")]).args(how);
    strace.arg("--").arg(build.get_program()).args(build.get_args());
    for (name, value) in build.get_envs() {
        match value {
            Some(value) => strace.env(name, value),
            None => strace.env_remove(name),
        };
    }
    strace.process_group(0);
    strace
        .current_dir(build.get_current_dir().unwrap())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    strace
}

/// Everything that a run left, so that the next begins from nothing.
fn clear(project: &Project) {
    for folder in ["cache", "target/kernel"] {
        if project.path(folder).exists() {
            fs::remove_dir_all(project.path(folder)).unwrap();
        }
    }
    let _ = fs::remove_file(project.path("Kernel.lock"));
}

/// The digests of an artifact's files; `kernel.json` bears times.
fn artifact(project: &Project) -> Vec<(PathBuf, String)> {
    let files = project.snapshot("target/kernel/guest").into_iter();
    let files = files.filter(|(path, _)| !path.ends_with("kernel.json"));
    files.map(|(path, bytes)| (path, sha256(&bytes))).collect()
}

/// What a run from nothing puts in place, by the tool alone: what make and the compilers do is theirs.
fn put_in_place(project: &Project) -> BTreeSet<String> {
    let log = project.path("strace.log");
    clear(project);
    let status = traced(project, &["-e", "signal=none", "-o", log.to_str().unwrap()]).status().unwrap();
    assert!(status.success(), "strace: {status}");
    let text = fs::read_to_string(&log).unwrap();
    let ours = |line: &&str| line.contains("= 0") && !line.contains("AT_FDCWD, \"include/");
    let target = |line: &str| line.rsplit('"').nth(1).map(str::to_owned);
    let root = project.root().to_str().unwrap();
    text.lines().filter(ours).filter_map(target).filter(|path| path.starts_with(root)).collect()
}

#[test]
fn a_kill_at_each_step_is_healed() {
    if !needs::program("strace") {
        return;
    }
    let (project, _server) = pinned("net.patch");
    project.write("net.patch", &comment("patched"));
    // But for what has another name each time, below a folder that has its own name later.
    let targets: BTreeSet<String> = &put_in_place(&project) & &put_in_place(&project);
    let whole = artifact(&project);
    for step in [
        "cache/downloads-v1/",
        "cache/sources-v2/",
        ".ok",
        ".files",
        "cache/patched-v1/",
        "Kernel.lock",
        "cache/artifacts-v1/",
        "target/kernel/guest",
    ] {
        assert!(
            targets.iter().any(|target| target.contains(step)),
            "nothing put `{step}` in place: {targets:#?}"
        );
    }
    for target in &targets {
        clear(&project);
        let hold = format!("inject={RENAMES}:delay_exit=50000");
        let mut child = traced(&project, &["-e", &hold, "-o", "/dev/null"]).spawn().unwrap();
        while !Path::new(target).exists() {
            let ended = child.try_wait().unwrap();
            assert!(ended.is_none(), "nothing put `{target}` in place this time: {ended:?}");
            std::thread::sleep(Duration::from_millis(1));
        }
        let group = format!("-{}", child.id());
        assert!(Command::new("kill").args(["-s", "KILL", "--", &group]).status().unwrap().success());
        assert_eq!(child.wait().unwrap().signal(), Some(9));
        let healed = project.kernel(&["build", "-q"]).success();
        assert_eq!(healed.stderr, "", "after a kill at `{target}`");
        assert_eq!(artifact(&project), whole, "after a kill at `{target}`");
        project.kernel(&["verify-source"]).success();
    }
}
