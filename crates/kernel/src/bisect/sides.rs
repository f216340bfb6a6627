//! The two ends, what they differ in, and what a kernel with some of it is made of.

use kconfig::{DotConfig, Symbol, Value, difference};
use kernel_spec::PatchEntry;

use super::Delta;

/// What one end is made of.
pub(crate) struct Given {
    /// The resolved config.
    pub(crate) config: DotConfig,
    /// Its patches, in order.
    pub(crate) patches: Vec<PatchEntry>,
}

/// Both ends.
pub(crate) struct Ends {
    good: Given,
    bad: Given,
    deltas: Vec<Delta>,
}

impl Ends {
    /// Compares them.
    pub(crate) fn of(good: Given, bad: Given) -> Self {
        let symbols = difference(&good.config, &bad.config).into_iter();
        let mut deltas: Vec<Delta> = symbols
            .map(|change| Delta::Symbol { symbol: change.symbol, good: change.before, bad: change.after })
            .collect();
        let lacks = |of: &Given, patch: &PatchEntry| !of.patches.iter().any(|known| same(known, patch));
        let named = |patch: &&PatchEntry| patch.name.value.clone();
        let new = bad.patches.iter().filter(|patch| lacks(&good, patch));
        deltas.extend(new.map(|patch| Delta::Patched(named(&patch))));
        let gone = good.patches.iter().filter(|patch| lacks(&bad, patch));
        deltas.extend(gone.map(|patch| Delta::Unpatched(named(&patch))));
        Self { good, bad, deltas }
    }

    /// What they differ in.
    pub(crate) fn deltas(&self) -> &[Delta] {
        &self.deltas
    }

    /// The text of a config, to start resolving from: the good one's with the bad one's values of these symbols.
    ///
    /// What the bad one has off, and the good one cannot even be asked, is off in every one: it is no difference of the two,
    /// and must not become one by its default.
    pub(crate) fn config(&self, deltas: &[&Delta]) -> String {
        let mut text = String::new();
        let mut say = |symbol: &Symbol, value: &Value| {
            text += &match value {
                Value::Tristate(kconfig::Tristate::N) => format!("# CONFIG_{symbol} is not set\n"),
                value => format!("CONFIG_{symbol}={value}\n"),
            };
        };
        for (symbol, value) in self.good.config.iter() {
            say(symbol, value);
        }
        let unasked = self.bad.config.iter().filter(|(symbol, _)| self.good.config.get(symbol).is_none());
        for (symbol, value) in unasked.filter(|(_, value)| **value == Value::N) {
            say(symbol, value);
        }
        for delta in deltas {
            if let Delta::Symbol { symbol, bad, .. } = delta {
                say(symbol, bad.as_ref().unwrap_or(&Value::N));
            }
        }
        text
    }

    /// The patches of a kernel with these deltas: those of the bad one in its order, then what only the good one has.
    pub(crate) fn patches(&self, deltas: &[&Delta]) -> Vec<PatchEntry> {
        let name = |patch: &PatchEntry| patch.name.value.clone();
        let of_both = |patch: &PatchEntry| self.good.patches.iter().any(|known| same(known, patch));
        let of_bad = self.bad.patches.iter();
        let of_bad = of_bad.filter(|patch| of_both(patch) || deltas.contains(&&Delta::Patched(name(patch))));
        let only_good = |patch: &&PatchEntry| !self.bad.patches.iter().any(|known| same(known, patch));
        let of_good = self.good.patches.iter().filter(only_good);
        let of_good = of_good.filter(|patch| !deltas.contains(&&Delta::Unpatched(name(patch))));
        of_bad.chain(of_good).cloned().collect()
    }
}

/// Whether two patches are the same texts, wherever they are written.
fn same(a: &PatchEntry, b: &PatchEntry) -> bool {
    use kernel_spec::PatchOrigin::{Path, Url};
    a.name.value == b.name.value
        && match (&a.origin, &b.origin) {
            (Some(Path(a)), Some(Path(b))) => a.value == b.value,
            (Some(Url { sha256: a, .. }), Some(Url { sha256: b, .. })) => a == b,
            (a, b) => a.is_none() && b.is_none(),
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel_spec::{PatchOrigin, Spanned};

    fn patch(name: &str) -> PatchEntry {
        let spanned = |value: &str| Spanned { value: value.to_owned(), location: None };
        let origin = Some(PatchOrigin::Path(spanned(&format!("{name}.patch"))));
        PatchEntry { name: spanned(name), origin, features: Vec::new(), when: None, config: Vec::new() }
    }

    fn given(config: &str, patches: &[&str]) -> Given {
        let config = DotConfig::parse(config).expect("a configuration");
        Given { config, patches: patches.iter().map(|name| patch(name)).collect() }
    }

    #[test]
    fn ends_differ_in_symbols_and_patches() {
        let good = given("CONFIG_A=y\nCONFIG_B=y\nCONFIG_S=\"x\"\n# CONFIG_N is not set\n", &["both", "old"]);
        let bad = given(
            "CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_S=\"y\"\nCONFIG_NEW=y\n# CONFIG_OFF is not set\n",
            &["both", "new"],
        );
        let ends = Ends::of(good, bad);
        let shown: Vec<String> = ends.deltas().iter().map(Delta::to_string).collect();
        insta::assert_snapshot!(shown.join("\n"), @r#"
        CONFIG_B: y -> n
        CONFIG_S: "x" -> "y"
        CONFIG_NEW: n -> y
        patch `new`
        no patch `old`
        "#);
        let some: Vec<&Delta> = ends.deltas().iter().step_by(2).collect();
        insta::assert_snapshot!(ends.config(&some), @r#"
        CONFIG_A=y
        CONFIG_B=y
        CONFIG_S="x"
        # CONFIG_N is not set
        # CONFIG_OFF is not set
        # CONFIG_B is not set
        CONFIG_NEW=y
        "#);
        let names = |deltas: &[&Delta]| -> Vec<String> {
            ends.patches(deltas).iter().map(|patch| patch.name.value.clone()).collect()
        };
        assert_eq!(names(&[]), ["both", "old"]);
        let all: Vec<&Delta> = ends.deltas().iter().collect();
        assert_eq!(names(&all), ["both", "new"]);
    }
}
