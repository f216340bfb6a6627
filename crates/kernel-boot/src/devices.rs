//! The devices of a boot, with their files on this machine, and the words that they put on the kernel's command line.
//!
//! | device | words |
//! |---|---|
//! | a disk that is the root | `root=/dev/vda`, `rootfstype=…`, `ro` or `rw`, `init=/init` where the VM's init is in it |
//! | a share with a place | `guest-init.mount=9p,TAG,/PLACE,ro` |
//! | a network of a kernel with `CONFIG_IP_PNP_DHCP` | `ip=dhcp` |
//!
//! Deliberately absent: how a VMM is told of them, which is its runner's.

use std::fmt;

use boot_contract::guest::mount_parameter;
use kernel_host::AbsPath;
use kernel_spec::{Format, Network, Transport};

use crate::cmdline::KernelCmdline;
use crate::error::BootError;

/// What a machine has beside its serial port.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BootDevices {
    /// In order: `/dev/vda`, `/dev/vdb`, …
    pub disks: Vec<BootDisk>,
    /// In order.
    pub shares: Vec<BootShare>,
    /// The network.
    pub network: Option<Network>,
    /// The guest's context identifier.
    pub vsock: Option<u64>,
}

/// A disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootDisk {
    /// The raw image; [`crate::disk::pack`] makes one.
    pub image: AbsPath,
    /// Its file system, where that is known.
    pub format: Option<Format>,
    /// Whether the kernel mounts it as `/`.
    pub root: Root,
    /// Whether the guest may write to it.
    pub is_writable: bool,
}

/// Whether a disk is the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Root {
    /// It is not.
    No,
    /// It is, with an init of its own.
    OwnInit,
    /// It is, with the VM's init as `/init`.
    WithInit,
}

/// A folder that the guest sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootShare {
    /// The folder.
    pub path: AbsPath,
    /// Its name for the guest.
    pub tag: String,
    /// Where the guest's init mounts it.
    pub mount: Option<String>,
    /// How it is shared.
    pub transport: Transport,
    /// Whether the guest may write to it.
    pub is_writable: bool,
}

/// A device, for messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    /// A disk.
    Disk,
    /// A shared folder.
    Share(Transport),
    /// A network.
    Network,
    /// A vsock.
    Vsock,
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disk => f.write_str("a disk"),
            Self::Share(transport) => write!(f, "a share by {}", transport.as_str()),
            Self::Network => f.write_str("a network"),
            Self::Vsock => f.write_str("a vsock"),
        }
    }
}

impl BootDevices {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }

    /// Every device, for what a runner does not have.
    pub fn each(&self) -> impl Iterator<Item = Device> {
        let disks = self.disks.iter().map(|_| Device::Disk);
        let shares = self.shares.iter().map(|share| Device::Share(share.transport));
        let network = self.network.iter().map(|_| Device::Network);
        let vsock = self.vsock.iter().map(|_| Device::Vsock);
        disks.chain(shares).chain(network).chain(vsock)
    }

    /// The first that is none of what a runner has is an error.
    pub(crate) fn only(
        &self,
        vm: &str,
        runner: &'static str,
        has: impl Fn(Device) -> bool,
    ) -> Result<(), BootError> {
        match self.each().find(|device| !has(*device)) {
            None => Ok(()),
            Some(device) => Err(BootError::NoDevice { vm: vm.to_owned(), runner, device }),
        }
    }

    /// Adds the words that the devices need, each where the VM has none with the same key.
    ///
    /// `config` is the kernel's `.config`, where that is at hand.
    pub(crate) fn words(&self, line: &mut KernelCmdline, config: Option<&str>) {
        let disks = ('a'..='z').zip(&self.disks);
        for (letter, disk) in disks.filter(|(_, disk)| disk.root != Root::No) {
            line.need_device("disk", format!("root=/dev/vd{letter}"), "the disk with `root = true`");
            if let Some(format) = disk.format {
                line.need_device("disk", format!("rootfstype={}", format.as_str()), "its `format`");
            }
            let mode = if disk.is_writable { "rw" } else { "ro" };
            if !line.has("ro") && !line.has("rw") {
                line.need_device("disk", mode, "its `writable`");
            }
            if disk.root == Root::WithInit {
                line.need_device("disk", "init=/init", "the VM's `init`, which is in it");
            }
        }
        for share in &self.shares {
            let Some(place) = &share.mount else { continue };
            let word = mount_parameter(share.transport.as_str(), &share.tag, place, share.is_writable);
            line.add_device("share", word, "its `mount`");
        }
        let has = |symbol: &str| config.is_some_and(|config| config.lines().any(|line| line == symbol));
        if self.network.is_some() && has("CONFIG_IP_PNP_DHCP=y") {
            line.need_device("network", "ip=dhcp", "the kernel itself can ask for an address");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_put_words_on_the_command_line() {
        let path = |text: &str| AbsPath::new(text).expect("an absolute path");
        let disk =
            |root| BootDisk { image: path("/d.img"), format: Some(Format::Erofs), root, is_writable: false };
        let share = |tag: &str, mount: Option<&str>| BootShare {
            path: path("/data"),
            tag: tag.into(),
            mount: mount.map(str::to_owned),
            transport: Transport::P9,
            is_writable: tag == "b",
        };
        let devices = BootDevices {
            disks: vec![disk(Root::No), disk(Root::WithInit)],
            shares: vec![share("a", Some("/a")), share("b", Some("/b")), share("c", None)],
            network: Some(Network::User),
            vsock: None,
        };
        let words = |vm: &str, config| {
            let mut line = KernelCmdline::of_vm(vm);
            devices.words(&mut line, config);
            line.to_string()
        };
        insta::assert_snapshot!(words("quiet", Some("CONFIG_IP_PNP_DHCP=y\n")), @"quiet root=/dev/vdb rootfstype=erofs ro init=/init guest-init.mount=9p,a,/a,ro guest-init.mount=9p,b,/b,rw ip=dhcp");
        insta::assert_snapshot!(words("rw root=/dev/vdz", None), @"rw root=/dev/vdz rootfstype=erofs init=/init guest-init.mount=9p,a,/a,ro guest-init.mount=9p,b,/b,rw");
        let refused = devices.only("demo", "firecracker", |device| device == Device::Disk);
        let error = refused.expect_err("no shares");
        insta::assert_snapshot!(format!("{error}\nhint: {}", error.hint().unwrap_or_default()), @"
        `demo` has a share by 9p, which the runner `firecracker` does not offer
        hint: take a runner that does, such as `qemu`
        ");
    }
}
