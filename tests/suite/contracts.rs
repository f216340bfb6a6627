//! What a VMM asks of an image is looked at when the image is made, and again when the manifest names another VMM.

use tests::Project;

#[test]
fn an_image_that_a_vmm_would_refuse_fails_the_build() {
    let project = Project::toy();
    project.replace("Kernel.toml", "images =", "contracts = [\"firecracker\", \"openvmm\"]\nimages =");
    project.replace("toy/scripts/vmlinux.lds", ". = 0x1000000;", ". = 0x10000;");
    let run = project.kernel(&["build"]).exit(6);
    let said = project.said(&run);
    let error = &said[said.find("error:").unwrap()..];
    insta::assert_snapshot!(error, @r"
    error: `vmlinux` cannot be booted by `firecracker`, which `[kernel.guest]` names
      `firecracker` by the PVH entry: found a segment at 0x10000, expected all of it from 0x100000 to 0xc0000000
    hint: ask for `CONFIG_PHYSICAL_START=0x1000000`
    ");
    assert!(!project.path("target/kernel/guest").exists(), "nothing that no VMM takes is stored");
}

/// A kernel that is fresh is judged again where the manifest names another VMM; nothing is compiled for that.
#[test]
fn a_fresh_kernel_is_judged_for_a_vmm_that_is_new() {
    let project = Project::toy();
    project.kernel(&["build"]).success();
    let manifest = project.read("Kernel.toml");
    let vm = |line: &str| format!("{manifest}\n[vm.small]\nkernel = \"guest\"\ncmdline = \"\"\n{line}\n");
    project.write("Kernel.toml", &vm("memory = \"8MiB\""));
    let run = project.kernel(&["build", "guest"]).exit(6);
    let said = project.said(&run);
    assert!(!said.contains("Compiling"), "{said}");
    insta::assert_snapshot!(said, @r#"
    error: `vmlinux` cannot be booted by `qemu`, which `[vm.small]` names
      `qemu`: found 8 MiB of memory, expected 17 MiB, where the kernel ends that it starts with
    hint: ask for `memory = "17MiB"`
    "#);

    project.write("Kernel.toml", &vm("memory = \"32MiB\""));
    let run = project.kernel(&["build", "guest"]).success();
    assert!(run.stderr.contains("Fresh"), "{}", run.stderr);

    project.write("Kernel.toml", &vm("contract = \"fircracker\""));
    let run = project.kernel(&["build", "guest"]).exit(1);
    insta::assert_snapshot!(project.said(&run), @r#"
    error: `contract` in `[vm.small]` is `fircracker`, expected `alioth`, `boot-firmware`, `cloud-hypervisor`, `crosvm`, `dragonball`, `firecracker`, `libkrun`, `microvm`, `openvmm` or `qemu`
      --> Kernel.toml:22:12
    22 | contract = "fircracker"
       |            ^^^^^^^^^^^^
    hint: did you mean `firecracker`?
    "#);
}
