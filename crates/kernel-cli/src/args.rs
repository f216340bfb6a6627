//! The arguments, as data.
//!
//! ```text
//! cargo kernel [GLOBAL OPTIONS] COMMAND [ARGS] [OPTIONS]
//! ```
//!
//! Help is written here and nowhere else: doc comments are what `--help` prints. [`command`] adds what derive cannot:
//! the commands in groups, and the words by which the program was called.
//!
//! Invariant: parsing has no effect and reads nothing but the arguments (and `COLUMNS`, which clap wraps at).

mod complete;
mod config;
mod guest;
mod help;
mod options;
mod sources;
mod workspace;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

pub(crate) use complete::{complete, registration, with_names};
pub(crate) use config::ConfigOfArgs;
pub use config::{
    ConfigArgs, ConfigCommand, DiffArgs, EditArgs, ExplainArgs, FixArgs, LayersArgs, MenuOf, MergeArgs,
    PlainArgs, ResolveConfigArgs,
};
pub use guest::{BisectArgs, BootArgs, DebugArgs, RunArgs, TestArgs};
pub use help::mounted;
pub(crate) use help::{Called, color_of, command};
pub(crate) use options::NestedArgs;
pub use options::{
    ColorWhen, CompileArgs, GlobalArgs, HostArgs, KconfigOf, ManifestArgs, MessageFormat, OutputArgs,
    ProbeArgs, ResolveArgs,
};
pub use sources::{CacheArgs, OutdatedArgs, PatchArgs, VendorArgs, VerifySourceArgs};
pub(crate) use sources::{CacheCommand, PatchCommand, PatchedKernelsArgs};
pub use workspace::{DoctorArgs, ExportArgs, InitArgs, ManArgs, SourceBundleArgs};

/// Builds, verifies and boots Linux kernels as part of a Cargo workspace
#[derive(Debug, Parser)]
#[command(
    name = "cargo-kernel",
    bin_name = "cargo kernel",
    version,
    disable_help_subcommand = true,
    after_help = "Examples:
  cargo kernel boot demo --setup     install what is needed, fetch, build and boot the VM `demo`
  cargo kernel build                 build every kernel and VM of Kernel.toml
  cargo kernel check -v              resolve every config, show which request overrides which

Each command has its own help: `cargo kernel build --help`."
)]
pub struct Cli {
    #[command(flatten)]
    pub(crate) kernel: KernelArgs,
}

// Written out: a doc comment would be the help of the command that it is mounted in.
#[doc = include_str!("args/mounting.md")]
#[derive(Debug, Args)]
#[command(about = None, long_about = None, help_template = help::template())]
pub struct KernelArgs {
    #[command(subcommand)]
    pub(crate) command: KernelCommand,
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum KernelCommand {
    /// Build kernels, and the crates of VMs beside them
    ///
    /// A kernel is fetched, configured, checked, compiled, verified and stored below `target/kernel`. Without a name,
    /// every kernel and every VM of the manifest is built, side by side, with no more than `--jobs` compilers. Paths of what was built go to stdout, one a line.
    #[command(after_help = "Examples:
  cargo kernel build                 every kernel and VM of the manifest
  cargo kernel build guest           the kernel `guest`
  cargo kernel build --vm demo       the VM `demo`: its kernel, firmware, VMM and init
  cargo kernel build --locked -j4    as CI does it: Kernel.lock must not change; four jobs
  cargo kernel build --keep-going    every kernel that can be built, also when one fails
  cargo kernel build --matrix        every kernel with every source and architecture of [matrix]")]
    Build(BuildArgs),
    /// Resolve and check everything up to the compiler
    ///
    /// Fetches and unpacks the sources, resolves each `.config`, and compares every request and the kernelrelease with
    /// the manifest. With -v it also shows each request that a later one overrides.
    #[command(after_help = "Examples:
  cargo kernel check                 every kernel of the manifest
  cargo kernel check guest -v        one kernel, with the requests that others override
  cargo kernel check --matrix        every kernel with every source and architecture of [matrix]
  cargo kernel check --fix           write what else must be set into the manifest
  cargo kernel check --config kernel.guest.config.DEBUG_INFO=y
                                     what one more request would come to")]
    Check(CheckArgs),
    /// Print what a build would do, step by step, and why
    ///
    /// Nothing is fetched and nothing is built. What needs a source that is not on disk yet is `not yet known`.
    #[command(after_help = "Examples:
  cargo kernel plan                  every kernel and VM of the manifest
  cargo kernel plan guest            one kernel
  cargo kernel plan --vm demo        a VM: its kernels, and what cargo builds beside them")]
    Plan(PlanArgs),
    /// Build a VM, boot it, and judge the boot
    ///
    /// The guest's console goes to stdout. The boot is good when the guest's init says that it is ready, the guest runs
    /// the kernelrelease that was built, and the machine ends in time; anything else is exit code 7.
    #[command(after_help = "Examples:
  cargo kernel boot                  the only VM of the manifest
  cargo kernel boot demo             the VM `demo`
  cargo kernel boot demo --chart     a page with what its initcalls and its console took
  cargo kernel boot demo --setup -y  the same on a fresh machine, without questions")]
    Boot(BootArgs),
    /// Run a command of this machine in a guest
    ///
    /// The program goes there with its libraries, in the initramfs; its output and its status come back as they are. Where
    /// a person sits at a terminal here, it has one there, too. The `init` of the VM has to run jobs, as guest-init does.
    #[command(after_help = "Examples:
  cargo kernel run qemu              a shell at a terminal; Ctrl-A x leaves a guest that does not end
  cargo kernel run qemu -- uname -r
  cargo kernel run qemu --share data -- ./check --all
  runner = \"cargo xtask kernel run qemu --\"     in .cargo/config.toml: `cargo test` runs in the guest")]
    Run(RunArgs),
    /// Start a VM that waits for a debugger
    ///
    /// QEMU stands still before the kernel's first instruction; the command that attaches gdb goes to stdout. The image has
    /// its symbols; with `GDB_SCRIPTS` in the kernel's config, the tree's own gdb commands are there. Of a source by `path`,
    /// `compile_commands.json` is written. The console follows, until the machine ends or Ctrl-C.
    #[command(after_help = "Examples:
  cargo kernel debug qemu            the VM `qemu`, at port 1234
  cargo kernel debug qemu --port 4321")]
    Debug(DebugArgs),
    /// Boot VMs, with every kernel and runner that they name, and judge each boot
    ///
    /// What they need is built together, then `--jobs` of them run at a time; one that fails stops no other. A table goes to
    /// stdout. A guest whose kernel warns of itself, or lacks what is required of it, has failed, too; so has one that takes more
    /// than its `budget`, of which a second table tells.
    #[command(after_help = "Examples:
  cargo kernel test                  every VM of the manifest, with everything of its `test`
  cargo kernel test qemu --junit target/kernel.xml
  cargo kernel test --accept-budgets what VMs take now is what they may take
  cargo kernel test qemu --kernel guest --kernel guest-acpi
  cargo kernel test demo --runner workspace --runner firecracker")]
    Test(TestArgs),
    /// Find which differences keep a kernel from booting
    ///
    /// What two kernels differ in, symbols of their resolved configs and patches, is laid on the good one in ever smaller
    /// parts; each is resolved, built by way of one object tree, and booted. What was tried is known to the next run. The
    /// differences that break the boot go to stdout, one a line.
    #[command(after_help = "Examples:
  cargo kernel bisect qemu --good guest --bad guest-small
  cargo kernel bisect qemu --good old.config --bad new.config   for the kernel of the VM `qemu`")]
    Bisect(BisectArgs),
    /// Resolve, explain, compare and repair configurations
    ///
    /// Of a kernel of the manifest, or of any source tree: `--tree PATH --arch ARCH --config FILE`.
    Config(ConfigArgs),
    /// Turn fragments, a complete .config or nixpkgs-style texts into layers of the manifest
    ///
    /// Comments are kept. Of a complete `.config` the least is taken that stands for it on the tree's defaults; a folder
    /// becomes `fragments`, by architecture. What would be written goes to stdout; with --write, into the manifest.
    #[command(after_help = "Examples:
  cargo kernel import old.config                  a fragment, or a complete `.config`
  cargo kernel import --kernel guest kata/fragments --write
  cargo kernel import extra-config.txt            lines `NAME y` and `NAME? m`")]
    Import(ImportArgs),
    /// Download, verify and unpack sources
    ///
    /// Prints a line `SOURCE<TAB>TREE` for each. Without a name, the sources that a kernel of the manifest uses.
    #[command(after_help = "Examples:
  cargo kernel fetch                 what the kernels need, to build with --offline later
  cargo kernel fetch linux-6_12      one source
  cargo kernel fetch --all           also sources that no kernel uses")]
    Fetch(FetchArgs),
    /// Pin the newest versions that the manifest allows in Kernel.lock
    ///
    /// Says the old and the new pin of each source; then, before it is written, what the new tree does to each kernel:
    /// kernelrelease, symbols that appeared, vanished, were renamed or have another value, requests that no longer land,
    /// patches that are upstream or do not apply. Without a name, every source is pinned anew.
    #[command(after_help = "Examples:
  cargo kernel update                every source
  cargo kernel update linux-6_12     one source
  cargo kernel update linux-6_12 --precise 6.12.30
  cargo kernel update --dry-run      what would change")]
    Update(UpdateArgs),
    /// Try patches without building, and rewrite those that apply with an offset
    Patch(PatchArgs),
    /// List sources that trail their origins, and series that have ended
    ///
    /// Prints a line `SOURCE<TAB>PINNED<TAB>NEWEST<TAB>STATE` for each; changes nothing.
    #[command(after_help = "Examples:
  cargo kernel outdated              every source
  cargo kernel outdated guest        the source of the kernel `guest`")]
    Outdated(OutdatedArgs),
    /// Make a folder that builds without any network
    ///
    /// Archives, signatures and commits are copied as they were verified. With `vendor = \"DIR\"` at the top of the manifest,
    /// sources are taken from there.
    #[command(after_help = "Examples:
  cargo kernel vendor third-party/linux      what the kernels need
  cargo kernel vendor --all third-party      also sources that no kernel uses")]
    Vendor(VendorArgs),
    /// Compare unpacked sources with what they were unpacked from
    ///
    /// Every byte is compared. What differs is printed, one a line, and is exit code 4.
    #[command(
        name = "verify-source",
        after_help = "Examples:
  cargo kernel verify-source                 every source that is unpacked
  cargo kernel verify-source --repair        unpacks again what was touched"
    )]
    VerifySource(VerifySourceArgs),
    /// Show, limit and clear the cache of sources and artifacts, which workspaces share
    #[command(after_help = "Examples:
  cargo kernel cache list                    KIND, NAME, BYTES and DAYS unused of each entry
  cargo kernel cache gc --older-than 7       removes what was not used for a week
  cargo kernel cache gc --max-size 20GiB     removes what was not used for the longest, down to 20 GiB")]
    Cache(CacheArgs),
    /// Write a kernel down for another build system: a plain script, Nix or Yocto
    ///
    /// The kernel is checked first. The folder has its complete `.config` and its patches, beside a `build.sh` that makes the
    /// same image with make alone, a `linuxManualConfig` expression, or a recipe.
    #[command(after_help = "Examples:
  cargo kernel export guest --make           guest-make/build.sh TREE OBJECTS
  cargo kernel export guest --nix --out nix/guest
  cargo kernel export guest --yocto --out recipes-kernel/linux")]
    Export(ExportArgs),
    /// Write a kernel's corresponding source: for whoever distributes it
    ///
    /// Builds the kernel where it is not fresh. The folder has the source as it was verified, the patches that are applied,
    /// the `.config`, a script that makes the same image of them, the manifest with its layers, `kernel.json`, and an SPDX
    /// document. It is there whole, or not at all.
    #[command(
        name = "source-bundle",
        after_help = "Examples:
  cargo kernel source-bundle guest                     guest-source/
  cargo kernel source-bundle guest --out dist/source"
    )]
    SourceBundle(SourceBundleArgs),
    /// Remove what builds left below target/kernel
    ///
    /// Downloads and unpacked sources are kept: workspaces share them.
    #[command(after_help = "Examples:
  cargo kernel clean                 everything
  cargo kernel clean guest           one kernel: its artifact and its object tree")]
    Clean(CleanArgs),
    /// Write a first Kernel.toml for this workspace
    ///
    /// Asks what is not said, on a terminal only; without one, what is not said has its default. Also adds the alias
    /// `xtask` to .cargo/config.toml where there is a package of that name without one, and lines to .gitignore. Nothing that
    /// is there is overwritten.
    #[command(after_help = "Examples:
  cargo kernel init                          asks, on a terminal
  cargo kernel init --vmm firecracker        a kernel that boots in Firecracker
  cargo kernel init --vmm crosvm --vmm firecracker --package my-vmm --init my-init
                                             one for both, booted by a program of the workspace")]
    Init(InitArgs),
    /// Look at what this machine has for building and booting kernels
    ///
    /// Tools with the versions that were found, and the packages that bring what is not; a compiler for each kernel of the
    /// manifest, against what its source tree asks for; KVM, by running a virtual machine; programs that boot kernels; room
    /// and the cache. Changes nothing, and needs no manifest. Exit code 1 where something of this workspace would fail.
    #[command(after_help = "Examples:
  cargo kernel doctor                        a table
  cargo kernel doctor --message-format json  a line for each finding, for programs")]
    Doctor(DoctorArgs),
    /// Show the host packages that this manifest needs, and install them
    ///
    /// The exact command is shown first. It runs after a yes on the terminal, or with --yes.
    #[command(after_help = "Examples:
  cargo kernel setup                 what the kernels and VMs of the manifest need
  cargo kernel setup --tests --yes   also what the tests of the workspace need, without questions")]
    Setup(SetupArgs),
    /// Print the resolved manifest as JSON
    ///
    /// One object on stdout, with everything that kernels inherit. Its `format_version` is 1; fields may be added under the
    /// same number.
    Metadata {
        /// The shape of the object; 1 is the only one
        #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1))]
        format_version: u32,
    },
    /// Print what makes a shell complete commands, options, and the names of the manifest
    #[command(after_help = "Examples:
  source <(cargo-kernel completions bash)    until this shell ends
  cargo-kernel completions fish > ~/.config/fish/completions/cargo-kernel.fish")]
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page, or write one for each command
    #[command(after_help = "Examples:
  cargo kernel man | man -l -                read it
  cargo kernel man --dir ~/.local/share/man/man1")]
    Man(ManArgs),
}

/// Arguments of `build`.
#[derive(Debug, Args)]
pub struct BuildArgs {
    /// Kernels to build; none: every kernel and VM of the manifest
    #[arg(value_name = "NAME", conflicts_with = "vm")]
    pub(crate) names: Vec<String>,
    /// Build this VM: its kernel, firmware, VMM and init
    #[arg(long, value_name = "NAME")]
    pub(crate) vm: Option<String>,
    /// Build every point of `[matrix]` instead: kernels × sources × arches × variants
    #[arg(long, conflicts_with = "vm")]
    pub(crate) matrix: bool,
    /// Write an HTML page for each kernel that is built: what of it took how long
    #[arg(long)]
    pub(crate) timings: bool,
    /// Build as many kernels as can be built, also when one fails
    #[arg(long)]
    pub(crate) keep_going: bool,
    #[command(flatten)]
    pub(crate) compile: CompileArgs,
    #[command(flatten)]
    pub(crate) resolve: ResolveArgs,
    #[command(flatten)]
    pub(crate) host: HostArgs,
}

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Kernels to check; none: every kernel of the manifest
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// Check every point of `[matrix]` instead, at once: kernels × sources × arches × variants
    #[arg(long, conflicts_with = "fix")]
    pub(crate) matrix: bool,
    /// Write what is missing into the manifest, where that is known, and check again
    #[arg(long)]
    pub(crate) fix: bool,
    #[command(flatten)]
    pub(crate) compile: CompileArgs,
    #[command(flatten)]
    pub(crate) resolve: ResolveArgs,
    #[command(flatten)]
    pub(crate) host: HostArgs,
}

/// Arguments of `plan`.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// Kernels to plan; none: every kernel and VM of the manifest
    #[arg(value_name = "NAME", conflicts_with = "vm")]
    pub(crate) names: Vec<String>,
    /// Plan this VM: its kernels, and what cargo builds beside them
    #[arg(long, value_name = "NAME")]
    pub(crate) vm: Option<String>,
    #[command(flatten)]
    pub(crate) compile: CompileArgs,
    #[command(flatten)]
    pub(crate) resolve: ResolveArgs,
    #[command(flatten)]
    pub(crate) host: HostArgs,
}

/// Arguments of `import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// Fragments, complete `.config` files, nixpkgs-style texts, folders of fragments
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// The kernel whose layers they become; may be left out where the manifest has one
    #[arg(long, value_name = "NAME")]
    pub(crate) kernel: Option<String>,
    /// Write them into the manifest
    #[arg(long)]
    pub(crate) write: bool,
    #[command(flatten)]
    pub(crate) probes: ProbeArgs,
    #[command(flatten)]
    pub(crate) host: HostArgs,
}

/// Arguments of `fetch`.
#[derive(Debug, Args)]
pub struct FetchArgs {
    /// Sources, or kernels whose source is meant
    #[arg(value_name = "NAME", conflicts_with = "all")]
    pub(crate) names: Vec<String>,
    /// Every source of the manifest, also one that no kernel uses
    #[arg(long)]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) host: HostArgs,
}

/// Arguments of `update`.
#[derive(Debug, Args)]
pub struct UpdateArgs {
    /// Sources to pin anew; none: every source
    #[arg(value_name = "SOURCE")]
    pub(crate) names: Vec<String>,
    /// Pin this version instead of the newest; the manifest must allow it
    #[arg(long, value_name = "VERSION", requires = "names")]
    pub(crate) precise: Option<String>,
    /// Say what would change, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Say the pins alone, and look at no tree
    #[arg(long)]
    pub(crate) pins_only: bool,
    #[command(flatten)]
    pub(crate) host: HostArgs,
}

/// Arguments of `clean`.
#[derive(Debug, Args)]
pub struct CleanArgs {
    /// Kernels whose artifact and trees go; none: everything below target/kernel
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
}

/// Arguments of `setup`.
#[derive(Debug, Args)]
pub struct SetupArgs {
    /// Also what the tests of a workspace need that boots its kernels: QEMU
    #[arg(long)]
    pub(crate) tests: bool,
    /// Install without asking
    #[arg(short, long)]
    pub(crate) yes: bool,
}

#[cfg(test)]
mod tests;
