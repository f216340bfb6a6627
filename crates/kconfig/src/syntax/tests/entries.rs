//! What valid trees become.

use super::support::{GROUP, MapTree, OLDER, outline};
use crate::syntax::ast::{ConstId, NodeKind};
use crate::syntax::{ChoiceEra, Dialect, Support};

#[test]
fn every_attribute_stands_where_it_was_written() {
    let kconfig = r#"mainmenu "Title"
config A
	tristate "a" if B
	default y if C
	default "text" # comment
	select S if D
	imply I
	depends on E
config N
	int
	range 1 LIMIT if B
config M
	def_bool y
	modules
menu "m"
	depends on A
	visible if B
comment "c"
	depends on !A
endmenu
"#;
    insta::assert_snapshot!(outline(kconfig, GROUP), @r#"
    config A; "a" if B; depends E; tristate; default "y" if C; default "text"; select S if D; imply I
    config N; int; range 1 LIMIT if B
    config M; default "y"; bool; modules
    menu; "m"; depends A; visible B
      comment; "c"; depends !A
    "#);
}

#[test]
fn operators_bind_as_documented() {
    let kconfig = r#"config A
	bool
	default y if A || B && !C = D && (E || !!F)
	default y if "x y" != B || G<1 || H>=2 && I
"#;
    insta::assert_snapshot!(outline(kconfig, GROUP), @r#"config A; bool; default "y" if (A || ((B && ![C Equal D]) && (E || !!F))); default "y" if ((["x y" Unequal B] || [G Less 1]) || ([H GreaterEqual 2] && I))"#);
}

#[test]
fn choices_of_both_eras() {
    let group = "choice\n\tprompt \"c\"\n\tdefault B\nif X\nconfig A\n\tbool \"a\"\nendif\nconfig B\n\tbool \"b\"\nendchoice\n";
    insta::assert_snapshot!(outline(group, GROUP), @r#"
    choice; "c"; default B
      if; depends X
        config A; "a"; bool
      config B; "b"; bool
    "#);
    let symbol = "choice NAME\n\ttristate \"c\"\n\toptional\nconfig A\n\ttristate \"a\"\nendchoice\n";
    insta::assert_snapshot!(outline(symbol, OLDER), @r#"
    choice NAME; "c"; tristate; optional
      config A; "a"; tristate
    "#);
}

#[test]
fn newer_words_are_words_only_where_the_tree_knows_them() {
    let kconfig = "config A\n\tbool\n\tdepends on B if C\n\ttransitional\n";
    insta::assert_snapshot!(outline(kconfig, Dialect::NEWEST), @"config A; depends B if C; bool; transitional");
    insta::assert_snapshot!(outline(kconfig, GROUP), @"Kconfig:3: syntax error");
    insta::assert_snapshot!(outline("config transitional\n\tbool\n", GROUP), @"config transitional; bool");
}

#[test]
fn help_ends_by_indentation() {
    let kconfig = "config A\n\tbool\n\thelp\n\t  one\n\n\t\ttwo  \n  \t  $(three) # \"\n\n      default n\nconfig B\n\tbool\n\thelp\n\t x\n\nconfig C\n\tbool\n\thelp\n\t\ty";
    insta::assert_snapshot!(outline(kconfig, GROUP), @r#"
    config A; bool; default "n"; help "one\n\n      two\n$(three) # \"\n\n"
    config B; bool; help "x\n"
    config C; bool; help "y"
    "#);
}

#[test]
fn source_is_inlined_and_files_are_listed_once() {
    let tree = MapTree::new("source \"a\"\nsource \"b\"\nsource \"$(DIR)/c\"\n")
        .file("a", "config A\n\tbool\n")
        .file("b", "source \"a\"\nif X\nsource \"a\"\nendif\n")
        .file("d/c", "comment \"c\"\n")
        .set("DIR", "d")
        .set("UNUSED", "u");
    let ast = tree.parse(GROUP).expect("the tree parses");
    let files: Vec<_> = ast.files.iter().map(ToString::to_string).collect();
    assert_eq!(files, ["Kconfig", "a", "b", "d/c"]);
    assert_eq!(ast.env_used, [("DIR".to_owned(), "d".to_owned())]);
    assert_eq!(ast.mainmenu.as_str(), Some("Main menu"));
    let places: Vec<_> =
        ast.root.iter().map(|n| (ast.files[n.at.file.0 as usize].to_string(), n.at.line)).collect();
    assert_eq!(places, [("a".into(), 1), ("a".into(), 1), ("b".into(), 2), ("d/c".into(), 1)]);
    assert!(matches!(ast.root[2].kind, NodeKind::If));
}

#[test]
fn names_count_first_mentions_and_keep_constants_apart() {
    let kconfig = "if D || C\nconfig A\n\tbool \"D\" if B = \"A\"\n\tdefault \"y\"\n\tselect D\nendif\n";
    let ast = MapTree::new(kconfig).parse(GROUP).expect("the tree parses");
    let symbols: Vec<_> = (0..ast.names.symbol_count() as u32)
        .map(|id| ast.names.symbol_text(crate::syntax::ast::SymbolId(id)).to_string())
        .collect();
    assert_eq!(symbols, ["D", "C", "A", "B"]);
    assert_eq!(ast.names.constant_count(), 4);
    assert_eq!(ast.names.constant_text(ConstId::Y).as_str(), Some("y"));
}

#[test]
fn bytes_that_are_no_utf8_are_kept() {
    let tree = MapTree::new(b"config A\n\tstring \"caf\xe9\"\n\thelp\n\t  \xff\xfe\n");
    let ast = tree.parse(GROUP).expect("the tree parses");
    assert_eq!(ast.root[0].prompts[0].text.as_bytes(), b"caf\xe9");
    assert_eq!(ast.root[0].help.as_ref().map(|h| h.text.as_bytes()), Some(&b"\xff\xfe\n"[..]));
}

#[test]
fn the_dialect_is_found_in_the_tree() {
    let tree = |parser: &str, text: &str| {
        MapTree::new("")
            .file("scripts/kconfig/parser.y", parser)
            .file("Documentation/kbuild/kconfig-language.rst", text)
    };
    let older = Dialect::of(&tree("%token T_OPTIONAL", "")).expect("the tree is readable");
    assert_eq!(older, OLDER);
    let newest = tree("%token T_TRANSITIONAL", "- dependencies: \"depends on\" <expr> [\"if\" <expr>]");
    assert_eq!(Dialect::of(&newest), Ok(Dialect::NEWEST));
    let between = Dialect::of(&tree("%token T_MENU", "\"depends on\" <expr>")).expect("the tree is readable");
    assert_eq!((between.choice, between.transitional), (ChoiceEra::Group, Support::Absent));
    assert_eq!(Dialect::of(&MapTree::new("")), Ok(Dialect::NEWEST));
}
