//! What a guest can do, and how it is built. Each goes with a VMM's profile, and the demands are of its own subject.

use super::super::{Profile, ProfileKind};
use super::layers::{self, *};
use super::{ANY, ARM64, NOT_RISCV, X86, demands};

pub(super) const CONTAINER_HOST: Profile = Profile {
    name: "container-host",
    summary: "Docker, containerd, Podman and Kubernetes' node in the guest",
    kind: ProfileKind::AddOn,
    architectures: ANY,
    pieces: &[
        &[&CGROUPS, &NAMESPACES, &IPC, &SECCOMP, &KEYS, &TERMINALS],
        &[&BPF, &BPF_JIT, &BPF_CGROUP],
        &[&IPV6, &NETFILTER, &IPTABLES, &NETWORKING, &NETWORK_DEVICES, &BRIDGE_NETFILTER],
        &[&OVERLAY, &EXT4],
    ],
    tried: "resolved only",
    demands: &[
        demands(
            "Moby contrib/check-config.sh, \"Generally Necessary\"",
            "NAMESPACES NET_NS PID_NS IPC_NS UTS_NS CGROUPS CGROUP_CPUACCT CGROUP_DEVICE CGROUP_FREEZER CGROUP_SCHED \
             CPUSETS MEMCG KEYS VETH BRIDGE BRIDGE_NETFILTER IP_NF_FILTER IP_NF_MANGLE IP_NF_TARGET_MASQUERADE \
             IP6_NF_FILTER IP6_NF_MANGLE IP6_NF_TARGET_MASQUERADE NETFILTER_XT_MATCH_ADDRTYPE \
             NETFILTER_XT_MATCH_CONNTRACK NETFILTER_XT_MATCH_IPVS NETFILTER_XT_MARK IP_NF_RAW IP_NF_NAT NF_NAT \
             IP6_NF_RAW IP6_NF_NAT POSIX_MQUEUE CGROUP_BPF",
        ),
        demands(
            "Moby contrib/check-config.sh, \"Optional Features\"",
            "USER_NS SECCOMP SECCOMP_FILTER CGROUP_PIDS BLK_CGROUP BLK_DEV_THROTTLING CFS_BANDWIDTH FAIR_GROUP_SCHED \
             IP_NF_TARGET_REDIRECT IP_VS IP_VS_NFCT IP_VS_PROTO_TCP IP_VS_PROTO_UDP IP_VS_RR EXT4_FS EXT4_FS_POSIX_ACL \
             EXT4_FS_SECURITY VXLAN BRIDGE_VLAN_FILTERING IPVLAN MACVLAN DUMMY OVERLAY_FS",
        ),
    ],
};

pub(super) const VIRTIOFS: Profile = Profile {
    name: "virtiofs",
    summary: "folders of the host, by virtiofsd or by the VMM itself",
    kind: ProfileKind::AddOn,
    architectures: ANY,
    pieces: &[&[&FUSE, &layers::VIRTIOFS]],
    tried: "resolved only",
    demands: &[demands("Linux Documentation/filesystems/virtiofs.rst", "FUSE_FS VIRTIO_FS")],
};

pub(super) const FS_9P: Profile = Profile {
    name: "9p",
    summary: "folders of the host by Plan 9's protocol, without a daemon there",
    kind: ProfileKind::AddOn,
    architectures: ANY,
    pieces: &[&[&PROTOCOL_9P, &layers::FS_9P]],
    tried: "resolved only",
    demands: &[
        demands("QEMU wiki, \"Documentation/9psetup\"", "NET_9P NET_9P_VIRTIO 9P_FS 9P_FS_POSIX_ACL"),
        demands("Linux kernel/configs/kvm_guest.config", "NET_9P NET_9P_VIRTIO 9P_FS"),
    ],
};

pub(super) const VSOCK: Profile = Profile {
    name: "vsock",
    summary: "sockets between guest and host that need no network",
    kind: ProfileKind::AddOn,
    architectures: ANY,
    pieces: &[&[&layers::VSOCK]],
    tried: "resolved only",
    demands: &[
        demands("Firecracker docs/vsock.md", "VIRTIO_VSOCKETS"),
        demands("Cloud Hypervisor docs/vsock.md", "VIRTIO_VSOCKETS"),
    ],
};

pub(super) const PMEM: Profile = Profile {
    name: "pmem",
    summary: "files of the host as memory: a root file system without a page cache in the guest",
    kind: ProfileKind::AddOn,
    architectures: NOT_RISCV,
    pieces: &[&[&COMPACTION, &layers::MEMORY_HOTPLUG, &DAX, &layers::PMEM, &PMEM_MODES, &PMEM_MODES_AARCH64]],
    tried: "resolved only",
    demands: &[
        demands(
            "Firecracker docs/pmem.md",
            "DEVICE_MIGRATION ZONE_DEVICE VIRTIO_PMEM LIBNVDIMM BLK_DEV_PMEM ND_CLAIM ND_BTT BTT ND_PFN NVDIMM_PFN \
             NVDIMM_DAX DAX DEV_DAX DEV_DAX_PMEM DEV_DAX_KMEM FS_DAX FS_DAX_PMD",
        )
        .on(X86),
        demands(
            "Firecracker docs/pmem.md",
            "DEVICE_MIGRATION ZONE_DEVICE VIRTIO_PMEM LIBNVDIMM BLK_DEV_PMEM ND_CLAIM ND_BTT BTT ND_PFN NVDIMM_PFN \
             NVDIMM_DAX DAX DEV_DAX DEV_DAX_PMEM DEV_DAX_KMEM FS_DAX FS_DAX_PMD ARM64_PMEM OF_PMEM",
        )
        .on(ARM64),
    ],
};

pub(super) const MEMORY_HOTPLUG: Profile = Profile {
    name: "memory-hotplug",
    summary: "memory that comes and goes by virtio-mem",
    kind: ProfileKind::AddOn,
    architectures: NOT_RISCV,
    pieces: &[&[&COMPACTION, &layers::MEMORY_HOTPLUG, &VIRTIO_MEM]],
    tried: "resolved only",
    demands: &[
        demands("Firecracker docs/memory-hotplug.md", "VIRTIO_MEM"),
        demands("Linux Documentation/admin-guide/mm/memory-hotplug.rst", "MEMORY_HOTPLUG MEMORY_HOTREMOVE"),
    ],
};

pub(super) const DEBUG: Profile = Profile {
    name: "debug",
    summary: "a kernel that says what went wrong, and that gdb understands",
    kind: ProfileKind::AddOn,
    architectures: ANY,
    pieces: &[&[&layers::DEBUG, &DEBUG_FROM_6_10, &DEBUG_X86_64]],
    tried: "resolved only",
    demands: &[
        demands(
            "Linux Documentation/dev-tools/gdb-kernel-debugging.rst",
            "DEBUG_INFO GDB_SCRIPTS DEBUG_INFO_REDUCED=n",
        ),
        demands("Linux Documentation/admin-guide/bug-hunting.rst", "DEBUG_INFO"),
        demands("Linux Documentation/admin-guide/sysrq.rst", "MAGIC_SYSRQ"),
        demands(
            "Linux kernel/configs/debug.config, what costs little",
            "DEBUG_BUGVERBOSE DYNAMIC_DEBUG PRINTK_CALLER PRINTK_TIME SYMBOLIC_ERRNAME DEBUG_FS DETECT_HUNG_TASK \
             SOFTLOCKUP_DETECTOR DEBUG_ATOMIC_SLEEP SCHED_STACK_END_CHECK FTRACE FUNCTION_TRACER DYNAMIC_FTRACE",
        ),
    ],
};

pub(super) const HARDENED: Profile = Profile {
    name: "hardened",
    summary: "a kernel that is harder to attack, at a cost of a few per cent",
    kind: ProfileKind::AddOn,
    architectures: ANY,
    pieces: &[
        &[&EXPERT, &layers::HARDENED, &HARDENED_PLACES, &HARDENED_PLACES_RISCV64, &SECCOMP],
        &[&HARDENED_FROM_6_2, &HARDENED_BEFORE_6_6, &HARDENED_FROM_6_6, &HARDENED_FROM_6_11],
        &[&HARDENED_X86_64, &HARDENED_X86_64_BEFORE_6_9, &HARDENED_X86_64_FROM_6_9, &HARDENED_AARCH64],
    ],
    tried: "resolved only",
    demands: &[
        demands(
            "Linux kernel/configs/hardening.config",
            "BUG STRICT_KERNEL_RWX VMAP_STACK SLAB_FREELIST_RANDOM SLAB_FREELIST_HARDENED SHUFFLE_PAGE_ALLOCATOR \
             STACKPROTECTOR STACKPROTECTOR_STRONG HARDENED_USERCOPY FORTIFY_SOURCE UBSAN UBSAN_TRAP UBSAN_BOUNDS \
             UBSAN_SHIFT=n KFENCE INIT_ON_ALLOC_DEFAULT_ON INIT_STACK_ALL_ZERO SECCOMP SECCOMP_FILTER \
             LDISC_AUTOLOAD=n COMPAT_BRK=n PROC_KCORE=n LEGACY_PTYS=n",
        ),
        demands("Linux kernel/configs/hardening.config", "RANDOMIZE_BASE RANDOMIZE_KSTACK_OFFSET_DEFAULT")
            .on(NOT_RISCV),
        demands("Linux kernel/configs/hardening.config", "RANDOM_KMALLOC_CACHES LIST_HARDENED").from(6, 6),
        demands("Linux kernel/configs/hardening.config", "SLAB_BUCKETS").from(6, 11),
        demands("Linux arch/x86/configs/hardening.config", "RANDOMIZE_MEMORY LEGACY_VSYSCALL_NONE").on(X86),
        demands("Linux arch/arm64/configs/hardening.config", "ARM64_SW_TTBR0_PAN ARM64_PTR_AUTH ARM64_BTI")
            .on(ARM64),
        demands(
            "Linux Documentation/security/self-protection.rst",
            "STRICT_KERNEL_RWX STACKPROTECTOR SECCOMP",
        ),
        demands(
            "Kernel Self Protection Project, \"Recommended Settings\"",
            "BUG_ON_DATA_CORRUPTION SCHED_STACK_END_CHECK PANIC_ON_OOPS SECURITY_DMESG_RESTRICT DEVMEM=n SECURITY \
             SECURITY_YAMA",
        ),
        demands(
            "Kernel Self Protection Project, \"Recommended Settings\"",
            "MODIFY_LDT_SYSCALL=n IA32_EMULATION=n X86_X32_ABI=n X86_UMIP",
        )
        .on(X86),
        demands("Kernel Self Protection Project, \"Recommended Settings\"", "LEGACY_TIOCSTI=n").from(6, 2),
    ],
};

pub(super) const SMALL: Profile = Profile {
    name: "small",
    summary: "a small image: what a guest with one purpose does without",
    kind: ProfileKind::AddOn,
    architectures: ANY,
    pieces: &[&[&EXPERT, &layers::SMALL, &SMALL_FROM_6_2]],
    tried: "resolved only",
    demands: &[
        demands("Linux kernel/configs/tiny.config", "CC_OPTIMIZE_FOR_SIZE"),
        demands("Linux kernel/configs/tiny.config", "SLUB_TINY").from(6, 2),
    ],
};

pub(super) const FAST_BOOT: Profile = Profile {
    name: "fast-boot",
    summary: "few milliseconds from the VMM's start to init",
    kind: ProfileKind::AddOn,
    architectures: ANY,
    pieces: &[&[&EXPERT, &layers::FAST_BOOT, &FAST_BOOT_X86_64]],
    tried: "resolved only",
    demands: &[
        demands(
            "libkrunfw config-libkrunfw_x86_64, whose guests boot for one program each",
            "MODULES=n USB_SUPPORT=n FTRACE=n RAID6_PQ_BENCHMARK=n CRYPTO_MANAGER_DISABLE_TESTS \
             INIT_ON_ALLOC_DEFAULT_ON=n",
        ),
        demands("libkrunfw config-libkrunfw_x86_64", "RANDOMIZE_BASE=n X86_MCE=n MTRR=n").on(X86),
    ],
};
