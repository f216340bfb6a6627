//! What the cross-crate tests stand on: workspaces in temporary folders, the toy tree, and the real binary.
//!
//! ```text
//! tests/
//!   src/     this: Project, Run, needs
//!   suite/   the tests, one file a theme, all reached from suite/main.rs
//!   toy/     a source tree that answers the make targets that the tool calls, in milliseconds
//! ```
//!
//! The binary under test is the one that `cargo xtask` hands over to (`KERNEL_TEST_CARGO_KERNEL`), or is built here by
//! the same means.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests start processes and write files, and a failure of theirs is a panic"
)]

pub mod needs;
mod project;
mod run;
mod schema;

pub use project::{Project, TOY_MANIFEST};
pub use run::{Run, cargo_kernel, kconf, target_dir, workspace_root};
pub use schema::invalid;
