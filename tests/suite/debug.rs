//! `kernel debug`: a real debugger, attached by the command that is told, sees the kernel's own functions.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::process::{Command, Stdio};

use tests::{Run, cargo_kernel, needs, workspace_root};

#[test]
fn gdb_stops_in_a_function_of_the_kernel() {
    if needs::srctree("6_12").is_none() || !needs::program("qemu-system-x86_64") || !needs::program("gdb") {
        return;
    }
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let mut debug = Command::new(cargo_kernel());
    debug.args(["kernel", "debug", "qemu", "--port", &port]).current_dir(workspace_root());
    let mut debug = debug.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdout = BufReader::new(debug.stdout.take().unwrap());
    let mut command = String::new();
    stdout.read_line(&mut command).unwrap();
    let command = command.trim_end();
    let vmlinux = workspace_root().join("target/kernel/guest/vmlinux");
    assert_eq!(command, format!("gdb -ex 'target remote 127.0.0.1:{port}' {}", vmlinux.display()));

    // The command as it is told, with more behind it; a breakpoint of the processor, for the code is not there yet.
    let script = format!(
        "{command} -batch -ex 'hbreak kernel_init_freeable' -ex continue -ex backtrace -ex 'delete' -ex detach"
    );
    let gdb = Run::new(&Command::new("sh").args(["-c", &script]).stdin(Stdio::null()).output().unwrap());
    assert!(
        gdb.stdout.contains("Breakpoint 1, 0x") && gdb.stdout.contains("in kernel_init_freeable"),
        "{gdb:?}"
    );
    assert!(gdb.stdout.contains("in ret_from_fork") || gdb.stdout.contains("in kernel_init "), "{gdb:?}");

    // Let go, the guest boots to its end.
    let (mut console, mut said) = (String::new(), String::new());
    stdout.read_to_string(&mut console).unwrap();
    debug.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(debug.wait().unwrap().success(), "{console}{said}");
    assert!(console.contains("guest-init: ready release="), "{console}{said}");
    assert!(
        said.contains("the image has symbols, and no lines: ask for `DEBUG_INFO_DWARF_TOOLCHAIN_DEFAULT`"),
        "{said}"
    );
}

#[test]
fn a_vm_whose_runner_has_no_stub_is_told() {
    if needs::srctree("6_12").is_none() || !needs::program("qemu-system-x86_64") {
        return;
    }
    let mut debug = Command::new(cargo_kernel());
    debug.args(["kernel", "debug", "demo"]).current_dir(workspace_root()).stdin(Stdio::null());
    let run = Run::new(&debug.output().unwrap()).exit(1);
    assert!(
        run.stderr.contains("error: `demo` cannot be debugged: its runner has no stub for a debugger"),
        "{run:?}"
    );
    assert!(run.stderr.contains("hint: debug a VM with `runner = \"qemu\"`"), "{run:?}");
}
