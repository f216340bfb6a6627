//! What people read where a source cannot be had, is not what was promised, or is not what the manifest says.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use tests::{Project, Run, workspace_root};

use crate::release_server::{Answer, FileServer, KernelOrg, pin_toy, release_tar, sha256, xz};

fn pinned() -> (Project, FileServer) {
    let project = Project::toy();
    let server = pin_toy(&[&project]);
    (project, server)
}

/// What was said, with addresses and digests of this run replaced.
fn said(project: &Project, server: &FileServer, run: &Run) -> String {
    let text = project.said(run).replace(&server.address, "[SERVER]");
    let mut out = String::new();
    let mut word = String::new();
    for c in text.chars().chain(['\n']) {
        if c.is_ascii_hexdigit() {
            word.push(c);
            continue;
        }
        out += match word.len() {
            64 => "DIGEST",
            12 => "DIGEST12",
            _ => &word,
        };
        word.clear();
        out.push(c);
    }
    out.trim_end().to_owned() + "\n"
}

/// The manifest says one thing, and the tree another.
#[test]
fn trees_that_are_not_as_they_should_be() {
    let project = Project::toy();
    let mut messages = Vec::new();
    let mut check = |project: &Project| {
        messages.push(project.said(&project.kernel(&["check", "-q"]).exit(1)));
    };
    project.replace("Kernel.toml", "version = \"6.12\"", "version = \"=6.12.8\"");
    check(&project);
    project.replace("Kernel.toml", "version = \"=6.12.8\"", "version = \"6.12\"");
    project.replace("Kernel.toml", "path = \"toy\"", "path = \"nowhere\"");
    check(&project);
    project.replace("Kernel.toml", "path = \"nowhere\"", "path = \"toy\"");
    project.write("toy/.config", "");
    check(&project);
    fs::remove_file(project.path("toy/.config")).unwrap();
    let makefile = project.read("toy/Makefile");
    project.write("toy/Makefile", "all:\n");
    check(&project);
    project.write("toy/Makefile", &makefile);
    insta::assert_snapshot!(messages.join("\n"), @"
    error: the tree of source `toy` is version `6.12.7`, but `version` is `=6.12.8` at Kernel.toml:4:11
    hint: `=6.12.8` does not admit 6.12.7: change `version`, or use another tree

    error: source `toy` is `[ROOT]/nowhere`, which is no directory

    error: the source tree `[ROOT]/toy` was built in: it has `.config`
    hint: run `make -C [ROOT]/toy ARCH=x86_64 mrproper`, or use a tree that was not built in

    error: the version of `[ROOT]/toy` cannot be read
      caused by: no `VERSION =` in the top Makefile: this is not a kernel tree
    ");
    project.kernel(&["check"]).success();
}

/// Nothing is there, and nothing may be asked for.
#[test]
fn what_is_missing_offline() {
    let project = Project::toy();
    let org = KernelOrg::start();
    org.release("6.12.7", &project.path("toy"), false);
    let with = format!("kernel-org = \"{}\"", org.base());
    project.replace("Kernel.toml", "path = \"toy\"", &with);
    let mut messages = vec![project.said(&project.kernel(&["fetch", "-q", "--offline"]).exit(1))];
    project.kernel(&["fetch"]).success();
    fs::remove_dir_all(project.path("cache")).unwrap();
    messages.push(project.said(&project.kernel(&["fetch", "-q", "--offline"]).exit(1)));
    messages.push(project.said(&project.kernel(&["fetch", "-q", "--frozen"]).exit(1)));
    for command in ["update", "outdated"] {
        messages.push(project.said(&project.kernel(&[command, "-q", "--offline"]).exit(1)));
    }
    let mut nowhere = project.command(&["fetch", "-q"]);
    for name in ["KERNEL_CACHE_DIR", "XDG_CACHE_HOME", "HOME", "XDG_CONFIG_HOME"] {
        nowhere.env_remove(name);
    }
    messages.push(project.said(&Run::new(&nowhere.output().unwrap()).exit(1)));
    insta::assert_snapshot!(messages.join("\n"), @"
    error: source `toy` has no pin in Kernel.lock, and `--offline` forbids to ask its origin
    hint: run `kernel fetch` with a network first, and keep Kernel.lock

    error: `linux 6.12.7` is not in the cache, and `--offline` forbids to fetch it
    hint: run `kernel fetch` with a network first

    error: `linux 6.12.7` is not in the cache, and `--offline` forbids to fetch it
    hint: run `kernel fetch` with a network first

    error: `--offline` and `--frozen` forbid to ask for newer versions
    hint: leave the option out

    error: `--offline` and `--frozen` forbid to ask for newer versions
    hint: leave the option out

    error: no place for downloaded sources: neither `KERNEL_CACHE_DIR`, `XDG_CACHE_HOME` nor `HOME` is set
    hint: set `KERNEL_CACHE_DIR`
    ");
}

/// Servers that do not have the file, that have another one, and that are not there.
#[test]
fn what_servers_answer() {
    let (project, server) = pinned();
    let fetch = |code| said(&project, &server, &project.kernel(&["fetch", "-q"]).exit(code));
    server.put("/linux-6.12.7.tar.xz", Answer::File(b"<html>".to_vec()));
    let other = fetch(4);
    let downloads = project.snapshot("cache/downloads-v1");
    assert!(downloads.is_empty(), "nothing is left of it: {downloads:?}");
    server.remove("/linux-6.12.7.tar.xz");
    let none = fetch(1);
    server.put("/linux-6.12.7.tar.xz", Answer::Redirect("/linux-6.12.7.tar.xz".to_owned()));
    let circle = fetch(1);
    insta::assert_snapshot!([other, none, circle].join("\n"), @"
    error: could not verify `[SERVER]/linux-6.12.7.tar.xz`: found SHA-256 `DIGEST`, expected `DIGEST`

    error: `[SERVER]/linux-6.12.7.tar.xz` is pinned and not to be had any more: could not download `[SERVER]/linux-6.12.7.tar.xz`: the server answered with status 404
    hint: run `kernel update toy` to pin what the origin has now, or add `mirrors` or `origins` that still have it

    error: could not download `[SERVER]/linux-6.12.7.tar.xz`: too many redirects
    ");
}

/// What is in the cache or in the vendored folder is not what Kernel.lock pins.
#[test]
fn what_is_not_what_is_pinned() {
    let (project, server) = pinned();
    let tar = release_tar("6.12.7", &workspace_root().join("tests/toy"));
    project.kernel(&["vendor", "third-party"]).success();
    project.kernel(&["fetch"]).success();
    let lock = project.read("Kernel.lock");

    // A damaged file of the cache is fetched again, with a warning.
    let file = format!("downloads-v1/{}/linux-6.12.7.tar.xz", sha256(&xz(&tar)));
    fs::remove_dir_all(project.path("cache/sources-v2")).unwrap();
    project.write(&format!("cache/{file}"), "damaged");
    let healed = said(&project, &server, &project.kernel(&["fetch", "-q"]).success());

    // One of the vendored folder is not.
    project.replace("Kernel.toml", "schema = 1\n", "schema = 1\nvendor = \"third-party\"\n");
    fs::remove_dir_all(project.path("cache")).unwrap();
    fs::write(project.path(&format!("third-party/{file}")), "damaged").unwrap();
    let vendored = said(&project, &server, &project.kernel(&["fetch", "-q"]).exit(4));
    assert_eq!(project.read("Kernel.lock"), lock);

    // The digest of the tar file in the manifest is another one than that of what comes.
    project.replace("Kernel.toml", "vendor = \"third-party\"\n", "");
    project.replace("Kernel.toml", "sha256 = ", &format!("tar-sha256 = \"{}\"\nsha256 = ", "0".repeat(64)));
    let tar_file = said(&project, &server, &project.kernel(&["fetch", "-q"]).exit(4));
    project.replace("Kernel.toml", &format!("tar-sha256 = \"{}\"\n", "0".repeat(64)), "");
    fs::remove_file(project.path("Kernel.lock")).unwrap();
    project.kernel(&["fetch"]).success();
    project.replace("Kernel.toml", "sha256 = ", &format!("tar-sha256 = \"{}\"\nsha256 = ", "0".repeat(64)));
    let unpacked = said(&project, &server, &project.kernel(&["fetch", "-q"]).exit(4));
    insta::assert_snapshot!([healed, vendored, tar_file, unpacked].join("\n"), @"
    warning: `[ROOT]/cache/downloads-v1/DIGEST/linux-6.12.7.tar.xz` is not what was downloaded: it is fetched again

    error: `[ROOT]/third-party/downloads-v1/DIGEST/linux-6.12.7.tar.xz` of [SERVER]/linux-6.12.7.tar.xz has sha256 DIGEST: expected DIGEST, as Kernel.lock pins it
    hint: restore that file, or make the folder again by `kernel vendor`

    error: could not verify `[ROOT]/cache/downloads-v1/DIGEST/linux-6.12.7.tar.xz`: found SHA-256 `DIGEST` of the uncompressed tar file, expected `DIGEST`
    hint: restore Kernel.lock, or remove the source's entry from it if the manifest names another file now

    error: `[SERVER]/linux-6.12.7.tar.xz` was unpacked from a tar file with sha256 DIGEST: expected DIGEST, as Kernel.lock pins it
    hint: restore Kernel.lock, or run `kernel update` if you trust the origin
    ");
}

/// A patch at an address is verified wherever it is taken from, and a damaged one of the cache is fetched again.
#[test]
fn patches_that_are_not_what_is_pinned() {
    let (project, server) = pinned();
    let patch = crate::patches::comment("far");
    server.put("/net.patch", Answer::File(patch.clone().into_bytes()));
    let digest = sha256(patch.as_bytes());
    let manifest = project.read("Kernel.toml");
    let table = format!(
        "\n[[kernel.guest.patch]]\nname = \"net\"\nurl = \"{}/net.patch\"\nsha256 = \"{digest}\"\n",
        server.address
    );
    project.write("Kernel.toml", &format!("{manifest}{table}"));
    project.kernel(&["vendor", "third-party"]).success();
    project.write(&format!("cache/downloads-v1/{digest}/net.patch"), "damaged");
    let healed = said(&project, &server, &project.kernel(&["check", "-q"]).success());
    assert_eq!(project.read(&format!("cache/downloads-v1/{digest}/net.patch")), patch);

    fs::remove_dir_all(project.path("cache/downloads-v1")).unwrap();
    let offline = said(&project, &server, &project.kernel(&["check", "-q", "--offline"]).exit(1));
    server.put("/net.patch", Answer::File(b"another".to_vec()));
    let other = said(&project, &server, &project.kernel(&["check", "-q"]).exit(4));
    project.replace("Kernel.toml", "schema = 1\n", "schema = 1\nvendor = \"third-party\"\n");
    project.write(&format!("third-party/downloads-v1/{digest}/net.patch"), "damaged");
    let vendored = said(&project, &server, &project.kernel(&["check", "-q"]).exit(4));
    insta::assert_snapshot!([healed, offline, other, vendored].join("\n"), @"
    warning: `[ROOT]/cache/downloads-v1/DIGEST/net.patch` is not what was downloaded: it is fetched again

    error: `[SERVER]/net.patch` is not in the cache, and `--offline` forbids to fetch it
    hint: run `kernel fetch` with a network first

    error: could not verify `[SERVER]/net.patch`: found SHA-256 `DIGEST`, expected `DIGEST`

    error: `[ROOT]/third-party/downloads-v1/DIGEST/net.patch` of [SERVER]/net.patch has sha256 DIGEST: expected DIGEST, as Kernel.lock pins it
    hint: restore that file, or make the folder again by `kernel vendor`
    ");
}

/// The user's own override file counts for every workspace that has a source of that name, and the workspace's wins.
#[test]
fn the_users_override_stands_behind_the_workspaces() {
    let (project, server) = pinned();
    server.remove("/linux-6.12.7.tar.xz");
    fs::create_dir(project.path("home")).unwrap();
    for name in ["home/one", "two"] {
        let mut copy = Command::new("cp");
        copy.arg("-a").arg(workspace_root().join("tests/toy")).arg(project.path(name));
        assert!(copy.status().unwrap().success());
    }
    let user = "schema = 1\n[source.toy]\npath = \"../../one\"\n[source.elsewhere]\npath = \"x\"\n";
    project.write("home/settings/cargo-kernel/override.toml", user);
    let run = |args: &[&str]| {
        let mut command = project.command(args);
        command.env("XDG_CONFIG_HOME", project.path("home/settings"));
        Run::new(&command.output().unwrap())
    };
    let origin = |project: &Project| {
        let record: serde_json::Value =
            serde_json::from_str(&project.read("target/kernel/guest/kernel.json")).unwrap();
        assert_eq!(record["source"]["unpinned"], true);
        PathBuf::from(record["source"]["origin"].as_str().unwrap().trim_start_matches("path "))
    };
    run(&["build"]).success();
    assert!(origin(&project).ends_with("one"));
    assert!(!project.path("Kernel.lock").exists(), "what is not there needs no pin");
    project.write("two/init/more.h", "/* The same tree elsewhere is no other kernel. */\n");
    project.write("Kernel.override.toml", "schema = 1\n[source.toy]\npath = \"two\"\n");
    run(&["build"]).success();
    assert!(origin(&project).ends_with("two"));
    project.write("home/settings/cargo-kernel/override.toml", "schema = 1\n[source.toy]\npaht = \"x\"\n");
    let wrong = run(&["build", "-q"]).exit(1);
    insta::assert_snapshot!(project.said(&wrong), @r#"
    error: unknown key `paht` in `[source.toy]`
     --> home/settings/cargo-kernel/override.toml:3:1
    3 | paht = "x"
      | ^^^^
    hint: did you mean `path`?
    "#);
}
