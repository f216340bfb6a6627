//! The layers of a kernel as a manifest and its fragments state them, each line with its conditions.
//!
//! ```text
//! fragment + FragmentRef ─ fragment_layer ─┐
//! [kernel.NAME] ─ config_layer ────────────┼─▶ Layer ─ under(Conditions) ─▶ kconfig::layers::Layer
//! patch, profile, command line ────────────┘
//! ```
//!
//! Invariant: [`Layer::said`] has everything of a layer that can change what it comes to, and no place: a line added
//! elsewhere in a manifest changes nothing.
//!
//! Deliberately absent: the merge, which is kconfig's; files.

use std::sync::Arc;

use kconfig::layers::{Ask, Entry, LayerKind, Need, Priority};
use kconfig::{DotConfig, FragmentError, Origin, Symbol, Value, fragment};

use crate::profile::{self, Profile};
use crate::{
    BuiltInInit, Conditions, Diagnostic, Guard, InitramfsPlace, KernelEntry, KernelName, Location, Modules,
    SourceText, Spanned, Until,
};

/// How requests of a manifest are made: what a table beside their value says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manner {
    /// `priority`.
    pub priority: Priority,
    /// `optional`.
    pub need: Need,
    /// `reason`.
    pub reason: Option<Box<str>>,
    /// `when`.
    pub when: Option<Guard>,
}

/// One entry of a `config` table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigEntry {
    /// The symbol.
    pub symbol: Symbol,
    /// What is asked for.
    pub ask: Ask,
    /// The place of the value.
    pub location: Option<Location>,
    /// How.
    pub manner: Manner,
}

/// One element of `fragments`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FragmentRef {
    /// The glob, relative to the manifest; or [`IN_TREE`] and a name.
    pub glob: Spanned<String>,
    /// How each of its requests is made.
    pub manner: Manner,
}

/// What stands before the name of a fragment of the source tree.
pub const IN_TREE: &str = "tree:";

impl FragmentRef {
    /// The fragment of the source tree that it names: `kvm_guest.config` of `tree:kvm_guest.config`.
    pub fn in_tree(&self) -> Option<&str> {
        self.glob.value.strip_prefix(IN_TREE)
    }
}

/// One element of `profiles`.
#[derive(Clone, Debug)]
pub struct ProfileRef {
    /// What is meant.
    pub what: ProfileKindRef,
    /// Where it is named.
    pub location: Option<Location>,
    /// `when`.
    pub when: Option<Guard>,
}

/// What an element of `profiles` names.
#[derive(Clone, Debug)]
pub enum ProfileKindRef {
    /// A profile of this tool.
    BuiltIn(&'static Profile),
    /// A file of the workspace: a glob of fragments, relative to the manifest.
    File(Spanned<String>),
}

/// One `[[kernel.*.may-miss]]`: a request that need not land.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MayMiss {
    /// `symbol`.
    pub symbol: Spanned<Symbol>,
    /// `reason`.
    pub reason: String,
    /// `until`.
    pub until: Option<Until>,
    /// `when`; where it does not hold, the entry is not there.
    pub when: Option<Guard>,
}

/// One line of a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it says.
    pub entry: Entry,
    /// Under which conditions.
    pub when: Option<Guard>,
}

/// One origin of requests, with its conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// What sort of origin.
    pub kind: LayerKind,
    /// Its name: `kernel/virtio.config`, `[kernel.guest]`.
    pub name: String,
    /// How many inherit before whoever speaks.
    pub generation: u32,
    /// Under which conditions any of it holds.
    pub when: Option<Guard>,
    /// Its lines, in order.
    pub lines: Vec<Line>,
}

impl Layer {
    /// What it says under these conditions.
    pub fn under(&self, conditions: &Conditions) -> kconfig::layers::Layer {
        let holds = |guard: &Option<Guard>| guard.as_ref().is_none_or(|guard| guard.holds(conditions));
        let lines = self.lines.iter().filter(|line| holds(&self.when) && holds(&line.when));
        let entries = lines.map(|line| line.entry.clone()).collect();
        let (name, generation) = (self.name.clone(), self.generation);
        kconfig::layers::Layer { kind: self.kind, name, generation, entries }
    }

    /// Everything that it says, as text: what a key is made of.
    pub fn said(&self) -> String {
        let guard = |guard: &Option<Guard>| match guard {
            Some(guard) => format!(" when {guard}"),
            None => String::new(),
        };
        let mut said = self.when.as_ref().map_or_else(String::new, |when| format!("when {when}\n"));
        if self.generation > 0 && self.kind != LayerKind::CommandLine {
            said += &format!("generation {}\n", self.generation);
        }
        for Line { entry, when } in &self.lines {
            said += &entry.to_string();
            // `"16"` and `16` look alike where a type decides.
            said += match entry.ask {
                Ask::Word(_) => " word",
                _ => "",
            };
            if entry.priority != Priority::Normal {
                said += &format!(" {}", entry.priority.as_str());
            }
            if entry.need == Need::Optional {
                said += " optional";
            }
            said += &guard(when);
            said.push('\n');
        }
        said
    }
}

/// The layer that one of a built-in profile's is.
///
/// # Errors
/// Every line that is wrong.
pub fn builtin_layer(layer: &profile::Layer) -> Result<Layer, Vec<Diagnostic>> {
    let when = layer.version.clone().map(|version| Guard { version: Some(version), ..Guard::default() });
    fragment_layer(LayerKind::Profiles, &layer.text, &Manner { when, ..Manner::default() })
}

impl Layer {
    /// The same under one more condition.
    #[must_use]
    pub fn guarded(mut self, when: Option<&Guard>) -> Self {
        if let Some(when) = when {
            for line in &mut self.lines {
                // A line of a profile has none of its own.
                line.when = Some(when.clone());
            }
        }
        self
    }

    /// The same, spoken by an heir.
    #[must_use]
    pub fn of_generation(self, generation: u32) -> Self {
        Self { generation, ..self }
    }
}

/// The layer that a fragment is.
///
/// # Errors
/// Every line that is wrong.
pub fn fragment_layer(
    kind: LayerKind,
    source: &Arc<SourceText>,
    manner: &Manner,
) -> Result<Layer, Vec<Diagnostic>> {
    let lines = fragment::parse(&source.text).map_err(|errors| diagnostics(source, errors))?;
    let line = |line| Line {
        entry: Entry {
            priority: manner.priority,
            need: manner.need,
            reason: manner.reason.clone(),
            ..Entry::from_assignment(line, &source.path)
        },
        when: None,
    };
    Ok(Layer {
        kind,
        name: source.path.clone(),
        generation: 0,
        when: manner.when.clone(),
        lines: lines.into_iter().map(line).collect(),
    })
}

/// The layer that a complete `.config` is whose lines must all survive.
pub fn strict_layer(config: &DotConfig, path: &str) -> Layer {
    let lines = config.assignments().iter().cloned();
    let line = |line| Line { entry: Entry::from_assignment(line, path), when: None };
    let (kind, name) = (LayerKind::Base, path.to_owned());
    Layer { kind, name, generation: 0, when: None, lines: lines.map(line).collect() }
}

/// Parses a complete `.config` that is a kernel's base.
///
/// # Errors
/// Every line that is wrong.
pub fn parse_base(source: &Arc<SourceText>) -> Result<DotConfig, Vec<Diagnostic>> {
    DotConfig::parse(&source.text).map_err(|errors| diagnostics(source, errors))
}

fn diagnostics(source: &Arc<SourceText>, errors: Vec<FragmentError>) -> Vec<Diagnostic> {
    let at = |error: FragmentError| Diagnostic {
        message: error.to_string(),
        location: Some(Location { source: source.clone(), span: error.span.clone() }),
        label: String::new(),
        hint: error.hint(),
    };
    errors.into_iter().map(at).collect()
}

/// The layers that a kernel's own table is: `local-version`, `modules`, then `[config]`; what it inherits of them first,
/// each under the name of whose it is.
pub fn config_layers(kernel: &KernelEntry) -> Vec<Layer> {
    let entry = |name: &str, value, location: &Option<Location>| {
        let (ask, location) = (Ask::Value(value), location.clone());
        Some(ConfigEntry { symbol: Symbol::new(name).ok()?, ask, location, manner: Manner::default() })
    };
    let local_version = kernel
        .local_version
        .as_ref()
        .and_then(|text| entry("LOCALVERSION", Value::Text(text.value.as_str().into()), &text.location));
    let modules = match kernel.modules.value {
        Modules::Unsaid => None,
        Modules::Off => entry("MODULES", Value::N, &kernel.modules.location),
        Modules::On => entry("MODULES", Value::Y, &kernel.modules.location),
    };
    let entries: Vec<&ConfigEntry> = local_version.iter().chain(&modules).chain(&kernel.config).collect();
    let of = |(generation, name): (usize, &KernelName)| {
        let generation = u32::try_from(generation).unwrap_or(u32::MAX);
        let own = |entry: &&&ConfigEntry| kernel.lineage.generation(entry.location.as_ref()) == generation;
        let lines = entries.iter().filter(own).map(|entry| entry.line()).collect();
        Layer { kind: LayerKind::Config, name: format!("[kernel.{name}]"), generation, when: None, lines }
    };
    let layers = kernel.lineage.names().iter().enumerate().map(of);
    layers.filter(|layer| !layer.lines.is_empty()).collect()
}

/// Where kbuild looks for the initramfs that is built into a kernel: in its object tree, whose place is no part of that.
pub const BUILT_IN_INITRAMFS: &str = "initramfs.cpio";

/// The layer that an init which is built into a kernel is: `CONFIG_INITRAMFS_SOURCE`.
pub fn built_in_init_layer(kernel: &KernelEntry, init: &BuiltInInit<'_>) -> Layer {
    let location = match &init.vm.initramfs {
        InitramfsPlace::BuiltIn { location } => location.clone(),
        InitramfsPlace::Beside => None,
    };
    let entry = |symbol| {
        let ask = Ask::Value(Value::Text(BUILT_IN_INITRAMFS.into()));
        ConfigEntry { symbol, ask, location, manner: Manner::default() }.line()
    };
    Layer {
        kind: LayerKind::Config,
        name: format!("init of [vm.{}]", init.vm.name.value),
        generation: kernel.lineage.generation(None),
        when: None,
        lines: Symbol::new("INITRAMFS_SOURCE").ok().map(entry).into_iter().collect(),
    }
}

impl ConfigEntry {
    /// The line of a layer that it is.
    pub fn line(&self) -> Line {
        let Manner { priority, need, reason, when } = self.manner.clone();
        let origin = match &self.location {
            Some(location) => location.origin(),
            None => Origin { path: String::new(), line: 0, column: 0 },
        };
        let (symbol, ask) = (self.symbol.clone(), self.ask.clone());
        Line { entry: Entry { symbol, ask, origin, priority, need, reason }, when }
    }
}

#[cfg(test)]
mod tests;
