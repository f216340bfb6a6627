//! The file systems that every guest has.
//!
//! | mounted on | what | why |
//! |---|---|---|
//! | `/proc` | proc | the kernel command line |
//! | `/sys` | sysfs | whether ACPI is there, see [`crate::ending`] |
//! | `/dev` | devtmpfs | `/dev/console`, `/dev/kvm` in a host of nested guests |
//! | `/tmp` | tmpfs | a place for the command's files |
//!
//! Folders of the host come after these, where the kernel command line names them.

use std::ffi::CString;
use std::fs;
use std::io;

use boot_contract::guest::{HostFolder, host_folders};
use rustix::io::Errno;
use rustix::mount::{MountFlags, mount};

/// 9P over virtio, in the version that Linux speaks with itself (`Documentation/filesystems/9p.rst`).
const P9_OPTIONS: &str = "trans=virtio,version=9p2000.L,msize=262144";

/// What can fail before anything was said.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MountError {
    #[error("{file_system} is not on {target}: {errno}")]
    Mount { file_system: &'static str, target: &'static str, errno: Errno },
    #[error("the host's folder {tag} is not on {target}: {errno}")]
    Folder { tag: String, target: String, errno: Errno },
    #[error("no directory {target}: {error}")]
    Directory { target: String, error: io::Error },
    #[error("no {path}: {error}")]
    Read { path: &'static str, error: io::Error },
}

/// Mounts them all and returns what went wrong.
///
/// One that is mounted already (`CONFIG_DEVTMPFS_MOUNT=y`) is as good as mounted. One that fails does not keep the
/// others from being tried.
pub(crate) fn mount_all() -> Vec<MountError> {
    let hardened = MountFlags::NOSUID | MountFlags::NOEXEC | MountFlags::NODEV;
    [
        ("proc", "/proc", hardened),
        ("sysfs", "/sys", hardened),
        ("devtmpfs", "/dev", MountFlags::NOSUID),
        ("tmpfs", "/tmp", MountFlags::NOSUID | MountFlags::NODEV),
    ]
    .into_iter()
    .filter_map(|(file_system, target, flags)| mount_one(file_system, target, flags).err())
    .collect()
}

fn mount_one(file_system: &'static str, target: &'static str, flags: MountFlags) -> Result<(), MountError> {
    fs::create_dir_all(target).map_err(|error| MountError::Directory { target: target.to_owned(), error })?;
    match mount(file_system, target, file_system, flags, None) {
        Ok(()) | Err(Errno::BUSY) => Ok(()),
        Err(errno) => Err(MountError::Mount { file_system, target, errno }),
    }
}

/// Mounts the host's folders that the kernel command line names, and returns what went wrong.
pub(crate) fn mount_folders(cmdline: &str) -> Vec<MountError> {
    host_folders(cmdline).iter().filter_map(|folder| mount_folder(folder).err()).collect()
}

fn mount_folder(folder: &HostFolder) -> Result<(), MountError> {
    let HostFolder { file_system, tag, place, is_writable } = folder;
    let directory = |error| MountError::Directory { target: place.clone(), error };
    fs::create_dir_all(place).map_err(directory)?;
    let options = match file_system.as_str() {
        "9p" => CString::new(P9_OPTIONS).ok(),
        _ => None,
    };
    let flags = if *is_writable { MountFlags::NODEV } else { MountFlags::NODEV | MountFlags::RDONLY };
    let mounted = mount(tag.as_str(), place.as_str(), file_system.as_str(), flags, options.as_deref());
    mounted.map_err(|errno| MountError::Folder { tag: tag.clone(), target: place.clone(), errno })
}

/// Reads the kernel command line.
pub(crate) fn cmdline() -> Result<String, MountError> {
    const PATH: &str = "/proc/cmdline";
    let bytes = fs::read(PATH).map_err(|error| MountError::Read { path: PATH, error })?;
    Ok(String::from_utf8_lossy(&bytes).trim_end().to_owned())
}
