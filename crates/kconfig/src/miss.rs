//! Requests that did not land.
//!
//! Every request is compared, of every type and in both directions:
//!
//! | asked | found | |
//! |---|---|---|
//! | `n` | `n`, "is not set", absent | landed |
//! | `""` | `""`, absent | landed: nothing is compiled in either way |
//! | `4`, `0x10` | a number of the same value | landed |
//! | enabled | `y`, `m` | landed |
//! | `y`, `m`, a number, a string | absent | missed |
//! | anything | another value | missed; `y` for `m` too |
//! | `n` | absent, and the tree has it on under its new name | missed |
//!
//! Deliberately absent: why a request did not land. That takes the tree's dependencies.

use std::fmt;

use crate::names::rename_of;
use crate::{DotConfig, Merged, Rename, Request, Symbol, SymbolNames, Tristate, Value};

/// A request that did not land.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Miss {
    /// The request.
    pub request: Request,
    /// What the resolved `.config` has; `None` where it does not name the symbol.
    pub found: Option<Value>,
    /// What is known about it.
    pub reason: MissReason,
}

/// What is known about a miss.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MissReason {
    /// It resolved to another value.
    Resolved,
    /// The tree does not define it, but under another name.
    Renamed {
        /// The name in this tree.
        to: Symbol,
        /// When it got that name, or lost it.
        rename: &'static Rename,
    },
    /// The tree does not define it.
    NoSuchSymbol {
        /// The nearest name that it defines.
        nearest: Option<Symbol>,
    },
}

/// Compares every request with the resolved `.config`.
///
/// With the names that the tree defines, a miss says whether there is such a symbol. Without them it says what it
/// resolved to. The misses come in the order of the requests.
pub fn misses(merged: &Merged, resolved: &DotConfig, names: Option<&SymbolNames>) -> Vec<Miss> {
    merged.requests.iter().filter_map(|request| miss(request, resolved, names)).collect()
}

fn miss(request: &Request, resolved: &DotConfig, names: Option<&SymbolNames>) -> Option<Miss> {
    if names.is_some_and(|names| names.is_passed_on(&request.symbol)) {
        return None;
    }
    let found = resolved.get(&request.symbol);
    let unknown = names.filter(|names| found.is_none() && !names.contains(&request.symbol));
    let renamed = unknown.and_then(|names| rename_of(&request.symbol, names));
    let landed = match found {
        Some(found) => request.accepts(found),
        None => {
            let on_elsewhere = renamed.as_ref().is_some_and(|(to, _)| resolved.tristate(to) != Tristate::N);
            request.value.is_nothing() && !on_elsewhere
        }
    };
    if landed {
        return None;
    }
    let reason = match (unknown, renamed) {
        (_, Some((to, rename))) => MissReason::Renamed { to, rename },
        (Some(names), None) => MissReason::NoSuchSymbol { nearest: names.nearest(&request.symbol).cloned() },
        (None, None) => MissReason::Resolved,
    };
    Some(Miss { request: request.clone(), found: found.cloned(), reason })
}

impl Miss {
    /// What to write instead, where that is known without the tree's dependencies.
    pub fn hint(&self) -> Option<String> {
        let Request { symbol, value, origin, .. } = &self.request;
        match (&self.reason, value, &self.found) {
            (MissReason::Renamed { to, .. }, ..) => Some(format!("write `CONFIG_{to}={value}` at {origin}")),
            (MissReason::NoSuchSymbol { nearest: Some(nearest) }, ..) => {
                Some(format!("did you mean `CONFIG_{nearest}` at {origin}?"))
            }
            (_, Value::Text(text), Some(Value::Number(_)))
                if matches!(Value::parse(text), Ok(Value::Number(_))) =>
            {
                Some(format!("`CONFIG_{symbol}` is a number: write it without quotes at {origin}"))
            }
            (_, Value::Number(_) | Value::Tristate(_), Some(Value::Text(_))) => {
                let quoted = Value::Text(value.to_string().into());
                Some(format!("`CONFIG_{symbol}` is a string: write `{quoted}` at {origin}"))
            }
            _ => None,
        }
    }
}

impl Miss {
    /// What became of the request in a tree, which is named as people know it: `6.12.117`, `this tree`.
    pub fn outcome(&self, tree: &str) -> String {
        match &self.reason {
            MissReason::Renamed { to, rename } if to.as_str() == rename.new => {
                format!("no such symbol in {tree}; renamed to {to} in {}", rename.release)
            }
            MissReason::Renamed { to, rename } => {
                format!("no such symbol in {tree}; named {to} before {}", rename.release)
            }
            MissReason::NoSuchSymbol { .. } => format!("no such symbol in {tree}"),
            MissReason::Resolved => match (&self.found, &self.request.value) {
                (Some(found), _) => format!("resolved to {found}"),
                (None, Value::Tristate(_)) => "resolved to n".to_owned(),
                (None, _) => "resolved to nothing".to_owned(),
            },
        }
    }
}

impl fmt::Display for Miss {
    /// `CONFIG_VIRTIO_FS=y resolved to n`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.request, self.outcome("this tree"))
    }
}

/// The misses as lines of three columns: request, origin, what became of it in the tree of that name.
pub fn miss_table(misses: &[Miss], tree: &str) -> String {
    let row = |miss: &Miss| (miss.request.to_string(), miss.request.origin.to_string(), miss.outcome(tree));
    let rows: Vec<_> = misses.iter().map(row).collect();
    let first = rows.iter().map(|row| row.0.chars().count()).max().unwrap_or_default();
    let second = rows.iter().map(|row| row.1.chars().count()).max().unwrap_or_default();
    rows.iter()
        .map(|(request, origin, outcome)| format!("  {request:first$}   {origin:second$}   {outcome}\n"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{fragment, merge};

    /// Requests against a resolved `.config` in a tree with these names: the table and the hints.
    fn check(requests: &str, resolved: &str, names: Option<&str>) -> String {
        let lines = fragment::parse(requests).expect("a fragment");
        let requests = lines.into_iter().map(|line| Request::from_assignment(line, "virtio.config"));
        let resolved = DotConfig::parse(resolved).expect("a .config");
        let names = names.map(|names| names.split(' ').map(|n| Symbol::new(n).expect("a symbol")).collect());
        let misses = misses(&merge(&DotConfig::default(), requests), &resolved, names.as_ref());
        let hints = misses.iter().filter_map(Miss::hint).map(|hint| format!("hint: {hint}\n"));
        miss_table(&misses, "6.12.117") + &hints.collect::<String>()
    }

    #[test]
    fn what_landed_is_no_miss() {
        let requests = "CONFIG_Y=y\nCONFIG_M=m\n# CONFIG_N is not set\nCONFIG_OFF=n\nCONFIG_HEX=0x0010\nCONFIG_DEC=007\n\
                        CONFIG_TEXT=\"a \\\"b\\\"\"\nCONFIG_EMPTY=\"\"\nCONFIG_GONE=\"\"\n";
        let resolved = "CONFIG_Y=y\nCONFIG_M=m\n# CONFIG_N is not set\nCONFIG_HEX=0x10\nCONFIG_DEC=7\n\
                        CONFIG_TEXT=\"a \\\"b\\\"\"\nCONFIG_EMPTY=\"\"\n";
        assert_eq!(check(requests, resolved, None), "");
        assert_eq!(
            check(requests, resolved, Some("Y")),
            "",
            "`n` for a symbol that does not exist is what one gets"
        );
    }

    #[test]
    fn what_is_passed_on_is_no_miss() {
        let lines = fragment::parse("CONFIG_OLD=y\nCONFIG_NEW=y\n").expect("a fragment");
        let requests = lines.into_iter().map(|line| Request::from_assignment(line, "virtio.config"));
        let merged = merge(&DotConfig::default(), requests);
        let symbols = ["OLD", "NEW"].map(|name| Symbol::new(name).expect("a symbol"));
        let mut names: SymbolNames = symbols.iter().cloned().collect();
        let missed = |names: &SymbolNames| {
            let misses = misses(&merged, &DotConfig::default(), Some(names));
            misses.into_iter().map(|miss| miss.request.symbol).collect::<Vec<_>>()
        };
        assert_eq!(missed(&names), symbols);
        names.pass_on(symbols[0].clone());
        assert_eq!(missed(&names), symbols[1..], "its value is never written");
    }

    #[test]
    fn every_type_and_both_directions() {
        let requests = "CONFIG_VIRTIO_FS=y\nCONFIG_NET=m\n# CONFIG_SMP is not set\nCONFIG_NR_CPUS=4\nCONFIG_START=0x10\n\
                        CONFIG_CMDLINE=\"quiet\"\nCONFIG_EMPTY=\"\"\nCONFIG_ZERO=0\nCONFIG_MOD=m\nCONFIG_QUOTED=\"8\"\nCONFIG_NAME=y\n";
        let resolved = "CONFIG_NET=y\nCONFIG_SMP=y\nCONFIG_NR_CPUS=64\nCONFIG_START=16\nCONFIG_EMPTY=\"full\"\n\
                        # CONFIG_MOD is not set\nCONFIG_QUOTED=64\nCONFIG_NAME=\"(none)\"\n";
        insta::assert_snapshot!(check(requests, resolved, None), @r#"
          CONFIG_VIRTIO_FS=y       virtio.config:1    resolved to n
          CONFIG_NET=m             virtio.config:2    resolved to y
          CONFIG_SMP=n             virtio.config:3    resolved to y
          CONFIG_NR_CPUS=4         virtio.config:4    resolved to 64
          CONFIG_START=0x10        virtio.config:5    resolved to 16
          CONFIG_CMDLINE="quiet"   virtio.config:6    resolved to nothing
          CONFIG_EMPTY=""          virtio.config:7    resolved to "full"
          CONFIG_ZERO=0            virtio.config:8    resolved to nothing
          CONFIG_MOD=m             virtio.config:9    resolved to n
          CONFIG_QUOTED="8"        virtio.config:10   resolved to 64
          CONFIG_NAME=y            virtio.config:11   resolved to "(none)"
        hint: `CONFIG_QUOTED` is a number: write it without quotes at virtio.config:10
        hint: `CONFIG_NAME` is a string: write `"y"` at virtio.config:11
        "#);
    }

    #[test]
    fn unknown_and_renamed_symbols() {
        let requests = "CONFIG_RETPOLINE=y\nCONFIG_VIRTO_FS=y\nCONFIG_QQQQ=\"x\"\nCONFIG_FUSE_FS=y\nCONFIG_SLS=n\nCONFIG_CPU_SRSO=n\n";
        let resolved = "CONFIG_MITIGATION_SLS=y\n# CONFIG_MITIGATION_SRSO is not set\n";
        let names = "MITIGATION_RETPOLINE MITIGATION_SLS MITIGATION_SRSO VIRTIO_FS FUSE_FS";
        insta::assert_snapshot!(check(requests, resolved, Some(names)), @r#"
          CONFIG_RETPOLINE=y   virtio.config:1   no such symbol in 6.12.117; renamed to MITIGATION_RETPOLINE in 6.9
          CONFIG_VIRTO_FS=y    virtio.config:2   no such symbol in 6.12.117
          CONFIG_QQQQ="x"      virtio.config:3   no such symbol in 6.12.117
          CONFIG_FUSE_FS=y     virtio.config:4   resolved to n
          CONFIG_SLS=n         virtio.config:5   no such symbol in 6.12.117; renamed to MITIGATION_SLS in 6.9
        hint: write `CONFIG_MITIGATION_RETPOLINE=y` at virtio.config:1
        hint: did you mean `CONFIG_VIRTIO_FS` at virtio.config:2?
        hint: write `CONFIG_MITIGATION_SLS=n` at virtio.config:5
        "#);
        insta::assert_snapshot!(check("CONFIG_MITIGATION_SLS=y\n", "", Some("SLS")), @"
          CONFIG_MITIGATION_SLS=y   virtio.config:1   no such symbol in 6.12.117; named SLS before 6.9
        hint: write `CONFIG_SLS=y` at virtio.config:1
        ");
    }
}
