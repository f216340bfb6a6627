//! The firmware in QEMU, and a kernel of a few instructions that looks at what it was handed.
//!
//! The kernel is a real bzImage for QEMU and for the firmware; its 64-bit code says on COM1 where it is, in which
//! state the processor is, and what zero page, command line and initramfs hold.

#![cfg(all(target_arch = "x86_64", target_os = "linux"))]
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "the test starts QEMU")]
#![allow(clippy::print_stderr, reason = "a skip is reported")]
#![allow(unsafe_code, reason = "the kernel is assembly in this very program")]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use object::elf::{FileHeader64, PT_LOAD};
use object::read::elf::{FileHeader as _, ProgramHeader as _};

// Position-independent: it is copied out of this program. The firmware's stack is still there.
core::arch::global_asm!(
    ".pushsection .rodata.test_kernel, \"a\", @progbits",
    ".balign 1024",
    "test_kernel_start:",
    "    .skip 0x200", // the 32-bit entry; nobody comes here
    "entry:",
    "    mov ebx, esi",
    "    lea rdi, [rip + text_at]",
    "    call print",
    "    lea rax, [rip + entry]",
    "    call print_hex",
    "    lea rdi, [rip + text_selectors]",
    "    call print",
    "    mov eax, cs",
    "    shl eax, 8",
    "    mov ecx, ds",
    "    or eax, ecx",
    "    shl eax, 8",
    "    mov ecx, ss",
    "    or eax, ecx",
    "    call print_hex",
    "    lea rdi, [rip + text_flags]",
    "    call print",
    "    pushfq",
    "    pop rax",
    "    and eax, 0x600", // interrupts on, direction down
    "    call print_hex",
    "    lea rdi, [rip + text_page]",
    "    call print",
    "    mov eax, [rbx + 0x1f8]", // ram_size is not the firmware's; vid_mode is
    "    call print_hex",
    "    mov eax, [rbx + 0x210]", // type_of_loader, loadflags, setup_move_size
    "    call print_hex",
    "    mov eax, [rbx + 0x250]", // setup_data
    "    call print_hex",
    "    lea rdi, [rip + text_memory]",
    "    call print",
    "    movzx r9d, byte ptr [rbx + 0x1e8]", // e820_entries
    "    lea r10, [rbx + 0x2d0]",            // e820_table; what is not RAM differs among QEMUs
    "6:  cmp dword ptr [r10 + 16], 1",
    "    jne 7f",
    "    mov eax, [r10]",
    "    call print_hex",
    "    mov eax, [r10 + 8]",
    "    call print_hex",
    "7:  add r10, 20",
    "    dec r9d",
    "    jne 6b",
    "    lea rdi, [rip + text_cmdline]",
    "    call print",
    "    mov edi, [rbx + 0x228]",
    "    call print",
    "    lea rdi, [rip + text_initramfs]",
    "    call print",
    "    mov eax, [rbx + 0x218]",
    "    call print_hex",
    "    mov eax, [rbx + 0x21c]",
    "    call print_hex",
    "    cmp dword ptr [rbx + 0x21c], 0",
    "    je 1f",
    "    mov edi, [rbx + 0x218]",
    "    call print",
    "1:  lea rdi, [rip + text_end]",
    "    call print",
    "    push 0",
    "    push 0",
    "    lidt [rsp]",
    "    ud2",
    "print:", // the text at rdi, up to a NUL
    "    mov dx, 0x3f8",
    "2:  mov al, [rdi]",
    "    test al, al",
    "    je 3f",
    "    out dx, al",
    "    inc rdi",
    "    jmp 2b",
    "3:  ret",
    "print_hex:", // eax, with a space before it
    "    mov r8d, eax",
    "    mov dx, 0x3f8",
    "    mov al, 0x20",
    "    out dx, al",
    "    mov ecx, 8",
    "4:  rol r8d, 4",
    "    mov eax, r8d",
    "    and al, 15",
    "    add al, 0x30",
    "    cmp al, 0x3a",
    "    jb 5f",
    "    add al, 0x27",
    "5:  out dx, al",
    "    loop 4b",
    "    ret",
    "text_at: .asciz \"kernel: at\"",
    "text_selectors: .asciz \"\\nkernel: cs, ds, ss\"",
    "text_flags: .asciz \"\\nkernel: flags\"",
    "text_page: .asciz \"\\nkernel: zero page\"",
    "text_memory: .asciz \"\\nkernel: memory\"",
    "text_cmdline: .asciz \"\\nkernel: cmdline \"",
    "text_initramfs: .asciz \"\\nkernel: initramfs\"",
    "text_end: .asciz \"\\nkernel: end\\n\"",
    ".balign 1024",
    "test_kernel_end:",
    ".popsection",
);

unsafe extern "C" {
    static test_kernel_start: u8;
    static test_kernel_end: u8;
}

/// A bzImage that wants to be at 32 MiB.
fn bzimage(changes: &[(usize, &[u8])]) -> Vec<u8> {
    let mut file = vec![0; 1024];
    let fields: &[(usize, &[u8])] = &[
        (0x1f1, &[1]),
        (0x1fe, &[0x55, 0xaa, 0xeb, 0x6a]),
        (0x202, b"HdrS\x0f\x02"),
        (0x211, &[0x81]),
        (0x22c, &0x7fff_ffffu32.to_le_bytes()),
        (0x236, &[1, 0]),
        (0x238, &2047u32.to_le_bytes()),
        (0x258, &0x200_0000u64.to_le_bytes()),
        (0x260, &0x10_0000u32.to_le_bytes()),
    ];
    for (offset, bytes) in fields.iter().chain(changes) {
        file[*offset..offset + bytes.len()].copy_from_slice(bytes);
    }
    let start = &raw const test_kernel_start;
    let length = (&raw const test_kernel_end).addr() - start.addr();
    // SAFETY: both labels are in one section of this program, the second behind the first.
    file.extend(unsafe { std::slice::from_raw_parts(start, length) });
    file
}

/// The firmware as a ROM: every segment at its physical address.
fn rom() -> Vec<u8> {
    let elf = fs::read(env!("CARGO_BIN_EXE_boot-firmware")).expect("cargo has built the firmware");
    let header = FileHeader64::<object::Endianness>::parse(&*elf).expect("an ELF file");
    let endian = header.endian().expect("a byte order");
    let mut rom = vec![0xff; 64 << 10];
    for segment in header.program_headers(endian, &*elf).expect("program headers") {
        let bytes = segment.data(endian, &*elf).expect("bytes");
        if segment.p_type(endian) == PT_LOAD && !bytes.is_empty() {
            let at = segment.p_paddr(endian) as usize - 0xffff_0000;
            rom[at..at + bytes.len()].copy_from_slice(bytes);
        }
    }
    rom
}

/// Runs QEMU until it ends well; gives what the serial port said, or `None` after a reported skip.
fn qemu(folder: &Path, arguments: &[&str]) -> Option<String> {
    fs::write(folder.join("rom"), rom()).expect("the ROM is written");
    let qemu = Command::new("qemu-system-x86_64")
        .current_dir(folder)
        .args(["-accel", "tcg", "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none"])
        .args(["-serial", "stdio", "-bios", "rom"])
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn();
    let mut qemu = match qemu {
        Ok(qemu) => qemu,
        Err(error) => {
            let strict = std::env::var_os("KERNEL_TEST_REQUIRE_ALL").is_some();
            assert!(!strict, "this machine must run every test: qemu-system-x86_64: {error}");
            eprintln!("skipped: qemu-system-x86_64: {error}");
            return None;
        }
    };
    // What is said fits into a pipe; it is read when QEMU is done.
    let limit = Instant::now() + Duration::from_secs(60);
    let mut in_time = true;
    while in_time && qemu.try_wait().expect("QEMU is ours").is_none() {
        std::thread::sleep(Duration::from_millis(10));
        in_time = Instant::now() < limit;
    }
    let _ = qemu.kill();
    let output = qemu.wait_with_output().expect("QEMU is ours");
    let said = String::from_utf8_lossy(&output.stdout).replace('\r', "");
    assert!(in_time, "QEMU did not end in time; it said:\n{said}");
    assert!(output.status.success(), "QEMU ended with {}; it said:\n{said}", output.status);
    Some(said)
}

/// Runs QEMU with a kernel in its folder.
fn boot(kernel: &[u8], arguments: &[&str]) -> Option<String> {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("kernel"), kernel).expect("the kernel is written");
    fs::write(folder.path().join("initramfs"), b"a text for an archive\0").expect("the initramfs is written");
    qemu(folder.path(), &[&["-kernel", "kernel"], arguments].concat())
}

const INITRAMFS: [&str; 4] = ["-initrd", "initramfs", "-append", "console=ttyS0 a=\"b c\""];

#[test]
fn a_kernel_finds_what_it_was_promised() {
    let machine = ["-M", "pc", "-m", "128"];
    let Some(said) = boot(&bzimage(&[]), &[&machine[..], &INITRAMFS].concat()) else { return };
    insta::assert_snapshot!(said, @r#"
    boot-firmware: memory 128 MiB, fw_cfg with DMA
    boot-firmware: kernel 1 KiB, initramfs 22 bytes, cmdline console=ttyS0 a="b c"
    boot-firmware: entering the kernel at 0x2000200
    kernel: at 02000200
    kernel: cs, ds, ss 00101818
    kernel: flags 00000000
    kernel: zero page ffff0000 000001ff 00000000
    kernel: memory 00000000 000a0000 00100000 07f00000
    kernel: cmdline console=ttyS0 a="b c"
    kernel: initramfs 07fff000 00000016a text for an archive
    kernel: end
    "#);
}

#[test]
fn other_machines_and_transfers_end_in_the_same_words() {
    let usual: Vec<_> = ["-M", "pc", "-m", "128"].into_iter().chain(INITRAMFS).collect();
    let Some(said) = boot(&bzimage(&[]), &usual) else { return };
    let micro: Vec<_> = ["-M", "microvm", "-m", "128"].into_iter().chain(INITRAMFS).collect();
    assert_eq!(boot(&bzimage(&[]), &micro).as_deref(), Some(said.as_str()));
    let slow: Vec<_> = usual.iter().copied().chain(["-global", "fw_cfg_io.dma_enabled=off"]).collect();
    assert_eq!(boot(&bzimage(&[]), &slow), Some(said.replace("DMA", "port I/O")));
}

#[test]
fn without_initramfs_and_cmdline_there_are_none() {
    let Some(said) = boot(&bzimage(&[]), &["-M", "pc", "-m", "40"]) else { return };
    assert!(said.contains("kernel 1 KiB, no initramfs, no cmdline\n"), "{said}");
    assert!(said.contains("kernel: cmdline \nkernel: initramfs 00000000 00000000\n"), "{said}");
}

#[test]
fn errors_are_said_and_end_the_machine() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(none) = qemu(folder.path(), &["-M", "pc", "-m", "32"]) else { return };
    let long = "x".repeat(2048);
    let said = [
        none,
        boot(&bzimage(&[]), &["-m", "32"]).unwrap_or_default(),
        boot(&bzimage(&[(0x236, &[0])]), &["-m", "64"]).unwrap_or_default(),
        boot(&bzimage(&[(0x206, &[0x0a, 0x02])]), &["-m", "64"]).unwrap_or_default(),
        boot(&bzimage(&[]), &["-m", "64", "-append", &long]).unwrap_or_default(),
    ];
    insta::assert_snapshot!(said.join("---\n"), @"
    boot-firmware: memory 32 MiB, fw_cfg with DMA
    boot-firmware: error fw_cfg has no kernel; give QEMU one with `-kernel`
    ---
    boot-firmware: memory 32 MiB, fw_cfg with DMA
    boot-firmware: kernel 1 KiB, no initramfs, no cmdline
    boot-firmware: error too little memory: the kernel needs 1 MiB at 0x2000000, the machine has 32 MiB
    ---
    boot-firmware: memory 64 MiB, fw_cfg with DMA
    boot-firmware: error the kernel has no 64-bit entry; is it built for 32 bits?
    ---
    boot-firmware: memory 64 MiB, fw_cfg with DMA
    boot-firmware: error the kernel speaks boot protocol 2.10, 2.12 or newer is needed
    ---
    boot-firmware: memory 64 MiB, fw_cfg with DMA
    boot-firmware: error the command line has 2048 bytes, the kernel takes 2047
    ");
}
