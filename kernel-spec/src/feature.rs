//! What a kernel has, by names that programs can ask for.
//!
//! | a feature | is there where |
//! |---|---|
//! | of the built-in table, or of `[features]` | its condition holds in the resolved `.config` |
//! | that a patch brings, without a condition | the patch is applied |
//!
//! A name that a kernel lists in `features`, and one that a patch brings, is a promise where it has a condition: the
//! resolved `.config` must bear it out. A [`Requirement`] is what somebody else needs of a kernel: a feature, or a
//! symbol's value.
//!
//! Invariant: one name has one meaning in a workspace; `[features]` may give a built-in name another condition.
//! Deliberately absent: why a condition does not hold, which takes the tree.

mod table;

use std::collections::BTreeMap;
use std::fmt;

use kconfig::condition::Condition;
use kconfig::{DotConfig, Symbol, Tristate, Value};

use crate::diagnostic::nearest;
use crate::{Diagnostic, Location, Spanned};

/// A feature that has a condition.
#[derive(Clone, Debug)]
pub struct Feature {
    /// Over the resolved `.config`.
    pub condition: Condition,
    /// Where a manifest says so; absent for a built-in one.
    pub location: Option<Location>,
}

/// The features of a workspace that have conditions, by name.
#[derive(Clone, Debug)]
pub struct Features(BTreeMap<String, Feature>);

/// Something that is needed of a kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Want {
    /// `"vsock"`: a feature.
    Feature(String),
    /// `"CONFIG_EXT4_FS=y"`; without a value, `y` or `m`.
    Symbol {
        /// The symbol.
        symbol: Symbol,
        /// Its value.
        value: Option<Value>,
    },
}

/// Something that is needed of a kernel, where it is written, and by whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// What is needed.
    pub want: Want,
    /// Where.
    pub location: Option<Location>,
    /// Who needs it, as people are shown it: `[vm.demo]`, ``package `guest-init` ``.
    pub by: String,
}

/// Why a text is no requirement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WantError {
    /// Neither a feature's name nor a symbol.
    #[error("`{0}` is not a requirement: expected a feature's name, or `CONFIG_X=y`")]
    Shape(String),
    /// What stands behind `CONFIG_X=`.
    #[error("`{text}` is not a requirement: {reason}")]
    Value {
        /// The text.
        text: String,
        /// What is wrong with the value.
        reason: String,
    },
}

/// Whether a text can be a feature's name.
pub(crate) fn is_feature_name(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.bytes().all(plain)
}

impl Want {
    /// Parses what a manifest says.
    ///
    /// # Errors
    /// [`WantError`] where it is neither a feature's name nor a symbol with a value.
    pub fn parse(text: &str) -> Result<Self, WantError> {
        let shape = || WantError::Shape(text.to_owned());
        if !text.starts_with("CONFIG_") {
            return if is_feature_name(text) { Ok(Self::Feature(text.to_owned())) } else { Err(shape()) };
        }
        let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
        let symbol = Symbol::new(name).map_err(|_| shape())?;
        let value = value.map(Value::parse).transpose();
        let value =
            value.map_err(|error| WantError::Value { text: text.to_owned(), reason: error.to_string() })?;
        Ok(Self::Symbol { symbol, value })
    }
}

impl fmt::Display for Want {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Feature(name) => f.write_str(name),
            Self::Symbol { symbol, value: None } => write!(f, "CONFIG_{symbol}"),
            Self::Symbol { symbol, value: Some(value) } => write!(f, "CONFIG_{symbol}={value}"),
        }
    }
}

impl Requirement {
    /// Reads what a manifest lists; what is none is reported to `report`.
    pub(crate) fn list(
        written: Vec<Spanned<String>>,
        by: &str,
        report: &mut dyn FnMut(Diagnostic),
    ) -> Vec<Self> {
        let mut found: Vec<Self> = Vec::new();
        for Spanned { value, location } in written {
            match Want::parse(&value) {
                Ok(want) => found.push(Self { want, location, by: by.to_owned() }),
                Err(error) => report(Diagnostic { location, ..Diagnostic::new(error.to_string()) }),
            }
        }
        found
    }

    /// What is wrong with it in a workspace: it asks for a feature that nobody knows, and no patch of the kernel brings.
    pub fn unknown(&self, features: &Features, brought: &[&str]) -> Option<Diagnostic> {
        let Want::Feature(name) = &self.want else { return None };
        if features.get(name).is_some() || brought.contains(&name.as_str()) {
            return None;
        }
        let message = format!("no feature `{name}`, which {} requires", self.by);
        let hint = features.hint(name, brought);
        Some(Diagnostic { location: self.location.clone(), hint: Some(hint), ..Diagnostic::new(message) })
    }
}

impl Features {
    /// The built-in ones.
    pub fn built_in() -> Self {
        let features = table::FEATURES.iter().filter_map(|(name, condition)| {
            let condition = Condition::parse(condition).ok()?;
            Some(((*name).to_owned(), Feature { condition, location: None }))
        });
        Self(features.collect())
    }

    pub(crate) fn define(&mut self, name: &str, feature: Feature) {
        self.0.insert(name.to_owned(), feature);
    }

    /// The feature of that name.
    pub fn get(&self, name: &str) -> Option<&Feature> {
        self.0.get(name)
    }

    /// Every feature, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Feature)> {
        self.0.iter().map(|(name, feature)| (name.as_str(), feature))
    }

    /// The features of a resolved `.config` and of applied patches, by name.
    pub fn of(&self, config: &DotConfig, brought: &[&str]) -> Vec<String> {
        let held = self.iter().filter(|(_, feature)| feature.condition.holds(config)).map(|(name, _)| name);
        let alone = brought.iter().copied().filter(|name| self.get(name).is_none());
        let mut names: Vec<String> = held.chain(alone).map(str::to_owned).collect();
        names.sort();
        names.dedup();
        names
    }

    /// Whether a kernel has what is wanted of it.
    pub fn meet(&self, want: &Want, config: &DotConfig, brought: &[&str]) -> bool {
        match want {
            Want::Feature(name) => match self.get(name) {
                Some(feature) => feature.condition.holds(config),
                None => brought.contains(&name.as_str()),
            },
            Want::Symbol { symbol, value: Some(value) } => config.has(symbol, value),
            Want::Symbol { symbol, value: None } => config.tristate(symbol) != Tristate::N,
        }
    }

    /// What somebody meant who named none of them.
    pub(crate) fn hint(&self, name: &str, brought: &[&str]) -> String {
        match nearest(name, self.0.keys().map(String::as_str).chain(brought.iter().copied())) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("say what it is in `[features]`: `{name} = \"SYMBOL && SYMBOL\"`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_conditions_parse() {
        let features = Features::built_in();
        assert_eq!(features.0.len(), table::FEATURES.len());
        assert!(table::FEATURES.iter().all(|(name, _)| is_feature_name(name)));
        for name in
            ["ia32-emulation", "efi-stub", "pvh", "virtio-mmio", "virtio-pci", "vsock", "virtiofs", "9p"]
        {
            assert!(features.get(name).is_some(), "{name}");
        }
    }

    #[test]
    fn requirements() {
        let parsed =
            |text: &str| Want::parse(text).map_or_else(|e| e.to_string(), |want| format!("{want:?}"));
        let texts = [
            "vsock",
            "9p",
            "CONFIG_EXT4_FS=y",
            "CONFIG_FUSE_FS",
            "CONFIG_NR=0x4",
            "CONFIG_C=\"a b\"",
            "",
            "a b",
            "EXT4_FS=y",
            "CONFIG_=y",
            "CONFIG_A=b",
        ];
        let said: Vec<String> = texts.iter().map(|text| parsed(text)).collect();
        insta::assert_snapshot!(said.join("\n"), @r#"
        Feature("vsock")
        Feature("9p")
        Symbol { symbol: Symbol("EXT4_FS"), value: Some(Tristate(Y)) }
        Symbol { symbol: Symbol("FUSE_FS"), value: None }
        Symbol { symbol: Symbol("NR"), value: Some(Number("0x4")) }
        Symbol { symbol: Symbol("C"), value: Some(Text("a b")) }
        `` is not a requirement: expected a feature's name, or `CONFIG_X=y`
        `a b` is not a requirement: expected a feature's name, or `CONFIG_X=y`
        `EXT4_FS=y` is not a requirement: expected a feature's name, or `CONFIG_X=y`
        `CONFIG_=y` is not a requirement: expected a feature's name, or `CONFIG_X=y`
        `CONFIG_A=b` is not a requirement: `b` is not a value: expected `y`, `m`, `n`, a number or a string in `"`
        "#);
    }

    #[test]
    fn what_a_kernel_has() {
        let config = "CONFIG_VSOCKETS=y\nCONFIG_VIRTIO_VSOCKETS=m\nCONFIG_NR_CPUS=4\n";
        let config = DotConfig::parse(config).expect("a .config");
        let features = Features::built_in();
        assert_eq!(features.of(&config, &["tsi", "virtiofs"]), ["tsi", "vsock"]);
        for (want, met) in [
            ("vsock", true),
            ("virtiofs", false),
            ("tsi", true),
            ("CONFIG_NR_CPUS=0004", true),
            ("CONFIG_VIRTIO_VSOCKETS", true),
            ("CONFIG_VIRTIO_VSOCKETS=y", false),
            ("CONFIG_ABSENT=n", true),
        ] {
            let want = Want::parse(want).expect("a requirement");
            assert_eq!(features.meet(&want, &config, &["tsi", "virtiofs"]), met, "{want}");
        }
    }
}
