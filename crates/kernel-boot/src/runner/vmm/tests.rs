//! What each VMM is told.

use std::time::Duration;

use kernel_spec::{Arch, VmName};

use super::*;
use crate::devices::{BootDevices, BootDisk, Root};
use crate::judge::Expectation;
use crate::machine::{Nesting, RunnerRequest};

fn path(text: &str) -> AbsPath {
    AbsPath::new(text).expect("an absolute path")
}

fn request(kind: Image) -> BootRequest {
    BootRequest {
        name: VmName::new("demo").expect("a name"),
        arch: Arch::X86_64,
        image: path("/k/vmlinux"),
        kind,
        initramfs: Some(path("/i.cpio")),
        devices: BootDevices::default(),
        debug_port: None,
        terminal: None,
        has_job: false,
        kernel: crate::diagnosis::KernelFiles::default(),
        silence: Duration::from_secs(1),
        cmdline: "console=ttyS0 quiet".into(),
        memory_mib: 128,
        timeout: Duration::from_secs(1),
        expect: Expectation::default(),
        runner: RunnerRequest::Qemu,
        nesting: Nesting::WhereNeeded,
        scratch: path("/scratch"),
    }
}

/// The command line, and the files behind it.
fn told(monitor: &Monitor, kind: Image, folder: &str) -> String {
    let request = request(kind);
    let vmm = Vmm { program: path("/bin/vmm"), version: String::new(), kind: Kind::Installed(monitor) };
    let places = Places {
        image: "/image".into(),
        initramfs: Some("/initramfs".into()),
        firmware: None,
        disks: request.devices.disks.iter().map(|disk| disk.image.to_string()).collect(),
        folder: folder.into(),
    };
    let invocation = vmm.invocation(&request, &places, &vmm.cmdline(&request), None).expect("an invocation");
    let mut text = invocation.args.join("\n");
    for (name, content) in invocation.files {
        text += &format!("\n--- {name}\n{}", String::from_utf8_lossy(&content));
    }
    text
}

#[test]
fn each_by_its_own_interface() {
    insta::assert_snapshot!(told(&Monitor::Firecracker, Image::Vmlinux, "/"), @r#"
    --no-api
    --config-file
    /firecracker.json
    --- firecracker.json
    {
      "boot-source": {
        "boot_args": "console=ttyS0 quiet reboot=k",
        "initrd_path": "/initramfs",
        "kernel_image_path": "/image"
      },
      "drives": [],
      "machine-config": {
        "mem_size_mib": 128,
        "vcpu_count": 1
      }
    }
    "#);
    insta::assert_snapshot!(told(&Monitor::CloudHypervisor, Image::Vmlinux, "/s"), @r"
    --kernel
    /image
    --cmdline
    console=ttyS0 quiet
    --initramfs
    /initramfs
    --serial
    tty
    --console
    off
    --cpus
    boot=1
    --memory
    size=128M
    ");
    insta::assert_snapshot!(told(&Monitor::Crosvm, Image::Vmlinux, "/s"), @r"
    run
    --disable-sandbox
    --cpus
    1
    --mem
    128
    --serial
    type=stdout,hardware=serial,num=1,console=true
    --initrd
    /initramfs
    --params
    console=ttyS0 quiet reboot=k
    /image
    ");
    insta::assert_snapshot!(told(&Monitor::Alioth, Image::Vmlinux, "/s"), @r"
    boot
    --pvh
    /image
    --cmdline
    console=ttyS0 quiet reboot=t
    --initramfs
    /initramfs
    --cpu
    count=1
    --memory
    size=128M
    ");
    assert!(told(&Monitor::Alioth, Image::BzImage, "/s").contains("--kernel\n/image"));
    let command = ["vmm", "-k", "{image}", "{cmdline}", "-m={memory-mib}"].map(str::to_owned).into();
    assert_eq!(
        told(&Monitor::Command(command), Image::Vmlinux, "/s"),
        "-k\n/image\nconsole=ttyS0 quiet\n-m=128"
    );
}

/// Where this process can speak to it, Firecracker starts with nothing, and Cloud Hypervisor with its socket.
#[test]
fn those_that_are_spoken_to() {
    let mut request = request(Image::Vmlinux);
    let disk = BootDisk { image: path("/root.img"), format: None, root: Root::No, is_writable: true };
    request.devices = BootDevices { disks: vec![disk], vsock: Some(7), ..BootDevices::default() };
    let places = Places {
        image: "/image".into(),
        initramfs: Some("/initramfs".into()),
        firmware: None,
        disks: vec!["/disk0".into()],
        folder: "/s".into(),
    };
    let args = |monitor: &Monitor| {
        let vmm = Vmm { program: path("/bin/vmm"), version: String::new(), kind: Kind::Installed(monitor) };
        let cmdline = vmm.cmdline(&request);
        let invocation = vmm.invocation(&request, &places, &cmdline, Some("/t/api.sock")).expect("told");
        assert!(invocation.files.is_empty());
        invocation.args.join(" ")
    };
    assert_eq!(args(&Monitor::Firecracker), "--api-sock /t/api.sock");
    assert!(args(&Monitor::CloudHypervisor).contains("--api-socket path=/t/api.sock"));
    let config = firecracker_config(&request, &places, "quiet");
    let requests = firecracker_requests(&config);
    let told: Vec<String> = requests.iter().map(|put| format!("{} {}", put.target, put.body)).collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    /machine-config {"mem_size_mib":128,"vcpu_count":1}
    /boot-source {"boot_args":"quiet","initrd_path":"/initramfs","kernel_image_path":"/image"}
    /vsock {"guest_cid":7,"uds_path":"/s/vsock.sock"}
    /drives/disk0 {"drive_id":"disk0","is_read_only":false,"is_root_device":false,"path_on_host":"/disk0"}
    /actions {"action_type":"InstanceStart"}
    "#);
}

/// Of a machine with a disk and a vsock, the lines that name them.
fn told_of_devices(monitor: &Monitor) -> String {
    let mut request = request(Image::Vmlinux);
    let disk = BootDisk { image: path("/root.img"), format: None, root: Root::OwnInit, is_writable: false };
    request.devices = BootDevices { disks: vec![disk], vsock: Some(7), ..BootDevices::default() };
    let vmm = Vmm { program: path("/bin/vmm"), version: String::new(), kind: Kind::Installed(monitor) };
    let places = Places {
        image: "/image".into(),
        initramfs: None,
        firmware: None,
        disks: vec!["/disk0".into()],
        folder: "/s".into(),
    };
    let invocation = match vmm.invocation(&request, &places, &vmm.cmdline(&request), None) {
        Ok(invocation) => invocation,
        Err(error) => return error.to_string(),
    };
    let files = invocation.files.iter().map(|(_, content)| String::from_utf8_lossy(content).into_owned());
    invocation.args.into_iter().chain(files).collect::<Vec<_>>().join("\n")
}

#[test]
fn devices_in_each_ones_words() {
    insta::assert_snapshot!(told_of_devices(&Monitor::Firecracker), @r#"
    --no-api
    --config-file
    /s/firecracker.json
    {
      "boot-source": {
        "boot_args": "console=ttyS0 quiet reboot=k root=/dev/vda ro",
        "kernel_image_path": "/image"
      },
      "drives": [
        {
          "drive_id": "disk0",
          "is_read_only": true,
          "is_root_device": false,
          "path_on_host": "/disk0"
        }
      ],
      "machine-config": {
        "mem_size_mib": 128,
        "vcpu_count": 1
      },
      "vsock": {
        "guest_cid": 7,
        "uds_path": "/s/vsock.sock"
      }
    }
    "#);
    insta::assert_snapshot!(told_of_devices(&Monitor::CloudHypervisor), @"
    --kernel
    /image
    --cmdline
    console=ttyS0 quiet root=/dev/vda ro
    --serial
    tty
    --console
    off
    --cpus
    boot=1
    --memory
    size=128M
    --disk
    path=/disk0,readonly=on
    --vsock
    cid=7,socket=/s/vsock.sock
    ");
    insta::assert_snapshot!(told_of_devices(&Monitor::Crosvm), @"
    run
    --disable-sandbox
    --cpus
    1
    --mem
    128
    --serial
    type=stdout,hardware=serial,num=1,console=true
    --params
    console=ttyS0 quiet reboot=k root=/dev/vda ro
    --block
    path=/disk0,ro=true
    --vsock
    cid=7
    /image
    ");
    insta::assert_snapshot!(told_of_devices(&Monitor::Alioth), @"
    boot
    --pvh
    /image
    --cmdline
    console=ttyS0 quiet reboot=t root=/dev/vda ro
    --cpu
    count=1
    --memory
    size=128M
    --blk
    file,path=/disk0,readonly=true
    --vsock
    uds,cid=7,path=/s/vsock.sock
    ");
    let command = Monitor::Command(vec!["vmm".into()]);
    insta::assert_snapshot!(told_of_devices(&command), @"`demo` has a disk, which the runner `command` does not offer");
}

#[test]
fn one_that_is_not_installed_is_an_error_with_what_to_do() {
    let env = Env::from_vars([("PATH", "/no/such/folder")], path("/w"));
    let said = |monitor: &Monitor, program| {
        let found = Vmm::installed("demo", monitor, program, &env, &Cancel::new());
        let error = found.err().expect("nothing there");
        format!("{error}\nhint: {}", error.hint().unwrap_or_default())
    };
    insta::assert_snapshot!(said(&Monitor::Firecracker, None), @r#"
    `firecracker`, which runs `demo`, is not in `PATH`
    hint: install it, or say where it is: `runner = { name = "firecracker", path = "…" }` in `[vm.demo]`
    "#);
    insta::assert_snapshot!(said(&Monitor::CloudHypervisor, Some("bin/cloud-hypervisor")), @r#"
    `bin/cloud-hypervisor`, which runs `demo`, is not there
    hint: install it, or say where it is: `runner = { name = "cloud-hypervisor", path = "…" }` in `[vm.demo]`
    "#);
}
