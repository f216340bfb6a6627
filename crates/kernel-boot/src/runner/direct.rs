//! A VMM on this machine.

use kernel_host::env::Env;
use kernel_host::fs;
use kernel_host::process::Command;

use crate::accelerator::Accelerator;
use crate::error::BootError;
use crate::judge::Layers;
use crate::machine::BootRequest;
use crate::runner::vmm::{Places, SOCKET, Vmm};
use crate::runner::{Prepared, checked, firmware};

pub(super) fn prepare(request: &BootRequest, vmm: &Vmm<'_>, env: &Env) -> Result<Prepared, BootError> {
    let cmdline = checked(request, vmm.cmdline(request))?;
    let rom = vmm.firmware().map(|elf| firmware::write_rom(request, elf)).transpose()?;
    let places = Places {
        image: request.image.to_string(),
        initramfs: request.initramfs.as_ref().map(ToString::to_string),
        disks: request.devices.disks.iter().map(|disk| disk.image.to_string()).collect(),
        firmware: rom.map(|rom| rom.to_string()),
        folder: request.scratch.to_string(),
    };
    // A VMM makes it, and takes one that an earlier boot left for somebody's.
    fs::remove_file(&request.scratch.join(SOCKET))?;
    let control = vmm.control(request, &places, &cmdline, env)?;
    let socket = control.as_ref().map(|control| control.socket.to_string());
    let invocation = vmm.invocation(request, &places, &cmdline, socket.as_deref())?;
    for (name, content) in &invocation.files {
        fs::write_atomic(&request.scratch.join(name), content)?;
    }
    let mut command = Command::new(&vmm.program);
    command.args(invocation.args);
    Ok(Prepared {
        command,
        cmdline,
        host_cmdline: None,
        accelerator: Accelerator::Kvm,
        vmm: vmm.version.clone(),
        layers: Layers::Direct,
        fault: None,
        beside: Vec::new(),
        sockets: Vec::new(),
        control,
        is_stuck: |_| false,
    })
}
