//! `[matrix]`.

use super::*;

const HEAD: &str = "schema = 1\n[source.old]\nversion = \"6.1\"\npath = \"old\"\n[source.new]\nversion = \"6.12\"\n\
                    path = \"new\"\n[kernel.guest]\nsource = \"new\"\narch = \"x86_64\"\nimages = [\"bzImage\"]\n\
                    fragments = [\"a.config\"]\n[kernel.other]\nsource = \"old\"\narch = \"x86_64\"\n";

fn points(matrix: &str) -> String {
    let spec = good(&format!("{HEAD}{matrix}"));
    let point = |point: crate::Point| {
        let kernel = point.kernel;
        let images: Vec<&str> = kernel.images.iter().map(|image| image.value.as_str()).collect();
        let fragments: Vec<&str> = kernel.fragments.iter().map(|glob| glob.glob.value.as_str()).collect();
        let (name, source, arch) = (kernel.name.value, kernel.source.value, kernel.arch.value);
        format!("{name} of {}: {source} {arch} {images:?} {fragments:?} {:?}\n", point.of, kernel.unlisted)
    };
    spec.points().into_iter().map(point).collect()
}

#[test]
fn every_combination_is_a_kernel() {
    insta::assert_snapshot!(points(""), @r#"
    guest of guest: new x86_64 ["bzImage"] ["a.config"] Default
    other of other: old x86_64 ["bzImage"] [] Default
    "#);
    insta::assert_snapshot!(points(
        "[matrix]\nkernels = [\"guest\"]\nsources = [\"old\", \"new\"]\narches = [\"x86_64\", \"aarch64\"]\n\
         exclude = [{ source = \"old\", arch = \"aarch64\" }, { variant = \"small\", source = \"old\" }]\n\
         [matrix.variants.small]\nunlisted = \"n\"\nfragments = { append = [\"b.config\"] }\n"
    ), @r#"
    guest--old--x86_64 of guest: old x86_64 ["bzImage"] ["a.config"] Default
    guest--new--x86_64 of guest: new x86_64 ["bzImage"] ["a.config"] Default
    guest--new--x86_64--small of guest: new x86_64 ["bzImage"] ["a.config", "b.config"] No
    guest--new--aarch64 of guest: new aarch64 ["Image"] ["a.config"] Default
    guest--new--aarch64--small of guest: new aarch64 ["Image"] ["a.config", "b.config"] No
    "#);
}

/// A profile that has nothing for an architecture takes a point away, and not the last one.
#[test]
fn what_is_not_for_an_architecture_is_no_point() {
    let matrix = "[matrix]\nkernels = [\"vmm\"]\narches = [\"x86_64\", \"riscv64\"]\n[matrix.variants.many]\n\
                  config = { NR_CPUS = 8 }\n[kernel.vmm]\ninherits = \"guest\"\nprofiles = [\"firecracker\"]\n";
    let spec = good(&format!("{HEAD}{matrix}"));
    let points: Vec<String> = spec.points().iter().map(|point| point.kernel.name.value.to_string()).collect();
    assert_eq!(points, ["vmm--x86_64", "vmm--x86_64--many"]);
    let unfit: Vec<String> =
        spec.unfit.iter().map(|unfit| format!("{}: {}", unfit.name, unfit.error)).collect();
    insta::assert_snapshot!(unfit.join("\n"), @"
    vmm--riscv64: profile `firecracker` has no layers for riscv64: expected x86_64 or aarch64
    vmm--riscv64--many: profile `firecracker` has no layers for riscv64: expected x86_64 or aarch64
    ");
    // Where it does not hold, it takes nothing away.
    let guarded =
        matrix.replace("[\"firecracker\"]", "[{ name = \"firecracker\", when = { arch = \"x86_64\" } }]");
    let spec = good(&format!("{HEAD}{guarded}"));
    assert_eq!((spec.points().len(), spec.unfit.len()), (4, 0));
}

#[test]
fn what_is_wrong() {
    let wrong = [
        "[matrix]\nkernels = [\"gest\"]\nsources = [\"newer\"]\narches = [\"x86\"]\nkernel = 1\nexclude = [{}]\n",
        "[matrix]\narches = [\"riscv64\"]\n[kernel.vmm]\ninherits = \"guest\"\nprofiles = [\"firecracker\"]\n",
        "[matrix.variants.small]\nimages = [\"zImage\"]\n",
    ];
    let said: Vec<String> = wrong.iter().map(|matrix| errors(&format!("{HEAD}{matrix}"))).collect();
    insta::assert_snapshot!(said.join("\n"), @r#"
    error: no kernel `gest`, which `kernels` in `[matrix]` names
      --> Kernel.toml:17:12
    17 | kernels = ["gest"]
       |            ^^^^^^
    hint: did you mean `guest`?

    error: no source `newer`, which `sources` in `[matrix]` names
      --> Kernel.toml:18:12
    18 | sources = ["newer"]
       |            ^^^^^^^
    hint: the manifest has `new` and `old`

    error: an element of `arches` in `[matrix]` is `x86`, expected `x86_64`, `aarch64`, `riscv64` or `arm`
      --> Kernel.toml:19:11
    19 | arches = ["x86"]
       |           ^^^^^
    hint: did you mean `x86_64`?

    error: unknown key `kernel` in `[matrix]`
      --> Kernel.toml:20:1
    20 | kernel = 1
       | ^^^^^^
    hint: did you mean `kernels`?

    error: nothing in `[matrix.exclude]`: expected what to leave out
      --> Kernel.toml:21:12
    21 | exclude = [{}]
       |            ^^

    error: profile `firecracker` has no layers for riscv64: expected x86_64 or aarch64
      --> Kernel.toml:20:13
    20 | profiles = ["firecracker"]
       |             ^^^^^^^^^^^^^
    hint: no point of `[matrix]` is left of kernel `vmm`

    error: `images` in `[kernel.guest--small]` is a list, and so it is in the kernel that it inherits
      --> Kernel.toml:17:10
    17 | images = ["zImage"]
       |          ^^^^^^^^^^
    hint: write `images = { append = […] }` or `images = { replace = […] }`

    error: image `zImage` is not made for x86_64: expected `vmlinux` or `bzImage`
      --> Kernel.toml:17:11
    17 | images = ["zImage"]
       |           ^^^^^^^^
    "#);
}
