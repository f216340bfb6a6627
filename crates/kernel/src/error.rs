//! What went wrong, in either half.

use kernel_boot::initramfs::InitramfsError;
use kernel_boot::{BootError, Diagnosis, Outcome};
use kernel_build::configure::Refusal;
use kernel_build::host_tools::MissingTools;
use kernel_build::{BuildError, ErrorClass, KernelsFailed};
use kernel_host::AbsPath;
use kernel_host::fs::FsError;
use kernel_spec::{Diagnostic, VmName};

use crate::bisect::BisectError;
use crate::select::{UnknownName, listed};

/// What sort of thing went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The manifest, a fragment, a name, the machine: something that its user can put right.
    User,
    /// Kernel.lock would have to change, and must not.
    LockOutOfDate,
    /// A source is not what its digest says.
    SourceIntegrity,
    /// make or cargo failed.
    Build,
    /// What was built is not what was planned.
    Verification,
    /// The guest did not do what it had to.
    Guest,
    /// A bug of ours: nothing in this library returns it, a panic is one.
    Bug,
    /// Somebody wished to stop.
    Interrupted,
}

impl ErrorKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::User,
        Self::LockOutOfDate,
        Self::SourceIntegrity,
        Self::Build,
        Self::Verification,
        Self::Guest,
        Self::Bug,
        Self::Interrupted,
    ];
}

impl From<ErrorClass> for ErrorKind {
    fn from(class: ErrorClass) -> Self {
        match class {
            ErrorClass::User => Self::User,
            ErrorClass::LockOutOfDate => Self::LockOutOfDate,
            ErrorClass::SourceIntegrity => Self::SourceIntegrity,
            ErrorClass::Build => Self::Build,
            ErrorClass::Verification => Self::Verification,
            ErrorClass::Interrupted => Self::Interrupted,
        }
    }
}

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A name that the manifest does not have.
    #[error(transparent)]
    UnknownName(#[from] UnknownName),
    /// No VM was named, and there is not exactly one.
    #[error("{}", if .0.is_empty() { "the manifest has no VM to boot" } else { "the manifest has more than one VM: expected the name of one" })]
    WhichVm(Vec<String>),
    /// `--manifest-path` names something else.
    #[error("`{0}` is no manifest: expected the path of a `Kernel.toml` or a `Cargo.toml`")]
    NoManifest(AbsPath),
    /// Not a Linux machine.
    #[error("a kernel cannot be {0} here: that needs a Linux machine")]
    NotLinux(&'static str),
    /// While something was fetched, configured or built.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The boot could not be tried.
    #[error(transparent)]
    Boot(#[from] BootError),
    /// The initramfs of a VM could not be made.
    #[error("the initramfs of `{vm}` cannot be made")]
    Initramfs {
        /// The VM.
        vm: VmName,
        /// Why.
        source: InitramfsError,
    },
    /// A program that is to run in a guest is not there.
    #[error("there is no program `{0}` to run in the guest")]
    NoProgram(String),
    /// A VM that cannot run a command.
    #[error("`{0}` has no `init`, which would run the command")]
    NoInit(VmName),
    /// A file could not be read or written.
    #[error(transparent)]
    Fs(#[from] FsError),
    /// There is nothing to search for.
    #[error(transparent)]
    Bisect(#[from] BisectError),
    /// The boot was tried, and is not good.
    #[error("`{vm}` did not boot as it must: {outcome}")]
    Guest {
        /// The VM.
        vm: VmName,
        /// The verdict.
        outcome: Box<Outcome>,
        /// Where its kernel was and what it lacked, where that is known.
        diagnosis: Box<Diagnosis>,
        /// Where the console's text is.
        log: String,
    },
}

impl Error {
    /// What sort of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::UnknownName(_)
            | Self::WhichVm(_)
            | Self::NoManifest(_)
            | Self::NotLinux(_)
            | Self::NoProgram(_)
            | Self::NoInit(_)
            | Self::Initramfs { .. }
            | Self::Bisect(_)
            | Self::Fs(_) => ErrorKind::User,
            Self::Build(error) => error.class().into(),
            Self::Boot(error) if error.is_cancelled() => ErrorKind::Interrupted,
            Self::Boot(_) => ErrorKind::User,
            Self::Guest { .. } => ErrorKind::Guest,
        }
    }

    /// The verdict on a boot that is not good.
    pub fn outcome(&self) -> Option<&Outcome> {
        match self {
            Self::Guest { outcome, .. } => Some(outcome),
            _ => None,
        }
    }

    /// What to do about it, where that can be said.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownName(error) => Some(error.hint()),
            Self::WhichVm(names) if names.is_empty() => Some("describe one in a `[vm.NAME]`".into()),
            Self::WhichVm(names) => Some(listed(names)),
            Self::Build(error) => error.hint(),
            Self::Boot(error) => error.hint(),
            Self::Bisect(error) => error.hint(),
            Self::Guest { outcome, diagnosis, .. } => {
                diagnosis.cause.as_ref().map(|cause| cause.hint.clone()).or_else(|| outcome.hint())
            }
            Self::NoProgram(_) => {
                Some("write its path with a slash, as in `./run`, or a name that is on `PATH`".into())
            }
            Self::NoInit(_) => {
                Some("give it one that runs jobs, such as this tool's own `guest-init`".into())
            }
            Self::NoManifest(_) | Self::NotLinux(_) | Self::Initramfs { .. } | Self::Fs(_) => None,
        }
    }

    /// Places in texts that are wrong, all of them; the message then says no more than they do.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        match self {
            Self::Build(error) => error.diagnostics(),
            _ => &[],
        }
    }

    /// Lines to show below the message: misses, a compiler's words, the end of a console.
    pub fn details(&self) -> Vec<String> {
        match self {
            Self::Build(error) => error.details(),
            Self::Guest { outcome, diagnosis, log, .. } => {
                let mut lines = outcome.last_lines().to_vec();
                if !diagnosis.trace.is_empty() {
                    lines.push("the kernel was at".into());
                    lines.extend(diagnosis.trace.iter().map(|place| format!("    {place}")));
                }
                lines.extend(diagnosis.cause.iter().map(|cause| cause.text.clone()));
                lines.push(format!("the whole console is in {log}"));
                lines
            }
            _ => Vec::new(),
        }
    }

    /// What of a configuration is not as asked.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Build(error) => error.refusal(),
            _ => None,
        }
    }

    /// What became of all kernels, where several were to be built and not all could.
    pub fn kernels(&self) -> Option<&KernelsFailed> {
        match self {
            Self::Build(error) => error.kernels(),
            _ => None,
        }
    }

    /// The host tools whose absence it reports; installing them may be offered.
    pub fn missing_tools(&self) -> Option<&MissingTools> {
        match self {
            Self::Build(error) => error.missing_tools(),
            _ => None,
        }
    }
}
