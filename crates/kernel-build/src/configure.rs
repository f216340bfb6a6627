//! From layers to a resolved `.config` that is as asked, and a kernelrelease that is as promised.
//!
//! ```text
//! base ─┐
//!       ├─ merge ─▶ allnoconfig or alldefconfig with KCONFIG_ALLCONFIG ─▶ <work>/resolved.config
//! layers┘                   │
//!                           ├─ `Route::Engine`: in this process ([`resolve`](crate::resolve))
//!                           └─ `Route::Tree`: the tree's own conf, built and run by make in the object tree
//! ```
//!
//! Where the tree's conf runs, `<work>/all.config` is what it reads and `<work>/base.config` what make made for the base;
//! `KCONFIG_CONFIG` keeps its results out of the object tree until they have passed. For two bases nothing has to be
//! resolved, because `allnoconfig` and `alldefconfig` are empty and `tinyconfig` is three files of the tree ([`tiny`]).
//!
//! What `scripts/kconfig/merge_config.sh` only warns of is an error here: every request is compared with the result, of
//! every type and in both directions, and equals that disagree are refused.
//!
//! A symbol that is `unset` where unlisted symbols are `n` gets the value that it has when nobody speaks of it: the engine
//! finds it out, and both routes are given it as a line. So it is with what `auto-modules` answers.
//!
//! Invariant: a [`Configured`] has no miss but of requests that may be missed, no denied conflict, no `m`, everything that
//! is required of it, and a kernelrelease that keeps the promise.

mod errors;
mod judge;
mod names;
mod refusal;
mod survey;
pub(crate) mod tiny;
pub(crate) mod unmet;

use std::borrow::Cow;

use kconfig::layers::{Layer, LayerKind, SymbolTypes, merge_layers};
use kconfig::modes::AutoModules;
use kconfig::syntax::ast::SymbolType;
use kconfig::{DotConfig, Merged, Miss, Symbol, SymbolNames, Tristate};
use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::digest::{hex, sha256};
use kernel_host::env::Env;
use kernel_host::fs;
use kernel_host::process::Command;
use kernel_spec::{Base, Conditions, Day, Features, KernelEntry, Modules, Requirement, Sha256, Unlisted};

use crate::configuration::{Configuration, Seed};
use crate::event::Voice;
use crate::load::Layers;
use crate::make::{Make, MakeError};
use crate::options::Probes;
use crate::release::{Release, SourceKind};
use crate::resolve::{KconfigTree, Mode, Resolver};
use crate::source::SourceTree;
use crate::state::{BaseMemo, ConfiguredMemo, State};
use crate::toolchain::Toolchain;

pub use errors::ConfigureError;
pub use refusal::{Belongs, Missed, Refusal, Unneeded, WhyUnneeded};
use survey::stable_digest;
pub use unmet::{Claim, Demands, Unmet};

/// The resolved config, in a kernel's work directory.
pub(crate) const RESOLVED: &str = "resolved.config";

/// A resolved config that is as asked.
#[derive(Clone, Debug)]
pub struct Configured {
    pub(crate) text: String,
    pub(crate) config: DotConfig,
    pub(crate) digest: Sha256,
    pub(crate) merged: Merged,
    /// The requests that did not land and need not.
    pub(crate) missed: Vec<Miss>,
    /// What one run asked for beside the manifest.
    pub(crate) one_off: Vec<String>,
    /// What a strict base does not name and could, with its default.
    pub(crate) new_symbols: Vec<String>,
    /// The features that it has, by name.
    pub(crate) features: Vec<String>,
    pub(crate) release: Release,
    /// The digest without what the machine's answers alone decide; absent where nobody could tell that apart.
    pub(crate) stable: Option<Sha256>,
}

/// What the layers are laid on.
enum BaseKind {
    /// These values.
    Known(DotConfig),
    /// What this config target of make makes.
    Target(String),
}

/// Who resolves.
pub(crate) enum Route<'a> {
    /// The engine.
    Engine,
    /// The tree's own `conf`, by this make.
    Tree(Make<'a>),
}

/// Everything that configuring needs.
pub(crate) struct Configurer<'a> {
    pub(crate) kernel: &'a KernelEntry,
    pub(crate) layers: Cow<'a, Layers>,
    /// The workspace's features.
    pub(crate) features: &'a Features,
    /// What the kernel must have for its VMs.
    pub(crate) required: &'a [Requirement],
    pub(crate) source: &'a SourceTree,
    pub(crate) source_kind: SourceKind,
    /// The identity of the tree's contents.
    pub(crate) source_identity: &'a str,
    pub(crate) toolchain: &'a Toolchain,
    pub(crate) work: &'a AbsPath,
    /// Where probes run, and make.
    pub(crate) objtree: &'a AbsPath,
    pub(crate) route: Route<'a>,
    pub(crate) probes: Probes,
    /// For allowances that end.
    pub(crate) today: Day,
    pub(crate) env: &'a Env,
    pub(crate) cancel: &'a Cancel,
    pub(crate) voice: Voice<'a>,
}

/// What resolving has found, before anybody has judged it.
struct Found {
    text: String,
    merged: Merged,
    names: Option<SymbolNames>,
    /// Where the engine resolved.
    configuration: Option<Configuration>,
}

impl Found {
    fn of(configuration: Configuration) -> Self {
        Self {
            text: configuration.text().to_owned(),
            merged: configuration.merged().clone(),
            names: Some(configuration.names()),
            configuration: Some(configuration),
        }
    }
}

impl Configurer<'_> {
    /// Resolves, and checks everything that can be known before compiling.
    ///
    /// Where the engine did, its view of the tree comes along, for kbuild's files.
    pub(crate) fn configure(
        &self,
        state: &mut State,
    ) -> Result<(Configured, Option<Resolver>), ConfigureError> {
        self.voice.started(
            "Configuring",
            format!("{} {}", self.kernel.name.value, self.source.version.kernelversion),
        );
        let found = match &self.route {
            Route::Engine => {
                let found = Found::of(self.configuration()?);
                fs::write_atomic(&self.work.join(RESOLVED), found.text.as_bytes())?;
                found
            }
            Route::Tree(make) => self.by_tree(make, state)?,
        };
        self.judge(found)
    }

    /// Resolves with the engine and checks as [`Self::configure`] does; writes nothing.
    pub(crate) fn foresee(&self) -> Result<Configured, ConfigureError> {
        Ok(self.judge(Found::of(self.configuration()?))?.0)
    }

    /// The resolved config of an earlier run, where it is still there.
    pub(crate) fn recall(&self, memo: &ConfiguredMemo) -> Result<Option<Configured>, ConfigureError> {
        let Ok(text) = fs::read_to_string(&self.work.join(RESOLVED)) else { return Ok(None) };
        if hex(&sha256(text.as_bytes())) != memo.config {
            return Ok(None);
        }
        // The base's own values matter for resolving alone, which has been done; so do the names, for the requests landed.
        let types = DotConfig::parse(&text).unwrap_or_default();
        let merged = self.merge_by_looks(&DotConfig::default(), &types);
        let (configured, _) = self.judge(Found { text, merged, names: None, configuration: None })?;
        let stable = memo.stable.as_deref().and_then(Sha256::from_hex);
        Ok(Some(Configured { stable, new_symbols: memo.new_symbols.clone(), ..configured }))
    }

    /// The engine's configuration, not judged; nothing is written.
    pub(crate) fn configuration(&self) -> Result<Configuration, ConfigureError> {
        let resolved = self.resolved();
        // Before anything is said, and whatever has come out.
        self.source.untouched()?;
        let (configuration, said) = resolved?;
        self.note(said.into_iter().filter(|line| is_worth_a_note(line)));
        Ok(configuration)
    }

    /// The same, while the tree is still being looked at; and what there is to say.
    fn resolved(&self) -> Result<(Configuration, Vec<String>), ConfigureError> {
        let resolver = self.resolver()?;
        let mut said = resolver.messages();
        let base = match self.base_kind()? {
            BaseKind::Known(config) => config,
            BaseKind::Target(target) => {
                let base = resolver.base(&target)?;
                said.extend(base.warnings.lines().map(str::to_owned));
                self.parse_base(&self.work.join("base.config"), &base.text)?
            }
        };
        let layers = self.layers_for(&resolver);
        let merged = merge_layers(&base, &layers);
        let mode = self.mode();
        let text = self.seed_text(&merged, Some(&resolver))?;
        let seed = Seed { mode, file: "all.config".to_owned(), text: text.into_bytes() };
        let resolved = resolver.run(seed.mode, &seed.file, &seed.text)?;
        said.extend(resolved.warnings.lines().map(str::to_owned));
        let name = self.kernel.name.value.to_string();
        let configuration = Configuration::new(name, resolver, seed, resolved, merged, layers);
        Ok(match self.kernel.modules.value {
            Modules::On => (configuration, said),
            Modules::Off | Modules::Unsaid => (configuration.built_in(), said),
        })
    }

    /// What guards are held against.
    pub(crate) fn conditions(&self) -> Conditions {
        Conditions {
            version: self.source.version.version.clone(),
            arch: self.kernel.arch.value,
            toolchain: self.toolchain.family(),
        }
    }

    /// Everything that the kernel must have.
    pub(crate) fn demands(&self) -> Demands<'_> {
        Demands::new(self.kernel, self.features, self.required, &self.conditions())
    }

    /// The layers, each value taken by the type of its symbol.
    ///
    /// A strict base does not ask for what the machine says: another compiler has another version.
    fn layers_for(&self, resolver: &Resolver) -> Vec<Layer> {
        let mut layers = self.layers.under(&self.conditions(), resolver.model(), self.kernel.mod2yes);
        if let Some(base) = layers.iter_mut().find(|layer| layer.kind == LayerKind::Base) {
            let probed = resolver.probed();
            base.entries.retain(|entry| !probed.contains(&entry.symbol));
        }
        layers
    }

    fn merge_by_looks(&self, base: &DotConfig, types: &dyn SymbolTypes) -> Merged {
        merge_layers(base, &self.layers.under(&self.conditions(), types, self.kernel.mod2yes))
    }

    fn mode(&self) -> Mode {
        match self.kernel.unlisted {
            Unlisted::No => Mode::AllNo,
            Unlisted::Default => Mode::AllDef,
        }
    }

    /// What is resolved: the merged text, and lines for what the engine found out.
    fn seed_text(&self, merged: &Merged, resolver: Option<&Resolver>) -> Result<String, ConfigureError> {
        let mut text = merged.to_allconfig_text();
        if self.mode() == Mode::AllNo && !merged.unset.is_empty() {
            let symbols: Vec<&Symbol> = merged.unset.iter().map(|entry| &entry.symbol).collect();
            let resolver = resolver.ok_or(ConfigureError::NeedsEngine { what: "`unset`" })?;
            text += &resolver.defaults(self.mode(), text.as_bytes(), &symbols)?;
        }
        if let Some(built_in) = self.kernel.auto_modules {
            let requested = merged.requests.iter().map(|request| &request.symbol);
            let named: Vec<&Symbol> =
                requested.chain(merged.unset.iter().map(|entry| &entry.symbol)).collect();
            let resolver = resolver.ok_or(ConfigureError::NeedsEngine { what: "`auto-modules`" })?;
            let answer = if self.kernel.mod2yes { Tristate::Y } else { Tristate::M };
            let how = AutoModules { built_in, answer };
            text += &resolver.auto_modules(self.mode(), text.as_bytes(), &named, how)?;
        }
        Ok(text)
    }

    /// The tree as the engine sees it.
    pub(crate) fn resolver(&self) -> Result<Resolver, ConfigureError> {
        Ok(Resolver::load(&KconfigTree {
            srctree: &self.source.path,
            kernelversion: &self.source.version.kernelversion,
            toolchain: self.toolchain,
            directory: self.objtree,
            probes: self.probes,
            env: self.env,
            cancel: self.cancel,
        })?)
    }

    fn by_tree(&self, make: &Make<'_>, state: &mut State) -> Result<Found, ConfigureError> {
        self.source.untouched()?;
        let base = match self.base_kind()? {
            BaseKind::Known(config) => config,
            BaseKind::Target(target) => self.base_by_tree(make, &target, state)?,
        };
        // The engine knows types, and defaults; where it cannot read the tree, values are taken as they look.
        let resolver = self.resolver().ok();
        let merged = match &resolver {
            Some(resolver) => merge_layers(&base, &self.layers_for(resolver)),
            None => self.merge_by_looks(&base, &ByLooks),
        };
        let all = self.work.join("all.config");
        fs::write_atomic(&all, self.seed_text(&merged, resolver.as_ref())?.as_bytes())?;
        let target = match self.kernel.unlisted {
            Unlisted::No => "allnoconfig",
            Unlisted::Default => "alldefconfig",
        };
        let text = self.conf(make, target, &self.work.join(RESOLVED), |command| {
            command.env("KCONFIG_ALLCONFIG", &all);
        })?;
        Ok(Found {
            text,
            merged,
            names: names::of_tree(&self.source.path, self.kernel.arch.value),
            configuration: None,
        })
    }

    fn note(&self, said: impl Iterator<Item = String>) {
        let said: Vec<String> = said.collect();
        if !said.is_empty() {
            self.voice.note(said.join("\n"));
        }
    }

    /// What the layers are laid on, where nothing has to be resolved for it.
    fn base_kind(&self) -> Result<BaseKind, ConfigureError> {
        Ok(match (&self.kernel.base.value, &self.layers.base_file) {
            (Base::File(_), Some(file)) => BaseKind::Known(file.config.clone()),
            (Base::File(path), None) => BaseKind::Target(path.clone()),
            (Base::Allnoconfig, _) if self.kernel.unlisted == Unlisted::No => {
                BaseKind::Known(DotConfig::default())
            }
            (Base::Alldefconfig, _) if self.kernel.unlisted == Unlisted::Default => {
                BaseKind::Known(DotConfig::default())
            }
            (Base::Tinyconfig, _) if self.kernel.unlisted == Unlisted::No => {
                match tiny::fragments(&self.source.path, self.kernel.arch.value)? {
                    Some(text) => BaseKind::Known(parse(&self.source.path.join("kernel/configs"), &text)?),
                    None => BaseKind::Target(base_words(&Base::Tinyconfig)),
                }
            }
            (base, _) => BaseKind::Target(base_words(base)),
        })
    }

    /// The `.config` that make makes for a base; kept from one run to the next.
    fn base_by_tree(
        &self,
        make: &Make<'_>,
        target: &str,
        state: &mut State,
    ) -> Result<DotConfig, ConfigureError> {
        let kept = self.work.join("base.config");
        let identity = &self.toolchain.identity;
        let inputs = format!(
            "{target}\0{}\0{}\0{identity}",
            self.kernel.arch.value.kernel_name(),
            self.source_identity
        );
        let key = hex(&sha256(inputs.as_bytes()));
        if let Some(memo) = &state.base
            && memo.key == key
            && let Ok(text) = fs::read_to_string(&kept)
            && hex(&sha256(text.as_bytes())) == memo.config
        {
            return self.parse_base(&kept, &text);
        }
        let text = self.conf(make, target, &kept, |_| ())?;
        state.base = Some(BaseMemo { key, config: hex(&sha256(text.as_bytes())) });
        self.parse_base(&kept, &text)
    }

    fn parse_base(&self, path: &AbsPath, text: &str) -> Result<DotConfig, ConfigureError> {
        if !self.kernel.mod2yes {
            return parse(path, text);
        }
        // As `conf --mod2yesconfig` does it to a whole config.
        let builtin: String = text
            .lines()
            .map(|line| {
                line.strip_suffix("=m").map_or_else(|| format!("{line}\n"), |name| format!("{name}=y\n"))
            })
            .collect();
        parse(path, &builtin)
    }

    /// Runs a config target, and returns the config that it made.
    fn conf(
        &self,
        make: &Make<'_>,
        target: &str,
        config: &AbsPath,
        prepare: impl FnOnce(&mut Command),
    ) -> Result<String, ConfigureError> {
        // conf reads one that is there for some targets, and leaves one that is the same as it is.
        fs::remove_file(config)?;
        let mut command = make.command(&[target]);
        command.env("KCONFIG_CONFIG", config);
        prepare(&mut command);
        let mut said = Vec::new();
        let mut each = |line: &str, _: bool| {
            if is_worth_a_note(line) {
                said.push(line.to_owned());
            }
        };
        let ran = make.run(&mut command, &self.work.join("configure.log"), &mut each);
        self.note(said.into_iter());
        ran.map_err(|error| match error {
            MakeError::Failed(failure) => ConfigureError::Make { target: target.to_owned(), failure },
            MakeError::Process(error) => ConfigureError::Process(error),
            MakeError::Fs(error) => ConfigureError::Fs(error),
        })?;
        Ok(fs::read_to_string(config)?)
    }
}

/// Nobody who knows types: values are taken as they look.
struct ByLooks;

impl SymbolTypes for ByLooks {
    fn type_of(&self, _: &Symbol) -> Option<SymbolType> {
        None
    }
}

/// A base as a manifest writes it: but for a file, make's target.
pub(crate) fn base_words(base: &Base) -> String {
    match base {
        Base::Allnoconfig => "allnoconfig".to_owned(),
        Base::Alldefconfig => "alldefconfig".to_owned(),
        Base::Tinyconfig => "tinyconfig".to_owned(),
        Base::Defconfig => "defconfig".to_owned(),
        Base::NamedDefconfig(name) | Base::File(name) => name.clone(),
    }
}

/// conf's words about the config, not make's about its progress.
fn is_worth_a_note(line: &str) -> bool {
    line.contains("warning:")
        || line.starts_with("WARNING: unmet direct dependencies")
        || line.trim_start().starts_with("Depends on [")
        || line.trim_start().starts_with("Selected by [")
        || line.starts_with("  - ")
}

fn parse(path: &AbsPath, text: &str) -> Result<DotConfig, ConfigureError> {
    DotConfig::parse(text).map_err(|errors| ConfigureError::Unreadable {
        path: path.clone(),
        first: errors
            .into_iter()
            .next()
            .map(|error| format!("line {}: {error}", error.line))
            .unwrap_or_default(),
    })
}
