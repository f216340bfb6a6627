//! Toolchains that a manifest names.
//!
//! What `LLVM=1` and `LLVM=-17` make kbuild run is in `Documentation/kbuild/llvm.rst` of a kernel tree.

use kernel_host::AbsPath;
use kernel_spec::{Arch, ToolchainName};

use super::probe::{Compiler, Probe, default_prefix, version_in};
use super::{Identity, Toolchain, ToolchainError, Versions, host_arch};
use crate::host_tools::Packages;

/// make's variable, GNU's program, and LLVM's.
pub(super) const TOOLS: [(&str, &str, &str); 7] = [
    ("LD", "ld", "ld.lld"),
    ("AR", "ar", "llvm-ar"),
    ("NM", "nm", "llvm-nm"),
    ("OBJCOPY", "objcopy", "llvm-objcopy"),
    ("OBJDUMP", "objdump", "llvm-objdump"),
    ("READELF", "readelf", "llvm-readelf"),
    ("STRIP", "strip", "llvm-strip"),
];

const LLVM: Packages = Packages {
    apt: &["clang", "lld", "llvm"],
    dnf: &["clang", "lld", "llvm"],
    pacman: &["clang", "lld", "llvm"],
    apk: &["clang", "lld", "llvm"],
};

/// GCC of that name: this machine's, or behind the prefix of the architecture.
pub(super) fn gcc(arch: Arch, name: ToolchainName, probe: &Probe<'_>) -> Result<Compiler, ToolchainError> {
    let prefix = match (host_arch() == Some(arch), probe.env.get_filled("CROSS_COMPILE")) {
        (true, _) => String::new(),
        (false, Some(prefix)) => prefix.to_owned(),
        (false, None) => default_prefix(arch).to_owned(),
    };
    let program = format!("{prefix}{}", suffixed("gcc", name));
    let role = role(name);
    let packages = super::packages::compiler_packages(arch);
    probe.find(&[&program], &role, packages)?;
    Ok(Compiler { words: vec![program], prefix, from_cross_compile: false })
}

/// LLVM's programs of that name; they make objects for every architecture.
pub(super) fn llvm(
    arch: Arch,
    name: ToolchainName,
    (make, make_line, make_version): (AbsPath, String, String),
    probe: &Probe<'_>,
) -> Result<Toolchain, ToolchainError> {
    let suffix = name.suffix.map(|number| format!("-{number}")).unwrap_or_default();
    let role = role(name);
    let clang = vec![suffixed("clang", name)];
    probe.find(&[&clang[0]], &role, &LLVM)?;
    for (_, _, tool) in TOOLS {
        probe.find(&[&suffixed(tool, name)], &role, &LLVM)?;
    }
    let linker = probe.first_line(&[suffixed("ld.lld", name)], &["--version"])?;
    let compiler = probe.first_line(&clang, &["--version"])?;
    let versions = Versions {
        clang: true,
        compiler: probe.first_line(&clang, &["-dumpversion"])?,
        linker: version_in(&linker),
        make: make_version,
    };
    let identity = Identity {
        target: probe.first_line(&clang, &["-dumpmachine"])?,
        host_compiler: compiler.clone(),
        compiler,
        linker,
        make: make_line,
    };
    let value = if suffix.is_empty() { "1".to_owned() } else { suffix.clone() };
    Ok(Toolchain {
        arch,
        make,
        host_cc: clang[0].clone(),
        identity,
        make_vars: vec![("ARCH", arch.kernel_name().to_owned()), ("LLVM", value)],
        compilers: clang,
        llvm: Some(suffix),
        versions,
    })
}

fn suffixed(program: &str, name: ToolchainName) -> String {
    name.suffix.map_or_else(|| program.to_owned(), |number| format!("{program}-{number}"))
}

fn role(name: ToolchainName) -> String {
    format!("which `toolchain = \"{name}\"` asks for")
}
