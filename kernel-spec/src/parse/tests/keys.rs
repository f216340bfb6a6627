//! Keys, types, names, and the shape of the file.

use super::{broken, errors};

#[test]
fn syntax() {
    insta::assert_snapshot!(errors("schema = 1\n[kernel.guest\nsource = \n"), @"
    error: unclosed table, expected `]`
     --> Kernel.toml:2:14
    2 | [kernel.guest
      |              ^
    ");
    insta::assert_snapshot!(errors("schema = 1\n[kernel.a.config]\nSMP = \"y\"\nSMP = \"n\"\n[kernel.a]\n[kernel.a]\n"), @r#"
    error: `SMP` twice in one table
     --> Kernel.toml:4:1
    4 | SMP = "n"
      | ^^^

    error: `a` twice in one table
     --> Kernel.toml:6:9
    6 | [kernel.a]
      |         ^
    "#);
}

#[test]
fn schema() {
    insta::assert_snapshot!(broken(&[("schema = 1\n", "")]), @"
    error: no `schema` in `Kernel.toml`
     --> Kernel.toml:1:1
    1 |
      | ^
    hint: `schema` is the version of this file's format: `1`
    ");
    insta::assert_snapshot!(errors("schema = 2\nbrand-new = true\n"), @"
    error: `schema` is 2, expected at most 1
     --> Kernel.toml:1:10
    1 | schema = 2
      |          ^
    hint: this file needs a newer `cargo-kernel` (this one is 0.1.0)
    ");
    insta::assert_snapshot!(errors("schema = 0\nkernels = 1\n"), @"
    error: `schema` is 0, expected 1
     --> Kernel.toml:1:10
    1 | schema = 0
      |          ^
    hint: write `schema = 1`

    error: unknown key `kernels` in `Kernel.toml`
     --> Kernel.toml:2:1
    2 | kernels = 1
      | ^^^^^^^
    hint: did you mean `kernel`?
    ");
    insta::assert_snapshot!(errors("schema = \"1\"\nkernel = 1\nvm.demo = 2\n"), @r#"
    error: `schema` in `Kernel.toml` is a string, expected a whole number
     --> Kernel.toml:1:10
    1 | schema = "1"
      |          ^^^
    hint: write `schema = 1`

    error: `kernel` in `Kernel.toml` is an integer, expected a table
     --> Kernel.toml:2:10
    2 | kernel = 1
      |          ^
    hint: write a table `[kernel.NAME]`

    error: `[vm.demo]` is an integer, expected a table
     --> Kernel.toml:3:11
    3 | vm.demo = 2
      |           ^
    "#);
}

#[test]
fn unknown_and_missing_keys() {
    insta::assert_snapshot!(broken(&[
        ("deb =", "dbe ="),
        ("source = \"linux-6_12\"\n", "colour = \"blue\"\n"),
        ("kernel = \"guest\"\n", ""),
        ("package = \"microvm\", args", "arguments"),
    ]), @r#"
    error: unknown key `dbe` in `[source.linux-6_12]`
     --> Kernel.toml:5:1
    5 | dbe = "linux-source-6.12"
      | ^^^
    hint: did you mean `deb`?

    error: no `source` in `[kernel.guest]`
     --> Kernel.toml:7:9
    7 | [kernel.guest]
      |         ^^^^^
    hint: `source` is the name of a `[source.NAME]`

    error: unknown key `colour` in `[kernel.guest]`
     --> Kernel.toml:8:1
    8 | colour = "blue"
      | ^^^^^^
    hint: the keys are `inherits`, `source`, `arch`, `base`, `unlisted`, `profiles`, `fragments`, `local-version`, `mod-dir-version`, `images`, `contracts`, `strict`, `modules`, `mod2yes`, `auto-modules`, `prefer-builtin`, `config`, `patch`, `toolchain`, `features`, `may-miss`, `on-conflict` and `deny-conflicts`

    error: no `kernel` in `[vm.demo]`
      --> Kernel.toml:21:5
    21 | [vm.demo]
       |     ^^^^
    hint: `kernel` is the name of a `[kernel.NAME]`

    error: no `package` in `[vm.demo.vmm]`
      --> Kernel.toml:22:1
    22 | vmm = { arguments = ["--kernel", "{image}", "--memory={memory-mib}"] }
       | ^^^
    hint: `package` is the name of a package of the workspace

    error: unknown key `arguments` in `[vm.demo.vmm]`
      --> Kernel.toml:22:9
    22 | vmm = { arguments = ["--kernel", "{image}", "--memory={memory-mib}"] }
       |         ^^^^^^^^^
    hint: the keys are `package`, `bin`, `args` and `static`
    "#);
}

#[test]
fn wrong_types() {
    insta::assert_snapshot!(broken(&[
        ("version = \"6.12\"", "version = 6.12"),
        ("[\"kernel/*.config\"]", "\"kernel/*.config\""),
        ("[\"vmlinux\", \"bzImage\"]", "[\"vmlinux\", 5, \"bzimage\"]"),
        ("\"y\"\nCONFIG_SMP = true\nNR_CPUS = 4", "[\"y\"]\nCONFIG_SMP = 1.5\nNR_CPUS = 0b100\nCMDLINE = \"a\\nb\"\n\"A-B\" = 1"),
        ("{ package = \"guest-init\" }", "\"guest-init\""),
        ("memory = \"128MiB\"", "memory = true\ntimeout = \"60\""),
    ]), @r#"
    error: `version` in `[source.linux-6_12]` is a float, expected a string
     --> Kernel.toml:4:11
    4 | version = 6.12
      |           ^^^^
    hint: write `version = "6.12"`

    error: `fragments` in `[kernel.guest]` is a string, expected an array of strings and tables
      --> Kernel.toml:11:13
    11 | fragments = "kernel/*.config"
       |             ^^^^^^^^^^^^^^^^^
    hint: write `fragments = ["kernel/*.config"]`

    error: an element of `images` in `[kernel.guest]` is an integer, expected a string
      --> Kernel.toml:14:22
    14 | images = ["vmlinux", 5, "bzimage"]
       |                      ^

    error: an element of `images` in `[kernel.guest]` is `bzimage`, expected `vmlinux`, `bzImage`, `Image`, `Image.gz` or `zImage`
      --> Kernel.toml:14:25
    14 | images = ["vmlinux", 5, "bzimage"]
       |                         ^^^^^^^^^
    hint: did you mean `bzImage`?

    error: the value of `CONFIG_VIRTIO_BLK` is an array, expected `"y"`, `"m"`, `"n"`, a boolean, an integer, a string or a table
      --> Kernel.toml:17:14
    17 | VIRTIO_BLK = ["y"]
       |              ^^^^^

    error: the value of `CONFIG_SMP` is a float, expected `"y"`, `"m"`, `"n"`, a boolean, an integer, a string or a table
      --> Kernel.toml:18:14
    18 | CONFIG_SMP = 1.5
       |              ^^^

    error: `0b100` for `CONFIG_NR_CPUS`: expected a decimal or `0x…` number
      --> Kernel.toml:19:11
    19 | NR_CPUS = 0b100
       |           ^^^^^

    error: a control character in the value of `CONFIG_CMDLINE`: expected one line of text
      --> Kernel.toml:20:11
    20 | CMDLINE = "a\nb"
       |           ^^^^^^

    error: `A-B` is not a symbol's name: expected letters, digits and `_`
      --> Kernel.toml:21:1
    21 | "A-B" = 1
       | ^^^^^

    error: `init` in `[vm.demo]` is a string, expected a table
      --> Kernel.toml:26:8
    26 | init = "guest-init"
       |        ^^^^^^^^^^^^
    hint: write `init = { package = "guest-init" }`

    error: `memory` in `[vm.demo]` is a boolean, expected a size such as `"128MiB"`
      --> Kernel.toml:29:10
    29 | memory = true
       |          ^^^^

    error: `timeout` in `[vm.demo]` is a string, expected a whole number
      --> Kernel.toml:30:11
    30 | timeout = "60"
       |           ^^^^
    hint: write `timeout = 60`
    "#);
    insta::assert_snapshot!(broken(&[("memory = \"128MiB\"", "silence = 0\nmarker = \" \"")]), @r#"
    error: `silence` in `[vm.demo]` is 0, expected at least one second
      --> Kernel.toml:27:11
    27 | silence = 0
       |           ^

    error: `marker` in `[vm.demo]` is no part of a line: expected a text on one line
      --> Kernel.toml:28:10
    28 | marker = " "
       |          ^^^
    "#);
    insta::assert_snapshot!(broken(&[("memory = \"128MiB\"", "memory = -1\ntimeout = 0")]), @r#"
    error: `memory` in `[vm.demo]` is no number of bytes, expected a size such as `"128MiB"`
      --> Kernel.toml:27:1
    27 | memory = -1
       | ^^^^^^

    error: `timeout` in `[vm.demo]` is 0, expected at least one second
      --> Kernel.toml:28:11
    28 | timeout = 0
       |           ^
    "#);
    insta::assert_snapshot!(broken(&[("base = \"tinyconfig\"", "base = \"tinyconfg\"\nmod2yes = \"true\"\nunlisted = \"no\"")]), @r#"
    error: `tinyconfg` is not a base: expected `allnoconfig`, `alldefconfig`, `tinyconfig`, `defconfig`, `<name>_defconfig` or a path
      --> Kernel.toml:10:8
    10 | base = "tinyconfg"
       |        ^^^^^^^^^^^
    hint: did you mean `tinyconfig`?

    error: `mod2yes` in `[kernel.guest]` is a string, expected `true` or `false`
      --> Kernel.toml:11:11
    11 | mod2yes = "true"
       |           ^^^^^^
    hint: write `mod2yes = true`

    error: `unlisted` in `[kernel.guest]` is `no`, expected `n` or `default`
      --> Kernel.toml:12:12
    12 | unlisted = "no"
       |            ^^^^
    hint: did you mean `n`?
    "#);
}

#[test]
fn names() {
    insta::assert_snapshot!(broken(&[
        ("source = \"linux-6_12\"", "source = \"linux-6_21\""),
        ("[vm.demo]", "[kernel.\"a b\"]\nsource = \"mainline\"\n[vm.demo]"),
        ("cmdline =", "nested-host = \"guets\"\ncmdline ="),
    ]), @r#"
    error: no source `linux-6_21`, which `source` in `[kernel.guest]` names
     --> Kernel.toml:8:10
    8 | source = "linux-6_21"
      |          ^^^^^^^^^^^^
    hint: did you mean `linux-6_12`?

    error: `a b` is not a name: expected letters, digits, `-` and `_`, starting with a letter
      --> Kernel.toml:21:9
    21 | [kernel."a b"]
       |         ^^^^^

    error: no source `mainline`, which `source` in `[kernel.a b]` names
      --> Kernel.toml:22:10
    22 | source = "mainline"
       |          ^^^^^^^^^^
    hint: the manifest has `linux-6_12`

    error: no kernel `guets`, which `nested-host` in `[vm.demo]` names
      --> Kernel.toml:28:15
    28 | nested-host = "guets"
       |               ^^^^^^^
    hint: did you mean `guest`?
    "#);
    insta::assert_snapshot!(errors("schema = 1\n[kernel.k]\nsource = \"s\"\n"), @r#"
    error: no source `s`, which `source` in `[kernel.k]` names
     --> Kernel.toml:3:10
    3 | source = "s"
      |          ^^^
    hint: add a table `[source.s]`
    "#);
}
