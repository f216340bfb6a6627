//! Reasons to configure and to build, with the old and the new value.

use std::fmt;

use kconfig::{Change, Value};

/// Why an artifact has to be built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DirtyReason {
    /// There is none.
    NoArtifact,
    /// It is not whole, or not as it was stored.
    Damaged {
        /// What is wrong with it.
        what: String,
    },
    /// It was made by a tool that would do something else with the same inputs.
    Format {
        /// Its format.
        old: String,
        /// This tool's format.
        new: String,
    },
    /// The source tree.
    Source {
        /// The identity then.
        old: String,
        /// The identity now.
        new: String,
    },
    /// The patches of the tree.
    Patches {
        /// Name, file and digest of each, a line each, then.
        old: String,
        /// The same now.
        new: String,
    },
    /// The architecture.
    Arch {
        /// Then.
        old: String,
        /// Now.
        new: String,
    },
    /// Compiler, linker or make.
    Toolchain {
        /// The identity then.
        old: String,
        /// The identity now.
        new: String,
    },
    /// The resolved config.
    Config {
        /// The symbols that differ; empty where the old `.config` could not be read.
        changes: Vec<Change>,
    },
    /// The images that are asked for.
    Images {
        /// Then.
        old: String,
        /// Now.
        new: String,
    },
    /// What make is asked for.
    Goals {
        /// Then.
        old: String,
        /// Now.
        new: String,
    },
    /// A variable that changes what is made.
    Environment {
        /// Then.
        old: String,
        /// Now.
        new: String,
    },
    /// The kernelrelease.
    Release {
        /// Then.
        old: String,
        /// Now.
        new: String,
    },
    /// The initramfs that is built in.
    Init {
        /// Package and digest then; empty where there was none.
        old: String,
        /// The same now.
        new: String,
    },
}

impl DirtyReason {
    pub(crate) fn of_part(name: &str, old: String, new: String) -> Self {
        match name {
            "source" => Self::Source { old, new },
            "patches" => Self::Patches { old, new },
            "arch" => Self::Arch { old, new },
            "toolchain" => Self::Toolchain { old, new },
            "config" => Self::Config { changes: Vec::new() },
            "images" => Self::Images { old, new },
            "goals" => Self::Goals { old, new },
            "environment" => Self::Environment { old, new },
            "release" => Self::Release { old, new },
            "init" => Self::Init { old, new },
            _ => Self::Format { old, new },
        }
    }

    /// The same reason, with the symbols that differ where it is the config.
    #[must_use]
    pub fn with_config_changes(self, found: Vec<Change>) -> Self {
        match self {
            Self::Config { .. } => Self::Config { changes: found },
            other => other,
        }
    }
}

/// The first patch that differs, in words; each line is `NAME FILE DIGEST`, and names may have blanks.
fn patch_change(old: &str, new: &str) -> String {
    let split = |line: &str| {
        let (head, digest) = line.rsplit_once(' ').unwrap_or((line, ""));
        let (name, file) = head.rsplit_once(' ').unwrap_or((head, ""));
        (name.to_owned(), file.to_owned(), digest.to_owned())
    };
    let (old, new): (Vec<_>, Vec<_>) = (old.lines().map(split).collect(), new.lines().map(split).collect());
    let twin = |list: &[(String, String, String)], name: &str, file: &str| {
        list.iter().find(|(this, that, _)| this == name && that == file).map(|found| found.2.clone())
    };
    for (name, file, digest) in &new {
        match twin(&old, name, file) {
            None => return format!("patch `{name}` is new: {file}"),
            Some(before) if before != *digest => return format!("patch `{name}` changed: {file}"),
            Some(_) => {}
        }
    }
    match old.iter().find(|(name, file, _)| twin(&new, name, file).is_none()) {
        Some((name, file, _)) => format!("patch `{name}` is gone: {file}"),
        None => "the patches are in another order".to_owned(),
    }
}

/// What became of a built-in init; each is `PACKAGE DIGEST`, or empty.
fn init_change(old: &str, new: &str) -> String {
    let package =
        |part: &str| format!("package `{}`", part.split_once(' ').map_or(part, |(package, _)| package));
    match (package(old), package(new)) {
        (_, new) if old.is_empty() => format!("an init is built in: {new}"),
        (old, _) if new.is_empty() => format!("no init is built in any more: was {old}"),
        (old, new) if old == new => format!("the init that is built in changed: {new}"),
        (old, new) => format!("the init that is built in is another one: was {old}, is {new}"),
    }
}

/// Absent is `n`, as everywhere in Kconfig.
fn show(value: &Option<Value>) -> String {
    value.as_ref().map_or_else(|| "n".to_owned(), Value::to_string)
}

/// How many changed symbols a reason names before it counts the rest.
const NAMED: usize = 3;

impl fmt::Display for DirtyReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, old, new) = match self {
            Self::NoArtifact => return f.write_str("there is no artifact yet"),
            Self::Damaged { what } => return write!(f, "the artifact is not as it was stored: {what}"),
            Self::Patches { old, new } => return f.write_str(&patch_change(old, new)),
            Self::Init { old, new } => return f.write_str(&init_change(old, new)),
            Self::Config { changes } => {
                f.write_str("the resolved config changed")?;
                for (n, change) in changes.iter().take(NAMED).enumerate() {
                    let separator = if n == 0 { ":" } else { "," };
                    write!(
                        f,
                        "{separator} CONFIG_{} {} → {}",
                        change.symbol,
                        show(&change.before),
                        show(&change.after)
                    )?;
                }
                return match changes.len().saturating_sub(NAMED) {
                    0 => Ok(()),
                    more => write!(f, " and {more} more"),
                };
            }
            Self::Format { old, new } => ("the tool's format", old, new),
            Self::Source { old, new } => ("the source", old, new),
            Self::Arch { old, new } => ("the architecture", old, new),
            Self::Toolchain { old, new } => ("the toolchain", old, new),
            Self::Images { old, new } => ("the images", old, new),
            Self::Goals { old, new } => ("the make goals", old, new),
            Self::Environment { old, new } => ("the environment", old, new),
            Self::Release { old, new } => ("the kernelrelease", old, new),
        };
        write!(f, "{what} changed: was `{old}`, is `{new}`")
    }
}

/// Why a kernel has to be configured again; whether it must then be compiled, the resolved config decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestChange {
    /// It was never configured.
    First,
    /// An input changed.
    Part {
        /// Its name.
        name: String,
        /// Its value then; `None` where it is new.
        old: Option<String>,
        /// Its value now; `None` where it is gone.
        new: Option<String>,
    },
}

impl fmt::Display for RequestChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Of `kernel/a.config 0123…` the name is for people, the digest is not.
        let layer = |value: &Option<String>| {
            value.as_deref().and_then(|v| v.rsplit_once(' ')).map(|(n, _)| n.to_owned())
        };
        match self {
            Self::First => f.write_str("it was not configured yet"),
            Self::Part { name, old, new } if name.starts_with("layer ") || name.starts_with("patch ") => {
                match (layer(old), layer(new)) {
                    (Some(old), Some(new)) if old == new => write!(f, "`{new}` changed"),
                    (Some(old), Some(new)) => write!(f, "{name} changed: was `{old}`, is `{new}`"),
                    (None, Some(new)) => write!(f, "`{new}` is new"),
                    (old, _) => write!(f, "`{}` is gone", old.unwrap_or_default()),
                }
            }
            Self::Part { name, old, new } => {
                let show = |value: &Option<String>| value.clone().unwrap_or_default();
                write!(f, "{name} changed: was `{}`, is `{}`", show(old), show(new))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kconfig::{DotConfig, difference};

    #[test]
    fn a_changed_config_names_its_first_symbols() {
        let config = |text: &str| DotConfig::parse(text).expect("a .config");
        let old = config("CONFIG_A=y\nCONFIG_B=4\nCONFIG_E=y\n");
        let new = config("# CONFIG_A is not set\nCONFIG_B=8\nCONFIG_C=y\nCONFIG_D=\"x\"\nCONFIG_E=y\n");
        let reason = DirtyReason::Config { changes: Vec::new() };
        insta::assert_snapshot!(reason.clone(), @"the resolved config changed");
        insta::assert_snapshot!(
            reason.with_config_changes(difference(&old, &new)),
            @"the resolved config changed: CONFIG_A y → n, CONFIG_B 4 → 8, CONFIG_C n → y and 1 more"
        );
    }
}
