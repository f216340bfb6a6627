//! The profiles: which layers, in which order.

use super::{Demands, Guard, Piece, Profile, ProfileKind, Versions};
use crate::Arch::{self, Aarch64, Riscv64, X86_64};

/// The layer in `profiles/<name>.config`.
macro_rules! layer {
    ($name:literal) => {
        Piece {
            name: $name,
            text: include_str!(concat!("../../profiles/", $name, ".config")),
            guard: Guard::ANYWHERE,
        }
    };
}

impl Piece {
    /// The same, on some architectures only.
    const fn on(self, architectures: &'static [Arch]) -> Self {
        Self { guard: Guard { architectures, ..self.guard }, ..self }
    }
}

const ANY: &[Arch] = &[X86_64, Aarch64, Riscv64];
const X86: &[Arch] = &[X86_64];
const ARM64: &[Arch] = &[Aarch64];

static CORE: Piece = layer!("core/any");
static CORE_X86: Piece = layer!("core/x86_64").on(X86);
static CORE_ARM64: Piece = layer!("core/aarch64").on(ARM64);
static MMIO: Piece = layer!("transport/virtio-mmio");
static SERIAL_8250: Piece = layer!("console/8250");
static SERIAL_8250_OF: Piece = layer!("console/8250-of").on(&[Aarch64, Riscv64]);
static FIRECRACKER: Piece = layer!("vmm/firecracker");
static VSOCK: Piece = layer!("add-on/vsock");

/// Every profile.
pub(super) static PROFILES: &[Profile] = &[
    Profile {
        name: "firecracker",
        summary: "Firecracker: virtio-mmio, found by ACPI or a device tree; serial console",
        kind: ProfileKind::Vmm,
        architectures: &[X86_64, Aarch64],
        demands: &[Demands {
            source: "Firecracker docs/kernel-policy.md",
            guard: Guard { architectures: &[], versions: Versions::Any },
            symbols: &["BLK_DEV_INITRD", "VIRTIO_MMIO", "VIRTIO_BLK", "SERIAL_8250_CONSOLE", "PRINTK"],
        }],
        pieces: &[&CORE, &CORE_X86, &CORE_ARM64, &MMIO, &SERIAL_8250, &SERIAL_8250_OF, &FIRECRACKER],
    },
    Profile {
        name: "vsock",
        summary: "sockets between guest and host",
        kind: ProfileKind::AddOn,
        architectures: ANY,
        demands: &[Demands {
            source: "Firecracker docs/vsock.md",
            guard: Guard::ANYWHERE,
            symbols: &["VIRTIO_VSOCKETS"],
        }],
        pieces: &[&VSOCK],
    },
];
