//! Object trees that keep their promise, and that break it in each way.

use kernel_host::fs::TempDir;
use kernel_spec::{ByteSize, VmName};

use kernel_spec::{Conditions, KernelSpec, SourceText, SpecContext, ToolchainFamily};

use super::*;
use crate::contracts::NamedBy;
use crate::release::{Part, PartOrigin};

fn under() -> Conditions {
    let version = "6.12.30".parse().unwrap();
    Conditions { version, arch: Arch::X86_64, toolchain: ToolchainFamily::Gcc }
}

/// A `bzImage` of one sector: setup header and version string, as `Documentation/arch/x86/boot.rst` lays them out.
fn bzimage(release: &str, xloadflags: u16) -> Vec<u8> {
    let mut image = vec![0u8; 0x800];
    image[0x1f1] = 1;
    image[0x1fe..0x200].copy_from_slice(&0xaa55_u16.to_le_bytes());
    image[0x200..0x202].copy_from_slice(&[0xeb, 0x6a]);
    image[0x202..0x206].copy_from_slice(b"HdrS");
    image[0x206..0x208].copy_from_slice(&0x020f_u16.to_le_bytes());
    image[0x20e..0x210].copy_from_slice(&0x0100_u16.to_le_bytes());
    image[0x211] = 1;
    image[0x236..0x238].copy_from_slice(&xloadflags.to_le_bytes());
    let banner = format!("{release} (kernel@cargo) #1\0");
    image[0x300..0x300 + banner.len()].copy_from_slice(banner.as_bytes());
    image
}

struct Objtree(TempDir);

impl Objtree {
    fn new() -> Self {
        let parent = AbsPath::new(std::env::temp_dir()).unwrap();
        let tree = Self(fs::temp_dir_in(&parent, "verify-").unwrap());
        tree.write("include/config/kernel.release", b"6.12.30-guest\n");
        tree.write(".config", b"#\nCONFIG_A=y\nCONFIG_N=4\n");
        tree.write("arch/x86/boot/bzImage", &bzimage("6.12.30-guest", 1));
        tree
    }

    fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.0.path().join(path);
        fs::create_dir_all(&path.parent().unwrap()).unwrap();
        fs::write_atomic(&path, bytes).unwrap();
    }

    fn verify(&self, config: &str) -> Result<Verified, String> {
        self.verify_kernel(config, "")
    }

    fn verify_kernel(&self, config: &str, keys: &str) -> Result<Verified, String> {
        let vm = VmName::new("demo").unwrap();
        let by = NamedBy::Vm(vm, ByteSize(128 << 20));
        self.verify_for(config, keys, &[Taker { vmm: Vmm::Qemu, images: vec![Image::BzImage], by }])
    }

    fn verify_for(&self, config: &str, keys: &str, takers: &[Taker]) -> Result<Verified, String> {
        let text = format!(
            "schema = 1\n[source.s]\npath = \"s\"\n[kernel.guest]\nsource = \"s\"\narch = \"x86_64\"\n{keys}"
        );
        let text = SourceText { path: "Kernel.toml".into(), text };
        let spec = KernelSpec::parse(text, &SpecContext { host_arch: None }).unwrap();
        let origin = PartOrigin::Makefile(self.0.path().join("Makefile"));
        let text = "6.12.30-guest".to_owned();
        let release = Release { parts: vec![Part { text: text.clone(), origin }], text };
        let kernel = spec.kernels.values().next().unwrap();
        let demands = Demands::new(kernel, &spec.features, &[], &under());
        let promise = Promise {
            objtree: self.0.path(),
            arch: Arch::X86_64,
            release: &release,
            config,
            images: &[Image::BzImage],
            demands: &demands,
            takers,
        };
        verify(&promise).map_err(|error| error.to_string().replace(self.0.path().to_str().unwrap(), ""))
    }
}

const CONFIG: &str = "#\nCONFIG_A=y\nCONFIG_N=4\n";

#[test]
fn as_promised() {
    let verified = Objtree::new().verify(CONFIG).unwrap();
    assert_eq!(verified.images().len(), 1);
    assert_eq!(verified.images()[0].facts.as_ref().and_then(ImageFacts::release), Some("6.12.30-guest"));
}

#[test]
fn not_as_promised() {
    let tree = Objtree::new();
    insta::assert_snapshot!(tree.verify("#\n# CONFIG_A is not set\nCONFIG_N=4\nCONFIG_S=\"x\"\n").unwrap_err(), @r#"
    make's `.config` is not the resolved one
      CONFIG_A: resolved to n, built with y
      CONFIG_S: resolved to "x", built with not set
    "#);
    insta::assert_snapshot!(tree.verify("# other\nCONFIG_A=y\nCONFIG_N=4\n").unwrap_err(), @r"
    make's `.config` is not the resolved one
      line 1: resolved as `# other`, built with `#`
    ");

    tree.write("vmlinux", b"newer");
    let image = tree.0.path().join("arch/x86/boot/bzImage");
    let older = fs::mtime_nanos(&image).unwrap() < fs::mtime_nanos(&tree.0.path().join("vmlinux")).unwrap();
    if older {
        insta::assert_snapshot!(tree.verify(CONFIG).unwrap_err(), @"`bzImage` is older than the `vmlinux` that it is made of");
    }
    fs::remove_file(&tree.0.path().join("vmlinux")).unwrap();

    tree.write("arch/x86/boot/bzImage", &bzimage("6.12.29", 1));
    insta::assert_snapshot!(tree.verify(CONFIG).unwrap_err(), @"`bzImage` reports release `6.12.29`, but `6.12.30-guest` was computed before the build");
    tree.write("arch/x86/boot/bzImage", b"MZ");
    insta::assert_snapshot!(tree.verify(CONFIG).unwrap_err(), @r"`bzImage` is broken: not a kernel image: it starts with `MZ`, expected an ELF file, `HdrS` at 0x202 (bzImage), `ARM\x64` at 0x38 (arm64) or `RSC\x05` at 0x38 (RISC-V)");
    fs::remove_file(&image).unwrap();
    insta::assert_snapshot!(tree.verify(CONFIG).unwrap_err(), @"make ended well, but there is no `bzImage` at /arch/x86/boot/bzImage");
    tree.write("include/config/kernel.release", b"6.12.30-guest+\n");
    insta::assert_snapshot!(tree.verify(CONFIG).unwrap_err(), @"make wrote release `6.12.30-guest+`, but `6.12.30-guest` was computed before the build");
}

#[test]
fn what_the_kernel_must_have_is_looked_for_in_what_was_built() {
    let tree = Objtree::new();
    tree.verify_kernel(CONFIG, "").unwrap();
    let error = tree.verify_kernel(CONFIG, "features = [\"vsock\"]\n").unwrap_err();
    insta::assert_snapshot!(error, @"the kernel that was built has no `vsock`, which is promised by `[kernel.guest]`");
}

#[test]
fn a_vmm_that_would_refuse_the_image_is_named_with_what_mends_it() {
    let tree = Objtree::new();
    let kernel = || NamedBy::Kernel(kernel_spec::KernelName::new("guest").unwrap());
    let vm = |memory| NamedBy::Vm(VmName::new("demo").unwrap(), ByteSize(memory));
    let verify = |vmm, by| {
        let taker = Taker { vmm, images: vec![Image::BzImage], by };
        match tree.verify_for(CONFIG, "", std::slice::from_ref(&taker)) {
            Ok(_) => "taken".to_owned(),
            Err(error) => error,
        }
    };
    assert_eq!(verify(Vmm::Qemu, vm(128 << 20)), "taken");
    insta::assert_snapshot!(verify(Vmm::Dragonball, kernel()), @r"
    `bzImage` cannot be booted by `dragonball`, which `[kernel.guest]` names
      `dragonball`: found `bzImage`, expected ELF `vmlinux`
    ");
    tree.write("arch/x86/boot/bzImage", &bzimage("6.12.30-guest", 1));
    insta::assert_snapshot!(verify(Vmm::Alioth, vm(128 << 20)), @r"
    `bzImage` cannot be booted by `alioth`, which `[vm.demo]` names
      `alioth` by the 64-bit entry: found a kernel that runs at one address, expected one that runs where it is loaded (`relocatable_kernel`)
    ");
    let mut large = bzimage("6.12.30-guest", 1);
    large[0x258..0x260].copy_from_slice(&0x100_0000_u64.to_le_bytes());
    large[0x260..0x264].copy_from_slice(&(40u32 << 20).to_le_bytes());
    tree.write("arch/x86/boot/bzImage", &large);
    insta::assert_snapshot!(verify(Vmm::Qemu, vm(32 << 20)), @r"
    `bzImage` cannot be booted by `qemu`, which `[vm.demo]` names
      `qemu`: found 32 MiB of memory, expected 56 MiB, where the kernel ends that it starts with
    ");
    assert_eq!(verify(Vmm::Qemu, kernel()), "taken", "a kernel alone has no memory");

    let error = VerifyError::NoGuests {
        taker: Taker { vmm: Vmm::Firecracker, images: vec![Image::Image], by: kernel() },
        arch: Arch::Riscv64,
    };
    insta::assert_snapshot!(format!("{error}\nhint: {}", error.hint().unwrap()), @r"
    `[kernel.guest]` names `firecracker`, which runs no guests for riscv64
    hint: name another; the contracts that are known: `alioth`, `boot-firmware`, `cloud-hypervisor`, `crosvm`, `dragonball`, `firecracker`, `libkrun`, `microvm`, `openvmm`, `qemu`
    ");
}

#[test]
fn the_config_inside_an_image_is_the_resolved_one() {
    let tree = Objtree::new();
    let with_inside = |config: &str| {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut packed, config.as_bytes()).unwrap();
        let mut image = bzimage("6.12.30-guest", 1);
        for part in [&b"IKCFG_ST"[..], &packed.finish().unwrap(), b"IKCFG_ED"] {
            image.extend(part);
        }
        tree.write("arch/x86/boot/bzImage", &image);
    };
    let config = format!("{CONFIG}CONFIG_IKCONFIG=y\n");
    tree.write(".config", config.as_bytes());
    with_inside(&config);
    tree.verify(&config).unwrap();
    with_inside(&config.replace("N=4", "N=5"));
    insta::assert_snapshot!(tree.verify(&config).unwrap_err(), @r"
    `bzImage` was built with another `.config` than the resolved one: the one inside
      CONFIG_N: resolved to 4, built with 5
    ");
    tree.write(".config", CONFIG.as_bytes());
    tree.verify(CONFIG).expect("nobody asks what is inside without `CONFIG_IKCONFIG`");
}
