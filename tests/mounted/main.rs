//! A workspace's own clap command, with kernels beside its other chores: what a stranger writes who mounts `kernel-cli`.
#![allow(clippy::print_stdout, reason = "a chore says what it did")]

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser};
use kernel_cli::{Env, KernelArgs};

/// Chores of this workspace
#[derive(Parser)]
#[command(name = "chores", bin_name = "cargo chores")]
enum Chores {
    /// Builds and boots this workspace's kernels
    Kernel(Box<KernelArgs>),
    /// Says hello
    Greet {
        /// Whom
        #[arg(default_value = "you")]
        name: String,
    },
}

fn command() -> clap::Command {
    Chores::command().mut_subcommand("kernel", |kernel| kernel_cli::mounted(kernel, "cargo chores kernel"))
}

fn main() -> ExitCode {
    clap_complete::CompleteEnv::with_factory(command).complete();
    match Chores::from_arg_matches(&command().get_matches()).unwrap_or_else(|error| error.exit()) {
        Chores::Kernel(args) => match Env::capture() {
            Ok(env) => kernel_cli::execute(&args, &env),
            Err(error) => kernel_cli::no_environment(&error),
        },
        Chores::Greet { name } => {
            println!("hello {name}");
            ExitCode::SUCCESS
        }
    }
}
