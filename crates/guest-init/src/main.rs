//! The init of this workspace's initramfs.

fn main() {}
