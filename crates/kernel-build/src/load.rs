//! From the files that people write to a spec and the layers of each kernel.
//!
//! Every error of every file is reported at once. What is read here is everything that the workspace says; later stages
//! read source trees and tools, no longer the workspace.

mod in_tree;
mod points;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use kconfig::layers::{Ask, LayerKind, SymbolTypes};
use kconfig::{DotConfig, Symbol};
use kernel_host::AbsPath;
use kernel_host::cancel::Cancel;
use kernel_host::digest::sha256;
use kernel_host::env::Env;
use kernel_host::fs::{self, FsError};
use kernel_host::process::ProcessError;
use kernel_spec::{
    Base, BuiltInInit, Conditions, Diagnostic, Guard, KernelEntry, KernelName, KernelSpec, Overrides,
    PatchPin, ProfileKindRef, Requirement, Sha256, SourceEntry, SourceName, SourceText, SpecContext,
    Strictness, VmEntry, VmName, built_in_init_layer, builtin_layer, config_layers, fragment_layer,
    one_off_text, parse_base, patch_layer, strict_layer,
};

use crate::configure::base_words;
use crate::package;
use crate::patch::{self, PatchPart};
use crate::toolchain::host_arch;
use crate::workspace::{ManifestKind, Workspace, WorkspaceError};

use in_tree::InTree;

/// Why a workspace cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// There is no manifest, or too many.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    /// The texts have errors.
    #[error("{} {} in what describes the kernels", .0.len(), if .0.len() == 1 { "error" } else { "errors" })]
    Diagnostics(Vec<Diagnostic>),
    /// cargo could not be asked where packages are.
    #[error("cargo does not say where the packages of VMs are")]
    Cargo(#[source] ProcessError),
    /// What cargo said is nothing that can be read.
    #[error("what `{command}` said cannot be read: {reason}")]
    Metadata {
        /// The command line.
        command: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A file could not be read.
    #[error(transparent)]
    Fs(#[from] FsError),
    /// A name that the manifest does not have.
    #[error("no `{table}.{name}` in the manifest")]
    UnknownName {
        /// `kernel` or `vm`.
        table: &'static str,
        /// The name that was asked for.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
}

impl LoadError {
    /// What to do about it.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Workspace(error) => error.hint(),
            Self::UnknownName { table, known, .. } if known.is_empty() => {
                Some(format!("the manifest has no `[{table}.*]`"))
            }
            Self::UnknownName { known, .. } => Some(format!("there is `{}`", known.join("`, `"))),
            Self::Cargo(_) => {
                Some("`[vm.*]` names packages, whose `Cargo.toml` may say what they need of a kernel".into())
            }
            Self::Diagnostics(_) | Self::Fs(_) | Self::Metadata { .. } => None,
        }
    }
}

/// One origin of requests.
#[derive(Clone, Debug)]
pub struct Layer {
    /// What it says, and under which conditions.
    pub layer: kernel_spec::Layer,
    /// The digest of what it says.
    pub digest: Sha256,
    /// The fragment of the source tree that it is; its lines are there once the tree is.
    in_tree: Option<InTree>,
}

impl Layer {
    fn new(layer: kernel_spec::Layer, digest: Sha256) -> Self {
        Self { layer, digest, in_tree: None }
    }

    fn said(layer: kernel_spec::Layer) -> Self {
        let digest = digest(&layer.said());
        Self::new(layer, digest)
    }
}

/// What a kernel's layers are laid on, where it is a file of the workspace.
#[derive(Clone, Debug)]
pub(crate) struct BaseFile {
    pub(crate) digest: Sha256,
    pub(crate) config: DotConfig,
}

/// The layers of one kernel.
#[derive(Clone, Debug)]
pub struct Layers {
    pub(crate) base_file: Option<BaseFile>,
    /// In the order of their kinds: profiles, fragments, the kernel's own table, what patches bring, what `--config` says.
    pub layers: Vec<Layer>,
}

impl Layers {
    /// What the layers say under these conditions, each value taken by the type of its symbol.
    pub(crate) fn under(
        &self,
        conditions: &Conditions,
        types: &dyn SymbolTypes,
        mod2yes: bool,
    ) -> Vec<kconfig::layers::Layer> {
        let layers = self.layers.iter().map(|layer| layer.layer.under(conditions).typed(types));
        layers.map(|layer| if mod2yes { layer.mod2yes() } else { layer }).collect()
    }

    /// What one run asks for beside the manifest.
    pub(crate) fn one_off(&self, conditions: &Conditions) -> Vec<String> {
        let layers = self.layers.iter().filter(|layer| layer.layer.kind == LayerKind::CommandLine);
        let entries = layers.flat_map(|layer| layer.layer.under(conditions).entries);
        entries.map(|entry| entry.to_string()).collect()
    }

    /// How many symbols are asked for; where the conditions are not known yet, under any.
    pub(crate) fn count(&self, conditions: Option<&Conditions>) -> usize {
        let mut symbols: HashSet<Symbol> = HashSet::new();
        for layer in &self.layers {
            let entries = match conditions {
                Some(conditions) => layer.layer.under(conditions).entries,
                None => layer.layer.lines.iter().map(|line| line.entry.clone()).collect(),
            };
            symbols.extend(
                entries.into_iter().filter(|entry| entry.ask != Ask::Unset).map(|entry| entry.symbol),
            );
        }
        symbols.len()
    }
}

/// A workspace whose manifest and fragments are free of errors.
#[derive(Clone, Debug)]
pub struct Loaded {
    workspace: Workspace,
    spec: KernelSpec,
    layers: BTreeMap<KernelName, Layers>,
    /// The files of each kernel's patches.
    patches: BTreeMap<KernelName, Vec<PatchPart>>,
    /// What each kernel must have for its VMs.
    required: BTreeMap<KernelName, Vec<Requirement>>,
    overrides: Overrides,
    /// The trees of sources that are taken from elsewhere.
    overridden: BTreeMap<SourceName, AbsPath>,
}

impl Loaded {
    /// Reads the workspace.
    ///
    /// `one_off` is what `--config` was given.
    pub(crate) fn read(
        workspace: Workspace,
        (env, cancel): (&Env, &Cancel),
        one_off: &[String],
    ) -> Result<Self, LoadError> {
        let spec = parse_manifest(&workspace)?;
        let mut diagnostics = Vec::new();
        let (mut layers, mut patches) = (BTreeMap::new(), BTreeMap::new());
        for (name, kernel) in &spec.kernels {
            patches.insert(name.clone(), patch::parts(&workspace, kernel, &mut diagnostics)?);
            let init = spec.built_in_init(name);
            layers.insert(name.clone(), kernel_layers(&workspace, kernel, init, &mut diagnostics)?);
        }
        for (number, argument) in one_off.iter().enumerate() {
            let number = (one_off.len() > 1).then_some(number + 1);
            let found = one_off_layers(&workspace, env, &spec, (argument, number), &mut diagnostics)?;
            for (kernel, layer) in found {
                if let Some(Layers { layers, .. }) = layers.get_mut(&kernel) {
                    layers.push(Layer::said(layer));
                }
            }
        }
        let required = package::requirements(&workspace, (env, cancel), &spec, &mut diagnostics)?;
        for source in spec.sources.values() {
            check_keys(&workspace, source, &mut diagnostics);
        }
        let (overrides, overridden) = overrides(&workspace, env, &spec, &mut diagnostics)?;
        // A fragment that two kernels share has its errors once.
        let mut seen: Vec<Diagnostic> = Vec::new();
        diagnostics.retain(|diagnostic| {
            !seen.contains(diagnostic) && {
                seen.push(diagnostic.clone());
                true
            }
        });
        if diagnostics.is_empty() {
            Ok(Self { workspace, spec, layers, patches, required, overrides, overridden })
        } else {
            Err(LoadError::Diagnostics(diagnostics))
        }
    }

    /// The workspace's places.
    pub fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// The validated manifest.
    pub fn spec(&self) -> &KernelSpec {
        &self.spec
    }

    /// The files of a kernel's patches, in order.
    pub fn patches(&self, kernel: &KernelName) -> &[PatchPart] {
        self.patches.get(kernel).map(Vec::as_slice).unwrap_or_default()
    }

    /// What a kernel must have for its VMs and their packages.
    pub fn required(&self, kernel: &KernelName) -> &[Requirement] {
        self.required.get(kernel).map(Vec::as_slice).unwrap_or_default()
    }

    /// The same of every kernel, as the lockfile has them.
    pub(crate) fn patch_pins(&self) -> BTreeMap<KernelName, Vec<PatchPin>> {
        let pins = |parts: &Vec<PatchPart>| parts.iter().map(PatchPart::pin).collect();
        self.patches.iter().map(|(name, parts)| (name.clone(), pins(parts))).collect()
    }

    /// What the override files say beside trees.
    pub(crate) fn overrides(&self) -> &Overrides {
        &self.overrides
    }

    /// The tree that stands in for a source on this machine.
    pub(crate) fn overridden(&self, source: &SourceName) -> Option<&AbsPath> {
        self.overridden.get(source)
    }

    /// The layers of a kernel.
    ///
    /// # Errors
    /// [`LoadError::UnknownName`].
    pub fn layers(&self, kernel: &KernelName) -> Result<&Layers, LoadError> {
        self.layers.get(kernel).ok_or_else(|| self.unknown_kernel(kernel.as_str()))
    }

    /// A kernel of the manifest.
    ///
    /// # Errors
    /// [`LoadError::UnknownName`].
    pub fn kernel(&self, name: &KernelName) -> Result<&KernelEntry, LoadError> {
        self.spec.kernels.get(name).ok_or_else(|| self.unknown_kernel(name.as_str()))
    }

    /// A VM of the manifest.
    ///
    /// # Errors
    /// [`LoadError::UnknownName`].
    pub fn vm(&self, name: &VmName) -> Result<&VmEntry, LoadError> {
        let known = || self.spec.vms.keys().map(ToString::to_string).collect();
        let unknown = || LoadError::UnknownName { table: "vm", name: name.to_string(), known: known() };
        self.spec.vms.get(name).ok_or_else(unknown)
    }

    fn unknown_kernel(&self, name: &str) -> LoadError {
        let known = self.spec.kernels.keys().map(ToString::to_string).collect();
        LoadError::UnknownName { table: "kernel", name: name.to_owned(), known }
    }
}

fn parse_manifest(workspace: &Workspace) -> Result<KernelSpec, LoadError> {
    let text = read(workspace, &workspace.manifest())?;
    let context = SpecContext { host_arch: host_arch() };
    let parsed = match workspace.manifest_kind() {
        ManifestKind::KernelToml => KernelSpec::parse(text, &context),
        ManifestKind::CargoToml => KernelSpec::parse_cargo_manifest(text, &context),
    };
    parsed.map_err(LoadError::Diagnostics)
}

/// The name of a workspace's override file; git does not see it.
pub const OVERRIDE: &str = "Kernel.override.toml";

/// Reads the override files: the user's, then the workspace's, which wins.
fn overrides(
    workspace: &Workspace,
    env: &Env,
    spec: &KernelSpec,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<(Overrides, BTreeMap<SourceName, AbsPath>), LoadError> {
    let user = env.config_dir().map(|folder| (folder.join("override.toml"), None));
    let own = (workspace.root().join(OVERRIDE), Some(spec));
    let (mut all, mut trees) = (Overrides::default(), BTreeMap::new());
    for (file, known) in user.into_iter().chain([own]).filter(|(file, _)| fs::is_file(file)) {
        match Overrides::parse(read(workspace, &file)?, known) {
            Ok(found) => {
                let folder = file.parent().unwrap_or_else(|| workspace.root().clone());
                let known = found.paths.iter().filter(|(name, _)| spec.sources.contains_key(*name));
                trees.extend(known.map(|(name, path)| (name.clone(), folder.join(&path.value))));
                all.kernel_org = found.kernel_org.clone().or(all.kernel_org);
                all.paths.extend(found.paths);
            }
            Err(errors) => diagnostics.extend(errors),
        }
    }
    Ok((all, trees))
}

/// A glob of keys that matches nothing would let everything pass.
fn check_keys(workspace: &Workspace, source: &SourceEntry, diagnostics: &mut Vec<Diagnostic>) {
    for glob in &source.keys {
        let message = match fs::glob(workspace.root(), &glob.value) {
            Ok(files) if files.iter().any(fs::is_file) => continue,
            Ok(_) => format!("`{}` matches no file", glob.value),
            Err(error) => error.to_string(),
        };
        diagnostics.push(at(Diagnostic::new(message).with_label("relative to the manifest"), &glob.location));
    }
}

fn kernel_layers(
    workspace: &Workspace,
    kernel: &KernelEntry,
    init: Option<BuiltInInit<'_>>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Layers, LoadError> {
    let root = workspace.root();
    let mut base_file = None;
    if let Base::File(path) = &kernel.base.value {
        let file = root.join(path);
        if fs::is_file(&file) {
            let source = read(workspace, &file)?;
            match parse_base(&source) {
                Ok(config) => base_file = Some(BaseFile { digest: digest(&source.text), config }),
                Err(errors) => diagnostics.extend(errors),
            }
        } else {
            let message = format!("`{path}` is not there, or no file");
            diagnostics.push(at(Diagnostic::new(message), &kernel.base.location));
        }
    }
    let strict = base_file.iter().filter(|_| kernel.strictness == Strictness::Strict);
    let strict = strict.map(|file| strict_layer(&file.config, &base_words(&kernel.base.value)));
    let mut layers: Vec<Layer> = strict.map(Layer::said).collect();
    layers.extend(profile_layers(workspace, kernel, diagnostics)?);
    for fragment in &kernel.fragments {
        if let Some(in_tree) = InTree::of(fragment) {
            let generation = kernel.lineage.generation(fragment.glob.location.as_ref());
            layers.push(in_tree.layer(generation));
            continue;
        }
        for file in matched(workspace, &fragment.glob, diagnostics) {
            let source = read(workspace, &file)?;
            match fragment_layer(LayerKind::Fragments, &source, &fragment.manner) {
                Ok(layer) => {
                    let generation = kernel.lineage.generation(fragment.glob.location.as_ref());
                    let layer = layer.of_generation(generation);
                    // A fragment alone is its text; how its requests are made counts where it is said.
                    let manner = fragment.manner != kernel_spec::Manner::default() || generation > 0;
                    let said = if manner { layer.said() } else { String::new() };
                    layers.push(Layer::new(layer, digest(&(source.text.clone() + &said))));
                }
                Err(errors) => diagnostics.extend(errors),
            }
        }
    }
    for layer in config_layers(kernel) {
        layers.push(Layer::said(layer));
    }
    for patch in &kernel.patches {
        let layer = patch_layer(kernel, patch);
        if !layer.lines.is_empty() {
            layers.push(Layer::said(layer));
        }
    }
    layers.extend(init.map(|init| Layer::said(built_in_init_layer(kernel, &init))));
    layers.sort_by_key(|layer| (layer.layer.generation, layer.layer.kind));
    Ok(Layers { base_file, layers })
}

/// The layers of a kernel's profiles: each built-in one once, where it first comes without a condition of its own.
fn profile_layers(
    workspace: &Workspace,
    kernel: &KernelEntry,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Vec<Layer>, LoadError> {
    let mut layers: Vec<(Layer, Option<&Guard>)> = Vec::new();
    for profile in &kernel.profiles {
        let mut found: Vec<Result<kernel_spec::Layer, Vec<Diagnostic>>> = Vec::new();
        match &profile.what {
            ProfileKindRef::BuiltIn(profile) => {
                // The manifest's parser has looked at the architecture.
                let layers = profile.layers(kernel.arch.value).unwrap_or_default();
                found.extend(layers.iter().map(builtin_layer));
            }
            ProfileKindRef::File(glob) => {
                for file in matched(workspace, glob, diagnostics) {
                    let source = read(workspace, &file)?;
                    found.push(fragment_layer(LayerKind::Profiles, &source, &kernel_spec::Manner::default()));
                }
            }
        }
        let when = profile.when.as_ref();
        let generation = kernel.lineage.generation(profile.location.as_ref());
        for layer in found {
            match layer {
                Ok(layer) => {
                    let is_there = |(known, under): &(Layer, Option<&Guard>)| {
                        known.layer.name == layer.name && (under.is_none() || *under == when)
                    };
                    if !layers.iter().any(is_there) {
                        let layer = layer.guarded(when).of_generation(generation);
                        layers.push((Layer::said(layer), when));
                    }
                }
                Err(errors) => diagnostics.extend(errors),
            }
        }
    }
    Ok(layers.into_iter().map(|(layer, _)| layer).collect())
}

/// The files that a glob of the manifest matches; that there is none is reported.
fn matched(
    workspace: &Workspace,
    glob: &kernel_spec::Spanned<String>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<AbsPath> {
    let files: Vec<AbsPath> = match fs::glob(workspace.root(), &glob.value) {
        Ok(files) => files.into_iter().filter(fs::is_file).collect(),
        Err(error) => {
            diagnostics.push(at(Diagnostic::new(error.to_string()), &glob.location));
            return Vec::new();
        }
    };
    if files.is_empty() {
        let message = format!("`{}` matches no file", glob.value);
        diagnostics.push(at(Diagnostic::new(message).with_label("relative to the manifest"), &glob.location));
    }
    files
}

/// The layers that an argument of `--config` is: a key and a value, or a file.
fn one_off_layers(
    workspace: &Workspace,
    env: &Env,
    spec: &KernelSpec,
    (argument, number): (&str, Option<usize>),
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Vec<(KernelName, kernel_spec::Layer)>, LoadError> {
    let source = match one_off_text(argument, number) {
        Some(text) => Arc::new(text),
        None => {
            let file = env.current_dir().join(argument);
            if !fs::is_file(&file) {
                let message = format!("`--config` is `{argument}`, which is no file and has no `=`");
                let hint = "write `--config kernel.NAME.config.SYMBOL=VALUE`, or the path of a TOML file";
                diagnostics.push(Diagnostic::new(message).with_hint(hint));
                return Ok(Vec::new());
            }
            read(workspace, &file)?
        }
    };
    Ok(spec.one_off(source).unwrap_or_else(|errors| {
        diagnostics.extend(errors);
        Vec::new()
    }))
}

fn at(diagnostic: Diagnostic, location: &Option<kernel_spec::Location>) -> Diagnostic {
    match location {
        Some(location) => diagnostic.at(location.clone()),
        None => diagnostic,
    }
}

pub(crate) fn read(workspace: &Workspace, path: &AbsPath) -> Result<Arc<SourceText>, FsError> {
    Ok(Arc::new(SourceText { path: workspace.show(path), text: fs::read_to_string(path)? }))
}

fn digest(text: &str) -> Sha256 {
    Sha256(sha256(text.as_bytes()))
}
