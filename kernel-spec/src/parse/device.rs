//! The devices of a `[vm.NAME]`.

use toml::de::DeTable;

use super::vm::size;
use crate::device::{Contents, Devices, Disk, Format, Network, Share, Transport};
use crate::reader::{Fields, Reader};
use crate::schema::{DISK, SHARE};
use crate::{Diagnostic, Location, Spanned};

/// Context identifiers below are not a guest's (`vsock(7)`: hypervisor, local, host).
const FIRST_GUEST_CID: u64 = 3;

/// The longest tag that a device has room for (`struct virtio_fs_config`: 36 bytes).
const LONGEST_TAG: usize = 36;

pub(super) fn parse(reader: &mut Reader, vm: &Fields<'_>, path: &str) -> Devices {
    let mut disks: Vec<Disk> = Vec::new();
    for (location, table) in vm.tables("disk") {
        let Some(disk) = disk(reader, &format!("{path}.disk"), location.clone(), table) else { continue };
        if disk.is_root && disks.iter().any(|earlier| earlier.is_root) {
            reader.report(Diagnostic::new(format!("two disks with `root` in {}", vm.header)).at(location));
            continue;
        }
        disks.push(disk);
    }
    let mut shares: Vec<Share> = Vec::new();
    for (location, table) in vm.tables("share") {
        let number = shares.len();
        let Some(share) = share(reader, &format!("{path}.share"), number, location.clone(), table) else {
            continue;
        };
        if shares.iter().any(|earlier| earlier.tag == share.tag) {
            let message = format!("two shares with the tag `{}` in {}", share.tag, vm.header);
            reader.report(Diagnostic::new(message).at(location));
            continue;
        }
        shares.push(share);
    }
    let network = vm.text("network").map(|text| Spanned { value: Network::User, location: text.location });
    Devices { disks, shares, network, vsock: vsock(reader, vm) }
}

fn disk(reader: &mut Reader, path: &str, location: Location, table: &DeTable<'_>) -> Option<Disk> {
    let fields = reader.table(&DISK, path, location.clone(), table);
    let format = fields
        .text("format")
        .and_then(|text| Format::ALL.into_iter().find(|format| format.as_str() == text.value));
    let size = size(reader, &fields, "size");
    let contents = match (fields.string("path"), fields.string("from")) {
        (Some(path), None) => {
            if fields.has("size") {
                let message = format!("`size` beside `path` in {}", fields.header);
                let hint = "delete it: an image has the size that it has";
                reader.report(Diagnostic::new(message).at(fields.key("size")).with_hint(hint));
            }
            Contents::Image { path, format }
        }
        (None, Some(path)) => {
            let Some(format) = format else {
                if !fields.is_wrong("format") {
                    let message = format!("no `format` beside `from` in {}", fields.header);
                    let hint = "add `format = \"ext4\"`, `\"erofs\"` or `\"squashfs\"`";
                    reader.report(Diagnostic::new(message).at(fields.key("from")).with_hint(hint));
                }
                return None;
            };
            Contents::Folder { path, format, size: size.map(|size| size.value) }
        }
        (path, from) => {
            if ["path", "from"].iter().any(|key| fields.is_wrong(key)) {
                return None;
            }
            let what = if path.is_some() && from.is_some() { "both" } else { "none" };
            let message = format!("{what} of `path` and `from` in {}", fields.header);
            let hint = "a disk is an image by `path`, or a folder by `from`";
            reader.report(Diagnostic::new(message).at(location).with_hint(hint));
            return None;
        }
    };
    let is_writable = fields.boolean("writable").unwrap_or(false);
    let fixed = match &contents {
        Contents::Folder { format: format @ (Format::Erofs | Format::Squashfs), .. } => Some(*format),
        _ => None,
    };
    if let Some(format) = fixed.filter(|_| is_writable) {
        let message = format!("`writable` with `format = \"{}\"` in {}", format.as_str(), fields.header);
        let hint = "that file system cannot be written to: `format = \"ext4\"` can";
        reader.report(Diagnostic::new(message).at(fields.key("writable")).with_hint(hint));
        return None;
    }
    Some(Disk { contents, is_root: fields.boolean("root").unwrap_or(false), is_writable })
}

fn share(
    reader: &mut Reader,
    path: &str,
    number: usize,
    location: Location,
    table: &DeTable<'_>,
) -> Option<Share> {
    let fields = reader.table(&SHARE, path, location, table);
    let tag = fields.string("tag");
    let good = |tag: &str| {
        (1..=LONGEST_TAG).contains(&tag.len())
            && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    if let Some(tag) = tag.as_ref().filter(|tag| !good(&tag.value)) {
        let message = format!(
            "`{}` is not a share's tag: expected up to {LONGEST_TAG} letters, digits, `-` and `_`",
            tag.value
        );
        reader.report(Diagnostic { location: tag.location.clone(), ..Diagnostic::new(message) });
        return None;
    }
    let mount = fields.string("mount");
    let plain = |path: &str| {
        path.len() > 1
            && path.starts_with('/')
            && !path.contains([',', '"'])
            && !path.contains(char::is_whitespace)
    };
    if let Some(mount) = mount.as_ref().filter(|mount| !plain(&mount.value)) {
        let message = format!(
            "`mount` in {} is `{}`: expected an absolute path without spaces and commas",
            fields.header, mount.value
        );
        reader.report(Diagnostic { location: mount.location.clone(), ..Diagnostic::new(message) });
        return None;
    }
    let transport = match fields.text("transport") {
        Some(text) => Transport::ALL.into_iter().find(|known| known.as_str() == text.value)?,
        None => Transport::P9,
    };
    Some(Share {
        path: fields.string("path")?,
        tag: tag.map_or_else(|| format!("share{number}"), |tag| tag.value),
        mount: mount.map(|mount| mount.value),
        transport,
        is_writable: fields.boolean("writable").unwrap_or(false),
    })
}

fn vsock(reader: &mut Reader, vm: &Fields<'_>) -> Option<Spanned<u64>> {
    let cid = vm.integer("vsock")?;
    if (FIRST_GUEST_CID..u64::from(u32::MAX)).contains(&cid.value) {
        return Some(cid);
    }
    let message = format!(
        "`vsock` in {} is {}: expected a guest's context identifier, from {FIRST_GUEST_CID} to {}",
        vm.header,
        cid.value,
        u32::MAX - 1
    );
    reader.report(Diagnostic { location: cid.location, ..Diagnostic::new(message) });
    None
}
