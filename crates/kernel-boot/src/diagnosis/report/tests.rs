//! Reports as kernels made them, and the places in them.

use std::time::Duration;

use kernel_host::cancel::Cancel;
use kernel_host::fs;
use kernel_host::process::Command;

use super::*;
use crate::judge::Stream;

/// Of a kernel without `CONFIG_KALLSYMS`, whose processor was sent to address 0x10 in the middle of its start.
const OOPS: &str = "\
[    0.124000] BUG: kernel NULL pointer dereference, address: 0000000000000010
[    0.124000] #PF: supervisor instruction fetch in kernel mode
[    0.124000] Oops: Oops: 0010 [#1]
[    0.124000] CPU: 0 UID: 0 PID: 1 Comm: swapper Not tainted 6.12.117-guest #1 
[    0.124000] RIP: 0010:0x0000000000000010
[    0.124000] Code: Unable to access opcode bytes at 0xffffffffffffffe6.
[    0.124000] RSP: 0018:ffff88800017bf28 EFLAGS: 00000296
[    0.124000] Call Trace:
[    0.124000]  <TASK>
[    0.124000]  ? 0xffffffff811587cf
[    0.124000]  ? 0xffffffff81015b16
[    0.124000]  </TASK>
[    0.124000] ---[ end trace 0000000000000000 ]---
[    0.124000] RIP: 0010:0x0000000000000010
[    0.124000] Kernel panic - not syncing: Fatal exception
";

const MAP: &str = "\
ffffffff81000000 T _text
ffffffff81015b00 T ret_from_fork
ffffffff81158742 T rest_init
ffffffff811587be t kernel_init
ffffffff81200000 T panic
ffffffff81400000 T _etext
";

fn lines(text: &str) -> Vec<ConsoleLine> {
    let line =
        |text: &str| ConsoleLine { at: Duration::ZERO, stream: Stream::Console, text: text.to_owned() };
    text.lines().map(line).collect()
}

fn traced(text: &str) -> String {
    trace(&lines(text), &Symbols::parse(MAP), None).join("\n")
}

#[test]
fn addresses_become_symbols() {
    insta::assert_snapshot!(traced(OOPS), @"
    RIP 0x10, no code of the kernel
    ? kernel_init+0x11
    ? ret_from_fork+0x16
    ");
}

#[test]
fn addresses_that_moved_are_moved_back() {
    let moved = "Kernel panic - not syncing: x\n RIP: 0010:0xffffffff9f158745\nKernel Offset: 0x1e000000 from 0xffffffff81000000 (relocation range: 0x0-0x1)\n";
    insta::assert_snapshot!(traced(moved), @"RIP rest_init+0x3");
}

/// With `CONFIG_KALLSYMS`; words of the stack that may be anything are left out where others are sure.
#[test]
fn symbols_stay() {
    let report = "WARNING: CPU: 0 PID: 1 at init/main.c:1 kernel_init+0x11/0x20\nRIP: 0010:kernel_init+0x11/0x20\n\
                  Call Trace:\n <TASK>\n ? rest_init+0x1/0x90\n ret_from_fork+0x16/0x30 [module]\n ret_from_fork_asm+0x1a/0x30\n";
    insta::assert_snapshot!(traced(report), @"
    RIP kernel_init+0x11
    ret_from_fork+0x16
    ret_from_fork_asm+0x1a
    ");
    assert_eq!(traced("all is well\n 0xffffffff81158745\n"), "");
    assert!(!is_there(&lines("reboot: Restarting system")) && is_there(&lines(report)));
}

#[test]
fn stamps_are_no_part_of_what_is_said() {
    assert_eq!(said("[    0.100000] WARNING: CPU: 0 PID: 1"), "WARNING: CPU: 0 PID: 1");
    assert_eq!(said("[    0.1][    T1] BUG: x"), "BUG: x");
    assert_eq!(said("[firmware] BUG: x"), "[firmware] BUG: x");
    assert_eq!(complaint("[    0.1] Oops: 0010 [#1]"), Some("Oops: 0010 [#1]"));
    assert_eq!(complaint("debugging: BUG: is a word"), None);
}

/// What this very program was compiled from is told by the same means as a kernel.
#[cfg(target_os = "linux")]
#[test]
fn lines_come_from_debugging_information() {
    let folder = fs::temp_dir("kernel-boot-").expect("a folder");
    let (source, object) = (folder.path().join("kernel-boot-lines.c"), folder.path().join("lines.o"));
    fs::write_atomic(&source, b"int first(void)\n{\n\treturn 1;\n}\n").expect("written");
    let mut compiler = Command::new("cc");
    compiler.args(["-g", "-O0", "-shared", "-fPIC", "-o"]).arg(&object).arg(&source);
    compiler.checked_output(&Cancel::new()).expect("compiled");
    let image = fs::read(&object).expect("compiled");
    let lines = SourceLines::of(&image).expect("debugging information");
    use object::{Object, ObjectSymbol};
    let file = object::File::parse(&*image).expect("an ELF file");
    let first = file.symbols().find(|symbol| symbol.name() == Ok("first")).expect("a function");
    let found = lines.at(first.address()).expect("a line");
    assert!(found.ends_with("kernel-boot-lines.c:2"), "{found}");
    assert!(SourceLines::of(b"\x7fELF").is_none());
}
