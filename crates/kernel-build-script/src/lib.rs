//! A kernel of `Kernel.toml` for a crate's `build.rs`, and for the code of that crate.
//!
//! ```no_run
//! // build.rs
//! # #[cfg(feature = "script")]
//! fn main() -> Result<(), kernel_build_script::Error> {
//!     kernel_build_script::kernel("guest").symbols(["SMP", "NR_CPUS"]).emit()?;
//!     Ok(())
//! }
//! # #[cfg(not(feature = "script"))]
//! # fn main() {}
//! ```
//!
//! # What the crate gets
//!
//! | | |
//! |---|---|
//! | `env!("KERNEL_IMAGE")`, `KERNEL_RELEASE`, `KERNEL_VERSION`, `KERNEL_SHA256` | of the first kernel of a script; `KERNEL_GUEST_IMAGE` … of each, by its name |
//! | [`include_facts!`] | a module's worth of constants: version, release, image, size, digest, command line, load facts, symbols |
//! | [`include_kernel!`] | the image itself, aligned to a page |
//! | `cfg(kernel_config = "SMP")` | for each symbol of [`Kernel::symbols`] that is `y` or `m` |
//! | `cfg(kernel_feature = "tsi")` | for each feature that the kernel has |
//! | `DEP_<LINKS>_IMAGE` … in the scripts of dependent crates | where the package has `links` |
//!
//! # Where the kernel comes from
//!
//! Cargo runs a build script once for `cargo check` and `cargo build` alike, and does not say which of them it is. So nothing
//! is guessed: what is done is the [`Mode`] that the script states, or that `KERNEL_BUILD_SCRIPT` says in its place.
//!
//! | mode | what is done |
//! |---|---|
//! | `build` | the kernel is built where it is not fresh; the default |
//! | `require` | nothing is built: the artifact that is there is taken, and that there is none is an error |
//! | `facts` | nothing is compiled: `kernel check` resolves and judges the configuration; the image may not be there |
//!
//! For rust-analyzer, and for CI jobs that only check or lint, `facts` is the mode to set:
//! `"rust-analyzer.cargo.extraEnv": { "KERNEL_BUILD_SCRIPT": "facts" }`.
//!
//! | Where the script finds itself | what it does in the mode `build` |
//! |---|---|
//! | `DOCS_RS` is set | a stub: constants without a kernel |
//! | `KERNEL_IMAGE` is set | takes that file; its release from the `kernel.json` beside it, or from `KERNEL_RELEASE` and `KERNEL_VERSION` |
//! | `KERNEL_BUILD_ACTIVE` is set: `kernel build` started this cargo | waits for the kernel's lock, then takes its artifact |
//! | otherwise | runs `cargo-kernel`: `CARGO_KERNEL`, else the one that `kernel-launcher` finds or builds |
//!
//! `cargo build --offline` and `--locked` hold for the kernel as well; so does `CARGO_NET_OFFLINE=true`.
//! `cargo-kernel` runs in cargo's own jobserver: `cargo build -j4` compiles the kernel with four jobs, the crates included.
//! Two scripts that want one kernel wait for each other, and the second finds it fresh.
//!
//! # What cargo is told
//!
//! The manifest, the lockfile, the fragments and patches with their folders, and the artifact's `kernel.json`; and each
//! variable that was read. Never a source tree, which cargo would walk file by file on every build. So cargo alone does
//! not see an edit in a `path` tree, a compiler that was replaced, a new file that only a wider glob matches, or a new manifest that is nearer:
//! `cargo kernel build` sees each of them, writes a new `kernel.json`, and the next `cargo build` follows.
//!
//! Deliberately absent: how a kernel is built, and any dependency on the crates that know.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a build script reads its environment, and waits and builds by itself"
)]

mod macros;
#[cfg(feature = "script")]
mod script;

#[cfg(feature = "script")]
pub use script::{Built, Embedding, Error, Kernel, Load, Mode, kernel};
