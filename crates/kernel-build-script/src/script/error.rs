//! Why a build script has no kernel.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why a build script has no kernel.
///
/// `main` of a build script may return it: its `Debug` form is what a person reads, with the hint. Its messages are written
/// out here: whoever builds a crate waits for its build script's dependencies, and a derive macro is the largest of all.
#[non_exhaustive]
pub enum Error {
    /// No manifest above the package.
    NoManifest(PathBuf),
    /// cargo did not start this process.
    NotInCargo(&'static str),
    /// `KERNEL_IMAGE` is not an image that can be taken.
    BadImage(PathBuf),
    /// `KERNEL_BUILD_SCRIPT` is no mode.
    BadMode(String),
    /// An image of which nothing is known.
    UnknownImage(PathBuf),
    /// The program that builds kernels is not there, and cannot be built.
    NoTool(kernel_launcher::Error),
    /// It could not be started.
    Start {
        /// The program.
        program: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It failed; its own words were shown above.
    Failed {
        /// The command line.
        command: String,
        /// How it ended.
        status: String,
    },
    /// The build that this one is part of has no such kernel.
    NotBuilt {
        /// The kernel.
        name: String,
        /// Its `kernel.json`.
        path: PathBuf,
    },
    /// Nothing may be built, and nothing is there.
    Required {
        /// The kernel.
        name: String,
        /// Its `kernel.json`.
        path: PathBuf,
    },
    /// No such VM boots the kernel.
    NoVm {
        /// The kernel.
        kernel: String,
        /// What was asked for.
        vm: String,
        /// The VMs that boot it.
        there: String,
    },
    /// `kernel.json` is of another format, or of another kernel.
    Record {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        found: String,
    },
    /// The kernel does not have the image that was asked for.
    NoImage {
        /// The kernel.
        name: String,
        /// What was asked for.
        image: String,
        /// What it has.
        there: String,
    },
    /// A file.
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file in `OUT_DIR`.
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// cargo does not listen.
    Stdout(io::Error),
}

impl Error {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoManifest(_) => {
                Some("`cargo kernel init` writes a `Kernel.toml` beside the workspace's `Cargo.toml`")
            }
            Self::BadImage(_) => Some("write the whole path of an image, or unset `KERNEL_IMAGE`"),
            Self::UnknownImage(_) => Some("set `KERNEL_RELEASE` and `KERNEL_VERSION` too"),
            Self::NoTool(_) => Some(
                "install it, set `CARGO_KERNEL` to the program, or set `KERNEL_IMAGE` to a kernel that is there",
            ),
            Self::NotBuilt { .. } => {
                Some("its own build failed, or it is not one of the kernels that are being built")
            }
            Self::Required { .. } => Some(
                "build it with `cargo kernel build`, or let the script do it: `KERNEL_BUILD_SCRIPT=build`",
            ),
            Self::NoImage { .. } => Some("add it to the kernel's `images` in Kernel.toml"),
            Self::Record { .. } => Some("build the kernel again"),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoManifest(folder) => write!(
                f,
                "no `Kernel.toml`, and no `[workspace.metadata.kernel]` in a `Cargo.toml`, in `{}` or above it",
                folder.display()
            ),
            Self::NotInCargo(name) => {
                write!(f, "`{name}` is not set: this is not a build script that cargo started")
            }
            Self::BadImage(path) => {
                write!(f, "`KERNEL_IMAGE={}` is not the absolute path of a file", path.display())
            }
            Self::BadMode(word) => {
                write!(f, "`KERNEL_BUILD_SCRIPT={word}`: expected `build`, `require` or `facts`")
            }
            Self::UnknownImage(path) => {
                let path = path.display();
                write!(f, "nothing says which kernel `{path}` is: there is no `kernel.json` beside it")
            }
            Self::NoTool(_) => f.write_str("there is no `cargo-kernel`"),
            Self::Start { program, .. } => write!(f, "could not start `{}`", program.display()),
            Self::Failed { command, status } => write!(f, "`{command}` failed: {status}"),
            Self::NotBuilt { name, path } => {
                write!(f, "kernel `{name}` was not built: there is no `{}`", path.display())
            }
            Self::Required { name, path } => {
                write!(f, "kernel `{name}` is required to be there, but there is no `{}`", path.display())
            }
            Self::NoVm { kernel, vm, there } => {
                let there = if there.is_empty() { "none" } else { there };
                write!(f, "no VM `{vm}` boots kernel `{kernel}`: there is {there}")
            }
            Self::Record { path, found } => write!(f, "`{}` cannot be used: {found}", path.display()),
            Self::NoImage { name, image, there } => {
                write!(f, "kernel `{name}` has no image `{image}`: it has {there}")
            }
            Self::Io { path, .. } => write!(f, "could not read `{}`", path.display()),
            Self::Write { path, .. } => write!(f, "could not write `{}`", path.display()),
            Self::Stdout(_) => f.write_str("could not write to cargo"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Start { source, .. }
            | Self::Io { source, .. }
            | Self::Write { source, .. }
            | Self::Stdout(source) => Some(source),
            Self::NoTool(source) => Some(source),
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
