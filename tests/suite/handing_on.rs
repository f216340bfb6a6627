//! A kernel handed on: to other build systems, and with its corresponding source.

use std::fs;
use std::path::Path;
use std::process::Command;

use tests::{Project, Run, TOY_MANIFEST, needs};

/// The toy kernel with a patch that changes a file.
fn patched() -> Project {
    let project = Project::toy();
    let file = fs::read_to_string(project.path("toy/init/main.c")).unwrap();
    let first = file.lines().next().unwrap();
    let rest: String = file.lines().skip(1).take(2).map(|line| format!(" {line}\n")).collect();
    let lines = 1 + rest.lines().count();
    project.write(
        "patches/say.patch",
        &format!(
            "--- a/init/main.c\n+++ b/init/main.c\n@@ -1,{lines} +1,{} @@\n+/* patched */\n {first}\n{rest}",
            lines + 1
        ),
    );
    let patch = "\n[[kernel.guest.patch]]\nname = \"say\"\npath = \"patches/say.patch\"\n";
    project.write("Kernel.toml", &format!("{TOY_MANIFEST}{patch}"));
    project
}

/// Runs a `build.sh` on a tree; the image that it makes.
fn build(script: &Path, tree: &Path, objects: &Path) -> Vec<u8> {
    let mut command = Command::new("sh");
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().contains("MAKEFLAGS")) {
        command.env_remove(name);
    }
    let output = command.arg(script).arg(tree).arg(objects).output().unwrap();
    Run::new(&output).success();
    fs::read(objects.join("vmlinux")).unwrap()
}

fn copy(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-r").arg(from).arg(to).status().unwrap().success());
}

/// The script makes the same image, byte for byte, and without this tool.
#[test]
fn a_plain_script_makes_the_same_image() {
    let project = patched();
    project.kernel(&["build"]).success();
    let run = project.kernel(&["export", "guest", "--make", "--out", "plain"]).success();
    assert!(run.stdout.contains("/plain/build.sh"), "{}", run.stdout);
    copy(&project.path("toy"), &project.path("tree"));
    let made = build(&project.path("plain/build.sh"), &project.path("tree"), &project.path("objects"));
    assert!(made == fs::read(project.path("target/kernel/guest/vmlinux")).unwrap(), "the images differ");

    for (form, file) in [("--nix", "guest-nix/kernel.nix"), ("--yocto", "guest-yocto/linux-guest_6.12.7.bb")]
    {
        project.kernel(&["export", "guest", form]).success();
        assert!(project.read(file).contains("6.12.7"), "{file}");
    }
    if needs::extra_programs(&["nix-instantiate"]) {
        let nix =
            Command::new("nix-instantiate").arg("--parse").arg(project.path("guest-nix/kernel.nix")).output();
        let parsed = Run::new(&nix.unwrap()).success();
        assert!(parsed.stdout.contains("modDirVersion = \"6.12.7-guest\""), "{}", parsed.stdout);
        assert!(parsed.stdout.contains("0001-say.patch"), "{}", parsed.stdout);
    }
    project.kernel(&["export", "guest"]).exit(2);
    project.kernel(&["export", "guest", "--nix", "--make"]).exit(2);
}

/// What a bundle has is enough to make the same image, and its document says what is in it.
#[test]
fn a_bundle_is_the_corresponding_source() {
    let project = patched();
    project.write("toy/.git/config", "");
    let run = project.kernel(&["source-bundle", "guest"]).success();
    let names: Vec<&str> = run.stdout.lines().filter_map(|line| line.rsplit('/').next()).collect();
    let expected = ["build.sh", "config", "kernel.json", "patches", "sbom.spdx.json", "source", "workspace"];
    assert_eq!(names, expected);
    assert!(!project.path("guest-source/source/.git").exists());
    assert!(project.path("guest-source/workspace/kernel/net.config").is_file());
    let bundle = project.path("guest-source");
    let made = build(&bundle.join("build.sh"), &bundle.join("source"), &project.path("objects"));
    assert!(made == fs::read(project.path("target/kernel/guest/vmlinux")).unwrap(), "the images differ");

    let record: serde_json::Value = serde_json::from_str(&project.read("guest-source/kernel.json")).unwrap();
    let document: serde_json::Value =
        serde_json::from_str(&project.read("guest-source/sbom.spdx.json")).unwrap();
    assert_eq!(document["spdxVersion"], "SPDX-2.3");
    assert_eq!(document["packages"][0]["licenseDeclared"], record["licence"]);
    assert_eq!(document["files"][0]["checksums"][0]["checksumValue"], record["files"][0]["sha256"]);
    assert_eq!(document["packages"][2]["name"], "say patches/say.patch");
    let is_patch = |relation: &&serde_json::Value| relation["relationshipType"] == "PATCH_FOR";
    assert_eq!(document["relationships"].as_array().unwrap().iter().filter(is_patch).count(), 1);

    let again = project.kernel(&["source-bundle", "guest"]).exit(1);
    insta::assert_snapshot!(project.said(&again), @"
    error: `[ROOT]/guest-source` is there already
    hint: name another folder with `--out`, or remove it
    ");
}
