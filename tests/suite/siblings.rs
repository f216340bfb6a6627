//! A new kernel's object tree begins with what the nearest of the user's has, and ends as one that was made from nothing.

use std::fs;
use std::time::SystemTime;

use tests::{Project, Run};

use crate::release_server::{FileServer, pin_toy};

const OBJTREE: &str = "target/kernel/.work/guest/objtree";

fn in_cache(project: &Project, cache: &str, args: &[&str]) -> Run {
    let mut command = project.command(args);
    Run::new(&command.env("KERNEL_CACHE_DIR", cache).output().unwrap())
}

fn time(project: &Project, object: &str) -> SystemTime {
    fs::metadata(project.path(&format!("{OBJTREE}/{object}"))).unwrap().modified().unwrap()
}

/// Two workspaces with kernels of one tarball, one symbol apart, and their cache.
fn pair() -> (Project, Project, String, FileServer) {
    let (one, other) = (Project::toy(), Project::toy());
    let server = pin_toy(&[&one, &other]);
    other.write("kernel/net.config", "CONFIG_NET=y\nCONFIG_VIRTIO_NET=y\n");
    let cache = one.path("cache").to_string_lossy().into_owned();
    (one, other, cache, server)
}

/// What the other tree has made is not made again, and the result is that of a build from nothing.
#[test]
fn a_sibling_begins_with_the_nearest_tree() {
    let (one, other, cache, _server) = pair();
    in_cache(&one, &cache, &["build"]).success();
    let run = in_cache(&other, &cache, &["build"]).success();
    assert!(run.stderr.contains("     Cloning the object tree of "), "{}", run.stderr);
    assert!(run.stderr.contains("which is 1 symbol apart"), "{}", run.stderr);
    assert_eq!(time(&one, "net/net.o"), time(&other, "net/net.o"), "made again");
    let vmlinux = fs::read(other.path("target/kernel/guest/vmlinux")).unwrap();

    // From nothing, for nobody else's objects are in its cache.
    other.kernel(&["clean"]).success();
    let run = other.kernel(&["build"]).success();
    assert!(!run.stderr.contains("Cloning"), "{}", run.stderr);
    assert!(fs::read(other.path("target/kernel/guest/vmlinux")).unwrap() == vmlinux, "another kernel");
}

/// Of several the nearest; one in which a build was killed is not taken, nor one that is being built in.
#[test]
fn only_a_good_tree_is_cloned() {
    let (one, other, cache, _server) = pair();
    in_cache(&one, &cache, &["build"]).success();
    one.write(&OBJTREE.replace("objtree", "making"), "");
    let run = in_cache(&other, &cache, &["build"]).success();
    assert!(!run.stderr.contains("Cloning"), "{}", run.stderr);

    fs::remove_file(one.path(&OBJTREE.replace("objtree", "making"))).unwrap();
    in_cache(&other, &cache, &["clean"]).success();
    let lock = fs::File::options().append(true).open(one.path(&OBJTREE.replace("objtree", "lock"))).unwrap();
    lock.lock().unwrap();
    fs::remove_dir_all(one.path("cache/artifacts-v1")).unwrap();
    let run = in_cache(&other, &cache, &["build"]).success();
    assert!(!run.stderr.contains("Cloning"), "{}", run.stderr);

    drop(lock);
    in_cache(&other, &cache, &["clean"]).success();
    let run = in_cache(&other, &cache, &["build", "--no-shared-artifacts"]).success();
    assert!(!run.stderr.contains("Cloning"), "{}", run.stderr);
}

/// A tree that somebody edits: what changed since the other kernel was built is made again, whatever its time says.
#[test]
fn a_sibling_does_not_believe_what_was_edited() {
    let project = Project::toy();
    project.kernel(&["build"]).success();
    let old = SystemTime::now() - std::time::Duration::from_secs(1_000_000);
    let file = project.path("toy/init/main.c");
    let text = project.read("toy/init/main.c");
    fs::write(&file, format!("{text}int another_symbol = 7;\n")).unwrap();
    fs::File::options().append(true).open(&file).unwrap().set_modified(old).unwrap();
    let manifest = project.read("Kernel.toml");
    let kernel = "\n[kernel.other]\nsource = \"toy\"\narch = \"x86_64\"\nbase = \"tinyconfig\"\nimages = [\"vmlinux\"]\n\n\
                  [kernel.other.config]\nNET = \"y\"\nCONSOLE = \"ttyS0\"\n";
    project.write("Kernel.toml", &format!("{manifest}{kernel}"));
    let run = project.kernel(&["build", "other", "-v"]).success();
    assert!(run.stderr.contains("Cloning the object tree of target/kernel/.work/guest"), "{}", run.stderr);
    assert!(project.read("target/kernel/other/System.map").contains("another_symbol"), "{}", run.stderr);
}

/// A workspace that was moved: make finds its tree as it left it.
#[test]
fn a_moved_workspace_compiles_nothing() {
    let (one, other, cache, _server) = pair();
    in_cache(&one, &cache, &["build"]).success();
    // What the Makefiles below `tools/` write of themselves.
    let place = one.path(OBJTREE);
    let note = format!("cmd_{0}/tools/a := gcc -o {0}/tools/a\n", place.display());
    one.write(&format!("{OBJTREE}/tools/.a.cmd"), &note);
    fs::remove_dir_all(other.path("target")).ok();
    fs::rename(one.path("target"), other.path("target")).unwrap();
    for name in ["Kernel.toml", "Kernel.lock", "kernel/net.config"] {
        fs::copy(one.path(name), other.path(name)).unwrap();
    }
    let run = in_cache(&other, &cache, &["build"]).success();
    assert!(run.stderr.contains("Fresh"), "{}", run.stderr);
    assert!(!one.path("target").exists());

    let before = time(&other, "init/main.o");
    let digest = fs::read(other.path("target/kernel/guest/vmlinux")).unwrap();
    fs::remove_dir_all(other.path("target/kernel/guest")).unwrap();
    let run = in_cache(&other, &cache, &["build", "--no-shared-artifacts"]).success();
    assert!(run.stderr.contains("0 objects compiled"), "{}", run.stderr);
    assert_eq!(before, time(&other, "init/main.o"));
    assert!(fs::read(other.path("target/kernel/guest/vmlinux")).unwrap() == digest, "another kernel");
    let moved = other.read(&format!("{OBJTREE}/tools/.a.cmd"));
    assert_eq!(moved, note.replace(&*place.to_string_lossy(), &other.path(OBJTREE).to_string_lossy()));
}
