//! Plans as people read them.

use kernel_spec::Sha256;

use super::*;
use crate::{LayerFacts, PatchFacts, SourceFacts};

fn facts() -> Facts {
    Facts {
        kernel: "guest".into(),
        arch: "x86_64".into(),
        source: SourceFacts {
            label: "linux-source-6.12 6.12.117-1".into(),
            size: Some(154_000_000),
            digest: Some(Sha256([0xab; 32])),
            identity: "sha256:abab".into(),
            requirement: Some("6.12".into()),
            kernelversion: None,
            state: SourceState::Absent,
            place: "~/.cache/cargo-kernel/sources-v1/linux-source-6.12".into(),
        },
        patches: Vec::new(),
        base: "tinyconfig".into(),
        base_digest: None,
        unlisted: "n".into(),
        mod2yes: false,
        modules: String::new(),
        kconfig: "engine".into(),
        layers: vec![
            LayerFacts { name: "kernel/core.config".into(), digest: Sha256([1; 32]), requests: 21 },
            LayerFacts { name: "[kernel.guest.config]".into(), digest: Sha256([2; 32]), requests: 3 },
        ],
        requests: 23,
        may_miss: Vec::new(),
        deny_conflicts: vec!["redefined".into()],
        toolchain_pins: String::new(),
        features: "00ff".into(),
        promise: Some("{version}-guest".into()),
        images: vec!["vmlinux".into(), "bzImage".into()],
        init: None,
        compiler: "gcc (Debian 12.2.0-14) 12.2.0".into(),
        toolchain: "gcc 12.2.0".into(),
        jobs: 2,
        artifact: "target/kernel/guest".into(),
    }
}

#[test]
fn before_anything_is_there() {
    insta::assert_snapshot!(Plan::kernel(&facts(), Outlook::Undecided(RequestChange::First)), @"
    kernel guest: linux-source-6.12 6.12.117-1
       1   fetch           linux-source-6.12 6.12.117-1, 146.9 MiB
       2   verify          sha256 abababababababababababababababababababababababababababababababab
       3   unpack          ~/.cache/cargo-kernel/sources-v1/linux-source-6.12
       4   check version   not yet known, to satisfy `6.12`
       5   configure       tinyconfig, unlisted symbols n
                            kernel/core.config: 21
                            [kernel.guest.config]: 3
       6   check requests  all 23 must land
       7   check release   must be `{version}-guest`; the version is not yet known
       8 ? compile         vmlinux bzImage for x86_64, 2 at a time
                            gcc (Debian 12.2.0-14) 12.2.0
       9 ? verify images   release and config in vmlinux bzImage
      10 ? store           target/kernel/guest: vmlinux bzImage System.map .config kernel.json
    not yet known, the resolved config decides: it was not configured yet
    ");
}

/// The edge to what cargo makes: first its build, and what comes of it goes into the image.
#[test]
fn with_an_init_that_is_built_in() {
    let mut facts = facts();
    facts.init = Some(CargoFacts {
        packages: vec![("guest-init".into(), "init, built in".into())],
        profile: "dev".into(),
        target: Some("x86_64-unknown-linux-gnu".into()),
        crt_static: true,
    });
    facts.source.state = SourceState::Unpacked;
    facts.source.kernelversion = Some("6.12.117".into());
    let outlook = Outlook::Awaits { package: "guest-init".into() };
    insta::assert_snapshot!(Plan::kernel(&facts, outlook), @"
    kernel guest: linux-source-6.12 6.12.117-1
       1 ? cargo build     guest-init (init, built in), profile dev, x86_64-unknown-linux-gnu, static
       2 ✓ fetch           linux-source-6.12 6.12.117-1, 146.9 MiB
       3 ✓ verify          sha256 abababababababababababababababababababababababababababababababab
       4 ✓ unpack          ~/.cache/cargo-kernel/sources-v1/linux-source-6.12
       5 ✓ check version   6.12.117, to satisfy `6.12`
       6 ✓ configure       tinyconfig, unlisted symbols n
                            kernel/core.config: 21
                            [kernel.guest.config]: 3
       7 ✓ check requests  all 23 must land
       8 ✓ check release   must be 6.12.117-guest, from `{version}-guest`
       9 ? embed           guest-init, as /init of initramfs.cpio
      10 ? compile         vmlinux bzImage for x86_64, 2 at a time
                            gcc (Debian 12.2.0-14) 12.2.0
      11 ? verify images   release and config in vmlinux bzImage
      12 ? store           target/kernel/guest: vmlinux bzImage System.map .config kernel.json
    not yet known, what cargo makes of `guest-init` decides: nothing else changed
    ");
}

#[test]
fn with_a_tree_and_a_changed_source() {
    let mut facts = facts();
    facts.source.state = SourceState::Unpacked;
    facts.source.kernelversion = Some("6.12.117".into());
    let reason = DirtyReason::Images { old: "vmlinux".into(), new: "vmlinux bzImage".into() };
    insta::assert_snapshot!(Plan::kernel(&facts, Outlook::Dirty(reason)), @"
    kernel guest: linux-source-6.12 6.12.117-1
       1 ✓ fetch           linux-source-6.12 6.12.117-1, 146.9 MiB
       2 ✓ verify          sha256 abababababababababababababababababababababababababababababababab
       3 ✓ unpack          ~/.cache/cargo-kernel/sources-v1/linux-source-6.12
       4 ✓ check version   6.12.117, to satisfy `6.12`
       5 ✓ configure       tinyconfig, unlisted symbols n
                            kernel/core.config: 21
                            [kernel.guest.config]: 3
       6 ✓ check requests  all 23 must land
       7 ✓ check release   must be 6.12.117-guest, from `{version}-guest`
       8   compile         vmlinux bzImage for x86_64, 2 at a time
                            gcc (Debian 12.2.0-14) 12.2.0
       9   verify images   release and config in vmlinux bzImage
      10   store           target/kernel/guest: vmlinux bzImage System.map .config kernel.json
    dirty: the images changed: was `vmlinux`, is `vmlinux bzImage`
    ");
    facts.patches = ["tsi", "far"]
        .map(|name| PatchFacts {
            name: name.into(),
            file: format!("patches/{name}.patch"),
            digest: Sha256([3; 32]),
            when: if name == "far" { "version >=6.6".into() } else { String::new() },
        })
        .to_vec();
    facts.source.state = SourceState::Own;
    facts.source.place = "../linux".into();
    facts.promise = None;
    facts.source.requirement = None;
    insta::assert_snapshot!(Plan::kernel(&facts, Outlook::Fresh), @"
    kernel guest: linux-source-6.12 6.12.117-1
       1 ✓ use             ../linux
       2 ✓ check version   6.12.117, any will do
       3 ✓ patch           tsi: patches/tsi.patch
                            far: patches/far.patch, when version >=6.6
       4 ✓ configure       tinyconfig, unlisted symbols n
                            kernel/core.config: 21
                            [kernel.guest.config]: 3
       5 ✓ check requests  all 23 must land
       6 ✓ check release   nothing is promised
       7 ✓ compile         vmlinux bzImage for x86_64, 2 at a time
                            gcc (Debian 12.2.0-14) 12.2.0
       8 ✓ verify images   release and config in vmlinux bzImage
       9 ✓ store           target/kernel/guest: vmlinux bzImage System.map .config kernel.json
    fresh: nothing to do
    ");
}

#[test]
fn packages_beside_a_kernel() {
    let builds = [
        CargoFacts {
            packages: vec![("microvm".into(), "vmm".into()), ("guest-init".into(), "init".into())],
            profile: "dev".into(),
            target: Some("x86_64-unknown-linux-gnu".into()),
            crt_static: true,
        },
        CargoFacts {
            packages: vec![("boot-firmware".into(), "firmware".into())],
            profile: "dev".into(),
            target: None,
            crt_static: false,
        },
    ];
    insta::assert_snapshot!(Plan::cargo("demo", &builds), @"
    vm demo: beside its kernels
       1 ? cargo build     microvm (vmm) guest-init (init), profile dev, x86_64-unknown-linux-gnu, static
       2 ? cargo build     boot-firmware (firmware), profile dev
    ");
}

#[test]
fn each_input_of_configuring_is_in_the_key_and_is_named() {
    type Change = fn(&mut Facts);
    let table: [(&str, Change); 14] = [
        ("", |f| f.jobs = 7),
        ("source changed: was `sha256:abab`, is `sha256:cdcd`", |f| f.source.identity = "sha256:cdcd".into()),
        ("base changed: was `tinyconfig`, is `defconfig`", |f| f.base = "defconfig".into()),
        ("unlisted changed: was `n`, is `default`", |f| f.unlisted = "default".into()),
        ("mod2yes changed: was `no`, is `yes`", |f| f.mod2yes = true),
        ("modules changed: was ``, is `on auto`", |f| f.modules = "on auto".into()),
        ("may-miss changed: was ``, is `SLS until 2027-01-31`", |f| {
            f.may_miss = vec!["SLS until 2027-01-31".into()]
        }),
        ("conflicts changed: was `redefined`, is ``", |f| f.deny_conflicts.clear()),
        ("kconfig changed: was `engine`, is `tree`", |f| f.kconfig = "tree".into()),
        ("toolchain changed: was `gcc 12.2.0`, is `gcc 14.1.0`", |f| f.toolchain = "gcc 14.1.0".into()),
        ("features changed: was `00ff`, is `0fff`", |f| f.features = "0fff".into()),
        ("promise changed: was `{version}-guest`, is ``", |f| f.promise = None),
        ("`kernel/core.config` changed", |f| f.layers[0].digest = Sha256([9; 32])),
        ("`[kernel.guest.config]` is gone", |f| f.layers.truncate(1)),
    ];
    let old = Plan::request_key(&facts());
    for (expect, change) in table {
        let mut new = facts();
        change(&mut new);
        let change = Plan::request_key(&new).change_since(Some(&old));
        assert_eq!(change.map(|change| change.to_string()).unwrap_or_default(), expect);
    }
    assert_eq!(Plan::request_key(&facts()).change_since(None), Some(RequestChange::First));
}

#[test]
fn a_config_that_was_resolved_to_see() {
    let mut facts = facts();
    facts.source.state = SourceState::Unpacked;
    let last = |outlook| {
        let text = Plan::foreseen(&facts, outlook).to_string();
        text.lines().skip(4).map(str::trim_end).collect::<Vec<_>>().join("\n")
    };
    let refused = ["2 requests did not land for kernel `guest`", "  CONFIG_A=y   a.config:1   resolved to n"];
    insta::assert_snapshot!(last(Outlook::Refused(refused.map(str::to_owned).to_vec())), @r"
       4   check version   not yet known, to satisfy `6.12`
       5   configure       tinyconfig, unlisted symbols n
                            kernel/core.config: 21
                            [kernel.guest.config]: 3
       6   check requests  all 23 must land
       7   check release   must be `{version}-guest`; the version is not yet known
       8 ? compile         vmlinux bzImage for x86_64, 2 at a time
                            gcc (Debian 12.2.0-14) 12.2.0
       9 ? verify images   release and config in vmlinux bzImage
      10 ? store           target/kernel/guest: vmlinux bzImage System.map .config kernel.json
    a build would stop: 2 requests did not land for kernel `guest`
      CONFIG_A=y   a.config:1   resolved to n
    ");
    assert!(last(Outlook::Fresh).contains("  5   configure"), "it is resolved again");
}
