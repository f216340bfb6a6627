//! The tables: which program or header, what for, and in which packages.

use kernel_spec::Arch;

use super::{HostTool, Need, Packages};
use crate::toolchain::packages::{AARCH64, RISCV64};

const fn program(names: &'static [&'static str], why: &'static str, packages: Packages) -> HostTool {
    HostTool { need: Need::Program(names), why, packages }
}

const fn header(name: &'static str, why: &'static str, packages: Packages) -> HostTool {
    HostTool { need: Need::Header(name), why, packages }
}

/// Packages with a name of their own for apt, dnf, pacman, apk.
const fn packages(
    apt: &'static [&'static str],
    dnf: &'static [&'static str],
    pacman: &'static [&'static str],
    apk: &'static [&'static str],
) -> Packages {
    Packages { apt, dnf, pacman, apk }
}

/// What every tree runs, whatever its `.config`.
pub const BASE: &[HostTool] = &[
    program(&["make", "gmake"], "it runs the kernel's build", Packages::same(&["make"])),
    program(
        &["cc", "gcc", "clang"],
        "it compiles the programs that the build runs",
        packages(&["gcc", "libc6-dev"], &["gcc"], &["gcc"], &["gcc", "musl-dev", "linux-headers"]),
    ),
    header(
        "stdlib.h",
        "the programs that the build runs are compiled against the C library",
        packages(&["libc6-dev"], &["glibc-devel"], &["glibc"], &["musl-dev"]),
    ),
    header(
        "linux/types.h",
        "the programs that the build runs use the system's own kernel headers",
        packages(&["linux-libc-dev"], &["kernel-headers"], &["linux-api-headers"], &["linux-headers"]),
    ),
    program(&["ld"], "it links the programs that the build runs", Packages::same(&["binutils"])),
    program(&["bc"], "kernel/time/timeconst.bc runs in it", Packages::same(&["bc"])),
    program(
        &["awk"],
        "tables of instructions and capabilities are generated with it",
        packages(&["gawk"], &["gawk"], &["gawk"], &["gawk"]),
    ),
    program(&["sed"], "the build's scripts use it", Packages::same(&["sed"])),
    program(&["grep"], "the build's scripts use it", Packages::same(&["grep"])),
    program(&["find"], "the build's scripts use it", Packages::same(&["findutils"])),
    program(&["xargs"], "archives of objects are made with it", Packages::same(&["findutils"])),
    program(&["cmp"], "generated files are compared with it", Packages::same(&["diffutils"])),
    program(&["gzip"], "the kernel or its configuration is compressed with it", Packages::same(&["gzip"])),
];

const FLEX: Packages = Packages::same(&["flex"]);
const BISON: Packages = Packages::same(&["bison"]);

/// What the tree's own `conf` is made with.
pub(super) const CONF: &[HostTool] = &[
    program(&["flex"], "the tree's own `conf` is generated with it", FLEX),
    program(&["bison"], "the tree's own `conf` is generated with it", BISON),
];

const NCURSES: Packages = packages(&["libncurses-dev"], &["ncurses-devel"], &["ncurses"], &["ncurses-dev"]);

/// What the tree's own menus are made with.
pub(super) const MENU: &[HostTool] = &[
    program(&["flex"], "the tree's own menu is generated with it", FLEX),
    program(&["bison"], "the tree's own menu is generated with it", BISON),
    header("ncurses.h", "the tree's own menu is drawn with it", NCURSES),
];

/// Symbols whose part of a build generates a parser.
const PARSERS: &[&str] = &["DTC", "MODVERSIONS", "AIC7XXX_BUILD_FIRMWARE", "AIC79XX_BUILD_FIRMWARE"];

const LIBELF: Packages =
    packages(&["libelf-dev"], &["elfutils-libelf-devel"], &["libelf"], &["elfutils-dev"]);
const OPENSSL: Packages = packages(&["libssl-dev"], &["openssl-devel"], &["openssl"], &["openssl-dev"]);
const ZLIB: Packages = packages(&["zlib1g-dev"], &["zlib-devel"], &["zlib"], &["zlib-dev"]);
const PAHOLE: Packages = packages(&["pahole"], &["dwarves"], &["pahole"], &["pahole"]);
const XZ: Packages = packages(&["xz-utils"], &["xz"], &["xz"], &["xz"]);
const PERL: Packages = packages(&["perl"], &["perl-interpreter"], &["perl"], &["perl"]);
const PYTHON: Packages = packages(&["python3"], &["python3"], &["python"], &["python3"]);
const RUST: Packages =
    packages(&["rustc", "rust-src"], &["rust", "rust-src"], &["rust", "rust-src"], &["rust", "rust-src"]);
const BINDGEN: Packages = packages(&["bindgen"], &["bindgen-cli"], &["rust-bindgen"], &["rust-bindgen"]);

const COMPRESSES: &str = "the kernel or its initramfs is compressed with it";

/// Which symbols ask for which tool.
pub(super) const DEMANDED: &[(&[&str], &HostTool)] = &[
    (PARSERS, &program(&["flex"], "a parser is generated with it", FLEX)),
    (PARSERS, &program(&["bison"], "a parser is generated with it", BISON)),
    (
        // STACK_VALIDATION and UNWINDER_ORC by themselves are how trees before 5.19 ask for objtool.
        &["OBJTOOL", "STACK_VALIDATION", "UNWINDER_ORC"],
        &header("gelf.h", "objtool reads the kernel's objects with libelf", LIBELF),
    ),
    (&["DEBUG_INFO_BTF"], &header("gelf.h", "resolve_btfids reads the kernel with libelf", LIBELF)),
    (&["DEBUG_INFO_BTF"], &header("zlib.h", "resolve_btfids is linked with zlib", ZLIB)),
    (&["DEBUG_INFO_BTF"], &program(&["pahole"], "it makes the kernel's type information", PAHOLE)),
    (
        &["SYSTEM_TRUSTED_KEYRING", "SYSTEM_REVOCATION_LIST", "MODULE_SIG_FORMAT", "MODULE_SIG"],
        &header("openssl/bio.h", "certificates and signatures are made with libcrypto", OPENSSL),
    ),
    (
        &["MODULE_SIG", "IMA_APPRAISE_MODSIG"],
        &program(&["openssl"], "it makes the key that signs modules", Packages::same(&["openssl"])),
    ),
    (
        &["KERNEL_BZIP2", "INITRAMFS_COMPRESSION_BZIP2"],
        &program(&["bzip2"], COMPRESSES, Packages::same(&["bzip2"])),
    ),
    (&["KERNEL_LZMA", "INITRAMFS_COMPRESSION_LZMA"], &program(&["lzma"], COMPRESSES, XZ)),
    (&["KERNEL_XZ", "INITRAMFS_COMPRESSION_XZ"], &program(&["xz"], COMPRESSES, XZ)),
    (
        &["KERNEL_LZO", "INITRAMFS_COMPRESSION_LZO"],
        &program(&["lzop"], COMPRESSES, Packages::same(&["lzop"])),
    ),
    (&["KERNEL_LZ4", "INITRAMFS_COMPRESSION_LZ4"], &program(&["lz4"], COMPRESSES, Packages::same(&["lz4"]))),
    (
        &["KERNEL_ZSTD", "INITRAMFS_COMPRESSION_ZSTD"],
        &program(&["zstd"], COMPRESSES, Packages::same(&["zstd"])),
    ),
    (
        &["IKHEADERS"],
        &program(&["cpio"], "the kernel's headers are collected with it", Packages::same(&["cpio"])),
    ),
    (&["IKHEADERS"], &program(&["tar"], "the kernel's headers are packed with it", Packages::same(&["tar"]))),
    (&["IKHEADERS"], &program(&["xz"], "the kernel's headers are compressed with it", XZ)),
    (
        &[
            "OID_REGISTRY",
            "CRYPTO_POLY1305_X86_64",
            "CRYPTO_POLY1305_NEON",
            "CRYPTO_SHA256_ARM64",
            "CRYPTO_SHA512_ARM64",
            "CRYPTO_SHA1_ARM",
            "CRYPTO_SHA256_ARM",
            "CRYPTO_SHA512_ARM",
            "CRYPTO_POLY1305_ARM",
            "LTO_CLANG",
        ],
        &program(&["perl"], "a source file is generated with it", PERL),
    ),
    (&["DRM_MSM", "LTO_CLANG"], &program(&["python3"], "a source file is generated with it", PYTHON)),
    (&["RUST"], &program(&["rustc"], "it compiles the kernel's Rust code", RUST)),
    (&["RUST"], &program(&["bindgen"], "it makes Rust's view of the kernel's C headers", BINDGEN)),
];

/// The machine emulator for guests of an architecture.
pub fn vm_tools(arch: Arch) -> &'static [HostTool] {
    match arch {
        Arch::X86_64 => &QEMU_X86_64,
        Arch::Aarch64 => &QEMU_AARCH64,
        Arch::Riscv64 => &QEMU_RISCV64,
        Arch::Arm => &QEMU_ARM,
    }
}

const fn qemu(name: &'static [&'static str], packages: Packages) -> [HostTool; 1] {
    [program(name, "virtual machines run in it", packages)]
}

static QEMU_X86_64: [HostTool; 1] = qemu(
    &["qemu-system-x86_64"],
    packages(&["qemu-system-x86"], &["qemu-system-x86-core"], &["qemu-system-x86"], &["qemu-system-x86_64"]),
);
static QEMU_AARCH64: [HostTool; 1] = qemu(
    &["qemu-system-aarch64"],
    packages(
        &["qemu-system-arm"],
        &["qemu-system-aarch64-core"],
        &["qemu-system-aarch64"],
        &["qemu-system-aarch64"],
    ),
);
static QEMU_RISCV64: [HostTool; 1] = qemu(
    &["qemu-system-riscv64"],
    packages(
        &["qemu-system-misc"],
        &["qemu-system-riscv-core"],
        &["qemu-system-riscv"],
        &["qemu-system-riscv64"],
    ),
);
static QEMU_ARM: [HostTool; 1] = qemu(
    &["qemu-system-arm"],
    packages(&["qemu-system-arm"], &["qemu-system-arm-core"], &["qemu-system-arm"], &["qemu-system-arm"]),
);

/// What this workspace's own tests run, beside a kernel's build and its machines.
pub const TEST_TOOLS: &[HostTool] = &[
    program(&["git"], "kernelreleases of git trees are compared", Packages::same(&["git"])),
    program(
        &["pgrep"],
        "builds are interrupted, and what they leave is looked for",
        packages(&["procps"], &["procps-ng"], &["procps-ng"], &["procps"]),
    ),
    program(&["strace"], "runs are killed at each step of theirs", Packages::same(&["strace"])),
    program(&["patch"], "patches are applied by it, too, and compared", Packages::same(&["patch"])),
    program(&["bzip2"], "patches are compressed with it", Packages::same(&["bzip2"])),
    program(&["zstd"], "patches are compressed with it", Packages::same(&["zstd"])),
    program(&["xz"], "patches are compressed with it", XZ),
    program(&["openssl"], "a server on loopback gets its certificate from it", Packages::same(&["openssl"])),
    program(&["ccache"], "objects of earlier compiles are found again", Packages::same(&["ccache"])),
    program(&["gdb"], "kernels are debugged with it", Packages::same(&["gdb"])),
    program(&["mkfs.ext4"], "disks are made with it", Packages::same(&["e2fsprogs"])),
    program(&["mkfs.erofs"], "disks are made with it", Packages::same(&["erofs-utils"])),
    program(&["mksquashfs"], "disks are made with it", Packages::same(&["squashfs-tools"])),
    program(&["bash"], "a guest reaches this machine by a command of it", Packages::same(&["bash"])),
    program(&["tmux"], "menus are driven in it as in a terminal", Packages::same(&["tmux"])),
    header("ncurses.h", "the tree's own menus are drawn with it", NCURSES),
    // The engine is compared with the tree's own.
    program(&["flex"], "the tree's own `conf` is generated with it", FLEX),
    program(&["bison"], "the tree's own `conf` is generated with it", BISON),
    program(
        &["pytest-3", "pytest"],
        "the kernel's own suite for `conf` runs in it",
        packages(&["python3-pytest"], &["python3-pytest"], &["python-pytest"], &["py3-pytest"]),
    ),
    program(
        &["jsonschema"],
        "the JSON Schemas are held against what they describe with it",
        packages(
            &["python3-jsonschema"],
            &["python3-jsonschema"],
            &["python-jsonschema"],
            &["py3-jsonschema"],
        ),
    ),
    program(
        &["aarch64-linux-gnu-gcc"],
        "the built-in profiles are resolved for aarch64 with its answers",
        AARCH64,
    ),
    program(
        &["riscv64-linux-gnu-gcc"],
        "the built-in profiles are resolved for riscv64 with its answers",
        RISCV64,
    ),
    program(
        &["clang"],
        "the engine is compared with the tree's own by LLVM's answers",
        Packages::same(&["clang"]),
    ),
    program(
        &["ld.lld"],
        "the engine is compared with the tree's own by LLVM's answers",
        Packages::same(&["lld"]),
    ),
    program(
        &["llvm-ar"],
        "the engine is compared with the tree's own by LLVM's answers",
        Packages::same(&["llvm"]),
    ),
    // Configured without one, a 64-bit x86 kernel asks for it all the same: the tests need no second round.
    header("gelf.h", "objtool reads the kernel's objects with libelf", LIBELF),
];
