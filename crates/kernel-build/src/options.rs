//! What a person asks of a session, beside the manifest.

use std::num::NonZeroUsize;

use kconfig_host::{ProbeCache, Programs};
use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::env::Env;
use kernel_spec::{CompilerCache, KernelName, LockMode, SourceName, VmName};

use crate::environment;
use crate::event::Verbosity;

/// Whether the network may be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Network {
    /// It may.
    #[default]
    Online,
    /// It may not: what is not in the cache is an error.
    Offline,
}

/// Whether the machine may be changed to make a build possible.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Setup {
    /// It may not.
    #[default]
    No,
    /// The package manager's lists may be refreshed where they do not know a source. Installing is asked for apart.
    Yes,
}

/// Whose Kconfig resolves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kconfig {
    /// The engine of `crates/kconfig`, in this process.
    #[default]
    Engine,
    /// The source tree's own `conf`, which make builds and runs.
    Tree,
}

impl Kconfig {
    /// Its word on the command line and in keys.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Engine => "engine",
            Self::Tree => "tree",
        }
    }
}

/// What becomes of probes' answers between runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Probes {
    /// Those that are known to hold are taken from the user's cache, new ones are kept there.
    #[default]
    Cached,
    /// Every probe is run, and nothing is kept.
    Run,
    /// Every probe is run, and compared with the answer that would have been taken.
    Verify,
}

impl Probes {
    /// The same for the engine's host, in this environment.
    pub(crate) fn cache(self, env: &Env) -> ProbeCache {
        match (self, env.cache_dir()) {
            (Self::Cached, Some(directory)) => ProbeCache::Use(directory),
            (Self::Verify, Some(directory)) => ProbeCache::Verify(directory),
            (Self::Run, _) | (_, None) => ProbeCache::Off,
        }
    }

    /// What programs say, as kbuild would hear it in a directory: only where kept answers are used, from an earlier run.
    pub(crate) fn programs(self, env: &Env, directory: &AbsPath, cancel: &Cancel) -> Programs {
        let cache = match self {
            Self::Cached => self.cache(env),
            Self::Run | Self::Verify => ProbeCache::Off,
        };
        let passed = environment::confined(env).map(|(name, value)| (name.to_owned(), value.to_owned()));
        Programs::new(Env::from_vars(passed, directory.clone()), &cache, cancel)
    }
}

/// Whether artifacts and objects are shared with the user's other workspaces and kernels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Artifacts {
    /// One of the same fingerprint is copied, a new kernel begins with the nearest one's objects, and what is built is kept
    /// for others.
    #[default]
    Shared,
    /// What is not here is built, and nothing is kept elsewhere.
    Own,
}

/// Whether it is told what of a build took how long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Timings {
    /// It is not.
    #[default]
    No,
    /// By a page for each kernel that is built.
    Page,
}

/// What becomes of other kernels when one fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFailure {
    /// They are ended, and no other is begun.
    #[default]
    Stop,
    /// They go on.
    KeepGoing,
}

/// How cargo builds what stands beside a kernel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CargoOptions {
    /// `--profile`; `dev` where nothing is said.
    pub profile: Option<String>,
    /// `--target` of VMM and init; the host's where nothing is said.
    pub target: Option<String>,
    /// Whether cargo's words are coloured.
    pub colour: Colour,
}

/// Whether words may be coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colour {
    /// Plain text.
    #[default]
    Never,
    /// ANSI colours.
    Always,
}

/// What a person asks of a session.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many jobs run at a time; as many as there are processors where nothing is said.
    pub jobs: Option<NonZeroUsize>,
    /// Whether Kernel.lock may change.
    pub lock_mode: LockMode,
    /// Whether the network may be used.
    pub network: Network,
    /// Whether package lists may be refreshed.
    pub setup: Setup,
    /// Whose Kconfig resolves.
    pub kconfig: Kconfig,
    /// What becomes of probes' answers.
    pub probes: Probes,
    /// The compiler cache, in the place of the manifest's.
    pub compiler_cache: Option<CompilerCache>,
    /// Whether artifacts are shared.
    pub artifacts: Artifacts,
    /// What becomes of other kernels when one fails.
    pub on_failure: OnFailure,
    /// Whether it is told what took how long.
    pub timings: Timings,
    /// How much is shown.
    pub verbosity: Verbosity,
    /// What one run asks for beside the manifest: `kernel.NAME.config.SYMBOL=VALUE`, or a file.
    pub one_off: Vec<String>,
    /// How cargo builds.
    pub cargo: CargoOptions,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            jobs: None,
            lock_mode: LockMode::Update,
            network: Network::default(),
            setup: Setup::default(),
            kconfig: Kconfig::default(),
            probes: Probes::default(),
            compiler_cache: None,
            artifacts: Artifacts::default(),
            on_failure: OnFailure::default(),
            timings: Timings::default(),
            verbosity: Verbosity::default(),
            one_off: Vec::new(),
            cargo: CargoOptions::default(),
        }
    }
}

/// Which part of a manifest is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// Every kernel and VM.
    All,
    /// These kernels.
    Kernels(Vec<KernelName>),
    /// A VM: its kernel, and the kernel that it may run under.
    Vm(VmName),
    /// These sources, and no kernel.
    Sources(Vec<SourceName>),
}

/// Whether the kernel is built under which a VMM runs where KVM cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NestedHost {
    /// It is, where the VM names one.
    Build,
    /// It is not needed here.
    Skip,
}

/// A menu of a source tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Menu {
    /// `nconfig`.
    #[default]
    Nconfig,
    /// `menuconfig`.
    Menuconfig,
}

impl Menu {
    /// Its target of make.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nconfig => "nconfig",
            Self::Menuconfig => "menuconfig",
        }
    }
}
