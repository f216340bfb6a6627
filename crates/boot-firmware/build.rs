//! Assembles the start-up code, compiles the freestanding library, and tells the linker to make the ROM's ELF file.
//!
//! A program without an operating system cannot unwind, and `panic = "abort"` is a setting of a whole Cargo profile,
//! which this package must not impose on its workspace. So the library is compiled once more, here, with flags of its
//! own and `--cfg freestanding`; that is what Cargo's program consists of. A gain on the side: dev and release builds
//! make the same ROM.
//!
//! ```text
//! src/start.S ──cc──▶ start.o ┐
//! src/lib.rs  ──────rustc─────┴──▶ firmware.o ┐
//! src/main.rs ──────Cargo (nothing in it)─────┴─ link.ld ──▶ the program `boot-firmware`
//! ```
//!
//! `firmware.o` is a partial link (`-r`) of everything, `core` too, after link-time optimisation, which makes all names
//! local but those called from outside Rust. Otherwise its panic handler would clash with the standard library's: Cargo
//! puts that into the last link, and the linker throws it out again, unused.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a build script reads its environment"
)]

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    println!("cargo::rustc-check-cfg=cfg(freestanding)");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=link.ld");
    println!("cargo::rerun-if-changed=src");
    if variable("CARGO_CFG_TARGET_ARCH")? != "x86_64" || variable("CARGO_CFG_TARGET_OS")? != "linux" {
        // `main.rs` says so when it is run.
        return Ok(());
    }
    let start = cc::Build::new().file("src/start.S").cargo_metadata(false).try_compile_intermediates()?;
    let firmware = PathBuf::from(variable("OUT_DIR")?).join("firmware.o");
    compile(&start, &firmware)?;

    let script = Path::new(&variable("CARGO_MANIFEST_DIR")?).join("link.ld");
    println!("cargo::rustc-link-arg-bins={}", firmware.display());
    println!("cargo::rustc-link-arg-bins=-Wl,--script={}", script.display());
    for argument in ["-nostartfiles", "-nostdlib", "-no-pie", "-Wl,--build-id=none", "-Wl,-z,norelro"] {
        println!("cargo::rustc-link-arg-bins={argument}");
    }
    Ok(())
}

/// Compiles `src/lib.rs` for a machine without an operating system.
///
/// `RUSTFLAGS` are deliberately not passed: instrumentation and the like need a runtime.
fn compile(start: &[PathBuf], firmware: &Path) -> Result<(), Failure> {
    let mut rustc = Command::new(variable("RUSTC")?);
    rustc
        .args(["src/lib.rs", "--crate-name=boot_firmware", "--crate-type=bin", "--edition=2024"])
        .args(["--cfg=freestanding", "--check-cfg=cfg(freestanding,test)", "--target", &variable("TARGET")?])
        .args(["-Cpanic=abort", "-Clto=fat", "-Copt-level=s", "-Ccodegen-units=1", "-Coverflow-checks=on"])
        .args(["-Crelocation-model=static", "-Cforce-unwind-tables=no", "-Cdebuginfo=line-tables-only"])
        .args(["-Clink-arg=-r", "-Clink-arg=-nostdlib", "-Clink-arg=-nostartfiles", "-Clink-arg=-no-pie"])
        .args(["-Clink-arg=-Wl,--entry=reset_vector", "-Clink-arg=-Wl,--undefined=firmware_main"])
        .args(start.iter().map(|object| format!("-Clink-arg={}", object.display())))
        .arg("-o")
        .arg(firmware);
    if let Some(linker) = env::var_os("RUSTC_LINKER") {
        rustc
            .arg("-C")
            .arg([std::ffi::OsStr::new("linker="), &linker].into_iter().collect::<std::ffi::OsString>());
    }
    let status = rustc.status().map_err(|error| format!("cannot start {rustc:?}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{rustc:?} failed: {status}").into()) }
}

fn variable(name: &str) -> Result<String, Failure> {
    env::var(name).map_err(|error| format!("`{name}`: {error}").into())
}
