//! QEMU with the VM's own firmware in the place of a BIOS.
//!
//! ```text
//! qemu-system-x86_64 -M pc -bios firmware.rom -kernel bzImage -initrd … -append …
//! ```
//!
//! QEMU does not load the image: it hands image, initramfs and cmdline over by fw_cfg, and the processor starts at the
//! reset vector in the ROM. What QEMU offers by fw_cfg is the setup header and the rest of a bzImage, hence no other image.

use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::env::Env;
use kernel_host::fs;
use kernel_spec::Image;

use crate::accelerator::Ladder;
use crate::error::BootError;
use crate::judge::Layers;
use crate::machine::BootRequest;
use crate::rom::flat_rom;
use crate::runner::qemu::{self, Qemu};
use crate::runner::{Prepared, checked, present};

pub(super) fn prepare(
    request: &BootRequest,
    elf: &AbsPath,
    ladder: &Ladder,
    env: &Env,
    cancel: &Cancel,
) -> Result<Prepared, BootError> {
    if request.kind != Image::BzImage {
        return Err(BootError::ImageKind {
            vm: request.name.to_string(),
            runner: "firmware",
            found: request.kind,
            expected: "`bzImage`",
        });
    }
    let cmdline = checked(request, qemu::cmdline(request, "firmware"))?;
    let qemu = Qemu::find(env, cancel)?;
    let rom = write_rom(request, elf)?;
    let accelerator = ladder.for_qemu();
    let mut command = qemu.machine("pc", accelerator, request.memory_mib);
    command.arg("-bios").arg(&rom);
    qemu::load(&mut command, request, &cmdline);
    Ok(Prepared {
        command,
        cmdline,
        host_cmdline: None,
        accelerator,
        vmm: qemu.version,
        layers: Layers::Direct,
        fault: ladder.fault().cloned(),
        is_stuck: qemu::is_stuck,
    })
}

/// Makes a ROM of a firmware, in the scratch folder.
pub(super) fn write_rom(request: &BootRequest, elf: &AbsPath) -> Result<AbsPath, BootError> {
    present("firmware", elf)?;
    let rom = request.scratch.join("firmware.rom");
    fs::write_atomic(&rom, &rom_of(elf)?)?;
    Ok(rom)
}

/// The ROM of a firmware.
pub(super) fn rom_of(elf: &AbsPath) -> Result<Vec<u8>, BootError> {
    flat_rom(&fs::read(elf)?).map_err(|source| BootError::Rom { elf: elf.clone(), source })
}
