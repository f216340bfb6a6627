//! Configurations at random: lines that no one would write, and some that one would.

use fastrand::Rng;
use kconfig::model::Model;
use kconfig::syntax::ast::SymbolType;

/// A symbol that lines are made of.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) name: String,
    pub(super) kind: SymbolType,
}

/// Every symbol that has a type, in the order of the files.
pub(super) fn known(model: &Model) -> Vec<Known> {
    model
        .symbols
        .iter()
        .filter(|symbol| !symbol.name.as_bytes().is_empty())
        .filter_map(|symbol| Some(Known { name: symbol.name.to_string(), kind: symbol.kind? }))
        .collect()
}

/// What may stand behind `=` and is not meant to.
const ODD: [&str; 16] = [
    "",
    " ",
    "y ",
    "yes",
    "Y",
    "M",
    "\"",
    "\"open",
    "\"a\" b",
    "\"\\\"q\\\\\"",
    "0x",
    "-",
    "08",
    "1e3",
    "=",
    "nope",
];

/// Lines that assign nothing.
const STRAY: [&str; 12] = [
    "",
    "#",
    "# a comment",
    "CONFIG_",
    "CONFIG_=y",
    "# CONFIG_ is not set",
    "CONFIG_NO_EQUAL",
    "not a line",
    "#CONFIG_A is not set",
    "# CONFIG_A is not set ",
    "  CONFIG_A=y",
    "\t",
];

/// One assignment to one of the symbols, mostly of a fitting type.
pub(super) fn line(rng: &mut Rng, symbols: &[Known]) -> String {
    if rng.u8(..) < 4 || symbols.is_empty() {
        return STRAY[rng.usize(..STRAY.len())].to_owned();
    }
    if rng.u8(..) < 6 {
        return format!("CONFIG_NO_SUCH_SYMBOL_{}={}", rng.u8(..), if rng.bool() { "y" } else { "\"x\"" });
    }
    let known = &symbols[rng.usize(..symbols.len())];
    let kind = if rng.u8(..) < 12 { None } else { Some(known.kind) };
    let value = match kind {
        None => ODD[rng.usize(..ODD.len())].to_owned(),
        Some(SymbolType::Bool) => ["y", "y", "n", "m"][rng.usize(..4)].to_owned(),
        Some(SymbolType::Tristate) => ["y", "m", "m", "n"][rng.usize(..4)].to_owned(),
        Some(SymbolType::Int) => number(rng),
        Some(SymbolType::Hex) => {
            format!("{}{:x}", if rng.bool() { "0x" } else { "" }, rng.u64(..) >> rng.u32(..64))
        }
        Some(SymbolType::String) => format!("\"{}\"", ["", "a b", "\\\"", "/bin/sh", "-x"][rng.usize(..5)]),
    };
    let truth = matches!(known.kind, SymbolType::Bool | SymbolType::Tristate);
    if value == "n" && truth && rng.u8(..) < 230 {
        return format!("# CONFIG_{} is not set", known.name);
    }
    let end = if rng.u8(..) < 3 { "\r" } else { "" };
    format!("CONFIG_{}={value}{end}", known.name)
}

fn number(rng: &mut Rng) -> String {
    let value = rng.i64(..) >> rng.u32(..64);
    match rng.u8(..8) {
        0 => "0".to_owned(),
        1 => format!("{value}"),
        2 => format!("0{}", value.unsigned_abs()),
        _ => format!("{}", value.unsigned_abs() % 5000),
    }
}

/// Lines alone.
pub(super) fn lines(rng: &mut Rng, symbols: &[Known], most: usize) -> Vec<u8> {
    let mut text = Vec::new();
    for _ in 0..rng.usize(..=most) {
        text.extend_from_slice(line(rng, symbols).as_bytes());
        text.push(b'\n');
    }
    if rng.u8(..) < 16 {
        text.pop();
    }
    text
}

/// A configuration with lines deleted, flipped and appended.
pub(super) fn damage(rng: &mut Rng, text: &[u8], symbols: &[Known]) -> Vec<u8> {
    let share = |rng: &mut Rng, shares: [u32; 4]| shares[rng.usize(..4)];
    let deleted = share(rng, [0, 5, 25, 70]);
    let flipped = share(rng, [0, 1, 15, 40]);
    let mut out: Vec<Vec<u8>> = Vec::new();
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        if rng.u32(..100) < deleted {
            continue;
        }
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        out.push(if rng.u32(..100) < flipped { flip(rng, line) } else { line.to_vec() });
    }
    let most = share(rng, [0, 5, 60, 600]) as usize;
    for _ in 0..rng.usize(..=most) {
        let line = line(rng, symbols).into_bytes();
        // At the end it wins; in between it may be overridden.
        let at = if rng.bool() { out.len() } else { rng.usize(..=out.len()) };
        out.insert(at, line);
    }
    let mut joined = out.join(&b'\n');
    joined.push(b'\n');
    joined
}

fn flip(rng: &mut Rng, line: &[u8]) -> Vec<u8> {
    if let Some(name) = line.strip_prefix(b"# ").and_then(|rest| rest.strip_suffix(b" is not set")) {
        return [name, if rng.bool() { b"=y" } else { b"=m" }].concat();
    }
    match line.iter().position(|byte| *byte == b'=') {
        Some(equal) if line[equal + 1..].starts_with(b"y") || line[equal + 1..].starts_with(b"m") => {
            match rng.u8(..3) {
                0 => [b"# ", &line[..equal], b" is not set"].concat(),
                1 => [&line[..equal], b"=y"].concat(),
                _ => [&line[..equal], b"=m"].concat(),
            }
        }
        Some(equal) if rng.bool() => [&line[..=equal], number(rng).as_bytes()].concat(),
        Some(equal) => [&line[..=equal], b"\"other\""].concat(),
        None => line.to_vec(),
    }
}
