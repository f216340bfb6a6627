//! `init.embed` of a `[vm.NAME]`: an init that is built into the kernel.

use std::collections::BTreeMap;

use super::Spanned;
use crate::device::Devices;
use crate::placeholder::{self, Placeholder};
use crate::reader::{Fields, Reader};
use crate::{Diagnostic, InitramfsPlace, KernelName, PackageRef, VmEntry, VmName};

/// Where a VM's initramfs is; reports what does not go with one that is in the kernel.
pub(super) fn parse<'a>(
    reader: &mut Reader,
    vm: &Fields<'_>,
    devices: &Devices,
    arguments: impl Iterator<Item = &'a Spanned<String>>,
) -> InitramfsPlace {
    let Some((_, table)) = vm.table("init") else { return InitramfsPlace::Beside };
    // What is wrong with the table is reported where the package is read.
    let Some((key, value)) = table.get_key_value("embed") else { return InitramfsPlace::Beside };
    if value.get_ref().as_bool() != Some(true) {
        return InitramfsPlace::Beside;
    }
    let location = reader.location(key.span());
    if devices.disks.iter().any(|disk| disk.is_root) {
        let message = format!("a root disk in {}, whose init is built into its kernel", vm.header);
        let hint = "leave `root` or `embed` out: a kernel that has an init does not come to mounting a root";
        reader.report(Diagnostic::new(message).at(location.clone()).with_hint(hint));
    }
    let asks = |argument: &&Spanned<String>| {
        placeholder::words(&argument.value).any(|(_, word)| word == Placeholder::Initramfs.as_str())
    };
    for argument in arguments.filter(asks) {
        let message =
            format!("`{{initramfs}}` in `args`, but the init of {} is built into its kernel", vm.header);
        let hint = "leave the argument out, or `embed`";
        reader.report(
            Diagnostic { location: argument.location.clone(), ..Diagnostic::new(message) }.with_hint(hint),
        );
    }
    InitramfsPlace::BuiltIn { location: Some(location) }
}

/// A kernel has room for one init.
pub(super) fn one_for_each_kernel(reader: &mut Reader, vms: &BTreeMap<VmName, VmEntry>) {
    let mut first: BTreeMap<&KernelName, (&VmName, &PackageRef)> = BTreeMap::new();
    for vm in vms.values() {
        let (Some(init), InitramfsPlace::BuiltIn { location }) = (&vm.init, &vm.initramfs) else { continue };
        let (kernel, name) = (&vm.kernel.value, &vm.name.value);
        let (by, other) = *first.entry(kernel).or_insert((name, init));
        if (&other.package.value, bin(other)) == (&init.package.value, bin(init)) {
            continue;
        }
        let message = format!(
            "kernel `{kernel}` has `{}` of `[vm.{by}]` built in, and cannot have `{}` of `[vm.{name}]` too",
            other.package.value, init.package.value
        );
        let hint = "give one of the two VMs a kernel of its own: `inherits` makes a like one";
        let diagnostic = Diagnostic { location: location.clone(), ..Diagnostic::new(message) };
        reader.report(diagnostic.with_hint(hint));
    }
}

fn bin(package: &PackageRef) -> &str {
    package.bin.as_ref().map_or(&package.package.value, |bin| &bin.value)
}
