//! What was written down reads as what it was, and nothing else does.
#![allow(clippy::disallowed_methods, reason = "a test reads its cases")]

mod case;

use kconfig::config_file::config;
use kconfig::eval::Evaluator;
use kconfig::model::{self, Expr, write_expr};
use kconfig::snapshot::{Parsed, read, write};
use kconfig::syntax;

use case::{OneFile, eras, sections};

/// Every tree of `cases/`, in both eras.
fn trees() -> Vec<Parsed> {
    let mut trees = Vec::new();
    for case in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases")).expect("cases") {
        let text = std::fs::read_to_string(case.expect("a case").path()).expect("its text");
        let sections = sections(&text);
        let Some(kconfig) = sections.get("Kconfig") else { continue };
        for (_, dialect, rules) in eras() {
            let Ok(ast) = syntax::parse(&OneFile(kconfig.clone()), "Kconfig", dialect) else { continue };
            let mut model = model::build(&ast, rules);
            model::check(&mut model);
            model::cycles(&mut model);
            trees.push(Parsed { model, messages: ast.messages, env_used: ast.env_used });
        }
    }
    trees
}

/// All of a tree that can be seen.
fn seen(parsed: &Parsed) -> String {
    let model = &parsed.model;
    let found: Vec<_> = model.symbols.iter().map(|symbol| model.names.find(symbol.name.as_bytes())).collect();
    let mut exprs = Vec::new();
    for symbol in &model.symbols {
        for expr in symbol.prompts.iter().chain(&symbol.selected_by).chain(&symbol.depends) {
            write_expr(model, *expr, &mut exprs, &mut |_, _| {});
            exprs.push(b'\n');
        }
    }
    format!(
        "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {found:?} {}",
        model.files,
        model.mainmenu,
        model.symbols,
        model.menus,
        model.choices,
        model.modules,
        model.rules,
        model.messages,
        parsed.messages,
        parsed.env_used,
        String::from_utf8_lossy(&exprs)
    )
}

#[test]
fn what_was_written_reads_as_what_it_was() {
    let trees = trees();
    assert!(trees.len() > 50, "{} trees", trees.len());
    for parsed in trees {
        let bytes = write(&parsed);
        let again = read(&bytes).expect("what was written");
        assert_eq!(seen(&again), seen(&parsed));
        assert_eq!(write(&again), bytes);
        let text = |parsed: &Parsed| config(&mut Evaluator::new(&parsed.model), "CONFIG_");
        assert_eq!(text(&again), text(&parsed));
    }
}

#[test]
fn what_is_added_to_one_that_was_read_is_told_from_what_was_there() {
    for parsed in trees() {
        let Parsed { mut model, .. } = read(&write(&parsed)).expect("what was written");
        let depends: Vec<_> = model.symbols.iter().flat_map(|symbol| symbol.depends.clone()).collect();
        for id in depends {
            let expr = model.pool.get(id);
            assert_eq!(model.pool.intern(expr), id);
            let not = model.pool.not(id);
            assert_eq!(model.pool.get(not), Expr::Not(id));
            assert_eq!(model.pool.not(id), not);
        }
    }
}

#[test]
fn a_part_is_nothing() {
    let bytes = trees().iter().map(write).max_by_key(Vec::len).expect("a tree");
    for length in 0..bytes.len() {
        assert!(read(&bytes[..length]).is_none(), "cut at {length} of {}", bytes.len());
    }
    assert!(read(&[&bytes[..], b"more"].concat()).is_none());
    let mut other = bytes.clone();
    other[14] = b'0';
    assert!(read(&other).is_none(), "another layout");
}
