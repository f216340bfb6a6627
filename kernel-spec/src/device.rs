//! The devices of a VM beside its serial port: what it needs, not how a VMM is told.
//!
//! Deliberately absent: devices that a guest has without being asked for, and which bus they are on: that is the VMM's.

use crate::{ByteSize, Spanned};

/// What a VM has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Devices {
    /// `[[vm.NAME.disk]]`, in order: the guest's `/dev/vda`, `/dev/vdb`, …
    pub disks: Vec<Disk>,
    /// `[[vm.NAME.share]]`, in order.
    pub shares: Vec<Share>,
    /// `network`.
    pub network: Option<Spanned<Network>>,
    /// `vsock`: the guest's context identifier.
    pub vsock: Option<Spanned<u64>>,
}

/// One `[[vm.NAME.disk]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disk {
    /// Where its contents come from.
    pub contents: Contents,
    /// `root`: whether the kernel mounts it as `/`.
    pub is_root: bool,
    /// `writable`: whether the guest may write to it; what a folder was packed into is thrown away afterwards.
    pub is_writable: bool,
}

/// Where a disk's contents come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contents {
    /// `path`: a raw image, relative to the manifest.
    Image {
        /// Where it is.
        path: Spanned<String>,
        /// `format`: its file system, where that is told to the kernel.
        format: Option<Format>,
    },
    /// `from`: a folder, relative to the manifest, packed anew for each boot.
    Folder {
        /// Where it is.
        path: Spanned<String>,
        /// `format`.
        format: Format,
        /// `size` of the disk; absent: what the files need, and some room.
        size: Option<ByteSize>,
    },
}

/// The file system of a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// ext4: what a guest may write to.
    Ext4,
    /// EROFS: read only.
    Erofs,
    /// SquashFS: read only, compressed.
    Squashfs,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 3] = [Self::Ext4, Self::Erofs, Self::Squashfs];

    /// Its name, in the manifest and in `rootfstype=`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ext4 => "ext4",
            Self::Erofs => "erofs",
            Self::Squashfs => "squashfs",
        }
    }
}

/// One `[[vm.NAME.share]]`: a folder of this machine that the guest sees as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// `path`, relative to the manifest.
    pub path: Spanned<String>,
    /// `tag`: its name on the bus.
    pub tag: String,
    /// `mount`: where an init that is told so mounts it.
    pub mount: Option<String>,
    /// `transport`.
    pub transport: Transport,
    /// `writable`.
    pub is_writable: bool,
}

/// How a folder is shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// 9P over virtio, served by the VMM itself.
    P9,
    /// virtiofs, served by virtiofsd.
    Virtiofs,
}

impl Transport {
    /// Every transport.
    pub const ALL: [Self; 2] = [Self::P9, Self::Virtiofs];

    /// Its name, in the manifest and as a file system.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::P9 => "9p",
            Self::Virtiofs => "virtiofs",
        }
    }
}

/// A VM's network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// What a program without privileges can offer: the guest reaches out, and this machine is `10.0.2.2` to it.
    User,
}

impl Network {
    /// Its name in the manifest.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
        }
    }
}
