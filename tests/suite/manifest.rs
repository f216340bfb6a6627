//! Errors in a manifest as a person reads them, all at once.

use tests::Project;

#[test]
fn every_error_comes_at_once_with_its_place() {
    let project = Project::toy();
    project.write(
        "Kernel.toml",
        r#"schema = 1

[source.toy]
version = "6.x.1"
path = "toy"

[kernel.guest]
source = "tpy"
arch = "arm64"
framgents = ["kernel/*.config"]
images = ["bzimage"]

[kernel.guest.config]
NR_CPUS = 4.5

[vm.demo]
kernel = "gest"
runner = "workspace"
memory = "lots"
"#,
    );
    let run = project.kernel(&["check"]).exit(1);
    insta::assert_snapshot!(project.said(&run), @r#"
    error: `6.x.1` is not a version requirement: expected a series like `6.12`, `=6.12.30` or `>=6.6, <6.13`
     --> Kernel.toml:4:11
    4 | version = "6.x.1"
      |           ^^^^^^^

    error: no source `tpy`, which `source` in `[kernel.guest]` names
     --> Kernel.toml:8:10
    8 | source = "tpy"
      |          ^^^^^
    hint: did you mean `toy`?

    error: `arch` in `[kernel.guest]` is `arm64`, expected `x86_64`, `aarch64`, `riscv64` or `arm`
     --> Kernel.toml:9:8
    9 | arch = "arm64"
      |        ^^^^^^^
    hint: did you mean `aarch64`?

    error: unknown key `framgents` in `[kernel.guest]`
      --> Kernel.toml:10:1
    10 | framgents = ["kernel/*.config"]
       | ^^^^^^^^^
    hint: did you mean `fragments`?

    error: an element of `images` in `[kernel.guest]` is `bzimage`, expected `vmlinux`, `bzImage`, `Image`, `Image.gz` or `zImage`
      --> Kernel.toml:11:11
    11 | images = ["bzimage"]
       |           ^^^^^^^^^
    hint: did you mean `bzImage`?

    error: the value of `CONFIG_NR_CPUS` is a float, expected `"y"`, `"m"`, `"n"`, a boolean, an integer, a string or a table
      --> Kernel.toml:14:11
    14 | NR_CPUS = 4.5
       |           ^^^

    error: no `cmdline` in `[vm.demo]`
      --> Kernel.toml:16:5
    16 | [vm.demo]
       |     ^^^^
    hint: `cmdline` is the kernel command line

    error: no kernel `gest`, which `kernel` in `[vm.demo]` names
      --> Kernel.toml:17:10
    17 | kernel = "gest"
       |          ^^^^^^
    hint: did you mean `guest`?

    error: runner `workspace` without a `vmm` in `[vm.demo]`
      --> Kernel.toml:18:1
    18 | runner = "workspace"
       | ^^^^^^
    hint: add `vmm = { package = "…" }`, or write `runner = "qemu"`

    error: `lots` is not a size: expected a number with `KiB`, `MiB` or `GiB`, such as `128MiB`
      --> Kernel.toml:19:10
    19 | memory = "lots"
       |          ^^^^^^
    "#);
}

#[test]
fn a_manifest_that_is_no_toml_is_an_error_with_its_place() {
    let project = Project::toy();
    project.write("Kernel.toml", "schema = 1\n[kernel.guest\n");
    let run = project.kernel(&["check"]).exit(1);
    insta::assert_snapshot!(project.said(&run), @"
    error: unclosed table, expected `]`
     --> Kernel.toml:2:14
    2 | [kernel.guest
      |              ^
    ");
}

#[test]
fn no_manifest_at_all() {
    let project = Project::empty();
    let run = project.kernel(&["build"]).exit(1);
    insta::assert_snapshot!(project.said(&run), @"
    error: no `Kernel.toml` and no `[workspace.metadata.kernel]` in `[ROOT]` or any directory above it
    hint: `cargo kernel init` writes a `Kernel.toml` beside the workspace's `Cargo.toml`
    ");
}

#[test]
fn an_unknown_kernel_gets_a_suggestion() {
    let project = Project::toy();
    let run = project.kernel(&["build", "gest"]).exit(1);
    insta::assert_snapshot!(project.said(&run), @"
    error: the manifest has no kernel `gest`
    hint: did you mean `guest`?
    ");
}

#[test]
fn an_unknown_argument_is_a_usage_error() {
    Project::toy().kernel(&["build", "--no-such-flag"]).exit(2);
}
