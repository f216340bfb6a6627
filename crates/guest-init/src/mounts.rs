//! The file systems that every guest has.
//!
//! | mounted on | what | why |
//! |---|---|---|
//! | `/proc` | proc | the kernel command line |
//! | `/sys` | sysfs | whether ACPI is there, see [`crate::ending`] |
//! | `/dev` | devtmpfs | `/dev/console`, `/dev/kvm` in a host of nested guests |
//! | `/tmp` | tmpfs | a place for the command's files |

use std::fs;
use std::io;

use rustix::io::Errno;
use rustix::mount::{MountFlags, mount};

/// What can fail before anything was said.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MountError {
    #[error("{file_system} is not on {target}: {errno}")]
    Mount { file_system: &'static str, target: &'static str, errno: Errno },
    #[error("no directory {target}: {error}")]
    Directory { target: &'static str, error: io::Error },
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
    fs::create_dir_all(target).map_err(|error| MountError::Directory { target, error })?;
    match mount(file_system, target, file_system, flags, None) {
        Ok(()) | Err(Errno::BUSY) => Ok(()),
        Err(errno) => Err(MountError::Mount { file_system, target, errno }),
    }
}

/// Reads the kernel command line.
pub(crate) fn cmdline() -> Result<String, MountError> {
    const PATH: &str = "/proc/cmdline";
    let bytes = fs::read(PATH).map_err(|error| MountError::Read { path: PATH, error })?;
    Ok(String::from_utf8_lossy(&bytes).trim_end().to_owned())
}
