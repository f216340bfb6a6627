//! The `kernel` subcommand and the binary `cargo-kernel`.

fn main() {}
