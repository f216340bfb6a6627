//! Layers in, what counts and what is told out.

use super::*;
use crate::Origin;
use LayerKind::{CommandLine, Config, Fragments, Patches, Profiles};

/// A layer from lines `NAME ASK`, with `default`, `force` and `optional` behind them.
fn layer(kind: LayerKind, name: &str, lines: &str) -> Layer {
    let entry = |(number, line): (usize, &str)| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let has = |word: &str| words[2..].contains(&word);
        let need = if has("optional") { Need::Optional } else { Need::Mandatory };
        let priority = match (has("default"), has("force")) {
            (true, _) => Priority::Default,
            (_, true) => Priority::Force,
            _ => Priority::Normal,
        };
        let ask = match words[1] {
            "enabled" => Ask::Enabled,
            "unset" => Ask::Unset,
            value => Ask::Value(Value::parse(value).expect("a value")),
        };
        let origin = Origin { path: name.to_owned(), line: number + 1, column: 1 };
        Entry { symbol: Symbol::new(words[0]).expect("a symbol"), ask, origin, priority, need, reason: None }
    };
    Layer {
        kind,
        name: name.to_owned(),
        generation: 0,
        entries: lines.lines().enumerate().map(entry).collect(),
    }
}

/// The text for the resolver, who asks, and what is told.
fn shown(layers: &[Layer]) -> String {
    let base = DotConfig::parse("CONFIG_BASE=y\nCONFIG_A=m\n").expect("a .config");
    let merged = merge_layers(&base, layers);
    let mut text = merged.to_allconfig_text();
    for request in &merged.requests {
        let optional = if request.need == Need::Optional { " optional" } else { "" };
        text += &format!("{request} {}{optional}\n", request.origin);
    }
    for entry in &merged.unset {
        text += &format!("{entry} {}\n", entry.origin);
    }
    for Conflict { kind, lost, won, .. } in &merged.conflicts {
        text += &format!("{}: {lost} {}, {won} {}\n", kind.as_str(), lost.origin, won.origin);
    }
    text
}

#[test]
fn later_kinds_win_and_priorities_go_before() {
    insta::assert_snapshot!(shown(&[
        layer(Profiles, "p", "A y\nB y\nC y\nD y force"),
        layer(Fragments, "f", "A n\nB n\nC 4 default"),
        layer(Config, "c", "A y\nD n"),
        layer(Patches, "x", "B m"),
        layer(CommandLine, "cli", "B y"),
    ]), @"
    CONFIG_BASE=y
    CONFIG_C=y
    CONFIG_A=y
    CONFIG_B=y
    CONFIG_D=y
    CONFIG_C=y p:3
    CONFIG_A=y c:1
    CONFIG_B=y cli:1
    CONFIG_D=y p:4
    overridden: CONFIG_C=4 f:3, CONFIG_C=y p:3
    overridden: CONFIG_D=n c:2, CONFIG_D=y p:4
    overridden: CONFIG_A=y p:1, CONFIG_A=n f:1
    overridden: CONFIG_B=y p:2, CONFIG_B=n f:2
    overridden: CONFIG_A=n f:1, CONFIG_A=y c:1
    overridden: CONFIG_B=n f:2, CONFIG_B=m x:1
    overridden: CONFIG_B=m x:1, CONFIG_B=y cli:1
    ");
}

#[test]
fn equals_that_disagree_are_told_unless_something_stronger_settles_it() {
    insta::assert_snapshot!(shown(&[
        layer(Fragments, "f", "A y\nB y\nC 1\nC 2\nD y"),
        layer(Fragments, "g", "A n\nB n\nD y"),
        layer(Config, "c", "B y"),
    ]), @"
    CONFIG_BASE=y
    CONFIG_C=2
    # CONFIG_A is not set
    CONFIG_D=y
    CONFIG_B=y
    CONFIG_C=2 f:4
    CONFIG_A=n g:1
    CONFIG_D=y g:3
    CONFIG_B=y c:1
    contradictory: CONFIG_C=1 f:3, CONFIG_C=2 f:4
    redefined: CONFIG_A=y f:1, CONFIG_A=n g:1
    overridden: CONFIG_B=y f:2, CONFIG_B=n g:2
    redundant: CONFIG_D=y f:5, CONFIG_D=y g:3
    overridden: CONFIG_B=n g:2, CONFIG_B=y c:1
    ");
}

#[test]
fn enabled_keeps_what_is_enabled() {
    insta::assert_snapshot!(shown(&[
        layer(Fragments, "f", "A m\nB enabled\nC n\nD m\nE enabled"),
        layer(Fragments, "g", "A enabled\nB m"),
        layer(Config, "c", "C enabled\nD enabled\nE enabled"),
    ]), @"
    CONFIG_BASE=y
    CONFIG_A=m
    CONFIG_B=m
    CONFIG_C=y
    CONFIG_D=m
    CONFIG_E=y
    CONFIG_A=m f:1
    CONFIG_B=m g:2
    CONFIG_C=enabled c:1
    CONFIG_D=enabled c:2
    CONFIG_E=enabled c:3
    redundant: CONFIG_A=m f:1, CONFIG_A=enabled g:1
    redundant: CONFIG_B=enabled f:2, CONFIG_B=m g:2
    overridden: CONFIG_C=n f:3, CONFIG_C=enabled c:1
    redundant: CONFIG_D=m f:4, CONFIG_D=enabled c:2
    redundant: CONFIG_E=enabled f:5, CONFIG_E=enabled c:3
    ");
}

#[test]
fn unset_takes_a_request_and_the_bases_value_away() {
    insta::assert_snapshot!(shown(&[
        layer(Fragments, "f", "A y\nB y\nC unset"),
        layer(Config, "c", "A unset\nC y\nBASE unset"),
    ]), @"
    CONFIG_B=y
    CONFIG_C=y
    CONFIG_B=y f:2
    CONFIG_C=y c:2
    CONFIG_A unset c:1
    CONFIG_BASE unset c:3
    overridden: CONFIG_A=y f:1, CONFIG_A unset c:1
    overridden: CONFIG_C unset f:3, CONFIG_C=y c:2
    ");
}

#[test]
fn who_must_land_does_not_become_optional_by_an_equal() {
    insta::assert_snapshot!(shown(&[
        layer(Fragments, "f", "A y optional\nB y optional\nC y"),
        layer(Fragments, "g", "A y optional\nB y\nC y optional"),
        layer(Config, "c", "C y optional"),
    ]), @"
    CONFIG_BASE=y
    CONFIG_A=y
    CONFIG_B=y
    CONFIG_C=y
    CONFIG_A=y g:1 optional
    CONFIG_B=y g:2
    CONFIG_C=y c:1 optional
    redundant: CONFIG_A=y f:1, CONFIG_A=y g:1
    redundant: CONFIG_B=y f:2, CONFIG_B=y g:2
    redundant: CONFIG_C=y f:3, CONFIG_C=y g:3
    redundant: CONFIG_C=y g:3, CONFIG_C=y c:1
    ");
}
