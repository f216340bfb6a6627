//! What the crate itself writes; the files were made by its build script.

/// The constants of a kernel, to be put into a module.
///
/// ```ignore
/// mod guest {
///     kernel_build_script::include_facts!("guest");
/// }
/// println!("boots {} with {:?} processors", guest::RELEASE, guest::config("NR_CPUS"));
/// ```
///
/// | constant | type | |
/// |---|---|---|
/// | `NAME`, `ARCH`, `VERSION`, `RELEASE` | `&str` | as `kernel.json` has them |
/// | `IMAGE` | `&str` | the path of the image; empty under `DOCS_RS` |
/// | `SIZE`, `SHA256` | `Option<u64>`, `Option<&str>` | of the image, where there is one |
/// | `CMDLINE` | `&str` | of the VM of `Kernel::vm`; else what is compiled in (`CONFIG_CMDLINE`) |
/// | `ENTRY`, `LOAD_START`, `LOAD_END`, `PVH_ENTRY` | `Option<u64>` | `vmlinux`: entry, physical memory, PVH entry |
/// | `KERNEL_OFFSET`, `PREF_ADDRESS`, `INIT_SIZE`, `CMDLINE_SIZE` | `Option<u64>` | `bzImage` |
/// | `TEXT_OFFSET`, `MEMORY_SIZE` | `Option<u64>` | `Image` |
/// | `FEATURES` | `&[&str]` | the features that it has |
/// | `CONFIG`, `config(NAME)` | `&[(&str, &str)]`, `Option<&str>` | the symbols of `Kernel::symbols`, as `.config` has them |
#[macro_export]
macro_rules! include_facts {
    ($kernel:literal) => {
        include!(concat!(env!("OUT_DIR"), "/kernel-", $kernel, ".rs"));
    };
}

/// The bytes of a kernel's image, as a `&'static [u8]` that is aligned to 4096 bytes.
///
/// ```ignore
/// static KERNEL: &[u8] = kernel_build_script::include_kernel!("guest");
/// ```
///
/// Packed with gzip where the build script says `Embedding::Gzip`. In the mode `facts`, and under `DOCS_RS`, there are no
/// bytes, also where an image lies there from before: so that what only checks or lints a crate compiles it. A program that
/// must not come to be without its kernel says so in its code:
///
/// ```ignore
/// const _: () = assert!(guest::SIZE.is_some(), "KERNEL_BUILD_SCRIPT=facts makes no program that boots");
/// ```
///
/// Whoever distributes a program with a kernel in it distributes the kernel: see `cargo kernel source-bundle`.
#[macro_export]
macro_rules! include_kernel {
    ($kernel:literal) => {
        include!(concat!(env!("OUT_DIR"), "/kernel-", $kernel, ".image.rs"))
    };
}
