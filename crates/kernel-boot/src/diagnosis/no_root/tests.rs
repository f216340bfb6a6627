//! What is said of kernels that found no root file system or no init.

use std::time::Duration;

use super::*;
use crate::judge::Stream;

const NO_DEVICE: &str =
    "Kernel panic - not syncing: VFS: Unable to mount root fs on \"/dev/vda\" or unknown-block(0,0)";
const NO_FILE_SYSTEM: &str = "No filesystem could mount root, tried: \n ext4\nKernel panic - not syncing: VFS: Unable to mount root fs on \"/dev/vda\" or unknown-block(254,0)";
const NO_INIT: &str =
    "Kernel panic - not syncing: No working init found.  Try passing init= option to kernel.";
const FULL: &str =
    "CONFIG_VIRTIO_BLK=y\nCONFIG_VIRTIO_MMIO=y\nCONFIG_BLK_DEV_INITRD=y\nCONFIG_BINFMT_ELF=y\n";

fn told(said: &str, cmdline: &str, has_initramfs: bool, config: &str) -> String {
    let line =
        |text: &str| ConsoleLine { at: Duration::ZERO, stream: Stream::Console, text: text.to_owned() };
    let lines: Vec<_> = said.lines().map(line).collect();
    let panic = panic(&lines).expect("a panic");
    let given = Given { vm: "demo", panic, said: &lines, cmdline, has_initramfs, config: Some(config) };
    cause(&given).map_or_else(|| "nothing".into(), |cause| format!("{}\nhint: {}", cause.text, cause.hint))
}

#[test]
fn what_lacks_is_named_with_what_brings_it() {
    let root = "console=ttyS0 root=/dev/vda ro";
    insta::assert_snapshot!(told(NO_DEVICE, root, false, ""), @"
    the kernel has no driver for `/dev/vda`: `CONFIG_VIRTIO_BLK` is not set
    hint: ask for `CONFIG_VIRTIO_BLK=y`
    ");
    insta::assert_snapshot!(told(NO_DEVICE, root, false, "CONFIG_VIRTIO_BLK=y\n"), @"
    the kernel has no way to `/dev/vda`: neither `CONFIG_VIRTIO_MMIO` nor `CONFIG_VIRTIO_PCI` is set
    hint: ask for `CONFIG_VIRTIO_MMIO=y`
    ");
    insta::assert_snapshot!(told(NO_DEVICE, root, false, FULL), @"
    `/dev/vda` is not there: the machine shows the kernel no such disk
    hint: give `[vm.demo]` a `disk`, or its VMM one
    ");
    insta::assert_snapshot!(told(NO_DEVICE, "console=ttyS0", false, FULL), @"
    there is neither an initramfs nor a `root=`
    hint: give `[vm.demo]` an `init`, or a root disk
    ");
    insta::assert_snapshot!(told(NO_DEVICE, "console=ttyS0", true, ""), @"
    the kernel takes no initramfs: `CONFIG_BLK_DEV_INITRD` is not set
    hint: ask for `CONFIG_BLK_DEV_INITRD=y`
    ");
    insta::assert_snapshot!(told(NO_FILE_SYSTEM, root, false, FULL), @"
    none of the kernel's file systems takes `/dev/vda`: it has `ext4`
    hint: ask for the file system that the disk has: `CONFIG_EXT4_FS=y`, `CONFIG_EROFS_FS=y`, `CONFIG_SQUASHFS=y`
    ");
    insta::assert_snapshot!(told(NO_FILE_SYSTEM, "root=/dev/vda rootfstype=erofs", false, FULL), @"
    none of the kernel's file systems takes `/dev/vda`: it has `ext4`
    hint: ask for `CONFIG_EROFS_FS=y`
    ");
    let gzip =
        format!("[    0.1] Initramfs unpacking failed: compression method zstd not configured\n{NO_DEVICE}");
    insta::assert_snapshot!(told(&gzip, "quiet", true, FULL), @"
    the initramfs was not unpacked: compression method zstd not configured
    hint: ask for `CONFIG_RD_ZSTD=y`
    ");
    let squashfs = "Filesystem uses \"zlib\" compression. This is not supported\n".to_owned();
    let said = squashfs + &NO_FILE_SYSTEM[NO_FILE_SYSTEM.find("Kernel panic").expect("a panic")..];
    insta::assert_snapshot!(told(&said, "root=/dev/vda rootfstype=squashfs", false, FULL), @r"
    the kernel cannot unpack `/dev/vda`: its SquashFS is compressed by zlib
    hint: ask for `CONFIG_SQUASHFS_ZLIB=y`
    ");
    // Nothing here explains it.
    assert_eq!(told(NO_DEVICE, "root=PARTUUID=1", false, FULL), "nothing");
    assert_eq!(told(NO_DEVICE, "quiet", true, FULL), "nothing");
}

#[test]
fn an_init_that_does_not_run_is_told_with_the_reason() {
    let failed = |error: i32, config| {
        told(&format!("Failed to execute /init (error {error})\n{NO_INIT}"), "", true, config)
    };
    insta::assert_snapshot!(failed(-8, ""), @"
    `/init` does not run: `CONFIG_BINFMT_ELF` is not set
    hint: ask for `CONFIG_BINFMT_ELF=y`
    ");
    insta::assert_snapshot!(failed(-8, FULL), @"
    `/init` does not run: it is no program for this kernel
    hint: build it for the kernel's architecture; a script needs `CONFIG_BINFMT_SCRIPT=y`
    ");
    insta::assert_snapshot!(failed(-2, FULL), @"
    `/init` does not run: the dynamic loader that it asks for is not there
    hint: link it statically (`-C target-feature=+crt-static`)
    ");
    insta::assert_snapshot!(failed(-13, FULL), @"
    `/init` does not run: it may not be executed
    hint: make `/init` executable
    ");
    assert_eq!(failed(-12, FULL), "nothing");
}
