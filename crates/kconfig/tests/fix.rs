//! What `fix` proposes and refuses, on small trees; what is written is in `snapshots/`.
//!
//! Every fix is tested again by reading its lines from a file, and every setting of it by leaving it out.

mod small;

use kconfig::eval::Evaluator;
use kconfig::fix::{Outcome, Planner, Reach, Setting, text};
use kconfig::{Symbol, Value};
use small::{Era, build, requests, resolve};

fn lands(evaluator: &mut Evaluator<'_>, symbol: &Symbol, value: &Value) -> bool {
    let id = evaluator.model().names.find(symbol.as_str().as_bytes()).expect("a symbol");
    match value {
        Value::Tristate(value) => evaluator.tristate(id) == *value,
        Value::Number(text) | Value::Text(text) => evaluator.text(id).as_bytes() == text.as_bytes(),
    }
}

/// The answers for requests on a base, one after the other.
fn fixed_in(kconfig: &str, base: &str, wanted: &str, era: Era) -> String {
    let model = build(kconfig, era);
    let resolved = resolve(&model, base, &[]);
    let mut planner = Planner::new(&resolved);
    let mut answers = Vec::new();
    for request in requests(&[wanted]) {
        let (symbol, value) = (&request.symbol, &request.value);
        let outcome = planner.fix(symbol, value);
        if let Outcome::Fixed(fix) = &outcome {
            let lines = |settings: &[Setting]| {
                let lines =
                    settings.iter().map(|Setting { symbol, value }| format!("CONFIG_{symbol}={value}\n"));
                requests(&[&lines.collect::<String>()])
            };
            let all = [vec![request.clone()], lines(&fix.settings)].concat();
            assert!(lands(&mut resolve(&model, base, &all), symbol, value), "{request} lands");
            for left_out in 0..fix.settings.len() {
                let mut fewer = fix.settings.clone();
                fewer.remove(left_out);
                let fewer = [vec![request.clone()], lines(&fewer)].concat();
                assert!(
                    !lands(&mut resolve(&model, base, &fewer), symbol, value),
                    "{request}: one is needless"
                );
            }
        }
        answers.push(text(&outcome, symbol, value));
    }
    answers.join("\n")
}

fn fixed(kconfig: &str, base: &str, wanted: &str) -> String {
    let answer = fixed_in(kconfig, base, wanted, Era::List);
    assert_eq!(fixed_in(kconfig, base, wanted, Era::Symbol), answer, "in an older tree");
    answer
}

#[test]
fn conditions_are_met() {
    let kconfig = "config A\n\tbool \"a\"\nconfig B\n\tbool \"b\"\n\tdepends on A\nconfig C\n\tbool \"c\"\n\tdefault y\n\
                   menu \"menu\"\n\tdepends on B && !C\nconfig ALL\n\tbool \"all\"\nendmenu\n\
                   config ANY\n\tbool \"any\"\n\tdepends on (A && B) || D\nconfig D\n\tbool \"d\"\n\
                   config NONE\n\tbool \"none\"\n\tdepends on !(A || C)\n";
    insta::assert_snapshot!(fixed(
        kconfig,
        "CONFIG_C=y\n",
        "CONFIG_A=y\nCONFIG_ALL=y\nCONFIG_ANY=y\nCONFIG_NONE=y\n"
    ));
}

#[test]
fn comparisons_are_met() {
    let kconfig = "config I\n\tint \"i\"\n\tdefault 4\n\trange 0 100\nconfig T\n\ttristate \"t\"\nconfig S\n\tstring \"s\"\n\
                   config BIG\n\tbool \"big\"\n\tdepends on I > 16\nconfig SMALL\n\tbool \"small\"\n\tdepends on I <= 3 && T = n\n\
                   config WORD\n\tbool \"word\"\n\tdepends on S = \"word\"\nconfig HEX\n\thex \"hex\"\n\tdefault 0x10\n\
                   config H\n\tbool \"h\"\n\tdepends on HEX >= 0x20\nconfig V\n\tint\n\tdefault 2 if T\n\tdefault 1\n\
                   config NEEDS_V\n\tbool \"v\"\n\tdepends on V = 2\n";
    let wanted = "CONFIG_BIG=y\nCONFIG_SMALL=y\nCONFIG_WORD=y\nCONFIG_H=y\nCONFIG_NEEDS_V=y\n";
    insta::assert_snapshot!(fixed(kconfig, "CONFIG_T=y\n", wanted));
}

#[test]
fn what_has_no_prompt_is_reached_another_way() {
    let kconfig = "config LIB\n\tbool\nconfig USER\n\tbool \"user\"\n\tselect LIB\nconfig AUTO\n\tdef_bool y\n\tdepends on ON\n\
                   config ON\n\tbool \"on\"\nconfig NICE\n\tbool\nconfig FRIEND\n\tbool \"friend\"\n\timply NICE\n\
                   config X\n\tbool \"x\"\n\tdepends on LIB && AUTO\n";
    insta::assert_snapshot!(fixed(kconfig, "", "CONFIG_LIB=y\nCONFIG_AUTO=y\nCONFIG_NICE=y\nCONFIG_X=y\n"));
}

#[test]
fn a_symbol_is_let_go() {
    let kconfig = "config CORE\n\tbool \"core\"\nconfig USER\n\tbool \"user\"\n\tselect CORE\nconfig AUTO\n\tdef_bool USER\n";
    let wanted = "# CONFIG_CORE is not set\n# CONFIG_AUTO is not set\n";
    insta::assert_snapshot!(fixed(kconfig, "CONFIG_USER=y\n", wanted));
}

#[test]
fn modules_and_their_limits() {
    let kconfig = "config MODULES\n\tbool \"modules\"\n\tmodules\nconfig BUS\n\ttristate \"bus\"\n\
                   config DRIVER\n\ttristate \"driver\"\n\tdepends on BUS\nconfig PEER\n\ttristate \"peer\"\n\tdepends on BUS = m\n\
                   config ONLY\n\ttristate \"only\"\n\tdepends on m\n";
    let base = "CONFIG_MODULES=y\nCONFIG_BUS=m\n";
    let wanted = "CONFIG_DRIVER=y\nCONFIG_DRIVER=m\nCONFIG_PEER=m\nCONFIG_ONLY=y\n";
    insta::assert_snapshot!(fixed(kconfig, base, wanted));
    insta::assert_snapshot!(fixed(kconfig, "", "CONFIG_BUS=m\nCONFIG_PEER=m\n"));
}

/// Of a kernel without modules nothing is proposed to be one, though the tree would take it.
#[test]
fn what_may_be_no_module_is_built_in() {
    let kconfig = "config MODULES\n\tdef_bool y\n\tmodules\nconfig CELLS\n\tbool\nconfig BUS\n\ttristate \"bus\"\n\
                   config ONLY\n\ttristate \"only\"\n\tdepends on m\n\
                   config TUNNEL\n\ttristate \"tunnel\"\n\tdepends on BUS\n\tselect CELLS\n\
                   config LOOSE\n\tbool\nconfig PART\n\ttristate \"part\"\n\tdepends on ONLY && BUS\n\tselect LOOSE\n";
    let model = build(kconfig, Era::List);
    let resolved = resolve(&model, "", &[]);
    let proposed = |reach, wanted: &str| {
        let mut planner = Planner::new(&resolved).reaching(reach);
        let Outcome::Fixed(fix) = planner.fix(&Symbol::new(wanted).expect("a symbol"), &Value::Y) else {
            panic!("{wanted} lands");
        };
        let words = fix.settings.iter().map(|setting| format!("{}={}", setting.symbol, setting.value));
        words.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(proposed(Reach::Least, "CELLS"), "BUS=m TUNNEL=m");
    assert_eq!(proposed(Reach::BuiltIn, "CELLS"), "BUS=y TUNNEL=y");
    // What can be nothing else stays.
    assert_eq!(proposed(Reach::Least, "LOOSE"), "ONLY=m BUS=m PART=m");
    assert_eq!(proposed(Reach::BuiltIn, "LOOSE"), "ONLY=m BUS=y PART=m");
}

#[test]
fn choices_are_taken() {
    let kconfig = "config ON\n\tbool \"on\"\nchoice\n\tprompt \"which\"\n\tdepends on ON\nconfig P\n\tbool \"p\"\nconfig Q\n\tbool \"q\"\nendchoice\n\
                   config NEEDS_Q\n\tbool \"nq\"\n\tdepends on Q\nconfig NOT_P\n\tbool \"np\"\n\tdepends on ON && !P\n";
    insta::assert_snapshot!(fixed(
        kconfig,
        "",
        "CONFIG_Q=y\nCONFIG_NEEDS_Q=y\nCONFIG_NOT_P=y\n# CONFIG_P is not set\n"
    ));
}

#[test]
fn facts_forbid() {
    let kconfig = "config CC_HAS\n\tdef_bool $(shell,cc -mfoo)\nconfig PROBED\n\tbool \"probed\"\n\tdepends on CC_HAS\n\
                   config FOREIGN\n\tbool \"foreign\"\n\tdepends on ARM && A\nconfig A\n\tbool \"a\"\n\
                   config X86\n\tdef_bool y\n\tselect FORCED\nconfig FORCED\n\tbool \"forced\"\nconfig NOT_X86\n\tbool \"n\"\n\tdepends on !FORCED\n\
                   config NEVER\n\tbool \"never\"\n\tdepends on n\nconfig ASKS\n\tbool \"asks\"\n\tdepends on $(shell,cc -mbar)\nconfig CMP\n\tbool \"cmp\"\n\tdepends on VERSION >= 20\n\
                   config VERSION\n\tint\n\tdefault 12\nconfig I\n\tint \"i\"\n\trange 1 5\nconfig TWO\n\tbool \"two\"\n\tdepends on ARM && MIPS=y\n";
    let wanted = "CONFIG_PROBED=y\nCONFIG_FOREIGN=y\n# CONFIG_FORCED is not set\nCONFIG_NOT_X86=y\nCONFIG_NEVER=y\nCONFIG_CMP=y\n\
                  CONFIG_I=9\nCONFIG_TWO=y\nCONFIG_A=m\nCONFIG_NOWHERE=y\nCONFIG_CC_HAS=y\nCONFIG_ASKS=y\n";
    insta::assert_snapshot!(fixed(kconfig, "", wanted));
}

#[test]
fn what_stands_in_its_own_way() {
    let kconfig = "config A\n\tbool \"a\"\nconfig B\n\tbool \"b\"\n\tdepends on A\nconfig X\n\tbool \"x\"\n\tdepends on B && !A\n\
                   config S\n\tbool \"s\"\n\tselect T\nconfig T\n\tbool \"t\"\nconfig Y\n\tbool \"y\"\n\tdepends on S && !T\n";
    insta::assert_snapshot!(fixed(kconfig, "", "CONFIG_X=y\nCONFIG_Y=y\n"));
}
