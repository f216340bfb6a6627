//! Arguments of the commands that start a guest.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use kernel_spec::Runner;
use kernel_spec::schema::RUNNERS;

use super::{CompileArgs, HostArgs, NestedArgs, ResolveArgs};

/// Arguments of `boot`.
#[derive(Debug, Args)]
pub struct BootArgs {
    /// The VM to boot; may be left out where the manifest has one
    #[arg(value_name = "VM")]
    pub(crate) vm: Option<String>,
    /// Trace the boot, and draw where its time went: target/kernel/.vm/NAME/boot.html
    #[arg(long)]
    pub(crate) chart: bool,
    #[command(flatten)]
    pub(crate) nested: NestedArgs,
    #[command(flatten)]
    pub(crate) compile: CompileArgs,
    #[command(flatten)]
    pub(crate) resolve: ResolveArgs,
    #[command(flatten)]
    pub(crate) host: HostArgs,
}

/// Arguments of `debug`.
#[derive(Debug, Args)]
pub struct DebugArgs {
    /// The VM to debug, which QEMU runs; may be left out where the manifest has one
    #[arg(value_name = "VM")]
    pub(crate) vm: Option<String>,
    /// The port of this machine at which a debugger is awaited
    #[arg(long, value_name = "PORT", default_value_t = 1234, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: u16,
    #[command(flatten)]
    pub(crate) compile: CompileArgs,
    #[command(flatten)]
    pub(crate) resolve: ResolveArgs,
    #[command(flatten)]
    pub(crate) host: HostArgs,
}

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The VM that runs it
    #[arg(value_name = "VM")]
    pub(crate) vm: String,
    /// A folder whose files the guest has at the same path, as they are now; may be given again
    #[arg(long, value_name = "DIR")]
    pub(crate) share: Vec<PathBuf>,
    /// A variable for the command, beside those of cargo and Rust, which it has; with `NAME` alone, as it is here
    #[arg(long, value_name = "NAME[=VALUE]")]
    pub(crate) env: Vec<String>,
    /// The time that the guest may take, in seconds; the VM's own limit otherwise
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) time_limit: Option<u64>,
    #[command(flatten)]
    pub(crate) nested: NestedArgs,
    #[command(flatten)]
    pub(crate) compile: CompileArgs,
    #[command(flatten)]
    pub(crate) resolve: ResolveArgs,
    #[command(flatten)]
    pub(crate) host: HostArgs,
    /// Give the command a terminal in the guest, whatever standard input is here
    #[arg(long, overrides_with = "no_tty")]
    pub(crate) tty: bool,
    /// Give it none, though there is one here
    #[arg(long, overrides_with = "tty")]
    pub(crate) no_tty: bool,
    /// The command and its arguments; without one, a shell at a terminal
    #[arg(value_name = "COMMAND", last = true)]
    pub(crate) command: Vec<String>,
}

/// Arguments of `bisect`.
#[derive(Debug, Args)]
pub struct BisectArgs {
    /// The VM that a kernel has to boot in; may be left out where the manifest has one
    #[arg(value_name = "VM")]
    pub(crate) vm: Option<String>,
    /// What boots: a kernel of the manifest, or a complete `.config` for the VM's own kernel
    #[arg(long, value_name = "KERNEL|FILE")]
    pub(crate) good: String,
    /// What does not
    #[arg(long, value_name = "KERNEL|FILE")]
    pub(crate) bad: String,
    #[command(flatten)]
    pub(crate) nested: NestedArgs,
    #[command(flatten)]
    pub(crate) compile: CompileArgs,
    #[command(flatten)]
    pub(crate) resolve: ResolveArgs,
    #[command(flatten)]
    pub(crate) host: HostArgs,
}

/// Arguments of `test`.
#[derive(Debug, Args)]
pub struct TestArgs {
    /// VMs to boot; none: every VM of the manifest
    #[arg(value_name = "VM")]
    pub(crate) vms: Vec<String>,
    /// Try them with this kernel, in the place of their own and those of their `test`; may be said more than once
    #[arg(long, value_name = "NAME")]
    pub(crate) kernel: Vec<String>,
    /// Try them with this runner, in the place of their own and those of their `test`; may be said more than once
    #[arg(long, value_name = "RUNNER", value_parser = runners())]
    pub(crate) runner: Vec<Runner>,
    /// Write what VMs with a `budget` take into kernel-budget.json, for later runs to be compared with
    #[arg(long)]
    pub(crate) accept_budgets: bool,
    /// Also write a report in JUnit's format
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) nested: NestedArgs,
    #[command(flatten)]
    pub(crate) compile: CompileArgs,
    #[command(flatten)]
    pub(crate) resolve: ResolveArgs,
    #[command(flatten)]
    pub(crate) host: HostArgs,
}

fn runners() -> impl TypedValueParser<Value = Runner> {
    let named = |name: &str| Runner::ALL.into_iter().find(|runner| runner.as_str() == name);
    PossibleValuesParser::new(RUNNERS).try_map(move |name| named(&name).ok_or("no such runner"))
}
