//! What is written is read, and what was tampered with is not.

use proptest::prelude::*;

use super::*;

fn parse(text: &str) -> Result<Lockfile, Vec<Diagnostic>> {
    Lockfile::parse(SourceText { path: "Kernel.lock".into(), text: text.into() })
}

fn errors(text: &str) -> String {
    let errors = parse(text).expect_err("an error");
    errors.iter().map(Diagnostic::to_plain_text).collect::<Vec<_>>().join("\n")
}

#[test]
fn renders_in_the_order_of_names() {
    let deb = SourcePin::Deb {
        package: "linux-source-6.12".into(),
        version: "6.12.117-1".into(),
        kernelversion: "6.12.117".parse().ok(),
        file: "linux-source-6.12_6.12.117-1_all.deb".into(),
        size: 143_260_308,
        sha256: Sha256([0xab; 32]),
        tar_sha256: None,
    };
    let url = SourcePin::Url {
        url: "https://example.org/linux-6.6.tar.xz".into(),
        sha256: Some(Sha256([1; 32])),
        tar_sha256: Some(Sha256([2; 32])),
        verified: vec!["linux-6.6.tar.sign by AB12".into()],
    };
    let org = SourcePin::KernelOrg {
        release: "6.13-rc3".parse().expect("a version"),
        file: "linux-6.13-rc3.tar.gz".into(),
        url: Some("https://git.kernel.org/torvalds/t/linux-6.13-rc3.tar.gz".into()),
        sha256: Sha256([3; 32]),
        tar_sha256: None,
        verified: Vec::new(),
    };
    let git = SourcePin::Git {
        git: "../linux.git".into(),
        reference: GitReference::Tag("v6.12".into()),
        commit: "c".repeat(40),
        tree: "7".repeat(40),
        kernelversion: "6.12.0".parse().ok(),
    };
    let name = |name| SourceName::new(name).expect("a name");
    let lockfile = Lockfile {
        sources: [(name("b"), deb), (name("a"), url), (name("c"), org), (name("d"), git)].into(),
        ..Lockfile::default()
    };
    insta::assert_snapshot!(lockfile.render(), @r#"
    # This file is written by `cargo xtask kernel`: pins of what Kernel.toml names.
    # It belongs under version control. It is not meant to be edited by hand.
    schema = 1

    [source.a]
    url = "https://example.org/linux-6.6.tar.xz"
    sha256 = "0101010101010101010101010101010101010101010101010101010101010101"
    tar-sha256 = "0202020202020202020202020202020202020202020202020202020202020202"
    verified = ["linux-6.6.tar.sign by AB12"]
    check = "c02178697a32b1b4"

    [source.b]
    deb = "linux-source-6.12"
    version = "6.12.117-1"
    kernelversion = "6.12.117"
    file = "linux-source-6.12_6.12.117-1_all.deb"
    size = 143260308
    sha256 = "abababababababababababababababababababababababababababababababab"
    check = "7f270f6540a15155"

    [source.c]
    kernel-org = "6.13-rc3"
    file = "linux-6.13-rc3.tar.gz"
    url = "https://git.kernel.org/torvalds/t/linux-6.13-rc3.tar.gz"
    sha256 = "0303030303030303030303030303030303030303030303030303030303030303"
    check = "ce9b0d1f2cd16f96"

    [source.d]
    git = "../linux.git"
    tag = "v6.12"
    commit = "cccccccccccccccccccccccccccccccccccccccc"
    tree = "7777777777777777777777777777777777777777"
    kernelversion = "6.12.0"
    check = "b3bc324fb36ceb64"
    "#);
    assert_eq!(parse(&lockfile.render()), Ok(lockfile.clone()));
    assert_eq!(parse(&lockfile.render().replace('\n', "\r\n")), Ok(lockfile));
}

#[test]
fn every_error_at_once() {
    insta::assert_snapshot!(errors("schema = 7\nnew = 1\n"), @"
    error: `schema` is 7, expected at most 1
     --> Kernel.lock:1:10
    1 | schema = 7
      |          ^
    hint: this file needs a newer `cargo-kernel` (this one is 0.1.0)
    ");
    insta::assert_snapshot!(errors("schema = 0\n[source.a]\ndeb = \"x\"\nsha256 = \"12\"\nsize = \"1\"\n[source.b]\nsha265 = 1\n[source.c]\nurl = \"u\"\n[source.d]\ngit = \"g\"\n"), @r#"
    error: `schema` is 0, expected 1
     --> Kernel.lock:1:10
    1 | schema = 0
      |          ^
    hint: write `schema = 1`

    error: no `version` in `[source.a]`
     --> Kernel.lock:2:9
    2 | [source.a]
      |         ^
    hint: restore it from version control, or delete it to have every source resolved anew

    error: no `file` in `[source.a]`
     --> Kernel.lock:2:9
    2 | [source.a]
      |         ^
    hint: restore it from version control, or delete it to have every source resolved anew

    error: `12` is not a digest: expected 64 hexadecimal digits
     --> Kernel.lock:4:10
    4 | sha256 = "12"
      |          ^^^^
    hint: restore it from version control, or delete it to have every source resolved anew

    error: `size` in `[source.a]` is a string, expected a whole number
     --> Kernel.lock:5:8
    5 | size = "1"
      |        ^^^
    hint: write `size = 1`

    error: expected one of `deb`, `kernel-org`, `url` and `git` in `[source.b]`
     --> Kernel.lock:6:9
    6 | [source.b]
      |         ^
    hint: restore it from version control, or delete it to have every source resolved anew

    error: unknown key `sha265` in `[source.b]`
     --> Kernel.lock:7:1
    7 | sha265 = 1
      | ^^^^^^
    hint: did you mean `sha256`?

    error: no `sha256` in `[source.c]`
     --> Kernel.lock:8:9
    8 | [source.c]
      |         ^
    hint: restore it from version control, or delete it to have every source resolved anew

    error: no `commit` in `[source.d]`
      --> Kernel.lock:10:9
    10 | [source.d]
       |         ^
    hint: restore it from version control, or delete it to have every source resolved anew

    error: no `tree` in `[source.d]`
      --> Kernel.lock:10:9
    10 | [source.d]
       |         ^
    hint: restore it from version control, or delete it to have every source resolved anew
    "#);
}

#[test]
fn a_merge_conflict_is_one_error() {
    let text = "schema = 1\n\n[source.a]\n<<<<<<< HEAD\nurl = \"a\"\n=======\nurl = \"b\"\n>>>>>>> other\n";
    insta::assert_snapshot!(errors(text), @"
    error: an unresolved merge conflict
     --> Kernel.lock:4:1
    4 | <<<<<<< HEAD
      | ^^^^^^^^^^^^
    hint: of each `[source.*]` keep one side whole, or delete the file to have every source resolved anew
    ");
}

/// An entry that was edited no longer fits its `check`; two entries that git merged do.
#[test]
fn hand_edits_are_found_and_merges_are_none() {
    let url = |byte| SourcePin::Url {
        url: "https://example.org/linux.tar".into(),
        sha256: Some(Sha256([byte; 32])),
        tar_sha256: None,
        verified: Vec::new(),
    };
    let name = |name| SourceName::new(name).expect("a name");
    let one = Lockfile { sources: [(name("a"), url(1))].into(), ..Lockfile::default() }.render();
    let other = Lockfile { sources: [(name("b"), url(2))].into(), ..Lockfile::default() }.render();
    let merged = format!("{one}\n{}", &other[other.find("[source.b]").expect("an entry")..]);
    assert_eq!(parse(&merged).expect("a lockfile").sources.len(), 2);
    insta::assert_snapshot!(errors(&merged.replace(&"01".repeat(32), &"03".repeat(32))), @r#"
    error: `[source.a]` was edited by hand: its `check` is `180cb672dd4413e9`, expected `0d9753dce7ffb4e0`
     --> Kernel.lock:8:9
    8 | check = "180cb672dd4413e9"
      |         ^^^^^^^^^^^^^^^^^^
    hint: restore it from version control, or delete it to have every source resolved anew
    "#);
    let check = one.lines().find(|line| line.starts_with("check")).expect("a line");
    insta::assert_snapshot!(errors(&one.replace(check, "")), @"
    error: `[source.a]` was edited by hand: it has no `check`
     --> Kernel.lock:5:9
    5 | [source.a]
      |         ^
    hint: restore it from version control, or delete it to have every source resolved anew
    ");
}

#[test]
fn package_versions_name_kernel_versions() {
    for (version, expect) in [
        ("6.12.117-1", Some("6.12.117")),
        ("6.12.9-1~bpo12+1", Some("6.12.9")),
        ("1:6.12~rc3-1", Some("6.12-rc3")),
        ("6.8.0-45.45", None),
        ("6.12.117", None),
        ("20240101-1", None),
    ] {
        assert_eq!(deb_kernelversion(version).map(|v| v.to_string()).as_deref(), expect, "{version}");
    }
}

fn pins() -> impl Strategy<Value = SourcePin> {
    let version = || proptest::option::of("[1-9][.][0-9](-rc[1-9])?");
    let digest = || any::<[u8; 32]>().prop_map(Sha256);
    let maybe = || proptest::option::of(digest());
    let deb = (".*", ".*", version(), ".*", 0..i64::MAX as u64, digest(), maybe());
    let reference = prop_oneof![
        ".*".prop_map(GitReference::Rev),
        ".*".prop_map(GitReference::Tag),
        ".*".prop_map(GitReference::Branch),
        Just(GitReference::Head),
    ];
    let signed = proptest::collection::vec(".*", 0..3);
    prop_oneof![
        (".*", digest(), maybe(), signed.clone()).prop_map(|(url, sha256, tar_sha256, verified)| {
            SourcePin::Url { url, sha256: Some(sha256), tar_sha256, verified }
        }),
        (".*", proptest::option::of(".*"), digest(), maybe(), signed).prop_map(
            |(file, url, sha256, tar_sha256, verified)| SourcePin::KernelOrg {
                release: "6.12.30".parse().expect("a version"),
                file,
                url,
                sha256,
                tar_sha256,
                verified,
            }
        ),
        (".*", reference, ".*", ".*", version()).prop_map(|(git, reference, commit, tree, kernelversion)| {
            let kernelversion = kernelversion.and_then(|v| v.parse().ok());
            SourcePin::Git { git, reference, commit, tree, kernelversion }
        }),
        deb.prop_map(|(package, version, kernelversion, file, size, sha256, tar_sha256)| SourcePin::Deb {
            package,
            version,
            kernelversion: kernelversion.and_then(|v| v.parse().ok()),
            file,
            size,
            sha256,
            tar_sha256,
        }),
    ]
}

proptest! {
    #[test]
    fn parse_of_render_is_identity(sources in proptest::collection::btree_map("[a-zA-Z][a-zA-Z0-9_-]{0,8}", pins(), 0..4)) {
        let named = sources.into_iter().map(|(name, pin)| (SourceName::new(&name).expect("a name"), pin));
        let lockfile = Lockfile { sources: named.collect(), ..Lockfile::default() };
        prop_assert_eq!(parse(&lockfile.render()), Ok(lockfile));
    }

    #[test]
    fn arbitrary_text_never_panics(text in "(.|\n|\\[source.a\\]|schema = 1\n|deb = |\"|=){0,30}") {
        if let Err(errors) = parse(&text) {
            prop_assert!(errors.iter().all(|error| !error.to_plain_text().is_empty()));
        }
    }
}
