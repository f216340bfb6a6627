//! Arguments of commands about sources, patches and the cache.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use kernel_spec::ByteSize;

use super::HostArgs;

/// Arguments of `outdated`.
#[derive(Debug, Args)]
pub struct OutdatedArgs {
    /// Sources to look at, by their names or those of kernels; none: every source
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
}

/// Arguments of `vendor`.
#[derive(Debug, Args)]
pub struct VendorArgs {
    /// Where the folder is made
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// Sources to copy, by their names or those of kernels; none: those that a kernel uses
    #[arg(value_name = "NAME", conflicts_with = "all")]
    pub(crate) names: Vec<String>,
    /// Copy every source, also those that no kernel uses
    #[arg(long)]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) host: HostArgs,
}

/// Arguments of `verify-source`.
#[derive(Debug, Args)]
pub struct VerifySourceArgs {
    /// Sources to verify, by their names or those of kernels; none: every source
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// Unpack again what was touched
    #[arg(long)]
    pub(crate) repair: bool,
}

/// Arguments of `patch`.
#[derive(Debug, Args)]
pub struct PatchArgs {
    #[command(subcommand)]
    pub(crate) command: PatchCommand,
}

/// What to do with patches.
#[derive(Debug, Subcommand)]
pub(crate) enum PatchCommand {
    /// Try every patch on its tree, each upon those before it that apply
    ///
    /// Prints a line `KERNEL<TAB>PATCH<TAB>FILE<TAB>STATE` for each: `applies`, `offset`, `inactive`, `already` or `fails`.
    /// Exit code 1 where one is already applied or fails.
    #[command(after_help = "Examples:
  cargo kernel patch check                   the patches of every kernel
  cargo kernel patch check guest             those of one")]
    Check(PatchedKernelsArgs),
    /// Rewrite the line numbers of patches that apply with an offset
    ///
    /// Nothing else of a patch is changed. Prints a line `KERNEL<TAB>PATCH<TAB>FILE` for each that was rewritten.
    Refresh(PatchedKernelsArgs),
}

/// Arguments of `patch check` and `patch refresh`.
#[derive(Debug, Args)]
pub(crate) struct PatchedKernelsArgs {
    /// Kernels whose patches are meant; none: every kernel of the manifest
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
    #[command(flatten)]
    pub(crate) host: HostArgs,
}

/// Arguments of `cache`.
#[derive(Debug, Args)]
pub struct CacheArgs {
    #[command(subcommand)]
    pub(crate) command: CacheCommand,
}

/// What to do with the cache.
#[derive(Debug, Subcommand)]
pub(crate) enum CacheCommand {
    /// List what is in it, the largest first
    List,
    /// Print how many bytes it takes
    Size,
    /// Remove what was not used lately, and what killed runs left
    Gc {
        /// Remove what was not used for so many days
        #[arg(long, value_name = "DAYS", default_value_t = 30)]
        older_than: u64,
        /// Remove what was not used for the longest, until the rest takes no more than this, such as `20GiB`
        #[arg(long, value_name = "SIZE", conflicts_with = "older_than")]
        max_size: Option<ByteSize>,
        /// Remove everything that nobody uses now
        #[arg(long, conflicts_with_all = ["older_than", "max_size"])]
        all: bool,
    },
}
