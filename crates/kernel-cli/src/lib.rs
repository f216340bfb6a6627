//! The `kernel` subcommand and the binary `cargo-kernel`.
//!
//! ```text
//! arguments ──args──▶ KernelArgs ──commands──▶ kernel::Workbench ──events──▶ presenter ──▶ shell: stderr, stdout
//!                                       └──▶ Ok, or a Failure ──▶ shell, exit code
//! ```
//!
//! stdout is data: paths, plans, a guest's console, or JSON lines ([`MessageFormat`]); everything for people goes to
//! stderr. [`exit`] has the exit codes.
//!
//! [`KernelArgs`] can be mounted in the command of another program, with [`mounted`] for its help and completions, and
//! [`execute`] to run it.
//!
//! Deliberately absent: how anything is fetched, built or booted; rules of manifests.

mod args;
mod bars;
mod commands;
pub mod exit;
mod failure;
mod message;
mod presenter;
mod setup;
mod shell;
mod terminal;
mod text;

use std::ffi::OsString;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Arc;

use clap::FromArgMatches;
pub use kernel_host::env::Env;

pub use args::{
    BisectArgs, BootArgs, BuildArgs, CacheArgs, CheckArgs, CleanArgs, Cli, ColorWhen, CompileArgs,
    ConfigArgs, ConfigCommand, DebugArgs, DiffArgs, DoctorArgs, EditArgs, ExplainArgs, ExportArgs, FetchArgs,
    FixArgs, GlobalArgs, HostArgs, InitArgs, KconfigOf, KernelArgs, KernelCommand, LayersArgs, ManArgs,
    ManifestArgs, MenuOf, MergeArgs, MessageFormat, OutdatedArgs, OutputArgs, PatchArgs, PlainArgs, PlanArgs,
    ProbeArgs, ResolveArgs, ResolveConfigArgs, RunArgs, SetupArgs, SourceBundleArgs, TestArgs, UpdateArgs,
    VendorArgs, VerifySourceArgs, mounted,
};
use failure::Failure;
use shell::Shell;

/// The whole command as clap has it, called `cargo kernel`: for programs that make documentation of it.
pub fn command() -> clap::Command {
    args::command(args::Called::Cargo)
}

/// Runs a command line, program name first; the word `kernel` that cargo puts behind it may be there or not.
pub fn run(args: impl IntoIterator<Item = OsString>, env: &Env) -> ExitCode {
    let called = args::Called::of(env);
    let args: Vec<OsString> = args.into_iter().collect();
    if args::complete(&args, env) {
        return ExitCode::from(exit::OK);
    }
    let args = without_subcommand(args);
    let matches = args::command(called).color(args::color_of(&args)).try_get_matches_from(args);
    match matches.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => execute(&cli.kernel, env),
        Err(error) => {
            // Help and version are data and go to stdout; where it is closed there is nobody to tell.
            let _ = error.print();
            ExitCode::from(if error.use_stderr() { exit::USAGE } else { exit::OK })
        }
    }
}

/// Runs what was parsed, by [`run`] or by a program that mounts [`KernelArgs`].
pub fn execute(args: &KernelArgs, env: &Env) -> ExitCode {
    let shell = Arc::new(Shell::new(&args.global.output, env));
    report_panics();
    let result = catch_unwind(AssertUnwindSafe(|| commands::run(args, env, &shell)));
    shell.clear();
    let code = match result {
        Ok(Ok(code)) => code,
        Ok(Err(error)) => {
            let failures = error.into_failures(env);
            failures.iter().for_each(|failure| shell.failure(failure));
            failures.last().map_or(exit::BUG, |failure| exit::code(failure.kind))
        }
        // The hook has said what there is to say.
        Err(_) => exit::code(kernel::ErrorKind::Bug),
    };
    match shell.data_error() {
        Some(error) if code == exit::OK => {
            shell.say(&Failure::user(format!("stdout cannot be written to: {error}")).render(shell.paint));
            ExitCode::from(exit::USER_ERROR)
        }
        _ => ExitCode::from(code),
    }
}

/// Says that the environment could not be read: no [`Env`] to run with.
pub fn no_environment(error: &io::Error) -> ExitCode {
    let failure = Failure::user(format!("the current directory cannot be read: {error}"));
    // Where stderr is closed there is nobody to tell.
    let _ = io::Write::write_all(&mut io::stderr(), failure.render(terminal::Paint::Plain).as_bytes());
    ExitCode::from(exit::USER_ERROR)
}

/// `cargo-kernel kernel build` is `cargo-kernel build`.
fn without_subcommand(mut args: Vec<OsString>) -> Vec<OsString> {
    if args.get(1).is_some_and(|first| first == "kernel") {
        args.remove(1);
    }
    args
}

/// A panic is a bug: it is said so, once, with the place.
fn report_panics() {
    let former = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        former(info);
        let text = "error: this is a bug of cargo-kernel\nhint: report it with the lines above; RUST_BACKTRACE=1 adds more\n";
        // Where stderr is closed there is nobody to tell.
        let _ = io::Write::write_all(&mut io::stderr(), text.as_bytes());
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_says_the_subcommand_once_more() {
        let args = |words: &[&str]| without_subcommand(words.iter().map(OsString::from).collect());
        assert_eq!(args(&["cargo-kernel", "kernel", "build"]), ["cargo-kernel", "build"]);
        assert_eq!(args(&["cargo-kernel", "build", "kernel"]), ["cargo-kernel", "build", "kernel"]);
        assert_eq!(args(&["cargo-kernel"]), ["cargo-kernel"]);
    }
}
