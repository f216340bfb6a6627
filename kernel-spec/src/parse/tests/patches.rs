//! `[[kernel.*.patch]]`.

use super::*;
use crate::{Sha256, patch_layer};

const HEAD: &str =
    "schema = 1\n[source.s]\npath = \"linux\"\n[kernel.k]\nsource = \"s\"\narch = \"x86_64\"\n";

#[test]
fn every_key() {
    let digest = Sha256([1; 32]);
    let text = format!(
        "{HEAD}[[kernel.k.patch]]\nname = \"tsi\"\npath = \"patches/tsi\"\nfeatures = [\"tsi\"]\n\
         when = {{ version = \">=6.6, <6.13\", arch = \"x86_64\", toolchain = \"gcc\" }}\nconfig = {{ TSI = true }}\n\
         [[kernel.k.patch]]\nname = \"0002 far\"\nurl = \"https://example.org/a.patch.xz\"\nsha256 = \"{digest}\"\n\
         [[kernel.k.patch]]\nname = \"config only\"\n[kernel.k.patch.config]\nNET = \"y\"\n"
    );
    let source = SourceText { path: "Kernel.toml".into(), text };
    let spec = KernelSpec::parse(source, &SpecContext { host_arch: None }).expect("a manifest");
    let kernel = spec.kernels.values().next().expect("a kernel");
    let shown: String = kernel
        .patches
        .iter()
        .map(|patch| {
            let origin = match &patch.origin {
                Some(crate::PatchOrigin::Path(path)) => path.value.clone(),
                Some(crate::PatchOrigin::Url { url, .. }) => url.value.clone(),
                None => "-".to_owned(),
            };
            let when = patch.when.as_ref().map(ToString::to_string).unwrap_or_default();
            let features: Vec<_> = patch.features.iter().map(|name| name.value.as_str()).collect();
            let layer = patch_layer(kernel, patch);
            format!(
                "{}: {origin} [{when}] {features:?} {}: {:?}\n",
                patch.name.value,
                layer.name,
                layer.said()
            )
        })
        .collect();
    insta::assert_snapshot!(shown, @r#"
    tsi: patches/tsi [version >=6.6, <6.13; arch x86_64; toolchain gcc] ["tsi"] patch `tsi` of [kernel.k]: "when version >=6.6, <6.13; arch x86_64; toolchain gcc\nCONFIG_TSI=y\n"
    0002 far: https://example.org/a.patch.xz [] [] patch `0002 far` of [kernel.k]: ""
    config only: - [] [] patch `config only` of [kernel.k]: "CONFIG_NET=y word\n"
    "#);
}

#[test]
fn what_is_wrong_with_a_patch() {
    let text = format!(
        "{HEAD}[[kernel.k.patch]]\npath = \"a\"\n\
         [[kernel.k.patch]]\nname = \"two\"\npath = \"a\"\nurl = \"https://example.org/a\"\n\
         [[kernel.k.patch]]\nname = \"bare\"\nurl = \"https://example.org/a\"\n\
         [[kernel.k.patch]]\nname = \"nothing\"\n\
         [[kernel.k.patch]]\nname = \"same\"\npath = \"a\"\n\
         [[kernel.k.patch]]\nname = \"same\"\npath = \"b\"\n\
         [[kernel.k.patch]]\nname = \"odd\"\npath = \"a\"\nsha256 = \"12\"\nfeatures = [\"a b\"]\nwen = {{}}\n"
    );
    let source = SourceText { path: "Kernel.toml".into(), text };
    let errors = KernelSpec::parse(source, &SpecContext { host_arch: None }).expect_err("errors");
    insta::assert_snapshot!(errors.iter().map(Diagnostic::to_plain_text).collect::<Vec<_>>().join("\n"), @r#"
    error: no `name` in `[kernel.k.patch]`
     --> Kernel.toml:7:1
    7 | [[kernel.k.patch]]
      | ^^^^^^^^^^^^^^^^^^
    hint: `name` is how it is called in messages, in Kernel.lock and in kernel.json

    error: both `path` and `url` in `[kernel.k.patch]`
      --> Kernel.toml:12:1
    12 | url = "https://example.org/a"
       | ^^^
    hint: delete one of them: a patch comes from one place

    error: no `sha256` beside `url` in `[kernel.k.patch]`
      --> Kernel.toml:15:1
    15 | url = "https://example.org/a"
       | ^^^
    hint: add the digest of the file: `sha256sum FILE` prints it

    error: neither `path` nor `url` nor `config` in `[kernel.k.patch]`
      --> Kernel.toml:16:1
    16 | [[kernel.k.patch]]
       | ^^^^^^^^^^^^^^^^^^
    hint: name the patch's file by `path`, or what it asks for by `config`

    error: patch `same` twice in `[kernel.k]`
      --> Kernel.toml:22:8
    22 | name = "same"
       |        ^^^^^^ first at Kernel.toml:19:8

    error: `12` is not a digest: expected 64 hexadecimal digits
      --> Kernel.toml:27:10
    27 | sha256 = "12"
       |          ^^^^

    error: `a b` is not a feature's name: expected letters, digits and `-`
      --> Kernel.toml:28:13
    28 | features = ["a b"]
       |             ^^^^^

    error: unknown key `wen` in `[kernel.k.patch]`
      --> Kernel.toml:29:1
    29 | wen = {}
       | ^^^
    hint: did you mean `when`?
    "#);
}

#[test]
fn versions_of_the_toolchain() {
    let parse = |pins: &str| {
        let text = format!("{HEAD}toolchain = {{ {pins} }}\n");
        KernelSpec::parse(SourceText { path: "Kernel.toml".into(), text }, &SpecContext { host_arch: None })
    };
    let spec = parse("binutils = \"2.40\", gcc = \"=12.2.0\"").expect("a manifest");
    let pins = spec.kernels.values().flat_map(|kernel| &kernel.toolchain);
    let shown: Vec<String> = pins.map(|(tool, req)| format!("{} {}", tool.as_str(), req.value)).collect();
    assert_eq!(shown, ["gcc =12.2.0", "binutils 2.40"]);
    let errors = parse("gcc = \"12.2.x.y\", llvm = \"17\"").expect_err("errors");
    insta::assert_snapshot!(errors.iter().map(Diagnostic::to_plain_text).collect::<Vec<_>>().join("\n"), @r#"
    error: `12.2.x.y` is not a version requirement: expected one like `=12.2.0` or `>=12, <15`
     --> Kernel.toml:7:21
    7 | toolchain = { gcc = "12.2.x.y", llvm = "17" }
      |                     ^^^^^^^^^^

    error: unknown key `llvm` in `[kernel.k.toolchain]`
     --> Kernel.toml:7:33
    7 | toolchain = { gcc = "12.2.x.y", llvm = "17" }
      |                                 ^^^^
    hint: the keys are `name`, `gcc`, `clang`, `binutils` and `make`
    "#);
}
