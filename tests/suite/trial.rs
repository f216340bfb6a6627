//! `kernel test`: a VM that does not come up is told, and fails the run.

use std::process::{Command, Stdio};

use tests::{Project, Run, cargo_kernel, needs, workspace_root};

/// The toy's kernel stands still at its first instruction.
#[test]
fn a_guest_that_hangs_fails_the_run_and_is_in_the_report() {
    if !needs::program("qemu-system-x86_64") {
        return;
    }
    let project = Project::toy();
    let manifest = project.read("Kernel.toml");
    let vm = "[vm.hangs]\nkernel = \"guest\"\nrunner = \"qemu\"\ncmdline = \"console=ttyS0\"\nmemory = \"32MiB\"\ntimeout = 2\n";
    project.write("Kernel.toml", &format!("{manifest}\n{vm}"));
    let run = project.kernel(&["test", "--junit", "report.xml"]).exit(7);
    let fields: Vec<&str> = run.stdout.trim_end().split('\t').collect();
    assert_eq!(fields[..2], ["hangs", "failed"]);
    let words =
        "`hangs` did not boot as it must: the guest did not end within 2 s, and its init was never ready";
    assert_eq!(fields[3], words);
    assert!(run.stderr.contains("hint: the console is silent"), "{}", run.stderr);
    assert!(run.stderr.contains("error: 1 of 1 VM did not boot as they must"), "{}", run.stderr);
    let report = project.read("report.xml");
    assert!(report.contains("tests=\"1\" failures=\"1\""), "{report}");
    assert!(report.contains(&format!("<failure message=\"{words}\">")), "{report}");
}

fn run(mut command: Command) -> Run {
    match std::env::var_os("KERNEL_CACHE_DIR") {
        Some(folder) => command.env("KERNEL_CACHE_DIR", folder),
        None => command.env_remove("KERNEL_CACHE_DIR"),
    };
    Run::new(&command.stdin(Stdio::null()).output().unwrap())
}

fn here(args: &[&str]) -> Run {
    let mut command = Command::new(cargo_kernel());
    command.arg("kernel").args(args).current_dir(workspace_root());
    run(command)
}

/// The guest itself is asked for its configuration, its file systems and its devices.
#[test]
fn what_a_vm_asks_for_is_seen_from_inside() {
    if needs::srctree("6_12").is_none()
        || !needs::program("qemu-system-x86_64")
        || !needs::program("mkfs.erofs")
    {
        return;
    }
    let good = here(&["test", "devices", "-v"]).success();
    assert!(good.stdout.starts_with("devices\tpassed\t"), "{}", good.stdout);
    for told in ["has file-system erofs", "has file-system 9p", "has device net/eth0", "has config "] {
        assert!(good.stderr.contains(told), "{told}: {}", good.stderr);
    }

    // The same crates in another workspace, with a VM whose kernel has no driver for its network.
    here(&["build", "guest"]).success();
    let project = Project::empty();
    for name in ["crates", "kernel", "kernel-spec", "tests", "xtask", "Cargo.lock"] {
        std::os::unix::fs::symlink(workspace_root().join(name), project.path(name)).unwrap();
    }
    project.write("Cargo.toml", &std::fs::read_to_string(workspace_root().join("Cargo.toml")).unwrap());
    let manifest = std::fs::read_to_string(workspace_root().join("Kernel.toml")).unwrap();
    let (kernels, _) = manifest.split_once("# The same with ACPI").unwrap();
    let vm = "[vm.blind]\nkernel = \"guest\"\nimage = \"vmlinux\"\ninit = { package = \"guest-init\" }\nrunner = \"qemu\"\n\
              network = \"user\"\ncmdline = \"console=ttyS0 reboot=t panic=-1 quiet\"\n";
    project.write("Kernel.toml", &format!("{kernels}\n{vm}"));
    let blind = run(project.command(&["test"])).exit(7);
    let fields: Vec<&str> = blind.stdout.trim_end().split('\t').collect();
    assert_eq!((fields[0], fields[1]), ("blind", "failed"), "{}", blind.stderr);
    assert_eq!(fields[3], "the guest has no `net/eth0`, which `blind` has");
}
