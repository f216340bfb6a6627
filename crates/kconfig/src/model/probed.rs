//! The symbols whose values are the machine's to say: its compiler, its linker, its tools.
//!
//! A symbol that nobody can be asked about (it has no prompt) is *probed* where
//!
//! * a statement of its definition holds the answer of a `$(shell,…)`, or
//! * its default is the text of a variable of the environment that has the symbol's name, or
//! * it depends on a probed symbol: by a default, a condition, a dependency, a `select` or an `imply`.
//!
//! The third is a matter of course: without a prompt, a value follows from others. So a configuration without its probed
//! symbols says all that is asked of the tree, and stays as it is when a compiler is replaced, unless that takes away what
//! somebody wants. No list of names is kept: trees bring new probes with every release.

use std::collections::HashSet;

use rustc_hash::FxHashSet;

use super::{ExprId, Model, Symbol};
use crate::syntax::ast::{At, Name, SymbolId};

/// The probed symbols; `environment` has the variables that the tree's files consulted.
pub fn probed(model: &Model, environment: &[(String, String)]) -> HashSet<crate::Symbol> {
    let places: FxHashSet<At> = model.probes.places().collect();
    let mut found: FxHashSet<SymbolId> =
        model.symbol_ids().filter(|id| is_probed(model, model.symbol(*id), &places, environment)).collect();
    // Few rounds: chains of symbols without prompts are short.
    loop {
        let mut more = Vec::new();
        for id in model.symbol_ids().filter(|id| !found.contains(id)) {
            let symbol = model.symbol(id);
            if is_silent(symbol) && mentions(model, symbol, &found) {
                more.push(id);
            }
        }
        if more.is_empty() {
            break;
        }
        found.extend(more);
    }
    found.into_iter().filter_map(|id| crate::Symbol::new(&model.symbol(id).name.to_string()).ok()).collect()
}

/// Whether it is defined, and nobody can be asked about it.
fn is_silent(symbol: &Symbol) -> bool {
    symbol.kind.is_some() && symbol.prompts.is_empty() && symbol.stands_for.is_none()
}

fn is_probed(
    model: &Model,
    symbol: &Symbol,
    places: &FxHashSet<At>,
    environment: &[(String, String)],
) -> bool {
    if !is_silent(symbol) {
        return false;
    }
    let defaults = symbol.defaults.iter().map(|default| default.source.at);
    let depends =
        symbol.menus.iter().flat_map(|menu| model.menu(*menu).depends_own.iter().map(|(_, at)| *at));
    if defaults.chain(depends).any(|at| places.contains(&at)) {
        return true;
    }
    let name = symbol.name.to_string();
    let Some((_, value)) = environment.iter().find(|(variable, _)| *variable == name) else { return false };
    let is_value = |expr: ExprId| {
        let mut found = false;
        model.pool.names_in(expr, &mut |name| {
            if let Name::Constant(id) = name {
                found |= model.names.constant_text(id).as_bytes() == value.as_bytes();
            }
        });
        found
    };
    symbol.defaults.iter().any(|default| is_value(default.value))
}

/// Whether any part of a symbol's definition names one of these.
fn mentions(model: &Model, symbol: &Symbol, these: &FxHashSet<SymbolId>) -> bool {
    let mut found = false;
    let mut look = |expr: ExprId| {
        model.pool.names_in(expr, &mut |name| {
            if let Name::Symbol(id) = name {
                found |= these.contains(&id);
            }
        });
    };
    for default in &symbol.defaults {
        look(default.value);
        look(default.condition);
    }
    for expr in symbol.depends.iter().chain(&symbol.selected_by).chain(&symbol.implied_by) {
        look(*expr);
    }
    found
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::{Rules, build};
    use crate::syntax::{Dialect, parse};
    use crate::tree::{ShellAnswer, Tree};

    struct Machine(&'static str);

    impl Tree for Machine {
        fn read(&self, path: &str) -> Result<Option<Arc<[u8]>>, String> {
            Ok((path == "Kconfig").then(|| self.0.as_bytes().into()))
        }

        fn shell(&self, _command: &[u8]) -> ShellAnswer {
            ShellAnswer { stdout: b"y\n".to_vec(), ..ShellAnswer::default() }
        }

        fn env(&self, name: &str) -> Option<String> {
            (name == "CC_VERSION_TEXT").then(|| "gcc 12".to_owned())
        }
    }

    #[test]
    fn what_a_probe_decides_and_what_follows_from_it() {
        let kconfig = "\
success = $(shell,$(1))
cc := $(shell,cc)
config CC_VERSION_TEXT
\tstring
\tdefault \"$(CC_VERSION_TEXT)\"
config CC_HAS_X
\tdef_bool $(success,cc -x)
config CC_NAME
\tstring
\tdefault \"$(cc)\"
config USES_X
\tdef_bool y
\tdepends on CC_HAS_X && NET
config CHOSEN_BY_X
\tbool
config NET
\tbool \"Networking\"
\tselect CHOSEN_BY_X if USES_X
config ASKED
\tbool \"Asked, with a default of a probe\"
\tdefault $(success,cc -y)
config PLAIN
\tdef_bool NET
config GATED
\tdef_bool y
\tdepends on $(success,cc -z)
";
        let ast = parse(&Machine(kconfig), "Kconfig", Dialect::NEWEST).expect("a tree");
        let environment = ast.env_used.clone();
        let model = build(&ast, Rules::NEWEST);
        let mut names: Vec<String> = probed(&model, &environment).iter().map(ToString::to_string).collect();
        names.sort();
        assert_eq!(names, ["CC_HAS_X", "CC_NAME", "CC_VERSION_TEXT", "CHOSEN_BY_X", "GATED", "USES_X"]);
    }
}
