//! `make tinyconfig`, without running it.
//!
//! The target runs allnoconfig with one file, merges two more over the result, and resolves again
//! (`scripts/kconfig/Makefile`). All three are fragments, and what they do not name is `n`. So allnoconfig with all of them
//! and the requests at once resolves to the same, in one run of conf instead of three.

use kernel_host::AbsPath;
use kernel_host::fs::{self, FsError};
use kernel_spec::Arch;

/// The three files one after another; `None` where the tree's recipe is another than the known one.
pub(crate) fn fragments(tree: &AbsPath, arch: Arch) -> Result<Option<String>, FsError> {
    if !recipe_is_known(tree)? {
        return Ok(None);
    }
    let of_arch = format!("arch/{}/configs/tiny.config", arch.src_arch());
    let mut text = String::new();
    for name in ["kernel/configs/tiny-base.config", "kernel/configs/tiny.config", &of_arch] {
        let path = tree.join(name);
        // Not every architecture has one.
        if fs::is_file(&path) {
            text.push_str(&fs::read_to_string(&path)?);
            text.push('\n');
        }
    }
    Ok(Some(text))
}

/// Whether the tree makes it in the known way; a tree that does not say how is taken for one that does.
pub(crate) fn recipe_is_known(tree: &AbsPath) -> Result<bool, FsError> {
    let recipe = tree.join("scripts/kconfig/Makefile");
    Ok(!fs::is_file(&recipe) || is_known(&fs::read_to_string(&recipe)?))
}

/// The recipe of 6.1 and of 6.12.
fn is_known(makefile: &str) -> bool {
    let mut lines = makefile.lines().skip_while(|line| *line != "tinyconfig:").skip(1);
    let mut next = || lines.next().unwrap_or_default().split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    next()
        == "$(Q)KCONFIG_ALLCONFIG=kernel/configs/tiny-base.config $(MAKE) -f $(srctree)/Makefile allnoconfig"
        && next() == "$(Q)$(MAKE) -f $(srctree)/Makefile tiny.config"
        && next().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_recipe_is_left_to_make() {
        let known = "PHONY += tinyconfig\ntinyconfig:\n\t$(Q)KCONFIG_ALLCONFIG=kernel/configs/tiny-base.config $(MAKE) -f \
                     $(srctree)/Makefile allnoconfig\n\t$(Q)$(MAKE) -f $(srctree)/Makefile tiny.config\n\nx:\n";
        assert!(is_known(known));
        assert!(!is_known(&known.replace("\n\nx:", "\n\t$(Q)$(MAKE) more.config\n")));
        assert!(!is_known(&known.replace("allnoconfig", "alldefconfig")));
        assert!(!is_known(""));
    }
}
