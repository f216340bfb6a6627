//! What decides a resolved config.
//!
//! | part | value | why |
//! |---|---|---|
//! | `format` | [`crate::FORMAT`] | another tool may configure in another way |
//! | `source` | the pin's digest, or the state of a `path` tree | Kconfig files and their defaults |
//! | `arch` | the kernel's name of it | `ARCH=` |
//! | `base` | its name; of a file, the digest of its text | the lowest layer |
//! | `unlisted` | `n`, `default` | what nobody asks for |
//! | `mod2yes` | `yes`, `no` | a request for `m` asks for `y` |
//! | `modules` | `modules` and `auto-modules`, in words; absent where nothing is said | `m` may be an error or not, and questions are answered |
//! | `kconfig` | `engine`, `tree` | who asks for the other wants to see it done |
//! | `layer N` | name and digest of its text | the requests, where they stand, and their conditions: version, architecture and compiler are in the key too |
//! | `may-miss` | the symbols, and whether a date has passed | judged when configured |
//! | `conflicts` | the kinds that are errors | judged when configured, so other kinds must be judged |
//! | `patch N` | name, file and digest | Kconfig files are patched, too; whether one is applied, version, architecture and compiler decide |
//! | `toolchain` | identity of compiler, linker, make | Kconfig asks the compiler what it can do |
//! | `toolchain pins` | `toolchain`, as written; absent where nothing is | judged when configured |
//! | `features` | the digest of what features mean and of what the kernel must have | judged when configured |
//! | `promise` | `mod-dir-version` | judged when configured, so a new one must be judged |

use kernel_spec::Sha256;

use crate::fingerprint::{Part, hash};
use crate::{FORMAT, RequestChange};

/// The inputs of a [`RequestKey`], by name.
#[derive(Clone, Debug)]
pub struct RequestInputs {
    /// The identity of the source tree's contents.
    pub source: String,
    /// The kernel's name of the architecture.
    pub arch: String,
    /// The base: a target's name, or a file's digest.
    pub base: String,
    /// `n` or `default`.
    pub unlisted: String,
    /// Whether a request for `m` asks for `y`.
    pub mod2yes: bool,
    /// What is said of loadable modules; empty where nothing is.
    pub modules: String,
    /// `engine` or `tree`.
    pub kconfig: String,
    /// Name and digest of each file of the patches, in order.
    pub patches: Vec<(String, Sha256)>,
    /// Name and digest of each layer, lowest first.
    pub layers: Vec<(String, Sha256)>,
    /// What may be missed, and until when.
    pub may_miss: Vec<String>,
    /// The kinds of conflict that are errors.
    pub deny_conflicts: Vec<String>,
    /// The identity of the toolchain.
    pub toolchain: String,
    /// The pins of the toolchain, in words; empty where there are none.
    pub toolchain_pins: String,
    /// What features mean, and what the kernel must have.
    pub features: String,
    /// `mod-dir-version`, as written; empty where there is none.
    pub promise: String,
}

/// Stands for everything that goes into configuring a kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestKey {
    parts: Vec<Part>,
    hash: Sha256,
}

impl RequestKey {
    /// The key of these inputs.
    pub fn new(inputs: &RequestInputs) -> Self {
        let mut parts = vec![
            Part::new("format", FORMAT.to_string()),
            Part::new("source", &inputs.source),
            Part::new("arch", &inputs.arch),
            Part::new("base", &inputs.base),
            Part::new("unlisted", &inputs.unlisted),
            Part::new("mod2yes", if inputs.mod2yes { "yes" } else { "no" }),
            Part::new("kconfig", &inputs.kconfig),
            Part::new("may-miss", inputs.may_miss.join(", ")),
            Part::new("conflicts", inputs.deny_conflicts.join(" ")),
            Part::new("toolchain", &inputs.toolchain),
            Part::new("features", &inputs.features),
            Part::new("promise", &inputs.promise),
        ];
        if !inputs.modules.is_empty() {
            parts.push(Part::new("modules", &inputs.modules));
        }
        if !inputs.toolchain_pins.is_empty() {
            parts.push(Part::new("toolchain pins", &inputs.toolchain_pins));
        }
        let patches = inputs.patches.iter().enumerate();
        parts
            .extend(patches.map(|(n, (name, digest))| {
                Part::new(format!("patch {}", n + 1), format!("{name} {digest}"))
            }));
        let layers = inputs.layers.iter().enumerate();
        parts
            .extend(layers.map(|(n, (name, digest))| {
                Part::new(format!("layer {}", n + 1), format!("{name} {digest}"))
            }));
        Self::from_parts(parts)
    }

    /// A key as it was kept.
    pub fn from_parts(parts: Vec<Part>) -> Self {
        let hash = hash(&parts);
        Self { parts, hash }
    }

    /// Its parts.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The digest of its parts.
    pub fn hash(&self) -> Sha256 {
        self.hash
    }

    /// What differs from the key of the last run, by name; `None` where nothing does.
    pub fn change_since(&self, old: Option<&Self>) -> Option<RequestChange> {
        let Some(old) = old else { return Some(RequestChange::First) };
        let value =
            |key: &Self, name: &str| key.parts.iter().find(|p| p.name == name).map(|p| p.value.clone());
        let of_new = self.parts.iter().map(|part| &part.name);
        let gone = old.parts.iter().map(|part| &part.name).filter(|name| value(self, name).is_none());
        let mut names = of_new.chain(gone);
        names.find_map(|name| {
            let (old, new) = (value(old, name), value(self, name));
            (old != new).then(|| RequestChange::Part { name: name.clone(), old, new })
        })
    }
}
