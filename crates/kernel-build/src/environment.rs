//! What make, the compiler and conf see of the environment.
//!
//! A list of what may pass, not of what may not: a kernel is to be the same whether cargo, make or a shell started the
//! tool. Cargo's `CARGO_*` and `RUSTFLAGS`, make's `MAKEFLAGS`, and kbuild's own switches (`KCFLAGS`, `W`, `V`,
//! `KBUILD_*`, `INSTALL_*`) that happen to be set stay outside.
//!
//! | passes | why |
//! |---|---|
//! | `PATH`, `HOME`, `TMPDIR` | tools are found, and have a place to work |
//! | `CCACHE_*`, `SCCACHE_*`, `DISTCC_*` | a compiler that is a cache has its settings |
//! | `LANG=C`, `LOCALVERSION=` | set: sorted output and messages that can be read back; no stray `+` |
//! | `KBUILD_BUILD_*` | pinned: the same input makes the same image |

use std::ffi::OsStr;

use kernel_host::env::Env;
use kernel_host::process::Command;

/// What the image says about its making, in the place of the date, the user and the host.
pub(crate) const PINNED: [(&str, &str); 4] = [
    ("KBUILD_BUILD_TIMESTAMP", "Thu Jan  1 00:00:00 UTC 1970"),
    ("KBUILD_BUILD_USER", "kernel"),
    ("KBUILD_BUILD_HOST", "cargo"),
    ("KBUILD_BUILD_VERSION", "1"),
];

const PASSES: [&str; 3] = ["PATH", "HOME", "TMPDIR"];
const PASSES_BY_PREFIX: [&str; 3] = ["CCACHE_", "SCCACHE_", "DISTCC_"];

/// Gives a command the environment that kbuild is to see, and no other.
pub(crate) fn confine(command: &mut Command, env: &Env) {
    command.env_clear();
    for (name, value) in confined(env) {
        command.env(name, value);
    }
}

/// The environment that kbuild is to see.
pub(crate) fn confined(env: &Env) -> impl Iterator<Item = (&OsStr, &OsStr)> {
    let passes = |(name, _): &(&OsStr, &OsStr)| {
        let text = name.to_string_lossy();
        PASSES.contains(&text.as_ref()) || PASSES_BY_PREFIX.iter().any(|prefix| text.starts_with(prefix))
    };
    let set = [("LANG", "C"), ("LOCALVERSION", "")].into_iter().chain(PINNED);
    env.vars().filter(passes).chain(set.map(|(name, value)| (OsStr::new(name), OsStr::new(value))))
}

/// The variables that change what is made, as the fingerprint has them.
pub(crate) fn fingerprint_part() -> Vec<String> {
    PINNED.iter().map(|(name, value)| format!("{name}={value}")).collect()
}
