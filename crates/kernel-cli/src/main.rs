//! The binary `cargo-kernel`: cargo runs it as `cargo-kernel kernel …` for `cargo kernel …`.

use std::process::ExitCode;

use kernel_host::env::Env;

/// A parsed tree is many small pieces, allocated on a thread that is not the first: the system's allocator takes a system
/// call for every few of them there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match Env::capture() {
        Ok(env) => kernel_cli::run(std::env::args_os(), &env),
        Err(error) => kernel_cli::no_environment(&error),
    }
}
