//! Lexer, parser, model and checks: arbitrary bytes are a tree or an error.
#![no_main]

use fuzz_tree::Fuzzed;
use kconfig::eval::Evaluator;
use kconfig::model::{self, Rules};
use kconfig::syntax::{self, Dialect, MessageKind};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(ast) = syntax::parse(&Fuzzed(bytes), "Kconfig", Dialect::NEWEST) else { return };
    for rules in [Rules::NEWEST, Rules::SYMBOL_CHOICE] {
        let mut model = model::build(&ast, rules);
        model::check(&mut model);
        model::cycles(&mut model);
        if model.messages.iter().all(|message| message.kind != MessageKind::Error) {
            kconfig::config_file::config(&mut Evaluator::new(&model), "CONFIG_");
        }
    }
});
