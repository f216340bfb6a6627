//! Which image of a kernel is booted by which VMM, by the manifest.

use boot_contract::contract::{BOOT_FIRMWARE, Contract, MICROVM, QEMU};
use kernel_spec::{Arch, Image, KernelName, KernelSpec, PackageRef, Runner};

/// The contracts that a kernel's images must keep: those of the VMs that boot it, and QEMU's where it is the host of a
/// nested VMM.
///
/// A workspace's VMM or firmware is known by its package's name; of one that nobody wrote a contract for, nothing is asked.
pub(crate) fn of_kernel(spec: &KernelSpec, kernel: &KernelName) -> Vec<(Image, Contract)> {
    let arch = spec.kernels.get(kernel).map(|entry| entry.arch.value);
    let qemu = (arch == Some(Arch::X86_64)).then_some(QEMU);
    let named = |package: &Option<PackageRef>, known: Contract| {
        let name = package.as_ref().map(|package| package.package.value.as_str());
        (name == Some(known.vmm)).then_some(known)
    };
    let mut found = Vec::new();
    for vm in spec.vms.values() {
        if vm.kernel.value == *kernel {
            let contract = match vm.runner.value {
                Runner::Workspace => named(&vm.vmm, MICROVM),
                Runner::Qemu => qemu,
                Runner::Firmware => named(&vm.firmware, BOOT_FIRMWARE),
            };
            found.extend(contract.map(|contract| (vm.image.value, contract)));
        }
        if vm.nested_host.as_ref().is_some_and(|host| host.value == *kernel) {
            found.extend(qemu.map(|contract| (Image::Vmlinux, contract)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use kernel_spec::{SourceText, SpecContext};

    use super::*;

    const MANIFEST: &str = r#"
schema = 1
[source.s]
path = "linux"
[kernel.guest]
source = "s"
arch = "x86_64"
images = ["vmlinux", "bzImage"]
[kernel.host]
source = "s"
arch = "x86_64"
images = ["vmlinux"]
[vm.ours]
kernel = "guest"
vmm = { package = "microvm", args = ["{image}"] }
nested-host = "host"
cmdline = "quiet"
[vm.theirs]
kernel = "guest"
vmm = { package = "another", args = ["{image}"] }
cmdline = "quiet"
[vm.rom]
kernel = "guest"
image = "bzImage"
firmware = { package = "boot-firmware" }
runner = "firmware"
cmdline = "quiet"
[vm.emulated]
kernel = "guest"
runner = "qemu"
cmdline = "quiet"
"#;

    #[test]
    fn every_vm_asks_for_its_own_image() {
        let text = SourceText { path: "Kernel.toml".into(), text: MANIFEST.into() };
        let spec = KernelSpec::parse(text, &SpecContext { host_arch: None }).expect("a manifest");
        let of = |name: &str| {
            let found = of_kernel(&spec, &KernelName::new(name).expect("a name"));
            found
                .iter()
                .map(|(image, contract)| format!("{} {}", image.as_str(), contract.vmm))
                .collect::<Vec<_>>()
        };
        assert_eq!(of("guest"), ["vmlinux qemu-system-x86_64", "vmlinux microvm", "bzImage boot-firmware"]);
        assert_eq!(of("host"), ["vmlinux qemu-system-x86_64"]);
    }
}
