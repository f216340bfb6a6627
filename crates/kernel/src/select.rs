//! From words to names of the manifest.

use std::fmt;

use kernel_spec::{KernelName, KernelSpec, SourceName, VmName, nearest};

/// What a word should have named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameKind {
    /// A `[kernel.*]`.
    Kernel,
    /// A `[vm.*]`.
    Vm,
    /// A `[source.*]`.
    Source,
    /// A `[source.*]`, or a `[kernel.*]` whose source is meant.
    SourceOrKernel,
}

impl fmt::Display for NameKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kernel => "kernel",
            Self::Vm => "VM",
            Self::Source => "source",
            Self::SourceOrKernel => "source or kernel",
        })
    }
}

/// A word that names nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the manifest has no {kind} `{found}`")]
pub struct UnknownName {
    /// What was looked for.
    pub kind: NameKind,
    /// The word.
    pub found: String,
    /// Every name that there is.
    pub known: Vec<String>,
    /// A name of another kind that is spelled so: a VM where a kernel was expected.
    pub other_kind: Option<NameKind>,
}

impl UnknownName {
    /// What to write instead.
    pub fn hint(&self) -> String {
        if let Some(other) = self.other_kind {
            return format!("`{}` is a {other}", self.found);
        }
        match nearest(&self.found, self.known.iter().map(String::as_str)) {
            Some(name) => format!("did you mean `{name}`?"),
            None => listed(&self.known),
        }
    }
}

/// The names that there are, as advice.
pub(crate) fn listed(names: &[String]) -> String {
    let list = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match names.len() {
        0 => "there is none".into(),
        1 => format!("there is only {list}"),
        _ => format!("there are {list}"),
    }
}

/// The kernels of these words.
pub(crate) fn kernels(spec: &KernelSpec, words: &[String]) -> Result<Vec<KernelName>, UnknownName> {
    words.iter().map(|word| kernel(spec, word)).collect()
}

fn kernel(spec: &KernelSpec, word: &str) -> Result<KernelName, UnknownName> {
    let found = spec.kernels.keys().find(|name| name.as_str() == word);
    let is_vm = spec.vms.keys().any(|name| name.as_str() == word);
    found.cloned().ok_or_else(|| UnknownName {
        kind: NameKind::Kernel,
        found: word.to_owned(),
        known: spec.kernels.keys().map(ToString::to_string).collect(),
        other_kind: is_vm.then_some(NameKind::Vm),
    })
}

/// The VM of this word.
pub(crate) fn vm(spec: &KernelSpec, word: &str) -> Result<VmName, UnknownName> {
    let found = spec.vms.keys().find(|name| name.as_str() == word);
    let is_kernel = spec.kernels.keys().any(|name| name.as_str() == word);
    found.cloned().ok_or_else(|| UnknownName {
        kind: NameKind::Vm,
        found: word.to_owned(),
        known: spec.vms.keys().map(ToString::to_string).collect(),
        other_kind: is_kernel.then_some(NameKind::Kernel),
    })
}

/// The sources of these words, each once; a kernel's name stands for its source where `or_kernel` says so.
pub(crate) fn sources(
    spec: &KernelSpec,
    words: &[String],
    kind: NameKind,
) -> Result<Vec<SourceName>, UnknownName> {
    let mut found: Vec<SourceName> = Vec::new();
    for word in words {
        let source = spec.sources.keys().find(|name| name.as_str() == word);
        let kernel = spec.kernels.values().find(|kernel| kernel.name.value.as_str() == word);
        let of_kernel = kernel.map(|kernel| &kernel.source.value);
        let named = match kind {
            NameKind::SourceOrKernel => source.or(of_kernel),
            _ => source,
        };
        let Some(named) = named else {
            let mut known: Vec<String> = spec.sources.keys().map(ToString::to_string).collect();
            if kind == NameKind::SourceOrKernel {
                known.extend(spec.kernels.keys().map(ToString::to_string));
            }
            let other_kind = kernel.map(|_| NameKind::Kernel);
            return Err(UnknownName { kind, found: word.clone(), known, other_kind });
        };
        if !found.contains(named) {
            found.push(named.clone());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(found: &str, known: &[&str], other_kind: Option<NameKind>) -> String {
        let known = known.iter().map(ToString::to_string).collect();
        let error = UnknownName { kind: NameKind::Kernel, found: found.into(), known, other_kind };
        format!("{error}; {}", error.hint())
    }

    #[test]
    fn an_unknown_name_gets_advice() {
        let shown = [
            hint("gest", &["guest", "nested-host"], None),
            hint("zebra", &["guest", "nested-host"], None),
            hint("zebra", &["guest"], None),
            hint("zebra", &[], None),
            hint("demo", &["guest"], Some(NameKind::Vm)),
        ];
        insta::assert_snapshot!(shown.join("\n"), @r"
        the manifest has no kernel `gest`; did you mean `guest`?
        the manifest has no kernel `zebra`; there are `guest`, `nested-host`
        the manifest has no kernel `zebra`; there is only `guest`
        the manifest has no kernel `zebra`; there is none
        the manifest has no kernel `demo`; `demo` is a VM
        ");
    }
}
