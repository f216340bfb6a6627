//! What another tree does to a kernel: its release, its configuration, its patches.
//!
//! ```text
//! pin of Kernel.lock ─ Survey ─┐
//!                              ├─ KernelOutlook: what appeared, vanished, was renamed, has another value; what no longer lands
//! pin to come ─────── Survey ─┘
//! ```
//!
//! Symbols are told by what both trees define, not by what is written: one that is `n` on both sides is no news, and one
//! that got another name is one line.
//!
//! Deliberately absent: whether any of it is wanted. An update is written whatever it does; who has looked can go back.

use std::collections::BTreeSet;

use kconfig::{DotConfig, Symbol, SymbolNames, Value, difference, rename_of};
use kernel_spec::KernelName;

use crate::patch::PatchReport;

/// A kernel on one tree.
#[derive(Clone, Debug)]
pub(crate) struct Survey {
    pub(crate) kernelversion: String,
    /// The kernelrelease, or why there is none.
    pub(crate) release: Result<String, String>,
    pub(crate) config: DotConfig,
    pub(crate) names: SymbolNames,
    /// Each symbol that was asked for and did not land, with the words for it.
    pub(crate) misses: Vec<(Symbol, String)>,
    pub(crate) patches: Vec<PatchReport>,
}

/// What another tree does to a kernel.
#[derive(Clone, Debug)]
pub struct KernelOutlook {
    /// The kernel.
    pub name: KernelName,
    /// Its kernelrelease on the old tree; absent where there was none, or it could not be looked at.
    pub old_release: Option<String>,
    /// Its kernelrelease on the new tree, or why there is none.
    pub new_release: Result<String, String>,
    /// What becomes of its symbols, in the order of their names.
    pub symbols: Vec<SymbolShift>,
    /// Requests that landed on the old tree and do not land on the new one, in words.
    pub lost: Vec<String>,
    /// What becomes of its patches on the new tree.
    pub patches: Vec<PatchReport>,
}

/// What becomes of a symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SymbolShift {
    /// The symbol; of one that got another name, the old one.
    pub symbol: Symbol,
    /// What became of it.
    pub kind: ShiftKind,
    /// Its value on the old tree.
    pub before: Option<Value>,
    /// Its value on the new tree; of one that got another name, that one's.
    pub after: Option<Value>,
}

/// What became of a symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShiftKind {
    /// Only the new tree defines it.
    Appeared,
    /// Only the old tree defines it.
    Vanished,
    /// The new tree has it under this name.
    Renamed(Symbol),
    /// Both define it, and it has another value.
    Changed,
}

impl ShiftKind {
    /// Its word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Appeared => "appeared",
            Self::Vanished => "vanished",
            Self::Renamed(_) => "renamed",
            Self::Changed => "changed",
        }
    }
}

impl KernelOutlook {
    /// What differs between two surveys of a kernel; without an old one, only the new tree is told.
    pub(crate) fn between(name: &KernelName, old: Option<&Survey>, new: &Survey) -> Self {
        let had =
            |symbol: &Symbol| old.is_some_and(|old| old.misses.iter().any(|(missed, _)| missed == symbol));
        Self {
            name: name.clone(),
            old_release: old.map(|old| old.release.clone().unwrap_or_else(|_| old.kernelversion.clone())),
            new_release: new.release.clone(),
            symbols: old.map(|old| shifts(old, new)).unwrap_or_default(),
            lost: new
                .misses
                .iter()
                .filter(|(symbol, _)| !had(symbol))
                .map(|(_, words)| words.clone())
                .collect(),
            patches: new.patches.clone(),
        }
    }
}

fn shifts(old: &Survey, new: &Survey) -> Vec<SymbolShift> {
    let mut shifts = Vec::new();
    let mut renamed = BTreeSet::new();
    let differences = difference(&old.config, &new.config);
    for change in &differences {
        let symbol = &change.symbol;
        if new.names.contains(symbol) || change.before.is_none() {
            continue;
        }
        if let Some((other, _)) = rename_of(symbol, &new.names) {
            renamed.insert(other.clone());
            let after = new.config.get(&other).cloned();
            let (symbol, before) = (symbol.clone(), change.before.clone());
            shifts.push(SymbolShift { symbol, kind: ShiftKind::Renamed(other), before, after });
        }
    }
    for change in differences {
        let symbol = change.symbol;
        let told = shifts.iter().any(|shift| shift.symbol == symbol) || renamed.contains(&symbol);
        if told {
            continue;
        }
        let kind = match (old.names.contains(&symbol), new.names.contains(&symbol)) {
            (true, false) => ShiftKind::Vanished,
            (false, true) => ShiftKind::Appeared,
            _ => ShiftKind::Changed,
        };
        shifts.push(SymbolShift { symbol, kind, before: change.before, after: change.after });
    }
    shifts.sort_by(|a, b| a.symbol.cmp(&b.symbol));
    shifts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn survey(names: &str, config: &str, misses: &[&str]) -> Survey {
        let symbol = |name: &str| Symbol::new(name).expect("a symbol");
        Survey {
            kernelversion: "6.1.1".into(),
            release: Ok("6.1.1-k".into()),
            config: DotConfig::parse(config).expect("a .config"),
            names: names.split_whitespace().map(symbol).collect(),
            misses: misses.iter().map(|name| (symbol(name), format!("CONFIG_{name}=y"))).collect(),
            patches: Vec::new(),
        }
    }

    #[test]
    fn symbols_between_two_trees() {
        let old = survey(
            "RETPOLINE NET GONE GONE_N SIZE",
            "CONFIG_RETPOLINE=y\nCONFIG_NET=y\nCONFIG_GONE=y\n# CONFIG_GONE_N is not set\nCONFIG_SIZE=4\n",
            &["OLD"],
        );
        let new = survey(
            "MITIGATION_RETPOLINE NET SIZE NEW NEW_N",
            "CONFIG_MITIGATION_RETPOLINE=y\nCONFIG_NET=y\nCONFIG_SIZE=8\nCONFIG_NEW=y\n# CONFIG_NEW_N is not set\n",
            &["OLD", "NEWLY"],
        );
        let name = KernelName::new("k").expect("a name");
        let outlook = KernelOutlook::between(&name, Some(&old), &new);
        let show = |value: &Option<Value>| value.as_ref().map(ToString::to_string).unwrap_or_default();
        let line = |shift: &SymbolShift| {
            format!("{} {:?} {} {}\n", shift.symbol, shift.kind, show(&shift.before), show(&shift.after))
        };
        insta::assert_snapshot!(outlook.symbols.iter().map(line).collect::<String>(), @r#"
        GONE Vanished y 
        NEW Appeared  y
        RETPOLINE Renamed(Symbol("MITIGATION_RETPOLINE")) y y
        SIZE Changed 4 8
        "#);
        assert_eq!(outlook.lost, ["CONFIG_NEWLY=y"]);
        assert_eq!(KernelOutlook::between(&name, None, &new).symbols, []);
    }
}
