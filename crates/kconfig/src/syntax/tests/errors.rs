//! What is said of trees that are wrong, byte for byte as `conf` says it.

use super::support::{GROUP, MapTree, OLDER};

fn said(kconfig: &str) -> String {
    MapTree::new(kconfig).said(GROUP)
}

#[test]
fn unknown_words_are_skipped_to_the_end_of_their_line() {
    let kconfig = "foo\nconfig A\n\tbool \"a\"\n\tfoo bar\n\tbar\nconfig B\n\tbool \"b\" x\n\tbool \"b\"\nconfig C\n\tdepends B\n";
    insta::assert_snapshot!(said(kconfig), @r#"
    Kconfig:1: syntax error
    Kconfig:1: unknown statement "foo"
    Kconfig:4: syntax error
    Kconfig:4: unknown statement "foo"
    Kconfig:5: unknown statement "bar"
    Kconfig:7: syntax error
    Kconfig:7: invalid statement
    Kconfig:8: invalid statement
    Kconfig:10: syntax error
    Kconfig:10: invalid statement
    exit 1
    "#);
    insta::assert_snapshot!(MapTree::new("config\nendif\n").said(OLDER), @r"
    Kconfig:2: syntax error
    Kconfig:1: invalid statement
    Kconfig:2: invalid statement
    exit 1
    ");
}

#[test]
fn blocks_that_do_not_match() {
    insta::assert_snapshot!(said("menu \"m\"\nif A\nchoice\n\tprompt \"c\"\nendif\nendmenu\n"), @r"
    Kconfig:5: unexpected 'if' within choice block
    Kconfig:6: unexpected 'menu' within if block
    Kconfig:7: syntax error
    Kconfig:1: missing end statement for this entry
    exit 1
    ");
    let tree =
        MapTree::new("source \"a\"\nendif\nif B\nsource \"b\"\n").file("a", "if A\n").file("b", "endif");
    insta::assert_snapshot!(tree.said(GROUP), @r"
    Kconfig:2: 'if' in different file than 'if'
    a:1: location of the 'if'
    b:1:warning: no new line at end of file
    exit 1
    ");
}

#[test]
fn files_that_cannot_be_had() {
    insta::assert_snapshot!(said("\nsource \\\n \"nope\"\nfoo\n"), @r#"
    Kconfig:2: can't open file "nope"
    exit 1
    "#);
    insta::assert_snapshot!(said("source \"\"\n"), @r"
    input in flex scanner failed
    exit 2
    ");
    insta::assert_snapshot!(MapTree::default().said(GROUP), @r"
    can't find file Kconfig
    exit 1
    ");
    let tree = MapTree::new("\nsource \"a\"\n").file("a", "source \"b\"\n").file("b", "\n\nsource \"a\"\n");
    insta::assert_snapshot!(tree.said(GROUP), @r"
    Recursive inclusion detected.
    Inclusion path:
      current file : a
      included from: b:3
      included from: a:1
      included from: Kconfig:2
    exit 1
    ");
    // `conf` never ends here.
    let tree = MapTree::new("source \"a\"\n").file("a", "source \"b\"").file("b", "source \"a\"");
    insta::assert_snapshot!(tree.said(GROUP), @r"
    a:1:warning: no new line at end of file
    b:1:warning: no new line at end of file
    Recursive inclusion detected.
    Inclusion path:
      current file : a
      included from: Kconfig:1
    exit 1
    ");
}

#[test]
fn oddities_that_are_only_warned_about() {
    let kconfig = "config A\n\tbool \"  a\" ~\n\tint \"b\"\n\thelp\n\t  x\n\n# c\n\thelp\n\n\n\nmenuconfig B\n\tbool\n\tdefault \"y\n\tdefault \\\n\t  n @\n";
    insta::assert_snapshot!(said(kconfig), @r"
    Kconfig:2:warning: ignoring unsupported character '~'
    Kconfig:2:warning: leading whitespace ignored
    Kconfig:3:warning: prompt redefined
    Kconfig:1:warning: ignoring type redefinition of 'A' from 'bool' to 'integer'
    Kconfig:12: warning: 'A' defined with more than one help text -- only the last one will be used
    Kconfig:12: warning: 'A' defined with blank help text
    Kconfig:14:warning: multi-line strings not supported
    Kconfig:16:warning: ignoring unsupported character '@'
    Kconfig:17: warning: menuconfig statement without prompt
    ");
}

#[test]
fn what_a_choice_asks_of_its_members() {
    let kconfig = "choice\nconfig A\n\ttristate \"a\"\nconfig B\n\tdef_bool y\nmenuconfig C\nendchoice\n";
    insta::assert_snapshot!(said(kconfig), @r"
    Kconfig:1: error: choice must have a prompt
    Kconfig:2: error: choice member must be bool
    Kconfig:4: error: choice member must have a prompt
    Kconfig:6: syntax error
    Kconfig:6: invalid statement
    exit 1
    ");
    assert_eq!(MapTree::new("choice\nconfig A\n\ttristate \"a\"\nendchoice\n").said(OLDER), "");
}

#[test]
fn the_end_of_the_last_file() {
    let cut = "config A\n\tbool \"a\"";
    insta::assert_snapshot!(said(cut), @r"
    Kconfig:2:warning: no new line at end of file
    Kconfig:2: syntax error
    exit 1
    ");
    insta::assert_snapshot!(MapTree::new(cut).said(OLDER), @"Kconfig:2:warning: no new line at end of file");
    insta::assert_snapshot!(MapTree::new("if A\n").said(OLDER), @r"
    <none>:3: syntax error
    Kconfig:1: missing end statement for this entry
    exit 1
    ");
}

#[test]
fn one_symbol_is_modules() {
    insta::assert_snapshot!(said("config A\n\tmodules\nconfig B\n\tmodules\n\tmodules\nmainmenu \"late\"\n"), @r"
    Kconfig:4: symbol 'B' redefines option 'modules' already defined by symbol 'A'
    Kconfig:5: symbol 'B' redefines option 'modules' already defined by symbol 'B'
    Kconfig:6: syntax error
    Kconfig:6: invalid statement
    exit 1
    ");
}
