//! Real trees as the engine sees them, in this process.

use std::path::Path;
use std::process::Command;

use kconfig::model::Model;
use kconfig_host::{HostTree, ProbeCache, load};
use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::env::Env;
use kernel_host::process::Stdin;
use kernel_spec::Arch;
use tests::needs;

/// How deep a real tree's expressions nest, in a build that is not optimised.
const STACK: usize = 256 << 20;

/// What stands before the names of the compiler and its tools; nothing for this machine's own.
pub(crate) fn cross_prefix(arch: Arch) -> &'static str {
    match arch {
        Arch::X86_64 => "",
        Arch::Aarch64 => "aarch64-linux-gnu-",
        Arch::Riscv64 => "riscv64-linux-gnu-",
        Arch::Arm => "arm-linux-gnueabi-",
    }
}

/// What the kernel's Makefile hands to `conf`, besides PATH.
pub(crate) fn variables(tree: &Path, arch: Arch) -> Vec<(&'static str, String)> {
    let prefix = cross_prefix(arch);
    let version = Command::new(format!("{prefix}gcc")).arg("--version").output().unwrap().stdout;
    let version = String::from_utf8_lossy(&version).lines().next().unwrap_or_default().to_owned();
    let prefixed = [
        ("CC", "gcc"),
        ("LD", "ld"),
        ("AR", "ar"),
        ("NM", "nm"),
        ("OBJCOPY", "objcopy"),
        ("OBJDUMP", "objdump"),
        ("STRIP", "strip"),
    ];
    let fixed = [
        ("SRCARCH", arch.src_arch()),
        ("ARCH", arch.kernel_name()),
        ("CROSS_COMPILE", prefix),
        ("HOSTCC", "gcc"),
        ("HOSTCXX", "g++"),
        ("RUSTC", "rustc"),
        ("BINDGEN", "bindgen"),
        ("PAHOLE", "pahole"),
        ("RESOLVE_BTFIDS", "none"),
        ("KERNELVERSION", "6.0.0"),
        ("RUSTC_VERSION_TEXT", ""),
        ("CLANG_FLAGS", ""),
    ];
    let mut all: Vec<(&str, String)> = fixed.map(|(name, value)| (name, value.to_owned())).to_vec();
    all.extend(prefixed.map(|(name, tool)| (name, format!("{prefix}{tool}"))));
    all.push(("srctree", tree.to_str().unwrap().to_owned()));
    all.push(("CC_VERSION_TEXT", version));
    all
}

/// Runs a test on a tree's model, on a stack that is large enough; nothing after a reported skip.
pub(crate) fn on_tree(series: &str, arch: Arch, test: impl FnOnce(&Path, &Model) + Send) {
    let compiler = format!("{}gcc", cross_prefix(arch));
    let Some(tree) = needs::srctree(series).filter(|_| needs::program(&compiler)) else { return };
    let objtree = tempfile::tempdir().unwrap();
    let path = std::env::var("PATH").unwrap();
    let env = variables(&tree, arch).into_iter().chain([("PATH", path)]);
    let env = Env::from_vars(env, AbsPath::new(objtree.path()).unwrap());
    let host =
        HostTree::new(Some(AbsPath::new(&tree).unwrap()), env, Stdin::Null, &ProbeCache::Off, &Cancel::new());
    std::thread::scope(|scope| {
        let run = || {
            let loaded = load(&host, "Kconfig").unwrap_or_else(|error| panic!("{error}"));
            test(&tree, &loaded.model);
        };
        std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, run).unwrap().join().unwrap();
    });
}
