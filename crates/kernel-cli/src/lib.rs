//! The `kernel` subcommand and the binary `cargo-kernel`.
