//! Why there is no program to hand over to.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why there is no program to hand over to; its `Debug` form is what a person reads.
#[non_exhaustive]
pub enum Error {
    /// It is not known where this program lies.
    Place(io::Error),
    /// The checkout that this crate was compiled in is gone, or the crate alone was copied.
    NoCheckout(PathBuf),
    /// A program could not be started.
    Start {
        /// The program.
        program: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// cargo failed; its own words were shown above.
    Failed {
        /// What it was to build.
        program: String,
        /// How it ended.
        status: String,
    },
    /// What says when the program was built.
    Stamp {
        /// The file.
        path: PathBuf,
        /// Why it could not be written.
        source: io::Error,
    },
}

impl Error {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoCheckout(_) => Some("install `cargo-kernel`, or set `CARGO_KERNEL` to the program"),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Place(_) => f.write_str("could not find out where this program lies"),
            Self::NoCheckout(path) => {
                write!(
                    f,
                    "no `cargo-kernel` on PATH, and no `Cargo.toml` in `{}` to build it from",
                    path.display()
                )
            }
            Self::Start { program, .. } => write!(f, "could not start `{}`", program.display()),
            Self::Failed { program, status } => {
                write!(f, "could not build `{program}`: cargo ended with {status}")
            }
            Self::Stamp { path, .. } => write!(f, "could not write `{}`", path.display()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Place(source) | Self::Start { source, .. } | Self::Stamp { source, .. } => Some(source),
            Self::NoCheckout(_) | Self::Failed { .. } => None,
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {self}")?;
        if let Some(cause) = std::error::Error::source(self) {
            write!(f, "\n  caused by: {cause}")?;
        }
        self.hint().map_or(Ok(()), |hint| write!(f, "\nhint: {hint}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_its_cause_and_apart_a_hint() {
        let start = Error::Start { program: "cargo".into(), source: io::ErrorKind::NotFound.into() };
        assert_eq!(format!("{start:?}"), "error: could not start `cargo`\n  caused by: entity not found");
        let gone = format!("{:?}", Error::NoCheckout("/gone".into()));
        assert!(gone.contains("no `Cargo.toml` in `/gone`") && gone.contains("\nhint: install"), "{gone}");
    }
}
