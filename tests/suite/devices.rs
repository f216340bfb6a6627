//! Devices of real guests: disks of each format as the root, in their order; a folder, a network; a panic with its trace.

use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use tests::{Project, Run, cargo_kernel, needs, target_dir, workspace_root};

/// An init that says what is written on its root.
const READS: &str = "fn main() {\n    print!(\"{}\", std::fs::read_to_string(\"/hello\").unwrap());\n    loop {\n        std::thread::park();\n    }\n}\n";

fn here(args: &[&str]) -> Run {
    let mut command = Command::new(cargo_kernel());
    command.arg("kernel").args(args).current_dir(workspace_root()).stdin(Stdio::null());
    Run::new(&command.output().unwrap())
}

fn is_possible() -> bool {
    needs::srctree("6_12").is_some() && needs::program("qemu-system-x86_64")
}

/// The root is the second disk: the first must not take its place.
#[test]
fn a_folder_becomes_the_root_in_each_format() {
    if !is_possible() || !needs::program("mkfs.erofs") || !needs::program("mksquashfs") {
        return;
    }
    here(&["build", "guest-acpi"]).success();
    let project = Project::empty();
    let manifest = std::fs::read_to_string(workspace_root().join("Kernel.toml")).unwrap();
    let (kernels, _) = manifest.split_once("# The kernel under which").unwrap();
    let vm = |format: &str| {
        format!(
            "[vm.{format}]\nkernel = \"guest-acpi\"\nimage = \"vmlinux\"\nrunner = \"qemu\"\n\
             init = {{ package = \"reads\" }}\nmarker = \"hello from the disk\"\n\
             cmdline = \"console=ttyS0 reboot=t panic=-1 quiet\"\n\
             [[vm.{format}.disk]]\nfrom = \"other\"\nformat = \"ext4\"\n\
             [[vm.{format}.disk]]\nfrom = \"rootfs\"\nformat = \"{format}\"\nroot = true\n"
        )
    };
    let formats = ["ext4", "erofs", "squashfs"];
    project.write("Kernel.toml", &format!("{kernels}\n{}", formats.map(vm).join("\n")));
    for fragment in std::fs::read_dir(workspace_root().join("kernel/guest")).unwrap() {
        let path = fragment.unwrap().path();
        let name = format!("kernel/guest/{}", path.file_name().unwrap().to_string_lossy());
        project.write(&name, &std::fs::read_to_string(&path).unwrap());
    }
    let package = "[package]\nname = \"reads\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n";
    project.write("Cargo.toml", &format!("{package}[[bin]]\nname = \"reads\"\npath = \"reads.rs\"\n"));
    project.write("reads.rs", READS);
    project.write("rootfs/hello", "hello from the disk\n");
    project.write("other/hello", "hello from the other\n");
    for format in formats {
        let mut command = project.command(&["boot", format, "-v"]);
        match std::env::var_os("KERNEL_CACHE_DIR") {
            Some(folder) => command.env("KERNEL_CACHE_DIR", folder),
            None => command.env_remove("KERNEL_CACHE_DIR"),
        };
        let run = Run::new(&command.output().unwrap()).success();
        assert!(run.stdout.contains("hello from the disk"), "{}{}", run.stdout, run.stderr);
        let words = format!("root=/dev/vdb rootfstype={format} ro init=/init");
        assert!(run.stderr.contains(&words), "{}", run.stderr);
    }

    project.write("Kernel.toml", &format!("{kernels}\n{}", vm("ext4").replace("rootfs", "no-such-folder")));
    let mut command = project.command(&["boot", "ext4"]);
    command.env_remove("KERNEL_CACHE_DIR");
    let run = Run::new(&command.output().unwrap()).exit(1);
    let said = project.said(&run);
    assert!(said.contains("error: there is no folder `[ROOT]/no-such-folder`"), "{said}");
}

/// A file of this machine through 9P, and a word of this machine through the network.
#[test]
fn a_guest_reads_a_folder_and_reaches_this_machine() {
    if !is_possible() || !needs::program("mkfs.erofs") {
        return;
    }
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    let answer = std::thread::spawn(move || {
        let (mut guest, _) = server.accept().unwrap();
        guest.write_all(b"a word of the host\n").unwrap();
    });
    let script = format!(
        "read -r line < /host/outcomes.md; echo \"$line\"; read -r size < /sys/block/vda/size; echo \"disk $((size > 0))\"; \
         exec 3<>/dev/tcp/10.0.2.2/{port}; read -r line <&3; echo \"$line\""
    );
    let run = here(&["run", "devices", "-q", "--", "bash", "-c", &script]);
    let run = run.success();
    assert_eq!(run.stdout, "# How a boot turns out\ndisk 1\na word of the host\n", "{}", run.stderr);
    answer.join().unwrap();
}

/// The same by virtiofs, whose daemon runs beside QEMU; what the guest writes is here afterwards.
#[test]
fn a_guest_reads_and_writes_a_folder_by_virtiofs() {
    let known = ["/usr/libexec/virtiofsd", "/usr/lib/qemu/virtiofsd", "/usr/lib/virtiofsd"];
    let is_there = known.iter().any(|path| Path::new(path).is_file());
    if !is_possible() || !(is_there || needs::program("virtiofsd")) {
        return;
    }
    // A manifest of its own, in this Cargo workspace: for its init.
    let folder = target_dir().join("tmp/virtiofs");
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
    let manifest = std::fs::read_to_string(workspace_root().join("Kernel.toml")).unwrap();
    let (kernels, _) = manifest.split_once("# The kernel under which").unwrap();
    let vm = "[vm.shared]\nkernel = \"guest-acpi\"\nimage = \"vmlinux\"\nrunner = \"qemu\"\n\
              init = { package = \"guest-init\" }\ncmdline = \"console=ttyS0 reboot=t panic=-1 quiet\"\n\
              [[vm.shared.share]]\npath = \"data\"\nmount = \"/data\"\ntransport = \"virtiofs\"\nwritable = true\n";
    write("Kernel.toml", &format!("{kernels}\n{vm}"));
    write("data/asked", "a word of the host\n");
    let script = "read -r line < /data/asked; echo \"$line\"; echo a word of the guest > /data/answered";
    let mut run = Command::new(cargo_kernel());
    run.args(["kernel", "run", "shared", "-q", "--", "sh", "-c", script]).current_dir(&folder);
    let run = Run::new(&run.stdin(Stdio::null()).output().unwrap()).success();
    assert_eq!(run.stdout, "a word of the host\n", "{}", run.stderr);
    assert_eq!(std::fs::read_to_string(folder.join("data/answered")).unwrap(), "a word of the guest\n");
}

/// The trace of a panic names the kernel's functions, though the kernel itself has no names.
#[test]
fn a_panic_is_told_with_its_trace() {
    if !is_possible() || !needs::program("mkfs.erofs") {
        return;
    }
    let run = here(&["run", "devices", "-q", "--", "sh", "-c", "echo c > /proc/sysrq-trigger"]).exit(7);
    assert!(run.stderr.contains("Kernel panic - not syncing: sysrq triggered crash"), "{}", run.stderr);
    let (_, trace) = run.stderr.split_once("the kernel was at").unwrap_or_else(|| panic!("{}", run.stderr));
    assert!(trace.contains("sysrq_handle_crash+0x"), "{}", run.stderr);
}
