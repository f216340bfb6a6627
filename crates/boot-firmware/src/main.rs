//! A freestanding firmware that boots the kernel that QEMU's fw_cfg offers.
//!
//! This file is empty where the firmware can be built, for x86_64 Linux targets: `build.rs` gives the linker the
//! start-up code and the library, compiled without the standard library. The documentation is the library's.

#![cfg_attr(all(target_arch = "x86_64", target_os = "linux"), no_main)]
#![allow(clippy::print_stderr, reason = "a program that can only say that it is none")]

/// Says why there is nothing to run.
#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
fn main() -> std::process::ExitCode {
    eprintln!("boot-firmware: this file is no firmware; build it with `--target x86_64-unknown-linux-gnu`");
    std::process::ExitCode::FAILURE
}
