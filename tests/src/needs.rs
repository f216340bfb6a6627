//! What a test needs of the machine.
//!
//! A test that lacks something says so and passes, except where `KERNEL_TEST_REQUIRE_ALL` is set (CI): there it fails.

use std::path::PathBuf;

/// The reason for a skip is reported; under `KERNEL_TEST_REQUIRE_ALL` it is a failure.
pub fn skip(reason: &str) {
    assert!(
        std::env::var_os("KERNEL_TEST_REQUIRE_ALL").is_none(),
        "this machine must run every test: {reason}"
    );
    eprintln!("skipped: {reason}");
}

/// An unpacked tree of a series (`6_12`, `6_1`), or `None` after a reported skip.
pub fn srctree(series: &str) -> Option<PathBuf> {
    let name = format!("KERNEL_TEST_SRCTREE_{series}");
    let tree = std::env::var_os(&name).map(PathBuf::from).filter(|tree| tree.join("Makefile").is_file());
    if tree.is_none() {
        skip(&format!("no source tree in {name}; `cargo xtask test` sets it"));
    }
    tree
}

/// Whether a program is on PATH; a reported skip where it is not.
pub fn program(name: &str) -> bool {
    let found = std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(name).is_file()));
    if !found {
        skip(&format!("no `{name}` on PATH"));
    }
    found
}

/// Whether programs are on PATH; a reported skip where one is not.
pub fn programs(names: &[&str]) -> bool {
    names.iter().all(|name| program(name))
}

/// Whether the C compiler finds a header; a reported skip where it does not.
pub fn header(name: &str) -> bool {
    let mut compiler = std::process::Command::new("cc");
    compiler.args(["-include", name, "-E", "-x", "c", "/dev/null", "-o", "/dev/null"]);
    let found = compiler.stderr(std::process::Stdio::null()).status().is_ok_and(|status| status.success());
    if !found {
        skip(&format!("no `{name}` for the C compiler"));
    }
    found
}

/// Whether programs are there that `test --setup` does not install; a reported skip where one is not, also in CI.
pub fn extra_programs(names: &[&str]) -> bool {
    let there = |name: &&&str| {
        std::env::var_os("PATH")
            .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(name).is_file()))
    };
    let absent = names.iter().find(|name| !there(name));
    if let Some(name) = absent {
        eprintln!("skipped: no `{name}` on PATH, and `test --setup` does not install it");
    }
    absent.is_none()
}

/// Whether the long form was asked for (`cargo xtask test --full`).
pub fn full() -> bool {
    std::env::var_os("KERNEL_TEST_FULL").is_some()
}
