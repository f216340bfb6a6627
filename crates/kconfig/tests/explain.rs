//! Every kind of reason, on small trees; what is written is in `snapshots/`.

mod small;

use kconfig::Symbol;
use kconfig::explain::{Elsewhere, brief, explain, text};
use small::{Era, build, requests, resolve};

/// Explains symbols of a tree as text.
fn explained(kconfig: &str, fragments: &[&str], symbols: &str, era: Era) -> String {
    let model = build(kconfig, era);
    let requests = requests(fragments);
    let mut evaluator = resolve(&model, "", &requests);
    let mut elsewhere = Elsewhere::default();
    elsewhere.note("arch/arm/Kconfig", "config CPU_V7\n\tbool\n");
    let read = |path: &str| match path {
        "Kconfig" => Some(kconfig.to_owned()),
        "a.config" => fragments.first().map(|text| (*text).to_owned()),
        "b.config" => fragments.get(1).map(|text| (*text).to_owned()),
        _ => None,
    };
    let explain = |symbol: &str| {
        let symbol = Symbol::new(symbol).expect("a symbol");
        text(&explain(&mut evaluator, &symbol, &requests, &elsewhere), &read)
    };
    symbols.split(' ').map(explain).collect::<Vec<_>>().join("\n")
}

fn list(kconfig: &str, fragments: &[&str], symbols: &str) -> String {
    explained(kconfig, fragments, symbols, Era::List)
}

#[test]
fn unknown_symbols() {
    let kconfig = "config MITIGATION_RETPOLINE\n\tbool \"r\"\nconfig VIRTIO_FS\n\tbool \"v\"\n";
    let asked = "CONFIG_RETPOLINE=y\nCONFIG_VIRTO_FS=y\nCONFIG_CPU_V7=y\nCONFIG_NOWHERE=y\n# CONFIG_GONE is not set\n";
    insta::assert_snapshot!(list(kconfig, &[asked], "RETPOLINE VIRTO_FS CPU_V7 NOWHERE GONE"));
}

/// What is asked of an old name reaches who takes it over.
#[test]
fn a_transitional_symbol_is_passed_on() {
    let kconfig = "config OLD\n\tbool\n\ttransitional\nconfig NEW\n\tbool \"new\"\n\tdefault OLD\n\
                   config OLD_SIZE\n\tint\n\ttransitional\nconfig SIZE\n\tint \"size\"\n\tdefault OLD_SIZE\n";
    insta::assert_snapshot!(list(kconfig, &["CONFIG_OLD=y\nCONFIG_OLD_SIZE=7\n"], "OLD NEW OLD_SIZE SIZE"));
}

#[test]
fn a_later_request_counts() {
    let kconfig = "config A\n\tbool \"a\"\nconfig B\n\tbool \"b\"\n";
    insta::assert_snapshot!(list(
        kconfig,
        &["CONFIG_A=y\nCONFIG_B=y\n", "CONFIG_B=y\n# CONFIG_A is not set\n"],
        "A B"
    ));
}

#[test]
fn wrong_types_and_ranges() {
    let kconfig = "config B\n\tbool \"b\"\nconfig I\n\tint \"i\"\n\trange 4 LIMIT\n\tdefault 8\nconfig LIMIT\n\tint\n\tdefault 16\n\
                   config S\n\tstring \"s\"\nconfig T\n\ttristate \"t\"\n";
    let asked = "CONFIG_B=m\nCONFIG_I=99\nCONFIG_S=5\nCONFIG_T=m\n";
    insta::assert_snapshot!(list(kconfig, &[asked], "B I S T"));
}

#[test]
fn what_has_no_prompt() {
    let kconfig = "config HAVE_IT\n\tbool\n\tdefault y if ARM\nconfig USER\n\tbool \"user\"\n\tselect HAVE_IT if FOO\n\timply BAR\n\
                   config FOO\n\tbool \"foo\"\nconfig BAR\n\tbool\nconfig FLAG\n\tdef_bool $(shell,cc -mfoo)\n";
    insta::assert_snapshot!(list(
        kconfig,
        &["CONFIG_HAVE_IT=y\nCONFIG_FLAG=y\nCONFIG_BAR=y\n"],
        "HAVE_IT FLAG BAR"
    ));
}

#[test]
fn what_is_hidden_and_by_what() {
    let kconfig = "config EXPERT\n\tbool \"expert\"\nconfig NET\n\tbool \"net\"\nconfig CC_FOO\n\tdef_bool $(shell,cc -mfoo)\n\
                   if NET\nmenu \"Drivers\"\n\tdepends on PCI && CPU_V7\n\tvisible if EXPERT\n\
                   config X\n\tbool \"x\" if CC_FOO || !NET\n\tdepends on ON\n\tdepends on \\\n\t\tA != n && B\nendmenu\nendif\n\
                   config ON\n\tdef_bool y\nconfig A\n\ttristate \"a\"\nconfig B\n\tbool\n\tdepends on NET\n";
    insta::assert_snapshot!(list(kconfig, &["CONFIG_X=y\n"], "X"));
    let asks = "config ASKS\n\tbool \"asks\"\n\tdepends on $(shell,cc -mbar)\n";
    insta::assert_snapshot!(list(asks, &["CONFIG_ASKS=y\n"], "ASKS"));
}

#[test]
fn what_is_capped() {
    let kconfig = "config MODULES\n\tbool \"modules\"\n\tmodules\n\tdefault y\nconfig BUS\n\ttristate \"bus\"\n\
                   config DRIVER\n\ttristate \"driver\"\n\tdepends on BUS\nconfig ONLY\n\ttristate \"only\"\n\tdepends on m\n";
    insta::assert_snapshot!(list(
        kconfig,
        &["CONFIG_BUS=m\nCONFIG_DRIVER=y\nCONFIG_ONLY=y\n"],
        "DRIVER ONLY BUS"
    ));
    let off = list(kconfig, &["# CONFIG_MODULES is not set\nCONFIG_BUS=m\n"], "BUS");
    insta::assert_snapshot!(off);
}

#[test]
fn what_is_forced() {
    let kconfig = "config CORE\n\tbool \"core\"\nconfig USER\n\tbool \"user\"\n\tdefault y\n\tselect CORE if USER\n\timply NICE\n\
                   config NICE\n\tbool \"nice\"\nconfig IMPLIED\n\tbool\nconfig I\n\tbool \"i\"\n\tdefault y\n\timply IMPLIED\n";
    insta::assert_snapshot!(list(kconfig, &["# CONFIG_CORE is not set\n"], "CORE NICE IMPLIED USER"));
}

#[test]
fn who_took_the_choice() {
    let kconfig = "choice\n\tprompt \"Compression\"\n\tdefault GZIP\nconfig GZIP\n\tbool \"gzip\"\nconfig XZ\n\tbool \"xz\"\nconfig ZSTD\n\tbool \"zstd\"\nendchoice\n";
    let asked = ["CONFIG_XZ=y\n", "CONFIG_ZSTD=y\n"];
    insta::assert_snapshot!(list(kconfig, &asked, "XZ ZSTD GZIP"));
    assert_eq!(
        explained(kconfig, &asked, "XZ ZSTD GZIP", Era::Symbol),
        list(kconfig, &asked, "XZ ZSTD GZIP")
    );
}

#[test]
fn a_choice_that_is_not_shown() {
    let kconfig = "config ON\n\tbool \"on\"\nchoice\n\tprompt \"Which\"\n\tdepends on ON\nconfig A\n\tbool \"a\"\nconfig B\n\tbool \"b\"\nendchoice\n";
    insta::assert_snapshot!(list(kconfig, &["CONFIG_B=y\n"], "B"));
    let older = explained(kconfig, &["CONFIG_B=y\n"], "B", Era::Symbol);
    assert_eq!(older, list(kconfig, &["CONFIG_B=y\n"], "B"));
}

#[test]
fn nobody_asked() {
    let kconfig = "config A\n\tbool \"a\"\n\tdepends on B\nconfig B\n\tbool \"b\"\nconfig N\n\tint\n\tdefault 3 if A\n\tdefault 5\n";
    insta::assert_snapshot!(list(kconfig, &[""], "A N"));
}

/// One line for each symbol: what a table of misses adds.
#[test]
fn in_brief() {
    let kconfig = "config MODULES\n\tbool \"m\"\n\tmodules\nconfig A\n\tbool \"a\"\nconfig B\n\tbool \"b\"\n\tdepends on A\n\
                   config C\n\tbool \"c\"\n\tdepends on A && (X || !MODULES)\nconfig X\n\tbool\nconfig T\n\ttristate \"t\"\n\
                   config S\n\tdef_bool y\n\tselect F\nconfig F\n\tbool \"f\"\nconfig I\n\tint \"i\"\n\trange 1 4\n\
                   choice\n\tprompt \"ch\"\nconfig ONE\n\tbool \"one\"\nconfig TWO\n\tbool \"two\"\nendchoice\n";
    let asked = "CONFIG_B=y\nCONFIG_C=y\nCONFIG_X=y\nCONFIG_T=m\n# CONFIG_F is not set\nCONFIG_I=9\nCONFIG_ONE=y\n\
                 CONFIG_TWO=y\nCONFIG_CPU_V7=y\nCONFIG_A=n\n";
    let model = build(kconfig, Era::List);
    let requests = requests(&[asked]);
    let mut evaluator = resolve(&model, "", &requests);
    let mut elsewhere = Elsewhere::default();
    elsewhere.note("arch/arm/Kconfig", "config CPU_V7\n\tbool\n");
    let mut line = |symbol: &str| {
        let symbol = Symbol::new(symbol).expect("a symbol");
        format!("{symbol}: {}", brief(&explain(&mut evaluator, &symbol, &requests, &elsewhere)))
    };
    insta::assert_snapshot!(["B", "C", "X", "T", "F", "I", "ONE", "CPU_V7", "A"].map(&mut line).join("\n"), @r"
    B: depends on A, which is n (Kconfig:8)
    C: depends on A, which is n (Kconfig:11)
    X: it has no prompt: its defaults decide
    T: `m` is no value while modules are off
    F: selected by S
    I: out of its range, 1 to 4 (Kconfig:23)
    ONE: its choice took TWO
    CPU_V7: defined only in arch/arm/Kconfig:1
    A: 
    ");
}
