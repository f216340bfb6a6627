//! The VMMs: core, firmware, transport, console, clock, devices.

use super::super::{Piece, Profile, ProfileKind};
use super::layers::*;
use super::{ANY, ARM64, NOT_RISCV, RISCV, X86, demands};

/// What every guest has, and what its architecture adds.
const GUEST: &[&Piece] = &[&CORE, &EXPERT, &CORE_X86_64, &CORE_AARCH64, &CORE_RISCV64];

pub(super) const FIRECRACKER: Profile = Profile {
    name: "firecracker",
    summary: "Firecracker: virtio over MMIO or PCI, found by ACPI (x86_64) or a device tree; a serial console",
    kind: ProfileKind::Vmm,
    architectures: NOT_RISCV,
    pieces: &[
        GUEST,
        &[&ACPI_X86],
        &[&VIRTIO_MMIO, &PCI, &VIRTIO_PCI, &PCI_MMCONFIG, &PCI_HOST_GENERIC, &PCI_EXPRESS],
        &[&SERIAL_8250, &SERIAL_8250_ACPI, &SERIAL_8250_OF],
        &[&CLOCK_KVM, &RTC, &PL031],
        &[&COMPACTION, &BALLOON, &PARTUUID, &VMGENID, &VMGENID_ARM64, &TRUST_CPU],
        &[&INPUT, &KEYBOARD, &I8042],
    ],
    tried: "its layers are part of the kernel that `qemu-microvm` was tried with; Firecracker itself was not at hand",
    demands: &[
        demands(
            FIRECRACKER_POLICY,
            "SERIAL_8250_CONSOLE PRINTK BLK_DEV_INITRD VIRTIO_MMIO MEMORY_BALLOON VIRTIO_BALLOON VIRTIO_BLK \
             MSDOS_PARTITION VIRTIO_NET HW_RANDOM_VIRTIO BLK_MQ_PCI PCI PCI_MSI PCIEPORTBUS VIRTIO_PCI",
        ),
        demands(
            FIRECRACKER_POLICY,
            "ACPI PCI_MMCONFIG KVM_GUEST PTP_1588_CLOCK PTP_1588_CLOCK_KVM SERIO_I8042 KEYBOARD_ATKBD",
        )
        .on(X86),
        demands(
            FIRECRACKER_POLICY,
            "ARM_AMBA RTC_DRV_PL031 SERIAL_OF_PLATFORM PCI_HOST_COMMON PCI_HOST_GENERIC",
        )
        .on(ARM64),
        demands(FIRECRACKER_POLICY, "RANDOM_TRUST_CPU").before(6, 2),
        demands("Firecracker docs/pvh.md", "PVH").on(X86),
        demands("Firecracker docs/snapshotting/random-for-clones.md", "VMGENID").on(X86),
        demands("Firecracker docs/snapshotting/random-for-clones.md", "VMGENID").on(ARM64).from(6, 10),
    ],
};
const FIRECRACKER_POLICY: &str = "Firecracker docs/kernel-policy.md";

pub(super) const CLOUD_HYPERVISOR: Profile = Profile {
    name: "cloud-hypervisor",
    summary: "Cloud Hypervisor: virtio over PCI, ACPI; hotplug of devices, processors and memory; hvc0 or a serial console",
    kind: ProfileKind::Vmm,
    architectures: ANY,
    pieces: &[
        GUEST,
        &[&ACPI, &EFI_STUB, &FW_CFG, &INPUT, &KEYBOARD, &POWER_BUTTON_ACPI, &POWER_BUTTON_GPIO],
        &[&PCI, &VIRTIO_PCI, &PCI_MMCONFIG, &PCI_HOST_GENERIC, &PCI_EXPRESS, &PCI_HOTPLUG, &PCI_HOTPLUG_ACPI],
        &[&CONSOLE_VIRTIO, &SERIAL_8250, &SERIAL_8250_ACPI, &SERIAL_8250_OF, &PL011],
        &[&CLOCK_KVM, &RTC, &CMOS, &PL031],
        &[&COMPACTION, &BALLOON, &MEMORY_HOTPLUG, &MEMORY_HOTPLUG_ACPI, &VIRTIO_MEM, &CPU_HOTPLUG],
        &[&DAX, &PMEM, &IOMMU, &PARTUUID, &AIA],
    ],
    tried: "resolved only. Cloud Hypervisor itself was not at hand",
    demands: &[
        demands("Cloud Hypervisor README.md, \"Building your Kernel\"", "PVH").on(X86),
        demands(
            CLOUD_HYPERVISOR_DEVICES,
            "PCI VIRTIO_PCI VIRTIO_BLK VIRTIO_CONSOLE VIRTIO_NET HW_RANDOM_VIRTIO",
        ),
        demands(CLOUD_HYPERVISOR_DEVICES, "ACPI VIRTIO_PMEM VIRTIO_IOMMU").on(NOT_RISCV),
        demands(CLOUD_HYPERVISOR_DEVICES, "SERIAL_8250_CONSOLE RTC_DRV_CMOS").on(X86),
        demands(CLOUD_HYPERVISOR_DEVICES, "SERIAL_AMBA_PL011_CONSOLE RTC_DRV_PL031 GPIO_PL061 KEYBOARD_GPIO")
            .on(ARM64),
        demands(
            "Cloud Hypervisor docs/hotplug.md",
            "ACPI HOTPLUG_CPU ACPI_HOTPLUG_CPU HOTPLUG_PCI_ACPI ACPI_HOTPLUG_MEMORY VIRTIO_MEM",
        )
        .on(X86),
        demands("Cloud Hypervisor docs/balloon.md", "VIRTIO_BALLOON PAGE_REPORTING"),
        demands("Cloud Hypervisor docs/fw_cfg.md", "FW_CFG_SYSFS").on(NOT_RISCV),
        demands("Cloud Hypervisor docs/uefi.md", "EFI_STUB").on(NOT_RISCV),
        demands("Cloud Hypervisor docs/riscv.md", "RISCV_APLIC RISCV_IMSIC").on(RISCV).from(6, 10),
    ],
};
const CLOUD_HYPERVISOR_DEVICES: &str = "Cloud Hypervisor docs/device_model.md";

pub(super) const CROSVM: Profile = Profile {
    name: "crosvm",
    summary: "crosvm: virtio over PCI with hotplug, a serial console; sound, graphics, shared folders",
    kind: ProfileKind::Vmm,
    architectures: ANY,
    pieces: &[
        GUEST,
        &[&ACPI_X86],
        &[
            &PCI,
            &VIRTIO_PCI,
            &PCI_MMCONFIG,
            &PCI_HOST_GENERIC,
            &PCI_EXPRESS,
            &PCI_HOTPLUG,
            &PCI_HOTPLUG_EXPRESS,
        ],
        &[&SERIAL_8250, &SERIAL_8250_ACPI, &SERIAL_8250_OF, &CONSOLE_VIRTIO],
        &[&CLOCK_KVM, &RTC, &CMOS, &PL031],
        &[&COMPACTION, &BALLOON, &MEMORY_HOTPLUG, &DAX, &PMEM, &SCSI, &VIRTIO_SCSI, &AIA],
        &[&SOUND, &GPU, &INPUT, &VIRTIO_INPUT],
        &[&VSOCK, &FUSE, &VIRTIOFS, &VIRTIOFS_DAX, &PROTOCOL_9P],
    ],
    tried: "resolved only. crosvm itself was not at hand",
    demands: &[
        demands(
            "crosvm e2e_tests/guest_under_test/kernel/common.config",
            "PCI PCI_MSI PCIEPORTBUS HOTPLUG_PCI HOTPLUG_PCI_PCIE DEVTMPFS DEVTMPFS_MOUNT UNIX SHMEM VIRTIO_PCI \
             VIRTIO_BALLOON VSOCKETS VIRTIO_VSOCKETS INET NET VIRTIO_NET NETDEVICES SND_VIRTIO SND SOUND \
             SERIAL_8250_CONSOLE SERIAL_8250 VIRTIO_CONSOLE EXT4_FS FUSE_FS TMPFS VIRTIO_BLK VIRTIO_FS NET_9P \
             NET_9P_VIRTIO BLK_DEV_INITRD RD_GZIP SCSI BLK_DEV_SD SCSI_VIRTIO",
        ),
        demands("crosvm e2e_tests/guest_under_test/kernel/common.config", "LIBNVDIMM VIRTIO_PMEM FUSE_DAX")
            .on(NOT_RISCV),
        demands("crosvm e2e_tests/guest_under_test/kernel/common.config", "HYPERVISOR_GUEST PARAVIRT")
            .on(X86),
        demands("crosvm e2e_tests/guest_under_test/kernel/x86.config", "KVM_GUEST").on(X86),
        demands("crosvm docs/book/src/devices/wayland.md", "DRM_VIRTIO_GPU"),
        demands("crosvm docs/book/src/devices/pmem/basic.md", "VIRTIO_PMEM").on(NOT_RISCV),
    ],
};

pub(super) const LIBKRUN: Profile = Profile {
    name: "libkrun",
    summary: "libkrun: virtio over MMIO, without ACPI and PCI; hvc0; folders of the host as the root",
    kind: ProfileKind::Vmm,
    architectures: ANY,
    pieces: &[
        GUEST,
        &[&SYSCON],
        &[&VIRTIO_MMIO, &VIRTIO_MMIO_CMDLINE],
        &[&CONSOLE_VIRTIO, &SERIAL_8250_NOT_X86, &SERIAL_8250_OF, &PL011],
        &[&CLOCK_KVM, &RTC, &PL031, &GOLDFISH],
        &[&COMPACTION, &BALLOON, &MEMORY_HOTPLUG, &DAX, &PLIC],
        &[&SOUND, &GPU, &INPUT, &VIRTIO_INPUT],
        &[&VSOCK, &FUSE, &VIRTIOFS, &VIRTIOFS_DAX, &OVERLAY],
    ],
    tried: "resolved only. libkrun takes this kernel in the place of its own; that was not at hand",
    demands: &[
        demands(
            "libkrunfw config-libkrunfw_x86_64, _aarch64 and _riscv64",
            "VIRTIO_MMIO VIRTIO_BLK VIRTIO_NET VIRTIO_CONSOLE HVC_DRIVER HW_RANDOM_VIRTIO VIRTIO_BALLOON \
             PAGE_REPORTING VSOCKETS VIRTIO_VSOCKETS FUSE_FS VIRTIO_FS OVERLAY_FS EXT4_FS TMPFS DEVTMPFS \
             DRM_VIRTIO_GPU SND_VIRTIO DAX",
        )
        .on(NOT_RISCV),
        demands(
            "libkrunfw config-libkrunfw_x86_64",
            "VIRTIO_MMIO_CMDLINE_DEVICES X86_MPPARSE HYPERVISOR_GUEST KVM_GUEST PVH PTP_1588_CLOCK_KVM FS_DAX \
             FUSE_DAX VIRTIO_INPUT",
        )
        .on(X86),
        demands(
            "libkrunfw config-libkrunfw_aarch64",
            "OF ARM_PSCI_FW ARM_GIC_V3 SERIAL_AMBA_PL011_CONSOLE SERIAL_8250_CONSOLE RTC_DRV_PL031 \
             PTP_1588_CLOCK_KVM FS_DAX FUSE_DAX VIRTIO_INPUT",
        )
        .on(ARM64),
        demands(
            "libkrunfw config-libkrunfw_riscv64",
            "VIRTIO_MMIO VIRTIO_BLK VIRTIO_NET VIRTIO_CONSOLE HVC_DRIVER HW_RANDOM_VIRTIO VIRTIO_BALLOON \
             VSOCKETS VIRTIO_VSOCKETS FUSE_FS VIRTIO_FS OVERLAY_FS EXT4_FS DRM_VIRTIO_GPU SND_VIRTIO OF \
             RISCV_SBI SIFIVE_PLIC SERIAL_8250_CONSOLE SERIAL_OF_PLATFORM RTC_DRV_GOLDFISH POWER_RESET_SYSCON \
             POWER_RESET_SYSCON_POWEROFF",
        )
        .on(RISCV),
    ],
};

pub(super) const QEMU_MICROVM: Profile = Profile {
    name: "qemu-microvm",
    summary: "QEMU's machine `microvm`: virtio over MMIO, found by ACPI or the command line; PCI Express if wanted",
    kind: ProfileKind::Vmm,
    architectures: X86,
    pieces: &[
        GUEST,
        &[&ACPI, &FW_CFG],
        &[&VIRTIO_MMIO, &VIRTIO_MMIO_CMDLINE, &PCI, &VIRTIO_PCI, &PCI_MMCONFIG],
        &[&SERIAL_8250, &SERIAL_8250_ACPI, &CONSOLE_VIRTIO],
        &[&CLOCK_KVM, &RTC, &CMOS],
    ],
    tried: "6.12 in QEMU 7.2 on TCG, one kernel together with `firecracker`, `alioth`, `small` and `vsock`: vmlinux by its PVH \
            entry, bzImage; devices found by ACPI, by the command line (`acpi=off`) and on PCI Express (`pcie=on`); ttyS0 and \
            hvc0; disk, network, power-off. With ACPI but without KVM the guest has no clock to calibrate by, and needs \
            `tsc_early_khz=` on its command line. Not tried: KVM",
    demands: &[demands(
        "QEMU docs/system/i386/microvm.rst",
        "VIRTIO_MMIO VIRTIO_MMIO_CMDLINE_DEVICES VIRTIO_BLK VIRTIO_NET VIRTIO_CONSOLE SERIAL_8250_CONSOLE KVM_GUEST \
         RTC_DRV_CMOS FW_CFG_SYSFS PVH",
    )],
};

pub(super) const OPENVMM: Profile = Profile {
    name: "openvmm",
    summary: "OpenVMM: ACPI; virtio over PCI or MMIO, NVMe, and Hyper-V's own devices",
    kind: ProfileKind::Vmm,
    architectures: NOT_RISCV,
    pieces: &[
        GUEST,
        &[&ACPI, &EFI_STUB, &SYSTEMD_DMI],
        &[&PCI, &VIRTIO_PCI, &PCI_MMCONFIG, &PCI_HOST_GENERIC, &PCI_EXPRESS, &VIRTIO_MMIO],
        &[&SERIAL_8250, &SERIAL_8250_ACPI, &PL011, &CONSOLE_VIRTIO],
        &[&CLOCK_KVM, &RTC, &CMOS, &PL031],
        &[&SCSI, &HYPERV, &NVME, &PARTUUID],
        &[&FUSE, &VIRTIOFS, &PROTOCOL_9P, &FS_9P],
    ],
    tried: "resolved only. OpenVMM itself was not at hand",
    demands: &[
        demands("OpenVMM Guide/src/reference/devices/firmware/linux_direct.md", "ACPI DMI"),
        demands("OpenVMM Guide/src/reference/devices/firmware/linux_direct.md", "EFI_STUB ARM64_4K_PAGES")
            .on(ARM64),
        demands(
            "OpenVMM Guide/src/reference/openvmm/management/cli.md",
            "HW_RANDOM_VIRTIO NET_9P_VIRTIO 9P_FS VIRTIO_FS VIRTIO_CONSOLE VIRTIO_BLK VIRTIO_NET VIRTIO_PCI \
             VIRTIO_MMIO PCIEPORTBUS BLK_DEV_NVME",
        ),
        demands(
            "openvmm-deps pkg/linux/6.1/x86_64.config and aarch64.config",
            "HYPERV HYPERV_UTILS HYPERV_BALLOON HYPERV_STORAGE HYPERV_NET PCI_HYPERV PCI_MSI SERIAL_8250_CONSOLE \
             EFI MSDOS_PARTITION EFI_PARTITION",
        ),
        demands(
            "openvmm-deps pkg/linux/6.1/x86_64.config",
            "HYPERVISOR_GUEST KVM_GUEST PVH PCI_MMCONFIG SERIAL_8250_PNP RTC_DRV_CMOS X86_X2APIC",
        )
        .on(X86),
        demands(
            "openvmm-deps pkg/linux/6.1/aarch64.config",
            "SERIAL_AMBA_PL011_CONSOLE RTC_DRV_PL031 PCI_HOST_GENERIC ARM_GIC_V2M ARM_GIC_V3 ARM_GIC_V3_ITS",
        )
        .on(ARM64),
    ],
};

pub(super) const ALIOTH: Profile = Profile {
    name: "alioth",
    summary: "Alioth: virtio over PCI, found by ACPI (x86_64) or a device tree; a serial console",
    kind: ProfileKind::Vmm,
    architectures: NOT_RISCV,
    pieces: &[
        GUEST,
        &[&ACPI_X86, &FW_CFG],
        &[&PCI, &VIRTIO_PCI, &PCI_MMCONFIG, &PCI_HOST_GENERIC],
        &[&SERIAL_8250, &SERIAL_8250_ACPI, &PL011, &CONSOLE_VIRTIO],
        &[&CLOCK_KVM, &RTC, &CMOS, &PL031],
        &[&COMPACTION, &BALLOON, &PVPANIC],
    ],
    tried: "its layers are part of the kernel that `qemu-microvm` was tried with; Alioth itself needs a KVM that was not at hand",
    demands: &[
        demands(
            "Alioth bootloader/config",
            "SMP BLK_DEV_INITRD TMPFS DEVTMPFS EXT4_FS RTC_CLASS HIGH_RES_TIMERS PCI PCI_MSI SERIAL_CORE \
             SERIAL_CORE_CONSOLE TTY PARAVIRT VIRTIO_PCI HW_RANDOM_VIRTIO VIRTIO_BLK VIRTIO_CONSOLE PVPANIC \
             PVPANIC_PCI PRINTK_TIME",
        ),
        demands(
            "Alioth bootloader/config-x86",
            "ACPI HYPERVISOR_GUEST KVM_GUEST SERIAL_8250 SERIAL_8250_CONSOLE",
        )
        .on(X86),
        demands("Alioth bootloader/config-x86", "ACPI_MADT_WAKEUP").on(X86).from(6, 11),
        demands(
            "Alioth bootloader/config-arm64",
            "OF PCI_HOST_COMMON PCI_HOST_GENERIC SERIAL_AMBA_PL011 SERIAL_AMBA_PL011_CONSOLE RTC_DRV_PL031",
        )
        .on(ARM64),
        demands("Alioth README.md", "VIRTIO_NET VIRTIO_BALLOON FW_CFG_SYSFS"),
    ],
};
