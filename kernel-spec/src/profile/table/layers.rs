//! The layers: one for each file below `profiles/`, and where it holds.
//!
//! A file stands here twice where profiles want it on different architectures.

use super::super::Piece;
use super::{ARM64, NOT_RISCV, NOT_X86, RISCV, X86};

/// The layer in `profiles/<name>.config`.
macro_rules! layer {
    ($name:literal) => {
        Piece::new($name, include_str!(concat!("../../../profiles/", $name, ".config")))
    };
}

// What every guest has.
pub(super) static CORE: Piece = layer!("core/any");
pub(super) static EXPERT: Piece = layer!("core/expert");
pub(super) static CORE_X86_64: Piece = layer!("core/x86_64").on(X86);
pub(super) static CORE_AARCH64: Piece = layer!("core/aarch64").on(ARM64);
pub(super) static CORE_RISCV64: Piece = layer!("core/riscv64").on(RISCV);

// What the VMM says of its machine, and how it is switched off.
pub(super) static ACPI: Piece = layer!("firmware/acpi").on(NOT_RISCV);
pub(super) static ACPI_X86: Piece = layer!("firmware/acpi").on(X86);
pub(super) static EFI_STUB: Piece = layer!("firmware/efi-stub");
pub(super) static FW_CFG: Piece = layer!("firmware/fw-cfg").on(NOT_RISCV);
pub(super) static POWER_BUTTON_ACPI: Piece = layer!("firmware/power-button-acpi").on(X86);
pub(super) static POWER_BUTTON_GPIO: Piece = layer!("firmware/power-button-gpio").on(ARM64);

// Clocks.
pub(super) static CMOS: Piece = layer!("clock/cmos").on(X86);
pub(super) static GOLDFISH: Piece = layer!("clock/goldfish").on(RISCV);
pub(super) static CLOCK_KVM: Piece = layer!("clock/kvm").on(NOT_RISCV);
pub(super) static PL031: Piece = layer!("clock/pl031").on(ARM64);
pub(super) static RTC: Piece = layer!("clock/rtc");

// How devices are found.
pub(super) static PCI: Piece = layer!("transport/pci");
pub(super) static PCI_EXPRESS: Piece = layer!("transport/pci-express");
pub(super) static PCI_HOST_GENERIC: Piece = layer!("transport/pci-host-generic").on(NOT_X86);
pub(super) static PCI_HOTPLUG: Piece = layer!("transport/pci-hotplug");
pub(super) static PCI_HOTPLUG_ACPI: Piece = layer!("transport/pci-hotplug-acpi").on(X86);
pub(super) static PCI_HOTPLUG_EXPRESS: Piece = layer!("transport/pci-hotplug-express");
pub(super) static PCI_MMCONFIG: Piece = layer!("transport/pci-mmconfig").on(X86);
pub(super) static VIRTIO_MMIO: Piece = layer!("transport/virtio-mmio");
pub(super) static VIRTIO_MMIO_CMDLINE: Piece = layer!("transport/virtio-mmio-cmdline").on(X86);
pub(super) static VIRTIO_PCI: Piece = layer!("transport/virtio-pci");

// Where messages go.
pub(super) static SERIAL_8250: Piece = layer!("console/8250");
pub(super) static SERIAL_8250_NOT_X86: Piece = layer!("console/8250").on(NOT_X86);
pub(super) static SERIAL_8250_ACPI: Piece = layer!("console/8250-acpi").on(X86);
pub(super) static SERIAL_8250_OF: Piece = layer!("console/8250-of").on(NOT_X86);
pub(super) static PL011: Piece = layer!("console/pl011").on(ARM64);
pub(super) static CONSOLE_VIRTIO: Piece = layer!("console/virtio");

// Drivers.
pub(super) static AIA: Piece = layer!("devices/aia").on(RISCV).from(6, 10);
pub(super) static BALLOON: Piece = layer!("devices/balloon");
pub(super) static COMPACTION: Piece = layer!("devices/compaction");
pub(super) static CPU_HOTPLUG: Piece = layer!("devices/cpu-hotplug");
pub(super) static DAX: Piece = layer!("devices/dax").on(NOT_RISCV);
pub(super) static GPU: Piece = layer!("devices/gpu");
pub(super) static HYPERV: Piece = layer!("devices/hyperv").on(NOT_RISCV);
pub(super) static I8042: Piece = layer!("devices/i8042").on(X86);
pub(super) static INPUT: Piece = layer!("devices/input");
pub(super) static IOMMU: Piece = layer!("devices/iommu").on(NOT_RISCV);
pub(super) static KEYBOARD: Piece = layer!("devices/keyboard").on(NOT_RISCV);
pub(super) static MEMORY_HOTPLUG: Piece = layer!("devices/memory-hotplug").on(NOT_RISCV);
pub(super) static MEMORY_HOTPLUG_ACPI: Piece = layer!("devices/memory-hotplug-acpi").on(X86);
pub(super) static NVME: Piece = layer!("devices/nvme");
pub(super) static PARTUUID: Piece = layer!("devices/partuuid");
pub(super) static PLIC: Piece = layer!("devices/plic").on(RISCV);
pub(super) static PMEM: Piece = layer!("devices/pmem").on(NOT_RISCV);
pub(super) static PVPANIC: Piece = layer!("devices/pvpanic").on(NOT_RISCV);
pub(super) static SCSI: Piece = layer!("devices/scsi");
pub(super) static SOUND: Piece = layer!("devices/sound");
pub(super) static SYSCON: Piece = layer!("devices/syscon").on(RISCV);
pub(super) static TRUST_CPU: Piece = layer!("devices/trust-cpu").before(6, 2);
pub(super) static VIRTIO_INPUT: Piece = layer!("devices/virtio-input");
pub(super) static VIRTIO_MEM: Piece = layer!("devices/virtio-mem").on(NOT_RISCV);
pub(super) static VIRTIO_SCSI: Piece = layer!("devices/virtio-scsi");
pub(super) static VMGENID: Piece = layer!("devices/vmgenid").on(X86);
pub(super) static VMGENID_ARM64: Piece = layer!("devices/vmgenid").on(ARM64).from(6, 10);

// What a guest can do, or how it is built.
pub(super) static FS_9P: Piece = layer!("add-on/9p");
pub(super) static PROTOCOL_9P: Piece = layer!("add-on/9p-protocol");
pub(super) static DEBUG: Piece = layer!("add-on/debug");
pub(super) static DEBUG_FROM_6_10: Piece = layer!("add-on/debug-from-6.10").from(6, 10);
pub(super) static DEBUG_X86_64: Piece = layer!("add-on/debug-x86_64").on(X86);
pub(super) static FAST_BOOT: Piece = layer!("add-on/fast-boot");
pub(super) static FAST_BOOT_X86_64: Piece = layer!("add-on/fast-boot-x86_64").on(X86);
pub(super) static HARDENED: Piece = layer!("add-on/hardened");
pub(super) static HARDENED_AARCH64: Piece = layer!("add-on/hardened-aarch64").on(ARM64);
pub(super) static HARDENED_BEFORE_6_6: Piece = layer!("add-on/hardened-before-6.6").before(6, 6);
pub(super) static HARDENED_FROM_6_11: Piece = layer!("add-on/hardened-from-6.11").from(6, 11);
pub(super) static HARDENED_FROM_6_2: Piece = layer!("add-on/hardened-from-6.2").from(6, 2);
pub(super) static HARDENED_FROM_6_6: Piece = layer!("add-on/hardened-from-6.6").from(6, 6);
pub(super) static HARDENED_PLACES: Piece = layer!("add-on/hardened-places").on(NOT_RISCV);
pub(super) static HARDENED_PLACES_RISCV64: Piece = layer!("add-on/hardened-places").on(RISCV).from(6, 12);
pub(super) static HARDENED_X86_64: Piece = layer!("add-on/hardened-x86_64").on(X86);
pub(super) static HARDENED_X86_64_BEFORE_6_9: Piece =
    layer!("add-on/hardened-x86_64-before-6.9").on(X86).before(6, 9);
pub(super) static HARDENED_X86_64_FROM_6_9: Piece =
    layer!("add-on/hardened-x86_64-from-6.9").on(X86).from(6, 9);
pub(super) static PMEM_MODES: Piece = layer!("add-on/pmem-modes");
pub(super) static PMEM_MODES_AARCH64: Piece = layer!("add-on/pmem-modes-aarch64").on(ARM64);
pub(super) static SMALL: Piece = layer!("add-on/small");
pub(super) static SMALL_FROM_6_2: Piece = layer!("add-on/small-from-6.2").from(6, 2);
pub(super) static VIRTIOFS: Piece = layer!("add-on/virtiofs");
pub(super) static VIRTIOFS_DAX: Piece = layer!("add-on/virtiofs-dax").on(NOT_RISCV);
pub(super) static VSOCK: Piece = layer!("add-on/vsock");

// What a userspace like a distribution's expects.
pub(super) static BPF: Piece = layer!("common/bpf");
pub(super) static BPF_CGROUP: Piece = layer!("common/bpf-cgroup");
pub(super) static BPF_JIT: Piece = layer!("common/bpf-jit").from(6, 10);
pub(super) static BPF_NETWORK: Piece = layer!("common/bpf-network");
pub(super) static BRIDGE_NETFILTER: Piece = layer!("common/bridge-netfilter");
pub(super) static CGROUPS: Piece = layer!("common/cgroups");
pub(super) static DECOMPRESS: Piece = layer!("common/decompress");
pub(super) static DEVICE_MAPPER: Piece = layer!("common/device-mapper");
pub(super) static EVENTS: Piece = layer!("common/events");
pub(super) static EXT4: Piece = layer!("common/ext4");
pub(super) static FILESYSTEMS: Piece = layer!("common/filesystems");
pub(super) static FUSE: Piece = layer!("common/fuse");
pub(super) static IPC: Piece = layer!("common/ipc");
pub(super) static IPTABLES: Piece = layer!("common/iptables");
pub(super) static IPV6: Piece = layer!("common/ipv6");
pub(super) static KERNEL_CONFIG: Piece = layer!("common/kernel-config");
pub(super) static KEYS: Piece = layer!("common/keys");
pub(super) static HUGE_PAGES: Piece = layer!("common/memory");
pub(super) static NAMESPACES: Piece = layer!("common/namespaces");
pub(super) static NETFILTER: Piece = layer!("common/netfilter");
pub(super) static NETWORK_DEVICES: Piece = layer!("common/network-devices");
pub(super) static NETWORK_QUEUES: Piece = layer!("common/network-queues");
pub(super) static NETWORK_SCHEDULING: Piece = layer!("common/network-scheduling");
pub(super) static NETWORKING: Piece = layer!("common/networking");
pub(super) static OVERLAY: Piece = layer!("common/overlay");
pub(super) static PROCESSES: Piece = layer!("common/processes");
pub(super) static PSI: Piece = layer!("common/psi");
pub(super) static SECCOMP: Piece = layer!("common/seccomp");
pub(super) static SYSTEMD: Piece = layer!("common/systemd");
pub(super) static SYSTEMD_DMI: Piece = layer!("common/systemd-dmi");
pub(super) static SYSTEMD_DMI_X86: Piece = layer!("common/systemd-dmi").on(X86);
pub(super) static TERMINALS: Piece = layer!("common/terminals");
pub(super) static ZRAM: Piece = layer!("common/zram");
pub(super) static ZRAM_BACKENDS: Piece = layer!("common/zram-backends").from(6, 12);
pub(super) static ZRAM_CRYPTO: Piece = layer!("common/zram-crypto").before(6, 12);
