//! What a base's name stands for: the `.config` that `make <name>` would write.
//!
//! | name | what make does |
//! |---|---|
//! | `allnoconfig` | everything `n` |
//! | `tinyconfig` | `allnoconfig` with `kernel/configs/tiny-base.config`, then `tiny.config` |
//! | `defconfig` | `arch/<arch>/configs/$(KBUILD_DEFCONFIG)`, of `arch/<arch>/Makefile` |
//! | `NAME_defconfig` | `arch/<arch>/configs/NAME_defconfig`; where there is none, the recipe in `arch/<arch>/Makefile` |
//! | `NAME.config` | lays `NAME.config` of `kernel/configs` and of `arch/<arch>/configs` on what there is |
//!
//! Two kinds of recipe are known: a defconfig and then `NAME.config` targets (riscv's `rv32_defconfig`), and
//! `merge_into_defconfig` (arm's `multi_v7_lpae_defconfig`), which merges before it resolves. Any other is an error.

use std::collections::BTreeSet;

use kconfig::merge_config::{Merging, Precedence};
use kernel_host::AbsPath;
use kernel_host::fs;

use crate::configure::tiny;

use super::{Mode, PREFIX, ResolveError, Resolved, Resolver};

/// The fragments of a tree with this name, in the order in which `make NAME` lays them on.
pub(crate) fn tree_fragments(srctree: &AbsPath, src_arch: &str, name: &str) -> Vec<AbsPath> {
    if name.contains('/') || !name.ends_with(".config") {
        return Vec::new();
    }
    let files = fragment_folders(srctree, src_arch).map(|folder| folder.join(name));
    files.into_iter().filter(fs::is_file).collect()
}

/// The names of a tree's fragments for an architecture, each once.
pub(crate) fn tree_fragment_names(srctree: &AbsPath, src_arch: &str) -> Vec<String> {
    let files = fragment_folders(srctree, src_arch).map(|folder| fs::list_dir(&folder).unwrap_or_default());
    let names = files.iter().flatten().filter_map(AbsPath::file_name);
    let names: BTreeSet<&str> = names.filter(|name| name.ends_with(".config")).collect();
    names.into_iter().map(str::to_owned).collect()
}

fn fragment_folders(srctree: &AbsPath, src_arch: &str) -> [AbsPath; 2] {
    ["kernel/configs".to_owned(), format!("arch/{src_arch}/configs")].map(|folder| srctree.join(folder))
}

impl Resolver {
    /// The `.config` of a base by its name.
    pub(crate) fn base(&self, name: &str) -> Result<Resolved, ResolveError> {
        match name {
            "allnoconfig" => self.run(Mode::AllNo, "", b""),
            "alldefconfig" => self.run(Mode::AllDef, "", b""),
            "tinyconfig" => self.tinyconfig(),
            "defconfig" => self.named_defconfig(&self.kbuild_defconfig()?),
            name => self.named_defconfig(name),
        }
    }

    fn tinyconfig(&self) -> Result<Resolved, ResolveError> {
        if !tiny::recipe_is_known(&self.srctree)? {
            let makefile = self.srctree.join("scripts/kconfig/Makefile");
            return Err(ResolveError::Recipe { target: "tinyconfig".to_owned(), makefile });
        }
        let file = "kernel/configs/tiny-base.config";
        let base = self.run(Mode::AllNo, file, &fs::read(&self.srctree.join(file))?)?;
        self.lay_on(base, "tiny.config")
    }

    /// `make NAME.config`: the tree's fragments of that name on a `.config`, as text, and resolved again.
    pub(crate) fn lay_on(&self, base: Resolved, name: &str) -> Result<Resolved, ResolveError> {
        let files = self.fragments(name);
        if files.is_empty() && name != "tiny.config" {
            return Err(self.no_base(name)?);
        }
        let merged = merge(base.text.as_bytes(), &files)?;
        let resolved = self.run(Mode::Answers, ".config", &merged)?;
        Ok(Resolved { warnings: base.warnings + &resolved.warnings, ..resolved })
    }

    /// The fragments of the tree with this name, in the order in which make lays them on.
    pub(crate) fn fragments(&self, name: &str) -> Vec<AbsPath> {
        tree_fragments(&self.srctree, self.src_arch, name)
    }

    /// The names of the tree's fragments, each once.
    pub(crate) fn fragment_names(&self) -> Vec<String> {
        tree_fragment_names(&self.srctree, self.src_arch)
    }

    fn named_defconfig(&self, name: &str) -> Result<Resolved, ResolveError> {
        let file = format!("{}/{name}", self.configs());
        let path = self.srctree.join(&file);
        if fs::is_file(&path) {
            return self.run(Mode::Answers, &file, &fs::read(&path)?);
        }
        let makefile = self.srctree.join(format!("arch/{}/Makefile", self.src_arch));
        let text = if fs::is_file(&makefile) { fs::read_to_string(&makefile)? } else { String::new() };
        let Some(recipe) = recipe_of(&text, name) else { return Err(self.no_base(name)?) };
        match Recipe::parse(&recipe) {
            Some(Recipe::Targets { base, fragments }) => {
                fragments.iter().try_fold(self.base(&base)?, |base, name| self.lay_on(base, name))
            }
            Some(Recipe::Merge { base, fragments }) => {
                let folder = self.srctree.join(self.configs());
                let files: Vec<_> =
                    fragments.iter().map(|name| folder.join(format!("{name}.config"))).collect();
                let merged = merge(&fs::read(&folder.join(base))?, &files)?;
                self.run(Mode::Answers, ".config", &merged)
            }
            None => Err(ResolveError::Recipe { target: name.to_owned(), makefile }),
        }
    }

    /// What `KBUILD_DEFCONFIG` is; `defconfig`, where the architecture does not set it.
    fn kbuild_defconfig(&self) -> Result<String, ResolveError> {
        let makefile = self.srctree.join(format!("arch/{}/Makefile", self.src_arch));
        if !fs::is_file(&makefile) {
            return Ok("defconfig".to_owned());
        }
        let text = fs::read_to_string(&makefile)?;
        defconfig_of(&text, self.arch)
            .ok_or(ResolveError::Recipe { target: "defconfig".to_owned(), makefile })
    }

    fn configs(&self) -> String {
        format!("arch/{}/configs", self.src_arch)
    }

    fn no_base(&self, name: &str) -> Result<ResolveError, ResolveError> {
        let folder = self.srctree.join(self.configs());
        let files = if fs::is_dir(&folder) { fs::list_dir(&folder)? } else { Vec::new() };
        let end = if name.ends_with(".config") { ".config" } else { "defconfig" };
        let known = files.iter().filter_map(AbsPath::file_name).filter(|name| name.ends_with(end));
        let known = known.map(str::to_owned).collect();
        Ok(ResolveError::NoBase { name: name.to_owned(), folder, known })
    }
}

fn merge(base: &[u8], fragments: &[AbsPath]) -> Result<Vec<u8>, ResolveError> {
    let mut merging = Merging::new(base, PREFIX, Precedence::Last);
    for path in fragments {
        merging.add(&path.to_string(), &fs::read(path)?);
    }
    Ok(merging.into_text())
}

/// How an architecture's Makefile makes a defconfig that is no file.
#[derive(Debug, PartialEq, Eq)]
enum Recipe {
    /// `$(MAKE) -f $(srctree)/Makefile BASE NAME.config…`
    Targets { base: String, fragments: Vec<String> },
    /// `$(call merge_into_defconfig,BASE,NAME…)`
    Merge { base: String, fragments: Vec<String> },
}

impl Recipe {
    fn parse(recipe: &str) -> Option<Self> {
        if let Some(rest) = recipe.strip_prefix("$(Q)$(MAKE) -f $(srctree)/Makefile ") {
            let mut words = rest.split_ascii_whitespace().map(str::to_owned);
            let (base, fragments) = (words.next()?, words.collect::<Vec<_>>());
            let known = base.ends_with("defconfig") && fragments.iter().all(|name| name.ends_with(".config"));
            return known.then_some(Self::Targets { base, fragments });
        }
        let call = recipe.strip_prefix("$(call ")?.strip_suffix(')')?;
        let (function, arguments) = call.split_once(',')?;
        let (base, fragments) = arguments.split_once(',')?;
        let known = matches!(function, "merge_into_defconfig" | "merge_into_defconfig_override")
            && !arguments.contains('$')
            && !fragments.contains(',');
        let fragments = fragments.split_ascii_whitespace().map(str::to_owned).collect();
        known.then(|| Self::Merge { base: base.to_owned(), fragments })
    }
}

/// The recipe of a target, if it has one line.
fn recipe_of(makefile: &str, target: &str) -> Option<String> {
    let rule = format!("{target}:");
    let mut lines = makefile.lines().skip_while(|line| line.trim_end() != rule).skip(1);
    let recipe: Vec<&str> = lines.by_ref().take_while(|line| line.starts_with('\t')).map(str::trim).collect();
    // More lines than one are no recipe that is known; they are joined so that nobody takes the first for all.
    (!recipe.is_empty()).then(|| recipe.join("\n"))
}

/// The value of `KBUILD_DEFCONFIG` for an `ARCH` that the caller has named.
fn defconfig_of(makefile: &str, arch: &str) -> Option<String> {
    let value = |line: &str| {
        let rest = line.trim().strip_prefix("KBUILD_DEFCONFIG")?.trim_start();
        Some(rest.strip_prefix(":=").or_else(|| rest.strip_prefix('='))?.trim().to_owned())
    };
    let values: Vec<String> = makefile.lines().filter_map(value).collect();
    let chosen = match values.as_slice() {
        [] => "defconfig",
        [one] => one,
        // x86 looks at the machine where nobody names an architecture; we do.
        several => several.iter().find(|value| value.contains("$(ARCH)"))?,
    };
    let chosen = chosen.replace("$(ARCH)", arch);
    (!chosen.contains('$')).then_some(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_file_is_the_defconfig() {
        let x86 = "ifeq ($(ARCH),x86)\n        KBUILD_DEFCONFIG := x86_64_defconfig\nelse\n        \
                   KBUILD_DEFCONFIG := $(ARCH)_defconfig\nendif\n";
        assert_eq!(defconfig_of(x86, "x86_64").as_deref(), Some("x86_64_defconfig"));
        assert_eq!(
            defconfig_of("KBUILD_DEFCONFIG := multi_v7_defconfig\n", "arm").as_deref(),
            Some("multi_v7_defconfig")
        );
        assert_eq!(defconfig_of("", "arm64").as_deref(), Some("defconfig"));
        assert_eq!(defconfig_of("KBUILD_DEFCONFIG := $(shell x)\n", "arm64"), None);
    }

    #[test]
    fn recipes_of_defconfigs_that_are_no_files() {
        let riscv = "PHONY += rv32_defconfig\nrv32_defconfig:\n\t$(Q)$(MAKE) -f $(srctree)/Makefile defconfig 32-bit.config\n\nx:\n";
        let parsed = |text: &str, name: &str| Recipe::parse(&recipe_of(text, name)?);
        assert_eq!(
            parsed(riscv, "rv32_defconfig"),
            Some(Recipe::Targets { base: "defconfig".into(), fragments: vec!["32-bit.config".into()] })
        );
        let arm = "multi_v7_lpae_defconfig:\n\t$(call merge_into_defconfig,multi_v7_defconfig,lpae)\n";
        assert_eq!(
            parsed(arm, "multi_v7_lpae_defconfig"),
            Some(Recipe::Merge { base: "multi_v7_defconfig".into(), fragments: vec!["lpae".into()] })
        );
        assert_eq!(recipe_of(arm, "lpae_defconfig"), None);
        for other in [
            "\t@true\n",
            "\t$(call merge_into_defconfig,$(X),lpae)\n",
            "\t$(Q)$(MAKE) -f $(srctree)/Makefile x y\n",
        ] {
            assert_eq!(parsed(&format!("a_defconfig:\n{other}"), "a_defconfig"), None, "{other}");
        }
        let two = "a_defconfig:\n\t$(call merge_into_defconfig,b_defconfig,c)\n\t@true\n";
        assert_eq!(parsed(two, "a_defconfig"), None);
    }
}
