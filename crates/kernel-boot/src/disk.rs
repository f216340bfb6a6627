//! A disk's image, made of a folder by the file system's own tool, without privileges.
//!
//! | format | tool | what is in it |
//! |---|---|---|
//! | ext4 | `mkfs.ext4 -d` (e2fsprogs) | the folder, and room |
//! | erofs | `mkfs.erofs` (erofs-utils) | the folder |
//! | squashfs | `mksquashfs` (squashfs-tools) | the folder |
//!
//! A root disk gets what every root has to have, too: `/dev`, `/proc`, `/sys`, `/tmp`, for file systems to be mounted on,
//! and the VM's init as `/init`. Everything belongs to root. Times are those of the files, names are not those of this run:
//! the same folder makes the same EROFS and SquashFS.

use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::env::Env;
use kernel_host::fs;
use kernel_host::process::Command;
use kernel_spec::Format;

use crate::error::BootError;

/// The file system's name for itself; the same for each, so that images do not differ by it.
const UUID: &str = "6b65726e-656c-626f-6f74-646973000001";

/// The least that ext4 is made of, and what it has beside the files.
const EXT4_ROOM: u64 = 16 << 20;

/// What a disk is made of.
#[derive(Clone, Debug)]
pub struct Packing<'a> {
    /// The folder.
    pub folder: &'a AbsPath,
    /// The file system.
    pub format: Format,
    /// The disk's size in bytes; absent: what the files need, and some room.
    pub size: Option<u64>,
    /// Whether it is a root, and what becomes its `/init`.
    pub root: Option<Option<&'a AbsPath>>,
}

/// Makes the image, in place of one that is there; what it takes meanwhile is in a folder beside it.
///
/// # Errors
/// [`BootError::NoTool`] where the tool is not installed; what the tool says where it fails.
pub fn pack(packing: &Packing<'_>, image: &AbsPath, env: &Env, cancel: &Cancel) -> Result<(), BootError> {
    if !fs::is_dir(packing.folder) {
        return Err(BootError::NoFolder { path: packing.folder.clone() });
    }
    let name = match packing.format {
        Format::Ext4 => "mkfs.ext4",
        Format::Erofs => "mkfs.erofs",
        Format::Squashfs => "mksquashfs",
    };
    // Debian keeps some of them where only root's PATH leads.
    let sbin = ["/usr/sbin", "/sbin"].into_iter().filter_map(|folder| AbsPath::new(folder).ok());
    let mut sbin = sbin.map(|folder| folder.join(name)).filter(fs::is_file);
    let program = env.find_program(name).or_else(|| sbin.next());
    let program = program.ok_or(BootError::NoTool { program: name, format: packing.format })?;
    let staged = match packing.root {
        Some(init) => Some(stage(packing.folder, init, image, cancel)?),
        None => None,
    };
    let folder = staged.as_ref().map_or(packing.folder, fs::TempDir::path);
    fs::remove_file(image)?;
    let mut command = Command::new(&program);
    match packing.format {
        Format::Ext4 => {
            let size = packing.size.unwrap_or(fs::tree_size(folder)? * 5 / 4 + EXT4_ROOM);
            command.args(["-q", "-F", "-U", UUID, "-E", "root_owner=0:0", "-d"]).arg(folder);
            command.arg(image).arg(format!("{}k", size.div_ceil(1024)));
        }
        Format::Erofs => {
            command.args(["--quiet", "--all-root", "-U", UUID]).arg(image).arg(folder);
        }
        Format::Squashfs => {
            command.arg(folder).arg(image);
            command.args(["-noappend", "-quiet", "-no-progress", "-all-root", "-mkfs-time", "0"]);
        }
    }
    command.checked_output(cancel)?;
    Ok(())
}

/// A copy of a folder that is a root.
fn stage(
    folder: &AbsPath,
    init: Option<&AbsPath>,
    image: &AbsPath,
    cancel: &Cancel,
) -> Result<fs::TempDir, BootError> {
    let parent = image.parent().unwrap_or_else(|| image.clone());
    let staged = fs::temp_dir_in(&parent, "root-")?;
    let mut copy = Command::new("cp");
    copy.args(["-a", "--reflink=auto"]).arg(format!("{folder}/.")).arg(staged.path());
    copy.checked_output(cancel)?;
    for name in ["dev", "proc", "sys", "tmp"] {
        fs::create_dir_all(&staged.path().join(name))?;
    }
    if let Some(init) = init {
        let place = staged.path().join("init");
        fs::remove_file(&place)?;
        fs::copy(init, &place)?;
        fs::set_executable(&place)?;
    }
    Ok(staged)
}
