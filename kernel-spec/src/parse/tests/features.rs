//! `[features]`, and who promises and requires them.

use super::*;
use crate::{Requirement, package_requirements};

/// The good manifest with `[features]`, keys of the kernel, and keys of the VM.
fn with(features: &str, kernel: &str, vm: &str) -> String {
    GOOD.replacen("[source.linux-6_12]", &format!("[features]\n{features}\n[source.linux-6_12]"), 1)
        .replacen("images =", &format!("{kernel}\nimages ="), 1)
        .replacen("memory =", &format!("{vm}\nmemory ="), 1)
}

fn wants(of: &[Requirement]) -> String {
    of.iter()
        .map(|requirement| format!("{} by {}", requirement.want, requirement.by))
        .collect::<Vec<_>>()
        .join("; ")
}

#[test]
fn every_key() {
    let text = with(
        "shared-root = \"VIRTIO_FS && FUSE_FS\"\nvsock = \"VSOCKETS\"",
        "features = [\"shared-root\", \"pvh\"]",
        "requires = [\"vsock\", \"CONFIG_EXT4_FS=y\", \"tsi\"]",
    );
    let spec =
        good(&(text + "[[kernel.guest.patch]]\nname = \"p\"\npath = \"p.patch\"\nfeatures = [\"tsi\"]\n"));
    assert_eq!(spec.features.get("vsock").expect("a feature").condition.as_str(), "VSOCKETS");
    let kernel = spec.kernels.values().next().expect("a kernel");
    assert_eq!(wants(&kernel.features), "shared-root by `[kernel.guest]`; pvh by `[kernel.guest]`");
    let vm = spec.vms.values().next().expect("a VM");
    assert_eq!(
        wants(&vm.requires),
        "vsock by `[vm.demo]`; CONFIG_EXT4_FS=y by `[vm.demo]`; tsi by `[vm.demo]`"
    );
}

#[test]
fn what_is_wrong() {
    let text = with(
        "a_b = \"NET\"\nempty = \"\"\nhalf = \"NET &&\"\nnumber = 1",
        "features = [\"vsok\", \"CONFIG_NET=y\", \"tsi\"]",
        "requires = [\"virtofs\", \"NET=y\", \"CONFIG_NET=yes\"]",
    );
    insta::assert_snapshot!(errors(&text), @r#"
    error: `a_b` is not a feature's name: expected letters, digits and `-`
     --> Kernel.toml:4:1
    4 | a_b = "NET"
      | ^^^

    error: an empty condition: expected symbols, such as `VIRTIO_FS && FUSE_FS`
     --> Kernel.toml:5:9
    5 | empty = ""
      |         ^^

    error: `NET &&` is no condition: expected symbols with `&&`, `||`, `!`, parentheses and comparisons
     --> Kernel.toml:6:8
    6 | half = "NET &&"
      |        ^^^^^^^^

    error: feature `number` is an integer, expected a condition in quotes
     --> Kernel.toml:7:10
    7 | number = 1
      |          ^
    hint: write `number = "SYMBOL && SYMBOL"`

    error: no feature `vsok`, which `[kernel.guest]` promises
      --> Kernel.toml:19:13
    19 | features = ["vsok", "CONFIG_NET=y", "tsi"]
       |             ^^^^^^
    hint: did you mean `vsock`?

    error: `CONFIG_NET=y` is not a feature's name: expected letters, digits and `-`
      --> Kernel.toml:19:21
    19 | features = ["vsok", "CONFIG_NET=y", "tsi"]
       |                     ^^^^^^^^^^^^^^

    error: no feature `tsi`, which `[kernel.guest]` promises
      --> Kernel.toml:19:37
    19 | features = ["vsok", "CONFIG_NET=y", "tsi"]
       |                                     ^^^^^
    hint: say what it is in `[features]`: `tsi = "SYMBOL && SYMBOL"`

    error: no feature `virtofs`, which `[vm.demo]` requires
      --> Kernel.toml:33:13
    33 | requires = ["virtofs", "NET=y", "CONFIG_NET=yes"]
       |             ^^^^^^^^^
    hint: did you mean `virtiofs`?

    error: `NET=y` is not a requirement: expected a feature's name, or `CONFIG_X=y`
      --> Kernel.toml:33:24
    33 | requires = ["virtofs", "NET=y", "CONFIG_NET=yes"]
       |                        ^^^^^^^

    error: `CONFIG_NET=yes` is not a requirement: `yes` is not a value: expected `y`
      --> Kernel.toml:33:33
    33 | requires = ["virtofs", "NET=y", "CONFIG_NET=yes"]
       |                                 ^^^^^^^^^^^^^^^^
    "#);
}

#[test]
fn what_a_package_says() {
    let parsed = |text: &str| {
        let source = SourceText { path: "vmm/Cargo.toml".into(), text: text.into() };
        match package_requirements(source, "vmm", "package `vmm`") {
            Ok(Some(found)) => wants(&found),
            Ok(None) => "another package".to_owned(),
            Err(errors) => shown(&errors),
        }
    };
    let package = "[package]\nname = \"vmm\"\n";
    assert_eq!(parsed("[package]\nname = \"init\"\n"), "another package");
    assert_eq!(parsed("[workspace]\n"), "another package");
    assert_eq!(parsed(package), "");
    let table = format!("{package}[package.metadata.kernel]\nrequires = [\"vsock\", \"CONFIG_SMP\"]\n");
    assert_eq!(parsed(&table), "vsock by package `vmm`; CONFIG_SMP by package `vmm`");
    insta::assert_snapshot!(parsed(&format!("{package}[package.metadata.kernel]\nrequire = []\n")), @"
    error: unknown key `require` in `[package.metadata.kernel]`
     --> vmm/Cargo.toml:4:1
    4 | require = []
      | ^^^^^^^
    hint: did you mean `requires`?
    ");
    insta::assert_snapshot!(parsed(&format!("{package}[package.metadata]\nkernel = 1\n")), @"
    error: `kernel` in `[package.metadata]` is an integer, expected a table
     --> vmm/Cargo.toml:4:10
    4 | kernel = 1
      |          ^
    ");
    insta::assert_snapshot!(parsed(&format!("{package}[package.metadata.kernel]\nrequires = [\"a b\"]\n")), @r#"
    error: `a b` is not a requirement: expected a feature's name, or `CONFIG_X=y`
     --> vmm/Cargo.toml:4:13
    4 | requires = ["a b"]
      |             ^^^^^
    "#);
}
