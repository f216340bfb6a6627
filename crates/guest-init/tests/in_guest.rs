//! Tests that pass in this workspace's own guest alone: run there by cargo, whose runner is `kernel run`.
//!
//! ```text
//! CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER="cargo xtask kernel run qemu --" \
//!   cargo test -p guest-init --features in-guest --test in_guest --target x86_64-unknown-linux-gnu
//! ```
#![allow(clippy::disallowed_methods, reason = "they look at the machine that they run on")]

/// The kernel is the one that `Kernel.toml` promises, and no machine that builds it has that release.
#[test]
fn the_kernel_is_the_guests() {
    let release = rustix::system::uname().release().to_string_lossy().into_owned();
    assert!(release.ends_with("-guest"), "this machine runs {release}");
}

/// The guest's init is the parent of every process.
#[test]
fn pid_1_is_guest_init() {
    let name = std::fs::read_to_string("/proc/1/comm").expect("/proc is mounted");
    assert_eq!(name.trim_end(), "init");
    let init = std::fs::read("/init").expect("the initramfs is the root");
    assert!(memchr(&init, b"guest-init.job"), "/init is another program");
}

fn memchr(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}
