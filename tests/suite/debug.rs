//! `kernel debug`: a real debugger, attached by the command that is told, sees the kernel's own functions.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use tests::{Run, cargo_kernel, needs, target_dir, workspace_root};

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

/// Of a tree that somebody edits, with debugging information: the tree's own commands for gdb, and what an editor needs.
///
/// It compiles a kernel with all of its lines, so it is part of the long form alone.
#[test]
fn the_trees_own_commands_and_its_compile_commands_are_there() {
    if !needs::full() {
        return;
    }
    let Some(tree) = needs::srctree("6_12") else { return };
    if !needs::program("qemu-system-x86_64") || !needs::program("gdb") || !needs::program("python3") {
        return;
    }
    // A manifest of its own, in this Cargo workspace: for its init.
    let folder = target_dir().join("tmp/debugged");
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    for fragment in std::fs::read_dir(workspace_root().join("kernel/guest")).unwrap() {
        let path = fragment.unwrap().path();
        let name = format!("kernel/guest/{}", path.file_name().unwrap().to_string_lossy());
        write(&name, &std::fs::read_to_string(&path).unwrap());
    }
    write(
        "Kernel.toml",
        &format!(
            "schema = 1\n[source.linux]\npath = {tree:?}\n\n[kernel.debugged]\nsource = \"linux\"\narch = \"x86_64\"\n\
             base = \"tinyconfig\"\nfragments = [\"kernel/guest/*.config\"]\nlocal-version = \"-debugged\"\n\
             images = [\"vmlinux\"]\n[kernel.debugged.config]\nDEBUG_KERNEL = true\n\
             DEBUG_INFO_DWARF_TOOLCHAIN_DEFAULT = true\nGDB_SCRIPTS = true\n\n[vm.debugged]\nkernel = \"debugged\"\n\
             runner = \"qemu\"\ninit = {{ package = \"guest-init\" }}\ncmdline = \"console=ttyS0 reboot=t panic=-1 quiet\"\n"
        ),
    );
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let mut debug = Command::new(cargo_kernel());
    debug
        .args(["kernel", "debug", "debugged", "--port", &port, "--no-shared-artifacts"])
        .current_dir(&folder);
    let mut debug = debug.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdout = BufReader::new(debug.stdout.take().unwrap());
    let mut command = String::new();
    stdout.read_line(&mut command).unwrap();
    let command = command.trim_end();
    assert!(command.contains("add-auto-load-safe-path") && command.contains("vmlinux-gdb.py"), "{command}");
    let script = format!(
        "{command} -batch -ex 'hbreak kernel_init_freeable' -ex continue -ex lx-version -ex lx-cmdline -ex 'delete' -ex detach"
    );
    let gdb = Run::new(&Command::new("sh").args(["-c", &script]).stdin(Stdio::null()).output().unwrap());
    let (mut console, mut said) = (String::new(), String::new());
    stdout.read_to_string(&mut console).unwrap();
    debug.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(debug.wait().unwrap().success(), "{console}{said}");
    assert!(gdb.stdout.contains("init/main.c:"), "a line of the tree: {gdb:?}");
    assert!(gdb.stdout.contains("Linux version 6.12.") && gdb.stdout.contains("-debugged"), "{gdb:?}");
    assert!(gdb.stdout.contains("console=ttyS0 reboot=t"), "{gdb:?}");
    assert!(!said.contains("no `lx-` commands"), "{said}");
    let database = target_dir().join("kernel/.work/debugged/compile_commands.json");
    let database: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(database).unwrap()).unwrap();
    let main = tree.join("init/main.c");
    let files = database.as_array().unwrap().iter().filter_map(|entry| entry["file"].as_str());
    assert_eq!(files.filter(|file| Path::new(file) == main).count(), 1, "init/main.c is in it once");
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
