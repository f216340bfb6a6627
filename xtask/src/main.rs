//! Builds cargo-kernel once and hands over; repository chores.

fn main() {}
