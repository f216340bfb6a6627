//! Small trees, resolved: the same bytes as `conf`.
//!
//! Each file of `cases/` is one tree, one mode and what `conf` answered: `list` by a tree whose choices are lists of
//! members (6.12), `symbol` by one whose choices are symbols (6.1), `both` where the two agree.
#![allow(clippy::disallowed_methods, reason = "a test reads its cases")]

mod case;

use std::path::Path;
use std::sync::Arc;

use kconfig::Tristate;
use kconfig::config_file::{Reader, UnknownSymbols, config, minimal_config};
use kconfig::eval::Evaluator;
use kconfig::model::{self, Rules};
use kconfig::modes::{Fill, change_answers, fill, new_symbols};
use kconfig::syntax::{self, Dialect, Message, MessageKind};
use kconfig::tree::{ShellAnswer, Tree};

use case::{OneFile, eras, sections};

fn say(messages: &[Message], stderr: &mut Vec<u8>) -> bool {
    for message in messages.iter().filter(|message| message.kind != MessageKind::Info) {
        stderr.extend_from_slice(message.text.as_bytes());
        stderr.push(b'\n');
    }
    messages.iter().any(|message| message.kind == MessageKind::Error)
}

/// What comes out, and what is said.
fn run(kconfig: &str, answers: Option<&str>, mode: &str, dialect: Dialect, rules: Rules) -> (String, String) {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    let mut stderr = Vec::new();
    let ast = match syntax::parse(&OneFile(kconfig.to_owned()), "Kconfig", dialect) {
        Ok(ast) => ast,
        Err(failed) => {
            say(&failed.messages, &mut stderr);
            return (String::new(), text(stderr));
        }
    };
    say(&ast.messages, &mut stderr);
    let mut model = model::build(&ast, rules);
    model::check(&mut model);
    model::cycles(&mut model);
    if say(&model.messages, &mut stderr) {
        return (String::new(), text(stderr));
    }
    let mut evaluator = Evaluator::new(&model);
    if let Some(answers) = answers {
        let reader = Reader { file: ".config", prefix: "CONFIG_", unknown: UnknownSymbols::Ignored };
        stderr.extend(reader.read(answers.as_bytes(), &mut evaluator));
        evaluator.settle();
    }
    match mode {
        "allnoconfig" => fill(&mut evaluator, Fill::No),
        "allyesconfig" => fill(&mut evaluator, Fill::Yes),
        "allmodconfig" => fill(&mut evaluator, Fill::Module),
        "yes2modconfig" => change_answers(&mut evaluator, Tristate::Y, Tristate::M),
        "mod2yesconfig" => change_answers(&mut evaluator, Tristate::M, Tristate::Y),
        "mod2noconfig" => change_answers(&mut evaluator, Tristate::M, Tristate::N),
        _ => {}
    }
    let output = match mode {
        "savedefconfig" => minimal_config(&mut evaluator, "CONFIG_"),
        "listnewconfig" => new_symbols(&mut evaluator, "CONFIG_"),
        "olddefconfig" | "alldefconfig" | "allnoconfig" | "allyesconfig" | "allmodconfig"
        | "yes2modconfig" | "mod2yesconfig" | "mod2noconfig" => config(&mut evaluator, "CONFIG_"),
        other => panic!("no mode `{other}`"),
    };
    stderr.extend(evaluator.take_warnings());
    (text(output), text(stderr))
}

#[test]
fn every_case_is_as_conf_answered() {
    let eras = eras();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut paths: Vec<_> =
        std::fs::read_dir(&folder).expect("cases").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let mut compared = 0;
    for path in &paths {
        let case = sections(&std::fs::read_to_string(path).expect("a case"));
        let part = |name: &str| case.get(name).map(String::as_str);
        let mode = part("mode").expect("a mode").trim_end();
        for (era, dialect, rules) in &eras {
            let expected = |what: &str| part(&format!("{what}: {era}")).or(part(&format!("{what}: both")));
            let (Some(output), Some(stderr)) = (expected("output"), expected("stderr")) else { continue };
            let found = run(part("Kconfig").expect("a tree"), part(".config"), mode, *dialect, *rules);
            assert_eq!(found.0, output, "output of {}, {era}", path.display());
            assert_eq!(found.1, stderr, "stderr of {}, {era}", path.display());
            compared += 1;
        }
    }
    assert!(compared >= 2 * paths.len() - 6, "only {compared} answers in {} cases", paths.len());
}

#[test]
fn the_tree_tells_its_rules() {
    struct Scripts(&'static [(&'static str, &'static str)]);
    impl Tree for Scripts {
        fn read(&self, path: &str) -> Result<Option<Arc<[u8]>>, String> {
            let found = self.0.iter().find(|(name, _)| *name == path);
            Ok(found.map(|(_, text)| text.as_bytes().into()))
        }

        fn shell(&self, _command: &[u8]) -> ShellAnswer {
            ShellAnswer::default()
        }

        fn env(&self, _name: &str) -> Option<String> {
            None
        }
    }
    let rules = |files| Rules::of(&Scripts(files)).expect("rules");
    assert_eq!(rules(&[]), Rules::NEWEST);
    assert_eq!(rules(&[("scripts/kconfig/parser.y", "%token T_ORIF")]), Rules::NEWEST);
    const OLDER: &[(&str, &str)] =
        &[("scripts/kconfig/parser.y", "T_OPTIONAL"), ("scripts/kconfig/expr.h", "SYMBOL_HASHSIZE")];
    assert_eq!(rules(OLDER), Rules::SYMBOL_CHOICE);
    let between = rules(&[("scripts/kconfig/parser.y", "T_OPTIONAL")]);
    assert_eq!((between.choice, between.buckets), (Rules::SYMBOL_CHOICE.choice, Rules::NEWEST.buckets));
}
