//! The kernels of the built-in profiles, each booted in the VMM that it is for, where that is installed.

use std::process::{Command, Stdio};

use serde_json::Value;
use tests::{Project, Run, cargo_kernel, needs, workspace_root};

/// A profile, the runner of its VMM, and the program of that.
const VMMS: [(&str, &str, &str); 4] = [
    ("qemu-microvm", "qemu", "qemu-system-x86_64"),
    ("firecracker", "firecracker", "firecracker"),
    ("cloud-hypervisor", "cloud-hypervisor", "cloud-hypervisor"),
    ("alioth", "alioth", "alioth"),
];

/// Each boots to its init, alone and beside the others' in one kernel. Takes a kernel's build and its siblings'.
#[test]
fn a_profile_boots_in_its_vmm() {
    if !needs::full() || needs::srctree("6_12").is_none() || !needs::program("qemu-system-x86_64") {
        return;
    }
    // The same crates in another workspace.
    let project = Project::empty();
    for name in ["crates", "kernel", "kernel-spec", "tests", "xtask", "Cargo.lock"] {
        std::os::unix::fs::symlink(workspace_root().join(name), project.path(name)).unwrap();
    }
    project.write("Cargo.toml", &std::fs::read_to_string(workspace_root().join("Cargo.toml")).unwrap());
    let own = std::fs::read_to_string(workspace_root().join("Kernel.toml")).unwrap();
    let (mut manifest, _) =
        own.split_once("# What a kernel is built alongside").map(|(a, b)| (a.to_owned(), b)).unwrap();
    let here: Vec<_> = VMMS.into_iter().filter(|(_, _, program)| needs::extra_programs(&[program])).collect();
    let all = here.iter().map(|(profile, ..)| format!("{profile:?}")).collect::<Vec<_>>().join(", ");
    let kernel = |name: &str, profiles: &str| {
        format!(
            "[kernel.{name}]\nsource = \"linux-6_12\"\narch = \"x86_64\"\nbase = \"tinyconfig\"\nprofiles = [{profiles}]\n\
             images = [\"vmlinux\"]\n\n"
        )
    };
    let vm = |name: &str, kernel: &str, runner: &str| {
        let (reboot, host) = match runner {
            "qemu" => ("reboot=t ", ""),
            // It has ACPI and no way to power off: without ACPI the init resets the machine.
            "firecracker" => ("acpi=off ", "nested-host = \"nested-host\"\n"),
            _ => ("", "nested-host = \"nested-host\"\n"),
        };
        format!(
            "[vm.{name}]\nkernel = \"{kernel}\"\nimage = \"vmlinux\"\ninit = {{ package = \"guest-init\" }}\nrunner = \"{runner}\"\n\
             {host}cmdline = \"console=ttyS0 {reboot}panic=-1 quiet\"\nmemory = \"256MiB\"\n\n"
        )
    };
    manifest += &kernel("all", &all);
    for (profile, runner, _) in &here {
        manifest += &kernel(profile, &format!("{profile:?}"));
        manifest += &vm(profile, profile, runner);
        manifest += &vm(&format!("all-in-{profile}"), "all", runner);
    }
    project.write("Kernel.toml", &manifest);

    let mut command = Command::new(cargo_kernel());
    command.args(["kernel", "test", "--message-format", "json"]).current_dir(project.root());
    let run = Run::new(&command.stdin(Stdio::null()).output().unwrap()).success();
    let messages = run.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let tested: Vec<Value> = messages.filter(|message| message["reason"] == "vm-tested").collect();
    assert_eq!(tested.len(), 2 * here.len(), "{}", run.stderr);
    for message in tested {
        eprintln!("{}: ready after {} ms", message["trial"], message["ready_ms"]);
    }
}
