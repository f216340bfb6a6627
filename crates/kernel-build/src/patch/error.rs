//! Why a kernel's tree cannot be patched.

use kernel_host::compressed::CompressedError;
use kernel_host::fs::FsError;
use kernel_patch::{ParseError, Refused};
use kernel_spec::{KernelName, Sha256};

/// Why a kernel's tree cannot be patched.
#[derive(Debug, thiserror::Error)]
pub enum PatchError {
    /// The text is no patch.
    #[error("patch `{name}` cannot be read: `{file}`, {error}")]
    Text {
        /// The patch.
        name: String,
        /// The file.
        file: String,
        /// What is wrong.
        error: ParseError,
    },
    /// It does not fit the tree.
    #[error("patch `{name}` of kernel `{kernel}` {}: `{file}`", if *.refused == Refused::Already { "is reversed, or applied already" } else { "does not apply" })]
    Refused {
        /// The kernel.
        kernel: KernelName,
        /// The patch.
        name: String,
        /// The file.
        file: String,
        /// Why.
        refused: Refused,
    },
    /// The file is another one than when the workspace was read.
    #[error("`{file}` has sha256 {found}: expected {expected}")]
    Other {
        /// The file.
        file: String,
        /// Its digest now.
        found: Sha256,
        /// Its digest in the manifest, or a moment ago.
        expected: Sha256,
    },
    /// It cannot be decompressed.
    #[error(transparent)]
    Compressed(#[from] CompressedError),
    /// A file.
    #[error(transparent)]
    Fs(#[from] FsError),
}

impl PatchError {
    /// What to do about it.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Text { error, .. } => error.hint.map(str::to_owned),
            Self::Refused { kernel, refused, .. } => Some(refused.hint().unwrap_or_else(|| {
                format!("`kernel patch check {kernel}` tries all patches, and says where each fits")
            })),
            Self::Other { .. } | Self::Compressed(_) | Self::Fs(_) => None,
        }
    }

    /// Lines to show below the message.
    pub(crate) fn details(&self) -> Vec<String> {
        match self {
            Self::Refused { refused, .. } if *refused != Refused::Already => {
                refused.lines().iter().map(|line| format!("  {line}")).collect()
            }
            _ => Vec::new(),
        }
    }
}
