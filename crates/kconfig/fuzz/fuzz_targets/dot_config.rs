//! The reader of `.config` files: arbitrary bytes are answers or warnings, and what is written reads back as itself.
#![no_main]

use std::sync::LazyLock;

use fuzz_tree::Fuzzed;
use kconfig::config_file::{Reader, UnknownSymbols, config};
use kconfig::eval::Evaluator;
use kconfig::model::{self, Model, Rules};
use kconfig::syntax::{self, Dialect};
use libfuzzer_sys::fuzz_target;

const TREE: &[u8] = b"config MODULES\n\tdef_bool y\n\tmodules\nconfig B\n\tbool \"b\"\nconfig T\n\ttristate \"t\"\n\
config I\n\tint \"i\"\n\trange 1 9 if B\nconfig H\n\thex \"h\"\nconfig S\n\tstring \"s\"\n\
choice\n\tprompt \"c\"\nconfig C1\n\tbool \"1\"\nconfig C2\n\tbool \"2\"\nendchoice\n";

static MODELS: LazyLock<Vec<Model>> = LazyLock::new(|| {
    let ast = syntax::parse(&Fuzzed(TREE), "Kconfig", Dialect::NEWEST).expect("the tree is Kconfig");
    [Rules::NEWEST, Rules::SYMBOL_CHOICE].map(|rules| model::build(&ast, rules)).into()
});

fuzz_target!(|bytes: &[u8]| {
    for model in MODELS.iter() {
        let reader = Reader { file: ".config", prefix: "CONFIG_", unknown: UnknownSymbols::Reported };
        let mut evaluator = Evaluator::new(model);
        reader.read_and_settle(bytes, &mut evaluator);
        let written = config(&mut evaluator, "CONFIG_");
        let mut again = Evaluator::new(model);
        reader.read_and_settle(&written, &mut again);
        assert_eq!(config(&mut again, "CONFIG_"), written);
    }
});
