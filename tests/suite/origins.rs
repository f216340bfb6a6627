//! Mirrors, several origins, overrides, the vendored folder, lockfiles that somebody touched.

use std::fs;

use tests::{Project, workspace_root};

use crate::release_server::{Answer, FileServer, gz, release_tar, sha256, xz};

/// A workspace whose source is an address with these lines below it, and the server behind it.
fn served(lines: impl Fn(&FileServer, &[u8]) -> String) -> (Project, FileServer, Vec<u8>) {
    let project = Project::toy();
    let server = FileServer::start();
    let tar = release_tar("6.12.7", &project.path("toy"));
    fs::remove_dir_all(project.path("toy")).unwrap();
    let lines = format!("url = \"{}/linux-6.12.7.tar.xz\"\n{}", server.address, lines(&server, &tar));
    project.replace("Kernel.toml", "path = \"toy\"", &lines);
    (project, server, tar)
}

fn tree(project: &Project, args: &[&str]) -> String {
    let fetched = project.kernel(args).success();
    fetched.stdout.trim().split_once('\t').unwrap().1.to_owned()
}

/// The digest of the tar file lets any compression pass, at any mirror, tried in order.
#[test]
fn a_mirror_with_another_compression_will_do() {
    let (project, server, tar) = served(|server, tar| {
        format!(
            "tar-sha256 = \"{}\"\nmirrors = [\"{a}/gone.tar.gz\", \"{a}/m/linux.tar.zst\", \"{a}/m/linux.tar.bz2\"]",
            sha256(tar),
            a = server.address
        )
    });
    server.put("/m/linux.tar.zst", Answer::File(zstd::encode_all(tar.as_slice(), 1).unwrap()));
    let tree = tree(&project, &["fetch"]);
    assert!(fs::exists(format!("{tree}/Makefile")).unwrap());
    assert_eq!(server.asked(), ["/linux-6.12.7.tar.xz", "/gone.tar.gz", "/m/linux.tar.zst"]);

    // The same tree by another compression: it is there already.
    project.kernel(&["fetch", "--offline"]).success();
    // And a tar file that is another one is refused, whatever its name.
    fs::remove_dir_all(project.path("cache")).unwrap();
    server.put(
        "/m/linux.tar.zst",
        Answer::File(
            zstd::encode_all(&release_tar("6.12.8", &workspace_root().join("tests/toy"))[..], 1).unwrap(),
        ),
    );
    let run = project.kernel(&["fetch", "-q"]).exit(4);
    assert!(
        run.stderr.contains(&sha256(&tar)) && run.stderr.contains("uncompressed tar file"),
        "{}",
        run.stderr
    );
}

/// A download that is cut goes on; one that is moved is followed; a corrupted mirror is passed over with a warning.
#[test]
fn bad_lines_and_bad_mirrors() {
    let (project, server, tar) = served(|server, tar| {
        format!(
            "sha256 = \"{}\"\nmirrors = [\"{}/good/linux-6.12.7.tar.xz\"]",
            sha256(&xz(tar)),
            server.address
        )
    });
    let whole = xz(&tar);
    server.put("/linux-6.12.7.tar.xz", Answer::Cut(whole.clone(), whole.len() / 3 + 1));
    project.kernel(&["fetch"]).success();
    assert_eq!(server.asked().len(), 3);

    fs::remove_dir_all(project.path("cache")).unwrap();
    let mut corrupted = whole.clone();
    corrupted[100] ^= 1;
    server.put("/linux-6.12.7.tar.xz", Answer::File(corrupted));
    server.put("/good/linux-6.12.7.tar.xz", Answer::Redirect("/elsewhere".to_owned()));
    server.put("/elsewhere", Answer::File(whole.clone()));
    let run = project.kernel(&["fetch"]).success();
    assert!(
        run.stderr.contains("warning: could not verify") && run.stderr.contains(&sha256(&whole)),
        "{}",
        run.stderr
    );

    // If no mirror is better, the integrity is what is told.
    fs::remove_dir_all(project.path("cache")).unwrap();
    server.remove("/elsewhere");
    project.kernel(&["fetch", "-q"]).exit(4);
}

/// `origins`: the first that has an answer is pinned, and the pin stays.
#[test]
fn origins_are_asked_in_order() {
    let project = Project::toy();
    let server = FileServer::start();
    let tar = release_tar("6.12.7", &project.path("toy"));
    server.put("/linux.tar.gz", Answer::File(gz(&tar)));
    let origins = format!(
        "origins = [{{ kernel-org = \"{a}/none\" }}, {{ url = \"{a}/linux.tar.gz\", tar-sha256 = \"{}\" }}]",
        sha256(&tar),
        a = server.address
    );
    project.replace("Kernel.toml", "path = \"toy\"", &origins);
    let run = project.kernel(&["build"]).success();
    assert!(run.stderr.contains("has no answer: "), "{}", run.stderr);
    assert!(project.read("Kernel.lock").contains("/linux.tar.gz"));
    project.kernel(&["build", "--locked"]).success();
    assert!(project.kernel(&["metadata"]).success().stdout.contains("\"other_origins\":[{"));
}

/// A tree on this machine stands in for a source; the artifact says that it is not pinned, the lockfile stays.
#[test]
fn an_override_is_unpinned_and_leaves_the_lockfile() {
    let (project, server, tar) = served(|_, tar| format!("sha256 = \"{}\"", sha256(&xz(tar))));
    server.put("/linux-6.12.7.tar.xz", Answer::File(xz(&tar)));
    project.kernel(&["build"]).success();
    let lock = project.read("Kernel.lock");
    let copied = std::process::Command::new("cp")
        .arg("-a")
        .arg(workspace_root().join("tests/toy"))
        .arg(project.path("mine"))
        .status();
    assert!(copied.unwrap().success());
    project.write("Kernel.override.toml", "schema = 1\n[source.toy]\npath = \"mine\"\n");
    let run = project.kernel(&["build", "--locked"]).success();
    assert!(run.stderr.contains("/mine in place of source `toy`, unpinned"), "{}", run.stderr);
    let record = project.read("target/kernel/guest/kernel.json");
    assert!(record.contains("\"unpinned\": true") && record.contains("/mine\""), "{record}");
    assert_eq!(project.read("Kernel.lock"), lock);
    fs::remove_file(project.path("Kernel.override.toml")).unwrap();
    project.kernel(&["build", "--locked"]).success();
    assert!(!project.read("target/kernel/guest/kernel.json").contains("unpinned"));

    project.write("Kernel.override.toml", "schema = 1\n[source.toi]\npath = \"mine\"\n");
    let run = project.kernel(&["build"]).exit(1);
    insta::assert_snapshot!(project.said(&run), @"
    error: no source `toi` in the manifest
     --> Kernel.override.toml:2:9
    2 | [source.toi]
      |         ^^^
    hint: did you mean `toy`?
    ");
}

/// A vendored folder builds without network and cache, and what is in it is verified.
#[test]
fn a_vendored_folder_needs_no_network() {
    let (project, server, tar) = served(|_, tar| format!("sha256 = \"{}\"", sha256(&xz(tar))));
    server.put("/linux-6.12.7.tar.xz", Answer::File(xz(&tar)));
    let run = project.kernel(&["vendor", "third-party"]).success();
    assert!(run.stderr.contains("vendor = \"third-party\""), "{}", run.stderr);
    project.replace("Kernel.toml", "schema = 1\n", "schema = 1\nvendor = \"third-party\"\n");
    fs::remove_dir_all(project.path("cache")).unwrap();
    server.remove("/linux-6.12.7.tar.xz");
    project.kernel(&["build", "--frozen"]).success();

    fs::remove_dir_all(project.path("cache")).unwrap();
    let file = project.path("third-party/downloads-v1").join(sha256(&xz(&tar))).join("linux-6.12.7.tar.xz");
    let mut bytes = fs::read(&file).unwrap();
    bytes[200] ^= 1;
    fs::write(&file, bytes).unwrap();
    let run = project.kernel(&["fetch", "-q"]).exit(4);
    assert!(run.stderr.contains("third-party") && run.stderr.contains(&sha256(&xz(&tar))), "{}", run.stderr);
}

/// A tarball, a commit, and a patch from an address, in one folder that needs nobody else.
#[test]
fn everything_is_vendored_at_once() {
    let Some(git) = crate::git_source::workspace("tag = \"v6.12.7\"") else { return };
    let repository = git.path("linux");
    let (project, server, tar) = served(|_, tar| format!("sha256 = \"{}\"", sha256(&xz(tar))));
    server.put("/linux-6.12.7.tar.xz", Answer::File(xz(&tar)));
    let patch = crate::patches::comment("far");
    server.put("/net.patch", Answer::File(patch.clone().into_bytes()));
    let manifest = project.read("Kernel.toml");
    let (guest, address) = (&manifest[manifest.find("[kernel.guest]").unwrap()..], &server.address);
    let other =
        guest.replace("kernel.guest", "kernel.other").replace("source = \"toy\"", "source = \"commit\"");
    let more = format!(
        "[source.commit]\ngit = {repository:?}\ntag = \"v6.12.7\"\n\n[[kernel.guest.patch]]\nname = \"net\"\n\
         url = \"{address}/net.patch\"\nsha256 = \"{}\"\n",
        sha256(patch.as_bytes())
    );
    project.write("Kernel.toml", &format!("{manifest}\n{other}\n{more}"));
    project.kernel(&["vendor", "--all", "third-party"]).success();
    let lock = project.read("Kernel.lock");
    project.replace("Kernel.toml", "schema = 1\n", "schema = 1\nvendor = \"third-party\"\n");
    drop((git, server));
    fs::remove_dir_all(project.path("cache")).unwrap();
    project.kernel(&["build", "--frozen"]).success();
    assert_eq!(project.read("Kernel.lock"), lock);
    for kernel in ["guest", "other"] {
        assert!(project.path(&format!("target/kernel/{kernel}/vmlinux")).is_file());
    }
}

#[test]
fn lockfiles_that_somebody_touched() {
    let (project, server, tar) = served(|_, tar| format!("sha256 = \"{}\"", sha256(&xz(tar))));
    server.put("/linux-6.12.7.tar.xz", Answer::File(xz(&tar)));
    project.kernel(&["fetch"]).success();
    let good = project.read("Kernel.lock");
    let digest = sha256(&tar);
    let edited = good.replace(&digest, &"0".repeat(64));
    assert_ne!(edited, good);
    let said = |text: &str| {
        project.write("Kernel.lock", text);
        let run = project.kernel(&["fetch", "--locked", "-q"]).exit(1);
        assert_eq!(project.read("Kernel.lock"), text, "it is left as it is");
        project.said(&run)
    };
    let messages = [
        said(&edited),
        said(&good.replace("schema = 1", "schema = 9")),
        said(
            &good.replace("[source.toy]", "<<<<<<< HEAD\n[source.toy]\n=======\n[source.toy]\n>>>>>>> other"),
        ),
    ];
    let text = messages.join("\n");
    let checks: Vec<&str> = text
        .split(['`', '"'])
        .filter(|word| word.len() == 16 && word.bytes().all(|b| b.is_ascii_hexdigit()))
        .collect();
    let text = checks.iter().fold(text.clone(), |text, check| text.replace(check, "CHECK"));
    insta::assert_snapshot!(text, @r#"
    error: `[source.toy]` was edited by hand: its `check` is `CHECK`, expected `CHECK`
     --> Kernel.lock:9:9
    9 | check = "CHECK"
      |         ^^^^^^^^^^^^^^^^^^
    hint: restore it from version control, or delete it to have every source resolved anew

    error: `schema` is 9, expected at most 1
     --> Kernel.lock:3:10
    3 | schema = 9
      |          ^
    hint: this file needs a newer `cargo-kernel` (this one is 0.1.0)

    error: an unresolved merge conflict
     --> Kernel.lock:5:1
    5 | <<<<<<< HEAD
      | ^^^^^^^^^^^^
    hint: of each `[source.*]` keep one side whole, or delete the file to have every source resolved anew
    "#);
    project.write("Kernel.lock", &good);
    project.kernel(&["fetch", "--locked"]).success();
}
