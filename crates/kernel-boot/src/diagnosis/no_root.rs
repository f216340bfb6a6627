//! Why a kernel has no root file system, or no init in it: read off its panic, its command line and its `.config`.
//!
//! | the panic | looked at, in this order |
//! |---|---|
//! | `VFS: Unable to mount root fs on …` (`init/do_mounts.c`) | the initramfs, the disk's driver, the disk, its file system |
//! | `No working init found` (`init/main.c`) | what kept `/init` from running |
//!
//! Deliberately absent: guesses. Where nothing here explains it, there is no cause, and the verdict's own hint stands.

use super::Cause;
use super::report::{PANIC, said};
use crate::judge::ConsoleLine;

/// All that the answer rests on.
pub(super) struct Given<'a> {
    pub(super) vm: &'a str,
    /// What the panic says.
    pub(super) panic: &'a str,
    pub(super) said: &'a [ConsoleLine],
    pub(super) cmdline: &'a str,
    pub(super) has_initramfs: bool,
    /// The `.config`.
    pub(super) config: Option<&'a str>,
}

/// Drivers of disks, by the names of their devices.
const DISKS: [(&str, &str); 4] =
    [("vd", "VIRTIO_BLK"), ("nvme", "BLK_DEV_NVME"), ("sd", "BLK_DEV_SD"), ("pmem", "BLK_DEV_PMEM")];

/// Compressions of an initramfs, by the word of the kernel's complaint.
const COMPRESSIONS: [(&str, &str); 7] = [
    ("gzip", "RD_GZIP"),
    ("bzip2", "RD_BZIP2"),
    ("lzma", "RD_LZMA"),
    ("xz", "RD_XZ"),
    ("lzo", "RD_LZO"),
    ("lz4", "RD_LZ4"),
    ("zstd", "RD_ZSTD"),
];

/// What a panic says that is of this kind.
pub(super) fn panic(lines: &[ConsoleLine]) -> Option<&str> {
    lines.iter().find_map(|line| {
        let (_, text) = line.text.split_once(PANIC)?;
        let text = text.trim_end();
        (text.starts_with("VFS: Unable to mount root fs") || text.starts_with("No working init"))
            .then_some(text)
    })
}

pub(super) fn cause(given: &Given<'_>) -> Option<Cause> {
    if given.panic.starts_with("No working init") { given.no_init() } else { given.no_root() }
}

impl Given<'_> {
    fn no_init(&self) -> Option<Cause> {
        let failed = self.line("Failed to execute ")?;
        let (program, rest) = failed.split_once(" (error ")?;
        let program = program.trim_start_matches("Failed to execute ");
        let text = |why: &str| format!("`{program}` does not run: {why}");
        match rest.trim_end_matches([')', ' ']) {
            "-8" if self.lacks("BINFMT_ELF") => {
                Some(lacking(text("`CONFIG_BINFMT_ELF` is not set"), "BINFMT_ELF"))
            }
            "-8" => Some(Cause {
                text: text("it is no program for this kernel"),
                hint: "build it for the kernel's architecture; a script needs `CONFIG_BINFMT_SCRIPT=y`"
                    .into(),
            }),
            "-2" => Some(Cause {
                text: text("the dynamic loader that it asks for is not there"),
                hint: "link it statically (`-C target-feature=+crt-static`)".into(),
            }),
            "-13" => Some(Cause {
                text: text("it may not be executed"),
                hint: format!("make `{program}` executable"),
            }),
            _ => None,
        }
    }

    fn no_root(&self) -> Option<Cause> {
        let root = self.parameter("root");
        if self.has_initramfs && self.lacks("BLK_DEV_INITRD") {
            let text = "the kernel takes no initramfs: `CONFIG_BLK_DEV_INITRD` is not set".to_owned();
            return Some(lacking(text, "BLK_DEV_INITRD"));
        }
        if let Some(line) = self.line("Initramfs unpacking failed: ") {
            return Some(unpacking(line.trim_start_matches("Initramfs unpacking failed: ")));
        }
        let Some(root) = root else {
            return (!self.has_initramfs).then(|| Cause {
                text: "there is neither an initramfs nor a `root=`".into(),
                hint: format!("give `[vm.{}]` an `init`, or a root disk", self.vm),
            });
        };
        match root.strip_prefix("/dev/") {
            Some(device) if self.panic.contains("unknown-block(0,0)") => self.no_device(root, device),
            _ => self.no_file_system(root),
        }
    }

    /// The device is not there.
    fn no_device(&self, root: &str, device: &str) -> Option<Cause> {
        let (_, driver) = DISKS.into_iter().find(|(start, _)| device.starts_with(start))?;
        if self.lacks(driver) {
            let text = format!("the kernel has no driver for `{root}`: `CONFIG_{driver}` is not set");
            return Some(lacking(text, driver));
        }
        if driver != "VIRTIO_BLK" {
            return None;
        }
        if self.lacks("VIRTIO_MMIO") && self.lacks("VIRTIO_PCI") {
            let text = format!(
                "the kernel has no way to `{root}`: neither `CONFIG_VIRTIO_MMIO` nor `CONFIG_VIRTIO_PCI` is set"
            );
            return Some(lacking(text, "VIRTIO_MMIO"));
        }
        Some(Cause {
            text: format!("`{root}` is not there: the machine shows the kernel no such disk"),
            hint: format!("give `[vm.{}]` a `disk`, or its VMM one", self.vm),
        })
    }

    /// The device is there, and no file system takes it.
    fn no_file_system(&self, root: &str) -> Option<Cause> {
        // fs/squashfs/super.c
        if let Some(line) = self.line("Filesystem uses \"") {
            let name = line.trim_start_matches("Filesystem uses \"").split('"').next().unwrap_or_default();
            let text = format!("the kernel cannot unpack `{root}`: its SquashFS is compressed by {name}");
            return Some(lacking(text, &format!("SQUASHFS_{}", name.to_uppercase())));
        }
        let tried = self.tried()?;
        let known: Vec<String> = tried.into_iter().map(|name| format!("`{name}`")).collect();
        let known = if known.is_empty() { "none for disks".to_owned() } else { known.join(", ") };
        let text = format!("none of the kernel's file systems takes `{root}`: it has {known}");
        let named =
            self.parameter("rootfstype").and_then(|name| symbol_of(name).filter(|symbol| self.lacks(symbol)));
        Some(match named {
            Some(symbol) => lacking(text, symbol),
            None => Cause {
                text,
                hint: "ask for the file system that the disk has: `CONFIG_EXT4_FS=y`, `CONFIG_EROFS_FS=y`, `CONFIG_SQUASHFS=y`"
                    .into(),
            },
        })
    }

    /// The file systems that the kernel tried, in the lines behind the one that says so.
    fn tried(&self) -> Option<Vec<&str>> {
        const START: &str = "No filesystem could mount root, tried:";
        let mut lines =
            self.said.iter().map(|line| said(&line.text)).skip_while(|text| !text.starts_with(START));
        let first = lines.next()?.trim_start_matches(START);
        let rest = lines.take_while(|text| !text.contains(PANIC));
        Some(std::iter::once(first).chain(rest).flat_map(str::split_ascii_whitespace).collect())
    }

    /// The first line that begins so.
    fn line(&self, start: &str) -> Option<&str> {
        self.said.iter().map(|line| said(&line.text)).find(|text| text.starts_with(start))
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        let mut values = self
            .cmdline
            .split_ascii_whitespace()
            .filter_map(|word| word.strip_prefix(name)?.strip_prefix('='));
        values.next_back()
    }

    /// Whether the `.config` is at hand and does not have a symbol built in.
    fn lacks(&self, symbol: &str) -> bool {
        self.config.is_some_and(|config| !config.lines().any(|line| line == format!("CONFIG_{symbol}=y")))
    }
}

fn lacking(text: String, symbol: &str) -> Cause {
    Cause { text, hint: format!("ask for `CONFIG_{symbol}=y`") }
}

fn unpacking(why: &str) -> Cause {
    let text = format!("the initramfs was not unpacked: {}", why.trim_end());
    // compression method gzip not configured (init/initramfs.c)
    let method =
        why.strip_prefix("compression method ").and_then(|rest| rest.split_ascii_whitespace().next());
    let symbol = COMPRESSIONS.into_iter().find(|(name, _)| Some(*name) == method);
    match symbol {
        Some((_, symbol)) => lacking(text, symbol),
        None => {
            Cause { text, hint: "give the machine more `memory`, or look at what made the initramfs".into() }
        }
    }
}

/// The symbol of a file system.
fn symbol_of(file_system: &str) -> Option<&'static str> {
    Some(match file_system {
        "ext4" => "EXT4_FS",
        "erofs" => "EROFS_FS",
        "squashfs" => "SQUASHFS",
        "xfs" => "XFS_FS",
        "btrfs" => "BTRFS_FS",
        "9p" => "9P_FS",
        "virtiofs" => "VIRTIO_FS",
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
