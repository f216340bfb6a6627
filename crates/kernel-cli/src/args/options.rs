//! Options that several commands have.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgAction, Args, ValueEnum};
use kernel_boot::Nesting;
use kernel_spec::CompilerCache;

/// Options of every command.
#[derive(Debug, Args)]
pub struct GlobalArgs {
    #[command(flatten)]
    pub(crate) manifest: ManifestArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// Where the manifest is, and what may be done for it.
#[derive(Debug, Args)]
#[command(next_help_heading = "Manifest options")]
pub struct ManifestArgs {
    /// Kernel.toml, or the Cargo.toml that has [workspace.metadata.kernel]
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) manifest_path: Option<PathBuf>,
    /// Cargo's target directory; kernels are built in `kernel` below it
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) target_dir: Option<PathBuf>,
    /// Fail where Kernel.lock would have to change
    #[arg(long, global = true)]
    pub(crate) locked: bool,
    /// Use what is on disk, never the network
    #[arg(long, global = true)]
    pub(crate) offline: bool,
    /// Both --locked and --offline
    #[arg(long, global = true)]
    pub(crate) frozen: bool,
}

/// How much is said, and how.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output options")]
pub struct OutputArgs {
    /// Say more: reasons; twice: command lines too
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Say warnings and errors only; twice: errors only
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "verbose")]
    pub(crate) quiet: u8,
    /// Whether to colour; see NO_COLOR, CLICOLOR_FORCE
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_default_value = true)]
    pub(crate) color: ColorWhen,
    /// What goes to stdout: words, or JSON lines
    #[arg(long, global = true, value_name = "FORMAT", default_value = "human", hide_default_value = true)]
    pub(crate) message_format: MessageFormat,
}

/// Options of commands that plan or run a compiler.
#[derive(Debug, Args)]
#[command(next_help_heading = "Build options")]
pub struct CompileArgs {
    /// Jobs at a time, make's and cargo's together; default: one for each CPU
    #[arg(short, long, value_name = "N")]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// Build the crates of VMs with the profile `release`
    #[arg(short, long, conflicts_with = "profile")]
    pub(crate) release: bool,
    /// Build the crates of VMs with this profile
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// What remembers the objects of earlier compiles, in the place of the manifest's `compiler-cache`
    #[arg(long, value_name = "CACHE", value_parser = compiler_cache())]
    pub(crate) compiler_cache: Option<CompilerCache>,
    /// Build what this user has built elsewhere already, begin with nobody's objects, and keep nothing for others
    #[arg(long)]
    pub(crate) no_shared_artifacts: bool,
    /// Build the VMMs and inits of VMs for this target
    #[arg(long, value_name = "TRIPLE")]
    pub(crate) target: Option<String>,
}

fn compiler_cache() -> impl TypedValueParser<Value = CompilerCache> {
    let names = PossibleValuesParser::new(CompilerCache::ALL.map(CompilerCache::as_str));
    names.map(|name| CompilerCache::from_name(&name).unwrap_or(CompilerCache::None))
}

/// Options of commands that resolve a configuration.
#[derive(Debug, Args)]
#[command(next_help_heading = "Resolve options")]
pub struct ResolveArgs {
    /// Whose Kconfig resolves: this tool's engine, or the source tree's own `conf`, built and run by make
    #[arg(long, value_name = "WHOSE", default_value = "engine", hide_default_value = true)]
    pub(crate) kconfig: KconfigOf,
    #[command(flatten)]
    pub(crate) probes: ProbeArgs,
    /// Ask for this too, in this run alone: kernel.NAME.config.SYMBOL=VALUE, or a TOML file with [kernel.NAME.config]
    #[arg(long, value_name = "KEY=VALUE|FILE")]
    pub(crate) config: Vec<String>,
}

/// What becomes of the answers that compilers and scripts give to Kconfig files.
#[derive(Clone, Copy, Debug, Default, Args)]
#[command(next_help_heading = "Resolve options")]
pub struct ProbeArgs {
    /// Run every probe, and keep no answer
    #[arg(long)]
    pub(crate) no_probe_cache: bool,
    /// Run every probe, and fail where a kept answer is not the one of now
    #[arg(long, conflicts_with = "no_probe_cache")]
    pub(crate) verify_probes: bool,
}

/// Whose Kconfig resolves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KconfigOf {
    /// This tool's engine.
    Engine,
    /// The source tree's `conf`.
    Tree,
}

/// What may be done to the machine.
#[derive(Debug, Args)]
#[command(next_help_heading = "Machine options")]
pub struct HostArgs {
    /// Install host packages that are missing; shows the command and asks first
    #[arg(long)]
    pub(crate) setup: bool,
    /// With --setup: do not ask
    #[arg(short, long, requires = "setup")]
    pub(crate) yes: bool,
}

/// When to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What stdout gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MessageFormat {
    /// Paths, one a line; the guest's console.
    Human,
    /// JSON objects, one a line, each with a `reason`.
    Json,
}

/// How a VMM runs that needs KVM.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct NestedArgs {
    /// Run the VMM in QEMU, under the VM's `nested-host`, also where KVM is usable
    #[arg(long)]
    nested: bool,
}

impl NestedArgs {
    /// The same, as the boot is asked for.
    pub(crate) fn nesting(self) -> Nesting {
        if self.nested { Nesting::Always } else { Nesting::WhereNeeded }
    }
}
