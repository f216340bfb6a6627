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
