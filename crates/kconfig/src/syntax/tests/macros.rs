//! The macro language, seen through `$(info,…)`.

use super::support::{GROUP, MapTree};

fn said(kconfig: &str) -> String {
    MapTree::new(kconfig).set("FOO", "envfoo").said(GROUP)
}

#[test]
fn variables_are_expanded_when_their_operator_says() {
    insta::assert_snapshot!(said(
        "A = a\nB := b$(A)\nC = c$(A)\nA = x\n$(info,$(A) $(B) $(C))\nB += $(A)\nC += $(A)\nA = z\n$(info,$(B) $(C))\n\
         NEW += $(A)\nNEW += \"q\" # no comment\n$(info,$(NEW))\nB = r\n$(info,$(B)|$(UNSET)|$(FOO))\n\
         LATE = $(lineno)\nNOW := $(lineno)\n$(info,$(LATE) $(NOW) $(filename))\n"
    ), @r#"
    > x ba cx
    > ba x cz z
    > z "q" # no comment
    > r||envfoo
    > 17 17 Kconfig
    "#);
}

#[test]
fn functions_take_their_arguments_by_number() {
    insta::assert_snapshot!(said(
        "f = <$(1)|$(2)|$(0)>\ncomma := ,\nname = f\n$(info,$(f,a,b))\n$(info,$(f, a ,(b,c)))\n$(info,$(f))\n\
         $(info,$($(name),x$(comma)y))\n$(info,$(f,$(shell,echo one two),\"))\n1 = one\n$(info,$(f)$(f,two)$(1))\n\
         shell = mine\n$(info,$(shell,echo x) $(nobody,$(info,inner)) $(FOO,x))\n"
    ), @r#"
    > <a|b|>
    > < a |(b,c)|>
    > <||>
    > <x,y||>
    > <one two|"|>
    > <one||><two||>one
    > inner
    > mine
    "#);
}

#[test]
fn an_expansion_is_one_word_and_an_empty_one_none() {
    let kconfig = "V = a b\nconfig $(V)\n\tstring \"$(V)\"\n\tdefault x$(FOO)-y\n\tdefault $(V)$(E) $(E)\n$(E)\n\tdefault \"\\$(V) $V\"\n";
    let tree = MapTree::new(kconfig).set("FOO", "foo");
    let ast = tree.parse(GROUP).expect("the tree parses");
    let texts: Vec<_> =
        (0..2).map(|id| ast.names.symbol_text(crate::syntax::ast::SymbolId(id)).to_string()).collect();
    assert_eq!(texts, ["a b", "xfoo-y"]);
    assert_eq!(ast.names.constant_count(), 4, "the last default is `$(V) $V`, unexpanded");
}

#[test]
fn probes_lose_their_newlines() {
    let tree = MapTree::new("$(info,[$(shell,echo a\n$(info,x)\n").said(GROUP);
    insta::assert_snapshot!(tree, @"
    Kconfig:1: unterminated reference to 'info,[$(shell,echo a': missing ')'
    exit 1
    ");
    insta::assert_snapshot!(said("nl = $(shell,echo a)\n$(info,[$(shell,echo $(nl)  b)][$(shell,false)])\n"), @"> [a  b][]");
}

#[test]
fn messages_of_the_language() {
    insta::assert_snapshot!(said("$(warning-if,y,look)$(warning-if,n,not)\n$(error-if,y,stop)\nfoo\n"), @r"
    Kconfig:1: look
    Kconfig:2: stop
    exit 1
    ");
    insta::assert_snapshot!(said("$(info,a,b)\n"), @r"
    Kconfig:1: too many function arguments passed to 'info'
    exit 1
    ");
    insta::assert_snapshot!(said("$(shell)\n"), @r"
    Kconfig:1: too few function arguments passed to 'shell'
    exit 1
    ");
    insta::assert_snapshot!(said("A = $(B)\nB = $(A)\n$(info,$(A))\n"), @r"
    Kconfig:3: Recursive variable 'A' references itself (eventually)
    exit 1
    ");
    insta::assert_snapshot!(said("f = $(f,$(1)x)\n$(f,a)\n"), @r"
    Kconfig:2: Too deep recursive expansion
    exit 1
    ");
}

#[test]
fn deep_nesting_is_an_error_and_no_overflow() {
    let chain: String = (0..30_000).map(|n| format!("V{n} = $(V{})\n", n + 1)).collect();
    let said = MapTree::new(format!("{chain}$(V0)\n")).said(GROUP);
    assert_eq!(said, "Kconfig:30001: Too deep recursive expansion\nexit 1\n");
    let nested = "$(".repeat(30_000) + &")".repeat(30_000) + "\n";
    assert_eq!(MapTree::new(nested).said(GROUP), "Kconfig:1: Too deep recursive expansion\nexit 1\n");
}

/// A statement knows the probes behind it, also through variables that were expanded at once.
#[test]
fn statements_know_their_probes() {
    let tree = MapTree::new(
        "now := $(shell,echo 1)\nlate = $(shell,echo y $(1))\nconfig A\n\tdef_bool $(late,a) && \\\n\t\t$(late,b)\n\
         config B\n\tint\n\tdefault $(now)\nconfig C\n\tdef_bool y\n",
    );
    let ast = tree.parse(GROUP).expect("the tree parses");
    let used = |line| {
        let at = crate::syntax::ast::At { file: crate::syntax::ast::FileId(0), line };
        let show = |probe: &crate::syntax::probes::Probe| format!("{} -> {}", probe.command, probe.answer);
        ast.probes.used_at(at).map(show).collect::<Vec<_>>()
    };
    assert_eq!(used(4), ["echo y a -> y a", "echo y b -> y b"]);
    assert_eq!(used(8), ["echo 1 -> 1"]);
    assert_eq!(used(10), [""; 0]);
    assert_eq!(ast.probes.iter().count(), 3);
}

#[test]
fn a_text_that_doubles_without_end_is_an_error() {
    let appended = format!("f := abcdefgh\n{}$(info,never)\n", "f += $(f)\n".repeat(60));
    let argument = "f = $(f,$(1)$(1))\n$(f,abcdefgh)\n".to_owned();
    let nothing: String = (0..60).map(|n| format!("V{n} = $(V{m})$(V{m})\n", m = n + 1)).collect();
    for kconfig in [appended, argument, nothing + "$(V0)\n"] {
        assert_eq!(said(&kconfig), "Out of memory.\nexit 1\n");
    }
}
