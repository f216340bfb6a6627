//! What must hold of the data without a source tree.

use super::*;

#[test]
fn names_are_found_and_near_ones_are_known() {
    for profile in all() {
        assert!(std::ptr::eq(find(profile.name).expect("a profile"), profile), "{} twice", profile.name);
    }
    assert!(find("firecraker").is_none());
    assert_eq!(nearest("firecraker"), Some("firecracker"));
    assert_eq!(nearest("zzzzzzzz"), None);
}

#[test]
fn an_architecture_without_layers_is_an_error() {
    let error = find("firecracker").expect("a profile").layers(Arch::Riscv64).expect_err("no such port");
    assert_eq!(
        error.to_string(),
        "profile `firecracker` has no layers for riscv64: expected x86_64 or aarch64"
    );
}
