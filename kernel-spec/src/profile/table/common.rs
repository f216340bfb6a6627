//! What a userspace like a distribution's expects, in pieces that can be chosen singly, and all of it.

use super::super::{Profile, ProfileKind};
use super::layers::{self, *};
use super::{ANY, X86, demands};

/// What they have in common.
const COMMON_PROFILE: Profile = Profile {
    name: "",
    summary: "",
    kind: ProfileKind::Common,
    architectures: ANY,
    tried: "resolved only",
    pieces: &[],
    demands: &[],
};

pub(super) const CGROUPS: Profile = Profile {
    name: "common/cgroups",
    summary: "groups of processes with limits, and who waits for what",
    pieces: &[&[&layers::CGROUPS, &PSI]],
    demands: &[
        demands(SYSTEMD_README, "CGROUPS CGROUP_SCHED FAIR_GROUP_SCHED CFS_BANDWIDTH MEMCG PSI"),
        demands("Linux Documentation/accounting/psi.rst", "PSI"),
    ],
    ..COMMON_PROFILE
};

pub(super) const NAMESPACES: Profile = Profile {
    name: "common/namespaces",
    summary: "views of the system of one's own, and the older ways in which processes talk",
    pieces: &[&[&layers::NAMESPACES, &IPC]],
    demands: &[
        demands(SYSTEMD_README, "NAMESPACES NET_NS USER_NS"),
        demands(MOBY, "PID_NS IPC_NS UTS_NS POSIX_MQUEUE"),
    ],
    ..COMMON_PROFILE
};

pub(super) const SECCOMP: Profile = Profile {
    name: "common/seccomp",
    summary: "processes give up system calls",
    pieces: &[&[&layers::SECCOMP]],
    demands: &[demands(SYSTEMD_README, "SECCOMP SECCOMP_FILTER")],
    ..COMMON_PROFILE
};

pub(super) const EVENTS: Profile = Profile {
    name: "common/events",
    summary: "what programs are told of: files, keys, io_uring",
    pieces: &[&[&EXPERT, &layers::EVENTS, &KEYS]],
    demands: &[demands(SYSTEMD_README, "INOTIFY_USER FHANDLE KCMP"), demands(MOBY, "KEYS")],
    ..COMMON_PROFILE
};

pub(super) const PROCESSES: Profile = Profile {
    name: "common/processes",
    summary: "how processes end and are looked at; terminals",
    pieces: &[&[&layers::PROCESSES, &TERMINALS]],
    demands: &[demands("Linux Documentation/accounting/delay-accounting.rst", "TASKSTATS TASK_DELAY_ACCT")],
    ..COMMON_PROFILE
};

pub(super) const BPF: Profile = Profile {
    name: "common/bpf",
    summary: "programs that run in the kernel, on packets too",
    pieces: &[&[&layers::BPF, &BPF_JIT, &NETWORK_SCHEDULING, &BPF_NETWORK]],
    demands: &[
        demands(SYSTEMD_README, "BPF BPF_SYSCALL HAVE_EBPF_JIT"),
        demands(SYSTEMD_README, "BPF_JIT").from(6, 10),
        demands(
            "Cilium Documentation, \"System Requirements\"",
            "BPF_SYSCALL NET_CLS_BPF NET_CLS_ACT NET_SCH_INGRESS",
        ),
    ],
    ..COMMON_PROFILE
};

pub(super) const NETFILTER: Profile = Profile {
    name: "common/netfilter",
    summary: "firewalls and translation of addresses: nftables and iptables",
    pieces: &[&[&IPV6, &layers::NETFILTER, &IPTABLES]],
    demands: &[demands(
        MOBY,
        "IP_NF_FILTER IP_NF_MANGLE IP_NF_RAW IP_NF_NAT IP_NF_TARGET_MASQUERADE IP6_NF_FILTER IP6_NF_MANGLE IP6_NF_RAW \
         IP6_NF_NAT IP6_NF_TARGET_MASQUERADE NF_NAT NETFILTER_XT_MATCH_ADDRTYPE NETFILTER_XT_MATCH_CONNTRACK \
         NETFILTER_XT_MATCH_IPVS NETFILTER_XT_MARK IP_VS",
    )],
    ..COMMON_PROFILE
};

pub(super) const NETWORKING: Profile = Profile {
    name: "common/networking",
    summary: "what network setup expects: IPv6, routing, queues; bridges, VLANs and tunnels",
    pieces: &[&[&IPV6, &layers::NETWORKING, &NETWORK_SCHEDULING, &NETWORK_QUEUES, &NETWORK_DEVICES]],
    demands: &[
        demands(SYSTEMD_README, "IPV6 NET_SCHED NET_SCH_FQ_CODEL"),
        demands(MOBY, "VETH BRIDGE BRIDGE_VLAN_FILTERING VXLAN MACVLAN IPVLAN DUMMY"),
    ],
    ..COMMON_PROFILE
};

pub(super) const FILESYSTEMS: Profile = Profile {
    name: "common/filesystems",
    summary: "file systems of images and containers: overlayfs, EROFS, squashfs, FAT, ISO 9660, FUSE, loop devices",
    pieces: &[&[&layers::FILESYSTEMS, &EXT4, &OVERLAY, &FUSE]],
    demands: &[
        demands(SYSTEMD_README, "AUTOFS_FS TMPFS_XATTR TMPFS_POSIX_ACL EXT4_FS_POSIX_ACL"),
        demands(MOBY, "OVERLAY_FS EXT4_FS_SECURITY"),
        demands(
            "Linux Documentation/filesystems/erofs.rst",
            "EROFS_FS EROFS_FS_XATTR EROFS_FS_POSIX_ACL EROFS_FS_ZIP",
        ),
        demands("cloud-init documentation, \"NoCloud\"", "ISO9660_FS VFAT_FS"),
    ],
    ..COMMON_PROFILE
};

pub(super) const DEVICE_MAPPER: Profile = Profile {
    name: "common/device-mapper",
    summary: "disks made of other disks: LVM, LUKS, dm-verity, snapshots",
    pieces: &[&[&layers::DEVICE_MAPPER]],
    demands: &[
        demands(
            "Gentoo wiki, \"Dm-crypt\"",
            "BLK_DEV_DM DM_CRYPT CRYPTO_AES CRYPTO_XTS CRYPTO_SHA256 CRYPTO_USER_API_SKCIPHER",
        ),
        demands("Linux Documentation/admin-guide/device-mapper/verity.rst", "DM_VERITY"),
    ],
    ..COMMON_PROFILE
};

pub(super) const ZRAM: Profile = Profile {
    name: "common/zram",
    summary: "memory that is compressed instead of written to a disk",
    pieces: &[&[&layers::ZRAM, &ZRAM_CRYPTO, &ZRAM_BACKENDS]],
    demands: &[
        demands("Linux Documentation/admin-guide/blockdev/zram.rst", "SWAP ZRAM ZSMALLOC"),
        demands("Linux Documentation/admin-guide/blockdev/zram.rst", "ZRAM_BACKEND_ZSTD").from(6, 12),
    ],
    ..COMMON_PROFILE
};

pub(super) const HUGE_PAGES: Profile = Profile {
    name: "common/memory",
    summary: "large pages where a program asks for them, and faults that a program handles",
    pieces: &[&[&COMPACTION, &layers::HUGE_PAGES]],
    demands: &[
        demands("Linux Documentation/admin-guide/mm/transhuge.rst", "TRANSPARENT_HUGEPAGE"),
        demands("Linux Documentation/admin-guide/mm/userfaultfd.rst", "USERFAULTFD"),
    ],
    ..COMMON_PROFILE
};

pub(super) const INITRAMFS: Profile = Profile {
    name: "common/initramfs",
    summary: "an initramfs as distributions pack it",
    pieces: &[&[&DECOMPRESS]],
    demands: &[demands(
        "Debian initramfs-tools, initramfs.conf(5), \"COMPRESS\"",
        "RD_GZIP RD_ZSTD RD_XZ RD_LZ4",
    )],
    ..COMMON_PROFILE
};

pub(super) const KERNEL_CONFIG: Profile = Profile {
    name: "common/kernel-config",
    summary: "/proc/config.gz",
    pieces: &[&[&layers::KERNEL_CONFIG]],
    demands: &[demands(MOBY, "IKCONFIG IKCONFIG_PROC")],
    ..COMMON_PROFILE
};

pub(super) const SYSTEMD: Profile = Profile {
    name: "common/systemd",
    summary: "what systemd expects of a kernel",
    pieces: &[
        &[&layers::CGROUPS, &PSI, &layers::NAMESPACES, &IPC, &layers::SECCOMP],
        &[&EXPERT, &layers::EVENTS, &KEYS, &layers::PROCESSES, &TERMINALS],
        &[&layers::BPF, &BPF_JIT, &BPF_CGROUP],
        &[&layers::FILESYSTEMS, &EXT4, &OVERLAY, &FUSE],
        &[&IPV6, &layers::NETWORKING, &NETWORK_SCHEDULING, &NETWORK_QUEUES],
        &[&layers::SYSTEMD, &SYSTEMD_DMI_X86],
    ],
    demands: &[
        demands(
            SYSTEMD_README,
            "DEVTMPFS CGROUPS INOTIFY_USER SIGNALFD TIMERFD EPOLL UNIX SYSFS PROC_FS FHANDLE NET_NS USER_NS IPV6 \
             AUTOFS_FS TMPFS_XATTR TMPFS_POSIX_ACL EXT4_FS_POSIX_ACL SECCOMP SECCOMP_FILTER KCMP NET_SCHED \
             NET_SCH_FQ_CODEL CGROUP_SCHED FAIR_GROUP_SCHED CFS_BANDWIDTH BPF BPF_SYSCALL HAVE_EBPF_JIT CGROUP_BPF PSI \
             MEMCG CRYPTO_USER_API_HASH CRYPTO_HMAC SYSFS_DEPRECATED=n FW_LOADER_USER_HELPER=n RT_GROUP_SCHED=n",
        ),
        demands(SYSTEMD_README, "BPF_JIT").from(6, 10),
        demands(SYSTEMD_README, "DMIID").on(X86),
    ],
    ..COMMON_PROFILE
};

pub(super) const COMMON: Profile = Profile {
    name: "common",
    summary: "all of the layers above: a userspace with systemd and containers",
    pieces: &[
        &[&layers::CGROUPS, &PSI, &layers::NAMESPACES, &IPC, &layers::SECCOMP],
        &[&EXPERT, &layers::EVENTS, &KEYS, &layers::PROCESSES, &TERMINALS],
        &[&layers::BPF, &BPF_JIT, &BPF_CGROUP, &NETWORK_SCHEDULING, &BPF_NETWORK],
        &[&IPV6, &layers::NETFILTER, &IPTABLES, &BRIDGE_NETFILTER],
        &[&layers::NETWORKING, &NETWORK_QUEUES, &NETWORK_DEVICES],
        &[&layers::FILESYSTEMS, &EXT4, &OVERLAY, &FUSE, &layers::DEVICE_MAPPER],
        &[&layers::ZRAM, &ZRAM_CRYPTO, &ZRAM_BACKENDS, &COMPACTION, &layers::HUGE_PAGES],
        &[&DECOMPRESS, &layers::KERNEL_CONFIG, &layers::SYSTEMD, &SYSTEMD_DMI_X86],
    ],
    demands: &[
        demands(
            SYSTEMD_README,
            "CGROUPS NET_NS USER_NS SECCOMP_FILTER FHANDLE BPF_SYSCALL CGROUP_BPF AUTOFS_FS PSI",
        ),
        demands(
            MOBY,
            "OVERLAY_FS BRIDGE_NETFILTER VETH IP_NF_NAT NETFILTER_XT_MATCH_ADDRTYPE POSIX_MQUEUE KEYS",
        ),
    ],
    ..COMMON_PROFILE
};

const SYSTEMD_README: &str = "systemd README, \"REQUIREMENTS\"";
const MOBY: &str = "Moby contrib/check-config.sh";
