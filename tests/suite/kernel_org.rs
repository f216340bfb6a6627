//! Releases by kernel.org's layout, from a server on loopback.

use std::fs;
use std::net::TcpListener;

use tests::{Project, Run, needs, workspace_root};

use crate::release_server::{Answer, FileServer, KernelOrg, gz, release_tar, sha256, xz};

/// A workspace whose source is `version` alone, at a server with three releases.
fn workspace(version: &str) -> (Project, KernelOrg) {
    let project = Project::toy();
    let org = KernelOrg::start();
    let toy = project.path("toy");
    org.release("6.12.6", &toy, false);
    org.release("6.12.7", &toy, false);
    org.release("6.11.11", &toy, true);
    fs::remove_dir_all(&toy).unwrap();
    project.replace(
        "Kernel.toml",
        "version = \"6.12\"\npath = \"toy\"",
        &format!("version = \"{version}\"\nkernel-org = \"{}\"", org.base()),
    );
    (project, org)
}

/// The sources of the lockfile with digests and addresses of this run replaced.
fn lock(project: &Project) -> String {
    let text = project.read("Kernel.lock");
    let text = text.split("\n[kernel.").next().unwrap();
    let word = |word: &str| {
        let is_hex = word.len() >= 16 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_hex { "HEX".to_owned() } else { word.to_owned() }
    };
    let lines = text.lines().skip(2).map(|line| line.split('"').map(word).collect::<Vec<_>>().join("\""));
    lines.collect::<Vec<_>>().join("\n")
}

/// The newest point release of the series is found, pinned, fetched, built; the tar's digest is learned.
#[test]
fn a_series_alone_is_enough() {
    let (project, org) = workspace("6.12");
    project.kernel(&["build"]).success();
    insta::assert_snapshot!(lock(&project), @r#"
    schema = 1

    [source.toy]
    kernel-org = "6.12.7"
    file = "linux-6.12.7.tar.xz"
    sha256 = "HEX"
    tar-sha256 = "HEX"
    check = "HEX"
    "#);
    let record = project.read("target/kernel/guest/kernel.json");
    assert!(
        record.contains("\"linux 6.12.7\"") && !record.contains("unpinned") && !record.contains("verified")
    );
    assert!(org.server.asked().iter().filter(|path| path.ends_with(".tar.xz")).count() == 1);
    project.kernel(&["build", "--locked", "--offline"]).success();
    assert!(org.server.asked().is_empty());

    // A newer release changes nothing until somebody asks.
    org.release("6.12.8", &workspace_root().join("tests/toy"), false);
    project.kernel(&["fetch"]).success();
    assert!(project.read("Kernel.lock").contains("\"6.12.7\""));
    let outdated = project.kernel(&["outdated"]).success();
    assert_eq!(outdated.stdout, "toy\tkernel.org 6.12.7\tkernel.org 6.12.8\toutdated\n");
    let before = project.read("Kernel.lock");
    let run = project.kernel(&["update", "--dry-run"]).success();
    assert!(run.stderr.contains("kernel.org 6.12.7 → kernel.org 6.12.8"), "{}", run.stderr);
    assert_eq!(project.read("Kernel.lock"), before);
    project.kernel(&["update", "toy", "--precise", "6.12.6"]).success();
    assert!(project.read("Kernel.lock").contains("\"6.12.6\""));
    // One that the manifest does not allow, one that there is not, and one that is none.
    let refused = ["6.11.11", "6.12.99", "newest"].map(|version| {
        let run = project.kernel(&["update", "-q", "toy", "--precise", version]).exit(1);
        project.said(&run).replace(&org.base(), "[BASE]")
    });
    insta::assert_snapshot!(refused.join("\n"), @r#"
    warning: the series of kernel.org 6.11.11 is at its end: there will be no fixes any more
    hint: `kernel outdated` lists sources that trail
    error: source `toy` has version `6.11.11`, expected `6.12`
     --> Kernel.toml:4:11
    4 | version = "6.12"
      |           ^^^^^^
    hint: write `version = "6.11"`, or name another origin

    error: could not pin source `toy`
      caused by: found no release of `=6.12.99` at `[BASE]`; its newest is 6.12.8
    hint: change `version`, or name another origin

    error: `newest` is no version of source `toy`
    hint: `--precise` takes a release of kernel.org (`6.12.30`) or the version of a package; a commit is named by `rev` in the manifest
    "#);
    project.kernel(&["update"]).success();
    assert!(project.read("Kernel.lock").contains("\"6.12.8\""));
    let fetched = project.kernel(&["fetch"]).success();
    let tree = fetched.stdout.trim().split_once('\t').unwrap().1.to_owned();
    assert!(fs::read_to_string(format!("{tree}/Makefile")).unwrap().contains("SUBLEVEL = 8"));
}

#[test]
fn an_exact_release_and_a_series_at_its_end() {
    let (project, _org) = workspace("=6.12.6");
    project.kernel(&["fetch"]).success();
    assert!(project.read("Kernel.lock").contains("kernel-org = \"6.12.6\""));

    let (project, _org) = workspace("6.11");
    let run = project.kernel(&["fetch"]).success();
    assert!(run.stderr.contains("the series of kernel.org 6.11.11 is at its end"), "{}", run.stderr);
    let outdated = project.kernel(&["outdated"]).success();
    assert!(outdated.stdout.ends_with("\tended\n"), "{}", outdated.stdout);
    let update = project.kernel(&["update", "--pins-only", "--message-format", "json"]).success();
    let updated = update.stdout.lines().find(|line| line.contains("source-updated")).unwrap();
    assert!(updated.contains("\"is_ended\":true"), "{updated}");
    let update = project.kernel(&["update"]).success();
    assert!(update.stderr.contains("kernel.org 6.11.11 is at its end"), "{}", update.stderr);

    let (project, org) = workspace("6.10");
    org.server.put("/releases.json", Answer::File(b"<html>".to_vec()));
    let run = project.kernel(&["fetch", "-q"]).exit(1);
    insta::assert_snapshot!(project.said(&run).replace(&org.server.address, "[SERVER]"), @"
    error: could not pin source `toy`
      caused by: could not understand `[SERVER]/releases.json`: expected value at line 1 column 1
    ");
    org.server.remove("/releases.json");
    let run = project.kernel(&["fetch"]).exit(1);
    insta::assert_snapshot!(project.said(&run).replace(&org.base(), "[BASE]"), @"
    error: could not pin source `toy`
      caused by: found no release of `6.10` at `[BASE]`; its newest is 6.12.7
    hint: change `version`, or name another origin
    ");
}

/// A release candidate lies elsewhere and has no checksums: what it is, is pinned when it is first fetched.
#[test]
fn release_candidates_are_pinned_by_what_came() {
    let (project, org) = workspace("=6.13-rc3");
    let toy = workspace_root().join("tests/toy");
    org.candidate("6.13-rc3", &toy);
    project.kernel(&["fetch"]).success();
    let text = project.read("Kernel.lock");
    assert!(text.contains("/torvalds/t/linux-6.13-rc3.tar.gz") && text.contains("tar-sha256"), "{text}");
    assert_eq!(org.server.asked().iter().filter(|path| path.ends_with("rc3.tar.gz")).count(), 1);

    // Compressed anew at its origin: the file is another, and so refused; a mirror's tar file would do.
    let other = [gz(&release_tar("6.13-rc3", &toy)), gz(b"")].concat();
    org.server.put("/torvalds/t/linux-6.13-rc3.tar.gz", Answer::File(other));
    fs::remove_dir_all(project.path("cache")).unwrap();
    project.kernel(&["fetch"]).exit(4);
}

/// With keys, the tarball's own signature must be good; the record and the lockfile say whose it is.
#[test]
fn signatures_are_verified_where_keys_are_given() {
    let (project, org) = workspace("6.12");
    project.write("kernel/keys/tarballs.asc", &org.tarballs.certificate());
    project.write("kernel/keys/sums.asc", &org.autosigner.certificate());
    project.replace("Kernel.toml", "kernel-org", "keys = [\"kernel/keys/*.asc\"]\nkernel-org");
    project.kernel(&["build"]).success();
    let (tarballs, sums) = (org.tarballs.fingerprint(), org.autosigner.fingerprint());
    for file in ["Kernel.lock", "target/kernel/guest/kernel.json"] {
        assert!(project.read(file).contains(&format!("linux-6.12.7.tar.sign by {tarballs}")), "{file}");
    }
    assert!(project.read("Kernel.lock").contains(&format!("sha256sums.asc by {sums}")));
    project.kernel(&["build", "--locked", "--offline"]).success();

    // Somebody else's keys: the tree that is there does not count, and no other is made.
    let other = crate::release_server::Signer::new(7);
    fs::remove_file(project.path("kernel/keys/sums.asc")).unwrap();
    project.write("kernel/keys/tarballs.asc", &other.certificate());
    let run = project.kernel(&["fetch"]).exit(4);
    assert!(run.stderr.contains(&tarballs) && run.stderr.contains(&other.fingerprint()), "{}", run.stderr);
}

/// A signature beside any tarball will do, and is vendored with it: who trusts the key needs no network to say so.
#[test]
fn signatures_of_an_address_are_vendored() {
    let project = Project::toy();
    let server = FileServer::start();
    let signer = crate::release_server::Signer::new(5);
    let tar = release_tar("6.12.7", &project.path("toy"));
    server.put("/linux-6.12.7.tar.gz", Answer::File(gz(&tar)));
    server.put("/linux-6.12.7.tar.asc", Answer::File(signer.sign(&tar)));
    fs::remove_dir_all(project.path("toy")).unwrap();
    project.write("keys/signer.asc", &signer.certificate());
    let url = format!(
        "url = \"{}/linux-6.12.7.tar.gz\"\nsha256 = \"{}\"\nkeys = [\"keys/*.asc\"]",
        server.address,
        sha256(&gz(&tar))
    );
    project.replace("Kernel.toml", "path = \"toy\"", &url);
    project.kernel(&["vendor", "third-party"]).success();
    project.replace("Kernel.toml", "schema = 1\n", "schema = 1\nvendor = \"third-party\"\n");
    fs::remove_dir_all(project.path("cache")).unwrap();
    for path in ["/linux-6.12.7.tar.gz", "/linux-6.12.7.tar.asc"] {
        server.remove(path);
    }
    project.kernel(&["build", "--frozen"]).success();
    let signed = format!("linux-6.12.7.tar.asc by {}", signer.fingerprint());
    assert!(project.read("target/kernel/guest/kernel.json").contains(&signed));
    project.kernel(&["fetch"]).success();
    assert!(project.read("Kernel.lock").contains(&format!("verified = [\"{signed}\"]")));

    // What is vendored is judged, too.
    fs::remove_dir_all(project.path("cache")).unwrap();
    let place = project.path("third-party/downloads-v1").join(sha256(&gz(&tar)));
    fs::write(place.join("linux-6.12.7.tar.asc"), signer.sign(b"other")).unwrap();
    project.kernel(&["fetch", "--frozen"]).exit(4);
}

#[test]
fn bad_and_missing_signatures_stop() {
    let tampered = |org: &KernelOrg| {
        let signature = org.tarballs.sign(b"another tar");
        org.server.put(&KernelOrg::path("linux-6.12.7.tar.sign"), Answer::File(signature));
    };
    let missing = |org: &KernelOrg| org.server.remove(&KernelOrg::path("linux-6.12.7.tar.sign"));
    let sums = |org: &KernelOrg| {
        let signed = org.autosigner.clearsign("00  linux-6.12.7.tar.xz\n").replace("00  ", "01  ");
        org.server.put(&KernelOrg::path("sha256sums.asc"), Answer::File(signed.into_bytes()));
    };
    let mut said = Vec::new();
    for spoil in [&tampered as &dyn Fn(&KernelOrg), &missing, &sums] {
        let (project, org) = workspace("6.12");
        project.write("keys/a.asc", &org.tarballs.certificate());
        project.write("keys/b.asc", &org.autosigner.certificate());
        project.replace("Kernel.toml", "kernel-org", "keys = [\"keys/*.asc\"]\nkernel-org");
        spoil(&org);
        let run = project.kernel(&["fetch", "-q"]).exit(4);
        let text = project.said(&run).replace(&org.server.address, "[SERVER]");
        let text = text
            .replace(&org.tarballs.fingerprint(), "TARBALLS")
            .replace(&org.autosigner.fingerprint(), "SUMS");
        said.push(text);
        let trees = project.path("cache/sources-v2");
        let left = fs::read_dir(trees)
            .map(|dir| dir.filter(|entry| entry.as_ref().unwrap().path().is_dir()).count());
        assert_eq!(left.unwrap_or(0), 0);
    }
    // The name of the archive in the cache begins with its digest.
    let digest = sha256(&xz(&release_tar("6.12.7", &workspace_root().join("tests/toy"))));
    insta::assert_snapshot!(said.join("\n").replace(&digest, "DIGEST"), @"
    error: could not verify `[ROOT]/cache/downloads-v1/DIGEST/linux-6.12.7.tar.xz`: bad signature `[SERVER]/pub/linux/kernel/v6.x/linux-6.12.7.tar.sign` of TARBALLS: it is over other bytes

    error: found no signature of `linux 6.12.7`, which `keys` demands: could not download `[SERVER]/pub/linux/kernel/v6.x/linux-6.12.7.tar.sign`: the server answered with status 404
    hint: without `keys` nothing is claimed about signatures

    error: could not pin source `toy`
      caused by: bad signature `[SERVER]/pub/linux/kernel/v6.x/sha256sums.asc` of SUMS: it is over other bytes
    ");
}

#[test]
fn keys_that_match_nothing_are_an_error() {
    let (project, _org) = workspace("6.12");
    project.replace("Kernel.toml", "kernel-org", "keys = [\"keys/*.asc\"]\nkernel-org");
    let run = project.kernel(&["fetch"]).exit(1);
    insta::assert_snapshot!(project.said(&run), @r#"
    error: `keys/*.asc` matches no file
     --> Kernel.toml:5:9
    5 | keys = ["keys/*.asc"]
      |         ^^^^^^^^^^^^ relative to the manifest
    "#);
}

/// A pin that its origin has no more is an error that says what to do; a mirror that has it helps.
#[test]
fn a_release_that_vanished_names_the_ways_out() {
    let (project, org) = workspace("6.12");
    project.kernel(&["fetch"]).success();
    fs::remove_dir_all(project.path("cache")).unwrap();
    org.server.remove(&KernelOrg::path("linux-6.12.7.tar.xz"));
    let run = project.kernel(&["fetch", "-q"]).exit(1);
    insta::assert_snapshot!(project.said(&run).replace(&org.base(), "[BASE]"), @"
    error: `linux 6.12.7` is pinned and not to be had any more: could not download `[BASE]/v6.x/linux-6.12.7.tar.xz`: the server answered with status 404
    hint: run `kernel update toy` to pin what the origin has now, or add `mirrors` or `origins` that still have it
    ");

    let mirror = KernelOrg::start();
    mirror.release("6.12.7", &workspace_root().join("tests/toy"), false);
    let mirrors = format!("mirrors = [\"{}\"]\nkernel-org", mirror.base());
    project.replace("Kernel.toml", "kernel-org", &mirrors);
    project.kernel(&["fetch", "--locked"]).success();
}

/// The base address of this machine comes before that of the manifest; a mirror need not have the list of releases.
#[test]
fn an_override_names_a_mirror() {
    let (project, org) = workspace("6.12");
    let text = format!("schema = 1\nkernel-org = \"{}\"\n", org.base());
    project.write("Kernel.override.toml", &text);
    project.replace("Kernel.toml", &org.base(), "http://127.0.0.1:9/pub/linux/kernel");
    org.server.remove("/releases.json");
    project.kernel(&["fetch"]).success();
    assert!(project.read("Kernel.lock").contains("kernel-org = \"6.12.7\""));
}

/// A cut of the real tree: real names, real sizes, real links.
#[test]
fn a_cut_of_the_real_tree() {
    let Some(tree) = needs::srctree("6_12") else { return };
    let project = Project::toy();
    let org = KernelOrg::start();
    let cut = project.path("cut");
    for part in
        ["Makefile", "Kconfig", "scripts", "include/uapi/linux/netfilter", "kernel/time", "net/netfilter"]
    {
        let to = cut.join(part);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        let copied =
            std::process::Command::new("cp").arg("-a").arg(tree.join(part)).arg(&to).status().unwrap();
        assert!(copied.success());
    }
    org.release("6.12.99", &cut, false);
    project.replace("Kernel.toml", "path = \"toy\"", &format!("kernel-org = \"{}\"", org.base()));
    let fetched = project.kernel(&["fetch"]).success();
    let unpacked = fetched.stdout.trim().split_once('\t').unwrap().1.to_owned();
    let mut differs = std::process::Command::new("diff");
    differs.args(["-r", "--no-dereference", "-x", "Makefile"]).arg(&cut).arg(&unpacked);
    let output = differs.output().unwrap();
    // The Makefile at the top has the release's version; those below must be the same, too.
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    project.kernel(&["verify-source"]).success();
}

/// Nobody answers at kernel.org's address; what is pinned and here needs no answer.
#[test]
fn while_it_is_down() {
    let (project, org) = workspace("6.12");
    project.kernel(&["fetch"]).success();
    // A port that was free a moment ago.
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let base = format!("http://{nobody}/pub");
    project.replace("Kernel.toml", &org.base(), &base);
    project.kernel(&["build"]).success();
    fs::remove_file(project.path("Kernel.lock")).unwrap();
    let mut build = project.command(&["build"]);
    build.env("CARGO_NET_RETRY", "0");
    let run = Run::new(&build.output().unwrap()).exit(1);
    insta::assert_snapshot!(project.said(&run).replace(&base, "[KERNEL.ORG]"), @r"
    error: could not pin source `toy`
      caused by: could not download `[KERNEL.ORG]/v6.x/sha256sums.asc`: Connection refused
    hint: name a mirror by `kernel-org` or `mirrors`, or another origin by `origins`
    ");
}
