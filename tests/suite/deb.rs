//! Packages of a distribution, from a repository on loopback that this machine's own apt is pointed to.

use std::fs;
use std::io::Write as _;
use std::process::Command;

use tests::{Project, Run, needs, workspace_root};

use crate::release_server::{Answer, FileServer, release_tar, sha256, xz};

const PACKAGE: &str = "linux-source-6.12";

/// A workspace whose source is a package, and the repository that apt has it from.
struct Debian {
    project: Project,
    server: FileServer,
}

impl Debian {
    /// Nothing where there is no apt.
    fn start() -> Option<Self> {
        if !needs::program("apt-get") {
            return None;
        }
        let (project, server) = (Project::toy(), FileServer::start());
        fs::remove_dir_all(project.path("toy")).unwrap();
        project.replace("Kernel.toml", "path = \"toy\"", &format!("deb = \"{PACKAGE}\""));
        let apt = project.path("apt");
        for folder in ["state/lists/partial", "cache/archives/partial", "etc"] {
            fs::create_dir_all(apt.join(folder)).unwrap();
        }
        project.write("apt/status", "");
        project.write("apt/sources.list", &format!("deb [trusted=yes] {}/debian ./\n", server.address));
        let apt = apt.display();
        project.write(
            "apt/apt.conf",
            &format!(
                "Dir::Etc \"{apt}/etc\";\nDir::Etc::sourcelist \"{apt}/sources.list\";\nDir::State \"{apt}/state\";\n\
                 Dir::State::status \"{apt}/status\";\nDir::Cache \"{apt}/cache\";\nAcquire::Languages \"none\";\n\
                 Acquire::http::Proxy \"false\";\nAPT::Sandbox::User \"root\";\n"
            ),
        );
        Some(Self { project, server })
    }

    /// What the repository has from now on, and apt knows.
    fn publish(&self, packages: &[(&str, &[u8])]) {
        let mut text = String::new();
        for (version, package) in packages {
            let file = format!("{PACKAGE}_{version}_all.deb");
            text += &format!(
                "Package: {PACKAGE}\nVersion: {version}\nArchitecture: all\nMaintainer: T <t@example.org>\n\
                 Filename: ./{file}\nSize: {}\nSHA256: {}\nDescription: toy\n\n",
                package.len(),
                sha256(package)
            );
            self.server.put(&format!("/debian/./{file}"), Answer::File(package.to_vec()));
        }
        self.server.put("/debian/./Packages", Answer::File(text.into_bytes()));
        let mut update = Command::new("apt-get");
        update.arg("update").env("APT_CONFIG", self.project.path("apt/apt.conf"));
        let output = update.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        self.server.asked();
    }

    fn run(&self, args: &[&str]) -> Run {
        let mut command = self.project.command(args);
        command.env("APT_CONFIG", self.project.path("apt/apt.conf"));
        Run::new(&command.output().unwrap())
    }

    fn said(&self, run: &Run, packages: &[&[u8]]) -> String {
        let text = self.project.said(run).replace(&self.server.address, "[SERVER]");
        let numbered = packages.iter().enumerate();
        numbered.fold(text, |text, (at, package)| text.replace(&sha256(package), &format!("DIGEST-{at}")))
    }
}

/// A package that holds the toy tree's tarball (deb(5), ar(5)).
fn package(version: &str) -> Vec<u8> {
    let tar = xz(&release_tar(version, &workspace_root().join("tests/toy")));
    let mut files = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_mode(0o644);
    header.set_size(tar.len() as u64);
    files.append_data(&mut header, format!("./usr/src/{PACKAGE}.tar.xz"), tar.as_slice()).unwrap();
    let members = [("debian-binary", b"2.0\n".to_vec()), ("data.tar.xz", xz(&files.into_inner().unwrap()))];
    let mut bytes = b"!<arch>\n".to_vec();
    for (name, data) in members {
        writeln!(bytes, "{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`", 0, 0, 0, "100644", data.len()).unwrap();
        bytes.extend(&data);
        bytes.resize(bytes.len() + data.len() % 2, b'\n');
    }
    bytes
}

/// Pinned to its version and digests, fetched through a bad line, built, updated, vendored.
#[test]
fn a_package_is_pinned_fetched_updated_and_vendored() {
    let Some(debian) = Debian::start() else { return };
    let (seven, eight) = (package("6.12.7"), package("6.12.8"));
    debian.publish(&[("6.12.7-1", &seven)]);
    debian
        .server
        .put("/debian/./linux-source-6.12_6.12.7-1_all.deb", Answer::Cut(seven.clone(), seven.len() / 3 + 1));
    debian.run(&["build"]).success();
    let asked = debian.server.asked();
    assert!(asked.len() > 1 && asked.iter().all(|path| path.ends_with("6.12.7-1_all.deb")), "{asked:?}");
    let tar = release_tar("6.12.7", &workspace_root().join("tests/toy"));
    let lock = debian.project.read("Kernel.lock");
    let lines = [
        "deb = \"linux-source-6.12\"\nversion = \"6.12.7-1\"\nkernelversion = \"6.12.7\"\n".to_owned(),
        format!("sha256 = \"{}\"\ntar-sha256 = \"{}\"\n", sha256(&seven), sha256(&tar)),
    ];
    assert!(lines.iter().all(|line| lock.contains(line)), "{lock}");
    let record: serde_json::Value =
        serde_json::from_str(&debian.project.read("target/kernel/guest/kernel.json")).unwrap();
    assert_eq!(record["source"]["origin"], "deb linux-source-6.12");
    assert_eq!(record["source"]["version"], "6.12.7-1");
    debian.run(&["build", "--frozen"]).success();

    debian.publish(&[("6.12.8-1", &eight), ("6.12.7-1", &seven)]);
    debian.run(&["build", "--locked"]).success();
    assert_eq!(
        debian.run(&["outdated"]).success().stdout,
        "toy\tlinux-source-6.12 6.12.7-1\tlinux-source-6.12 6.12.8-1\toutdated\n"
    );
    debian.run(&["update"]).success();
    assert!(debian.project.read("Kernel.lock").contains("6.12.8-1"));
    debian.run(&["update", "toy", "--precise", "6.12.7-1"]).success();
    assert!(debian.project.read("Kernel.lock").contains("6.12.7-1"));

    debian.run(&["vendor", "third-party"]).success();
    debian.project.replace("Kernel.toml", "schema = 1\n", "schema = 1\nvendor = \"third-party\"\n");
    fs::remove_dir_all(debian.project.path("cache")).unwrap();
    fs::remove_dir_all(debian.project.path("apt")).unwrap();
    debian.run(&["build", "--frozen"]).success();
}

/// Elsewhere than on Debian's kin there is no such origin.
#[test]
fn a_machine_without_apt() {
    let project = Project::toy();
    project.replace("Kernel.toml", "path = \"toy\"", &format!("deb = \"{PACKAGE}\""));
    let output = project.command(&["fetch", "-q"]).env("PATH", project.path("bin")).output().unwrap();
    insta::assert_snapshot!(project.said(&Run::new(&output).exit(1)), @"
    error: could not pin source `toy`
      caused by: found no `apt-get` on this machine, expected the package manager of Debian or one of its kin
    hint: `deb` sources need a Debian-like machine: name the source by `url` and `sha256`
    ");
}

/// A pin that the distribution dropped is never replaced in silence; the ways out are named.
#[test]
fn what_a_distribution_does_not_have() {
    let Some(debian) = Debian::start() else { return };
    let (seven, other, nine) = (package("6.12.7"), package("6.12.6"), package("6.12.9"));
    let packages: [&[u8]; 3] = [&seven, &other, &nine];
    let fetch = |code| {
        if debian.project.path("cache").exists() {
            fs::remove_dir_all(debian.project.path("cache")).unwrap();
        }
        debian.said(&debian.run(&["fetch", "-q"]).exit(code), &packages)
    };
    let no_lists = fetch(1);
    debian.publish(&[("6.12.7-1", &seven)]);
    debian.project.replace("Kernel.toml", PACKAGE, "linux-source-6.99");
    let unknown = fetch(1);
    debian.project.replace("Kernel.toml", "linux-source-6.99", PACKAGE);
    debian.run(&["fetch"]).success();
    let lock = debian.project.read("Kernel.lock");
    // The same version with other contents, in the lists and then at the address alone.
    debian.publish(&[("6.12.7-1", &other)]);
    let repinned = fetch(4);
    debian.publish(&[("6.12.7-1", &seven)]);
    let mut wrong = seven.clone();
    *wrong.last_mut().unwrap() ^= 1;
    debian.server.put("/debian/./linux-source-6.12_6.12.7-1_all.deb", Answer::File(wrong.clone()));
    let corrupted = fetch(4).replace(&sha256(&wrong), "OTHER");
    debian.publish(&[("6.12.9-1", &nine)]);
    let vanished = fetch(1);
    assert_eq!(debian.project.read("Kernel.lock"), lock);
    insta::assert_snapshot!([no_lists, unknown, repinned, corrupted, vanished].join("\n"), @"
    error: could not pin source `toy`
      caused by: found no package lists on this machine; they are fetched by `apt-get update`
    hint: refresh the package lists: `--setup` does it

    error: could not pin source `toy`
      caused by: found no package `linux-source-6.99` in the package lists of this machine
    hint: refresh the package lists: `--setup` does it

    error: `linux-source-6.12 6.12.7-1` has sha256 DIGEST-1: expected DIGEST-0, as Kernel.lock pins it
    hint: if you trust the origin, remove the source's entry from Kernel.lock

    error: could not verify `[SERVER]/debian/./linux-source-6.12_6.12.7-1_all.deb`: found SHA-256 `OTHER`, expected `DIGEST-0`

    error: `linux-source-6.12 6.12.7-1` is pinned and not to be had any more: found no version `6.12.7-1` of package `linux-source-6.12`, expected one of `6.12.9-1`
    hint: run `kernel update toy` to pin what the origin has now, or add `mirrors` or `origins` that still have it
    ");
    debian.run(&["update"]).success();
    debian.run(&["build", "--locked"]).success();
}
