//! What a `build.rs` calls.
//!
//! ```text
//! Kernel ─ obtain ─▶ Built ─┬─ directives ─▶ cargo
//!           │               └─ module      ─▶ $OUT_DIR/kernel-<name>.rs, kernel-<name>.image.rs
//!           ├─ record  kernel.json: the artifact
//!           ├─ facts   facts.json: what the workspace says of the kernel
//!           ├─ parent  what cargo was told and does not hand on
//!           └─ places  where the target directory, the manifest and cargo-kernel are
//! ```

mod built;
mod directives;
mod dot_config;
mod error;
mod facts;
mod module;
mod obtain;
mod parent;
mod places;
mod record;

pub use built::{Built, Load};
pub use error::Error;

use std::sync::OnceLock;

use directives::Directives;

/// What a build script may do for its kernel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// `build`: the kernel is built where it is not fresh.
    #[default]
    Build,
    /// `require`: the artifact that is there is taken.
    Require,
    /// `facts`: the configuration is resolved, and nothing is compiled.
    Facts,
}

impl Mode {
    /// Every mode.
    pub const ALL: [Self; 3] = [Self::Build, Self::Require, Self::Facts];

    /// Its name in `KERNEL_BUILD_SCRIPT`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Build => "build",
            Self::Require => "require",
            Self::Facts => "facts",
        }
    }
}

/// How [`include_kernel!`](crate::include_kernel) holds the image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Embedding {
    /// As it is.
    #[default]
    Plain,
    /// Packed; the program unpacks it.
    #[cfg(feature = "gzip")]
    Gzip,
}

/// A kernel that a crate is built for.
#[derive(Clone, Debug)]
pub struct Kernel {
    name: String,
    image: Option<String>,
    vm: Option<String>,
    mode: Mode,
    symbols: Vec<String>,
    embedding: Embedding,
}

/// Names a `[kernel.*]` of the manifest.
pub fn kernel(name: &str) -> Kernel {
    Kernel {
        name: name.to_owned(),
        image: None,
        vm: None,
        mode: Mode::default(),
        symbols: Vec::new(),
        embedding: Embedding::default(),
    }
}

impl Kernel {
    /// Chooses one of the kernel's images by its name: `bzImage`; without it, the manifest's first.
    #[must_use]
    pub fn image(mut self, name: &str) -> Self {
        self.image = Some(name.to_owned());
        self
    }

    /// Takes the command line, and the image where none is chosen, of a `[vm.*]`.
    #[must_use]
    pub fn vm(mut self, name: &str) -> Self {
        self.vm = Some(name.to_owned());
        self
    }

    /// What is done where `KERNEL_BUILD_SCRIPT` does not say otherwise.
    #[must_use]
    pub fn mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }

    /// Symbols whose values the crate wants to know, with `CONFIG_` or without.
    #[must_use]
    pub fn symbols<S: AsRef<str>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        let plain = |name: S| {
            let name = name.as_ref();
            name.strip_prefix("CONFIG_").unwrap_or(name).to_owned()
        };
        self.symbols.extend(names.into_iter().map(plain));
        self
    }

    /// How [`include_kernel!`](crate::include_kernel) holds the image.
    #[must_use]
    pub fn embed(mut self, embedding: Embedding) -> Self {
        self.embedding = embedding;
        self
    }

    /// Gets the kernel, tells cargo about it, and writes what the macros include.
    ///
    /// # Errors
    /// [`Error`] where there is no kernel, or it cannot be built.
    pub fn emit(&self) -> Result<Built, Error> {
        static FIRST: OnceLock<String> = OnceLock::new();
        let is_first = FIRST.get_or_init(|| self.name.clone()) == &self.name;
        let mut directives = Directives::new(|name| std::env::var_os(name));
        let built = obtain::obtain(self, &mut directives).and_then(|built| {
            directives.found(self, &built, is_first);
            module::write(self, &built, &directives)?;
            Ok(built)
        });
        // Also after an error: cargo is to try again when an input changes.
        directives.print().map_err(Error::Stdout)?;
        built
    }
}
