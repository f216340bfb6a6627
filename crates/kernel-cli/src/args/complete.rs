//! What shells complete: commands and options from their definition, names from the manifest.
//!
//! A completion script calls the program with `KERNEL_COMPLETE=<shell>`; the manifest is read then, and only then.
//!
//! Deliberately absent: errors. Where the manifest cannot be read there are no names.

use std::ffi::OsString;
use std::io;
use std::sync::Arc;

use clap_complete::env::Shells;
use clap_complete::{ArgValueCandidates, CompleteEnv, CompletionCandidate, Shell};
use kernel::{Event, Places, Reporter, Workbench};
use kernel_build::Options;
use kernel_host::cancel::Cancel;
use kernel_host::env::Env;
use kernel_spec::KernelSpec;

use super::help::{Called, command};

/// What a completion script sets.
const VARIABLE: &str = "KERNEL_COMPLETE";
const PROGRAM: &str = "cargo-kernel";

/// Answers a shell that completes; `false` where no shell asks.
pub(crate) fn complete(args: &[OsString], env: &Env) -> bool {
    env.get_filled(VARIABLE).is_some() && {
        let completer = CompleteEnv::with_factory(|| with_names(command(Called::Cargo))).var(VARIABLE);
        // A shell that cannot be answered shows nothing; there is nobody to tell.
        completer.try_complete(args, Some(env.current_dir().as_path())).unwrap_or(true)
    }
}

/// The script that has a shell ask.
pub(crate) fn registration(shell: Shell) -> io::Result<String> {
    let shells = Shells::builtins();
    let completer = shells.completer(&shell.to_string()).ok_or(io::ErrorKind::NotFound)?;
    let mut script = Vec::new();
    completer.write_registration(VARIABLE, PROGRAM, PROGRAM, PROGRAM, &mut script)?;
    Ok(String::from_utf8_lossy(&script).into_owned())
}

/// Commands whose `NAME`s may be sources as well.
const OF_SOURCES: [&str; 5] = ["fetch", "update", "outdated", "vendor", "verify-source"];

/// The same command, its names completed from the manifest.
pub(crate) fn with_names(command: clap::Command) -> clap::Command {
    let of_sources = OF_SOURCES.contains(&command.get_name());
    let makes_names = command.get_name() == "init";
    let command = command.mut_args(|argument| {
        let candidates = match argument.get_id().as_str() {
            "vm" => ArgValueCandidates::new(vms),
            "names" if of_sources => ArgValueCandidates::new(sources),
            "names" | "name" | "words" | "kernel" if !makes_names => ArgValueCandidates::new(kernels),
            _ => return argument,
        };
        argument.add(candidates)
    });
    command.mut_subcommands(with_names)
}

fn kernels() -> Vec<CompletionCandidate> {
    names(|spec| spec.kernels.keys().map(ToString::to_string).collect())
}

fn vms() -> Vec<CompletionCandidate> {
    names(|spec| spec.vms.keys().map(ToString::to_string).collect())
}

fn sources() -> Vec<CompletionCandidate> {
    names(|spec| spec.sources.keys().map(ToString::to_string).collect())
}

/// Says nothing: a shell is in the middle of a line.
struct Mute;

impl Reporter for Mute {
    fn report(&self, _event: Event<'_>) {}
}

fn names(of: impl Fn(&KernelSpec) -> Vec<String>) -> Vec<CompletionCandidate> {
    let Ok(env) = Env::capture() else { return Vec::new() };
    let opened = Workbench::open(&Places::default(), &env, Cancel::new(), Arc::new(Mute), Options::default());
    opened
        .map(|bench| of(bench.spec()).into_iter().map(CompletionCandidate::new).collect())
        .unwrap_or_default()
}
