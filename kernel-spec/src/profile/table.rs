//! The profiles: which layers, and what the documents demand.
//!
//! | module | |
//! |---|---|
//! | [`layers`] | every layer |
//! | [`vmm`] | the profiles of VMMs |
//! | [`add_on`] | of what a guest can do, and how it is built |
//! | [`common`] | of what a userspace like a distribution's expects |

mod add_on;
mod common;
mod layers;
mod vmm;

use super::{Demands, Piece, Profile, Scope, Versions};
use crate::Arch::{self, Aarch64, Riscv64, X86_64};

const ANY: &[Arch] = &[X86_64, Aarch64, Riscv64];
const X86: &[Arch] = &[X86_64];
const ARM64: &[Arch] = &[Aarch64];
const RISCV: &[Arch] = &[Riscv64];
const NOT_X86: &[Arch] = &[Aarch64, Riscv64];
const NOT_RISCV: &[Arch] = &[X86_64, Aarch64];

/// Every profile.
pub(super) static PROFILES: &[Profile] = &[
    vmm::FIRECRACKER,
    vmm::CLOUD_HYPERVISOR,
    vmm::CROSVM,
    vmm::LIBKRUN,
    vmm::QEMU_MICROVM,
    vmm::OPENVMM,
    vmm::ALIOTH,
    add_on::CONTAINER_HOST,
    add_on::VIRTIOFS,
    add_on::FS_9P,
    add_on::VSOCK,
    add_on::PMEM,
    add_on::MEMORY_HOTPLUG,
    add_on::DEBUG,
    add_on::HARDENED,
    add_on::SMALL,
    add_on::FAST_BOOT,
    common::CGROUPS,
    common::NAMESPACES,
    common::SECCOMP,
    common::EVENTS,
    common::PROCESSES,
    common::BPF,
    common::NETFILTER,
    common::NETWORKING,
    common::FILESYSTEMS,
    common::DEVICE_MAPPER,
    common::ZRAM,
    common::HUGE_PAGES,
    common::INITRAMFS,
    common::KERNEL_CONFIG,
    common::SYSTEMD,
    common::COMMON,
];

impl Piece {
    const fn new(name: &'static str, text: &'static str) -> Self {
        Self { name, text, scope: Scope::ANYWHERE }
    }

    /// The same, on some architectures only.
    const fn on(self, architectures: &'static [Arch]) -> Self {
        Self { scope: Scope { architectures, ..self.scope }, ..self }
    }

    /// The same, from a series on.
    const fn from(self, major: u32, minor: u32) -> Self {
        Self { scope: Scope { versions: Versions::From(major, minor), ..self.scope }, ..self }
    }

    /// The same, before a series.
    const fn before(self, major: u32, minor: u32) -> Self {
        Self { scope: Scope { versions: Versions::Before(major, minor), ..self.scope }, ..self }
    }
}

/// What a document demands: symbols with blanks between them.
const fn demands(source: &'static str, symbols: &'static str) -> Demands {
    Demands { source, scope: Scope::ANYWHERE, symbols }
}

impl Demands {
    /// The same, on some architectures only.
    const fn on(self, architectures: &'static [Arch]) -> Self {
        Self { scope: Scope { architectures, ..self.scope }, ..self }
    }

    /// The same, from a series on.
    const fn from(self, major: u32, minor: u32) -> Self {
        Self { scope: Scope { versions: Versions::From(major, minor), ..self.scope }, ..self }
    }

    /// The same, before a series.
    const fn before(self, major: u32, minor: u32) -> Self {
        Self { scope: Scope { versions: Versions::Before(major, minor), ..self.scope }, ..self }
    }
}
