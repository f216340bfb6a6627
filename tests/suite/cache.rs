//! The per-user cache: shared, guarded, listed, cleared; two processes at once; trees that were touched.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use tests::{Project, Run};

use crate::release_server::{FileServer, pin_toy};

fn pinned() -> (Project, FileServer) {
    let project = Project::toy();
    let server = pin_toy(&[&project]);
    (project, server)
}

fn tree(project: &Project) -> PathBuf {
    let fetched = project.kernel(&["fetch"]).success();
    fetched.stdout.trim().split_once('\t').unwrap().1.into()
}

/// A file that was changed since is found at use and by the thorough look; `--repair` makes it good.
#[test]
fn a_touched_tree_is_found() {
    let (project, _server) = pinned();
    let tree = tree(&project);
    project.kernel(&["verify-source"]).success();

    // The same length, and the same time: only the thorough look finds it.
    let file = tree.join("init/main.c");
    let time = fs::metadata(&file).unwrap().modified().unwrap();
    let mut bytes = fs::read(&file).unwrap();
    let last = bytes.len() - 2;
    bytes[last] = b'#';
    fs::write(&file, &bytes).unwrap();
    fs::File::options().append(true).open(&file).unwrap().set_modified(time).unwrap();
    project.kernel(&["fetch"]).success();
    let run = project.kernel(&["verify-source"]).exit(4);
    assert_eq!(run.stdout, "toy\t`init/main.c` was changed\n");

    fs::write(tree.join("init/new.c"), "").unwrap();
    fs::remove_file(tree.join("scripts/count.sh")).unwrap();
    fs::write(&file, "shorter").unwrap();
    let run = project.kernel(&["build", "-q"]).exit(4);
    let shown = project.said(&run).replace(tree.file_name().unwrap().to_str().unwrap(), "TREE");
    insta::assert_snapshot!(shown, @r#"
    error: the tree of source `toy` was touched since it was unpacked: `init/main.c` was changed in `[ROOT]/cache/sources-v2/TREE`
    hint: `kernel verify-source toy` lists all changes and, with `--repair`, unpacks the tree again; a tree that is yours to edit is `path = "…"`
    "#);
    let run = project.kernel(&["verify-source"]).exit(4);
    insta::assert_snapshot!(run.stdout.replace('\t', " "), @"
    toy `init/main.c` was changed
    toy `init/new.c` was added
    toy `scripts/count.sh` is missing
    ");
    project.kernel(&["verify-source", "--repair"]).success();
    project.kernel(&["build"]).success();
    project.kernel(&["verify-source"]).success();
}

/// A tree is looked at while it is resolved on: what comes out of a touched one is neither said nor kept.
#[test]
fn nothing_counts_that_comes_out_of_a_touched_tree() {
    let (project, _server) = pinned();
    let tree = tree(&project);
    let resolved = |project: &Project| project.read("target/kernel/.work/guest/resolved.config");
    project.write("kernel/net.config", "CONFIG_NET=y\nCONFIG_VIRTIO_NET=y\n");
    project.kernel(&["check"]).success();
    let good = resolved(&project);

    let kconfig = tree.join("Kconfig");
    let text = fs::read_to_string(&kconfig).unwrap();
    for spoiled in
        [text.replace("VIRTIO_NET", "VIRTIO_NETWORK"), text.replace("config", "confused"), String::new()]
    {
        fs::write(&kconfig, &spoiled).unwrap();
        // Another comment, so that it is resolved anew.
        project
            .write("kernel/net.config", &format!("# {}\nCONFIG_NET=y\nCONFIG_VIRTIO_NET=y\n", spoiled.len()));
        for args in
            [&["check", "-v"][..], &["config", "resolve", "guest"], &["plan"], &["build", "-v"], &["check"]]
        {
            let run = project.kernel(args).exit(4);
            let said = project.said(&run);
            assert!(said.contains("error: the tree of source `toy` was touched"), "{args:?}: {said}");
            assert!(said.contains("`Kconfig` was changed"), "{args:?}: {said}");
            assert_eq!((said.matches("error: ").count(), run.stdout.as_str()), (1, ""), "{args:?}: {said}");
            assert!(!said.contains("warning: ") && !said.contains("landed"), "{args:?}: {said}");
        }
        assert_eq!(resolved(&project), good);
    }
    project.kernel(&["verify-source", "--repair"]).success();
    project.kernel(&["check"]).success();
    assert_eq!(resolved(&project), good);
}

/// Two workspaces that want the same source at once, one of them twice: one run fetches and unpacks, the others wait.
#[test]
fn two_at_once_do_the_work_once() {
    let (one, other) = (Project::toy(), Project::toy());
    let server = pin_toy(&[&one, &other]);
    let start = |project: &Project| {
        let mut command = project.command(&["fetch"]);
        command.env("KERNEL_CACHE_DIR", one.path("cache"));
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let children = [start(&one), start(&other), start(&one)];
    let trees: Vec<String> =
        children.map(|child| Run::new(&child.wait_with_output().unwrap()).success().stdout).into();
    assert!(trees.iter().all(|tree| *tree == trees[0]));
    assert_eq!(server.asked(), ["/linux-6.12.7.tar.xz"]);
}

/// Killed at any moment, without a chance to tidy: the next run heals, and what it makes is whole.
#[test]
fn a_kill_at_any_moment_is_healed() {
    let (project, _server) = pinned();
    for milliseconds in (0..120).step_by(6) {
        let mut child =
            project.command(&["fetch"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(milliseconds));
        child.kill().unwrap();
        child.wait().unwrap();
        if milliseconds % 30 == 0 {
            tree(&project);
            project.kernel(&["verify-source"]).success();
            fs::remove_dir_all(project.path("cache/sources-v2")).unwrap();
        }
    }
    let tree = tree(&project);
    project.kernel(&["fetch", "--locked", "--offline"]).success();
    assert!(tree.join("Makefile").is_file());
    project.kernel(&["build"]).success();
}

#[test]
fn the_cache_is_listed_and_cleared() {
    let (project, _server) = pinned();
    let tree = tree(&project);
    fs::create_dir_all(project.path("cache/scratch/run-x")).unwrap();
    let listed = project.kernel(&["cache", "list"]).success().stdout;
    let mut kinds: Vec<&str> = listed.lines().map(|line| line.split('\t').next().unwrap()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["download", "leftover", "tree"], "{listed}");
    let size: u64 = project.kernel(&["cache", "size"]).success().stdout.trim().parse().unwrap();
    let sum: u64 = listed.lines().map(|line| line.split('\t').nth(2).unwrap().parse::<u64>().unwrap()).sum();
    assert!(size == sum && size > 1000);

    // What was used lately stays.
    assert_eq!(project.kernel(&["cache", "gc"]).success().stdout, "");
    assert!(tree.is_dir());

    // What somebody uses stays, too.
    let lock = fs::File::open(format!("{}.lock", tree.display())).unwrap();
    lock.lock_shared().unwrap();
    let gone = project.kernel(&["cache", "gc", "--all"]).success().stdout;
    assert!(!gone.contains("tree\t") && gone.contains("download\t") && tree.is_dir(), "{gone}");
    drop(lock);
    project.kernel(&["cache", "gc", "--all"]).success();
    assert!(!tree.exists());
    assert_eq!(project.kernel(&["cache", "size"]).success().stdout, "0\n");
    project.kernel(&["build"]).success();
}

/// What is kept of trees beside their files is counted and cleared, too; what is being downloaded stays.
#[test]
fn all_of_the_cache_is_counted() {
    let (project, server) = pinned();
    project.kernel(&["fetch"]).success();
    // Trees that are older than a moment have these.
    project.write("cache/models-v1/tree/model", "what its files mean");
    project.write("cache/probes-v1/tree", "what its probes said");
    let kinds = |text: &str| {
        let mut kinds: Vec<String> =
            text.lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    };
    let listed = project.kernel(&["cache", "list"]).success().stdout;
    assert_eq!(kinds(&listed), ["download", "models", "probes", "tree"], "{listed}");

    let partial = project.path("cache/downloads-v1/other/linux.tar.xz.partial");
    fs::create_dir(partial.parent().unwrap()).unwrap();
    let file = fs::File::create(&partial).unwrap();
    file.lock().unwrap();
    let gone = project.kernel(&["cache", "gc", "--all"]).success().stdout;
    assert_eq!(kinds(&gone), ["download", "models", "probes", "tree"], "{gone}");
    assert!(partial.exists());
    drop(file);
    project.kernel(&["cache", "gc", "--all"]).success();
    assert!(!partial.exists());
    project.kernel(&["build"]).success();
    assert_eq!(server.asked().len(), 2);
}

/// The cache needs no workspace.
#[test]
fn the_cache_is_seen_from_anywhere() {
    let project = Project::toy();
    fs::remove_file(project.path("Kernel.toml")).unwrap();
    assert_eq!(project.kernel(&["cache", "list"]).success().stdout, "");
}

/// A cache that this user cannot write: what is in it is used, what is not is a clear error. And a foreign one.
#[cfg(unix)]
#[test]
fn caches_that_cannot_be_written() {
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::process::CommandExt as _;

    let (project, _server) = pinned();
    let as_nobody = |args: &[&str]| {
        let mut command = project.command(args);
        command.env("HOME", project.path("home"));
        if rustix::process::geteuid().is_root() {
            command.uid(65534).gid(65534);
        }
        Run::new(&command.output().unwrap())
    };
    let mode = |path: &str, mode: u32| {
        fs::set_permissions(project.path(path), fs::Permissions::from_mode(mode)).unwrap();
    };
    mode("", 0o755);
    // Whether that user can start the binary at all depends on where it is built.
    if as_nobody(&["--version"]).code != Some(0) {
        tests::needs::skip("another user cannot run the binary");
        return;
    }
    tree(&project);
    mode("cache", 0o555);
    mode("cache/sources-v2", 0o555);
    let run = as_nobody(&["fetch", "--locked", "--offline"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);

    fs::remove_file(
        fs::read_dir(project.path("cache/sources-v2"))
            .unwrap()
            .map(|e| e.unwrap().path())
            .find(|p| p.extension().is_some_and(|e| e == "ok"))
            .unwrap(),
    )
    .unwrap();
    let run = as_nobody(&["fetch", "--locked", "-q"]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    insta::assert_snapshot!(project.said(&run), @"
    error: the cache cannot be used: could not create a directory in `[ROOT]/cache`: Permission denied
    hint: `KERNEL_CACHE_DIR` names another place
    ");

    if rustix::process::geteuid().is_root() {
        mode("cache", 0o777);
        mode("cache/sources-v2", 0o777);
        std::os::unix::fs::chown(project.path("cache"), Some(12345), None).unwrap();
        let run = as_nobody(&["fetch", "--locked", "-q"]);
        insta::assert_snapshot!(project.said(&run), @"
        error: the cache `[ROOT]/cache` belongs to the user with the number 12345, who could change what is built
        hint: `KERNEL_CACHE_DIR` names another place
        ");
        assert_eq!(run.code, Some(1));
    }
}
