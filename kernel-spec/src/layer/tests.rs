//! Layers from manifests and fragments.

use super::*;
use crate::{Arch, KernelSpec, SpecContext, ToolchainFamily};

fn source(path: &str, text: &str) -> Arc<SourceText> {
    Arc::new(SourceText { path: path.into(), text: text.into() })
}

#[test]
fn a_kernels_own_requests() {
    let text = "schema = 1\n[source.s]\npath = \"linux\"\n[kernel.k]\nsource = \"s\"\nlocal-version = \"-k\"\n\
                [kernel.k.config]\nSMP = true\nCONFIG_NR_CPUS = 0x10\nCMDLINE = \"a \\\"b\\\"\"\nNET = \"n\"\nBIG = 1_000\n\
                KVM = { value = \"m\", priority = \"force\", reason = \"tests\" }\nBTF = { unset = true, when = { version = \"6.12\" } }\n\
                SLS = { value = \"n\", optional = true, reason = \"new\", when = { arch = [\"x86_64\", \"arm\"], toolchain = \"llvm\" } }\n";
    let context = SpecContext { host_arch: Some(Arch::X86_64) };
    let spec = KernelSpec::parse(source("Kernel.toml", text), &context).expect("a manifest");
    let layer = spec.kernels.values().flat_map(config_layers).next().expect("a kernel");
    insta::assert_snapshot!(layer.said(), @r#"
    CONFIG_LOCALVERSION="-k"
    CONFIG_SMP=y
    CONFIG_NR_CPUS=0x10
    CONFIG_CMDLINE="a \"b\"" word
    CONFIG_NET=n word
    CONFIG_BIG=1000
    CONFIG_KVM=m word force
    CONFIG_BTF unset when version 6.12
    CONFIG_SLS=n word optional when arch x86_64 or arm; toolchain llvm
    "#);
    let places =
        layer.lines.iter().map(|line| format!("{}:{}\n", line.entry.origin, line.entry.origin.column));
    insta::assert_snapshot!(places.collect::<String>(), @"
    Kernel.toml:6:17
    Kernel.toml:8:7
    Kernel.toml:9:18
    Kernel.toml:10:11
    Kernel.toml:11:7
    Kernel.toml:12:7
    Kernel.toml:13:17
    Kernel.toml:14:9
    Kernel.toml:15:17
    ");
    let under = |version: &str, toolchain| {
        let version = version.parse().expect("a version");
        layer.under(&Conditions { version, arch: Arch::X86_64, toolchain }).entries.len()
    };
    assert_eq!(layer.lines.len(), 9);
    assert_eq!((under("6.12.1", ToolchainFamily::Gcc), under("6.1", ToolchainFamily::Llvm)), (8, 8));
}

#[test]
fn a_fragments_errors_point_into_it() {
    let errors = fragment_layer(
        LayerKind::Fragments,
        &source("virtio.config", "CONFIG_A=y\nCONFIG_B = y\n#CONFIG_C is not set\nCONFIG_D=ttyS0\n"),
        &Manner::default(),
    )
    .expect_err("three wrong lines");
    insta::assert_snapshot!(errors.iter().map(Diagnostic::to_plain_text).collect::<Vec<_>>().join("\n"), @r#"
    error: blanks around `=`
     --> virtio.config:2:9
    2 | CONFIG_B = y
      |         ^^^
    hint: write `CONFIG_B=y`

    error: this comment looks like a request for `n` and is none
     --> virtio.config:3:1
    3 | #CONFIG_C is not set
      | ^^^^^^^^^^^^^^^^^^^^
    hint: write `# CONFIG_C is not set` or `CONFIG_C=n`, alone on its line; if it is a comment, use other words

    error: `ttyS0` is not a value: expected `y`, `m`, `n`, a number or a string in `"`
     --> virtio.config:4:10
    4 | CONFIG_D=ttyS0
      |          ^^^^^
    hint: write `"ttyS0"` for a string
    "#);
}
