//! Facts, the plan, and whether there is anything to do.
//!
//! This is the hot path: where nothing changed, it runs no make, no compiler and no cargo. What the toolchain said about
//! itself is remembered beside what its programs' files looked like; a program that differs is asked again.

use std::borrow::Cow;

use kconfig::modes::BuiltIn;
use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::digest::{hex, sha256, sha256_file};
use kernel_host::env::Env;
use kernel_host::fs;
use kernel_plan::{
    DirtyReason, Facts, Fingerprint, FingerprintInputs, LayerFacts, Outlook, Part, PatchFacts, Plan,
    RequestKey, SourceFacts,
};
use kernel_spec::{
    Conditions, Day, KernelEntry, KernelName, MayMiss, Modules, PackageRef, Sha256, SourceEntry, Unlisted,
    Until,
};

use crate::alongside::CargoBuilds;
use crate::built_in::InitArchive;
use crate::compile::goals;
use crate::configure::base_words;
use crate::error::BuildError;
use crate::lock::Locked;
use crate::options::{CargoOptions, Kconfig};
use crate::patch::PatchPart;
use crate::pin::Pin;
use crate::pipeline::today;
use crate::record::{RECORD, Record};
use crate::source::{self, own_tree_identity};
use crate::state::{State, ToolchainMemo};
use crate::toolchain::{Toolchain, family_of};
use crate::{environment, objtree};

/// A kernel, what is known about it, and the plan that follows.
#[derive(Clone, Debug)]
pub struct Planned {
    plan: Plan,
    pub(crate) facts: Facts,
    pub(crate) key: RequestKey,
    pub(crate) outlook: Outlook,
    /// The record of the artifact where it is fresh.
    pub(crate) fresh: Option<Record>,
}

impl Planned {
    /// The steps; nothing of it has happened yet.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Takes what a config that was resolved to see says of the artifact.
    pub(crate) fn foresee(&mut self, outlook: Outlook) {
        self.plan = Plan::foreseen(&self.facts, outlook.clone());
        self.outlook = outlook;
    }

    /// What is known of the artifact.
    pub fn outlook(&self) -> &Outlook {
        &self.outlook
    }
}

/// What preparing looks at.
pub(crate) struct Preparer<'a> {
    pub(crate) locked: &'a Locked,
    pub(crate) kernel: &'a KernelEntry,
    pub(crate) source: &'a SourceEntry,
    pub(crate) pin: &'a Pin,
    pub(crate) env: &'a Env,
    pub(crate) cancel: &'a Cancel,
    pub(crate) jobs: usize,
    pub(crate) kconfig: Kconfig,
    pub(crate) cargo: &'a CargoOptions,
    pub(crate) work: &'a Work,
    pub(crate) init: Init<'a>,
}

/// The init that is built into a kernel, as far as it is known.
#[derive(Clone, Copy)]
pub(crate) enum Init<'a> {
    None,
    /// cargo was not asked to build it.
    Unbuilt(&'a PackageRef),
    Built(&'a PackageRef, &'a InitArchive),
}

impl<'a> Init<'a> {
    pub(crate) fn package(self) -> Option<&'a PackageRef> {
        match self {
            Self::None => None,
            Self::Unbuilt(package) | Self::Built(package, _) => Some(package),
        }
    }

    pub(crate) fn built(self) -> Option<&'a InitArchive> {
        match self {
            Self::Built(_, built) => Some(built),
            Self::None | Self::Unbuilt(_) => None,
        }
    }
}

impl Preparer<'_> {
    /// Gathers the facts and makes the plan; the memo of the toolchain may be made anew.
    pub(crate) fn prepare(&self, state: &mut State) -> Result<Planned, BuildError> {
        let facts = self.facts(state)?;
        let key = Plan::request_key(&facts);
        let (outlook, fresh) = self.consult(&facts, &key, state);
        Ok(Planned { plan: Plan::kernel(&facts, outlook.clone()), facts, key, outlook, fresh })
    }

    fn facts(&self, state: &mut State) -> Result<Facts, BuildError> {
        let loaded = self.locked.loaded();
        let (workspace, kernel) = (loaded.workspace(), self.kernel);
        let layers = loaded.layers(&kernel.name.value)?;
        let known = source::known(self.pin, self.env)?;
        let identity = match self.pin {
            Pin::Path { path } => {
                own_tree_identity(path, self.kernel.arch.value, &self.work.contents, self.cancel)?
            }
            pin => pin.identity(),
        };
        let (compiler, toolchain) = self.toolchain(state)?;
        let size = match self.pin {
            Pin::Deb { size, .. } => Some(*size),
            Pin::Tarball { .. } | Pin::Git { .. } | Pin::Path { .. } => None,
        };
        let label = match self.pin {
            Pin::Path { path } => workspace.show(path),
            pin => pin.label(),
        };
        let conditions = known.kernelversion.as_ref().and_then(|version| {
            let (version, arch) = (version.parse().ok()?, kernel.arch.value);
            Some(Conditions { version, arch, toolchain: family_of(&compiler) })
        });
        // What is wrong with a fragment of the tree is said where it is resolved on.
        let layers = match &conditions {
            Some(under) => layers.on(&known.tree, under).unwrap_or(Cow::Borrowed(layers)),
            None => Cow::Borrowed(layers),
        };
        let requests = layers.count(conditions.as_ref());
        Ok(Facts {
            kernel: kernel.name.value.to_string(),
            arch: kernel.arch.value.kernel_name().to_owned(),
            source: SourceFacts {
                label,
                size,
                digest: self.pin.sha256(),
                identity,
                requirement: self.source.version.as_ref().map(|version| version.value.as_str().to_owned()),
                kernelversion: known.kernelversion,
                state: known.state,
                place: workspace.show(&known.tree),
            },
            patches: self.patch_facts(conditions.as_ref()),
            base: base_words(&kernel.base.value),
            base_digest: layers.base_file.as_ref().map(|file| file.digest),
            unlisted: unlisted_word(kernel.unlisted).to_owned(),
            mod2yes: kernel.mod2yes,
            modules: modules_word(kernel),
            kconfig: self.kconfig.as_str().to_owned(),
            layers: layers
                .layers
                .iter()
                .map(|layer| LayerFacts {
                    name: layer.layer.name.clone(),
                    digest: layer.digest,
                    requests: layer.layer.lines.len(),
                })
                .collect(),
            requests,
            may_miss: may_miss(kernel, today()),
            deny_conflicts: kernel.deny_conflicts.0.iter().map(|kind| kind.as_str().to_owned()).collect(),
            toolchain_pins: kernel
                .compilers
                .iter()
                .map(|name| name.value.to_string())
                .chain(kernel.toolchain.iter().map(|(tool, pin)| format!("{} {}", tool.as_str(), pin.value)))
                .collect::<Vec<_>>()
                .join(", "),
            features: self.features(),
            promise: kernel.mod_dir_version.as_ref().map(|promise| promise.value.0.to_string()),
            images: self.images(),
            init: self
                .init
                .package()
                .and_then(|package| CargoBuilds::of_built_in(package).facts(self.cargo).pop()),
            compiler,
            toolchain,
            jobs: self.jobs,
            artifact: workspace.show(&workspace.artifact_dir(&kernel.name.value)),
        })
    }

    /// The patches that are applied, and those of which that is not known.
    fn patch_facts(&self, conditions: Option<&Conditions>) -> Vec<PatchFacts> {
        let parts = self.locked.loaded().patches(&self.kernel.name.value).iter();
        let known = |part: &&PatchPart| conditions.is_none_or(|under| part.is_applied(self.kernel, under));
        let fact = |part: &PatchPart| {
            let when = part.entry(self.kernel).and_then(|entry| entry.when.as_ref());
            PatchFacts {
                name: part.name.clone(),
                file: part.file.clone(),
                digest: part.digest,
                when: when.filter(|_| conditions.is_none()).map(ToString::to_string).unwrap_or_default(),
            }
        };
        parts.filter(known).map(fact).collect()
    }

    /// What features mean and what the kernel must have, as a digest: where that changed, the config is judged again.
    fn features(&self) -> String {
        let loaded = self.locked.loaded();
        let meanings =
            loaded.spec().features.iter().map(|(name, feature)| format!("{name}={}\n", feature.condition));
        let mut text: String = meanings.collect();
        for requirement in self.kernel.features.iter().chain(loaded.required(&self.kernel.name.value)) {
            text += &format!("{} {}\n", requirement.by, requirement.want);
        }
        for patch in &self.kernel.patches {
            let names: Vec<&str> = patch.features.iter().map(|name| name.value.as_str()).collect();
            text += &format!("{} {}\n", patch.name.value, names.join(" "));
        }
        hex(&sha256(text.as_bytes()))
    }

    fn images(&self) -> Vec<String> {
        self.kernel.images.iter().map(|image| image.value.as_str().to_owned()).collect()
    }

    /// The compiler's first line, and the whole toolchain's identity.
    fn toolchain(&self, state: &mut State) -> Result<(String, String), BuildError> {
        let name = self.kernel.compilers.as_ref().map(|name| name.value);
        if let Some(memo) = state.toolchain.as_ref().filter(|memo| memo.holds(name.as_ref(), self.env)) {
            return Ok((memo.compiler.clone(), memo.identity.clone()));
        }
        let toolchain = Toolchain::find(self.kernel.arch.value, name.as_ref(), self.env, self.cancel)?;
        let memo = ToolchainMemo::new(&toolchain, name.as_ref(), self.env)?;
        let said = (memo.compiler.clone(), memo.identity.clone());
        state.toolchain = Some(memo);
        Ok(said)
    }

    fn consult(&self, facts: &Facts, key: &RequestKey, state: &State) -> (Outlook, Option<Record>) {
        let memo = state.configured.as_ref();
        if let Some(change) = key.change_since(memo.map(|memo| memo.request_key()).as_ref()) {
            return (Outlook::Undecided(change), None);
        }
        // A key without a memo is a change, so there is one here; its digest was written by this tool.
        let known = memo.and_then(|memo| Some((Sha256::from_hex(&memo.config)?, memo)));
        let Some((config, memo)) = known else {
            return (Outlook::Undecided(kernel_plan::RequestChange::First), None);
        };
        let parts = self.locked.loaded().patches(&self.kernel.name.value).iter();
        let applied: Vec<&PatchPart> = parts.filter(|part| memo.patches.contains(&part.label())).collect();
        let fingerprint = self.fingerprint(facts, config, &memo.release, &applied);
        match self.compare(&fingerprint, state) {
            Ok(record) => match self.awaited() {
                Some(outlook) => (outlook, None),
                None => (Outlook::Fresh, Some(record)),
            },
            Err(reason) => (Outlook::Dirty(reason), None),
        }
    }

    /// What is to be said in the place of "fresh" where cargo has the last word.
    pub(crate) fn awaited(&self) -> Option<Outlook> {
        match self.init {
            Init::Unbuilt(package) => Some(Outlook::Awaits { package: package.package.value.clone() }),
            Init::None | Init::Built(..) => None,
        }
    }

    /// The initramfs that is built in; one that was not built counts as the one of the artifact.
    fn init_part(&self) -> Option<(String, Sha256)> {
        let package = match self.init {
            Init::None => return None,
            Init::Built(_, built) => return Some((built.package.clone(), built.digest)),
            Init::Unbuilt(package) => &package.package.value,
        };
        let place = self.locked.loaded().workspace().artifact_dir(&self.kernel.name.value);
        let record = fs::read_to_string(&place.join(RECORD)).ok().and_then(|text| Record::parse(&text));
        let part = record.and_then(|record| {
            let part = record.fingerprint.parts.into_iter().find(|part| part.name == "init")?;
            Sha256::from_hex(part.value.strip_prefix(package)?.trim_start())
        });
        Some((package.clone(), part.unwrap_or(Sha256([0; 32]))))
    }

    /// What decides whether an artifact of this resolved config is fresh.
    pub(crate) fn fingerprint(
        &self,
        facts: &Facts,
        config: Sha256,
        release: &str,
        patches: &[&PatchPart],
    ) -> Fingerprint {
        let images: Vec<_> = self.kernel.images.iter().map(|image| image.value).collect();
        Fingerprint::new(&FingerprintInputs {
            source: facts.source.identity.clone(),
            patches: patches.iter().map(|part| (part.label(), part.digest)).collect(),
            config,
            arch: facts.arch.clone(),
            images: facts.images.clone(),
            goals: goals(&images).into_iter().map(str::to_owned).collect(),
            toolchain: facts.toolchain.clone(),
            environment: environment::fingerprint_part(),
            release: release.to_owned(),
            init: self.init_part(),
        })
    }

    /// Compares the artifact in its place with a fingerprint.
    pub(crate) fn compare(&self, fingerprint: &Fingerprint, state: &State) -> Result<Record, DirtyReason> {
        let place = self.locked.loaded().workspace().artifact_dir(&self.kernel.name.value);
        if !fs::is_dir(&place) {
            return Err(DirtyReason::NoArtifact);
        }
        let text = fs::read_to_string(&place.join(RECORD));
        let record = text.ok().and_then(|text| Record::parse(&text));
        let Some(record) = record else {
            return Err(DirtyReason::Damaged { what: format!("`{RECORD}` cannot be read") });
        };
        let old = Fingerprint::from_parts(record.fingerprint.parts.iter().map(Part::from).collect());
        if let Some(reason) = fingerprint.dirty_since(&old) {
            return Err(reason);
        }
        for file in &record.files {
            let path = place.join(&file.name);
            let memo = state.stored.iter().find(|memo| memo.name == file.name);
            if memo.is_some_and(|memo| memo.holds(&path)) {
                continue;
            }
            let same = sha256_file(&path).is_ok_and(|digest| hex(&digest) == file.sha256);
            if !same {
                return Err(DirtyReason::Damaged { what: format!("`{}` changed", file.name) });
            }
        }
        Ok(record)
    }
}

/// What may be missed, and whether it may still; a version is judged by the tree, which is in the key.
fn may_miss(kernel: &KernelEntry, today: Day) -> Vec<String> {
    let entry = |entry: &MayMiss| {
        let mut text = entry.symbol.value.to_string();
        text += &entry.when.as_ref().map_or_else(String::new, |when| format!(" when {when}"));
        text += &entry.until.as_ref().map_or_else(String::new, |until| format!(" until {until}"));
        match entry.until {
            Some(Until::Date { last, .. }) if last < today => text + " (past)",
            _ => text,
        }
    };
    kernel.may_miss.iter().map(entry).collect()
}

/// What a kernel says of modules and of its base's lines, in words.
fn modules_word(kernel: &KernelEntry) -> String {
    let mut words = vec![match kernel.modules.value {
        Modules::Unsaid => "",
        Modules::Off => "off",
        Modules::On => "on",
    }];
    words.extend(kernel.auto_modules.map(|built_in| match built_in {
        BuiltIn::Answered => "auto",
        BuiltIn::Kept => "auto, built in where they are",
    }));
    words.retain(|word| !word.is_empty());
    words.join(" ")
}

/// The word for it in a manifest.
pub(crate) fn unlisted_word(unlisted: Unlisted) -> &'static str {
    match unlisted {
        Unlisted::No => "n",
        Unlisted::Default => "default",
    }
}

/// What the files of a tree held, that somebody edits, when the artifact was built.
pub(crate) const CONTENTS_BUILT: &str = "contents-built";

/// The files of a kernel's work directory.
#[derive(Clone, Debug)]
pub(crate) struct Work {
    pub(crate) directory: AbsPath,
    pub(crate) lock: AbsPath,
    pub(crate) state: AbsPath,
    pub(crate) objtree: AbsPath,
    pub(crate) mark: AbsPath,
    /// What the files of a tree hold that somebody edits.
    pub(crate) contents: AbsPath,
    /// The same when the artifact was built.
    pub(crate) contents_built: AbsPath,
}

impl Work {
    pub(crate) fn of(locked: &Locked, kernel: &KernelName) -> Self {
        let directory = locked.loaded().workspace().work_dir(kernel);
        Self {
            lock: directory.join("lock"),
            state: directory.join("state.json"),
            objtree: directory.join("objtree"),
            mark: objtree::mark(&directory),
            contents: directory.join("contents"),
            contents_built: directory.join(CONTENTS_BUILT),
            directory,
        }
    }
}
