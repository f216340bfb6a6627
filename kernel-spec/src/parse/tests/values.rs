//! Values of `[source.*]` and `[kernel.*]`.

use super::*;

#[test]
fn bases() {
    for (text, expect) in [
        ("allnoconfig", Some(Base::Allnoconfig)),
        ("alldefconfig", Some(Base::Alldefconfig)),
        ("defconfig", Some(Base::Defconfig)),
        ("x86_64_defconfig", Some(Base::NamedDefconfig("x86_64_defconfig".into()))),
        ("configs/base.config", Some(Base::File("configs/base.config".into()))),
        (".config", Some(Base::File(".config".into()))),
        ("_defconfig", None),
        ("tinyconfg", None),
    ] {
        assert_eq!(Base::parse(text).ok(), expect, "{text}");
    }
}

#[test]
fn arches_and_images() {
    let check = |arch: &str| broken(&[("arch = \"x86_64\"", &format!("arch = \"{arch}\""))]);
    insta::assert_snapshot!(check("arm64"), @r#"
    error: `arch` in `[kernel.guest]` is `arm64`, expected `x86_64`, `aarch64`, `riscv64` or `arm`
     --> Kernel.toml:9:8
    9 | arch = "arm64"
      |        ^^^^^^^
    hint: did you mean `aarch64`?
    "#);
    assert!(check("riscv").contains("did you mean `riscv64`?"));
    assert!(check("amd64").contains("did you mean `x86_64`?"));
    assert!(check("x86_46").contains("did you mean `x86_64`?"));
    assert!(!check("sparc").contains("hint"), "{}", check("sparc"));
    insta::assert_snapshot!(broken(&[("x86_64", "riscv64"), ("\"vmlinux\", \"bzImage\"", "\"Image\", \"bzImage\", \"Image\"")]), @r#"
    error: image `bzImage` is not made for riscv64: expected `vmlinux`, `Image` or `Image.gz`
      --> Kernel.toml:14:20
    14 | images = ["Image", "bzImage", "Image"]
       |                    ^^^^^^^^^

    error: image `Image` twice in `[kernel.guest]`
      --> Kernel.toml:14:31
    14 | images = ["Image", "bzImage", "Image"]
       |                               ^^^^^^^
    "#);
    insta::assert_snapshot!(broken(&[("images = [\"vmlinux\", \"bzImage\"]", "images = []")]), @r#"
    error: no image in `images` of `[kernel.guest]`
      --> Kernel.toml:14:1
    14 | images = []
       | ^^^^^^
    hint: write `images = ["bzImage"]`
    "#);
    insta::assert_snapshot!(broken(&[("kernel = \"guest\"", "kernel = \"guest\"\nimage = \"Image\"")]), @r#"
    error: kernel `guest` does not build the image `Image`: expected `vmlinux` or `bzImage`
      --> Kernel.toml:23:9
    23 | image = "Image"
       |         ^^^^^^^
    hint: add `Image` to `images` of `[kernel.guest]`
    "#);
    let unknown_host = SpecContext { host_arch: None };
    let text = SourceText { path: "Kernel.toml".into(), text: GOOD.replace("arch = \"x86_64\"\n", "") };
    insta::assert_snapshot!(shown(&KernelSpec::parse(text, &unknown_host).expect_err("no arch")), @"
    error: no `arch` in `[kernel.guest]`, and this machine's is none that a kernel is built for
     --> Kernel.toml:7:9
    7 | [kernel.guest]
      |         ^^^^^
    hint: add `arch`: `x86_64`, `aarch64`, `riscv64` or `arm`
    ");
}

#[test]
fn versions() {
    let check = |version: &str| broken(&[("version = \"6.12\"", &format!("version = \"{version}\""))]);
    insta::assert_snapshot!(check("v6.12"), @r#"
    error: `v6.12` is not a version requirement: expected a series like `6.12`, `=6.12.30` or `>=6.6, <6.13`
     --> Kernel.toml:4:11
    4 | version = "v6.12"
      |           ^^^^^^^
    hint: write `6.12`
    "#);
    insta::assert_snapshot!(check(">=6.*"), @r#"
    error: `>=6.*` has both an operator and `*`: expected one of them
     --> Kernel.toml:4:11
    4 | version = ">=6.*"
      |           ^^^^^^^
    "#);
    insta::assert_snapshot!(check("6.12,"), @r#"
    error: an empty version requirement: expected a series like `6.12`
     --> Kernel.toml:4:11
    4 | version = "6.12,"
      |           ^^^^^^^
    "#);
    let check = |promise: &str| broken(&[("{version}-guest", promise)]);
    insta::assert_snapshot!(check("{kernelversion}-guest"), @r#"
    error: unknown placeholder `{kernelversion}` in `mod-dir-version`: expected `{version}`
      --> Kernel.toml:13:19
    13 | mod-dir-version = "{kernelversion}-guest"
       |                   ^^^^^^^^^^^^^^^^^^^^^^^
    hint: write it as `{version}-guest`, or exactly, as `6.12.117-guest`
    "#);
    insta::assert_snapshot!(check("guest"), @r#"
    error: `guest` is not a kernelrelease: expected it to start with `{version}` or a version
      --> Kernel.toml:13:19
    13 | mod-dir-version = "guest"
       |                   ^^^^^^^
    hint: write it as `{version}-guest`, or exactly, as `6.12.117-guest`
    "#);
    insta::assert_snapshot!(check("6.13.2-guest"), @r#"
    error: `mod-dir-version` is `6.13.2-guest`, but source `linux-6_12` has a version `6.12`
      --> Kernel.toml:13:19
    13 | mod-dir-version = "6.13.2-guest"
       |                   ^^^^^^^^^^^^^^
    hint: write `{version}-guest`, or another version
    "#);
    insta::assert_snapshot!(check(&format!("{{version}}-{}", "x".repeat(64))), @r#"
    error: `mod-dir-version` has 74 characters, expected at most 64
      --> Kernel.toml:13:19
    13 | mod-dir-version = "{version}-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
       |                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    "#);
    good(&GOOD.replace("{version}-guest", "6.12.117-guest"));
    good(
        &GOOD
            .replace("{version}-guest", "6.12.117-rt4-guest")
            .replace("version = \"6.12\"", "version = \"=6.12.117\""),
    );
}

#[test]
fn bases_and_local_versions() {
    insta::assert_snapshot!(broken(&[("base = \"tinyconfig\"", "base = \"allyesconfig\""), ("\"-guest\"", "\"-my guest\"")]), @r#"
    error: `allyesconfig` is not a base: expected `allnoconfig`, `alldefconfig`, `tinyconfig`, `defconfig`, `<name>_defconfig` or a path
      --> Kernel.toml:10:8
    10 | base = "allyesconfig"
       |        ^^^^^^^^^^^^^^
    hint: kernels are built from what is asked for

    error: `local-version` is `-my guest`, expected letters, digits, `-`, `_`, `.`, `+` and `~`
      --> Kernel.toml:12:17
    12 | local-version = "-my guest"
       |                 ^^^^^^^^^^^
    "#);
    insta::assert_snapshot!(broken(&[("base = \"tinyconfig\"", "base = \"mine\""), ("\"-guest\"", "\"\"")]), @r#"
    error: `mine` is not a base: expected `allnoconfig`, `alldefconfig`, `tinyconfig`, `defconfig`, `<name>_defconfig` or a path
      --> Kernel.toml:10:8
    10 | base = "mine"
       |        ^^^^^^
    hint: write `./mine` for a file in the manifest's folder

    error: an empty `local-version`: expected a suffix such as `-guest`
      --> Kernel.toml:12:17
    12 | local-version = ""
       |                 ^^
    "#);
}

#[test]
fn origins() {
    let check = |origin: &str| broken(&[("deb = \"linux-source-6.12\"", origin)]);
    insta::assert_snapshot!(broken(&[("version = \"6.12\"\ndeb = \"linux-source-6.12\"", "")]), @r#"
    error: no origin in `[source.linux-6_12]`: expected `version` alone, or `deb`, `kernel-org`, `url`, `git`, `path` or `origins`
     --> Kernel.toml:3:9
    3 | [source.linux-6_12]
      |         ^^^^^^^^^^
    hint: write `version = "6.12"` for the newest release of a series from kernel.org, `url = "…"` with `sha256 = "…"`, or `path = "…"`
    "#);
    insta::assert_snapshot!(check("deb = \"x1\"\npath = \"linux\""), @r#"
    error: both `deb` and `path` in `[source.linux-6_12]`: expected one origin
     --> Kernel.toml:6:1
    6 | path = "linux"
      | ^^^^
    hint: for several, write `origins = [{ … }, { … }]`
    "#);
    insta::assert_snapshot!(check("deb = \"linux-source-6.12=6.12.117-1\"\nsha256 = \"12\""), @r#"
    error: `linux-source-6.12=6.12.117-1` is not a package's name: expected lowercase letters, digits, `+`, `-` and `.`
     --> Kernel.toml:5:7
    5 | deb = "linux-source-6.12=6.12.117-1"
      |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    hint: write the name alone, without a version

    error: `sha256` beside `deb` in `[source.linux-6_12]`: expected it with `url` only
     --> Kernel.toml:6:1
    6 | sha256 = "12"
      | ^^^^^^
    hint: delete it: the digest of a package is pinned in Kernel.lock
    "#);
    insta::assert_snapshot!(check("url = \"https://example.org/linux-6.12.tar.xz\""), @r#"
    error: `url` without `sha256` in `[source.linux-6_12]`
     --> Kernel.toml:5:1
    5 | url = "https://example.org/linux-6.12.tar.xz"
      | ^^^
    hint: add `sha256 = "…"`, the digest of the file: the 64 digits that `sha256sum` prints
    "#);
    insta::assert_snapshot!(check("url = \"file:///usr/src/linux\"\nsha256 = \"12\""), @r#"
    error: `file:///usr/src/linux` is not an address: expected `https://…`
     --> Kernel.toml:5:7
    5 | url = "file:///usr/src/linux"
      |       ^^^^^^^^^^^^^^^^^^^^^^^
    hint: write `path = "/usr/src/linux"` for a tree on this machine

    error: `12` is not a digest: expected 64 hexadecimal digits
     --> Kernel.toml:6:10
    6 | sha256 = "12"
      |          ^^^^
    "#);
    insta::assert_snapshot!(check("url = \"https://example.org/linux\"\nsha256 = \"12\""), @r#"
    error: `https://example.org/linux` does not name a tarball: expected an address that ends with `.tar`, `.tar.gz`, `.tgz`, `.tar.xz`, `.txz`, `.tar.bz2`, `.tbz2` or `.tar.zst`
     --> Kernel.toml:5:7
    5 | url = "https://example.org/linux"
      |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^

    error: `12` is not a digest: expected 64 hexadecimal digits
     --> Kernel.toml:6:10
    6 | sha256 = "12"
      |          ^^^^
    "#);
}

#[test]
fn requests() {
    insta::assert_snapshot!(broken(&[("NR_CPUS = 4", "SMP = \"n\"\nCONFIG_LOCALVERSION = \"-dbg\"")]), @r#"
    error: `CONFIG_SMP` twice in the `config` of `[kernel.guest]`
      --> Kernel.toml:19:1
    19 | SMP = "n"
       | ^^^ first at Kernel.toml:18:1

    error: `CONFIG_LOCALVERSION` beside `local-version` in `[kernel.guest]`
      --> Kernel.toml:20:1
    20 | CONFIG_LOCALVERSION = "-dbg"
       | ^^^^^^^^^^^^^^^^^^^
    hint: delete one of them: `local-version` is the request for CONFIG_LOCALVERSION
    "#);
}
