//! A freestanding firmware that boots the kernel that QEMU's fw_cfg offers.

fn main() {}
