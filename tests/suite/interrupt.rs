//! Ctrl-C, and a kill at any moment: nothing is left half-done, and the next run heals.

use std::process::Command;
use std::time::{Duration, Instant};

use tests::Project;

fn wait_for(what: &str, mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < Duration::from_secs(60), "no {what} within a minute");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A project whose compile takes seconds, and the folder through which its compilers are seen.
fn slow() -> Project {
    let project = Project::toy();
    project.write("kernel/slow.config", "CONFIG_SLOW=y\n");
    std::fs::create_dir_all(project.path("tmp/running")).unwrap();
    project
}

fn marks(project: &Project) -> usize {
    let entries = std::fs::read_dir(project.path("tmp/running")).unwrap();
    entries.filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("count")).count()
}

#[test]
fn ctrl_c_ends_make_and_leaves_nothing_half_done() {
    for signal in ["INT", "TERM", "KILL"] {
        let project = slow();
        let mut build = project.command(&["build", "-j1"]);
        let mut child = build.env("TMPDIR", project.path("tmp")).spawn().unwrap();
        wait_for("compiler", || marks(&project) > 0);
        let pid = child.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
        let status = child.wait().unwrap();
        if signal != "KILL" {
            assert_eq!(status.code(), Some(130), "SIG{signal}");
        }
        // Whatever it had started is gone, or goes within moments.
        let tree = project.path("target/kernel").to_string_lossy().into_owned();
        wait_for("end of make", || !Command::new("pgrep").args(["-f", &tree]).status().unwrap().success());
        assert!(!project.path("target/kernel/guest").exists(), "SIG{signal} left half an artifact");
        project.kernel(&["build"]).success();
        assert!(project.path("target/kernel/guest/kernel.json").is_file());
    }
}

/// Compilers that run at once never exceed `-j`.
#[test]
fn compilers_never_exceed_the_jobs() {
    for jobs in [1, 2, 3] {
        let project = slow();
        let mut build = project.command(&["build", "-j", &jobs.to_string()]);
        assert!(build.env("TMPDIR", project.path("tmp")).output().unwrap().status.success());
        let mut most = 0;
        for entry in std::fs::read_dir(project.path("tmp/running")).unwrap() {
            let count = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            most = most.max(count.trim().parse().unwrap());
        }
        assert_eq!(most, jobs, "the most compilers at once under -j{jobs}");
    }
}

/// SIGKILL for the whole process group, at times spread evenly over a run from nothing; what follows is the same artifact.
#[test]
fn a_kill_at_any_time_is_healed() {
    use std::os::unix::process::CommandExt as _;
    let (project, _server) = crate::patches::pinned("net.patch");
    project.write("net.patch", &crate::patches::comment("patched"));
    project.write("kernel/slow.config", "CONFIG_SLOW=y\n");
    // The files of an artifact; `kernel.json` bears times.
    let artifact = || {
        let files = project.snapshot("target/kernel/guest").into_iter();
        files.filter(|(path, _)| !path.ends_with("kernel.json")).collect::<Vec<_>>()
    };
    let clear = || {
        for folder in ["cache", "target/kernel"] {
            let _ = std::fs::remove_dir_all(project.path(folder));
        }
    };
    project.kernel(&["build", "-q", "-j1"]).success();
    let whole = artifact();
    clear();
    let began = Instant::now();
    project.kernel(&["build", "-q", "-j1"]).success();
    let length = began.elapsed();
    let kills = if tests::needs::full() { 50 } else { 4 };
    for kill in 0..kills {
        clear();
        let mut build = project.command(&["build", "-q", "-j1"]);
        let mut child = build.process_group(0).spawn().unwrap();
        std::thread::sleep(length * kill / kills);
        let group = format!("-{}", child.id());
        // One that is done already was not killed.
        let _ = Command::new("kill").args(["-s", "KILL", "--", &group]).status().unwrap();
        child.wait().unwrap();
        project.kernel(&["build", "-q"]).success();
        assert!(artifact() == whole, "after kill {kill} of {kills}");
    }
}

/// Many builds of one workspace at once: one does the work, and all end right.
#[test]
fn of_many_builds_at_once_one_does_the_work() {
    let project = slow();
    let builds: Vec<_> = (0..8)
        .map(|_| {
            let mut build = project.command(&["build", "-j1"]);
            build.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
            build.spawn().unwrap()
        })
        .collect();
    let runs: Vec<tests::Run> = builds
        .into_iter()
        .map(|child| tests::Run::new(&child.wait_with_output().unwrap()).success())
        .collect();
    let did = |word: &str| runs.iter().filter(|run| run.stderr.contains(word)).count();
    assert_eq!((did("Compiling"), did("Fresh")), (1, 7), "{runs:#?}");
    assert!(runs.iter().all(|run| run.stdout == runs[0].stdout));
}
