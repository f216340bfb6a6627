//! Nothing panics, whatever the bytes.

use proptest::collection::vec;
use proptest::prelude::*;

use super::support::{GROUP, MapTree, OLDER};
use crate::syntax::{Dialect, MessageKind};

/// Words and marks of the language, so that the bytes reach further than the first line.
const PIECES: &[&str] = &[
    "config ",
    "menuconfig ",
    "choice",
    "endchoice",
    "menu ",
    "endmenu",
    "if ",
    "endif",
    "comment ",
    "source \"Kconfig\"",
    "source \"other\"",
    "mainmenu ",
    "\tbool ",
    "\tint",
    "\tdef_tristate ",
    "\tdefault ",
    "\tprompt ",
    "\tdepends on ",
    "\tselect ",
    "\trange ",
    "\tvisible if ",
    "\thelp\n",
    "\t  text",
    "\tmodules",
    "\toptional",
    "\ttransitional",
    "A",
    "B ",
    "y",
    "\"",
    "'",
    "\\",
    "\n",
    "\n",
    "\n",
    "$(",
    ")",
    "$(1)",
    ",",
    "f = ",
    " := ",
    " += ",
    "$(f,A)",
    "$(shell,echo x)",
    "$(info,",
    "&&",
    "||",
    "!",
    "=",
    "<",
    "(",
    "#",
    "@",
    " ",
    "\t",
    "\u{e9}",
];

fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
    for dialect in [Dialect::NEWEST, GROUP, OLDER] {
        let tree = MapTree::new(bytes).file("other", bytes);
        match tree.parse(dialect) {
            Ok(ast) => prop_assert!(ast.messages.iter().all(|m| m.kind != MessageKind::Error)),
            Err(failed) => prop_assert!(failed.messages.iter().any(|m| m.kind == MessageKind::Error)),
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn arbitrary_bytes_parse_or_fail(bytes in vec(any::<u8>(), 0..400)) {
        check(&bytes)?;
    }

    #[test]
    fn arbitrary_pieces_parse_or_fail(pieces in vec(prop::sample::select(PIECES), 0..120)) {
        check(pieces.concat().as_bytes())?;
    }
}

#[test]
fn deep_structures_parse_or_fail() {
    let nested_not = format!("config A\n\tbool\n\tdefault y if {}B\n", "!".repeat(100_000));
    let nested_open = format!("config A\n\tbool\n\tdefault y if {}B\n", "(".repeat(100_000));
    let chain = format!("config A\n\tbool\n\tdefault y if {}B\n", "B || ".repeat(100_000));
    for kconfig in [nested_not, nested_open, chain] {
        assert_eq!(MapTree::new(kconfig).said(GROUP), "Kconfig:3: memory exhausted\nexit 1\n");
    }
    let blocks = MapTree::new("if A\n".repeat(100_000)).said(GROUP);
    assert!(blocks.starts_with("Kconfig:1001: memory exhausted\n"), "{}", &blocks[..80]);
}
