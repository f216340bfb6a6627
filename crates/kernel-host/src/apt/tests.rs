//! Tests of the parsers on what the tools have said, and of the whole on this machine's own lists.

use proptest::prelude::*;

use super::*;
use crate::AbsPath;
use crate::digest::hex;

const URIS: &str = "'http://mirror.example/debian-security/pool/updates/main/l/linux-6.12/linux-source-6.12_6.12.117-1%7edeb12u1_all.deb' linux-source-6.12_6.12.117-1~deb12u1_all.deb 153476148 SHA256:e849faf31ca3555757f3a8877cb01af92122f744f75d1f3102734651c4e14703\n";

const MADISON: &str = "\
linux-source-6.12 | 6.12.117-1~deb12u1 | http://mirror.example/debian-security bookworm-security/main amd64 Packages
linux-source-6.12 | 6.12.117-1~deb12u1 | http://mirror.example/debian bookworm-backports/main amd64 Packages
linux-source-6.12 | 6.12.115-2~deb12u1 | http://mirror.example/debian-security bookworm-security/main amd64 Packages
linux-source-6.12 | 6.12.99-1 | http://mirror.example/debian bookworm/main Sources
linux-6.12 | 6.12.98-1 | http://mirror.example/debian bookworm/main amd64 Packages
";

const SHOW: &str = "\
Package: linux-source-6.12
Version: 6.12.115-2~deb12u1
Description: Linux kernel source for version 6.12 with Debian patches
SHA256: 1111111111111111111111111111111111111111111111111111111111111111

Package: linux-source-6.12
Version: 6.12.117-1~deb12u1
Description-md5: fc53c36e9fc69af8ceb72b6fe1b96ea0
SHA256: e849faf31ca3555757f3a8877cb01af92122f744f75d1f3102734651c4e14703
";

#[test]
fn the_file_of_a_package_is_read() {
    let file = parse::print_uris("linux-source-6.12", URIS).unwrap();
    assert_eq!(file.version, "6.12.117-1~deb12u1");
    assert_eq!(file.file_name, "linux-source-6.12_6.12.117-1~deb12u1_all.deb");
    assert_eq!(file.size, 153_476_148);
    assert!(file.url.ends_with("/linux-source-6.12_6.12.117-1%7edeb12u1_all.deb"));
    assert_eq!(file.sha256, parse::show_sha256("6.12.117-1~deb12u1", SHOW));
    let epoch = "'http://x/g_1.2_all.deb' g_3%3a1.2-1_all.deb 5 MD5Sum:00\n";
    let file = parse::print_uris("g", epoch).unwrap();
    assert_eq!((file.version.as_str(), file.sha256), ("3:1.2-1", None));
}

#[test]
fn what_is_not_one_file_of_that_package_is_no_answer() {
    for said in [
        "",
        "'http://x/linux-source-6.1_6.1_all.deb' linux-source-6.1_6.1_all.deb 5 SHA256:00\n",
        "'http://x/y' linux-source-6.12_/../../etc_all.deb 5 SHA256:00\n",
        "'http://x/y' linux-source-6.12_1_all.deb many SHA256:00\n",
        &URIS.repeat(2),
    ] {
        assert_eq!(parse::print_uris("linux-source-6.12", said), None, "{said}");
    }
}

#[test]
fn versions_are_those_of_binary_packages_newest_first() {
    assert_eq!(parse::madison("linux-source-6.12", MADISON), ["6.12.117-1~deb12u1", "6.12.115-2~deb12u1"]);
}

#[test]
fn lists_are_told_from_what_is_installed() {
    let empty = "Package files:\n 100 /var/lib/dpkg/status\n     release a=now\nPinned packages:\n";
    let full = "Package files:\n 100 /var/lib/dpkg/status\n     release a=now\n \
                500 http://mirror.example/debian bookworm/main amd64 Packages\n     \
                release v=12.15,o=Debian\nPinned packages:\n";
    assert!(!parse::has_lists(empty));
    assert!(parse::has_lists(full));
}

#[test]
fn a_name_is_no_pattern_and_no_option() {
    for (name, good) in
        [("linux-source-6.12", true), ("g++", true), ("linux*", false), ("-o", false), ("", false)]
    {
        assert_eq!(parse::is_package_name(name), good, "{name}");
    }
}

#[test]
fn a_vanished_version_names_those_that_are_left() {
    let error = AptError::VersionGone {
        package: "linux-source-6.12".to_owned(),
        wanted: "6.12.1-1".to_owned(),
        available: parse::madison("linux-source-6.12", MADISON),
    };
    insta::assert_snapshot!(error, @"found no version `6.12.1-1` of package `linux-source-6.12`, expected one of `6.12.117-1~deb12u1`, `6.12.115-2~deb12u1`");
}

proptest! {
    #[test]
    fn no_answer_makes_a_parser_panic(text in "('|[a-z_|: \n]|SHA256:){0,40}") {
        let _ = (parse::print_uris("a", &text), parse::madison("a", &text), parse::show_sha256("a", &text));
    }
}

/// Resolves on this machine; nothing where it cannot.
fn resolve_here(package: &str, version: Option<&str>) -> Option<Result<DebPackage, AptError>> {
    let env = Env::capture().unwrap();
    match resolve(package, version, &env, &Cancel::new()) {
        Err(error @ (AptError::NoApt | AptError::NoLists)) => {
            println!("skipped: {error}");
            None
        }
        other => Some(other),
    }
}

#[test]
fn this_machines_own_lists_are_understood() {
    // In every Debian and every kin of it.
    let Some(found) = resolve_here("apt", None) else { return };
    let found = found.unwrap();
    assert!(found.url.starts_with("http") && found.size > 10_000, "{found:?}");
    assert_ne!(hex(&found.sha256), "0".repeat(64));
    assert_eq!(resolve_here("apt", Some(&found.version)).unwrap().unwrap(), found);

    let error = resolve_here("apt", Some("0.0.1-nobody")).unwrap().unwrap_err();
    assert!(
        matches!(&error, AptError::VersionGone { available, .. } if available.contains(&found.version)),
        "{error}"
    );
    let error = resolve_here("no-such-package-anywhere", None).unwrap().unwrap_err();
    assert!(matches!(error, AptError::UnknownPackage { .. }), "{error}");
}

#[test]
fn a_machine_without_the_tools_says_so() {
    let env = Env::from_vars([("PATH", "/nonexistent")], AbsPath::new("/").unwrap());
    assert!(matches!(resolve("apt", None, &env, &Cancel::new()), Err(AptError::NoApt)));
    assert!(matches!(refresh(&env, &Cancel::new()), Err(AptError::NoApt)));
}
