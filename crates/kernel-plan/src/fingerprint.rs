//! What decides an artifact.
//!
//! | part | value | not in it, and why |
//! |---|---|---|
//! | `format` | [`crate::FORMAT`] | the tool's own version: a new tool that does the same builds nothing |
//! | `source` | the pin's digest, or the state of a `path` tree | its version: the digest says more |
//! | `patches` | name, file and digest of each that is applied; absent where none is | |
//! | `config` | SHA-256 of the resolved `.config` | the requests: they matter only through it |
//! | `arch` | the kernel's name of it | |
//! | `images` | their names, in order | |
//! | `goals` | what make is asked for | `-j`: it changes nothing |
//! | `toolchain` | identity of compiler, linker, make | where they lie |
//! | `environment` | the variables that reach make and change what it makes | `PATH`, `HOME`, `TMPDIR` |
//! | `release` | the kernelrelease: it holds the `localversion*` files, and git's part | |
//! | `init` | package and digest of the initramfs that is built in; absent where none is | the package's sources: cargo knows what they come to |

use kernel_spec::Sha256;
use sha2::Digest as _;

use crate::{DirtyReason, FORMAT};

/// One named input of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its name, as in the tables of the module docs.
    pub name: String,
    /// Its value, in words that a person can compare.
    pub value: String,
}

impl Part {
    /// A part.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into() }
    }
}

/// The inputs of a [`Fingerprint`], by name.
#[derive(Clone, Debug)]
pub struct FingerprintInputs {
    /// The identity of the source tree's contents.
    pub source: String,
    /// Name, file and digest of each patch that is applied, in order.
    pub patches: Vec<(String, Sha256)>,
    /// The digest of the resolved `.config`.
    pub config: Sha256,
    /// The kernel's name of the architecture.
    pub arch: String,
    /// The images, in order.
    pub images: Vec<String>,
    /// What make is asked for.
    pub goals: Vec<String>,
    /// The identity of the toolchain.
    pub toolchain: String,
    /// `NAME=value` of each variable that changes what is made.
    pub environment: Vec<String>,
    /// The kernelrelease.
    pub release: String,
    /// The initramfs that is built in: the package of its init, and the archive's digest.
    pub init: Option<(String, Sha256)>,
}

/// Stands for everything that goes into an artifact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    parts: Vec<Part>,
    hash: Sha256,
}

impl Fingerprint {
    /// The fingerprint of these inputs.
    pub fn new(inputs: &FingerprintInputs) -> Self {
        let patches: Vec<String> =
            inputs.patches.iter().map(|(name, digest)| format!("{name} {digest}")).collect();
        let patches = (!patches.is_empty()).then(|| Part::new("patches", patches.join("\n")));
        let first = [Part::new("format", FORMAT.to_string()), Part::new("source", &inputs.source)];
        let rest = [
            Part::new("arch", &inputs.arch),
            Part::new("toolchain", &inputs.toolchain),
            Part::new("config", inputs.config.to_string()),
            Part::new("images", inputs.images.join(" ")),
            Part::new("goals", inputs.goals.join(" ")),
            Part::new("environment", inputs.environment.join(" ")),
            Part::new("release", &inputs.release),
        ];
        let init =
            inputs.init.iter().map(|(package, digest)| Part::new("init", format!("{package} {digest}")));
        Self::from_parts(first.into_iter().chain(patches).chain(rest).chain(init).collect())
    }

    /// A fingerprint as it was kept.
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

    /// The first part that differs from an older one's, as a reason to build; `None` where none does.
    ///
    /// The order of the table is the order of causes: another toolchain also resolves another config, and it is the
    /// toolchain that is named.
    pub fn dirty_since(&self, old: &Self) -> Option<DirtyReason> {
        if self.hash == old.hash {
            return None;
        }
        let of_old =
            |name: &str| old.parts.iter().find(|part| part.name == name).map(|part| part.value.clone());
        let gone = old.parts.iter().filter(|part| self.parts.iter().all(|now| now.name != part.name));
        let now = self.parts.iter().map(|part| (&part.name, part.value.clone()));
        let changed = now.chain(gone.map(|part| (&part.name, String::new()))).find_map(|(name, value)| {
            let before = of_old(name).unwrap_or_default();
            (before != value).then(|| DirtyReason::of_part(name, before, value))
        });
        // The same parts in another order.
        Some(changed.unwrap_or_else(|| DirtyReason::Format {
            old: of_old("format").unwrap_or_default(),
            new: FORMAT.to_string(),
        }))
    }
}

/// The digest of named parts; each is preceded by its length, so that no two lists of parts look alike.
pub(crate) fn hash(parts: &[Part]) -> Sha256 {
    let mut hasher = sha2::Sha256::new();
    for text in parts.iter().flat_map(|part| [&part.name, &part.value]) {
        hasher.update((text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    Sha256(hasher.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs() -> FingerprintInputs {
        FingerprintInputs {
            source: "sha256:aa".into(),
            patches: vec![("tsi a.patch".into(), Sha256([1; 32])), ("far b.patch".into(), Sha256([2; 32]))],
            config: Sha256([1; 32]),
            arch: "x86_64".into(),
            images: vec!["vmlinux".into(), "bzImage".into()],
            goals: vec!["vmlinux".into(), "bzImage".into()],
            toolchain: "gcc 12.2".into(),
            environment: vec!["KBUILD_BUILD_USER=kernel".into()],
            release: "6.12.117-guest".into(),
            init: Some(("guest-init".into(), Sha256([7; 32]))),
        }
    }

    #[test]
    fn every_input_makes_it_dirty_and_is_named() {
        type Change = fn(&mut FingerprintInputs);
        let table: [(&str, Change); 16] = [
            ("", |_| ()),
            ("the source changed: was `sha256:aa`, is `sha256:bb`", |i| i.source = "sha256:bb".into()),
            ("patch `tsi` changed: a.patch", |i| i.patches[0].1 = Sha256([9; 32])),
            ("patch `far` is gone: b.patch", |i| i.patches.truncate(1)),
            ("patch `new` is new: c.patch", |i| i.patches.push(("new c.patch".into(), Sha256([3; 32])))),
            ("the patches are in another order", |i| i.patches.reverse()),
            ("the architecture changed: was `x86_64`, is `arm64`", |i| i.arch = "arm64".into()),
            ("the toolchain changed: was `gcc 12.2`, is `gcc 14.1`", |i| i.toolchain = "gcc 14.1".into()),
            ("the resolved config changed", |i| i.config = Sha256([2; 32])),
            ("the images changed: was `vmlinux bzImage`, is `vmlinux`", |i| i.images.truncate(1)),
            ("the make goals changed: was `vmlinux bzImage`, is `vmlinux`", |i| i.goals.truncate(1)),
            ("the environment changed: was `KBUILD_BUILD_USER=kernel`, is ``", |i| i.environment.clear()),
            ("the kernelrelease changed: was `6.12.117-guest`, is `6.12.118-guest`", |i| {
                i.release = "6.12.118-guest".into();
            }),
            ("the init that is built in changed: package `guest-init`", |i| {
                i.init = Some(("guest-init".into(), Sha256([8; 32])));
            }),
            ("the init that is built in is another one: was package `guest-init`, is package `other`", |i| {
                i.init = Some(("other".into(), Sha256([7; 32])));
            }),
            ("no init is built in any more: was package `guest-init`", |i| i.init = None),
        ];
        let old = Fingerprint::new(&inputs());
        for (expect, change) in table {
            let mut new = inputs();
            change(&mut new);
            let reason = Fingerprint::new(&new).dirty_since(&old);
            assert_eq!(reason.map(|reason| reason.to_string()).unwrap_or_default(), expect);
        }
        let without = Fingerprint::new(&FingerprintInputs { init: None, ..inputs() });
        let reason = old.dirty_since(&without).map(|reason| reason.to_string());
        assert_eq!(reason.as_deref(), Some("an init is built in: package `guest-init`"));
        // Of two changes the cause is named.
        let mut new = inputs();
        new.config = Sha256([2; 32]);
        new.toolchain = "gcc 14.1".into();
        let reason = Fingerprint::new(&new).dirty_since(&old);
        assert!(matches!(reason, Some(DirtyReason::Toolchain { .. })), "{reason:?}");
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        let one = Fingerprint::from_parts(vec![Part::new("ab", "c")]);
        let two = Fingerprint::from_parts(vec![Part::new("a", "bc")]);
        assert_ne!(one.hash(), two.hash());
        assert!(one.dirty_since(&two).is_some());
        assert_eq!(Fingerprint::from_parts(one.parts().to_vec()), one);
    }
}
