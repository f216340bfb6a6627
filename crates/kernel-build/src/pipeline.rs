//! One kernel, from its plan to its artifact.
//!
//! ```text
//! lock ▶ consult ─fresh─▶ artifact
//!          └▶ base tools ▶ source ▶ configure ▶ consult again ─fresh─▶ artifact      (early cut-off)
//!                                                ├▶ another workspace's ▶ verify ▶ store ▶ artifact
//!                                                └▶ demanded tools ▶ compile ▶ verify ▶ store ▶ keep ▶ artifact
//! ```
//!
//! Invariants: the kernel's lock is held from before the first consult until the artifact is stored, and a token of the
//! jobserver for as long as anything runs. A memo is written only after what it stands for has passed every check.

mod ingredients;
mod menu;
mod objects;
mod patched;
mod ready;
mod settle;
mod stored;
mod survey;
mod suspects;
mod tools;

use std::sync::Mutex;

use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::clock::{Stopwatch, unix_seconds};
use kernel_host::env::Env;
use kernel_host::fs;
use kernel_host::jobserver::Jobserver;
use kernel_host::lock::FileLock;
use kernel_plan::{Fingerprint, Outlook, SourceState};
use kernel_spec::{Conditions, Day, Image, KernelEntry, KernelName, SourceEntry};

use crate::artifact::{Artifact, Checked, Freshness};
use crate::built_in::InitArchive;
use crate::compile::Compiler;
use crate::configuration::Configuration;
use crate::configure::{ConfigureError, Configured, Configurer, RESOLVED, Route};
use crate::error::BuildError;
use crate::event::Voice;
use crate::facts::{self, Known};
use crate::host_tools;
use crate::lock::Locked;
use crate::make::Make;
use crate::options::{Kconfig, Options, Timings};
use crate::pin::Pin;
use crate::prepare::{Init, Planned, Preparer, Work};
use crate::record::{Durations, RECORD, Record};
use crate::release::SourceKind;
use crate::resolve::Resolver;
use crate::source::{self, Fetcher, SourceError, SourceTree};
use crate::state::State;
use crate::toolchain::{Minima, Toolchain};
use crate::verify::verify;
use crate::{report, store, sync};

use patched::{Which, identity_of};

/// One kernel's way.
pub(crate) struct Pipeline<'a> {
    locked: &'a Locked,
    kernel: &'a KernelEntry,
    source: &'a SourceEntry,
    pin: Pin,
    work: Work,
    env: &'a Env,
    cancel: &'a Cancel,
    options: &'a Options,
    jobs: usize,
    turn: &'a Mutex<()>,
    voice: Voice<'a>,
    init: Init<'a>,
}

/// What all kernels of a run have in common.
#[derive(Clone, Copy)]
pub(crate) struct Means<'a> {
    pub(crate) env: &'a Env,
    pub(crate) cancel: &'a Cancel,
    pub(crate) options: &'a Options,
    pub(crate) jobs: usize,
    /// Held by the kernel that is being configured: its probes run on all cores, and what they answer the next one finds in
    /// the cache.
    pub(crate) turn: &'a Mutex<()>,
}

/// A configured kernel, and whether it has to be compiled.
struct Ready {
    toolchain: Toolchain,
    tree: SourceTree,
    configured: Configured,
    /// Where the engine has just resolved.
    resolver: Option<Resolver>,
    fingerprint: Fingerprint,
    durations: Durations,
}

impl<'a> Pipeline<'a> {
    pub(crate) fn new(
        locked: &'a Locked,
        name: &KernelName,
        Means { env, cancel, options, jobs, turn }: Means<'a>,
        voice: Voice<'a>,
    ) -> Result<Self, BuildError> {
        let kernel = locked.loaded().kernel(name)?;
        let (source, pin) = locked.pin(&kernel.source.value)?;
        let work = Work::of(locked, name);
        let init = locked.loaded().spec().built_in_init(kernel.table());
        let init = init.map_or(Init::None, |init| Init::Unbuilt(init.package));
        Ok(Self { locked, kernel, source, pin, work, env, cancel, options, jobs, turn, voice, init })
    }

    /// The same with the init that cargo has built for it.
    pub(crate) fn with_init(self, built: Option<&'a InitArchive>) -> Self {
        let init = match (self.init, built) {
            (Init::Unbuilt(package), Some(built)) => Init::Built(package, built),
            (init, _) => init,
        };
        Self { init, ..self }
    }

    /// The plan; where a config that nobody has resolved yet decides and the tree is there, it is resolved to see.
    pub(crate) fn plan(&self) -> Result<Planned, BuildError> {
        let mut state = State::read(&self.work.state);
        let mut planned = self.preparer().prepare(&mut state)?;
        let known = source::known(&self.pin, self.env)?.state;
        let there = matches!(known, SourceState::Own | SourceState::Unpacked);
        if matches!(planned.outlook, Outlook::Undecided(_))
            && there
            && self.options.kconfig == Kconfig::Engine
        {
            let foreseen = self.aside(|configurer| {
                Ok(configurer.foresee().map(|configured| (configured, configurer.source.patches.clone())))
            });
            let outlook = match foreseen {
                Ok(Ok((configured, patches))) => {
                    let release = &configured.release.text;
                    let patches: Vec<_> = patches.iter().collect();
                    let fingerprint =
                        self.preparer().fingerprint(&planned.facts, configured.digest, release, &patches);
                    match self.preparer().compare(&fingerprint, &state) {
                        Ok(_) => self.preparer().awaited().unwrap_or(Outlook::Fresh),
                        Err(reason) => Outlook::Dirty(report::explain(reason, &self.place(), &configured)),
                    }
                }
                Ok(Err(error)) => refused(&BuildError::Configure(error)),
                Err(error @ BuildError::Source(SourceError::Patch(_))) => refused(&error),
                Err(error) => return Err(error),
            };
            planned.foresee(outlook);
        }
        Ok(planned)
    }

    /// The engine's configuration, to be asked about.
    pub(crate) fn configuration(&self) -> Result<Configuration, BuildError> {
        self.aside(|configurer| Ok(configurer.configuration()?))
    }

    /// The same, and what of it is not as asked.
    pub(crate) fn judged_configuration(&self) -> Result<(Configuration, Option<BuildError>), BuildError> {
        self.aside(|configurer| {
            let configuration = configurer.configuration()?;
            let refusal = configurer.refusal(&configuration)?;
            let refused = refusal.map(|refusal| ConfigureError::Refused(Box::new(refusal)).into());
            Ok((configuration, refused))
        })
    }

    /// The source tree as the engine sees it.
    pub(crate) fn resolver(&self) -> Result<Resolver, BuildError> {
        self.aside(|configurer| Ok(configurer.resolver()?))
    }

    /// Does something beside a build that may be under way: probes run in a folder of their own, nothing is kept.
    fn aside<T>(&self, run: impl FnOnce(&Configurer<'_>) -> Result<T, BuildError>) -> Result<T, BuildError> {
        self.aside_on(self.own_tree(), run)
    }

    fn aside_on<T>(
        &self,
        which: Which<'_>,
        run: impl FnOnce(&Configurer<'_>) -> Result<T, BuildError>,
    ) -> Result<T, BuildError> {
        let begun = self.begin();
        let toolchain = self.toolchain()?;
        self.over(which, &toolchain, begun, |tree| {
            toolchain.check(&Minima::of_tree(&tree.path).unwrap_or_default())?;
            fs::create_dir_all(&self.work.directory)?;
            let scratch = fs::temp_dir_in(&self.work.directory, "probes-")?;
            let identity = identity_of(&self.pin.identity(), tree);
            run(&self.configurer(&toolchain, tree, &identity, scratch.path(), Route::Engine)?)
        })
    }

    fn configurer<'b>(
        &'b self,
        toolchain: &'b Toolchain,
        source: &'b SourceTree,
        source_identity: &'b str,
        objtree: &'b AbsPath,
        route: Route<'b>,
    ) -> Result<Configurer<'b>, BuildError> {
        let under = Conditions {
            version: source.version.version.clone(),
            arch: self.kernel.arch.value,
            toolchain: toolchain.family(),
        };
        Ok(Configurer {
            kernel: self.kernel,
            layers: self.locked.loaded().layers(&self.kernel.name.value)?.on(&source.path, &under)?,
            features: &self.locked.loaded().spec().features,
            required: self.locked.loaded().required(&self.kernel.name.value),
            source,
            source_kind: match self.pin {
                Pin::Path { .. } => SourceKind::Path,
                Pin::Deb { .. } | Pin::Tarball { .. } | Pin::Git { .. } => SourceKind::Pinned,
            },
            source_identity,
            toolchain,
            work: &self.work.directory,
            objtree,
            route,
            probes: self.options.probes,
            today: today(),
            env: self.env,
            cancel: self.cancel,
            voice: self.voice,
        })
    }

    /// Takes the kernel's lock.
    pub(crate) fn lock(&self) -> Result<FileLock, BuildError> {
        let name = &self.kernel.name.value;
        let mut on_wait =
            || self.voice.started("Waiting", format!("for {name}, which another process builds"));
        Ok(FileLock::exclusive(&self.work.lock, self.cancel, &mut on_wait)?)
    }

    /// Configures and checks; compiles nothing.
    pub(crate) fn check(&self, jobserver: &Jobserver) -> Result<Checked, BuildError> {
        let begun = self.begin();
        let _lock = self.lock()?;
        let mut state = State::read(&self.work.state);
        let planned = self.prepared(&mut state)?;
        if self.options.kconfig == Kconfig::Tree {
            self.check_base_tools()?;
        }
        let ready = self.ready(planned, &mut state, jobserver, begun)?;
        self.settle(&ready)?;
        let configured = &ready.configured;
        let kernelversion = ready.tree.version.kernelversion.clone();
        let config = self.work.directory.join(RESOLVED);
        self.leave_facts(Known {
            kernelversion: &kernelversion,
            kernelrelease: &configured.release.text,
            features: &configured.features,
            config: config.clone(),
            sources: &[],
        })?;
        let overridden = configured.merged.replaced().map(|pair| {
            let (lost, won) = (&pair.lost, &pair.won);
            format!("{won} at {} overrides {lost} at {}", won.origin, lost.origin)
        });
        Ok(Checked {
            name: self.kernel.name.value.clone(),
            kernelversion,
            release: configured.release.text.clone(),
            release_parts: configured.release.parts.iter().map(ToString::to_string).collect(),
            requests: configured.merged.requests.len() - configured.missed.len(),
            overridden: overridden.collect(),
            one_off: configured.one_off.clone(),
            features: configured.features.clone(),
            config,
            dirty: self
                .preparer()
                .compare(&ready.fingerprint, &state)
                .err()
                .map(|reason| report::explain(reason, &self.place(), configured).to_string()),
        })
    }

    /// Makes the artifact, and says to build scripts what it is; the caller holds the lock and a token.
    pub(crate) fn build(&self, jobserver: &Jobserver) -> Result<Artifact, BuildError> {
        let artifact = self.make_artifact(jobserver)?;
        let record = artifact.record();
        self.leave_facts(Known {
            kernelversion: &record.kernelversion,
            kernelrelease: &record.kernelrelease,
            features: &record.features,
            config: artifact.directory().join(".config"),
            sources: self.init.built().map(|built| built.sources.as_slice()).unwrap_or_default(),
        })?;
        Ok(artifact)
    }

    fn leave_facts(&self, known: Known<'_>) -> Result<(), BuildError> {
        Ok(facts::leave(self.locked.loaded(), self.kernel, known, &self.work.directory)?)
    }

    fn make_artifact(&self, jobserver: &Jobserver) -> Result<Artifact, BuildError> {
        let watch = Stopwatch::start();
        store::tidy(&self.work.directory)?;
        let mut state = State::read(&self.work.state);
        let mut planned = self.prepared(&mut state)?;
        if let Some(record) = planned.fresh.take() {
            self.settle_memo(&state)?;
            self.judge_again(&mut state)?;
            return Ok(self.fresh(record, watch));
        }
        let begun = self.begin();
        self.check_base_tools()?;
        let mut ready = self.ready(planned, &mut state, jobserver, begun)?;
        self.settle(&ready)?;
        let reason = match self.preparer().compare(&ready.fingerprint, &state) {
            Ok(record) => {
                let told = report::refresh(record.clone(), self.kernel, &ready.configured);
                if told != record {
                    fs::write_atomic(&self.place().join(RECORD), told.render().as_bytes())?;
                }
                self.judge_again(&mut state)?;
                return Ok(self.fresh(told, watch));
            }
            Err(reason) => report::explain(reason, &self.place(), &ready.configured),
        };
        self.voice.note(format!("dirty: {reason}"));
        let before = fs::read_to_string(&self.place().join(RECORD)).ok();
        let before = before.and_then(|text| Record::parse(&text));
        if let Some(record) = self.copy(&ready, &mut state)? {
            let duration = watch.elapsed();
            self.voice.finished("Copied", report::summary(&record), duration);
            let freshness = Freshness::Copied { reason: reason.to_string(), duration };
            return Ok(Artifact { before, ..self.artifact(record, freshness) });
        }
        let demands = host_tools::demanded(&ready.configured.config);
        host_tools::check(&demands, &ready.toolchain.host_cc, self.env, self.cancel)?;

        let compile_watch = Stopwatch::start();
        if self.options.kconfig == Kconfig::Engine {
            self.begin_near(&ready, &mut state)?;
            let resolver = match ready.resolver.take() {
                Some(resolver) => resolver,
                None => {
                    let (tree, identity) = (&ready.tree, identity_of(&self.pin.identity(), &ready.tree));
                    let route = Route::Engine;
                    self.configurer(&ready.toolchain, tree, &identity, &self.work.objtree, route)?
                        .resolver()?
                }
            };
            sync::sync(&self.work.objtree, &resolver, &ready.configured.text)?;
        }
        if let Some(built) = self.init.built() {
            built.place(&self.work.objtree)?;
        }
        let images = self.images();
        self.distrust(&ready.tree, &mut state)?;
        let launcher = self.launcher(&ready)?;
        if let Some(launcher) = launcher.as_ref().filter(|launcher| !launcher.name().is_empty()) {
            self.voice.note(format!("{} stands in front of the compilers", launcher.name()));
        }
        let compiler = Compiler {
            kernel: &self.kernel.name.value,
            images: &images,
            configured: &ready.configured,
            work: &self.work.directory,
            objtree: &self.work.objtree,
            make: Make { launcher: launcher.as_ref(), ..self.make(&ready.toolchain, &ready.tree, jobserver) },
            voice: self.voice,
        };
        let compiled = compiler.compile(&mut state).map_err(|error| self.suspect(error, &ready))?;
        if compiled.synced && self.options.kconfig == Kconfig::Engine {
            let message =
                "make did not take the files that the engine wrote for it, and ran the tree's own `conf`";
            self.voice.warning(message, Some("this is a bug to report, with the kernel's version".into()));
        }
        ready.durations.compile_ms = milliseconds(compile_watch);
        let cache = launcher.and_then(|launcher| launcher.report(self.env, self.cancel));

        let verified = self.verified(&ready, &self.work.objtree, verify)?;
        state.suspects.clear();
        let record = self.store(&ready, &mut state, &verified, &self.work.objtree, compiled.objects)?;
        if !self.pin.is_pinned() {
            fs::write_atomic(&self.work.contents_built, &fs::read(&self.work.contents)?)?;
        }
        self.keep(&record, &ready.fingerprint);
        if self.options.timings == Timings::Page {
            self.write_timings(&record, before.as_ref(), &reason.to_string())?;
        }
        if let Some(siblings) = self.siblings(&ready) {
            // A cache that cannot be written costs the next kernel time, and nothing else.
            let _ = siblings.note(&self.work.directory);
        }
        let duration = watch.elapsed();
        self.voice.finished("Finished", report::summary(&record), duration);
        let freshness = Freshness::Built { reason: reason.to_string(), duration, cache };
        Ok(Artifact { before, ..self.artifact(record, freshness) })
    }

    fn preparer(&self) -> Preparer<'_> {
        Preparer {
            locked: self.locked,
            kernel: self.kernel,
            source: self.source,
            pin: &self.pin,
            env: self.env,
            cancel: self.cancel,
            jobs: self.jobs,
            kconfig: self.options.kconfig,
            cargo: &self.options.cargo,
            work: &self.work,
            init: self.init,
        }
    }

    fn fetcher(&self) -> Fetcher<'a> {
        let (locked, env, cancel) = (self.locked, self.env, self.cancel);
        Fetcher { locked, env, cancel, options: self.options, voice: self.voice }
    }

    fn make<'b>(
        &'b self,
        toolchain: &'b Toolchain,
        tree: &'b SourceTree,
        jobserver: &'b Jobserver,
    ) -> Make<'b> {
        let (objtree, mark) = (&self.work.objtree, &self.work.mark);
        let (env, cancel) = (self.env, self.cancel);
        Make { toolchain, srctree: &tree.path, objtree, mark, env, cancel, jobserver, launcher: None }
    }

    fn images(&self) -> Vec<Image> {
        self.kernel.images.iter().map(|image| image.value).collect()
    }

    fn place(&self) -> AbsPath {
        self.locked.loaded().workspace().artifact_dir(&self.kernel.name.value)
    }

    fn fresh(&self, record: Record, watch: Stopwatch) -> Artifact {
        self.voice.finished("Fresh", report::summary(&record), watch.elapsed());
        self.artifact(record, Freshness::Fresh)
    }

    fn artifact(&self, record: Record, freshness: Freshness) -> Artifact {
        let (name, directory) = (self.kernel.name.value.clone(), self.place());
        let init = self.init.built().map(|built| built.program.clone());
        Artifact { name, directory, record, freshness, before: None, init }
    }
}

fn refused(error: &BuildError) -> Outlook {
    Outlook::Refused(std::iter::once(error.to_string()).chain(error.details()).collect())
}

/// The day, for allowances that end.
pub(crate) fn today() -> Day {
    Day(i64::try_from(unix_seconds() / (24 * 60 * 60)).unwrap_or(i64::MAX))
}

fn milliseconds(watch: Stopwatch) -> u64 {
    u64::try_from(watch.elapsed().as_millis()).unwrap_or(u64::MAX)
}
