//! The names that a source tree's Kconfig files define.

use std::collections::HashSet;

use kconfig::{SymbolNames, defined_symbols};
use kernel_host::AbsPath;
use kernel_host::fs;
use kernel_spec::Arch;

/// Follows `source` from the tree's top Kconfig file; `None` where a file is not there or its name is not known.
///
/// Only three `source` lines of the kernel have a variable, and it is SRCARCH (or HEADER_ARCH, for UML). Names that are
/// not complete would turn a symbol that exists into one that does not; so then there are none.
pub(super) fn of_tree(tree: &AbsPath, arch: Arch) -> Option<SymbolNames> {
    let mut names = SymbolNames::default();
    let mut seen = HashSet::new();
    let mut waiting = vec!["Kconfig".to_owned()];
    while let Some(name) = waiting.pop() {
        if !seen.insert(name.clone()) {
            continue;
        }
        let text = fs::read(&tree.join(&name)).ok()?;
        let text = String::from_utf8_lossy(&text);
        names.extend(defined_symbols(&text));
        for line in text.lines() {
            let Some(rest) =
                line.trim_start().strip_prefix("source").filter(|rest| rest.starts_with([' ', '\t']))
            else {
                continue;
            };
            let path = rest.trim().trim_matches('"').replace("$(SRCARCH)", arch.src_arch());
            if path.contains('$') {
                return None;
            }
            waiting.push(path);
        }
    }
    Some(names)
}
