//! Requests, and what all layers that make them come to.
//!
//! The merge is textual, as `scripts/kconfig/merge_config.sh -m` does it: the strongest request for a symbol counts. What
//! that one replaced is kept beside it, so that a person can be shown which line lost to which.

use std::fmt;

use crate::layers::{Conflict, ConflictKind, Entry, Layer, LayerKind, Need, merge_layers};
use crate::{Assignment, DotConfig, Symbol, Tristate, Value};

/// The place of a request in a text, as people are shown it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// The path of the file, as it is shown: `configs/virtio.config`.
    pub path: String,
    /// The line, counted from 1; 0 where the path names a text without lines: an argument.
    pub line: usize,
    /// The column, counted from 1, in characters.
    pub column: usize,
}

impl fmt::Display for Origin {
    /// `configs/virtio.config:12`: a request has a line of its own, so that the column says nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str(&self.path),
            line => write!(f, "{}:{line}", self.path),
        }
    }
}

/// What a request is content with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Demand {
    /// Its value.
    #[default]
    Exactly,
    /// `y` or `m`.
    Enabled,
}

/// A value that a layer asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The symbol.
    pub symbol: Symbol,
    /// The value.
    pub value: Value,
    /// Who asks.
    pub origin: Origin,
    /// What it is content with.
    pub demand: Demand,
    /// Whether it must land.
    pub need: Need,
    /// Why it is made, where somebody says so.
    pub reason: Option<Box<str>>,
}

impl Request {
    /// The request that a line of a fragment makes.
    pub fn from_assignment(assignment: Assignment, path: &str) -> Self {
        let origin = Origin { path: path.to_owned(), line: assignment.line, column: 1 };
        Self::new(assignment.symbol, assignment.value, origin)
    }

    /// A request for exactly this value, which must land.
    pub fn new(symbol: Symbol, value: Value, origin: Origin) -> Self {
        Self { symbol, value, origin, demand: Demand::Exactly, need: Need::Mandatory, reason: None }
    }

    /// Whether it is content with a value.
    pub fn accepts(&self, found: &Value) -> bool {
        match (self.demand, found) {
            (Demand::Enabled, Value::Tristate(Tristate::Y | Tristate::M)) => true,
            _ => self.value.same(found),
        }
    }

    /// The same request, but for `y` where it is for `m`.
    #[must_use]
    pub fn mod2yes(self) -> Self {
        Self { value: self.value.mod2yes(), ..self }
    }
}

impl fmt::Display for Request {
    /// `CONFIG_VIRTIO_FS=y`, `CONFIG_VIRTIO_FS=enabled`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.demand {
            Demand::Exactly => write!(f, "CONFIG_{}={}", self.symbol, self.value),
            Demand::Enabled => write!(f, "CONFIG_{}=enabled", self.symbol),
        }
    }
}

/// The layers, merged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// What the base gives, without the symbols that a layer names; in the base's order.
    pub base: Vec<Assignment>,
    /// The requests that count, one for each symbol, the strongest last.
    pub requests: Vec<Request>,
    /// Every request for a symbol that is not unset, the strongest of each symbol last: for who explains.
    pub asked: Vec<Request>,
    /// The symbols that are to have their defaults, whatever the base says.
    pub unset: Vec<Entry>,
    /// Every two entries for one symbol, neighbours by strength, in the order of the stronger ones.
    pub conflicts: Vec<Conflict>,
}

/// Lays requests on a base; the last one for a symbol counts.
///
/// The simple form of [`merge_layers`]: one kind of layer, a layer for each file.
pub fn merge(base: &DotConfig, requests: impl IntoIterator<Item = Request>) -> Merged {
    let mut layers: Vec<Layer> = Vec::new();
    for request in requests {
        let path = &request.origin.path;
        if layers.last().is_none_or(|layer| layer.name != *path) {
            let (kind, name) = (LayerKind::Fragments, path.clone());
            layers.push(Layer { kind, name, generation: 0, entries: Vec::new() });
        }
        if let Some(layer) = layers.last_mut() {
            layer.entries.push(request.into());
        }
    }
    merge_layers(base, &layers)
}

impl Merged {
    /// The entries that something else replaced, each with that.
    pub fn replaced(&self) -> impl DoubleEndedIterator<Item = &Conflict> {
        self.conflicts.iter().filter(|conflict| conflict.kind != ConflictKind::Redundant)
    }

    /// The request that counts for a symbol.
    pub fn request(&self, symbol: &Symbol) -> Option<&Request> {
        self.requests.iter().find(|request| request.symbol == *symbol)
    }

    /// The file to name in `KCONFIG_ALLCONFIG`: what the base gives, then the requests, each symbol once.
    ///
    /// The order matters: of the members of a choice that are all `y`, `conf` takes the one that it read last, and that
    /// is to be the one that somebody asked for.
    pub fn to_allconfig_text(&self) -> String {
        let base = self.base.iter().map(|entry| (&entry.symbol, &entry.value));
        let requests = self.requests.iter().map(|request| (&request.symbol, &request.value));
        let mut text = String::new();
        for (symbol, value) in base.chain(requests) {
            match value {
                Value::Tristate(Tristate::N) => text.push_str(&format!("# CONFIG_{symbol} is not set\n")),
                value => text.push_str(&format!("CONFIG_{symbol}={value}\n")),
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fragment;

    fn layer(path: &str, text: &str) -> Vec<Request> {
        let lines = fragment::parse(text).expect("a fragment");
        lines.into_iter().map(|line| Request::from_assignment(line, path)).collect()
    }

    fn pairs(merged: &Merged) -> String {
        let pair = |p: &Conflict| {
            format!("{}: {} {}, {} {}\n", p.kind.as_str(), p.lost, p.lost.origin, p.won, p.won.origin)
        };
        merged.conflicts.iter().map(pair).collect()
    }

    #[test]
    fn the_last_request_counts() {
        let base =
            DotConfig::parse("CONFIG_GZIP=y\nCONFIG_NR=64\n# CONFIG_SMP is not set\n").expect("a .config");
        let mut requests = layer("a.config", "CONFIG_SMP=y\nCONFIG_NR=0x4\nCONFIG_NET=m\n");
        requests.extend(layer("b.config", "CONFIG_NR=0x04\nCONFIG_SMP=n\nCONFIG_XZ=y\nCONFIG_SMP=y\n"));
        let merged = merge(&base, requests);
        insta::assert_snapshot!(pairs(&merged), @"
        redundant: CONFIG_NR=0x4 a.config:2, CONFIG_NR=0x04 b.config:1
        redefined: CONFIG_SMP=y a.config:1, CONFIG_SMP=n b.config:2
        contradictory: CONFIG_SMP=n b.config:2, CONFIG_SMP=y b.config:4
        ");
        insta::assert_snapshot!(merged.to_allconfig_text(), @"
        CONFIG_GZIP=y
        CONFIG_NET=m
        CONFIG_NR=0x04
        CONFIG_XZ=y
        CONFIG_SMP=y
        ");
        let none = merge(&base, []).to_allconfig_text();
        assert_eq!(none, "CONFIG_GZIP=y\nCONFIG_NR=64\n# CONFIG_SMP is not set\n");
    }

    #[test]
    fn mod2yes_touches_only_m() {
        let mapped = layer("a", "CONFIG_A=m\nCONFIG_B=n\nCONFIG_C=\"m\"\n").into_iter().map(Request::mod2yes);
        assert_eq!(
            mapped.map(|r| r.to_string()).collect::<Vec<_>>(),
            ["CONFIG_A=y", "CONFIG_B=n", "CONFIG_C=\"m\""]
        );
    }

    proptest::proptest! {
        #[test]
        fn every_symbol_once_and_none_lost(names in proptest::collection::vec(("[ABC]{1,2}", "[ymn]"), 0..20)) {
            let text = names.iter().fold(String::new(), |text, (n, v)| text + &format!("CONFIG_{n}={v}\n"));
            let merged = merge(&DotConfig::default(), layer("a", &text));
            let rendered = DotConfig::parse(&merged.to_allconfig_text()).expect("what is rendered parses");
            proptest::prop_assert_eq!(crate::difference(&DotConfig::parse(&text).expect("a .config"), &rendered), []);
            proptest::prop_assert_eq!(rendered.len(), merged.requests.len());
            proptest::prop_assert_eq!(
                names.len(),
                merged.requests.len() + merged.conflicts.len()
            );
        }
    }
}
