//! Manifests, good and bad, and what is said of the bad ones.

use kconfig::layers::Ask;
use kconfig::{Symbol, Value};
use proptest::prelude::*;

use super::*;
use crate::{Base, ByteSize, Image, KernelName, Origin, Runner, Unlisted, VmName};

mod cargo;
mod features;
mod inherit;
mod keys;
mod layers;
mod machines;
mod matrix;
mod patches;
mod sources;
mod trials;
mod values;

const CONTEXT: SpecContext = SpecContext { host_arch: Some(Arch::X86_64) };

/// A manifest to break: one source, one kernel, one VM.
const GOOD: &str = r#"schema = 1

[source.linux-6_12]
version = "6.12"
deb = "linux-source-6.12"

[kernel.guest]
source = "linux-6_12"
arch = "x86_64"
base = "tinyconfig"
fragments = ["kernel/*.config"]
local-version = "-guest"
mod-dir-version = "{version}-guest"
images = ["vmlinux", "bzImage"]

[kernel.guest.config]
VIRTIO_BLK = "y"
CONFIG_SMP = true
NR_CPUS = 4

[vm.demo]
kernel = "guest"
vmm = { package = "microvm", args = ["--kernel", "{image}", "--memory={memory-mib}"] }
init = { package = "guest-init" }
runner = "workspace"
cmdline = "console=ttyS0"
memory = "128MiB"
"#;

fn parse(text: &str) -> Result<KernelSpec, Vec<Diagnostic>> {
    KernelSpec::parse(SourceText { path: "Kernel.toml".into(), text: text.into() }, &CONTEXT)
}

fn good(text: &str) -> KernelSpec {
    parse(text).unwrap_or_else(|errors| panic!("{}", shown(&errors)))
}

fn shown(errors: &[Diagnostic]) -> String {
    errors.iter().map(Diagnostic::to_plain_text).collect::<Vec<_>>().join("\n")
}

/// What is wrong with a whole text.
fn errors(text: &str) -> String {
    shown(&parse(text).expect_err("an error"))
}

/// What is wrong with the good manifest after each of these replacements.
fn broken(edits: &[(&str, &str)]) -> String {
    let text = edits.iter().fold(GOOD.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "`{from}` is not in the manifest");
        text.replacen(from, to, 1)
    });
    errors(&text)
}

#[test]
fn reads_every_key() {
    let spec = good(GOOD);
    let kernel = &spec.kernels[&KernelName::new("guest").expect("a name")];
    assert_eq!(
        (kernel.arch.value, &kernel.base.value, kernel.unlisted),
        (Arch::X86_64, &Base::Tinyconfig, Unlisted::No)
    );
    assert_eq!(kernel.images.iter().map(|i| i.value).collect::<Vec<_>>(), [Image::Vmlinux, Image::BzImage]);
    assert_eq!(
        kernel.mod_dir_version.as_ref().map(|v| v.value.expect("6.12.0")).as_deref(),
        Some("6.12.0-guest")
    );
    let symbol = |name| Symbol::new(name).expect("a symbol");
    let config: Vec<_> =
        kernel.config.iter().map(|entry| (entry.symbol.clone(), entry.ask.clone())).collect();
    let wanted = [
        (symbol("VIRTIO_BLK"), Ask::Word("y".into())),
        (symbol("SMP"), Ask::Value(Value::Y)),
        (symbol("NR_CPUS"), Ask::Number("4".into())),
    ];
    assert_eq!(config, wanted);
    assert_eq!(
        kernel.config[0].location.as_ref().map(ToString::to_string).as_deref(),
        Some("Kernel.toml:17:14")
    );
    let vm = &spec.vms[&VmName::new("demo").expect("a name")];
    assert_eq!(
        (vm.runner.value, vm.image.value, vm.memory.value),
        (Runner::Workspace, Image::Vmlinux, ByteSize(128 << 20))
    );
    let vmm = vm.vmm.as_ref().expect("a vmm");
    assert!(vmm.is_static && vmm.bin.is_none() && vmm.args.len() == 3);
}

#[test]
fn what_is_left_out_has_a_default() {
    let spec = good(
        "schema = 1\n[source.s]\npath = \"../linux\"\n[kernel.k]\nsource = \"s\"\n[vm.q]\nkernel = \"k\"\ncmdline = \"\"\n\
         [vm.f]\nkernel = \"k\"\ncmdline = \"\"\nfirmware = { package = \"rom\" }\n",
    );
    let kernel = spec.kernels.values().next().expect("a kernel");
    assert_eq!(
        (kernel.arch.value, &kernel.base.value, kernel.unlisted),
        (Arch::X86_64, &Base::Defconfig, Unlisted::Default)
    );
    assert_eq!(kernel.images.iter().map(|i| i.value).collect::<Vec<_>>(), [Image::BzImage]);
    assert!(kernel.arch.location.is_none() && !kernel.mod2yes && kernel.config.is_empty());
    let runners: Vec<_> = spec.vms.values().map(|vm| (vm.runner.value, vm.timeout_seconds.value)).collect();
    assert_eq!(runners, [(Runner::Firmware, 60), (Runner::Qemu, 60)]);
    let source = spec.sources.values().next().expect("a source");
    assert_eq!(source.origin.value, Origin::Path { path: "../linux".into() });
}

#[test]
fn all_errors_at_once_in_the_order_of_the_text() {
    insta::assert_snapshot!(broken(&[
        ("version = \"6.12\"", "version = \"six\""),
        ("fragments =", "framgents ="),
        ("arch = \"x86_64\"", "arch = \"x86\""),
        ("kernel = \"guest\"", "kernel = \"gest\""),
        ("memory = \"128MiB\"", "memory = \"128M\""),
    ]), @r#"
    error: `six` is not a version requirement: expected a series like `6.12`, `=6.12.30` or `>=6.6, <6.13`
     --> Kernel.toml:4:11
    4 | version = "six"
      |           ^^^^^

    error: `arch` in `[kernel.guest]` is `x86`, expected `x86_64`, `aarch64`, `riscv64` or `arm`
     --> Kernel.toml:9:8
    9 | arch = "x86"
      |        ^^^^^
    hint: did you mean `x86_64`?

    error: unknown key `framgents` in `[kernel.guest]`
      --> Kernel.toml:11:1
    11 | framgents = ["kernel/*.config"]
       | ^^^^^^^^^
    hint: did you mean `fragments`?

    error: no kernel `gest`, which `kernel` in `[vm.demo]` names
      --> Kernel.toml:22:10
    22 | kernel = "gest"
       |          ^^^^^^
    hint: did you mean `guest`?

    error: `128M` is not a size: expected a number with `KiB`, `MiB` or `GiB`, such as `128MiB`
      --> Kernel.toml:27:10
    27 | memory = "128M"
       |          ^^^^^^
    hint: write `128MiB`
    "#);
}

/// The manifest of this workspace, as it stands at its top.
#[test]
fn this_workspaces_own() {
    let spec = good(include_str!("../../../../Kernel.toml"));
    assert!(!spec.kernels.is_empty() && !spec.vms.is_empty());
}

proptest! {
    /// A manifest with a stretch cut out and another text put in: an error perhaps, but with a place that can be shown.
    #[test]
    fn damage_never_panics(at in 0..GOOD.len(), cut in 0..40_usize, put in "(.|\n|\\[vm.x\\]|\\{|\\}|\"|= 1|= \\[\\]){0,6}") {
        let text = format!("{}{put}{}", &GOOD[..at], &GOOD[(at + cut).min(GOOD.len())..]);
        if let Err(errors) = parse(&text) {
            prop_assert!(!errors.is_empty());
            for error in errors {
                prop_assert!(error.to_plain_text().contains("--> Kernel.toml:"));
            }
        }
    }

    #[test]
    fn arbitrary_text_never_panics(text in "(.|\n){0,80}") {
        let _ = parse(&text);
        let _ = KernelSpec::parse_cargo_manifest(SourceText { path: "Cargo.toml".into(), text }, &CONTEXT);
    }
}
