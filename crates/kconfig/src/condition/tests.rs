//! What a condition is worth, and what is none.

use super::*;

const CONFIG: &str = "CONFIG_VIRTIO_FS=y\nCONFIG_FUSE_FS=m\n# CONFIG_KVM is not set\nCONFIG_NR_CPUS=64\n\
                      CONFIG_BASE=0x1000\nCONFIG_CONSOLE=\"ttyS0\"\n";

fn value(text: &str) -> String {
    let config = DotConfig::parse(CONFIG).expect("a .config");
    match Condition::parse(text) {
        Ok(condition) => condition.value(&config).to_string(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn conditions_are_kconfigs_expressions() {
    for (text, expected) in [
        ("VIRTIO_FS", "y"),
        ("CONFIG_VIRTIO_FS && FUSE_FS", "m"),
        ("KVM || FUSE_FS", "m"),
        ("!KVM && !ABSENT", "y"),
        ("!FUSE_FS", "m"),
        ("!(VIRTIO_FS || KVM)", "n"),
        ("VIRTIO_FS && KVM || FUSE_FS", "m"),
        ("NR_CPUS >= 4 && NR_CPUS < 100", "y"),
        ("NR_CPUS = 0064", "n"),
        ("BASE > 0xfff", "y"),
        ("CONSOLE = \"ttyS0\"", "y"),
        ("CONSOLE != \"hvc0\"", "y"),
        ("ABSENT = \"\"", "y"),
        ("ABSENT != n", "n"),
        ("FUSE_FS = m", "y"),
        ("y", "y"),
    ] {
        assert_eq!(value(text), expected, "{text}");
    }
}

#[test]
fn what_is_no_condition() {
    let texts = ["", "A &&", "A B", "A\nendif", "A # B", "$(A)", "(A", "A = B = C", "virtio-fs", "A && !"];
    let said: Vec<String> = texts.iter().map(|text| value(text)).collect();
    insta::assert_snapshot!(said.join("\n"), @"
    an empty condition: expected symbols, such as `VIRTIO_FS && FUSE_FS`
    `A &&` is no condition: expected symbols with `&&`, `||`, `!`, parentheses and comparisons
    `A B` is no condition: expected symbols with `&&`, `||`, `!`, parentheses and comparisons
    `A
    endif` is no condition: expected symbols with `&&`, `||`, `!`, parentheses and comparisons
    `A # B` is no condition: expected symbols with `&&`, `||`, `!`, parentheses and comparisons
    `$(A)` is no condition: expected symbols with `&&`, `||`, `!`, parentheses and comparisons
    `(A` is no condition: expected symbols with `&&`, `||`, `!`, parentheses and comparisons
    `A = B = C` is no condition: expected symbols with `&&`, `||`, `!`, parentheses and comparisons
    `virtio-fs` is not a symbol's name: expected letters, digits and `_`
    `A && !` is no condition: expected symbols with `&&`, `||`, `!`, parentheses and comparisons
    ");
}

#[test]
fn ways_to_hold() {
    let ways = |text: &str| {
        let ways = Condition::parse(text).expect("a condition").ways();
        let way = |way: &Vec<(Symbol, Value)>| {
            way.iter().map(|(symbol, value)| format!("{symbol}={value}")).collect::<Vec<_>>().join(" ")
        };
        ways.iter().map(way).collect::<Vec<_>>().join(" | ")
    };
    for (text, expected) in [
        ("A && !B", "A=y B=n"),
        ("A && (B || C = m)", "A=y B=y | A=y C=m"),
        ("!(A || B)", "A=n B=n"),
        ("!(A && B)", "A=n | B=n"),
        ("N >= 4", "N=4"),
        ("C = \"x y\"", "C=\"x y\""),
        ("N > 4", ""),
        ("n", ""),
    ] {
        assert_eq!(ways(text), expected, "{text}");
    }
}

#[test]
fn symbols_in_order() {
    let condition = Condition::parse("B && (A = y || !B) && N < 4").expect("a condition");
    assert_eq!(condition.symbols().iter().map(|symbol| symbol.as_str()).collect::<Vec<_>>(), ["B", "A", "N"]);
    assert_eq!(condition.to_string(), "B && (A = y || !B) && N < 4");
}

proptest::proptest! {
    #[test]
    fn arbitrary_text_never_panics(text in "[AB!&|()= <>\"$#ymn0-9]{0,20}") {
        if let Ok(condition) = Condition::parse(&text) {
            let _ = (condition.value(&DotConfig::default()), condition.ways(), condition.symbols());
        }
    }
}
