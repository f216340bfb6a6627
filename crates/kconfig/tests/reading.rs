//! Whatever a `.config` holds, it is read, and what is written reads back as itself.

#[allow(dead_code, reason = "other tests use the rest")]
mod small;

use kconfig::config_file::{Reader, UnknownSymbols, config};
use kconfig::eval::Evaluator;
use proptest::collection::vec;
use proptest::prelude::*;
use small::{Era, build};

/// A symbol of each type, bounded and hidden ones among them.
const TREE: &str = "\
config MODULES\n\tdef_bool y\n\tmodules\n\
config B\n\tbool \"b\"\n\
config T\n\ttristate \"t\" if B\n\tselect P\n\
config P\n\ttristate\n\
config I\n\tint \"i\"\n\trange 1 9 if B\n\tdefault 3\n\
config H\n\thex \"h\"\n\tdefault 0x1f\n\
config S\n\tstring \"s\"\n\
choice\n\tprompt \"c\"\nconfig C1\n\tbool \"1\"\nconfig C2\n\tbool \"2\"\nendchoice\n";

/// Parts of lines, so that the bytes reach further than the first mark.
const PIECES: &[&str] = &[
    "CONFIG_",
    "# CONFIG_",
    "B",
    "T",
    "P",
    "I",
    "H",
    "S",
    "C1",
    "C2",
    "=",
    "y",
    "m",
    "n",
    "5",
    "10",
    "0x10",
    "-1",
    "\"",
    "\\",
    "text",
    " is not set",
    " ",
    "\n",
    "\n",
    "\r\n",
    "#",
    "\u{e9}",
    "\0",
];

fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
    for era in [Era::List, Era::Symbol] {
        let model = build(TREE, era);
        let reader = Reader { file: ".config", prefix: "CONFIG_", unknown: UnknownSymbols::Reported };
        let mut evaluator = Evaluator::new(&model);
        reader.read_and_settle(bytes, &mut evaluator);
        let written = config(&mut evaluator, "CONFIG_");
        let mut again = Evaluator::new(&model);
        let read = reader.read_and_settle(&written, &mut again);
        prop_assert_eq!(String::from_utf8_lossy(&read.warnings), "");
        prop_assert_eq!(config(&mut again, "CONFIG_"), written);
    }
    Ok(())
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_read(bytes in vec(any::<u8>(), 0..300)) {
        check(&bytes)?;
    }

    #[test]
    fn arbitrary_pieces_are_read(pieces in vec(prop::sample::select(PIECES), 0..80)) {
        check(pieces.concat().as_bytes())?;
    }
}
