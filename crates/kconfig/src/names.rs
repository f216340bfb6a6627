//! The names that a tree defines, and what became of those that it does not.

use std::collections::BTreeSet;

use crate::Symbol;

/// The names in a Kconfig file's text that stand behind `config` or `menuconfig`.
///
/// Help text is not told apart from entries, so that a line of it which is `config` and one more word counts too: the
/// names are for saying "there is no such symbol", and one name too many only leaves that unsaid.
pub fn defined_symbols(kconfig_text: &str) -> impl Iterator<Item = Symbol> {
    kconfig_text.lines().filter_map(|line| {
        let mut words = line.split_ascii_whitespace();
        let name = matches!(words.next()?, "config" | "menuconfig").then(|| words.next()).flatten()?;
        let alone = words.next().is_none_or(|word| word.starts_with('#'));
        alone.then(|| Symbol::new(name).ok()).flatten()
    })
}

/// The names of the symbols that a tree defines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SymbolNames {
    defined: BTreeSet<Symbol>,
    /// Those whose value is read, passed on and never written: `transitional` ones.
    passed_on: BTreeSet<Symbol>,
}

impl FromIterator<Symbol> for SymbolNames {
    fn from_iter<I: IntoIterator<Item = Symbol>>(symbols: I) -> Self {
        Self { defined: symbols.into_iter().collect(), passed_on: BTreeSet::new() }
    }
}

impl Extend<Symbol> for SymbolNames {
    fn extend<I: IntoIterator<Item = Symbol>>(&mut self, symbols: I) {
        self.defined.extend(symbols);
    }
}

impl SymbolNames {
    /// Whether the tree defines a symbol.
    pub fn contains(&self, symbol: &Symbol) -> bool {
        self.defined.contains(symbol)
    }

    /// Notes that a symbol's value is passed on to others, and never written.
    pub fn pass_on(&mut self, symbol: Symbol) {
        self.passed_on.insert(symbol);
    }

    /// Whether a symbol's value is passed on to others: what is asked of it cannot be seen in a `.config`.
    pub fn is_passed_on(&self, symbol: &Symbol) -> bool {
        self.passed_on.contains(symbol)
    }

    /// How many symbols the tree defines.
    pub fn len(&self) -> usize {
        self.defined.len()
    }

    /// Whether it defines none.
    pub fn is_empty(&self) -> bool {
        self.defined.is_empty()
    }

    /// The name that is nearest to one that the tree does not define, if any is near enough to be meant.
    pub fn nearest(&self, symbol: &Symbol) -> Option<&Symbol> {
        let name = symbol.as_str();
        // A third of the name may differ, but at most three letters: the names of a tree are many and alike.
        let allowed = (name.len() / 3).clamp(1, 3);
        self.defined
            .iter()
            .filter(|known| known.as_str().len().abs_diff(name.len()) <= allowed)
            .map(|known| (strsim::osa_distance(name, known.as_str()), known))
            .filter(|(distance, _)| *distance <= allowed)
            .min_by_key(|(distance, known)| (*distance, *known))
            .map(|(_, known)| known)
    }
}

/// A symbol that got another name and kept its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rename {
    /// The name before.
    pub old: &'static str,
    /// The name since.
    pub new: &'static str,
    /// The first release with the new name; stable series may have taken it over later.
    pub release: &'static str,
}

const fn renamed(release: &'static str, old: &'static str, new: &'static str) -> Rename {
    Rename { old, new, release }
}

/// Renames that people meet when they carry a fragment from one series to another.
///
/// Source: the commits in the kernel's history that rename them. Only renames stand here, no symbol that was split,
/// merged or removed.
pub const RENAMES: &[Rename] = &[
    renamed("4.11", "DEBUG_RODATA", "STRICT_KERNEL_RWX"),
    renamed("4.11", "DEBUG_SET_MODULE_RONX", "STRICT_MODULE_RWX"),
    renamed("4.15", "FRAME_POINTER_UNWINDER", "UNWINDER_FRAME_POINTER"),
    renamed("4.15", "GUESS_UNWINDER", "UNWINDER_GUESS"),
    renamed("4.15", "ORC_UNWINDER", "UNWINDER_ORC"),
    renamed("4.18", "CC_STACKPROTECTOR_STRONG", "STACKPROTECTOR_STRONG"),
    renamed("5.4", "KEXEC_VERIFY_SIG", "KEXEC_SIG"),
    renamed("5.5", "X86_INTEL_UMIP", "X86_UMIP"),
    renamed("6.6", "MLX5_EN_MACSEC", "MLX5_MACSEC"),
    renamed("6.9", "CALL_DEPTH_TRACKING", "MITIGATION_CALL_DEPTH_TRACKING"),
    renamed("6.9", "CPU_IBPB_ENTRY", "MITIGATION_IBPB_ENTRY"),
    renamed("6.9", "CPU_IBRS_ENTRY", "MITIGATION_IBRS_ENTRY"),
    renamed("6.9", "CPU_SRSO", "MITIGATION_SRSO"),
    renamed("6.9", "CPU_UNRET_ENTRY", "MITIGATION_UNRET_ENTRY"),
    renamed("6.9", "GDS_FORCE_MITIGATION", "MITIGATION_GDS_FORCE"),
    renamed("6.9", "PAGE_TABLE_ISOLATION", "MITIGATION_PAGE_TABLE_ISOLATION"),
    renamed("6.9", "RETHUNK", "MITIGATION_RETHUNK"),
    renamed("6.9", "RETPOLINE", "MITIGATION_RETPOLINE"),
    renamed("6.9", "SLS", "MITIGATION_SLS"),
    renamed("6.9", "SPECULATION_MITIGATIONS", "CPU_MITIGATIONS"),
    renamed("6.10", "DRM_DP_AUX_CHARDEV", "DRM_DISPLAY_DP_AUX_CHARDEV"),
    renamed("6.10", "DRM_DP_CEC", "DRM_DISPLAY_DP_AUX_CEC"),
    renamed("6.18", "CFI_CLANG", "CFI"),
];

/// The name under which a tree has a symbol that it does not define: the newer one, or, in an older tree, the one from
/// before.
pub fn rename_of(symbol: &Symbol, names: &SymbolNames) -> Option<(Symbol, &'static Rename)> {
    RENAMES.iter().find_map(|rename| {
        let other = match symbol.as_str() {
            name if name == rename.old => rename.new,
            name if name == rename.new => rename.old,
            _ => return None,
        };
        let other = Symbol::new(other).ok()?;
        names.contains(&other).then_some((other, rename))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> SymbolNames {
        text.split_whitespace().map(|name| Symbol::new(name).expect("a symbol")).collect()
    }

    #[test]
    fn finds_definitions() {
        let text = "mainmenu \"x\"\nconfig A\n\tbool \"config B\"\n\thelp\n\t  config option of C\n\t  config: see D\n\
                    menuconfig E # why\n  config  64BIT\nchoice\n\tconfig F\nendchoice\nif CONFIG\nconfigure G\n";
        let found = defined_symbols(text).map(|symbol| symbol.as_str().to_owned()).collect::<Vec<_>>();
        assert_eq!(found, ["A", "E", "64BIT", "F"]);
    }

    #[test]
    fn suggests_only_what_is_near() {
        let names = names("VIRTIO_FS VIRTIO_BLK FUSE_FS SMP NET");
        let check = |name: &str| names.nearest(&Symbol::new(name).expect("a symbol")).map(Symbol::as_str);
        assert_eq!(check("VIRTO_FS"), Some("VIRTIO_FS"));
        assert_eq!(check("VIRTIO_BKL"), Some("VIRTIO_BLK"));
        assert_eq!(check("SMB"), Some("SMP"));
        assert_eq!(check("QEMU"), None);
        assert_eq!(check("VIRTIO_CONSOLE"), None);
    }

    #[test]
    fn renames_work_both_ways() {
        let of = |name: &str, tree: &str| {
            rename_of(&Symbol::new(name).expect("a symbol"), &names(tree))
                .map(|(other, r)| (other.to_string(), r.release))
        };
        assert_eq!(of("RETPOLINE", "MITIGATION_RETPOLINE"), Some(("MITIGATION_RETPOLINE".into(), "6.9")));
        assert_eq!(of("MITIGATION_RETPOLINE", "RETPOLINE"), Some(("RETPOLINE".into(), "6.9")));
        assert_eq!(of("RETPOLINE", "SMP"), None, "the tree has neither name");
    }

    #[test]
    fn the_table_is_sorted_and_names_symbols() {
        let key = |rename: &Rename| {
            let release =
                rename.release.split('.').map(|n| n.parse::<u32>().expect("a number")).collect::<Vec<_>>();
            (release, rename.old)
        };
        assert!(RENAMES.windows(2).all(|pair| key(&pair[0]) < key(&pair[1])));
        assert!(
            RENAMES.iter().all(|rename| Symbol::new(rename.old).is_ok() && Symbol::new(rename.new).is_ok())
        );
    }
}
