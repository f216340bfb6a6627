//! The files in `OUT_DIR` that the crate's macros include.
//!
//! | File | What it is |
//! |---|---|
//! | `kernel-<name>.rs` | items: the constants |
//! | `kernel-<name>.image.rs` | an expression: the bytes of the image |
//! | `kernel-<name>.gz` | the packed image, where that was asked for |
//!
//! Invariant: a file that would be the same is not written, so that rustc has nothing to do.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::directives::Directives;
use super::{Built, Embedding, Error, Kernel, Load, places};

/// Writes them.
pub(super) fn write(kernel: &Kernel, built: &Built, directives: &Directives) -> Result<(), Error> {
    let out = places::out_dir(directives)?;
    let name = &kernel.name;
    put(&out.join(format!("kernel-{name}.rs")), constants(kernel, built).as_bytes())?;
    let image = match kernel.embedding {
        // Of an image that may be there in the mode `facts` nothing is known.
        _ if built.size.is_none() || !built.image.is_file() => None,
        Embedding::Plain => Some(built.image.clone()),
        #[cfg(feature = "gzip")]
        Embedding::Gzip => Some(pack(&built.image, &out.join(format!("kernel-{name}.gz")))?),
    };
    put(&out.join(format!("kernel-{name}.image.rs")), bytes(image).as_bytes())
}

fn put(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    if std::fs::read(path).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    std::fs::write(path, bytes).map_err(|source| Error::Write { path: path.to_owned(), source })
}

/// The same bytes give the same file: gzip's header has neither a name nor a time.
#[cfg(feature = "gzip")]
fn pack(image: &Path, to: &Path) -> Result<PathBuf, Error> {
    use std::io::Write as _;

    let bytes = std::fs::read(image).map_err(|source| Error::Io { path: image.to_owned(), source })?;
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let packed = packer.write_all(&bytes).and_then(|()| packer.finish());
    put(to, &packed.map_err(|source| Error::Write { path: to.to_owned(), source })?)?;
    Ok(to.to_owned())
}

/// A block, so that its type has no name outside.
fn bytes(image: Option<PathBuf>) -> String {
    let Some(image) = image else { return "&[] as &[u8]\n".to_owned() };
    format!(
        "{{\n    #[repr(C, align(4096))]\n    struct Page<T: ?Sized>(T);\n    \
         static IMAGE: &Page<[u8]> = &Page(*include_bytes!({image:?}));\n    &IMAGE.0 as &[u8]\n}}\n"
    )
}

fn constants(kernel: &Kernel, built: &Built) -> String {
    let mut text = String::new();
    let mut item = |doc: &str, rest: String| {
        // Writing to a string does not fail.
        let _ = writeln!(text, "/// {doc}\n#[allow(dead_code)]\npub {rest}");
    };
    let string = |name: &str, value: &str| format!("const {name}: &str = {value:?};");
    item("The kernel's name in the manifest.", string("NAME", &kernel.name));
    item("Rust's name of the architecture.", string("ARCH", &built.arch));
    item("What `make kernelversion` says.", string("VERSION", &built.version));
    item("What `uname -r` says in the guest.", string("RELEASE", &built.release));
    item("The path of the image.", string("IMAGE", &built.image.to_string_lossy()));
    item("The image's length in bytes.", number("SIZE", built.size));
    item("The image's digest.", format!("const SHA256: Option<&str> = {:?};", built.sha256.as_deref()));
    item("The command line.", string("CMDLINE", &built.cmdline));
    let Load { entry, start, end, pvh_entry, .. } = built.load;
    item("The address of the first instruction of a `vmlinux`.", number("ENTRY", entry));
    item("The lowest physical address that a `vmlinux` takes.", number("LOAD_START", start));
    item("The first physical address behind a `vmlinux`.", number("LOAD_END", end));
    item("The physical address of the PVH entry of a `vmlinux`.", number("PVH_ENTRY", pvh_entry));
    let Load { kernel_offset, pref_address, init_size, cmdline_size, text_offset, memory_size, .. } =
        built.load;
    item("Where the protected-mode kernel of a `bzImage` starts.", number("KERNEL_OFFSET", kernel_offset));
    item("The physical address that a `bzImage` likes best.", number("PREF_ADDRESS", pref_address));
    item("The memory that a `bzImage` takes first.", number("INIT_SIZE", init_size));
    item("The longest command line of a `bzImage`.", number("CMDLINE_SIZE", cmdline_size));
    item("The distance of an `Image` from a 2 MiB boundary.", number("TEXT_OFFSET", text_offset));
    item("The memory that an `Image` takes.", number("MEMORY_SIZE", memory_size));
    item("The features that the kernel has.", format!("const FEATURES: &[&str] = &{:?};", built.features));
    item(
        "The symbols that the build script asked for, and their values.",
        format!("const CONFIG: &[(&str, &str)] = &{:?};", built.symbols),
    );
    item(
        "The value of one of [`CONFIG`]'s symbols; `None` where the build script did not ask for it.",
        LOOKUP.to_owned(),
    );
    text
}

/// `==` on strings is not for constants.
const LOOKUP: &str = "const fn config(name: &str) -> Option<&'static str> {
    let name = name.as_bytes();
    let mut index = 0;
    while index < CONFIG.len() {
        let known = CONFIG[index].0.as_bytes();
        let mut same = 0;
        while same < known.len() && same < name.len() && known[same] == name[same] {
            same += 1;
        }
        if same == known.len() && same == name.len() {
            return Some(CONFIG[index].1);
        }
        index += 1;
    }
    None
}";

fn number(name: &str, value: Option<u64>) -> String {
    let value = value.map_or_else(|| "None".to_owned(), |value| format!("Some({value:#x})"));
    format!("const {name}: Option<u64> = {value};")
}
