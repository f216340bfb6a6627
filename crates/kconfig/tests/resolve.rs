//! Small trees, resolved: the same bytes as `conf`.
//!
//! Each file of `cases/` is one tree, one mode and what `conf` answered: `list` by a tree whose choices are lists of
//! members (6.12), `symbol` by one whose choices are symbols (6.1), `both` where the two agree. Where questions are
//! asked, `stdin` answers them, and the output is what `conf` printed, then the `.config`. `seed` is where `randconfig`
//! begins.
#![allow(clippy::disallowed_methods, reason = "a test reads its cases")]

mod case;

use std::path::Path;
use std::sync::Arc;

use kconfig::Tristate;
use kconfig::ask::{Console, Input, Questions, ask, help_of_new};
use kconfig::config_file::{Reader, Standing, UnknownSymbols, config, minimal_config};
use kconfig::eval::Evaluator;
use kconfig::model::{self, Rules};
use kconfig::modes::{Fill, Odds, change_answers, fill, new_symbols, randomize};
use kconfig::syntax::{self, Dialect, Message, MessageKind};
use kconfig::tree::{ShellAnswer, Tree};

use case::{OneFile, eras, sections};

/// Answers that were written down, and what was said to them.
struct Script<'s> {
    answers: std::str::SplitInclusive<'s, char>,
    stdout: Vec<u8>,
    stderr: &'s mut Vec<u8>,
}

impl Console for Script<'_> {
    fn answer(&mut self) -> Option<Vec<u8>> {
        self.answers.next().map(|line| line.as_bytes().to_vec())
    }

    fn print(&mut self, text: &[u8]) {
        self.stdout.extend_from_slice(text);
    }

    fn complain(&mut self, text: &[u8]) {
        self.stderr.extend_from_slice(text);
    }

    fn input(&self) -> Input {
        Input::Piped
    }
}

fn say(messages: &[Message], stdout: &mut Vec<u8>, stderr: &mut Vec<u8>) -> bool {
    for message in messages {
        let stream = if message.kind == MessageKind::Info { &mut *stdout } else { &mut *stderr };
        stream.extend_from_slice(message.text.as_bytes());
        stream.push(b'\n');
    }
    messages.iter().any(|message| message.kind == MessageKind::Error)
}

/// What comes out, and what is said.
fn run(
    kconfig: &str,
    config_file: Option<&str>,
    stdin: &str,
    seed: u32,
    mode: &str,
    dialect: Dialect,
    rules: Rules,
) -> (String, String) {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let ast = match syntax::parse(&OneFile(kconfig.to_owned()), "Kconfig", dialect) {
        Ok(ast) => ast,
        Err(failed) => {
            say(&failed.messages, &mut stdout, &mut stderr);
            return (text(stdout), text(stderr));
        }
    };
    say(&ast.messages, &mut stdout, &mut stderr);
    let mut model = model::build(&ast, rules);
    model::check(&mut model);
    model::cycles(&mut model);
    if say(&model.messages, &mut stdout, &mut stderr) {
        return (text(stdout), text(stderr));
    }
    let mut evaluator = Evaluator::new(&model);
    if let Some(answers) = config_file {
        let reader = Reader { file: ".config", prefix: "CONFIG_", unknown: UnknownSymbols::Ignored };
        let answers = reader.read_and_settle(answers.as_bytes(), &mut evaluator);
        stderr.extend(answers.warnings);
        if answers.standing == Standing::Kept {
            evaluator.forget();
        }
    }
    match mode {
        "allnoconfig" => fill(&mut evaluator, Fill::No),
        "allyesconfig" => fill(&mut evaluator, Fill::Yes),
        "allmodconfig" => fill(&mut evaluator, Fill::Module),
        "yes2modconfig" => change_answers(&mut evaluator, Tristate::Y, Tristate::M),
        "mod2yesconfig" => change_answers(&mut evaluator, Tristate::M, Tristate::Y),
        "mod2noconfig" => change_answers(&mut evaluator, Tristate::M, Tristate::N),
        "randconfig" => randomize(&mut evaluator, seed, Odds::default()),
        _ => {}
    }
    let mut asked = |evaluator: &mut Evaluator<'_>, questions| {
        let mut script =
            Script { answers: stdin.split_inclusive('\n'), stdout: Vec::new(), stderr: &mut stderr };
        ask(evaluator, questions, "CONFIG_", &mut script).expect("enough answers");
        let stdout = script.stdout;
        stderr.extend(evaluator.take_warnings());
        [stdout, config(evaluator, "CONFIG_")].concat()
    };
    let output = match mode {
        "oldaskconfig" => asked(&mut evaluator, Questions::All),
        "oldconfig" => asked(&mut evaluator, Questions::New),
        "helpnewconfig" => help_of_new(&mut evaluator, "CONFIG_"),
        "savedefconfig" => minimal_config(&mut evaluator, "CONFIG_"),
        "listnewconfig" => new_symbols(&mut evaluator, "CONFIG_"),
        "olddefconfig" | "alldefconfig" | "allnoconfig" | "allyesconfig" | "allmodconfig"
        | "yes2modconfig" | "mod2yesconfig" | "mod2noconfig" | "randconfig" => {
            config(&mut evaluator, "CONFIG_")
        }
        other => panic!("no mode `{other}`"),
    };
    stderr.extend(evaluator.take_warnings());
    (text([stdout, output].concat()), text(stderr))
}

#[test]
fn every_case_is_as_conf_answered() {
    let eras = eras();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut paths: Vec<_> =
        std::fs::read_dir(&folder).expect("cases").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    assert!(!paths.is_empty());
    for path in &paths {
        let mut compared = 0;
        let case = sections(&std::fs::read_to_string(path).expect("a case"));
        let part = |name: &str| case.get(name).map(String::as_str);
        let mode = part("mode").expect("a mode").trim_end();
        let seed = part("seed").map_or(0, |seed| seed.trim_end().parse().expect("a seed"));
        for (era, dialect, rules) in &eras {
            let expected = |what: &str| part(&format!("{what}: {era}")).or(part(&format!("{what}: both")));
            let (Some(output), Some(stderr)) = (expected("output"), expected("stderr")) else { continue };
            let (kconfig, stdin) = (part("Kconfig").expect("a tree"), part("stdin").unwrap_or_default());
            let found = run(kconfig, part(".config"), stdin, seed, mode, *dialect, *rules);
            assert_eq!(found.0, output, "output of {}, {era}", path.display());
            assert_eq!(found.1, stderr, "stderr of {}, {era}", path.display());
            compared += 1;
        }
        // A misspelt section would be passed over.
        assert!(compared > 0, "no answer in {}", path.display());
    }
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
