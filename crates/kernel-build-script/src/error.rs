//! Why a build script has no kernel.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why a build script has no kernel.
///
/// `main` of a build script may return it: its `Debug` form is what a person reads, with the hint.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No manifest above the package.
    #[error("no `Kernel.toml`, and no `[workspace.metadata.kernel]` in a `Cargo.toml`, in `{0}` or above it")]
    NoManifest(PathBuf),
    /// cargo did not start this process.
    #[error("`{0}` is not set: this is not a build script that cargo started")]
    NotInCargo(&'static str),
    /// `KERNEL_IMAGE` is not an image that can be taken.
    #[error("`KERNEL_IMAGE={0}` is not the absolute path of a file")]
    BadImage(PathBuf),
    /// An image of which nothing is known.
    #[error("nothing says which kernel `{0}` is: there is no `kernel.json` beside it")]
    UnknownImage(PathBuf),
    /// The program that builds kernels is not there.
    #[error("kernel `{name}` must be built, but there is no `cargo-kernel` on PATH")]
    NoTool {
        /// The kernel.
        name: String,
    },
    /// It could not be started.
    #[error("could not start `{program}`")]
    Start {
        /// The program.
        program: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It failed; its own words were shown above.
    #[error("`{command}` failed: {status}")]
    Failed {
        /// The command line.
        command: String,
        /// How it ended.
        status: String,
    },
    /// It said nothing of an image.
    #[error("`{command}` ended well, but printed no path of an image")]
    NoOutput {
        /// The command line.
        command: String,
    },
    /// The build that this one is part of has no such kernel.
    #[error("kernel `{name}` was not built: there is no `{path}`")]
    NotBuilt {
        /// The kernel.
        name: String,
        /// Its `kernel.json`.
        path: PathBuf,
    },
    /// `kernel.json` is of another format, or of another kernel.
    #[error("`{path}` cannot be used: {found}")]
    Record {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        found: String,
    },
    /// The kernel does not have the image that was asked for.
    #[error("kernel `{name}` has no image `{image}`: it has {there}")]
    NoImage {
        /// The kernel.
        name: String,
        /// What was asked for.
        image: String,
        /// What it has.
        there: String,
    },
    /// A file.
    #[error("could not read `{path}`")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// cargo does not listen.
    #[error("could not write to cargo")]
    Stdout(#[source] io::Error),
}

impl Error {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoManifest(_) => Some("write a `Kernel.toml` beside the workspace's `Cargo.toml`"),
            Self::BadImage(_) => Some("write the whole path of an image, or unset `KERNEL_IMAGE`"),
            Self::UnknownImage(_) => Some("set `KERNEL_RELEASE` and `KERNEL_VERSION` too"),
            Self::NoTool { .. } => Some(
                "build through `cargo kernel build --vm NAME` or the workspace's `cargo xtask`, set `CARGO_KERNEL` to \
                 the program, or set `KERNEL_IMAGE` to a kernel that is there",
            ),
            Self::NotBuilt { .. } => {
                Some("its own build failed, or it is not one of the kernels that are being built")
            }
            Self::NoImage { .. } => Some("add it to the kernel's `images` in Kernel.toml"),
            Self::Record { .. } => Some("build the kernel again"),
            _ => None,
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            write!(f, "\n  caused by: {error}")?;
            cause = error.source();
        }
        self.hint().map_or(Ok(()), |hint| write!(f, "\nhint: {hint}"))
    }
}
