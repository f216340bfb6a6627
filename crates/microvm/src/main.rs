//! A small VMM on the rust-vmm crates.

fn main() {}
