//! `kernel check --matrix`: kernels × sources × arches × variants, in one table.

use tests::{Project, needs};

/// Two toy trees, of which the older has no VIRTIO_NET.
fn project() -> Project {
    let project = Project::toy();
    project.write("kernel/net.config", "CONFIG_NET=y\nCONFIG_VIRTIO_NET=y\n");
    for name in ["Makefile", "Kconfig", "scripts/setlocalversion"] {
        project.write(&format!("old/{name}"), &project.read(&format!("toy/{name}")));
    }
    project.replace("old/Makefile", "PATCHLEVEL = 12", "PATCHLEVEL = 1");
    project.replace("old/Kconfig", "VIRTIO_NET", "VIRTIO_NETWORK");
    let matrix = "\n[source.old]\nversion = \"6.1\"\npath = \"old\"\n\n[matrix]\nsources = [\"toy\", \"old\"]\n\n\
                  [matrix.variants.many]\nlocal-version = \"-many\"\nmod-dir-version = \"{version}-many\"\n\
                  config = { NR_CPUS = 8 }\n";
    project.write("Kernel.toml", &(project.read("Kernel.toml") + matrix));
    project
}

#[test]
fn all_points_are_judged_and_told_in_one_table() {
    let project = project();
    let run = project.kernel(&["check", "--matrix"]).exit(1);
    insta::assert_snapshot!(run.stdout, @"
    KERNEL  SOURCE  ARCH    VARIANT  VERSION  RESULT
    guest   toy     x86_64  -        6.12.7   4 requests landed
    guest   toy     x86_64  many     6.12.7   5 requests landed
    guest   old     x86_64  -        6.1.7    1 missed
    guest   old     x86_64  many     6.1.7    1 missed
    ");
    insta::assert_snapshot!(project.said(&run), @"
    error: 1 request did not land for kernel `guest--old`
      CONFIG_VIRTIO_NET=y   kernel/net.config:2   no such symbol in 6.1.7
    error: 1 request did not land for kernel `guest--old--many`
      CONFIG_VIRTIO_NET=y   kernel/net.config:2   no such symbol in 6.1.7
    error: 2 of 4 kernels of the matrix cannot be had as asked
    ");
    let run = project.kernel(&["check", "--matrix", "guest", "--message-format", "json"]).exit(1);
    let lines: Vec<serde_json::Value> =
        run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 5, "{}", run.stdout);
    assert_eq!(lines[1]["name"], "guest--toy--many");
    assert_eq!((&lines[1]["state"], &lines[1]["kernelrelease"]), (&"landed".into(), &"6.12.7-many".into()));
    assert_eq!(lines[2]["refusal"]["misses"][0]["symbol"], "CONFIG_VIRTIO_NET", "{}", lines[2]);
    // Nothing of it stays: neither artifacts nor a word in the lockfile.
    assert!(!project.path("target/kernel/guest--toy").exists());
    assert!(!project.path("Kernel.lock").exists());
    // What only the older tree needs is guarded, and then all of it is as asked.
    project.replace(
        "Kernel.toml",
        "[kernel.guest.config]\n",
        "[kernel.guest.config]\nVIRTIO_NETWORK = { value = \"y\", when = { version = \"<6.2\" } }\n",
    );
    project.replace(
        "Kernel.toml",
        "fragments = [\"kernel/*.config\"]",
        "fragments = [\"kernel/*.config\", { path = \"new.config\", when = { version = \">=6.2\" } }]",
    );
    project.write("new.config", "CONFIG_VIRTIO_NET=y\n");
    project.write("kernel/net.config", "CONFIG_NET=y\n");
    let run = project.kernel(&["check", "--matrix"]).success();
    insta::assert_snapshot!(run.stdout, @"
    KERNEL  SOURCE  ARCH    VARIANT  VERSION  RESULT
    guest   toy     x86_64  -        6.12.7   4 requests landed
    guest   toy     x86_64  many     6.12.7   5 requests landed
    guest   old     x86_64  -        6.1.7    4 requests landed
    guest   old     x86_64  many     6.1.7    5 requests landed
    ");
}

/// A profile on real trees and architectures.
#[test]
fn real_trees_and_architectures() {
    let trees = ["6_1", "6_12"].map(needs::srctree);
    let [Some(old), Some(new)] = trees else { return };
    if !needs::program("aarch64-linux-gnu-gcc") {
        return;
    }
    let project = Project::empty();
    project.write(
        "Kernel.toml",
        &format!(
            "schema = 1\n[source.old]\nversion = \"6.1\"\npath = {old:?}\n[source.new]\nversion = \"6.12\"\npath = {new:?}\n\
             [kernel.vmm]\nsource = \"new\"\narch = \"x86_64\"\nbase = \"tinyconfig\"\nprofiles = [\"firecracker\", \"vsock\"]\n\
             images = [\"vmlinux\"]\n[matrix]\nsources = [\"old\", \"new\"]\narches = [\"x86_64\", \"aarch64\"]\n"
        ),
    );
    let run = project.kernel(&["check", "--matrix", "--message-format", "json"]).success();
    let lines: Vec<serde_json::Value> =
        run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 4, "{}", run.stdout);
    for line in &lines {
        assert_eq!(line["state"], "landed", "{line}");
        assert!(line["features"].as_array().unwrap().contains(&"vsock".into()), "{line}");
    }
    assert!(lines[0]["kernelversion"].as_str().unwrap().starts_with("6.1."));
}

/// What a profile has nothing for is no point: told in the table, no error, and not built.
#[test]
fn what_is_not_for_an_architecture_is_told() {
    let project = project();
    let vmm = "\n[kernel.vmm]\nsource = \"toy\"\narch = \"x86_64\"\nbase = \"tinyconfig\"\nimages = [\"vmlinux\"]\n\
               profiles = [\"firecracker\"]\n";
    let text = project
        .read("Kernel.toml")
        .replace("sources = [\"toy\", \"old\"]\n", "arches = [\"x86_64\", \"riscv64\"]\n");
    project.write("Kernel.toml", &(text + vmm));
    let run = project.kernel(&["check", "--matrix", "vmm"]).exit(1);
    insta::assert_snapshot!(run.stdout, @"
    KERNEL  SOURCE  ARCH     VARIANT  VERSION  RESULT
    vmm     toy     x86_64   -        6.12.7   76 missed
    vmm     toy     x86_64   many     6.12.7   76 missed
    vmm     toy     riscv64  -        -        not for this architecture: profile `firecracker`
    vmm     toy     riscv64  many     -        not for this architecture: profile `firecracker`
    ");
    // What is judged decides how it ends.
    project.replace(
        "Kernel.toml",
        "profiles = [\"firecracker\"]",
        "profiles = [{ name = \"firecracker\", when = { version = \"<5\" } }]",
    );
    let run = project.kernel(&["check", "--matrix", "vmm", "--message-format", "json"]).success();
    let lines: Vec<serde_json::Value> =
        run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let states: Vec<&serde_json::Value> = lines.iter().map(|line| &line["state"]).collect();
    assert_eq!(states, ["landed", "landed", "not-for-arch", "not-for-arch"], "{}", run.stdout);
    let run = project.kernel(&["build", "--matrix", "vmm"]).success();
    assert_eq!(run.stderr.matches("Skipping vmm--riscv64").count(), 2, "{}", run.stderr);
    // A kernel of which nothing is left says nothing.
    project.replace(
        "Kernel.toml",
        "arches = [\"x86_64\", \"riscv64\"]",
        "kernels = [\"vmm\"]\narches = [\"riscv64\"]",
    );
    let run = project.kernel(&["check", "--matrix"]).exit(1);
    insta::assert_snapshot!(project.said(&run), @r#"
    error: profile `firecracker` has no layers for riscv64: expected x86_64 or aarch64
      --> Kernel.toml:37:22
    37 | profiles = [{ name = "firecracker", when = { version = "<5" } }]
       |                      ^^^^^^^^^^^^^
    hint: no point of `[matrix]` is left of kernel `vmm`
    "#);
}

/// What can be built of a matrix is, side by side, with `--keep-going`; each point is an artifact of its own.
#[test]
fn points_are_built() {
    let project = project();
    project.kernel(&["build", "--matrix", "--vm", "demo"]).exit(2);
    let run = project.kernel(&["build", "--matrix", "--keep-going"]).exit(1);
    let built: Vec<&str> = run.stdout.lines().filter_map(|path| path.split('/').rev().nth(1)).collect();
    assert_eq!(built, ["guest--toy", "guest--toy--many"], "{}", run.stderr);
    assert!(
        run.stderr.contains("error: 2 of 4 kernels failed: `guest--old`, `guest--old--many`"),
        "{}",
        run.stderr
    );
    let many = project.read("target/kernel/guest--toy--many/.config");
    assert!(many.contains("CONFIG_NR_CPUS=8\n"), "{many}");
    let again = project.kernel(&["build", "--matrix", "--keep-going"]).exit(1);
    assert_eq!(again.stderr.matches("Fresh").count(), 2, "{}", again.stderr);
}
