//! Values of `[vm.*]`.

use super::{GOOD, broken, errors};

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
    error: `runner` in `[vm.demo]` is `qemuu`, expected `workspace`, `qemu` or `firmware`
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
    hint: the keys are `package` and `bin`

    error: unknown key `static` in `[vm.demo.init]`
      --> Kernel.toml:24:45
    24 | init = { package = "guest init", args = [], static = false }
       |                                             ^^^^^^
    hint: the keys are `package` and `bin`
    "#);
    insta::assert_snapshot!(broken(&[("\"workspace\"", "\"qemu\"\nnested-host = \"guest\"")]), @r#"
    error: `nested-host` in `[vm.demo]` with runner `qemu`
      --> Kernel.toml:26:15
    26 | nested-host = "guest"
       |               ^^^^^^^
    hint: delete it: only the workspace's own VMM needs KVM
    "#);
    let other = "nested-host = \"arm\"\n[kernel.arm]\nsource = \"linux-6_12\"\narch = \"aarch64\"\n";
    insta::assert_snapshot!(errors(&format!("{GOOD}{other}")), @r#"
    error: nested host `arm` is for aarch64, but kernel `guest` is for x86_64
      --> Kernel.toml:28:15
    28 | nested-host = "arm"
       |               ^^^^^
    "#);
}
