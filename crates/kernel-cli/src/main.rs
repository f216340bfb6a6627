//! The binary `cargo-kernel`: cargo runs it as `cargo-kernel kernel …` for `cargo kernel …`.

use std::process::ExitCode;

use kernel_host::env::Env;

fn main() -> ExitCode {
    match Env::capture() {
        Ok(env) => kernel_cli::run(std::env::args_os(), &env),
        Err(error) => kernel_cli::no_environment(&error),
    }
}
