//! What a session can fail with.
//!
//! A [`BuildError`] is what a presenter needs: a message and its causes (`source()`), lines to show below it, a hint to
//! show apart, and a class to choose an exit code by.

use std::fmt;

use kernel_host::fs::FsError;
use kernel_host::jobserver::JobserverError;
use kernel_host::process::ProcessError;
use kernel_spec::{Diagnostic, KernelName};

use crate::alongside::CargoError;
use crate::artifact::Artifact;
use crate::compile::CompileError;
use crate::configure::{ConfigureError, Refusal};
use crate::host_tools::{HostToolsError, MissingTools};
use crate::launcher::LauncherError;
use crate::load::LoadError;
use crate::lock::LockError;
use crate::origin::KernelOrgError;
use crate::source::SourceError;
use crate::toolchain::{ToolchainError, Unfit};
use crate::verify::VerifyError;
use crate::workspace::WorkspaceError;

/// What a session can fail with.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The workspace cannot be read.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The sources cannot be pinned.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// There is no toolchain.
    #[error(transparent)]
    Toolchain(#[from] ToolchainError),
    /// The toolchain is older than the tree accepts, or too new for it.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// Host tools are missing.
    #[error(transparent)]
    HostTools(#[from] HostToolsError),
    /// There is no source tree.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The kernel cannot be configured as asked.
    #[error(transparent)]
    Configure(#[from] ConfigureError),
    /// The kernel does not compile.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// What was asked for cannot stand in front of the compilers.
    #[error(transparent)]
    Launcher(#[from] LauncherError),
    /// The build is not as promised.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// cargo's builds failed.
    #[error(transparent)]
    Cargo(#[from] CargoError),
    /// The init that is built into a kernel needs that kernel.
    #[error("kernel `{kernel}` needs itself: {path}")]
    NeedsItself {
        /// The kernel.
        kernel: KernelName,
        /// From the kernel to itself.
        path: String,
        /// The package whose build script asked for it.
        package: String,
    },
    /// The program of a package cannot be an init.
    #[error("`{package}` cannot be built into a kernel")]
    InitArchive {
        /// The package.
        package: String,
        /// Why.
        source: boot_contract::initramfs::InitramfsError,
    },
    /// A kernel with something in it that only this tool puts there.
    #[error("kernel `{kernel}` has the package `{package}` built in, which cannot be handed on")]
    NotHandedOn {
        /// The kernel.
        kernel: KernelName,
        /// The package.
        package: String,
    },
    /// A lock between processes.
    #[error(transparent)]
    FileLock(#[from] kernel_host::lock::LockError),
    /// The jobserver.
    #[error(transparent)]
    Jobserver(#[from] JobserverError),
    /// The pool of job tokens cannot be made.
    #[error("could not make a pool of job tokens: {0}")]
    Pool(std::io::Error),
    /// A program.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// A file.
    #[error(transparent)]
    Fs(#[from] FsError),
    /// This system cannot build kernels.
    #[error("kernels are built on Linux only")]
    NotLinux,
    /// Somebody asked to stop.
    #[error("interrupted")]
    Interrupted,
    /// A kernel and cargo's builds failed, both.
    #[error("{kernel}")]
    Both {
        /// The kernel's error.
        kernel: Box<BuildError>,
        /// cargo's.
        cargo: Box<BuildError>,
    },
    /// Of several kernels, not all could be built.
    #[error("{0}")]
    Kernels(Box<KernelsFailed>),
}

/// What became of several kernels, of which at least one could not be built.
#[derive(Debug, Default)]
pub struct KernelsFailed {
    /// Those that could; they are stored.
    pub built: Vec<Artifact>,
    /// Those that could not, and why.
    pub failed: Vec<(KernelName, BuildError)>,
    /// Those that were ended, or not begun, because of these.
    pub ended: Vec<KernelName>,
}

impl fmt::Display for KernelsFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.built.len() + self.failed.len() + self.ended.len();
        let names: Vec<String> = self.failed.iter().map(|(name, _)| format!("`{name}`")).collect();
        write!(f, "{} of {all} kernels failed: {}", names.len(), names.join(", "))
    }
}

impl From<WorkspaceError> for BuildError {
    fn from(error: WorkspaceError) -> Self {
        Self::Load(error.into())
    }
}

/// What kind of failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorClass {
    /// What a person wrote or asked for.
    User,
    /// Kernel.lock would have to change and must not, or a program is not of the version that is pinned.
    LockOutOfDate,
    /// What was fetched is not what was promised.
    SourceIntegrity,
    /// make, a compiler or cargo failed.
    Build,
    /// The result is not what was promised.
    Verification,
    /// Somebody asked to stop.
    Interrupted,
}

impl BuildError {
    /// What kind of failure it is.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Lock(LockError::Spec(kernel_spec::LockError::OutOfDate { .. })) => {
                ErrorClass::LockOutOfDate
            }
            Self::Toolchain(ToolchainError::Pinned { .. }) => ErrorClass::LockOutOfDate,
            Self::Source(error) | Self::Lock(LockError::Source(error)) if error.is_about_integrity() => {
                ErrorClass::SourceIntegrity
            }
            Self::Lock(LockError::KernelOrg { source: KernelOrgError::Signature(_), .. }) => {
                ErrorClass::SourceIntegrity
            }
            Self::Configure(ConfigureError::Make { .. } | ConfigureError::Process(_))
            | Self::Compile(_)
            | Self::Cargo(_)
            | Self::Process(_) => ErrorClass::Build,
            Self::Verify(_) => ErrorClass::Verification,
            Self::Interrupted => ErrorClass::Interrupted,
            Self::Both { kernel, .. } => kernel.class(),
            Self::Kernels(kernels) => {
                kernels.failed.first().map_or(ErrorClass::Interrupted, |(_, error)| error.class())
            }
            _ => ErrorClass::User,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Load(error) => error.hint(),
            Self::Lock(error) => error.hint(),
            Self::Toolchain(error) => error.hint(),
            Self::Unfit(error) => Some(error.hint()),
            Self::HostTools(error) => error.hint(),
            Self::Source(error) => error.hint(),
            Self::Configure(error) => error.hint(),
            Self::Compile(error) => error.hint(),
            Self::Launcher(error) => error.hint(),
            Self::Verify(error) => error.hint(),
            Self::Cargo(error) => error.hint(),
            Self::NeedsItself { kernel, package, .. } => Some(format!(
                "the build script of `{package}` may not ask for kernel `{kernel}`, which it is built into; leave out \
                 `embed`, or ask for the kernel's facts alone"
            )),
            Self::NotHandedOn { .. } => {
                Some("hand on a kernel without it; `inherits` makes a like one".into())
            }
            Self::NotLinux => Some(
                "build in a Linux container or virtual machine; `check` of the manifest works here".into(),
            ),
            Self::Both { kernel, .. } => kernel.hint(),
            Self::Kernels(kernels) if !kernels.ended.is_empty() => {
                Some("with `--keep-going`, the others are built all the same".into())
            }
            _ => None,
        }
    }

    /// Errors in texts that people wrote, to be shown with their places instead of the message.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        match self {
            Self::Load(LoadError::Diagnostics(found)) | Self::Lock(LockError::Diagnostics(found)) => found,
            Self::Lock(LockError::Spec(kernel_spec::LockError::Unfit(found))) => std::slice::from_ref(found),
            Self::Lock(LockError::Load(LoadError::Diagnostics(found))) => found,
            _ => &[],
        }
    }

    /// Lines to show below the message: the misses, the compiler's words, what would change.
    pub fn details(&self) -> Vec<String> {
        match self {
            Self::Lock(LockError::Spec(error)) => error.causes(),
            Self::Source(SourceError::Patch(error)) => error.details(),
            Self::Configure(error) => error.details(),
            Self::Compile(error) => error.details(),
            Self::Cargo(error) => error.details(),
            Self::Both { kernel, cargo } => {
                let mut lines = kernel.details();
                lines.push(format!("beside it: {cargo}"));
                lines
            }
            Self::Kernels(kernels) => {
                kernels.ended.iter().map(|name| format!("`{name}` was not built")).collect()
            }
            _ => Vec::new(),
        }
    }

    /// What of a configuration is not as asked.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Configure(ConfigureError::Refused(refusal)) => Some(refusal),
            Self::Both { kernel, .. } => kernel.refusal(),
            _ => None,
        }
    }

    /// The host tools whose absence it reports; installing them may be offered.
    pub fn missing_tools(&self) -> Option<&MissingTools> {
        match self {
            Self::HostTools(HostToolsError::Missing(missing)) => Some(missing),
            Self::Both { kernel, .. } => kernel.missing_tools(),
            Self::Kernels(kernels) => kernels.failed.iter().find_map(|(_, error)| error.missing_tools()),
            _ => None,
        }
    }

    /// What became of all kernels, where several were to be built.
    pub fn kernels(&self) -> Option<&KernelsFailed> {
        match self {
            Self::Kernels(kernels) => Some(kernels),
            Self::Both { kernel, .. } => kernel.kernels(),
            _ => None,
        }
    }
}
