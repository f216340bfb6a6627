//! Where sources come from: every form, and what is wrong with the rest.

use super::{errors, good, shown};
use crate::{GitReference, KERNEL_ORG, KernelSpec, Origin, Overrides, Sha256, SourceName, SourceText};

fn source(lines: &str) -> String {
    format!("schema = 1\n[source.s]\n{lines}\n")
}

fn origins(lines: &str) -> Vec<Origin> {
    let spec = good(&source(lines));
    spec.sources.values().next().expect("a source").origins().cloned().collect()
}

#[test]
fn every_origin() {
    let digest = "ab".repeat(32);
    assert_eq!(origins("version = \"6.12\""), [Origin::KernelOrg { bases: vec![KERNEL_ORG.into()] }]);
    assert_eq!(
        origins("version = \"6.12\"\nkernel-org = \"http://mirror/k/\"\nmirrors = [\"https://other/k\"]"),
        [Origin::KernelOrg { bases: vec!["http://mirror/k".into(), "https://other/k".into()] }]
    );
    let url =
        |lines: &str| origins(&format!("url = \"https://a/l.tar.xz\"\n{lines}").replace("DIGEST", &digest));
    assert_eq!(
        url("tar-sha256 = \"DIGEST\"\nmirrors = [\"https://b/l.tar.bz2\"]"),
        [Origin::Url {
            url: "https://a/l.tar.xz".into(),
            sha256: None,
            tar_sha256: Some(Sha256([0xab; 32])),
            mirrors: vec!["https://b/l.tar.bz2".into()],
        }]
    );
    let git = |reference| vec![Origin::Git { git: "../linux.git".into(), reference }];
    let at = |lines: &str| origins(&format!("git = \"../linux.git\"\n{lines}"));
    assert_eq!(at(""), git(GitReference::Head));
    assert_eq!(at("tag = \"v6.12\""), git(GitReference::Tag("v6.12".into())));
    assert_eq!(at("branch = \"a/b\""), git(GitReference::Branch("a/b".into())));
    let rev = "0123456789ABCDEF0123456789abcdef01234567";
    assert_eq!(at(&format!("rev = \"{rev}\"")), git(GitReference::Rev(rev.to_lowercase())));
    let several = origins(
        "version = \"6.12\"\norigins = [{ deb = \"linux-source-6.12\" }, { kernel-org = \"https://k\" }, { git = \"https://g\" }]",
    );
    assert_eq!(
        several.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["deb linux-source-6.12", "https://k", "https://g HEAD"]
    );
    let keys = good(&source("version = \"6.12\"\nkeys = [\"keys/*.asc\"]"));
    assert_eq!(keys.sources.values().next().expect("a source").keys[0].value, "keys/*.asc");
    let vendor = good("schema = 1\nvendor = \"third-party\"\n");
    assert_eq!(vendor.vendor.expect("a folder").value, "third-party");
}

#[test]
fn what_does_not_belong_together() {
    insta::assert_snapshot!(errors(&source("kernel-org = \"https://k\"\nmirror = [\"https://m\"]")), @r#"
    error: `kernel-org` without `version` in `[source.s]`
     --> Kernel.toml:3:1
    3 | kernel-org = "https://k"
      | ^^^^^^^^^^
    hint: add `version = "6.12"`: the series to take the newest release of, or `=6.12.30` for one

    error: unknown key `mirror` in `[source.s]`
     --> Kernel.toml:4:1
    4 | mirror = ["https://m"]
      | ^^^^^^
    hint: did you mean `mirrors`?
    "#);
    insta::assert_snapshot!(errors(&source("version = \"6.12\"\nrev = \"abc\"")), @"
    error: no origin in `[source.s]`: expected `version` alone, or `deb`, `kernel-org`, `url`, `git`, `path` or `origins`
     --> Kernel.toml:2:9
    2 | [source.s]
      |         ^
    hint: `rev` belongs beside `git`
    ");
    insta::assert_snapshot!(errors(&source("git = \"https://g\"\nrev = \"abc\"\ntag = \"-x\"\nsha256 = \"1\"")), @r#"
    error: `abc` is not a commit's whole name: expected 40 hexadecimal digits
     --> Kernel.toml:4:7
    4 | rev = "abc"
      |       ^^^^^
    hint: write all 40 digits, as `git rev-parse` prints them; a tag is `tag = "…"`

    error: both `rev` and `tag` in `[source.s]`: expected one of them
     --> Kernel.toml:5:1
    5 | tag = "-x"
      | ^^^

    error: `-x` is not the name of a tag or a branch
     --> Kernel.toml:5:7
    5 | tag = "-x"
      |       ^^^^

    error: `sha256` beside `git` in `[source.s]`: expected it with `url` only
     --> Kernel.toml:6:1
    6 | sha256 = "1"
      | ^^^^^^
    hint: delete it
    "#);
    insta::assert_snapshot!(errors(&source("git = \"git://g\"\nkeys = [\"k.asc\"]")), @r#"
    error: `git://g` is fetched without any proof of where it came from: expected `https://…` or `ssh://…`
     --> Kernel.toml:3:7
    3 | git = "git://g"
      |       ^^^^^^^^^
    "#);
    insta::assert_snapshot!(errors(&source("deb = \"linux\"\nkeys = [\"k.asc\"]\nmirrors = [\"https://m\"]")), @r#"
    error: `keys` beside `deb` in `[source.s]`: expected it with `url` or `kernel-org`
     --> Kernel.toml:4:9
    4 | keys = ["k.asc"]
      |         ^^^^^^^
    hint: delete it: the signature of the package lists is apt's to verify

    error: `mirrors` beside `deb` in `[source.s]`: expected it with `url` or `kernel-org` only
     --> Kernel.toml:5:1
    5 | mirrors = ["https://m"]
      | ^^^^^^^
    hint: delete it: the digest of a package is pinned in Kernel.lock
    "#);
    insta::assert_snapshot!(errors(&source("deb = \"linux\"\norigins = [{ path = \"../linux\" }, \"deb\"]")), @r#"
    error: an element of `origins` in `[source.s]` is a string, expected a table
     --> Kernel.toml:4:35
    4 | origins = [{ path = "../linux" }, "deb"]
      |                                   ^^^^^
    "#);
    insta::assert_snapshot!(errors(&source("origins = []\ndeb = \"linux\"")), @r#"
    error: an empty `origins` in `[source.s]`
     --> Kernel.toml:3:1
    3 | origins = []
      | ^^^^^^^
    hint: write `origins = [{ deb = "linux-source-6.12" }, { url = "…", sha256 = "…" }]`

    error: both `origins` and `deb` in `[source.s]`: expected one of them
     --> Kernel.toml:4:1
    4 | deb = "linux"
      | ^^^
    hint: move `deb` into an element of `origins`
    "#);
    let digest = "0".repeat(64);
    let mirrors = format!(
        "url = \"https://a/l.tar.xz\"\nsha256 = \"{digest}\"\nmirrors = [\"https://b/l.tar.gz\", \"b\"]"
    );
    insta::assert_snapshot!(errors(&source(&mirrors)), @r#"
    error: `https://b/l.tar.gz` is compressed in another way than `url`, and `sha256` is of that file
     --> Kernel.toml:5:12
    5 | mirrors = ["https://b/l.tar.gz", "b"]
      |            ^^^^^^^^^^^^^^^^^^^^
    hint: add `tar-sha256 = "…"`, the digest of the uncompressed tar file; Kernel.lock has it after a fetch

    error: `b` is not an address: expected `https://…`
     --> Kernel.toml:5:34
    5 | mirrors = ["https://b/l.tar.gz", "b"]
      |                                  ^^^
    "#);
}

fn overrides(text: &str, spec: Option<&KernelSpec>) -> Result<Overrides, String> {
    let text = SourceText { path: "Kernel.override.toml".into(), text: text.into() };
    Overrides::parse(text, spec).map_err(|errors| shown(&errors))
}

#[test]
fn overrides_name_sources_of_the_manifest() {
    let spec = good(&source("version = \"6.12\""));
    let text = "schema = 1\nkernel-org = \"https://k/\"\n[source.s]\npath = \"../linux\"\n";
    let found = overrides(text, Some(&spec)).expect("overrides");
    assert_eq!(found.kernel_org.as_deref(), Some("https://k"));
    assert_eq!(found.paths[&SourceName::new("s").expect("a name")].value, "../linux");

    let other = "schema = 1\n[source.other]\npath = \"x\"\nurl = \"y\"\n[source.t]\n";
    insta::assert_snapshot!(overrides(other, Some(&spec)).expect_err("errors"), @r#"
    error: no source `other` in the manifest
     --> Kernel.override.toml:2:9
    2 | [source.other]
      |         ^^^^^
    hint: the manifest has `s`

    error: unknown key `url` in `[source.other]`
     --> Kernel.override.toml:4:1
    4 | url = "y"
      | ^^^
    hint: the keys are `path`

    error: no `path` in `[source.t]`
     --> Kernel.override.toml:5:9
    5 | [source.t]
      |         ^
    hint: `path` is a tree on this machine, relative to the file

    error: no source `t` in the manifest
     --> Kernel.override.toml:5:9
    5 | [source.t]
      |         ^
    hint: did you mean `s`?
    "#);
    // A user has other workspaces, too.
    assert!(overrides("schema = 1\n[source.other]\npath = \"x\"\n", None).is_ok());
}
