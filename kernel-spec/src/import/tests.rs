//! What each sort of text comes to, as the manifest has it.

use super::*;
use crate::{KernelName, ManifestPlace, edit::add_requests};

fn imported(manifest: &str, text: &str) -> String {
    let found = read(text, kind(text)).expect("a text");
    let kernel = KernelName::new("guest").expect("a name");
    add_requests(manifest, ManifestPlace::Kernel, &kernel, &found).expect("a manifest")
}

#[test]
fn a_fragment_keeps_its_comments() {
    let text = "# What a guest has.\nCONFIG_NET=y\n\n# Two of them.\nCONFIG_NR_CPUS=2\n# CONFIG_KVM is not set\n\
                CONFIG_CMDLINE=\"a \\\"b\\\"\"\nCONFIG_NR_CPUS=4\nCONFIG_BASE=0x1000000\n# The end.\n";
    assert_eq!(kind(text), TextKind::Fragment);
    let manifest = "schema = 1\n\n[kernel.guest]\nsource = \"linux\"  # mine\n\n[kernel.guest.config]\nSMP = true\n\n[vm.demo]\nkernel = \"guest\"\n";
    insta::assert_snapshot!(imported(manifest, text), @r#"
    schema = 1

    [kernel.guest]
    source = "linux"  # mine

    [kernel.guest.config]
    SMP = true
    # What a guest has.
    NET = "y"

    # Two of them.
    KVM = "n"
    CMDLINE = 'a "b"'
    NR_CPUS = 4
    BASE = 0x1000000
    # The end.

    [vm.demo]
    kernel = "guest"
    "#);
    insta::assert_snapshot!(imported("", text), @r#"
    [kernel.guest.config]
    # What a guest has.
    NET = "y"

    # Two of them.
    KVM = "n"
    CMDLINE = 'a "b"'
    NR_CPUS = 4
    BASE = 0x1000000
    # The end.
    "#);
}

#[test]
fn a_text_of_nixpkgs_is_told_from_a_fragment() {
    let text = "# Guests.\nVIRTIO_NET y\nVIRTIO_FS? m # where there is FUSE\nNR_CPUS 64\nDEFAULT_HOSTNAME nix box\nCMDLINE \"a # b\"\n";
    assert_eq!(kind(text), TextKind::Nixpkgs);
    insta::assert_snapshot!(imported("", text), @r#"
    [kernel.guest.config]
    # Guests.
    VIRTIO_NET = "y"
    VIRTIO_FS = { value = "m", optional = true, reason = "where there is FUSE" }
    NR_CPUS = 64
    DEFAULT_HOSTNAME = "nix box"
    CMDLINE = "a # b"
    "#);
    assert_eq!(kind("VIRTIO_NET y\nCONFIG_X=y\n"), TextKind::Fragment);
    assert_eq!(
        kind("#\n# Automatically generated file; DO NOT EDIT.\n# Linux\n#\nCONFIG_X=y\n"),
        TextKind::Complete
    );
    let wrong = read("A y\nB\nC =y\n", TextKind::Nixpkgs).expect_err("two lines are wrong");
    insta::assert_snapshot!(wrong.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"), @"
    line 2: `B` is no request: expected `NAME value` or `NAME? value`
    line 3: `C =y` is no request: expected `NAME value` or `NAME? value`
    ");
}

#[test]
fn what_stands_already_stays() {
    let manifest = "[kernel.guest.config]\nNET = \"y\" # needed\nKVM = false\n";
    let found = read("CONFIG_NET=y\nCONFIG_KVM=m\n", TextKind::Fragment).expect("a fragment");
    let kernel = KernelName::new("guest").expect("a name");
    let error = add_requests(manifest, ManifestPlace::Kernel, &kernel, &found).expect_err("they disagree");
    insta::assert_snapshot!(error, @"`CONFIG_KVM` is false in the manifest already, and `m` in what is imported");
    insta::assert_snapshot!(imported(manifest, "# net\nCONFIG_NET=y\nCONFIG_X=y\n"), @r#"
    [kernel.guest.config]
    NET = "y" # needed
    KVM = false
    X = "y"
    "#);
}
