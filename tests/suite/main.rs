//! Every cross-crate test; one file a theme.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests start processes, serve on loopback and write files"
)]

mod alongside;
mod explain;
mod interrupt;
mod kconf;
mod kernelrelease;
mod manifest;
mod pipeline;
mod real_kernel;
mod requests;
mod sources;
