//! Verdicts that are known, by what a kernel is made of and how it is booted; a file in the work folder, unless the kernel's tree
//! is one that its user edits: nobody knows what it was.

use std::collections::BTreeMap;

use kernel_host::AbsPath;
use kernel_host::digest::{hex, sha256};
use kernel_host::fs::{self, FsError};
use serde::{Deserialize, Serialize};

use super::Verdict;

/// Verdicts of earlier steps.
#[derive(Debug)]
pub(crate) struct Memo {
    /// Where they last.
    path: Option<AbsPath>,
    /// What is the same in all steps of the search: source, VM, VMM.
    context: String,
    known: BTreeMap<String, VerdictWire>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum VerdictWire {
    Good,
    Bad(String),
    Untestable(String),
}

impl Memo {
    /// What is known; a file that cannot be read knows nothing.
    pub(crate) fn read(path: Option<AbsPath>, context: String) -> Self {
        let text = path.as_ref().and_then(|path| fs::read_to_string(path).ok());
        let known = text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        Self { path, context, known }
    }

    /// The key of a kernel: its resolved config and its patches.
    pub(crate) fn key(&self, config: &str, patches: &[String]) -> String {
        hex(&sha256(format!("{}\0{}\0{config}", self.context, patches.join("\0")).as_bytes()))
    }

    /// What came of it, where that is known.
    pub(crate) fn get(&self, key: &str) -> Option<Verdict> {
        Some(match self.known.get(key)?.clone() {
            VerdictWire::Good => Verdict::Good,
            VerdictWire::Bad(what) => Verdict::Bad(what),
            VerdictWire::Untestable(why) => Verdict::Untestable(why),
        })
    }

    /// Remembers, also for the next run. What could not be tried may be possible the next time.
    pub(crate) fn put(&mut self, key: String, verdict: &Verdict) -> Result<(), FsError> {
        let wire = match verdict.clone() {
            Verdict::Good => VerdictWire::Good,
            Verdict::Bad(what) => VerdictWire::Bad(what),
            Verdict::Untestable(why) => VerdictWire::Untestable(why),
        };
        self.known.insert(key, wire);
        let lasting: BTreeMap<_, _> =
            self.known.iter().filter(|(_, wire)| !matches!(wire, VerdictWire::Untestable(_))).collect();
        let text = serde_json::to_string_pretty(&lasting).unwrap_or_default();
        self.path.as_ref().map_or(Ok(()), |path| fs::write_atomic(path, text.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_last() {
        let folder = fs::temp_dir("bisect").expect("a folder");
        let path = Some(folder.path().join("memo.json"));
        let mut memo = Memo::read(path.clone(), "linux".into());
        let keys = ["a", "b", "c"].map(|config| memo.key(config, &[]));
        let bad = Verdict::Bad("the guest hangs".into());
        memo.put(keys[0].clone(), &Verdict::Good).expect("written");
        memo.put(keys[1].clone(), &bad).expect("written");
        memo.put(keys[2].clone(), &Verdict::Untestable("no compiler".into())).expect("written");
        assert!(matches!(memo.get(&keys[2]), Some(Verdict::Untestable(_))));

        let again = Memo::read(path.clone(), "linux".into());
        assert_eq!(
            (again.get(&keys[0]), again.get(&keys[1]), again.get(&keys[2])),
            (Some(Verdict::Good), Some(bad), None)
        );
        assert_ne!(again.key("a", &["fix".into()]), keys[0]);
        assert_ne!(Memo::read(path, "other".into()).key("a", &[]), keys[0]);
    }
}
