//! The devices of a machine in QEMU's words.
//!
//! | the kernel has | machine | bus |
//! |---|---|---|
//! | no `CONFIG_ACPI` | `microvm,acpi=off` | virtio-mmio, told on the command line by QEMU |
//! | `CONFIG_ACPI`, `CONFIG_VIRTIO_PCI` | `q35` | PCI |
//! | `CONFIG_ACPI`, `CONFIG_VIRTIO_MMIO_CMDLINE_DEVICES` | `microvm,acpi=off` | as above |
//! | `CONFIG_ACPI`, neither | `microvm` | virtio-mmio, found by ACPI |
//!
//! `microvm` with ACPI has no timer but KVM's: what can run without is preferred.
//!
//! A share by virtiofs needs a virtiofsd for each, which ends with its connection, and memory that it shares with QEMU.

use kernel_host::AbsPath;
use kernel_host::env::Env;
use kernel_host::fs;
use kernel_host::process::Command;
use kernel_spec::{Network, Transport};

use crate::devices::{BootDevices, BootShare, Device};
use crate::error::BootError;

/// Where distributions put virtiofsd, which is no program for people.
const VIRTIOFSD: [&str; 3] = ["/usr/libexec/virtiofsd", "/usr/lib/qemu/virtiofsd", "/usr/lib/virtiofsd"];

/// Which machine QEMU emulates, and where its devices are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Board {
    MicrovmAcpi,
    MicrovmCmdline,
    Q35,
    /// That of the firmware.
    Pc,
}

impl Board {
    /// The machine for a kernel with that `.config`.
    pub(super) fn of(config: Option<&str>) -> Self {
        let Some(config) = config else { return Self::MicrovmAcpi };
        let has = |symbol: &str| config.lines().any(|line| line == format!("CONFIG_{symbol}=y"));
        if !has("ACPI") {
            Self::MicrovmCmdline
        } else if has("VIRTIO_PCI") {
            Self::Q35
        } else if has("VIRTIO_MMIO_CMDLINE_DEVICES") {
            Self::MicrovmCmdline
        } else {
            Self::MicrovmAcpi
        }
    }

    /// QEMU's name for it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::MicrovmAcpi => "microvm",
            Self::MicrovmCmdline => "microvm,acpi=off",
            Self::Q35 => "q35",
            Self::Pc => "pc",
        }
    }

    /// A virtio device of that name, as its bus calls it; `number` counts them.
    ///
    /// Kernels meet the devices of `microvm` in the order of their addresses where ACPI tells them, and QEMU fills the
    /// addresses from the end.
    fn device(self, name: &str, number: usize) -> String {
        match self {
            Self::MicrovmAcpi => format!("{name}-device,bus=virtio-mmio-bus.{number}"),
            Self::MicrovmCmdline => format!("{name}-device"),
            Self::Q35 | Self::Pc => format!("{name}-pci"),
        }
    }
}

/// What is started for the devices.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) args: Vec<String>,
    /// Processes that have to run before QEMU does, and end with it.
    pub(super) beside: Vec<Command>,
    /// Sockets that are there when those are ready.
    pub(super) sockets: Vec<AbsPath>,
}

/// Tells QEMU of the devices.
pub(super) fn tell(
    devices: &BootDevices,
    board: Board,
    (vm, memory_mib): (&str, u64),
    scratch: &AbsPath,
    env: &Env,
) -> Result<Told, BootError> {
    let mut told = Told::default();
    let mut count = 0;
    let mut device = |name: &str| {
        count += 1;
        board.device(name, count - 1)
    };
    if matches!(board, Board::MicrovmAcpi | Board::MicrovmCmdline) && !devices.is_empty() {
        told.args.extend(words(["-global", "virtio-mmio.force-legacy=false"]));
    }
    for (number, disk) in devices.disks.iter().enumerate() {
        let read_only = if disk.is_writable { "off" } else { "on" };
        let drive = format!(
            "if=none,id=disk{number},format=raw,read-only={read_only},file={}",
            escaped(&disk.image.to_string())
        );
        let name = device("virtio-blk");
        told.args.extend(words(["-drive", &drive, "-device", &format!("{name},drive=disk{number}")]));
    }
    if let Some(Network::User) = devices.network {
        let name = device("virtio-net");
        told.args.extend(words(["-netdev", "user,id=net0", "-device", &format!("{name},netdev=net0")]));
    }
    for (number, share) in devices.shares.iter().enumerate() {
        match share.transport {
            Transport::P9 => {
                let read_only = if share.is_writable { "" } else { ",readonly=on" };
                let folder = format!(
                    "local,id=fs{number},security_model=none,multidevs=remap{read_only},path={}",
                    escaped(&share.path.to_string())
                );
                let name = device("virtio-9p");
                let of = format!("{name},fsdev=fs{number},mount_tag={}", share.tag);
                told.args.extend(words(["-fsdev", &folder, "-device", &of]));
            }
            Transport::Virtiofs => {
                let socket = scratch.join(format!("fs{number}.sock"));
                told.beside.push(virtiofsd(share, &socket, vm, env)?);
                let of = format!("{},chardev=fs{number},tag={}", device("vhost-user-fs"), share.tag);
                let chardev = format!("socket,id=fs{number},path={}", escaped(&socket.to_string()));
                told.args.extend(words(["-chardev", &chardev, "-device", &of]));
                told.sockets.push(socket);
            }
        }
    }
    if !told.sockets.is_empty() {
        let memory = format!("memory-backend-memfd,id=mem,size={memory_mib}M,share=on");
        told.args.extend(words(["-object", &memory, "-machine", "memory-backend=mem"]));
    }
    if let Some(cid) = devices.vsock {
        let vhost = AbsPath::new("/dev/vhost-vsock").ok();
        if !vhost.is_some_and(|path| fs::exists(&path)) {
            return Err(BootError::NoVsock { vm: vm.to_owned() });
        }
        let name = device("vhost-vsock");
        told.args.extend(words(["-device", &format!("{name},guest-cid={cid}")]));
    }
    Ok(told)
}

fn virtiofsd(share: &BootShare, socket: &AbsPath, vm: &str, env: &Env) -> Result<Command, BootError> {
    let mut known = VIRTIOFSD.into_iter().filter_map(|path| AbsPath::new(path).ok()).filter(fs::is_file);
    let program = env.find_program("virtiofsd").or_else(|| known.next());
    let program = program.ok_or_else(|| BootError::NoVirtiofsd { vm: vm.to_owned() })?;
    fs::remove_file(socket)?;
    let mut command = Command::new(&program);
    // The words that both virtiofsds take, the one that was QEMU's and the one that is its successor.
    command.arg(format!("--socket-path={socket}"));
    command.arg("-o").arg(format!("source={},cache=auto", share.path));
    Ok(command)
}

/// Devices that only exist elsewhere are none of QEMU's: all are.
pub(super) fn has(device: Device) -> bool {
    matches!(device, Device::Disk | Device::Share(_) | Device::Network | Device::Vsock)
}

/// A path in a list of options, where a comma ends an option and two are one.
pub(super) fn escaped(path: &str) -> String {
    path.replace(',', ",,")
}

fn words<const N: usize>(words: [&str; N]) -> [String; N] {
    words.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::devices::{BootDisk, Root};

    fn path(text: &str) -> AbsPath {
        AbsPath::new(text).expect("an absolute path")
    }

    fn devices() -> BootDevices {
        BootDevices {
            disks: vec![BootDisk {
                image: path("/a,b.img"),
                format: None,
                root: Root::No,
                is_writable: true,
            }],
            shares: vec![BootShare {
                path: path("/data"),
                tag: "data".into(),
                mount: None,
                transport: Transport::P9,
                is_writable: false,
            }],
            network: Some(Network::User),
            vsock: None,
        }
    }

    #[test]
    fn the_board_is_that_of_the_kernel() {
        let of = |config| Board::of(config).name();
        assert_eq!(of(Some("CONFIG_VIRTIO_MMIO=y\n")), "microvm,acpi=off");
        assert_eq!(of(Some("CONFIG_VIRTIO_PCI=y\nCONFIG_ACPI=y\n")), "q35");
        assert_eq!(of(Some("CONFIG_VIRTIO_MMIO_CMDLINE_DEVICES=y\nCONFIG_ACPI=y\n")), "microvm,acpi=off");
        assert_eq!(of(Some("CONFIG_ACPI=y\n")), "microvm");
        assert_eq!(of(None), "microvm");
    }

    #[test]
    fn each_device_in_qemus_words() {
        let env = Env::from_vars([("PATH", "/no/such/folder")], path("/w"));
        let told = |devices: &BootDevices, board| {
            tell(devices, board, ("demo", 128), &path("/s"), &env).map(|told| told.args.join("\n"))
        };
        insta::assert_snapshot!(told(&devices(), Board::MicrovmAcpi).expect("told"), @"
        -global
        virtio-mmio.force-legacy=false
        -drive
        if=none,id=disk0,format=raw,read-only=off,file=/a,,b.img
        -device
        virtio-blk-device,bus=virtio-mmio-bus.0,drive=disk0
        -netdev
        user,id=net0
        -device
        virtio-net-device,bus=virtio-mmio-bus.1,netdev=net0
        -fsdev
        local,id=fs0,security_model=none,multidevs=remap,readonly=on,path=/data
        -device
        virtio-9p-device,bus=virtio-mmio-bus.2,fsdev=fs0,mount_tag=data
        ");
        insta::assert_snapshot!(told(&devices(), Board::Q35).expect("told"), @"
        -drive
        if=none,id=disk0,format=raw,read-only=off,file=/a,,b.img
        -device
        virtio-blk-pci,drive=disk0
        -netdev
        user,id=net0
        -device
        virtio-net-pci,netdev=net0
        -fsdev
        local,id=fs0,security_model=none,multidevs=remap,readonly=on,path=/data
        -device
        virtio-9p-pci,fsdev=fs0,mount_tag=data
        ");
        let vsock = BootDevices { vsock: Some(3), ..BootDevices::default() };
        if !fs::exists(&path("/dev/vhost-vsock")) {
            let error = told(&vsock, Board::Q35).expect_err("no device");
            insta::assert_snapshot!(format!("{error}\nhint: {}", error.hint().unwrap_or_default()), @"
            `demo` has a vsock, but this machine has no `/dev/vhost-vsock`
            hint: load the module `vhost_vsock`: `modprobe vhost_vsock`
            ");
        }
    }
}
