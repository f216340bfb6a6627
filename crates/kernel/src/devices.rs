//! The devices of a VM of the manifest, with their files: folders become disks, paths become absolute.
//!
//! ```text
//! target/kernel/.vm/<name>/disk0.img    a folder, packed anew for each boot
//! ```
//!
//! A disk that is the root has the VM's init in it, and there is no initramfs; a command that runs in the guest comes in an
//! initramfs all the same, and then no disk is the root.

use kernel_boot::devices::{BootDevices, BootDisk, BootShare, Root};
use kernel_boot::{BootError, disk};
use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::env::Env;
use kernel_host::fs;
use kernel_spec::{Contents, Devices, Disk, InitramfsPlace, VmEntry};

use crate::error::Error;

/// What brings the init of a boot.
#[derive(Clone, Copy)]
pub(crate) enum InitFrom<'a> {
    /// The VM has none.
    Nowhere,
    /// The kernel itself.
    Kernel,
    /// An initramfs.
    Initramfs,
    /// The root disk, whose `/init` this becomes.
    RootDisk(&'a AbsPath),
}

impl<'a> InitFrom<'a> {
    /// For a VM with that init; `has_load` where a command goes along.
    pub(crate) fn of(vm: &VmEntry, init: Option<&'a AbsPath>, has_load: bool) -> Self {
        let packed_root = |disk: &Disk| disk.is_root && matches!(disk.contents, Contents::Folder { .. });
        match init {
            None => Self::Nowhere,
            Some(_) if !has_load && vm.initramfs != InitramfsPlace::Beside => Self::Kernel,
            Some(init) if !has_load && vm.devices.disks.iter().any(packed_root) => Self::RootDisk(init),
            Some(_) => Self::Initramfs,
        }
    }
}

/// Makes what the devices are made of.
pub(crate) fn prepare(
    devices: &Devices,
    init: InitFrom<'_>,
    root: &AbsPath,
    scratch: &AbsPath,
    (env, cancel): (&Env, &Cancel),
) -> Result<BootDevices, Error> {
    let mut disks = Vec::new();
    for disk in &devices.disks {
        let number = disks.len();
        disks.push(prepare_disk(disk, number, init, root, scratch, (env, cancel))?);
    }
    let share = |share: &kernel_spec::Share| {
        let path = root.join(&share.path.value);
        if !fs::is_dir(&path) {
            return Err(BootError::NoFolder { path });
        }
        Ok(BootShare {
            path,
            tag: share.tag.clone(),
            mount: share.mount.clone(),
            transport: share.transport,
            is_writable: share.is_writable,
        })
    };
    Ok(BootDevices {
        disks,
        shares: devices.shares.iter().map(share).collect::<Result<_, _>>()?,
        network: devices.network.as_ref().map(|network| network.value),
        vsock: devices.vsock.as_ref().map(|cid| cid.value),
    })
}

fn prepare_disk(
    entry: &Disk,
    number: usize,
    init: InitFrom<'_>,
    root: &AbsPath,
    scratch: &AbsPath,
    (env, cancel): (&Env, &Cancel),
) -> Result<BootDisk, Error> {
    let is_root = match (entry.is_root, init) {
        // The initramfs has the init, beside the kernel or in it, and would hide the disk.
        (false, _) | (true, InitFrom::Initramfs | InitFrom::Kernel) => Root::No,
        (true, InitFrom::Nowhere) => Root::OwnInit,
        (true, InitFrom::RootDisk(_)) => Root::WithInit,
    };
    let (image, format) = match &entry.contents {
        Contents::Image { path, format } => {
            let image = root.join(&path.value);
            if !fs::is_file(&image) {
                return Err(BootError::Missing { what: "disk", path: image }.into());
            }
            (image, *format)
        }
        Contents::Folder { path, format, size } => {
            let image = scratch.join(format!("disk{number}.img"));
            let packing = disk::Packing {
                folder: &root.join(&path.value),
                format: *format,
                size: size.map(|size| size.0),
                root: entry.is_root.then_some(match init {
                    InitFrom::RootDisk(init) => Some(init),
                    InitFrom::Nowhere | InitFrom::Kernel | InitFrom::Initramfs => None,
                }),
            };
            disk::pack(&packing, &image, env, cancel)?;
            (image, Some(*format))
        }
    };
    Ok(BootDisk { image, format, root: is_root, is_writable: entry.is_writable })
}
