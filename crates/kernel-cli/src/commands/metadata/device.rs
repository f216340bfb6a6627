//! The devices of a VM, as `metadata` tells them.

use kernel_spec::{Contents, Devices, Disk, Share};
use serde_json::{Value, json};

pub(super) fn devices(of: &Devices) -> Value {
    json!({
        "disks": of.disks.iter().map(disk).collect::<Vec<_>>(),
        "shares": of.shares.iter().map(share).collect::<Vec<_>>(),
        "network": of.network.as_ref().map(|network| network.value.as_str()),
        "vsock": of.vsock.as_ref().map(|cid| cid.value),
    })
}

fn disk(of: &Disk) -> Value {
    let (path, from, format, size) = match &of.contents {
        Contents::Image { path, format } => (Some(&path.value), None, *format, None),
        Contents::Folder { path, format, size } => (None, Some(&path.value), Some(*format), *size),
    };
    json!({
        "path": path,
        "from": from,
        "format": format.map(kernel_spec::Format::as_str),
        "size_bytes": size.map(|size| size.0),
        "root": of.is_root,
        "writable": of.is_writable,
    })
}

fn share(of: &Share) -> Value {
    json!({
        "path": of.path.value,
        "tag": of.tag,
        "mount": of.mount,
        "transport": of.transport.as_str(),
        "writable": of.is_writable,
    })
}
