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
use crate::machine::BootRequest;
use crate::rom::flat_rom;
use crate::runner::{Prepared, present, qemu};

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
    let rom = write_rom(request, elf)?;
    qemu::with_bios(&rom, request, ladder, (env, cancel))
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
