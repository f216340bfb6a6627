//! The table: words of the output, and what to do.

/// What is known about one piece of output.
pub(super) struct Known {
    /// All of them must be in one line.
    pub(super) words: &'static [&'static str],
    /// What to do.
    pub(super) hint: &'static str,
}

const fn known(words: &'static [&'static str], hint: &'static str) -> Known {
    Known { words, hint }
}

/// Read top to bottom; the first entry that applies counts.
pub(super) const KNOWN: &[Known] = &[
    known(
        &["No space left on device"],
        "the disk is full: free space, or point `KERNEL_CACHE_DIR` and `CARGO_TARGET_DIR` at a larger one",
    ),
    known(
        &["Disk quota exceeded"],
        "your disk quota is used up: free space, or point `KERNEL_CACHE_DIR` and `CARGO_TARGET_DIR` elsewhere",
    ),
    known(
        &["Read-only file system"],
        "the folder that make writes to is read-only: set `CARGO_TARGET_DIR` to one that is not",
    ),
    known(
        &["Argument list too long"],
        "the path of the target folder is too long for this kernel's makefiles: set `CARGO_TARGET_DIR` to a shorter one",
    ),
    known(&["flex", "not found"], "install `flex`: the kernel's parsers are generated with it"),
    known(&["bison", "not found"], "install `bison`: the kernel's parsers are generated with it"),
    known(&["bc: ", "not found"], "install `bc`: kernel/time/timeconst.h is computed with it"),
    known(&["bc: ", "No such file"], "install `bc`: kernel/time/timeconst.h is computed with it"),
    known(&["flex: ", "No such file"], "install `flex`: the kernel's parsers are generated with it"),
    known(&["bison: ", "No such file"], "install `bison`: the kernel's parsers are generated with it"),
    known(&["m4", "not found"], "install `m4`: bison writes its parsers through it"),
    known(&["subprocess failed", "m4"], "install `m4`: bison writes its parsers through it"),
    known(
        &["gelf.h", "No such file"],
        "install libelf's headers (libelf-dev, elfutils-libelf-devel): objtool is built with them",
    ),
    known(
        &["libelf.h", "No such file"],
        "install libelf's headers (libelf-dev, elfutils-libelf-devel): objtool is built with them",
    ),
    known(
        &["libelf-dev, libelf-devel or elfutils-libelf-devel"],
        "install libelf's headers (libelf-dev, elfutils-libelf-devel)",
    ),
    known(&["Unable to open libelf"], "install libelf's headers (libelf-dev, elfutils-libelf-devel)"),
    known(&["cannot find -lelf"], "install libelf's headers and library (libelf-dev, elfutils-libelf-devel)"),
    known(
        &["openssl/", "No such file"],
        "install OpenSSL's headers (libssl-dev, openssl-devel): certificates and signatures are made with them",
    ),
    known(&["cannot find -lcrypto"], "install OpenSSL's headers and library (libssl-dev, openssl-devel)"),
    known(&["openssl", "not found"], "install `openssl`: the key that signs modules is made with it"),
    known(&["zlib.h", "No such file"], "install zlib's headers (zlib1g-dev, zlib-devel)"),
    known(
        &["pahole", "not found"],
        "install `pahole` (package `pahole` or `dwarves`), or set `DEBUG_INFO_BTF = \"n\"`",
    ),
    known(
        &["BTF", "pahole"],
        "install a newer `pahole` (package `pahole` or `dwarves`), or set `DEBUG_INFO_BTF = \"n\"`",
    ),
    known(
        &["FAILED: load BTF from vmlinux"],
        "this `pahole` does not fit this kernel: install a newer one, or set `DEBUG_INFO_BTF = \"n\"`",
    ),
    known(
        &["lz4", "not found"],
        "install `lz4`, or choose another compression, for instance `KERNEL_GZIP = \"y\"`",
    ),
    known(
        &["lz4c", "not found"],
        "install `lz4`, or choose another compression, for instance `KERNEL_GZIP = \"y\"`",
    ),
    known(
        &["lzop", "not found"],
        "install `lzop`, or choose another compression, for instance `KERNEL_GZIP = \"y\"`",
    ),
    known(
        &["lzma", "not found"],
        "install `xz-utils` (it has `lzma`), or choose another compression, for instance `KERNEL_GZIP = \"y\"`",
    ),
    known(
        &["bzip2", "not found"],
        "install `bzip2`, or choose another compression, for instance `KERNEL_GZIP = \"y\"`",
    ),
    known(
        &["zstd", "not found"],
        "install `zstd`, or choose another compression, for instance `KERNEL_GZIP = \"y\"`",
    ),
    known(
        &["xz: ", "not found"],
        "install `xz-utils`, or choose another compression, for instance `KERNEL_GZIP = \"y\"`",
    ),
    known(&["gzip", "not found"], "install `gzip`: the kernel is compressed with it"),
    known(&["awk", "not found"], "install `gawk`: tables of instructions are generated with it"),
    known(&["cpio", "not found"], "install `cpio`: archives in the kernel are made with it"),
    known(&["rsync", "not found"], "install `rsync`: headers are installed with it"),
    known(&["perl", "not found"], "install `perl`: some of the kernel's sources are generated with it"),
    known(&["python3", "not found"], "install `python3`: some of the kernel's sources are generated with it"),
    known(&["depmod", "not found"], "install `kmod`: it has `depmod`"),
    known(
        &["gcc-plugin.h", "No such file"],
        "install the compiler's plugin headers (gcc-<version>-plugin-dev), or set `GCC_PLUGINS = \"n\"`",
    ),
    known(
        &["The source tree is not clean"],
        "the source tree was built in: run `make mrproper` in it, or use a tree that was not",
    ),
    known(
        &["is not clean, please run"],
        "the source tree was built in: run `make mrproper` in it, or use a tree that was not",
    ),
    known(
        &["source directory cannot contain spaces or colons"],
        "move the workspace, or set `CARGO_TARGET_DIR` and `KERNEL_CACHE_DIR`, so that no path has a space or a colon",
    ),
    known(
        &["Cannot find directory"],
        "a folder that the tree's Makefile names is not there: the source tree is not complete",
    ),
    known(
        &["-Werror=use-after-free"],
        "this compiler is newer than this kernel: take a newer point release, or an older compiler (`CC=gcc-11`)",
    ),
    known(
        &["-Werror=dangling-pointer"],
        "this compiler is newer than this kernel: take a newer point release, or an older compiler, or set `WERROR = \"n\"`",
    ),
    known(
        &["cannot use keyword 'false' as enumeration constant"],
        "this compiler speaks C23, this kernel does not: take a newer point release, or a compiler before gcc 15",
    ),
    known(
        &["'bool' cannot be defined via 'typedef'"],
        "this compiler speaks C23, this kernel does not: take a newer point release, or a compiler before gcc 15",
    ),
    known(
        &["-Werror=unterminated-string-initialization"],
        "this compiler is newer than this kernel: take a newer point release, or set `WERROR = \"n\"`",
    ),
    known(
        &["multiple definition of `yylloc'"],
        "this compiler is newer than this kernel: take a newer point release",
    ),
    known(&["[-Werror"], "a warning stops this build: set `WERROR = \"n\"` in the kernel's config"),
    known(
        &["code model kernel does not support PIC mode"],
        "this compiler makes position-independent code by default and this kernel is too old to switch it off: take a newer point release",
    ),
    known(
        &["is too old", "ompiler"],
        "this kernel needs a newer compiler: see Documentation/process/changes.rst of its source",
    ),
    known(
        &["GNU Make", "is required"],
        "this kernel needs a newer make: see Documentation/process/changes.rst of its source",
    ),
    known(
        &["Killed signal terminated program"],
        "the machine ran out of memory: build with fewer jobs (`-j1`) or give it more memory",
    ),
    known(
        &["internal compiler error: Killed"],
        "the machine ran out of memory: build with fewer jobs (`-j1`) or give it more memory",
    ),
    known(
        &["virtual memory exhausted"],
        "the machine ran out of memory: build with fewer jobs (`-j1`) or give it more memory",
    ),
    known(
        &["Cannot allocate memory"],
        "the machine ran out of memory: build with fewer jobs (`-j1`) or give it more memory",
    ),
    known(&["internal compiler error"], "the compiler itself failed: try another version of it"),
    known(
        &["Clock skew detected"],
        "files have dates in the future: set the clock, and run `cargo xtask kernel clean`",
    ),
    known(
        &["fixdep: Permission denied"],
        "the target folder is mounted without permission to execute: set `CARGO_TARGET_DIR` to another",
    ),
    known(
        &["cannot execute binary file"],
        "a program in the object tree is for another machine: run `cargo xtask kernel clean`",
    ),
    known(
        &["No rule to make target", "debian/"],
        "the `.config` names certificates of a distribution: set `SYSTEM_TRUSTED_KEYS = \"\"` and `SYSTEM_REVOCATION_KEYS = \"\"`",
    ),
    known(
        &["No rule to make target", ".pem"],
        "the `.config` names a certificate that is not there: set `SYSTEM_TRUSTED_KEYS = \"\"`",
    ),
];
