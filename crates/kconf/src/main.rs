//! The command line of the kernel's conf.

fn main() {}
