//! What a VM asks of its kernel, held against what the guest says of itself.
//!
//! | asked | seen in |
//! |---|---|
//! | the kernel is the one that was built | `/proc/config.gz`, where it keeps that: the same symbols and values |
//! | `requires` of the VM and of its packages | the same, else the `.config` that was built |
//! | file systems that its `.config` has | `/proc/filesystems` |
//! | disks, network, vsock of the VM | `/sys/block`, `/sys/class/net`, `/dev/vsock` |

use kconfig::{DotConfig, FragmentError, Symbol, Value};
use kernel_boot::Inside;
use kernel_host::AbsPath;
use kernel_host::compressed;
use kernel_spec::{Features, Requirement, VmEntry};

/// The most that an unpacked `.config` has, in bytes.
const LONGEST_CONFIG: u64 = 4 << 20;

/// File systems, by the symbols that bring them.
const FILE_SYSTEMS: [(&str, &str); 12] = [
    ("EXT4_FS", "ext4"),
    ("EROFS_FS", "erofs"),
    ("SQUASHFS", "squashfs"),
    ("XFS_FS", "xfs"),
    ("BTRFS_FS", "btrfs"),
    ("VFAT_FS", "vfat"),
    ("OVERLAY_FS", "overlay"),
    ("FUSE_FS", "fuse"),
    ("VIRTIO_FS", "virtiofs"),
    ("9P_FS", "9p"),
    ("TMPFS", "tmpfs"),
    ("SYSFS", "sysfs"),
];

/// What the guest is held against.
pub(crate) struct Asked<'a> {
    pub(crate) vm: &'a VmEntry,
    /// Of the kernel: by its VMs, and by their packages.
    pub(crate) requires: &'a [Requirement],
    pub(crate) features: &'a Features,
    /// Features that the kernel's patches bring.
    pub(crate) brought: Vec<&'a str>,
    /// The `.config` that was built.
    pub(crate) built: DotConfig,
}

/// All that the guest lacks; nothing where its init told nothing.
pub(crate) fn faults(asked: &Asked<'_>, inside: &Inside) -> Vec<String> {
    let mut faults = Vec::new();
    if !inside.is_told() {
        return faults;
    }
    let running = inside.config_gz.as_deref().map(unpacked);
    let config = match &running {
        Some(Ok(running)) => {
            faults.extend(difference(&asked.built, running));
            running
        }
        Some(Err(error)) => {
            faults.push(error.clone());
            &asked.built
        }
        None => &asked.built,
    };
    for required in asked.requires {
        if !asked.features.meet(&required.want, config, &asked.brought) {
            faults.push(format!(
                "the guest's kernel lacks `{}`, which {} requires",
                required.want, required.by
            ));
        }
    }
    for (symbol, name) in FILE_SYSTEMS {
        let is_built = Symbol::new(symbol).is_ok_and(|symbol| config.has(&symbol, &Value::Y));
        if is_built && !inside.file_systems.iter().any(|found| found == name) {
            faults.push(format!("`CONFIG_{symbol}=y`, and the guest's `/proc/filesystems` has no `{name}`"));
        }
    }
    for device in devices(asked.vm) {
        if !inside.devices.contains(&device) {
            faults.push(format!("the guest has no `{device}`, which `{}` has", asked.vm.name.value));
        }
    }
    faults
}

/// The devices of a VM, as the guest names them.
fn devices(vm: &VmEntry) -> Vec<String> {
    let disks = ('a'..='z').zip(&vm.devices.disks).map(|(letter, _)| format!("block/vd{letter}"));
    let network = vm.devices.network.iter().map(|_| "net/eth0".to_owned());
    let vsock = vm.devices.vsock.iter().map(|_| "vsock".to_owned());
    disks.chain(network).chain(vsock).collect()
}

fn unpacked(packed: &[u8]) -> Result<DotConfig, String> {
    let wrong = |error: String| format!("the guest's `/proc/config.gz` cannot be read: {error}");
    let name = AbsPath::new("/proc/config.gz").map_err(|error| wrong(error.to_string()))?;
    let text =
        compressed::decompress(&name, packed, LONGEST_CONFIG).map_err(|error| wrong(error.to_string()))?;
    let first = |errors: Vec<FragmentError>| errors.first().map(ToString::to_string).unwrap_or_default();
    DotConfig::parse(&String::from_utf8_lossy(&text)).map_err(|errors| wrong(first(errors)))
}

/// The first symbol in which two configurations differ.
fn difference(built: &DotConfig, running: &DotConfig) -> Option<String> {
    let symbols = built.iter().chain(running.iter()).map(|(symbol, _)| symbol);
    let mut different = symbols.filter(|symbol| built.get(symbol) != running.get(symbol));
    let first = different.next()?;
    Some(format!(
        "the guest's `/proc/config.gz` is not the `.config` that was built: `CONFIG_{first}` differs"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configurations_are_compared_by_symbol() {
        let config = |text| DotConfig::parse(text).expect("a configuration");
        let built = config("CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C=\"x\"\n");
        assert_eq!(
            difference(&built, &config("# a comment\nCONFIG_C=\"x\"\nCONFIG_A=y\n# CONFIG_B is not set\n")),
            None
        );
        let other = difference(&built, &config("CONFIG_A=y\nCONFIG_B=y\nCONFIG_C=\"x\"\n"));
        insta::assert_snapshot!(other.expect("B"), @"the guest's `/proc/config.gz` is not the `.config` that was built: `CONFIG_B` differs");
    }
}
