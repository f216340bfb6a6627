//! Artifacts that workspaces share: copied where they are good, built where they are not.

use std::fs;
use std::path::PathBuf;

use tests::{Project, Run};

use crate::release_server::{FileServer, pin_toy};

/// Two workspaces with the same kernel from the same tarball.
struct Pair {
    one: Project,
    other: Project,
    _server: FileServer,
}

impl Pair {
    fn new() -> Self {
        let (one, other) = (Project::toy(), Project::toy());
        let _server = pin_toy(&[&one, &other]);
        Self { one, other, _server }
    }

    /// Runs in the other workspace, with the cache of the first.
    fn other(&self, args: &[&str]) -> Run {
        let mut command = self.other.command(args);
        Run::new(&command.env("KERNEL_CACHE_DIR", self.one.path("cache")).output().unwrap())
    }

    /// The folder of the only artifact in the cache.
    fn kept(&self) -> PathBuf {
        let entries = fs::read_dir(self.one.path("cache/artifacts-v1")).unwrap();
        let mut folders = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
        let folder = folders.next().expect("an artifact");
        assert_eq!(folders.next(), None);
        folder
    }
}

fn compiled(project: &Project) -> bool {
    project.path("target/kernel/.work/guest/objtree/init/main.o").exists()
}

/// The same fingerprint in another workspace is a copy, under the names and places of that workspace.
#[test]
fn the_same_kernel_elsewhere_is_a_copy() {
    let pair = Pair::new();
    pair.one.kernel(&["build"]).success();
    pair.other.replace(
        "Kernel.toml",
        "fragments = [\"kernel/*.config\"]",
        "fragments = [\"parts/*.config\"]",
    );
    fs::rename(pair.other.path("kernel"), pair.other.path("parts")).unwrap();
    let run = pair.other(&["build"]).success();
    assert!(run.stderr.contains("Copied guest 6.12.7-guest"), "{}", run.stderr);
    assert!(run.stderr.contains("nothing compiled"), "{}", run.stderr);
    assert!(!compiled(&pair.other));
    for name in ["vmlinux", "System.map", ".config"] {
        let path = format!("target/kernel/guest/{name}");
        let bytes = [&pair.one, &pair.other].map(|project| fs::read(project.path(&path)).unwrap());
        assert!(bytes[0] == bytes[1], "{name} differs");
    }
    let record: serde_json::Value =
        serde_json::from_str(&pair.other.read("target/kernel/guest/kernel.json")).unwrap();
    let requests = record["config"]["requests"].as_array().unwrap();
    assert!(requests.iter().any(|request| request["origin"] == "parts/net.config:1"), "{record:#}");
    // What was copied is an artifact as any other.
    let run = pair.other(&["build"]).success();
    assert!(run.stderr.contains("Fresh"), "{}", run.stderr);
}

/// Another kernel is built, and `--no-shared-artifacts` builds the same one again.
#[test]
fn what_differs_is_built() {
    let pair = Pair::new();
    pair.one.kernel(&["build"]).success();
    pair.other.write("kernel/net.config", "CONFIG_NET=y\nCONFIG_VIRTIO_NET=y\n");
    let run = pair.other(&["build"]).success();
    assert!(!run.stderr.contains("Copied") && compiled(&pair.other), "{}", run.stderr);

    let pair = Pair::new();
    pair.one.kernel(&["build", "--no-shared-artifacts"]).success();
    assert!(!pair.one.path("cache/artifacts-v1").exists());
    pair.other(&["build"]).success();
    pair.one.kernel(&["clean"]).success();
    let run = pair.one.kernel(&["build", "--no-shared-artifacts"]).success();
    assert!(!run.stderr.contains("Copied") && compiled(&pair.one), "{}", run.stderr);
}

/// An entry that somebody touched, or that lacks a file, is a build, which makes it good.
#[test]
fn a_touched_entry_is_never_taken() {
    let pair = Pair::new();
    pair.one.kernel(&["build"]).success();
    let image = pair.kept().join("vmlinux");
    let good = fs::read(&image).unwrap();
    let mut bad = good.clone();
    *bad.last_mut().unwrap() ^= 1;
    fs::write(&image, bad).unwrap();
    let run = pair.other(&["build"]).success();
    assert!(!run.stderr.contains("Copied"), "{}", run.stderr);
    assert_eq!(fs::read(&image).unwrap(), good, "what was built takes its place");

    fs::remove_file(pair.kept().join("System.map")).unwrap();
    pair.other(&["clean"]).success();
    let run = pair.other(&["build"]).success();
    assert!(!run.stderr.contains("Copied"), "{}", run.stderr);
    pair.other(&["clean"]).success();
    let run = pair.other(&["build"]).success();
    assert!(run.stderr.contains("Copied"), "{}", run.stderr);
}

/// The tree of a `path` source is known by time stamps: nobody else gets what was made of it.
#[test]
fn what_is_not_pinned_is_not_shared() {
    let project = Project::toy();
    project.kernel(&["build"]).success();
    assert!(!project.path("cache/artifacts-v1").exists());
}

/// That nothing can be kept is said, and is no failure.
#[test]
fn a_cache_that_takes_nothing_is_a_warning() {
    let pair = Pair::new();
    pair.one.write("cache/artifacts-v1", "in the way\n");
    let run = pair.one.kernel(&["build"]).success();
    assert!(run.stderr.contains("the artifact could not be kept for other workspaces"), "{}", run.stderr);
    assert!(pair.one.path("target/kernel/guest/vmlinux").is_file());
}

/// The cache lists artifacts by architecture and release, and goes down to a size by what was not used for long.
#[test]
fn the_cache_is_listed_and_limited() {
    let pair = Pair::new();
    pair.one.kernel(&["build"]).success();
    let list = pair.one.kernel(&["cache", "list"]).success().stdout;
    assert!(list.contains("artifact\tx86_64 6.12.7-guest\t"), "{list}");

    let record = pair.kept().join("kernel.json");
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(40 * 24 * 3600);
    fs::File::options().append(true).open(record).unwrap().set_modified(old).unwrap();
    let size: u64 = pair.one.kernel(&["cache", "size"]).success().stdout.trim().parse().unwrap();
    let gone = pair.one.kernel(&["cache", "gc", "--max-size", &(size - 1).to_string()]).success().stdout;
    assert!(gone.starts_with("artifact\t") && gone.lines().count() == 1, "{gone}");
    let gone = pair.one.kernel(&["cache", "gc", "--max-size", "1GiB"]).success().stdout;
    assert_eq!(gone, "");
    let run = pair.one.kernel(&["cache", "gc", "--max-size", "many"]).exit(2);
    assert!(run.stderr.contains("`many` is not a size"), "{}", run.stderr);
}
