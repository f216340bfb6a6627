//! What a lockfile pins, keeps and refuses.

use super::*;
use crate::{Arch, Resolved, Sha256, SourceText, SpecContext};

const MANIFEST: &str = "schema = 1\n[source.deb]\nversion = \"6.12\"\ndeb = \"linux-source-6.12\"\n[source.tree]\npath = \"linux\"\n\
                        [source.url]\nurl = \"https://example.org/linux-6.6.tar.xz\"\nsha256 = \"";

fn spec(text: &str) -> KernelSpec {
    let source = SourceText { path: "Kernel.toml".into(), text: text.into() };
    KernelSpec::parse(source, &SpecContext { host_arch: Some(Arch::X86_64) }).expect("a manifest")
}

fn manifest() -> KernelSpec {
    spec(&format!("{MANIFEST}{}\"\n", Sha256([1; 32])))
}

fn name(name: &str) -> SourceName {
    SourceName::new(name).expect("a name")
}

fn deb(kernelversion: &str) -> SourcePin {
    SourcePin::Deb {
        package: "linux-source-6.12".into(),
        version: format!("{kernelversion}-1"),
        kernelversion: kernelversion.parse().ok(),
        file: "linux-source-6.12.deb".into(),
        size: 1,
        sha256: Sha256([2; 32]),
        tar_sha256: None,
    }
}

fn answers(kernelversion: &str) -> BTreeMap<SourceName, SourcePin> {
    [(name("deb"), deb(kernelversion))].into()
}

fn locked(outcome: Result<LockOutcome, LockError>) -> LockedSpec {
    match outcome.expect("no error") {
        LockOutcome::Locked(locked) => *locked,
        LockOutcome::Needs(requests) => panic!("needs {requests:?}"),
    }
}

fn shown(changes: &[LockChange]) -> String {
    changes.iter().map(|change| format!("{change}\n")).collect()
}

#[test]
fn asks_then_locks_then_is_done() {
    let spec = manifest();
    let LockOutcome::Needs(requests) =
        spec.lock(None, &BTreeMap::new(), &BTreeMap::new(), LockMode::Update).expect("no error")
    else {
        panic!("nothing was asked")
    };
    assert_eq!(requests.len(), 1, "an address and a path need no answer");
    assert_eq!((&requests[0].source, &requests[0].reason), (&name("deb"), &PinReason::New));

    let first = locked(spec.lock(None, &answers("6.12.117"), &BTreeMap::new(), LockMode::Update));
    insta::assert_snapshot!(shown(first.changes()), @"
    add `deb`: linux-source-6.12 6.12.117-1
    add `url`: https://example.org/linux-6.6.tar.xz
    ");
    assert_eq!(first.pin(&name("deb")), Some(&deb("6.12.117")));
    assert_eq!(first.pin(&name("tree")), None);

    for mode in [LockMode::Update, LockMode::Locked, LockMode::Frozen] {
        let again = locked(spec.lock(Some(first.lockfile()), &BTreeMap::new(), &BTreeMap::new(), mode));
        assert!(!again.is_changed());
        assert_eq!(again.lockfile(), first.lockfile());
    }
}

#[test]
fn an_unasked_answer_replaces_a_pin() {
    let first = locked(manifest().lock(None, &answers("6.12.117"), &BTreeMap::new(), LockMode::Update));
    let second = locked(manifest().lock(
        Some(first.lockfile()),
        &answers("6.12.118"),
        &BTreeMap::new(),
        LockMode::Update,
    ));
    insta::assert_snapshot!(shown(second.changes()), @"replace `deb`: linux-source-6.12 6.12.117-1 by linux-source-6.12 6.12.118-1");
}

#[test]
fn a_changed_manifest_asks_again() {
    let first = locked(manifest().lock(None, &answers("6.12.117"), &BTreeMap::new(), LockMode::Update));
    let check = |from: &str, to: &str| {
        let changed = spec(&manifest().text.text.replace(from, to));
        match changed
            .lock(Some(first.lockfile()), &BTreeMap::new(), &BTreeMap::new(), LockMode::Update)
            .expect("no error")
        {
            LockOutcome::Needs(requests) => {
                requests.iter().map(|r| format!("{}: {}\n", r.source, r.reason)).collect()
            }
            LockOutcome::Locked(locked) => shown(locked.changes()),
        }
    };
    insta::assert_snapshot!(check("\"6.12\"", "\"=6.12.118\""), @"deb: locked to `6.12.117`, but the manifest requires `=6.12.118`");
    insta::assert_snapshot!(check("linux-source-6.12", "linux-source-6.13"), @"deb: locked to `linux-source-6.12`, but the manifest names `linux-source-6.13`");
    insta::assert_snapshot!(check("linux-6.6.tar.xz", "linux-6.6.1.tar.xz"), @"replace `url`: locked to `https://example.org/linux-6.6.tar.xz`, but the manifest names `https://example.org/linux-6.6.1.tar.xz`");
    insta::assert_snapshot!(check("deb = \"linux-source-6.12\"", "path = \"linux\""), @"remove `deb`: linux-source-6.12 6.12.117-1");
    assert_eq!(check("\"6.12\"", "\">=6.6, <6.13\""), "", "the pin still fits");
}

#[test]
fn locked_says_what_would_change() {
    let first = locked(manifest().lock(None, &answers("6.12.117"), &BTreeMap::new(), LockMode::Update));
    let text = manifest().text.text.replace("\"6.12\"", "\"6.13\"").replace("[source.url]", "[source.other]");
    let error = spec(&text)
        .lock(Some(first.lockfile()), &BTreeMap::new(), &BTreeMap::new(), LockMode::Locked)
        .expect_err("out of date");
    let hint = error.hint().unwrap_or_default();
    insta::assert_snapshot!(format!("error: {error}\n  {}\nhint: {hint}", error.causes().join("\n  ")), @"
    error: `Kernel.lock` does not fit the manifest, and `--locked` keeps it as it is
      replace `deb`: locked to `6.12.117`, but the manifest requires `6.13`
      add `other`: https://example.org/linux-6.6.tar.xz
      remove `url`: https://example.org/linux-6.6.tar.xz
    hint: run the same without `--locked`, and commit `Kernel.lock`
    ");
    assert!(matches!(
        manifest().lock(None, &BTreeMap::new(), &BTreeMap::new(), LockMode::Frozen),
        Err(LockError::OutOfDate { option: "--frozen", .. })
    ));
}

#[test]
fn an_answer_must_fit() {
    let strict = spec(&manifest().text.text.replace("\"6.12\"", "\"=6.12.30\""));
    let error = strict
        .lock(None, &answers("6.12.117"), &BTreeMap::new(), LockMode::Update)
        .expect_err("another version");
    insta::assert_snapshot!(error, @r#"
    error: source `deb` has version `6.12.117`, expected `=6.12.30`
     --> Kernel.toml:3:11
    3 | version = "=6.12.30"
      |           ^^^^^^^^^^
    hint: write `version = "6.12"`, or name another origin
    "#);
}

/// A pin of any of several origins fits; the first is asked where none does.
#[test]
fn any_of_several_origins_keeps_its_pin() {
    let text = |origins: &str| format!("schema = 1\n[source.s]\nversion = \"6.12\"\norigins = [{origins}]\n");
    let both = "{ kernel-org = \"https://k\" }, { deb = \"linux-source-6.12\" }";
    let existing = Lockfile { sources: [(name("s"), deb("6.12.117"))].into(), ..Lockfile::default() };
    let kept =
        locked(spec(&text(both)).lock(Some(&existing), &BTreeMap::new(), &BTreeMap::new(), LockMode::Locked));
    assert!(!kept.is_changed());

    let LockOutcome::Needs(requests) = spec(&text("{ kernel-org = \"https://k\" }"))
        .lock(Some(&existing), &BTreeMap::new(), &BTreeMap::new(), LockMode::Update)
        .expect("no error")
    else {
        panic!("nothing was asked")
    };
    insta::assert_snapshot!(requests[0].reason, @"locked to `linux-source-6.12 6.12.117-1`, but the manifest names `https://k`");
    assert_eq!(requests[0].origins.len(), 1);
}

/// What a first unpacking told is no change, and the manifest's own digest must still be the pin's.
#[test]
fn what_was_learned_is_kept() {
    let first = locked(manifest().lock(None, &answers("6.12.117"), &BTreeMap::new(), LockMode::Update));
    let mut lockfile = first.lockfile().clone();
    for pin in lockfile.sources.values_mut() {
        *pin = pin.clone().with_learned(Sha256([9; 32]), &["linux.tar.sign by AB".to_owned()]);
    }
    let again =
        locked(manifest().lock(Some(&lockfile), &BTreeMap::new(), &BTreeMap::new(), LockMode::Locked));
    assert_eq!(again.lockfile(), &lockfile);
    assert_eq!(again.pin(&name("url")).and_then(SourcePin::tar_sha256), Some(Sha256([9; 32])));
}

#[test]
fn patches_are_locked_with_their_digests() {
    let spec = spec(&format!(
        "{MANIFEST}{}\"\n[kernel.guest]\nsource = \"tree\"\n[[kernel.guest.patch]]\nname = \"tsi\"\npath = \"patches\"\n",
        Sha256([1; 32])
    ));
    let guest = KernelName::new("guest").expect("a name");
    let pin = |file: &str, digest: u8| PatchPin {
        name: "tsi".into(),
        file: file.into(),
        sha256: Sha256([digest; 32]),
    };
    let lock = |existing: Option<&Lockfile>, pins: Vec<PatchPin>, mode| {
        spec.lock(existing, &answers("6.12.117"), &[(guest.clone(), pins)].into(), mode)
    };
    let first = locked(lock(None, vec![pin("a.patch", 1), pin("b.patch", 2)], LockMode::Update));
    insta::assert_snapshot!(shown(first.changes()), @"
    add `deb`: linux-source-6.12 6.12.117-1
    add `url`: https://example.org/linux-6.6.tar.xz
    add patch `tsi` of kernel `guest`: a.patch
    add patch `tsi` of kernel `guest`: b.patch
    ");
    let mut lockfile = first.lockfile().clone();
    lockfile.kernels.entry(guest.clone()).or_default().resolved = Some(Resolved {
        kernelrelease: "6.12.117-guest".into(),
        config: Sha256([7; 32]),
        toolchain: vec!["compiler: gcc 12.2.0".into(), "make: GNU Make 4.3".into()],
    });
    let text = lockfile.render();
    insta::assert_snapshot!(text.split_once("\n[kernel").map_or("", |(_, rest)| rest), @r#"
    .guest.resolved]
    kernelrelease = "6.12.117-guest"
    config = "0707070707070707070707070707070707070707070707070707070707070707"
    toolchain = [
        "compiler: gcc 12.2.0",
        "make: GNU Make 4.3",
    ]

    [[kernel.guest.patch]]
    name = "tsi"
    file = "a.patch"
    sha256 = "0101010101010101010101010101010101010101010101010101010101010101"

    [[kernel.guest.patch]]
    name = "tsi"
    file = "b.patch"
    sha256 = "0202020202020202020202020202020202020202020202020202020202020202"
    "#);
    let parsed = Lockfile::parse(SourceText { path: "Kernel.lock".into(), text }).expect("a lockfile");
    assert_eq!(parsed, lockfile);

    let same = locked(lock(Some(&lockfile), vec![pin("a.patch", 1), pin("b.patch", 2)], LockMode::Locked));
    assert_eq!(same.lockfile(), &lockfile, "what it resolved to stays");
    let error = lock(Some(&lockfile), vec![pin("c.patch", 3), pin("a.patch", 9)], LockMode::Locked);
    let causes = error.map(|_| ()).expect_err("other patches").causes();
    insta::assert_snapshot!(causes.join("\n"), @"
    add patch `tsi` of kernel `guest`: c.patch
    changed patch `tsi` of kernel `guest`: a.patch
    remove patch `tsi` of kernel `guest`: b.patch
    ");
    let moved = locked(lock(Some(&lockfile), vec![pin("b.patch", 2), pin("a.patch", 1)], LockMode::Update));
    insta::assert_snapshot!(shown(moved.changes()), @"moved patch `tsi` of kernel `guest`: b.patch");
    let gone = locked(manifest().lock(Some(&lockfile), &BTreeMap::new(), &BTreeMap::new(), LockMode::Update));
    insta::assert_snapshot!(shown(gone.changes()), @"remove kernel `guest`");
}
