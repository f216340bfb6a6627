//! Values of `[vm.*]`.

use super::{GOOD, broken, errors, good};
use crate::KernelName;
use crate::Runner;

#[test]
fn machines() {
    insta::assert_snapshot!(broken(&[("vmm = ", "firmware = ")]), @r#"
    error: unknown key `args` in `[vm.demo.firmware]`
      --> Kernel.toml:23:35
    23 | firmware = { package = "microvm", args = ["--kernel", "{image}", "--memory={memory-mib}"] }
       |                                   ^^^^
    hint: the keys are `package` and `bin`

    error: runner `workspace` without a `vmm` in `[vm.demo]`
      --> Kernel.toml:25:1
    25 | runner = "workspace"
       | ^^^^^^
    hint: add `vmm = { package = "…" }`, or write `runner = "qemu"`
    "#);
    insta::assert_snapshot!(broken(&[("\"workspace\"", "\"firmware\"")]), @r#"
    error: runner `firmware` without a `firmware` in `[vm.demo]`
      --> Kernel.toml:25:1
    25 | runner = "firmware"
       | ^^^^^^
    hint: add `firmware = { package = "…" }`, or write `runner = "qemu"`
    "#);
    insta::assert_snapshot!(broken(&[("\"workspace\"", "\"qemuu\"")]), @r#"
    error: `runner` in `[vm.demo]` is `qemuu`, expected `workspace`, `qemu`, `firmware`, `firecracker`, `cloud-hypervisor`, `crosvm` or `alioth`
      --> Kernel.toml:25:10
    25 | runner = "qemuu"
       |          ^^^^^^^
    hint: did you mean `qemu`?
    "#);
    insta::assert_snapshot!(broken(&[("{image}", "{imgae}"), ("{memory-mib}", "{ram}={firmware}")]), @r#"
    error: unknown placeholder `{imgae}` in `args`
      --> Kernel.toml:23:50
    23 | vmm = { package = "microvm", args = ["--kernel", "{imgae}", "--memory={ram}={firmware}"] }
       |                                                  ^^^^^^^^^
    hint: did you mean `{image}`?

    error: unknown placeholder `{ram}` in `args`
      --> Kernel.toml:23:61
    23 | vmm = { package = "microvm", args = ["--kernel", "{imgae}", "--memory={ram}={firmware}"] }
       |                                                             ^^^^^^^^^^^^^^^^^^^^^^^^^^^
    hint: the placeholders are `{image}`, `{initramfs}`, `{cmdline}`, `{memory-mib}` and `{firmware}`

    error: `{firmware}` in `args`, but no `firmware` in `[vm.demo]`
      --> Kernel.toml:23:61
    23 | vmm = { package = "microvm", args = ["--kernel", "{imgae}", "--memory={ram}={firmware}"] }
       |                                                             ^^^^^^^^^^^^^^^^^^^^^^^^^^^
    hint: add `firmware = { package = "…" }`
    "#);
    insta::assert_snapshot!(broken(&[("init = {", "# {"), ("{image}", "{initramfs}")]), @r#"
    error: `{initramfs}` in `args`, but no `init` in `[vm.demo]`
      --> Kernel.toml:23:50
    23 | vmm = { package = "microvm", args = ["--kernel", "{initramfs}", "--memory={memory-mib}"] }
       |                                                  ^^^^^^^^^^^^^
    hint: add `init = { package = "…" }`
    "#);
    insta::assert_snapshot!(broken(&[("package = \"guest-init\"", "package = \"guest init\", args = [], static = false")]), @r#"
    error: `guest init` is not a package's name: expected letters, digits, `-` and `_`
      --> Kernel.toml:24:20
    24 | init = { package = "guest init", args = [], static = false }
       |                    ^^^^^^^^^^^^

    error: unknown key `args` in `[vm.demo.init]`
      --> Kernel.toml:24:34
    24 | init = { package = "guest init", args = [], static = false }
       |                                  ^^^^
    hint: the keys are `package`, `bin` and `embed`

    error: unknown key `static` in `[vm.demo.init]`
      --> Kernel.toml:24:45
    24 | init = { package = "guest init", args = [], static = false }
       |                                             ^^^^^^
    hint: the keys are `package`, `bin` and `embed`
    "#);
    insta::assert_snapshot!(broken(&[("\"workspace\"", "\"qemu\"\nnested-host = \"guest\"")]), @r#"
    error: `nested-host` in `[vm.demo]` with runner `qemu`
      --> Kernel.toml:26:15
    26 | nested-host = "guest"
       |               ^^^^^^^
    hint: delete it: QEMU runs a guest without KVM, too
    "#);
    let other = "nested-host = \"arm\"\n[kernel.arm]\nsource = \"linux-6_12\"\narch = \"aarch64\"\n";
    insta::assert_snapshot!(errors(&format!("{GOOD}{other}")), @r#"
    error: nested host `arm` is for aarch64, but kernel `guest` is for x86_64
      --> Kernel.toml:28:15
    28 | nested-host = "arm"
       |               ^^^^^
    "#);
}

#[test]
fn a_runner_is_a_name_or_a_table() {
    let with = |runner: &str| format!("{}runner = {runner}\n", GOOD.replace("runner = \"workspace\"\n", ""));
    let written = |runner: &str| {
        let spec = good(&with(runner));
        let vm = spec.vms.values().next().expect("a VM");
        let words: Vec<_> = vm.runner_command.iter().map(|word| word.value.clone()).collect();
        (vm.runner.value, vm.runner_path.as_ref().map(|path| path.value.clone()), words.join(" "))
    };
    assert_eq!(written("\"alioth\""), (Runner::Alioth, None, String::new()));
    let named = "{ name = \"firecracker\", path = \"bin/fc\" }";
    assert_eq!(written(named), (Runner::Firecracker, Some("bin/fc".into()), String::new()));
    let command = "{ command = [\"lkvm\", \"run\", \"{image}\"] }";
    assert_eq!(written(command), (Runner::Command, None, "lkvm run {image}".into()));

    let wrong = |runner: &str| errors(&with(runner));
    insta::assert_snapshot!(wrong("{ path = \"bin/fc\" }"), @r#"
    error: `runner` in `[vm.demo]` needs one of `name` and `command`
      --> Kernel.toml:27:1
    27 | runner = { path = "bin/fc" }
       | ^^^^^^
    hint: write `{ name = "firecracker", path = "…" }`, or `{ command = ["vmm", "{image}"] }`
    "#);
    insta::assert_snapshot!(wrong("{ name = \"qemu\", command = [\"qemu\"] }"), @r#"
    error: `runner` in `[vm.demo]` needs one of `name` and `command`
      --> Kernel.toml:27:1
    27 | runner = { name = "qemu", command = ["qemu"] }
       | ^^^^^^
    hint: write `{ name = "firecracker", path = "…" }`, or `{ command = ["vmm", "{image}"] }`
    "#);
    insta::assert_snapshot!(wrong("{ command = [] }"), @r"
    error: `command` of `runner` in `[vm.demo]` names no program
      --> Kernel.toml:27:12
    27 | runner = { command = [] }
       |            ^^^^^^^
    ");
    insta::assert_snapshot!(wrong("{ command = [\"vmm\", \"{imaeg}\"] }"), @r#"
    error: unknown placeholder `{imaeg}` in `args`
      --> Kernel.toml:27:30
    27 | runner = { command = ["vmm", "{imaeg}"] }
       |                              ^^^^^^^^^
    hint: did you mean `{image}`?
    "#);
}

#[test]
fn devices() {
    let with = |keys: &str| broken(&[("memory = \"128MiB\"", keys)]);
    insta::assert_snapshot!(with("disk = [{ path = \"a\", from = \"b\" }, { from = \"c\" }, { format = \"ext4\" }]"), @r#"
    error: both of `path` and `from` in `[vm.demo.disk]`
      --> Kernel.toml:27:9
    27 | disk = [{ path = "a", from = "b" }, { from = "c" }, { format = "ext4" }]
       |         ^^^^^^^^^^^^^^^^^^^^^^^^^^
    hint: a disk is an image by `path`, or a folder by `from`

    error: no `format` beside `from` in `[vm.demo.disk]`
      --> Kernel.toml:27:39
    27 | disk = [{ path = "a", from = "b" }, { from = "c" }, { format = "ext4" }]
       |                                       ^^^^
    hint: add `format = "ext4"`, `"erofs"` or `"squashfs"`

    error: none of `path` and `from` in `[vm.demo.disk]`
      --> Kernel.toml:27:53
    27 | disk = [{ path = "a", from = "b" }, { from = "c" }, { format = "ext4" }]
       |                                                     ^^^^^^^^^^^^^^^^^^^
    hint: a disk is an image by `path`, or a folder by `from`
    "#);
    insta::assert_snapshot!(with("disk = [{ from = \"a\", format = \"erofs\", writable = true }, { path = \"a\", size = 1 }]"), @r#"
    error: `writable` with `format = "erofs"` in `[vm.demo.disk]`
      --> Kernel.toml:27:41
    27 | disk = [{ from = "a", format = "erofs", writable = true }, { path = "a", size = 1 }]
       |                                         ^^^^^^^^
    hint: that file system cannot be written to: `format = "ext4"` can

    error: `size` beside `path` in `[vm.demo.disk]`
      --> Kernel.toml:27:74
    27 | disk = [{ from = "a", format = "erofs", writable = true }, { path = "a", size = 1 }]
       |                                                                          ^^^^
    hint: delete it: an image has the size that it has
    "#);
    insta::assert_snapshot!(with("disk = [{ path = \"a\", root = true }, { path = \"b\", root = true }]"), @r#"
    error: two disks with `root` in `[vm.demo]`
      --> Kernel.toml:27:38
    27 | disk = [{ path = "a", root = true }, { path = "b", root = true }]
       |                                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^
    "#);
    insta::assert_snapshot!(with("share = [{ path = \"a\", tag = \"a b\" }, { path = \"a\", mount = \"b\" }]"), @r#"
    error: `a b` is not a share's tag: expected up to 36 letters, digits, `-` and `_`
      --> Kernel.toml:27:30
    27 | share = [{ path = "a", tag = "a b" }, { path = "a", mount = "b" }]
       |                              ^^^^^

    error: `mount` in `[vm.demo.share]` is `b`: expected an absolute path without spaces and commas
      --> Kernel.toml:27:61
    27 | share = [{ path = "a", tag = "a b" }, { path = "a", mount = "b" }]
       |                                                             ^^^
    "#);
    insta::assert_snapshot!(with("share = [{ path = \"a\", tag = \"x\" }, { path = \"b\", tag = \"x\" }]\nvsock = 2"), @r#"
    error: two shares with the tag `x` in `[vm.demo]`
      --> Kernel.toml:27:37
    27 | share = [{ path = "a", tag = "x" }, { path = "b", tag = "x" }]
       |                                     ^^^^^^^^^^^^^^^^^^^^^^^^^

    error: `vsock` in `[vm.demo]` is 2: expected a guest's context identifier, from 3 to 4294967294
      --> Kernel.toml:28:9
    28 | vsock = 2
       |         ^
    "#);
}

/// An init in the kernel: what does not go with it, and that a kernel has room for one.
#[test]
fn an_init_is_built_in() {
    let spec = good(&GOOD.replace("package = \"guest-init\"", "package = \"guest-init\", embed = true"));
    let kernel = KernelName::new("guest").expect("a name");
    let init = spec.built_in_init(&kernel).expect("an init");
    assert_eq!((init.vm.name.value.as_str(), init.package.package.value.as_str()), ("demo", "guest-init"));
    let layer = crate::built_in_init_layer(&spec.kernels[&kernel], &init);
    assert_eq!(layer.said(), "CONFIG_INITRAMFS_SOURCE=\"initramfs.cpio\"\n");
    assert!(
        good(&GOOD.replace("\"guest-init\" }", "\"guest-init\", embed = false }"))
            .built_in_init(&kernel)
            .is_none()
    );

    let embed = ("package = \"guest-init\"", "package = \"guest-init\", embed = true");
    insta::assert_snapshot!(broken(&[embed, ("{image}", "{initramfs}")]), @r#"
    error: `{initramfs}` in `args`, but the init of `[vm.demo]` is built into its kernel
      --> Kernel.toml:23:50
    23 | vmm = { package = "microvm", args = ["--kernel", "{initramfs}", "--memory={memory-mib}"] }
       |                                                  ^^^^^^^^^^^^^
    hint: leave the argument out, or `embed`
    "#);
    let disk = (
        "memory = \"128MiB\"\n",
        "memory = \"128MiB\"\n[[vm.demo.disk]]\npath = \"root.img\"\nroot = true\n",
    );
    insta::assert_snapshot!(broken(&[embed, disk]), @r#"
    error: a root disk in `[vm.demo]`, whose init is built into its kernel
      --> Kernel.toml:24:34
    24 | init = { package = "guest-init", embed = true }
       |                                  ^^^^^
    hint: leave `root` or `embed` out: a kernel that has an init does not come to mounting a root
    "#);
    let other = "memory = \"128MiB\"\n[vm.other]\nkernel = \"guest\"\ninit = { package = \"init\", embed = true }\n\
                 cmdline = \"quiet\"\n";
    insta::assert_snapshot!(broken(&[embed, ("memory = \"128MiB\"\n", other)]), @r#"
    error: kernel `guest` has `guest-init` of `[vm.demo]` built in, and cannot have `init` of `[vm.other]` too
      --> Kernel.toml:30:28
    30 | init = { package = "init", embed = true }
       |                            ^^^^^
    hint: give one of the two VMs a kernel of its own: `inherits` makes a like one
    "#);
    insta::assert_snapshot!(broken(&[("package = \"guest-init\"", "package = \"guest-init\", embed = 1")]), @r#"
    error: `embed` in `[vm.demo.init]` is an integer, expected `true` or `false`
      --> Kernel.toml:24:42
    24 | init = { package = "guest-init", embed = 1 }
       |                                          ^
    "#);
}
