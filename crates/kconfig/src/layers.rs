//! Layers of requests: what each origin asks for, with what weight, and what they come to together.
//!
//! ```text
//! Layer { kind, name, entries } ─ typed ─▶ Layer ─ mod2yes ─▶ Layer ─┐
//! base ──────────────────────────────────────────────────────────────┴─ merge_layers ─▶ Merged
//! ```
//!
//! | weight | order, the last one wins |
//! |---|---|
//! | [`Priority`] | `default`, normal, `force` |
//! | [`Layer::generation`] | what is inherited, then the heirs, each after what it inherits |
//! | [`LayerKind`] | a strict base, profiles, fragments, `[config]`, what patches ask for, the command line |
//! | place | the order in which the layers of a kind, and the lines of a layer, stand |
//!
//! Invariant: a value is taken by the type of its symbol ([`Entry::typed`]), not by how it looks: `"y"` for a string is the
//! letter, `16` for a `hex` symbol is `0x10`.
//!
//! Deliberately absent: guards, which need versions; where layers are read from; which conflict is an error.

mod merge;
mod typed;

pub use merge::merge_layers;
pub use typed::SymbolTypes;

use std::fmt;

use crate::{Assignment, Origin, Request, Symbol, Value};

/// What sort of thing asks; a later kind wins over an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LayerKind {
    /// A complete `.config` whose lines must all survive.
    Base,
    /// Profiles, built in or of the workspace.
    Profiles,
    /// Fragments.
    Fragments,
    /// The kernel's own table.
    Config,
    /// What a patch asks for.
    Patches,
    /// One run's own words.
    CommandLine,
}

impl LayerKind {
    /// Every kind, the weakest first.
    pub const ALL: [Self; 6] =
        [Self::Base, Self::Profiles, Self::Fragments, Self::Config, Self::Patches, Self::CommandLine];

    /// Its name, as people are shown it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Profiles => "profiles",
            Self::Fragments => "fragments",
            Self::Config => "config",
            Self::Patches => "patch.config",
            Self::CommandLine => "command line",
        }
    }
}

/// What goes before the order of kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// Anything else wins.
    Default,
    /// As written.
    #[default]
    Normal,
    /// It wins over everything that is not `force`.
    Force,
}

impl Priority {
    /// Every priority, the weakest first.
    pub const ALL: [Self; 3] = [Self::Default, Self::Normal, Self::Force];

    /// Its name in a manifest.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Normal => "normal",
            Self::Force => "force",
        }
    }
}

/// Whether a request must land.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Need {
    /// It must.
    #[default]
    Mandatory,
    /// It may be missed; that is told.
    Optional,
}

/// What an entry asks for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Ask {
    /// This value.
    Value(Value),
    /// What this word means for a symbol of its type.
    Word(Box<str>),
    /// This number, in the notation of the symbol's type; the digits as they were written.
    Number(Box<str>),
    /// `y` or `m`.
    Enabled,
    /// The symbol's default, whatever weaker layers ask for.
    Unset,
}

/// What one line of a layer says of a symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The symbol.
    pub symbol: Symbol,
    /// What is asked for.
    pub ask: Ask,
    /// Where it stands.
    pub origin: Origin,
    /// Its priority.
    pub priority: Priority,
    /// Whether it must land.
    pub need: Need,
    /// Why it is asked for, where somebody says so.
    pub reason: Option<Box<str>>,
}

/// One origin of requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// What sort of origin.
    pub kind: LayerKind,
    /// Its name: `kernel/virtio.config`, `[kernel.guest]`.
    pub name: String,
    /// How many inherit before whoever speaks: an heir wins over what it inherits, of whatever kind.
    pub generation: u32,
    /// What it says, in its order.
    pub entries: Vec<Entry>,
}

/// How two entries for one symbol stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConflictKind {
    /// One layer says both.
    Contradictory,
    /// Two layers of one kind and priority disagree, and nothing stronger settles it.
    Redefined,
    /// A stronger one changes it.
    Overridden,
    /// They say the same.
    Redundant,
}

impl ConflictKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Contradictory, Self::Redefined, Self::Overridden, Self::Redundant];

    /// Its name in a manifest.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Contradictory => "contradictory",
            Self::Redefined => "redefined",
            Self::Overridden => "overridden",
            Self::Redundant => "redundant",
        }
    }
}

/// Two entries for one symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// How they stand to each other.
    pub kind: ConflictKind,
    /// What sort of layer the stronger one is in.
    pub layer: LayerKind,
    /// The weaker one.
    pub lost: Entry,
    /// The stronger one.
    pub won: Entry,
}

impl Entry {
    /// What a line of a fragment says.
    pub fn from_assignment(assignment: Assignment, path: &str) -> Self {
        Self::from(Request::from_assignment(assignment, path))
    }

    /// The line by which a manifest's `[kernel.NAME.config]` would say it: `NR_CPUS = 4`.
    pub fn manifest_line(&self) -> String {
        format!("{} = {}", self.symbol, self.ask.in_manifest())
    }
}

impl From<Request> for Entry {
    fn from(Request { symbol, value, origin, .. }: Request) -> Self {
        let (priority, need, reason) = (Priority::Normal, Need::Mandatory, None);
        Self { symbol, ask: Ask::Value(value), origin, priority, need, reason }
    }
}

impl Ask {
    /// How a manifest writes it.
    pub fn in_manifest(&self) -> String {
        match self {
            Self::Value(Value::Tristate(value)) => format!("\"{value}\""),
            Self::Value(Value::Number(digits)) | Self::Number(digits) => digits.to_string(),
            Self::Value(text @ Value::Text(_)) => text.to_string(),
            Self::Word(word) => Value::Text(word.clone()).to_string(),
            Self::Enabled => "\"enabled\"".to_owned(),
            Self::Unset => "{ unset = true }".to_owned(),
        }
    }
}

impl fmt::Display for Ask {
    /// What stands behind `CONFIG_X=`, or `enabled`, `unset`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(value) => value.fmt(f),
            Self::Word(word) => match &**word {
                "y" | "m" | "n" => f.write_str(word),
                text => Value::Text(text.into()).fmt(f),
            },
            Self::Number(digits) => f.write_str(digits),
            Self::Enabled => f.write_str("enabled"),
            Self::Unset => f.write_str("unset"),
        }
    }
}

impl fmt::Display for Entry {
    /// `CONFIG_VIRTIO_FS=y`, `CONFIG_VIRTIO_FS=enabled`, `CONFIG_VIRTIO_FS unset`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.ask {
            Ask::Unset => write!(f, "CONFIG_{} unset", self.symbol),
            ask => write!(f, "CONFIG_{}={ask}", self.symbol),
        }
    }
}

impl Layer {
    /// The same layer, each value taken by its symbol's type.
    #[must_use]
    pub fn typed(self, types: &dyn SymbolTypes) -> Self {
        let entries = self.entries.into_iter().map(|entry| entry.typed(types)).collect();
        Self { entries, ..self }
    }

    /// The same layer, asking for `y` where it asks for `m`.
    #[must_use]
    pub fn mod2yes(self) -> Self {
        let mapped = |entry: Entry| match entry.ask {
            Ask::Value(value) => Entry { ask: Ask::Value(value.mod2yes()), ..entry },
            _ => entry,
        };
        Self { entries: self.entries.into_iter().map(mapped).collect(), ..self }
    }
}
