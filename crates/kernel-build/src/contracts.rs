//! Which VMM must take which image of a kernel, by the manifest, and whether it does.
//!
//! | who names it | the VMM | the images |
//! |---|---|---|
//! | `contracts` of `[kernel.*]`, or the VMMs among its `profiles` | as named | any one of the kernel's |
//! | `contract` of `[vm.*]` | as named | the VM's |
//! | `runner` of `[vm.*]`, where it is a VMM that has a contract | that | the VM's |
//! | `nested-host` of `[vm.*]` | QEMU, which boots it | `vmlinux` |
//!
//! Of a VMM or a firmware of the workspace that no `contract` speaks of, nothing is asked.

use std::fmt;

use boot_contract::contract::{self, Violation};
use boot_contract::image::{ImageFacts, Machine};
use kernel_spec::{Arch, ByteSize, Image, KernelName, KernelSpec, VmEntry, VmName, Vmm};

/// A VMM that must take an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taker {
    /// The VMM.
    pub vmm: Vmm,
    /// The images of which it must take one.
    pub images: Vec<Image>,
    /// Who names it.
    pub by: NamedBy,
}

/// Who names a VMM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamedBy {
    /// A kernel.
    Kernel(KernelName),
    /// A VM, which has so much memory.
    Vm(VmName, ByteSize),
    /// A VM whose nested host it is.
    NestedHost(VmName),
}

impl fmt::Display for NamedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kernel(name) => write!(f, "`[kernel.{name}]`"),
            Self::Vm(name, _) => write!(f, "`[vm.{name}]`"),
            Self::NestedHost(name) => write!(f, "`nested-host` of `[vm.{name}]`"),
        }
    }
}

/// Why a VMM does not take a kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The VMM runs no guests of that architecture.
    NoGuests,
    /// It takes none of the images; of the nearest, what it misses.
    Violations(Image, Vec<Violation>),
}

/// The VMMs that must take a kernel's images.
pub(crate) fn of_kernel(spec: &KernelSpec, kernel: &KernelName) -> Vec<Taker> {
    let Some(entry) = spec.kernels.get(kernel) else { return Vec::new() };
    let images: Vec<Image> = entry.images.iter().map(|image| image.value).collect();
    let mut found: Vec<Taker> = entry
        .contracts
        .iter()
        .map(|vmm| Taker { vmm: vmm.value, images: images.clone(), by: NamedBy::Kernel(kernel.clone()) })
        .collect();
    for vm in spec.vms.values() {
        let name = || vm.name.value.clone();
        if vm.kernel.value == *kernel {
            let by = NamedBy::Vm(name(), vm.memory.value);
            found.extend(of_vm(vm).map(|vmm| Taker { vmm, images: vec![vm.image.value], by }));
        }
        if vm.nested_host.as_ref().is_some_and(|host| host.value == *kernel) {
            let by = NamedBy::NestedHost(name());
            found.push(Taker { vmm: Vmm::Qemu, images: vec![Image::Vmlinux], by });
        }
    }
    found
}

fn of_vm(vm: &VmEntry) -> Option<Vmm> {
    vm.contract.as_ref().map(|vmm| vmm.value).or(vm.runner.value.vmm())
}

/// The architecture as images say it.
pub(crate) fn machine(arch: Arch) -> Machine {
    match arch {
        Arch::X86_64 => Machine::X86_64,
        Arch::Aarch64 => Machine::Aarch64,
        Arch::Riscv64 => Machine::Riscv,
        Arch::Arm => Machine::Arm,
    }
}

impl Taker {
    /// Compares images with what the VMM asks for.
    ///
    /// An image without facts is compressed as a whole, or has no header; a VMM that unpacks it takes it.
    pub fn unmet(&self, arch: Arch, images: &[(Image, Option<&ImageFacts>)]) -> Option<Refused> {
        let Some(contract) = contract::of(self.vmm.as_str(), machine(arch)) else {
            return Some(Refused::NoGuests);
        };
        let wanted = images.iter().filter(|(image, _)| self.images.contains(image));
        let judged = wanted.map(|(image, facts)| {
            let Some(facts) = facts else { return (*image, Vec::new()) };
            let mut violations = contract::check(facts, contract);
            if let NamedBy::Vm(_, memory) = &self.by {
                violations.extend(contract::check_memory(facts, contract, memory.0));
            }
            (*image, violations)
        });
        let (image, violations) = judged.min_by_key(|(_, violations)| violations.len())?;
        (!violations.is_empty()).then_some(Refused::Violations(image, violations))
    }

    /// What is judged in one line, to see whether it was judged before.
    pub(crate) fn memo(&self) -> String {
        let images: Vec<&str> = self.images.iter().map(|image| image.as_str()).collect();
        let memory = match &self.by {
            NamedBy::Vm(_, memory) => memory.0,
            NamedBy::Kernel(_) | NamedBy::NestedHost(_) => 0,
        };
        format!("{} {} {memory}", self.vmm, images.join(","))
    }
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
profiles = ["firecracker", "small"]
images = ["vmlinux", "bzImage"]
[kernel.host]
source = "s"
arch = "x86_64"
contracts = ["cloud-hypervisor", "crosvm"]
profiles = ["alioth"]
images = ["vmlinux"]
[vm.ours]
kernel = "guest"
vmm = { package = "microvm", args = ["{image}"] }
contract = "microvm"
nested-host = "host"
cmdline = "quiet"
[vm.theirs]
kernel = "guest"
vmm = { package = "microvm", args = ["{image}"] }
cmdline = "quiet"
[vm.rom]
kernel = "guest"
image = "bzImage"
firmware = { package = "some-rom" }
contract = "boot-firmware"
runner = "firmware"
cmdline = "quiet"
[vm.emulated]
kernel = "guest"
runner = "qemu"
cmdline = "quiet"
"#;

    #[test]
    fn who_names_a_vmm_is_asked() {
        let text = SourceText { path: "Kernel.toml".into(), text: MANIFEST.into() };
        let spec = KernelSpec::parse(text, &SpecContext { host_arch: None }).expect("a manifest");
        let of = |name: &str| {
            let found = of_kernel(&spec, &KernelName::new(name).expect("a name"));
            found.iter().map(|taker| format!("{} {}", taker.memo(), taker.by)).collect::<Vec<_>>()
        };
        assert_eq!(
            of("guest"),
            [
                "firecracker vmlinux,bzImage 0 `[kernel.guest]`",
                "qemu vmlinux 134217728 `[vm.emulated]`",
                "microvm vmlinux 134217728 `[vm.ours]`",
                "boot-firmware bzImage 134217728 `[vm.rom]`"
            ]
        );
        assert_eq!(
            of("host"),
            [
                "cloud-hypervisor vmlinux 0 `[kernel.host]`",
                "crosvm vmlinux 0 `[kernel.host]`",
                "qemu vmlinux 0 `nested-host` of `[vm.ours]`"
            ]
        );
    }

    #[test]
    fn every_vmm_that_a_manifest_can_name_has_a_contract() {
        assert_eq!(contract::vmms(), Vmm::ALL.map(Vmm::as_str));
    }
}
