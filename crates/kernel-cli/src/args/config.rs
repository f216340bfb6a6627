//! `kernel config …`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{HostArgs, ProbeArgs};

/// Arguments of `config`.
#[derive(Debug, Args)]
pub struct ConfigArgs {
    #[command(subcommand)]
    pub(crate) command: ConfigCommand,
}

/// What is done to a configuration.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Resolve a configuration and write the `.config`
    ///
    /// The `.config` goes to stdout, or to the file that -o names, in every case; where it is not as asked, the exit code
    /// is 1.
    #[command(after_help = "Examples:
  cargo kernel config resolve guest                        the kernel `guest`, to stdout
  cargo kernel config resolve guest -o guest.config        to a file
  cargo kernel config resolve --tree ../linux --config x86_64_defconfig
                                                           what `make x86_64_defconfig` writes")]
    Resolve(ResolveConfigArgs),
    /// Say why symbols have their values
    ///
    /// For each symbol: its type, prompts and places; its value and what produced it; and, if it is not as requested,
    /// every reason at once.
    #[command(after_help = "Examples:
  cargo kernel config explain guest VIRTIO_FS              why `guest` has it or not
  cargo kernel config explain --tree ../linux --config .config VIRTIO_FS KVM
  cargo kernel config explain guest KVM --message-format json")]
    Explain(ExplainArgs),
    /// Show what two configurations disagree on, by menu
    ///
    /// Each is a kernel of the manifest, or the path of a `.config`. Absent and `n` agree.
    #[command(after_help = "Examples:
  cargo kernel config diff guest nested-host               two kernels
  cargo kernel config diff guest /boot/config-6.1.0        a kernel and a file
  cargo kernel config diff a.config b.config --tree ../linux
                                                           two files, in the menus of a tree")]
    Diff(DiffArgs),
    /// Show where each request comes from, and which of them count
    ///
    /// Layers come the weakest first. With a symbol, what they say of it, and what it resolved to.
    #[command(after_help = "Examples:
  cargo kernel config layers guest                         every layer of the kernel `guest`
  cargo kernel config layers guest NR_CPUS                 who asks for NR_CPUS, and who wins")]
    Layers(LayersArgs),
    /// Propose what else to set so that requests land
    ///
    /// Each proposal has been verified by resolving with it. A request that cannot be met is refused, with the facts
    /// that forbid it; the exit code is then 1.
    #[command(after_help = "Examples:
  cargo kernel config fix guest VIRTIO_FS=y                the smallest set of further settings
  cargo kernel config fix guest VIRTIO_FS=y --write        and put it into the manifest
  cargo kernel config fix guest VIRTIO_FS=y --into kernel/virtio.config
  cargo kernel config fix --tree ../linux --config my.config KVM=y")]
    Fix(FixArgs),
    /// Edit a kernel's configuration in the tree's own menus, and keep the least of it
    ///
    /// `make nconfig` runs in this terminal, on a copy; without ncurses there is a prompt that searches, explains and sets
    /// symbols. Of what is changed there, the smallest list of requests is found that stands for all of it, shown, and written
    /// where it is asked for: into the kernel's [config] table, or into a fragment or a profile of the workspace. Comments are
    /// kept. What would not land from there, because a stronger layer says otherwise, is not written.
    #[command(after_help = "Examples:
  cargo kernel config edit guest                           asks where the change goes
  cargo kernel config edit guest --into kernel/virtio.config
  cargo kernel config edit guest --with menuconfig --write into the kernel's [config] table
  cargo kernel config edit guest --with search             at a prompt, without ncurses")]
    Edit(EditArgs),
    /// Merge fragments on a base, as scripts/kconfig/merge_config.sh does
    ///
    /// The last value of a symbol wins. The result is resolved against the tree, unless -m says otherwise, and goes to
    /// stdout, or to the file that -o names, or to `.config` in the folder that -O names.
    #[command(after_help = "Examples:
  cargo kernel config merge --tree ../linux --arch x86_64 base.config a.config b.config
  cargo kernel config merge --kernel guest .config debug.config -o new.config
  cargo kernel config merge -m base.config a.config        the text alone; no tree is needed")]
    Merge(MergeArgs),
}

/// A tree without a manifest.
#[derive(Debug, Args)]
#[command(next_help_heading = "Plain trees")]
pub struct PlainArgs {
    /// Use this source tree and no manifest
    #[arg(long, value_name = "PATH")]
    pub(crate) tree: Option<PathBuf>,
    /// The architecture: x86_64, aarch64, riscv64 or arm; default: this machine's
    #[arg(long, value_name = "ARCH", requires = "tree")]
    pub(crate) arch: Option<String>,
    #[command(flatten)]
    pub(crate) probes: ProbeArgs,
}

/// What is configured: a kernel of the manifest, or a plain tree.
#[derive(Debug, Args)]
pub(crate) struct ConfigOfArgs {
    #[command(flatten)]
    pub(crate) plain: PlainArgs,
    /// Ask for this too: kernel.NAME.config.SYMBOL=VALUE, or a TOML file with [kernel.NAME.config]; with --tree, what is
    /// resolved: a `.config`, or a base (tinyconfig, NAME_defconfig; default: defconfig)
    #[arg(long, value_name = "KEY=VALUE|FILE")]
    pub(crate) config: Vec<String>,
    #[command(flatten)]
    pub(crate) host: HostArgs,
}

/// Arguments of `config resolve`.
#[derive(Debug, Args)]
pub struct ResolveConfigArgs {
    /// The kernel; may be left out where the manifest has one, and with --tree
    #[arg(value_name = "NAME", conflicts_with = "tree")]
    pub(crate) name: Option<String>,
    /// Write the `.config` here
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) of: ConfigOfArgs,
}

/// Arguments of `config explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The kernel, not with --tree; then symbols
    #[arg(value_name = "NAME SYMBOL", required = true, num_args = 1..)]
    pub(crate) words: Vec<String>,
    #[command(flatten)]
    pub(crate) of: ConfigOfArgs,
}

/// Arguments of `config layers`.
#[derive(Debug, Args)]
pub struct LayersArgs {
    /// The kernel; may be left out where the manifest has one
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// A symbol
    #[arg(value_name = "SYMBOL")]
    pub(crate) symbol: Option<String>,
    /// Ask for this too: kernel.NAME.config.SYMBOL=VALUE, or a TOML file with [kernel.NAME.config]
    #[arg(long, value_name = "KEY=VALUE|FILE")]
    pub(crate) config: Vec<String>,
    #[command(flatten)]
    pub(crate) probes: ProbeArgs,
    #[command(flatten)]
    pub(crate) host: HostArgs,
}

/// Arguments of `config diff`.
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// A kernel, or the path of a `.config`
    pub(crate) a: String,
    /// Another
    pub(crate) b: String,
    #[command(flatten)]
    pub(crate) plain: PlainArgs,
    #[command(flatten)]
    pub(crate) host: HostArgs,
}

/// Arguments of `config fix`.
#[derive(Debug, Args)]
pub struct FixArgs {
    /// The kernel, not with --tree; then requests: SYMBOL=VALUE
    #[arg(value_name = "NAME SYMBOL=VALUE", required = true, num_args = 1..)]
    pub(crate) words: Vec<String>,
    /// Write the requests and what they need, if all can be met: into the kernel's [config] table in the manifest; with
    /// --tree, into the file that --config names
    #[arg(long)]
    pub(crate) write: bool,
    /// Write them there: `[config]`, or a fragment or profile that is a file of the workspace
    #[arg(long, value_name = "WHERE", conflicts_with = "tree")]
    pub(crate) into: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) of: ConfigOfArgs,
}

/// Arguments of `config edit`.
#[derive(Debug, Args)]
pub struct EditArgs {
    /// The kernel; may be left out where the manifest has one
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// In what; default: nconfig, and search where ncurses is missing and --setup is not said
    #[arg(long, value_name = "MENU")]
    pub(crate) with: Option<MenuOf>,
    /// Write the change into the kernel's [config] table, without asking
    #[arg(long)]
    pub(crate) write: bool,
    /// Write it there, without asking: `[config]`, or a fragment or profile that is a file of the workspace
    #[arg(long, value_name = "WHERE", conflicts_with = "write")]
    pub(crate) into: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) probes: ProbeArgs,
    #[command(flatten)]
    pub(crate) host: HostArgs,
}

/// What a configuration is edited in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MenuOf {
    /// `make nconfig`.
    Nconfig,
    /// `make menuconfig`.
    Menuconfig,
    /// A prompt that searches, explains and sets symbols.
    Search,
}

/// Arguments of `config merge`.
#[derive(Debug, Args)]
pub struct MergeArgs {
    /// What the fragments are laid on
    pub(crate) base: PathBuf,
    /// The fragments; the last one wins
    pub(crate) fragments: Vec<PathBuf>,
    /// Merge the text, and do not resolve
    #[arg(short = 'm', long)]
    pub(crate) merge_only: bool,
    /// Make everything `n` that no file names, instead of its default
    #[arg(short = 'n', long, conflicts_with = "merge_only")]
    pub(crate) allnoconfig: bool,
    /// Tell repeated values too
    #[arg(short = 'r', long)]
    pub(crate) redundant: bool,
    /// Keep `y` where a fragment has `m`
    #[arg(short = 'y', long)]
    pub(crate) builtin: bool,
    /// Fail where a fragment changes a value
    #[arg(short = 's', long)]
    pub(crate) strict: bool,
    /// Do not tell changed values
    #[arg(short = 'Q', long)]
    pub(crate) no_overrides: bool,
    /// Write the result here
    #[arg(short, long, value_name = "FILE", conflicts_with = "directory")]
    pub(crate) output: Option<PathBuf>,
    /// Write the result to `.config` in this folder
    #[arg(short = 'O', long, value_name = "DIR")]
    pub(crate) directory: Option<PathBuf>,
    /// Resolve in the source tree of this kernel of the manifest
    #[arg(long, value_name = "NAME", conflicts_with = "tree")]
    pub(crate) kernel: Option<String>,
    #[command(flatten)]
    pub(crate) plain: PlainArgs,
}
