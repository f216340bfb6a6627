//! End to end: this workspace's own manifest, a real tree, a real compiler, and boots that are judged.
//!
//! One test, in order, for it builds in the workspace's own `target/kernel` and each part rests on the one before.

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use tests::{Project, Run, cargo_kernel, needs, workspace_root};

use crate::reference::{is_written_anew, screen};

fn kernel(args: &[&str]) -> Run {
    let began = Instant::now();
    let mut command = Command::new(cargo_kernel());
    command.arg("kernel").args(args).current_dir(workspace_root()).stdin(std::process::Stdio::null());
    let run = Run::new(&command.output().unwrap());
    eprintln!("kernel {}: {:.1} s, exit code {:?}", args.join(" "), began.elapsed().as_secs_f64(), run.code);
    run
}

#[test]
fn a_real_kernel_is_built_and_booted_by_every_vmm_here() {
    if needs::srctree("6_12").is_none() || !needs::program("qemu-system-x86_64") {
        return;
    }
    let mut build = vec!["build", "guest", "--color", "always"];
    if is_written_anew() {
        kernel(&["clean", "guest"]).success();
        build.push("--no-shared-artifacts");
    }
    let built = kernel(&build).success();
    let artifact = workspace_root().join("target/kernel/guest");
    let images: Vec<PathBuf> = built.stdout.lines().map(PathBuf::from).collect();
    assert_eq!(images.len(), 2, "{}", built.stdout);
    assert!(images.iter().all(|image| image.is_file()));
    let facts: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(artifact.join("kernel.json")).unwrap()).unwrap();
    let release = facts["kernelrelease"].as_str().unwrap().to_owned();
    assert!(release.starts_with("6.12.") && release.ends_with("-guest"), "{release}");
    screen::of_a_build(&built, facts["kernelversion"].as_str().unwrap());

    let began = Instant::now();
    let again = kernel(&["build", "guest"]).success();
    eprintln!("a second build with nothing changed: {:?}", began.elapsed());
    assert!(!again.stderr.contains("Compiling"), "{}", again.stderr);

    // The release that the guest's own `uname -r` says is the one that the manifest promises.
    let said = "guest-init: ready release=";
    let rounds = if needs::full() { 20 } else { 1 };
    let mut vms = vec![("demo", ""), ("qemu", ""), ("firmware", "")];
    // A VMM that others wrote, which needs a kernel with ACPI.
    vms.extend(needs::program("alioth").then_some(("alioth", "-acpi")));
    for (vm, variant) in vms {
        let said = format!("{said}{release}{variant}");
        for _ in 0..rounds {
            let boot = kernel(&["boot", vm]).success();
            assert!(
                boot.stdout.contains(&said),
                "{vm} did not say {said:?}:\n{}{}",
                boot.stdout,
                boot.stderr
            );
            if vm == "firmware" {
                assert!(boot.stdout.contains("boot-firmware:"), "the firmware is not ours:\n{}", boot.stdout);
                assert!(!boot.stdout.contains("SeaBIOS") && !boot.stdout.contains("iPXE"), "{}", boot.stdout);
            }
        }
    }
}

/// The promise is checked on a real tree before a single object is compiled.
#[test]
fn a_wrong_promise_stops_before_the_first_object() {
    let Some(tree) = needs::srctree("6_12") else { return };
    let project = Project::empty();
    project.write(
        "Kernel.toml",
        &format!(
            "schema = 1\n[source.linux]\nversion = \"6.12\"\npath = {tree:?}\n\n[kernel.guest]\nsource = \"linux\"\n\
             arch = \"x86_64\"\nbase = \"tinyconfig\"\nlocal-version = \"-x\"\nmod-dir-version = \"6.12.0-y\"\n\n\
             [kernel.guest.config]\n64BIT = \"y\"\n"
        ),
    );
    let run = project.kernel(&["build"]).exit(1);
    assert!(run.stderr.contains("-x`") && run.stderr.contains("`6.12.0-y`"), "{}", run.stderr);
    assert!(!project.path("target/kernel/.work/guest/objtree/init/main.o").exists());
    assert!(!project.path("target/kernel/guest").exists());
}

/// A request that cannot land on a real tree is told with its place, and nothing is compiled.
#[test]
fn a_request_that_cannot_land_stops_the_build() {
    let Some(tree) = needs::srctree("6_12") else { return };
    let project = Project::empty();
    project.write("kernel/virtio.config", "CONFIG_64BIT=y\nCONFIG_VIRTIO_FS=y\nCONFIG_RETPOLINE=y\n");
    project.write(
        "Kernel.toml",
        &format!(
            "schema = 1\n[source.linux]\npath = {tree:?}\n\n[kernel.guest]\nsource = \"linux\"\narch = \"x86_64\"\n\
             base = \"tinyconfig\"\nfragments = [\"kernel/virtio.config\"]\n"
        ),
    );
    let run = project.kernel(&["build"]).exit(1);
    insta::assert_snapshot!(project.said(&run), @r#"
     Configuring guest 6.12.117
    error: 2 requests did not land for kernel `guest`
      CONFIG_VIRTIO_FS=y   kernel/virtio.config:2   resolved to n: depends on FUSE_FS, which is n (fs/fuse/Kconfig:33)
        lands with `CONFIG_FUSE_FS=y` in `kernel/virtio.config`
      CONFIG_RETPOLINE=y   kernel/virtio.config:3   no such symbol in 6.12.117; renamed to MITIGATION_RETPOLINE in 6.9
    hint: write `CONFIG_MITIGATION_RETPOLINE=y` at kernel/virtio.config:3
    "#);
}
