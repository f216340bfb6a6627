//! The devices of a machine in the words of VMMs that are installed.
//!
//! | VMM | a disk | a vsock |
//! |---|---|---|
//! | Firecracker | `drives` (`docs/getting-started.md`) | `vsock`, `uds_path` (`docs/vsock.md`) |
//! | Cloud Hypervisor | `--disk path=…,readonly=on` | `--vsock cid=…,socket=…` (`docs/vsock.md`) |
//! | crosvm | `--block path=…,ro=true` | `--vsock cid=…`, by the host's kernel |
//! | Alioth | `--blk file,path=…,readonly=true` | `--vsock uds,cid=…,path=…` |

use serde_json::{Value, json};

use super::{Kind, Places};
use crate::devices::Device;
use crate::error::BootError;
use crate::machine::{BootRequest, Monitor};

/// The socket of a vsock, in the scratch folder.
pub(in crate::runner) const SOCKET: &str = "vsock.sock";

/// A device that a VMM is not told of is an error, and never left out in silence.
pub(super) fn check(request: &BootRequest, kind: &Kind<'_>) -> Result<(), BootError> {
    let runner = match kind {
        Kind::Own { .. } => "workspace",
        Kind::Installed(Monitor::Firecracker) => "firecracker",
        Kind::Installed(Monitor::CloudHypervisor) => "cloud-hypervisor",
        Kind::Installed(Monitor::Crosvm) => "crosvm",
        Kind::Installed(Monitor::Alioth) => "alioth",
        Kind::Installed(Monitor::Command(_)) => "command",
    };
    let is_told = !matches!(kind, Kind::Own { .. } | Kind::Installed(Monitor::Command(_)));
    let has = |device| is_told && matches!(device, Device::Disk | Device::Vsock);
    request.devices.only(request.name.as_str(), runner, has)
}

/// Adds the arguments for the devices; crosvm takes its kernel last.
pub(super) fn tell(request: &BootRequest, places: &Places, kind: &Kind<'_>, args: &mut Vec<String>) {
    let Kind::Installed(monitor) = kind else { return };
    let mut of_devices = Vec::new();
    let mut add = |flag: &str, value: String| of_devices.extend([flag.to_owned(), value]);
    for (disk, path) in request.devices.disks.iter().zip(&places.disks) {
        let (on, yes) = (if disk.is_writable { "off" } else { "on" }, !disk.is_writable);
        match monitor {
            Monitor::CloudHypervisor => add("--disk", format!("path={path},readonly={on}")),
            Monitor::Crosvm => add("--block", format!("path={path},ro={yes}")),
            Monitor::Alioth => add("--blk", format!("file,path={path},readonly={yes}")),
            Monitor::Firecracker | Monitor::Command(_) => {}
        }
    }
    if let Some(cid) = request.devices.vsock {
        let socket = socket(places);
        match monitor {
            Monitor::CloudHypervisor => add("--vsock", format!("cid={cid},socket={socket}")),
            Monitor::Crosvm => add("--vsock", format!("cid={cid}")),
            Monitor::Alioth => add("--vsock", format!("uds,cid={cid},path={socket}")),
            Monitor::Firecracker | Monitor::Command(_) => {}
        }
    }
    let at = if *monitor == &Monitor::Crosvm { args.len().saturating_sub(1) } else { args.len() };
    args.splice(at..at, of_devices);
}

/// `drives` of Firecracker's config file; no disk is its root device, for the command line has `root=`.
pub(super) fn firecracker_drives(request: &BootRequest, places: &Places) -> Value {
    let drives = request.devices.disks.iter().zip(&places.disks).enumerate();
    let drives = drives.map(|(number, (disk, path))| {
        json!({
            "drive_id": format!("disk{number}"),
            "path_on_host": path,
            "is_root_device": false,
            "is_read_only": !disk.is_writable,
        })
    });
    Value::Array(drives.collect())
}

/// `vsock` of Firecracker's config file.
pub(super) fn firecracker_vsock(request: &BootRequest, places: &Places) -> Option<Value> {
    let cid = request.devices.vsock?;
    Some(json!({ "guest_cid": cid, "uds_path": socket(places) }))
}

fn socket(places: &Places) -> String {
    format!("{}/{SOCKET}", places.folder.trim_end_matches('/'))
}
