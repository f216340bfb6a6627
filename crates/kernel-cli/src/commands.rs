//! What each command does: ask the library, present the result.

mod bisect;
mod boot;
mod build;
mod cache;
mod config;
mod debug;
mod doctor;
mod export;
mod import;
mod init;
mod inspect;
mod manual;
mod matrix;
mod metadata;
mod patch;
mod repair;
mod run;
mod sources;
mod test;
mod update;
mod workspace;

pub(crate) use config::json;

use std::path::PathBuf;
use std::sync::Arc;

use kernel::{Places, Workbench};
use kernel_build::{
    Artifacts, CargoOptions, Colour, Kconfig, Network, OnFailure, Options, Probes, Setup, Timings, Verbosity,
};
use kernel_host::cancel::Cancel;
use kernel_host::env::Env;
use kernel_spec::LockMode;

use crate::args::{
    CompileArgs, HostArgs, KconfigOf, KernelArgs, KernelCommand, ManifestArgs, ProbeArgs, ResolveArgs,
};
use crate::exit;
use crate::failure::{CommandError, Failure};
use crate::presenter::{Consoles, Presenter};
use crate::setup::{self, Consent};
use crate::shell::{Level, Shell};
use crate::terminal::Paint;

/// Everything that a command works with.
pub(crate) struct Context<'a> {
    /// The outputs.
    pub(crate) shell: Arc<Shell>,
    /// The environment.
    pub(crate) env: &'a Env,
    manifest: &'a ManifestArgs,
    cancel: Cancel,
}

/// What a command's own options ask for.
#[derive(Clone, Copy, Default)]
pub(crate) struct Asked<'a> {
    /// Of the compiler and cargo.
    pub(crate) compile: Option<&'a CompileArgs>,
    /// Of the configuration.
    pub(crate) resolve: Option<&'a ResolveArgs>,
    /// Of the probes, where nothing else of the configuration can be asked for.
    pub(crate) probes: Option<&'a ProbeArgs>,
    /// Of this run beside the manifest.
    pub(crate) one_off: &'a [String],
    /// What becomes of other kernels when one fails.
    pub(crate) on_failure: OnFailure,
    /// What of a guest's console is for stdout.
    pub(crate) consoles: Consoles,
    /// Whether it is told what took how long.
    pub(crate) timings: Timings,
}

/// Runs a command; the exit code, where it did what it was asked for.
pub(crate) fn run(args: &KernelArgs, env: &Env, shell: &Arc<Shell>) -> Result<u8, CommandError> {
    let cancel = Cancel::on_signals().map_err(|error| Failure::user(error.to_string()))?;
    let context = Context { shell: Arc::clone(shell), env, manifest: &args.global.manifest, cancel };
    let done = match &args.command {
        // What it ran in the guest has a status of its own.
        KernelCommand::Run(args) => return run::run(&context, args),
        KernelCommand::Build(args) => build::build(&context, args),
        KernelCommand::Check(args) => inspect::check(&context, args),
        KernelCommand::Plan(args) => inspect::plan(&context, args),
        KernelCommand::Boot(args) => boot::boot(&context, args),
        KernelCommand::Debug(args) => debug::debug(&context, args),
        KernelCommand::Test(args) => test::test(&context, args),
        KernelCommand::Bisect(args) => bisect::bisect(&context, args),
        KernelCommand::Config(args) => config::config(&context, args),
        KernelCommand::Import(args) => import::import(&context, args),
        KernelCommand::Fetch(args) => sources::fetch(&context, args),
        KernelCommand::Update(args) => update::update(&context, args),
        KernelCommand::Patch(args) => patch::patch(&context, args),
        KernelCommand::Outdated(args) => sources::outdated(&context, args),
        KernelCommand::Vendor(args) => sources::vendor(&context, args),
        KernelCommand::VerifySource(args) => sources::verify(&context, args),
        KernelCommand::Cache(args) => cache::cache(&context, args),
        KernelCommand::Clean(args) => workspace::clean(&context, args),
        KernelCommand::Setup(args) => workspace::setup(&context, args),
        KernelCommand::Metadata { .. } => metadata::metadata(&context),
        KernelCommand::Init(args) => init::init(&context, args),
        KernelCommand::Export(args) => export::export(&context, args),
        KernelCommand::SourceBundle(args) => export::source_bundle(&context, args),
        KernelCommand::Doctor(_) => doctor::doctor(&context),
        KernelCommand::Completions { shell } => manual::completions(&context, *shell),
        KernelCommand::Man(args) => manual::man(&context, args),
    };
    done.map(|()| exit::OK)
}

impl Context<'_> {
    /// Opens the workspace.
    pub(crate) fn open(&self, asked: Asked<'_>, consent: Consent) -> Result<Workbench, CommandError> {
        let reporter = Arc::new(Presenter::new(Arc::clone(&self.shell), asked.consoles));
        let options = self.options(asked, consent);
        Ok(Workbench::open(&self.places(), self.env, self.cancel.clone(), reporter, options)?)
    }

    /// Where the person says that things are.
    pub(crate) fn places(&self) -> Places {
        let absolute = |path: &PathBuf| self.env.current_dir().join(path);
        Places {
            manifest_path: self.manifest.manifest_path.as_ref().map(absolute),
            target_dir: self.manifest.target_dir.as_ref().map(absolute),
        }
    }

    /// Whether data for people takes colours: it goes to stdout, which may be a pipe where stderr is a terminal.
    pub(crate) fn paint_of_data(&self) -> Paint {
        if self.env.is_terminal_stdout() { self.shell.paint } else { Paint::Plain }
    }

    /// What a command that only looks may do: nothing.
    pub(crate) fn only_looking(&self) -> Options {
        let options = self.options(Asked::default(), Consent::Withheld);
        Options { lock_mode: LockMode::Frozen, network: Network::Offline, ..options }
    }

    /// Whether the network is forbidden.
    pub(crate) fn is_offline(&self) -> bool {
        self.manifest.offline || self.manifest.frozen
    }

    fn options(&self, asked: Asked<'_>, consent: Consent) -> Options {
        let Asked { compile, resolve, probes, one_off, on_failure, timings, consoles: _ } = asked;
        let ManifestArgs { locked, frozen, .. } = self.manifest;
        let profile = compile.and_then(|compile| match (&compile.profile, compile.release) {
            (Some(profile), _) => Some(profile.clone()),
            (None, true) => Some("release".to_owned()),
            (None, false) => None,
        });
        Options {
            jobs: compile.and_then(|compile| compile.jobs),
            lock_mode: match (frozen, locked) {
                (true, _) => LockMode::Frozen,
                (false, true) => LockMode::Locked,
                (false, false) => LockMode::Update,
            },
            network: if self.is_offline() { Network::Offline } else { Network::Online },
            setup: if consent.may_change() { Setup::Yes } else { Setup::No },
            verbosity: match self.shell.level {
                Level::Errors | Level::Warnings => Verbosity::Quiet,
                Level::Normal => Verbosity::Normal,
                Level::Verbose | Level::Everything => Verbosity::Verbose,
            },
            kconfig: match resolve.map(|resolve| resolve.kconfig) {
                Some(KconfigOf::Tree) => Kconfig::Tree,
                Some(KconfigOf::Engine) | None => Kconfig::Engine,
            },
            probes: match probes.or(resolve.map(|resolve| &resolve.probes)) {
                Some(ProbeArgs { no_probe_cache: true, .. }) => Probes::Run,
                Some(ProbeArgs { verify_probes: true, .. }) => Probes::Verify,
                _ => Probes::Cached,
            },
            compiler_cache: compile.and_then(|compile| compile.compiler_cache),
            artifacts: match compile {
                Some(CompileArgs { no_shared_artifacts: true, .. }) => Artifacts::Own,
                Some(_) | None => Artifacts::Shared,
            },
            on_failure,
            timings,
            one_off: resolve.map_or(one_off, |resolve| &resolve.config).to_vec(),
            cargo: CargoOptions {
                profile,
                target: compile.and_then(|compile| compile.target.clone()),
                colour: match self.shell.paint {
                    Paint::Colours => Colour::Always,
                    Paint::Plain => Colour::Never,
                },
            },
        }
    }

    /// Does something that may lack host tools; where `--setup` allows it, installs them and does it again.
    ///
    /// What is missing comes up in two rounds: what every kernel needs, and what a resolved `.config` adds.
    pub(crate) fn with_setup<T>(
        &self,
        bench: &Workbench,
        host: &HostArgs,
        mut work: impl FnMut() -> Result<T, kernel::Error>,
    ) -> Result<T, CommandError> {
        let consent = Consent::of(host, self.env);
        let mut installed = Vec::new();
        loop {
            let error = match work() {
                Ok(done) => return Ok(done),
                Err(error) => error,
            };
            match error.missing_tools() {
                // What was installed and is still missing will be missing once more.
                Some(missing) if consent != Consent::Withheld && !installed.contains(missing) => {
                    setup::agree(&self.shell, missing, consent, self.env)?;
                    setup::install(bench, missing)?;
                    installed.push(missing.clone());
                }
                _ => return Err(error.into()),
            }
        }
    }
}
