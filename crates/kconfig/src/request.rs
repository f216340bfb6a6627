//! Requests, and the merge of all layers that make them.
//!
//! The merge is textual, as `scripts/kconfig/merge_config.sh -m` does it: the last request for a symbol counts. What
//! that one replaced is kept beside it, so that a person can be shown which line lost to which.

use std::collections::{HashMap, HashSet};
use std::fmt;

use crate::{Assignment, DotConfig, Symbol, Value};

/// The place of a request in a text, as people are shown it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// The path of the file, as it is shown: `configs/virtio.config`.
    pub path: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The column, counted from 1, in characters.
    pub column: usize,
}

impl fmt::Display for Origin {
    /// `configs/virtio.config:12`: a request has a line of its own, so that the column says nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.path, self.line)
    }
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
}

impl Request {
    /// The request that a line of a fragment makes.
    pub fn from_assignment(assignment: Assignment, path: &str) -> Self {
        let origin = Origin { path: path.to_owned(), line: assignment.line, column: 1 };
        Self { symbol: assignment.symbol, value: assignment.value, origin }
    }

    /// The same request, but for `y` where it is for `m`.
    #[must_use]
    pub fn mod2yes(self) -> Self {
        Self { value: self.value.mod2yes(), ..self }
    }
}

impl fmt::Display for Request {
    /// `CONFIG_VIRTIO_FS=y`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CONFIG_{}={}", self.symbol, self.value)
    }
}

/// A request that a later one replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overridden {
    /// The request that lost.
    pub earlier: Request,
    /// The next request for the same symbol.
    pub later: Request,
}

/// The layers, merged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// What the base gives, without the symbols that a request names; in the base's order.
    pub base: Vec<Assignment>,
    /// The requests that count, one for each symbol, in the order in which they were made.
    pub requests: Vec<Request>,
    /// The requests that a later one changed, with that one.
    pub overridden: Vec<Overridden>,
    /// The requests that a later one repeated with the same meaning, with that one.
    pub redundant: Vec<Overridden>,
}

/// Lays requests on a base; the last one for a symbol counts.
///
/// The base's own values are no requests: nobody misses them if they do not land. Without a base (`allnoconfig`) it is
/// an empty `.config`.
pub fn merge(base: &DotConfig, requests: impl IntoIterator<Item = Request>) -> Merged {
    let mut merged = Merged::default();
    let mut slots: Vec<Option<Request>> = Vec::new();
    let mut last: HashMap<Symbol, usize> = HashMap::new();
    for request in requests {
        if let Some(earlier) =
            last.insert(request.symbol.clone(), slots.len()).and_then(|at| slots[at].take())
        {
            let pairs = if earlier.value.same(&request.value) {
                &mut merged.redundant
            } else {
                &mut merged.overridden
            };
            pairs.push(Overridden { earlier, later: request.clone() });
        }
        slots.push(Some(request));
    }
    merged.requests = slots.into_iter().flatten().collect();
    let requested: HashSet<&Symbol> = merged.requests.iter().map(|request| &request.symbol).collect();
    merged.base =
        base.assignments().iter().filter(|entry| !requested.contains(&entry.symbol)).cloned().collect();
    merged
}

impl Merged {
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
                Value::Tristate(crate::Tristate::N) => {
                    text.push_str(&format!("# CONFIG_{symbol} is not set\n"))
                }
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

    fn pairs(pairs: &[Overridden]) -> Vec<String> {
        pairs
            .iter()
            .map(|p| format!("{} {} by {} {}", p.earlier, p.earlier.origin, p.later, p.later.origin))
            .collect()
    }

    #[test]
    fn the_last_request_counts() {
        let base =
            DotConfig::parse("CONFIG_GZIP=y\nCONFIG_NR=64\n# CONFIG_SMP is not set\n").expect("a .config");
        let mut requests = layer("a.config", "CONFIG_SMP=y\nCONFIG_NR=0x4\nCONFIG_NET=m\n");
        requests.extend(layer("b.config", "CONFIG_NR=0x04\nCONFIG_SMP=n\nCONFIG_XZ=y\nCONFIG_SMP=y\n"));
        let merged = merge(&base, requests);
        assert_eq!(
            pairs(&merged.overridden),
            [
                "CONFIG_SMP=y a.config:1 by CONFIG_SMP=n b.config:2",
                "CONFIG_SMP=n b.config:2 by CONFIG_SMP=y b.config:4"
            ]
        );
        assert_eq!(pairs(&merged.redundant), ["CONFIG_NR=0x4 a.config:2 by CONFIG_NR=0x04 b.config:1"]);
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
                merged.requests.len() + merged.overridden.len() + merged.redundant.len()
            );
        }
    }
}
