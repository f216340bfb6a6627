//! A kernel of `Kernel.toml` for a crate's `build.rs`.
//!
//! ```no_run
//! // build.rs
//! fn main() -> Result<(), kernel_build_script::Error> {
//!     kernel_build_script::kernel("guest").emit()?;
//!     Ok(())
//! }
//! ```
//!
//! The crate then has `env!("KERNEL_IMAGE")`, `env!("KERNEL_RELEASE")` and `env!("KERNEL_VERSION")`. The kernel comes from
//! the first of these that applies:
//!
//! | Where the script finds itself | What it does |
//! |---|---|
//! | `KERNEL_IMAGE` is set | takes that file; its release from the `kernel.json` beside it, or from `KERNEL_RELEASE` and `KERNEL_VERSION` |
//! | `KERNEL_BUILD_ACTIVE` is set: `kernel build` started this cargo | waits for the kernel's lock, then takes its artifact |
//! | otherwise | runs `cargo-kernel kernel build NAME`: `CARGO_KERNEL`, else the one on `PATH` |
//!
//! cargo is told of every input, so that the script runs again when the manifest, the lockfile, a fragment, a source
//! tree given by path, or the artifact changes. It is not told of `KERNEL_BUILD_ACTIVE`, `CARGO_KERNEL` and `PATH`, which
//! say how a kernel is got and not which.
//!
//! Deliberately absent: how a kernel is built, and any dependency on the crates that know.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a build script reads its environment, and waits and builds by itself"
)]

mod directives;
mod error;
mod obtain;
mod record;

use std::path::PathBuf;

pub use error::Error;

use directives::Directives;

/// A kernel that a crate is built for.
#[derive(Clone, Debug)]
pub struct Kernel {
    name: String,
    image: Option<String>,
}

/// What the crate is told about its kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// The image: `KERNEL_IMAGE`.
    pub image: PathBuf,
    /// What `uname -r` says in the guest: `KERNEL_RELEASE`.
    pub release: String,
    /// What `make kernelversion` says: `KERNEL_VERSION`.
    pub version: String,
}

/// Names a `[kernel.*]` of the manifest.
pub fn kernel(name: &str) -> Kernel {
    Kernel { name: name.to_owned(), image: None }
}

impl Kernel {
    /// Chooses one of the kernel's images by its name: `bzImage`; without it, the manifest's first.
    #[must_use]
    pub fn image(mut self, name: &str) -> Self {
        self.image = Some(name.to_owned());
        self
    }

    /// Gets the kernel, and tells cargo about it.
    ///
    /// # Errors
    /// [`Error`] where there is no kernel, or it cannot be built.
    pub fn emit(&self) -> Result<Built, Error> {
        let mut directives = Directives::new(|name| std::env::var_os(name));
        let built = obtain::obtain(self, &mut directives);
        // Also after an error: cargo is to try again when an input changes.
        directives.print().map_err(Error::Stdout)?;
        built
    }
}
