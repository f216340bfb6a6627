//! A firmware that boots the kernel that QEMU's fw_cfg offers, and nothing else.
//!
//! It stands in for SeaBIOS and QEMU's option ROMs: `-bios boot-firmware.rom -kernel … -initrd … -append …`. It starts
//! at the reset vector, takes kernel, initramfs, command line and memory map from fw_cfg, fills the zero page and
//! enters the kernel by the 64-bit boot protocol (`Documentation/arch/x86/boot.rst`). On COM1 it says what it does:
//!
//! ```text
//! boot-firmware: memory 128 MiB, fw_cfg with DMA
//! boot-firmware: kernel 1.1 MiB, initramfs 3 KiB, cmdline console=ttyS0 panic=-1
//! boot-firmware: entering the kernel at 0x1000200
//! ```
//!
//! or, once, `boot-firmware: error …`; then it resets the machine by a triple fault, which ends QEMU under
//! `-no-reboot`.
//!
//! # Shape
//!
//! ```text
//! start.S ──▶ freestanding ──▶ boot ──┬─▶ fw_cfg       the items' keys, the file directory
//!                                     ├─▶ memory       the memory map
//!                                     ├─▶ image        bzImage's setup header; vmlinux' ELF header
//!                                     ├─▶ placement    where kernel and initramfs go
//!                                     ├─▶ zero_page    what the kernel is told
//!                                     └─▶ hardware     ports, COM1, DMA, the jump
//! ```
//!
//! `hardware`, `boot` and `freestanding` touch the machine; tests run them in QEMU. The others are tested on the host.
//!
//! # The ROM
//!
//! 64 KiB that end at 4 GiB, made from the program's ELF file by its segments' physical addresses:
//!
//! | from | to | what |
//! |---|---|---|
//! | `0xffff_0000` | `0xffff_f000` | code, constants and data, as they are to lie in RAM; 0xff behind them |
//! | `0xffff_f000` | `0xffff_fff0` | `start.S`: 16, 32 and 64-bit start-up code, GDT |
//! | `0xffff_fff0` | 4 GiB | the reset vector: a jump |
//!
//! # The RAM that it uses
//!
//! All of it is free again as soon as the kernel has its own page tables and has copied zero page and command line.
//!
//! | from | to | what |
//! |---|---|---|
//! | `0x0_1000` | `0x0_7000` | page tables: the first 4 GiB, one to one, pages of 2 MiB |
//! | `0x0_7000` | `0x0_8000` | zero page (`struct boot_params`) |
//! | `0x0_8000` | `0x1_0000` | command line |
//! | `0x1_0000` | `0x7_0000` | code, constants, data, `.bss` |
//! | `0x7_0000` | `0x8_0000` | stack, downwards |
//! | `pref_address` | + `init_size` | bzImage: the kernel and the room in which it unpacks itself |
//! | below the kernel's limit | top of RAM | initramfs, as high as possible |
//!
//! # Deliberately absent
//!
//! ACPI and SMBIOS tables, PCI set-up, further processors, disks, BIOS calls, the 16-bit boot protocol, heaps,
//! interrupts (a processor exception resets the machine). A kernel that needs none of these boots; an allocator or a
//! driver here would be one more thing between reset and the kernel.

#![cfg_attr(not(test), no_std)]
#![cfg_attr(freestanding, no_main)]

#[cfg(target_arch = "x86_64")]
pub mod boot;
#[cfg(all(target_arch = "x86_64", target_os = "linux", any(test, freestanding)))]
mod c_memory;
pub mod error;
pub mod fw_cfg;
#[cfg(target_arch = "x86_64")]
pub mod hardware;
pub mod image;
pub mod memory;
pub mod placement;
pub mod size;
pub mod zero_page;

#[cfg(freestanding)]
mod freestanding;
